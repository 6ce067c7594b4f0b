#include "audio/audio_reader.h"

#include <sndfile.h>
#include <soxr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "files/input_file.h"

namespace motet::cli {
namespace {

constexpr size_t kBlockFrames = 4096;   // read from the file at once
constexpr size_t kWavHeaderBytes = 44;  // with no chunk between format and samples
constexpr int kMinRate = 1000;
constexpr int kMaxRate = 768000;

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
struct DeleteResampler {
  void operator()(soxr* resampler) const { soxr_delete(resampler); }
};

uint64_t ResampledLength(uint64_t samples, int from, int to) {
  const auto rate = static_cast<uint64_t>(from);
  return (samples * static_cast<uint64_t>(to) + rate / 2) / rate;
}

// What programs write for the bytes of samples in a WAV file when they do not know better: 0, or a
// number close to the largest with or without sign.
bool IsPlaceholder(uint64_t bytes) {
  return bytes == 0 || (bytes >= 0x7FFFF000 && bytes <= 0x80000000) || bytes >= 0xFFFFF000;
}

Status LongerThanItsHeaderCanSay(const std::string& name) {
  return {StatusCode::kInvalidArgument,
          name +
              " goes on after the most samples that its WAV header can count; an RF64, W64 or "
              "FLAC file may be as long"};
}

// Whether libsndfile must go back in a file that begins like this: FLAC, Ogg, MPEG audio, CAF, VOC;
// RF64, of which it would lose the last samples; and WAV that says it has none, which it takes at
// its word unless it sees more of them.
bool NeedsSeeking(std::span<const uint8_t> head) {
  constexpr std::array<std::string_view, 6> kMagics = {"fLaC", "OggS", "ID3",
                                                       "caff", "Crea", "RF64"};
  constexpr std::array<uint8_t, 8> kNoSamples = {'d', 'a', 't', 'a', 0, 0, 0, 0};
  const auto begins_with = [&](std::string_view magic) {
    return head.size() >= magic.size() && std::memcmp(head.data(), magic.data(), magic.size()) == 0;
  };
  const bool is_mpeg_frame = head.size() >= 2 && head[0] == 0xFF && (head[1] & 0xE0) == 0xE0;
  return is_mpeg_frame || std::ranges::any_of(kMagics, begins_with) ||
         std::search(head.begin(), head.end(), kNoSamples.begin(), kNoSamples.end()) != head.end();
}

// Makes what comes out of a pipe a file, unless it can be coded while it comes.
Status SpoolIfNeeded(InputFile& file) {
  if (!file.is_pipe()) return {};
  const Result<std::vector<uint8_t>> head = file.Peek(kWavHeaderBytes);
  if (!head.ok()) return head.status();
  if (head->empty()) return {StatusCode::kTruncated, file.name() + " is empty"};
  return NeedsSeeking(*head) ? file.Spool() : Status();
}

// libsndfile reads a WAV file that was cut off as if it were complete, and one that is too long as
// if it ended where its sizes do. An error for these two.
Status CheckWavData(const InputFile& file) {
  if (!file.is_regular()) return {};
  const off_t start = lseek(file.descriptor(), 0, SEEK_CUR);
  if (start < 0) return {};
  const auto read = [&](uint64_t at, std::span<uint8_t> bytes) {
    return pread(file.descriptor(), bytes.data(), bytes.size(), start + static_cast<off_t>(at)) ==
           static_cast<ssize_t>(bytes.size());
  };
  const auto number = [](std::span<const uint8_t> bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) value |= uint64_t{bytes[i]} << (8 * i);
    return value;
  };
  std::array<uint8_t, 12> riff{};
  if (!read(0, riff) || std::memcmp(riff.data() + 8, "WAVE", 4) != 0) return {};
  const bool is_rf64 = std::memcmp(riff.data(), "RF64", 4) == 0;
  if (!is_rf64 && std::memcmp(riff.data(), "RIFF", 4) != 0) return {};
  uint64_t long_size = 0;  // of RF64: the second number of the chunk in front
  std::array<uint8_t, 8> chunk{};
  for (uint64_t at = riff.size(); read(at, chunk);) {
    const uint64_t size = number(std::span(chunk).subspan(4));
    at += chunk.size();
    std::array<uint8_t, 16> sizes{};
    if (is_rf64 && std::memcmp(chunk.data(), "ds64", 4) == 0 && read(at, sizes))
      long_size = number(std::span(sizes).subspan(8));
    if (std::memcmp(chunk.data(), "data", 4) == 0) {
      const uint64_t there = file.bytes() - static_cast<uint64_t>(start) - at;
      if (!is_rf64 && IsPlaceholder(size))
        return size > 0 && there > size ? LongerThanItsHeaderCanSay(file.name()) : Status();
      const uint64_t said = is_rf64 && size == 0xFFFFFFFF ? long_size : size;
      if (said <= there || said == std::numeric_limits<uint64_t>::max()) return {};
      return {StatusCode::kTruncated, file.name() + " is truncated: its header says " +
                                          std::to_string(said) + " bytes of samples, " +
                                          std::to_string(there) + " are there"};
    }
    at += size + (size & 1);
  }
  return {};
}

}  // namespace

struct AudioReader::State {
  InputFile file;
  int sample_rate;
  SF_INFO facts{};
  std::unique_ptr<SNDFILE, CloseSound> sound;
  std::unique_ptr<soxr, DeleteResampler> resampler;  // none if the rates are equal
  std::vector<float> block;                          // interleaved
  size_t block_begin = 0;                            // of what the resampler has not taken yet
  size_t block_end = 0;
  uint64_t read = 0;   // samples per channel from the file
  uint64_t given = 0;  // to the caller
  bool at_end = false;

  uint64_t said_samples() const;
  // Where MPEG audio has no Xing or Info frame, libsndfile estimates its length from the file's
  // size, tags and all, and does not say that it did.
  bool length_is_estimate() const { return (facts.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG; }
  Status ReadBlock();
  Status CheckPipeEnd();
  Result<size_t> Fill(std::span<float> interleaved);
};

AudioReader::AudioReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
AudioReader::~AudioReader() = default;

Result<std::unique_ptr<AudioReader>> AudioReader::Open(const std::string& path, int sample_rate) {
  Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  const auto refuse = [&](StatusCode code, const std::string& what) {
    return Status(code, file->name() + " " + what);
  };

  if (Status s = SpoolIfNeeded(*file); !s.ok()) return s;
  if (Status s = CheckWavData(*file); !s.ok()) return s;
  SF_INFO facts{};
  std::unique_ptr<SNDFILE, CloseSound> sound(
      sf_open_fd(file->descriptor(), SFM_READ, &facts, SF_FALSE));
  if (!sound) {
    std::string why = sf_strerror(nullptr);
    while (!why.empty() && (why.back() == '.' || why.back() == '\n' || why.back() == ' '))
      why.pop_back();
    return refuse(StatusCode::kInvalidArgument, "is not an audio file that can be read: " + why);
  }
  if (facts.channels != 1 && facts.channels != 2) {
    return refuse(StatusCode::kInvalidArgument, "has " + std::to_string(facts.channels) +
                                                    " channels; mono and stereo are supported");
  }
  if (facts.samplerate < kMinRate || facts.samplerate > kMaxRate) {
    return refuse(StatusCode::kInvalidArgument, "has a sample rate of " +
                                                    std::to_string(facts.samplerate) + " Hz; " +
                                                    std::to_string(kMinRate) + " to " +
                                                    std::to_string(kMaxRate) + " are supported");
  }

  std::unique_ptr<soxr, DeleteResampler> resampler;
  if (facts.samplerate != sample_rate) {
    soxr_error_t error = nullptr;
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    resampler.reset(soxr_create(facts.samplerate, sample_rate,
                                static_cast<unsigned>(facts.channels), &error, &io, &quality,
                                &runtime));
    if (error != nullptr || !resampler) {
      return refuse(StatusCode::kInternal, std::string("cannot be resampled: ") +
                                               (error != nullptr ? error : "no resampler"));
    }
  }
  auto state = std::make_unique<State>(
      State{.file = std::move(*file),
            .sample_rate = sample_rate,
            .facts = facts,
            .sound = std::move(sound),
            .resampler = std::move(resampler),
            .block = std::vector<float>(kBlockFrames * static_cast<size_t>(facts.channels))});
  return std::unique_ptr<AudioReader>(new AudioReader(std::move(state)));
}

// Samples per channel at the file's own rate, as it says; 0 if it does not. libsndfile gives the
// largest number for a FLAC file of unknown length, and a WAV header that comes out of a pipe holds
// a number close to its largest.
uint64_t AudioReader::State::said_samples() const {
  const sf_count_t no_length = file.is_regular() ? SF_COUNT_MAX / 2 : 0x7FFFF000 / 8;
  if (facts.frames <= 0 || facts.frames >= no_length) return 0;
  return static_cast<uint64_t>(facts.frames);
}

Status AudioReader::State::ReadBlock() {
  // No more than there is to come: from a pipe, libsndfile would take what follows the samples.
  const sf_count_t wanted = std::clamp<sf_count_t>(facts.frames - static_cast<sf_count_t>(read), 1,
                                                   static_cast<sf_count_t>(kBlockFrames));
  const sf_count_t got = sf_readf_float(sound.get(), block.data(), wanted);
  if (got < 0 || sf_error(sound.get()) != SF_ERR_NO_ERROR) {
    return {StatusCode::kCorrupt, file.name() + " cannot be read past sample " +
                                      std::to_string(read) + ": " + sf_strerror(sound.get())};
  }
  block_begin = 0;
  block_end = static_cast<size_t>(got);
  read += block_end;
  for (float& sample : std::span(block).first(block_end * static_cast<size_t>(facts.channels))) {
    if (!std::isfinite(sample)) sample = 0;
  }
  if (block_end > 0) return {};
  at_end = true;
  if (said_samples() > read && !length_is_estimate()) {
    return {StatusCode::kTruncated, file.name() + " is truncated: it says " +
                                        std::to_string(said_samples()) + " samples, " +
                                        std::to_string(read) + " are there"};
  }
  return CheckPipeEnd();
}

// WAV that comes out of a pipe has a placeholder for its length, where libsndfile stops.
Status AudioReader::State::CheckPipeEnd() {
  const int type = facts.format & SF_FORMAT_TYPEMASK;
  if (file.is_regular() || (type != SF_FORMAT_WAV && type != SF_FORMAT_WAVEX)) return {};
  const int coding = facts.format & SF_FORMAT_SUBMASK;
  const uint64_t sample_bytes = coding == SF_FORMAT_PCM_U8                                ? 1
                                : coding == SF_FORMAT_PCM_16                              ? 2
                                : coding == SF_FORMAT_PCM_24                              ? 3
                                : coding == SF_FORMAT_PCM_32 || coding == SF_FORMAT_FLOAT ? 4
                                                                                          : 8;
  const uint64_t frame_bytes = sample_bytes * static_cast<uint64_t>(facts.channels);
  // A placeholder is rounded down to whole frames.
  if (read == 0 || !IsPlaceholder(read * frame_bytes + frame_bytes - 1)) return {};
  std::array<uint8_t, 1> more{};
  const Result<size_t> got = file.Read(more);
  if (!got.ok()) return got.status();
  return *got > 0 ? LongerThanItsHeaderCanSay(file.name()) : Status();
}

// Up to interleaved.size() / channels samples per channel at the rate asked for; 0 at the end.
Result<size_t> AudioReader::State::Fill(std::span<float> interleaved) {
  const auto channels = static_cast<size_t>(facts.channels);
  const size_t capacity = interleaved.size() / channels;
  for (;;) {
    if (block_begin == block_end && !at_end) {
      if (Status s = ReadBlock(); !s.ok()) return s;
    }
    const float* from = block.data() + block_begin * channels;
    if (!resampler) {
      const size_t count = std::min(capacity, block_end - block_begin);
      std::copy_n(from, count * channels, interleaved.begin());
      block_begin += count;
      return count;
    }
    size_t taken = 0;
    size_t made = 0;
    const soxr_error_t error =
        soxr_process(resampler.get(), at_end ? nullptr : from, at_end ? 0 : block_end - block_begin,
                     &taken, interleaved.data(), capacity, &made);
    if (error != nullptr)
      return Status(StatusCode::kInternal, file.name() + " cannot be resampled: " + error);
    block_begin += taken;
    if (at_end) {  // the resampler ends a sample early or late; the length is to be exact
      const uint64_t left = ResampledLength(read, facts.samplerate, sample_rate) - given;
      if (made == 0) {
        made = std::min<uint64_t>(capacity, left);
        std::fill_n(interleaved.begin(), made * channels, 0.0f);
      }
      return std::min<uint64_t>(made, left);
    }
    if (made > 0) return made;
  }
}

Result<size_t> AudioReader::Read(float* const* pcm, size_t capacity) {
  const auto channels = static_cast<size_t>(state_->facts.channels);
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

int AudioReader::channels() const { return state_->facts.channels; }
int AudioReader::source_rate() const { return state_->facts.samplerate; }
uint64_t AudioReader::expected_samples() const {
  return ResampledLength(state_->said_samples(), state_->facts.samplerate, state_->sample_rate);
}

}  // namespace motet::cli
