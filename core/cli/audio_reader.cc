#include "audio_reader.h"

#include <sndfile.h>
#include <soxr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "input_file.h"

namespace motet::cli {
namespace {

constexpr size_t kBlockFrames = 4096;  // read from the file at once
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

// libsndfile reads a WAV file that was cut off as if it were complete. Returns how many bytes of
// samples the file says it has and how many it has; nothing for other files, and for the lengths
// that programs write when they do not know better.
std::optional<std::pair<uint64_t, uint64_t>> WavDataBytes(const InputFile& file) {
  if (!file.is_regular()) return {};
  const off_t start = lseek(file.descriptor(), 0, SEEK_CUR);
  if (start < 0) return {};
  const auto read = [&](uint64_t at, std::span<uint8_t> bytes) {
    return pread(file.descriptor(), bytes.data(), bytes.size(), start + static_cast<off_t>(at)) ==
           static_cast<ssize_t>(bytes.size());
  };
  std::array<uint8_t, 12> riff{};
  if (!read(0, riff) || std::memcmp(riff.data(), "RIFF", 4) != 0 ||
      std::memcmp(riff.data() + 8, "WAVE", 4) != 0)
    return {};
  std::array<uint8_t, 8> chunk{};
  for (uint64_t at = riff.size(); read(at, chunk);) {
    const uint64_t size =
        chunk[4] | uint64_t{chunk[5]} << 8 | uint64_t{chunk[6]} << 16 | uint64_t{chunk[7]} << 24;
    at += chunk.size();
    if (std::memcmp(chunk.data(), "data", 4) == 0) {
      if (size == 0 || size >= 0x7FFFF000) return {};
      return std::pair{size, std::min(size, file.bytes() - static_cast<uint64_t>(start) - at)};
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
  Status ReadBlock();
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

  if (const auto data = WavDataBytes(*file); data && data->second < data->first) {
    return refuse(StatusCode::kTruncated, "is truncated: its header says " +
                                              std::to_string(data->first) + " bytes of samples, " +
                                              std::to_string(data->second) + " are there");
  }
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
  const sf_count_t got = sf_readf_float(sound.get(), block.data(), kBlockFrames);
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
  if (said_samples() > read) {
    return {StatusCode::kTruncated, file.name() + " is truncated: it says " +
                                        std::to_string(said_samples()) + " samples, " +
                                        std::to_string(read) + " are there"};
  }
  return {};
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
