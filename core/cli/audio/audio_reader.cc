#include "audio/audio_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "audio/downmix.h"
#include "audio/ffmpeg.h"
#include "audio/resampler.h"
#include "audio/sound_bytes.h"
#include "audio/sound_reader.h"
#include "audio/tag_reader.h"
#include "files/input_file.h"

namespace motet::cli {
namespace {

constexpr size_t kBlockFrames = 4096;  // read from the file at once
constexpr int kMinRate = 1000;
constexpr int kMaxRate = 768000;

}  // namespace

struct AudioReader::State {
  State(AudioSource source_in, int sample_rate_in, InputFile file)
      : source(std::move(source_in)),
        sample_rate(sample_rate_in),
        bytes(std::make_unique<SoundBytes>(std::move(file))),
        sound(std::make_unique<SoundReader>(*bytes, source)) {}

  AudioSource source;
  int sample_rate;
  std::unique_ptr<SoundBytes> original;  // the file itself, where ffmpeg reads it
  std::unique_ptr<Ffmpeg> ffmpeg;
  std::unique_ptr<SoundBytes> bytes;
  std::unique_ptr<SoundReader> sound;
  int channels = 0;  // of what Read gives
  std::optional<Downmix> downmix;
  std::unique_ptr<Resampler> resampler;  // none if the rates are equal
  std::vector<float> block;              // interleaved
  size_t block_begin = 0;                // of what has not been taken yet
  size_t block_end = 0;
  bool at_end = false;
  std::vector<StreamTag> tags;
  std::vector<std::string> notes;  // of what ffmpeg reads; else the sound has them
  uint64_t not_finite = 0;         // samples

  Status Refuse(StatusCode code, const std::string& what) const {
    return {code, bytes->name() + " " + what};
  }

  Status Prepare();
  Status AskFfmpeg();
  Status CheckFacts() const;
  Status ReadBlock();
  Result<size_t> Fill(std::span<float> interleaved);
};

AudioReader::AudioReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
AudioReader::~AudioReader() = default;

Result<std::unique_ptr<AudioReader>> AudioReader::Open(const std::string& path, int sample_rate) {
  AudioSource source;
  source.path = path;
  return Open(source, sample_rate);
}

Result<std::unique_ptr<AudioReader>> AudioReader::Open(const AudioSource& source, int sample_rate) {
  Result<InputFile> file = InputFile::Open(source.path);
  if (!file.ok()) return file.status();
  auto state = std::make_unique<State>(source, sample_rate, std::move(*file));
  if (Status s = state->Prepare(); !s.ok()) return s;
  return std::unique_ptr<AudioReader>(new AudioReader(std::move(state)));
}

Status AudioReader::State::Prepare() {
  Status opened = sound->Open();
  tags = sound->tags();
  if ((opened.code() == StatusCode::kInvalidArgument || opened.code() == StatusCode::kCorrupt) &&
      !source.raw) {
    if (source.ffmpeg) {
      opened = AskFfmpeg();
    } else if (source.hints) {
      opened =
          Status(opened.code(), opened.message() + "; --ffmpeg tries it with the program ffmpeg");
    }
  }
  if (!opened.ok()) return opened;
  const SF_INFO& facts = sound->facts();
  if (facts.channels > 2 && source.downmix) {
    Result<Downmix> made = Downmix::OfSound(sound->sound(), facts);
    if (!made.ok())
      return Refuse(made.status().code(), "cannot be mixed to stereo: " + made.status().message());
    downmix = std::move(*made);
  }
  if (Status s = CheckFacts(); !s.ok()) return s;
  channels = downmix ? 2 : facts.channels;
  block.resize(kBlockFrames * static_cast<size_t>(facts.channels));
  if (facts.samplerate == sample_rate) return {};
  Result<std::unique_ptr<Resampler>> made =
      Resampler::Create(facts.samplerate, sample_rate, channels);
  if (!made.ok()) return Refuse(made.status().code(), made.status().message());
  resampler = std::move(*made);
  return {};
}

Status AudioReader::State::AskFfmpeg() {
  if (Status s = bytes->Spool(); !s.ok()) return s;
  notes = sound->notes();
  if (source.tags && tags.empty()) {
    FoundTags found = ReadTags(*bytes, *source.tags);
    tags = std::move(found.tags);
    for (const std::string& note : found.notes) notes.push_back(bytes->name() + " " + note);
  }
  source.tags.reset();  // what ffmpeg gives has none
  Result<std::unique_ptr<Ffmpeg>> started = Ffmpeg::Start(bytes->descriptor(), bytes->name());
  if (!started.ok()) return started.status();
  ffmpeg = std::move(*started);
  original = std::move(bytes);
  bytes = std::make_unique<SoundBytes>(
      InputFile::FromDescriptor(ffmpeg->TakeOutput(), original->name()));
  sound = std::make_unique<SoundReader>(*bytes, source);
  if (Status s = sound->Open(); !s.ok()) {
    const Status why = ffmpeg->Finish();
    return why.ok() ? s : why;
  }
  notes.push_back(original->name() + " was read by the program ffmpeg");
  return {};
}

Status AudioReader::State::CheckFacts() const {
  const SF_INFO& facts = sound->facts();
  if (facts.channels != 1 && facts.channels != 2 && !downmix) {
    return Refuse(StatusCode::kInvalidArgument,
                  "has " + std::to_string(facts.channels) +
                      " channels; mono and stereo are supported" +
                      (source.hints ? ", --downmix makes stereo of more" : ""));
  }
  if (facts.samplerate < kMinRate || facts.samplerate > kMaxRate) {
    return Refuse(StatusCode::kInvalidArgument, "has a sample rate of " +
                                                    std::to_string(facts.samplerate) + " Hz; " +
                                                    std::to_string(kMinRate) + " to " +
                                                    std::to_string(kMaxRate) + " are supported");
  }
  return {};
}

Status AudioReader::State::ReadBlock() {
  const Result<size_t> got = sound->Read(block);
  if (!got.ok()) return got.status();
  block_begin = 0;
  block_end = *got;
  at_end = *got == 0;
  if (at_end) return ffmpeg ? ffmpeg->Finish() : Status();
  for (float& sample :
       std::span(block).first(block_end * static_cast<size_t>(sound->facts().channels))) {
    if (std::isfinite(sample)) continue;
    sample = 0;
    ++not_finite;
  }
  if (downmix) downmix->Run(block.data(), block_end);
  return {};
}

// Up to interleaved.size() / channels samples per channel at the rate asked for; 0 at the end.
Result<size_t> AudioReader::State::Fill(std::span<float> interleaved) {
  const auto width = static_cast<size_t>(channels);
  for (;;) {
    if (block_begin == block_end && !at_end) {
      if (Status s = ReadBlock(); !s.ok()) return s;
    }
    const auto left =
        std::span(block).subspan(block_begin * width, (block_end - block_begin) * width);
    if (!resampler) {
      const size_t count = std::min(interleaved.size(), left.size()) / width;
      std::copy_n(left.begin(), count * width, interleaved.begin());
      block_begin += count;
      return count;
    }
    if (at_end) {
      const Result<size_t> made = resampler->Flush(interleaved);
      return made.ok() ? made : Refuse(made.status().code(), made.status().message());
    }
    const Result<Resampler::Amounts> amounts = resampler->Run(left, interleaved);
    if (!amounts.ok()) return Refuse(amounts.status().code(), amounts.status().message());
    block_begin += amounts->taken;
    if (amounts->made > 0) return amounts->made;
  }
}

Result<size_t> AudioReader::Read(float* const* pcm, size_t capacity) {
  const auto channels = static_cast<size_t>(state_->channels);
  std::array<float, 2048> interleaved{};
  size_t count = 0;
  while (count < capacity) {
    const size_t wanted = std::min(capacity - count, interleaved.size() / channels);
    const Result<size_t> got = state_->Fill(std::span(interleaved).first(wanted * channels));
    if (!got.ok()) return got.status();
    if (*got == 0) break;
    for (size_t channel = 0; channel < channels; ++channel) {
      for (size_t i = 0; i < *got; ++i)
        pcm[channel][count + i] = interleaved[i * channels + channel];
    }
    count += *got;
  }
  return count;
}

int AudioReader::channels() const { return state_->channels; }
int AudioReader::source_rate() const { return state_->sound->facts().samplerate; }
uint64_t AudioReader::expected_samples() const {
  return Resampler::Length(state_->sound->expected_samples(), source_rate(), state_->sample_rate);
}
const std::vector<StreamTag>& AudioReader::tags() const { return state_->tags; }
std::vector<std::string> AudioReader::notes() const {
  std::vector<std::string> notes = state_->ffmpeg ? state_->notes : state_->sound->notes();
  if (const uint64_t count = state_->not_finite; count > 0) {
    notes.push_back(fmt::format("{} has {} that {} not finite, and count{} as 0",
                                state_->bytes->name(),
                                count == 1 ? "a sample" : fmt::format("{} samples", count),
                                count == 1 ? "is" : "are", count == 1 ? "s" : ""));
  }
  return notes;
}

}  // namespace motet::cli
