#include "audio/audio_reader.h"

#include <sndfile.h>
#include <soxr.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "audio/downmix.h"
#include "audio/ffmpeg.h"
#include "audio/sound_bytes.h"
#include "audio/sound_layout.h"
#include "audio/tags.h"
#include "files/input_file.h"

namespace motet::cli {
namespace {

constexpr size_t kBlockFrames = 4096;  // read from the file at once
constexpr int kMinRate = 1000;
constexpr int kMaxRate = 768000;
// Samples that MPEG decoders may drop at both ends: the padding that the encoder added.
constexpr uint64_t kMpegPadding = uint64_t{4} * 1152;

struct DeleteResampler {
  void operator()(soxr* resampler) const { soxr_delete(resampler); }
};

uint64_t ResampledLength(uint64_t samples, int from, int to) {
  const auto rate = static_cast<uint64_t>(from);
  return (samples * static_cast<uint64_t>(to) + rate / 2) / rate;
}

std::string WhyNot(const SNDFILE* sound) {
  std::string why = sf_strerror(const_cast<SNDFILE*>(sound));
  while (!why.empty() &&
         (why.back() == '.' || std::isspace(static_cast<unsigned char>(why.back()))))
    why.pop_back();
  return why;
}

SF_INFO RawFacts(const RawFormat& raw) {
  SF_INFO facts{};
  facts.samplerate = raw.sample_rate;
  facts.channels = raw.channels;
  const int coding = raw.is_float     ? SF_FORMAT_FLOAT
                     : raw.bits == 8  ? SF_FORMAT_PCM_U8
                     : raw.bits == 24 ? SF_FORMAT_PCM_24
                     : raw.bits == 32 ? SF_FORMAT_PCM_32
                                      : SF_FORMAT_PCM_16;
  facts.format = SF_FORMAT_RAW | coding | (raw.big_endian ? SF_ENDIAN_BIG : SF_ENDIAN_LITTLE);
  return facts;
}

}  // namespace

struct AudioReader::State {
  std::unique_ptr<SoundBytes> original;  // the file itself, where ffmpeg reads it
  std::unique_ptr<Ffmpeg> ffmpeg;
  std::unique_ptr<SoundBytes> bytes;
  SoundLayout layout;
  AudioSource source;
  int sample_rate = 0;
  SF_INFO facts{};
  Sound sound;
  int channels = 0;  // of what Read gives
  std::optional<Downmix> downmix;
  std::unique_ptr<soxr, DeleteResampler> resampler;  // none if the rates are equal
  std::vector<float> block;                          // interleaved
  size_t block_begin = 0;                            // of what the resampler has not taken yet
  size_t block_end = 0;
  size_t link = 0;
  uint64_t link_read = 0;  // samples per channel from it
  uint64_t read = 0;       // samples per channel from the file
  uint64_t given = 0;      // to the caller
  bool at_end = false;
  std::vector<StreamTag> tags;
  std::vector<std::string> notes;

  const std::string& name() const { return bytes->name(); }
  Status Refuse(StatusCode code, const std::string& what) const {
    return {code, name() + " " + what};
  }
  Status Truncated(const std::string& what) const {
    return Refuse(StatusCode::kTruncated,
                  what + (source.hints ? "; --partial encodes what is there" : ""));
  }
  void Note(const std::string& what) { notes.push_back(name() + " " + what); }

  Status Prepare();
  Status Find();
  void FindTags();
  Status AskFfmpeg();
  Status OpenLink();
  Status CheckFacts() const;
  Status MakeResampler();
  uint64_t said_samples() const;
  Status ReadBlock();
  Status EndLink();
  Status CheckEnd();
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
  auto state = std::make_unique<State>();
  state->bytes = std::make_unique<SoundBytes>(std::move(*file));
  state->source = source;
  state->sample_rate = sample_rate;
  if (Status s = state->Prepare(); !s.ok()) return s;
  return std::unique_ptr<AudioReader>(new AudioReader(std::move(state)));
}

Status AudioReader::State::Prepare() {
  Status found = Find();
  if ((found.code() == StatusCode::kInvalidArgument || found.code() == StatusCode::kCorrupt) &&
      !source.raw) {
    if (source.ffmpeg) {
      found = AskFfmpeg();
    } else if (source.hints) {
      found = Status(found.code(), found.message() + "; --ffmpeg tries it with the program ffmpeg");
    }
  }
  if (!found.ok()) return found;
  for (const std::string& note : layout.notes) Note(note);
  if (!layout.cut.empty()) Note("is truncated: " + layout.cut);
  if (facts.channels > 2 && source.downmix) {
    Result<Downmix> made = Downmix::OfSound(sound.get(), facts);
    if (!made.ok())
      return Refuse(made.status().code(), "cannot be mixed to stereo: " + made.status().message());
    downmix = std::move(*made);
  }
  if (Status s = CheckFacts(); !s.ok()) return s;
  channels = downmix ? 2 : facts.channels;
  block.resize(kBlockFrames * static_cast<size_t>(facts.channels));
  return MakeResampler();
}

// What the file is, and the sound in it.
Status AudioReader::State::Find() {
  if (!source.raw) {
    Result<SoundLayout> examined = Examine(*bytes);
    if (examined.ok() && examined->must_seek) {
      if (Status s = bytes->Spool(); !s.ok()) return s;
      examined = Examine(*bytes);
    }
    if (!examined.ok()) return examined.status();
    layout = std::move(*examined);
  }
  if (!layout.cut.empty() && !source.partial) return Truncated("is truncated: " + layout.cut);
  if (source.tags && !source.raw && !ffmpeg) FindTags();
  if (!layout.links.empty()) bytes->Show(layout.links.front().begin, layout.links.front().end);
  if (Status s = OpenLink(); !s.ok()) return s;
  if (source.tags && tags.empty() && !source.raw && !ffmpeg) tags = TagsOfSound(sound.get());
  return {};
}

void AudioReader::State::FindTags() {
  FoundTags found = ReadTags(*bytes, *source.tags);
  tags = std::move(found.tags);
  for (const std::string& note : found.notes) Note(note);
}

Status AudioReader::State::AskFfmpeg() {
  if (Status s = bytes->Spool(); !s.ok()) return s;
  if (source.tags && tags.empty()) FindTags();
  Result<std::unique_ptr<Ffmpeg>> started = Ffmpeg::Start(bytes->descriptor(), name());
  if (!started.ok()) return started.status();
  ffmpeg = std::move(*started);
  original = std::move(bytes);
  bytes = std::make_unique<SoundBytes>(
      InputFile::FromDescriptor(ffmpeg->TakeOutput(), original->name()));
  layout = {};
  facts = {};
  if (Status s = Find(); !s.ok()) {
    const Status why = ffmpeg->Finish();
    return why.ok() ? s : why;
  }
  Note("was read by the program ffmpeg");
  return {};
}

Status AudioReader::State::OpenLink() {
  const SF_INFO before = facts;
  facts = source.raw ? RawFacts(*source.raw) : SF_INFO{};
  sound = bytes->Open(&facts);
  link_read = 0;
  if (!bytes->failure().ok()) return bytes->failure();
  if (!sound) {
    return Refuse(
        StatusCode::kInvalidArgument,
        "is not an audio file that can be read: " +
            (layout.container.empty() && !source.raw ? "its format is unknown" : WhyNot(nullptr)));
  }
  if (before.channels != 0 &&
      (before.channels != facts.channels || before.samplerate != facts.samplerate)) {
    return Refuse(StatusCode::kInvalidArgument,
                  "has parts that differ: " + std::to_string(before.channels) + " channels at " +
                      std::to_string(before.samplerate) + " Hz, then " +
                      std::to_string(facts.channels) + " at " + std::to_string(facts.samplerate));
  }
  return {};
}

Status AudioReader::State::CheckFacts() const {
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

Status AudioReader::State::MakeResampler() {
  if (facts.samplerate == sample_rate) return {};
  soxr_error_t error = nullptr;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  resampler.reset(soxr_create(facts.samplerate, sample_rate, static_cast<unsigned>(channels),
                              &error, &io, &quality, &runtime));
  if (error == nullptr && resampler) return {};
  return Refuse(StatusCode::kInternal,
                std::string("cannot be resampled: ") + (error != nullptr ? error : "no resampler"));
}

// Samples per channel of the link at its own rate, as it says; 0 if it does not. libsndfile gives
// the largest number for a FLAC file of unknown length.
uint64_t AudioReader::State::said_samples() const {
  if (!layout.says_length || source.raw || facts.frames <= 0 || facts.frames >= SF_COUNT_MAX / 4)
    return 0;
  return static_cast<uint64_t>(facts.frames);
}

Status AudioReader::State::ReadBlock() {
  block_begin = block_end = 0;
  const sf_count_t got =
      sf_readf_float(sound.get(), block.data(), static_cast<sf_count_t>(kBlockFrames));
  if (!bytes->failure().ok()) return bytes->failure();
  if (got < 0 || sf_error(sound.get()) != SF_ERR_NO_ERROR) {
    const std::string what = "cannot be read past sample " + std::to_string(read + link_read) +
                             ": " + WhyNot(sound.get());
    if (!source.partial) return Refuse(StatusCode::kCorrupt, what);
    Note(what);
  }
  block_end = static_cast<size_t>(std::max<sf_count_t>(got, 0));
  link_read += block_end;
  if (block_end == 0) return EndLink();
  for (float& sample : std::span(block).first(block_end * static_cast<size_t>(facts.channels))) {
    if (!std::isfinite(sample)) sample = 0;
  }
  if (downmix) downmix->Run(block.data(), block_end);
  return {};
}

// Goes on with the next part, or ends.
Status AudioReader::State::EndLink() {
  const uint64_t said = layout.most_frames == 0 ? said_samples() : 0;
  if (said > link_read) {
    const std::string what = "is truncated: it says " + std::to_string(said) + " samples, " +
                             std::to_string(link_read) + " are there";
    if (!source.partial) return Truncated(what);
    if (layout.cut.empty()) Note(what);
  }
  if (layout.says_length && !source.raw && said <= link_read) {
    const uint64_t missing = bytes->ReadToEnd();
    if (!bytes->failure().ok()) return bytes->failure();
    const std::string what =
        "is truncated: it lacks " + std::to_string(missing) + " bytes of its samples";
    if (missing > 0 && !source.partial) return Truncated(what);
    if (missing > 0) Note(what);
  }
  read += link_read;
  if (++link >= layout.links.size()) {
    at_end = true;
    return CheckEnd();
  }
  sound.reset();
  bytes->Show(layout.links[link].begin, layout.links[link].end);
  return OpenLink();
}

Status AudioReader::State::CheckEnd() {
  std::array<uint8_t, 8> more{};
  const size_t left = source.raw ? 0 : bytes->ReadOn(more);
  const uint64_t in_frame = source.raw ? source.raw->frame_bytes() : 1;
  if (left > 0 && !layout.says_length) {
    return Refuse(StatusCode::kInvalidArgument,
                  "has more samples than a WAV header can count; write it as RF64, W64 or FLAC");
  }
  const std::string_view name(reinterpret_cast<const char*>(more.data()), 4);
  if (left > 1 && (layout.container == "AU" || left < more.size() || !IsChunkName(name)))
    Note("has bytes after the samples that its header counts; they were left out");
  if (bytes->read_bytes() % in_frame != 0) {
    Note("ends with " + std::to_string(bytes->read_bytes() % in_frame) +
         " bytes that are no whole sample of all channels; they were left out");
  }
  if (layout.most_frames > read + kMpegPadding) {
    Note("holds " + std::to_string(layout.most_frames) + " samples of MPEG audio; only " +
         std::to_string(read) + " of them could be read");
  }
  if (ffmpeg) return ffmpeg->Finish();
  if (!layout.says_length || (layout.container.empty() && !source.raw)) {
    Note("does not say how long it is; it was read to its end (" + std::to_string(read) +
         " samples)");
  }
  return {};
}

// Up to interleaved.size() / channels samples per channel at the rate asked for; 0 at the end.
Result<size_t> AudioReader::State::Fill(std::span<float> interleaved) {
  const auto width = static_cast<size_t>(channels);
  const size_t capacity = interleaved.size() / width;
  for (;;) {
    while (block_begin == block_end && !at_end) {
      if (Status s = ReadBlock(); !s.ok()) return s;
    }
    const float* from = block.data() + block_begin * width;
    if (!resampler) {
      const size_t count = std::min(capacity, block_end - block_begin);
      std::copy_n(from, count * width, interleaved.begin());
      block_begin += count;
      return count;
    }
    size_t taken = 0;
    size_t made = 0;
    const soxr_error_t error =
        soxr_process(resampler.get(), at_end ? nullptr : from, at_end ? 0 : block_end - block_begin,
                     &taken, interleaved.data(), capacity, &made);
    if (error != nullptr)
      return Refuse(StatusCode::kInternal, std::string("cannot be resampled: ") + error);
    block_begin += taken;
    if (at_end) {  // the resampler ends a sample early or late; the length is to be exact
      const uint64_t left = ResampledLength(read, facts.samplerate, sample_rate) - given;
      if (made == 0) {
        made = std::min<uint64_t>(capacity, left);
        std::fill_n(interleaved.begin(), made * width, 0.0f);
      }
      return std::min<uint64_t>(made, left);
    }
    if (made > 0) return made;
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
    state_->given += *got;
  }
  return count;
}

int AudioReader::channels() const { return state_->channels; }
int AudioReader::source_rate() const { return state_->facts.samplerate; }
uint64_t AudioReader::expected_samples() const {
  const uint64_t said = state_->layout.most_frames > 0     ? state_->layout.most_frames
                        : state_->layout.links.size() <= 1 ? state_->said_samples()
                                                           : 0;
  return ResampledLength(said, state_->facts.samplerate, state_->sample_rate);
}
const std::vector<StreamTag>& AudioReader::tags() const { return state_->tags; }
const std::vector<std::string>& AudioReader::notes() const { return state_->notes; }

}  // namespace motet::cli
