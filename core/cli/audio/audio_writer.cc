#include "audio/audio_writer.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "audio/sound.h"
#include "audio/tag_writer.h"

namespace motet::cli {
namespace {

constexpr size_t kBlock = 4096;  // samples per channel that are converted at once

int BytesOfSample(SampleFormat format) {
  return format == SampleFormat::kPcm16 ? 2 : format == SampleFormat::kPcm24 ? 3 : 4;
}

uint64_t FrameBytes(const AudioFormat& format) {
  return static_cast<uint64_t>(BytesOfSample(format.samples)) *
         static_cast<uint64_t>(format.channels);
}

// WAV, and samples alone. A file that may become too large for 32-bit sizes has room for long ones
// and becomes RF64 if it needs them (EBU Tech 3306). Tags follow the samples; in a pipe, where the
// end of the samples is not known beforehand, they stand before them.
class WavWriter final : public AudioWriter {
 public:
  WavWriter(std::unique_ptr<OutputFile> file, const AudioFormat& format, bool may_be_large)
      : AudioWriter(format),
        file_(std::move(file)),
        format_(format),
        is_raw_(format.container == Container::kRaw),
        has_room_(file_->is_seekable() && may_be_large) {
    if (!is_raw_) (file_->is_seekable() ? after_ : before_) = WavTagChunks(format.tags);
  }

  Status WriteHeader(std::optional<uint64_t> length) {
    if (!is_raw_) Header(length);
    return Flush();
  }

  Status Write(const float* const* pcm, size_t samples) override {
    buffer_.resize(samples * FrameBytes(format_));
    switch (BytesOfSample(format_.samples)) {
      case 2:
        WriteSamples<2>(pcm, samples);
        break;
      case 3:
        WriteSamples<3>(pcm, samples);
        break;
      default:
        WriteSamples<4>(pcm, samples);
    }
    data_bytes_ += buffer_.size();
    return Flush();
  }

  Result<uint64_t> Finish() override {
    if (data_bytes_ % 2 == 1 && !is_raw_) Number(0, 1);
    buffer_.insert(buffer_.end(), after_.begin(), after_.end());
    if (Status s = Flush(); !s.ok()) return s;
    if (file_->is_seekable() && !is_raw_) {
      Header(data_bytes_ / FrameBytes(format_));
      if (Status s = file_->WriteAt(0, buffer_); !s.ok()) return s;
    }
    if (Status s = file_->Commit(); !s.ok()) return s;
    return file_->bytes();
  }

 private:
  void Header(std::optional<uint64_t> length) {
    constexpr uint64_t kUnknown = 0xFFFFFFFF;
    constexpr uint64_t kLongSizes = 28;  // bytes of the chunk for them
    const bool is_float = format_.samples == SampleFormat::kFloat;
    const auto frame_bytes = FrameBytes(format_);
    const uint64_t data = length ? *length * frame_bytes : kUnknown;
    const bool fits = data < kUnknown - 128 - before_.size() - after_.size();
    // The format chunk for float samples has an empty extension, and a fact chunk follows
    // (Microsoft's "New Multimedia Data Types").
    const uint64_t before_data =
        (is_float ? 50 : 36) + (has_room_ ? 8 + kLongSizes : 0) + before_.size();
    const uint64_t riff = before_data + data + (data & 1) + after_.size();
    const bool is_long = has_room_ && length && !fits;
    Text(is_long ? "RF64" : "RIFF");
    Number(fits ? riff : kUnknown, 4);
    Text("WAVE");
    if (has_room_) {
      Text(is_long ? "ds64" : "JUNK");
      Number(kLongSizes, 4);
      Number(is_long ? riff : 0, 8);
      Number(is_long ? data : 0, 8);
      Number(is_long ? *length : 0, 8);
      Number(0, 4);  // sizes of other chunks
    }
    Text("fmt ");
    Number(is_float ? 18 : 16, 4);
    Number(is_float ? 3 : 1, 2);
    Number(static_cast<uint64_t>(format_.channels), 2);
    Number(static_cast<uint64_t>(format_.sample_rate), 4);
    Number(static_cast<uint64_t>(format_.sample_rate) * frame_bytes, 4);
    Number(frame_bytes, 2);
    Number(static_cast<uint64_t>(BytesOfSample(format_.samples)) * 8, 2);
    if (is_float) {
      Number(0, 2);
      Text("fact");
      Number(4, 4);
      Number(fits ? *length : kUnknown, 4);
    }
    buffer_.insert(buffer_.end(), before_.begin(), before_.end());
    Text("data");
    Number(fits ? data : kUnknown, 4);
  }
  // Fills the buffer, which has room for them.
  template <int kBytes>
  void WriteSamples(const float* const* pcm, size_t samples) {
    const int first = format_.big_endian ? kBytes - 1 : 0, step = format_.big_endian ? -1 : 1;
    uint8_t* to = buffer_.data();
    for (size_t i = 0; i < samples; ++i) {
      for (int channel = 0; channel < format_.channels; ++channel, to += kBytes) {
        const float sample = pcm[channel][i];
        const uint32_t bits = kBytes == 4 ? std::bit_cast<uint32_t>(rounder_.Scale(sample))
                                          : static_cast<uint32_t>(rounder_.Round(sample));
        for (int b = 0; b < kBytes; ++b) to[first + step * b] = static_cast<uint8_t>(bits >> 8 * b);
      }
    }
  }
  void Text(std::string_view text) {
    for (const char c : text) buffer_.push_back(static_cast<uint8_t>(c));
  }
  void Number(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) buffer_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  Status Flush() {
    Status status = file_->Write(buffer_);
    buffer_.clear();
    return status;
  }

  std::unique_ptr<OutputFile> file_;
  AudioFormat format_;
  bool is_raw_;
  bool has_room_;                // for long sizes
  std::vector<uint8_t> before_;  // the samples
  std::vector<uint8_t> after_;
  std::vector<uint8_t> buffer_;
  uint64_t data_bytes_ = 0;
};

// FLAC, through libsndfile, which writes through our OutputFile.
class FlacWriter final : public AudioWriter {
 public:
  FlacWriter(std::unique_ptr<OutputFile> file, const AudioFormat& format)
      : AudioWriter(format), file_(std::move(file)), format_(format) {}

  Status Open() {
    SF_INFO facts{};
    facts.samplerate = format_.sample_rate;
    facts.channels = format_.channels;
    facts.format = SF_FORMAT_FLAC |
                   (format_.samples == SampleFormat::kPcm24 ? SF_FORMAT_PCM_24 : SF_FORMAT_PCM_16);
    SF_VIRTUAL_IO io{};
    io.get_filelen = [](void* self) { return static_cast<sf_count_t>(Self(self)->file_->bytes()); };
    io.seek = [](sf_count_t offset, int whence, void* self) {
      return Self(self)->Seek(offset, whence);
    };
    io.tell = [](void* self) { return static_cast<sf_count_t>(Self(self)->position_); };
    io.read = [](void* to, sf_count_t count, void* self) { return Self(self)->Read(to, count); };
    io.write = [](const void* from, sf_count_t count, void* self) {
      return Self(self)->WriteBytes(from, count);
    };
    std::string why;
    sound_ = OpenSound(io, SFM_WRITE, &facts, this, &why);
    if (!failure_.ok()) return failure_;
    return sound_ ? Status() : Internal(why);
  }

  Status Write(const float* const* pcm, size_t samples) override {
    const auto channels = static_cast<size_t>(format_.channels);
    has_samples_ |= samples > 0;
    for (size_t begin = 0; begin < samples; begin += kBlock) {
      const size_t count = std::min(kBlock, samples - begin);
      const int shift = 32 - 8 * BytesOfSample(format_.samples);  // libsndfile takes the high bits
      integers_.resize(count * channels);
      int32_t* to = integers_.data();
      for (size_t i = 0; i < count; ++i) {
        for (size_t channel = 0; channel < channels; ++channel)
          *to++ = rounder_.Round(pcm[channel][begin + i]) * (1 << shift);
      }
      const sf_count_t put =
          sf_writef_int(sound_.get(), integers_.data(), static_cast<sf_count_t>(count));
      if (!failure_.ok()) return failure_;
      if (put != static_cast<sf_count_t>(count)) return Internal(WhyNot(sound_.get()));
    }
    return {};
  }

  Result<uint64_t> Finish() override {
    // libsndfile writes no FLAC header before the first sample: without one, say so.
    if (!has_samples_) sf_command(sound_.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);
    const int error = sf_close(sound_.release());
    if (!failure_.ok()) return failure_;
    if (error != 0) return Internal(sf_error_number(error));
    if (!format_.tags.empty()) {
      if (Status s = WriteFlacTags(*file_, format_.tags); !s.ok()) return s;
    }
    if (Status s = file_->Commit(); !s.ok()) return s;
    return file_->bytes();
  }

 private:
  static FlacWriter* Self(void* self) { return static_cast<FlacWriter*>(self); }

  Status Internal(const std::string& why) const {
    return {StatusCode::kInternal, "cannot write " + file_->name() + ": " + why};
  }

  sf_count_t Seek(sf_count_t offset, int whence) {
    const auto base =
        whence == SEEK_SET
            ? 0
            : static_cast<sf_count_t>(whence == SEEK_CUR ? position_ : file_->bytes());
    position_ = static_cast<uint64_t>(std::max<sf_count_t>(0, base + offset));
    return static_cast<sf_count_t>(position_);
  }

  sf_count_t Read(void* to, sf_count_t count) {
    const Result<size_t> got =
        file_->ReadAt(position_, {static_cast<uint8_t*>(to), static_cast<size_t>(count)});
    if (!got.ok()) return 0;
    position_ += *got;
    return static_cast<sf_count_t>(*got);
  }

  sf_count_t WriteBytes(const void* from, sf_count_t count) {
    if (failure_.ok())
      failure_ = file_->WriteAt(position_,
                                {static_cast<const uint8_t*>(from), static_cast<size_t>(count)});
    if (!failure_.ok()) return 0;
    position_ += static_cast<uint64_t>(count);
    return count;
  }

  std::unique_ptr<OutputFile> file_;
  AudioFormat format_;
  uint64_t position_ = 0;
  bool has_samples_ = false;
  Status failure_;  // of the file below libsndfile, which keeps no reason
  std::vector<int32_t> integers_;
  Sound sound_;  // goes first: closing it writes
};

}  // namespace

AudioWriter::AudioWriter(const AudioFormat& format)
    : rounder_(8 * BytesOfSample(format.samples),
               format.dither && format.samples == SampleFormat::kPcm16, format.gain) {}

double MostThatIsNotLimited(const AudioFormat& format) {
  if (format.samples == SampleFormat::kFloat) return std::numeric_limits<double>::infinity();
  // The largest number, less a step of dither or of what the gain is rounded by.
  const auto scale = static_cast<double>(int64_t{1} << (8 * BytesOfSample(format.samples) - 1));
  return (scale - 2) / scale;
}

std::optional<Container> ContainerOf(const std::string& path) {
  if (path == "-") return Container::kWav;
  std::string suffix = std::filesystem::path(path).extension().string();
  std::ranges::transform(suffix, suffix.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (suffix == ".wav" || suffix == ".wave") return Container::kWav;
  if (suffix == ".flac") return Container::kFlac;
  return {};
}

Result<std::unique_ptr<AudioWriter>> AudioWriter::Create(std::unique_ptr<OutputFile> file,
                                                         const AudioFormat& format,
                                                         std::optional<uint64_t> length) {
  if (!file->is_seekable() && format.container == Container::kFlac) {
    return Status(StatusCode::kInvalidArgument,
                  "cannot write FLAC to " + file->name() + ": it cannot be rewound");
  }
  constexpr uint64_t kUnknown = std::numeric_limits<uint64_t>::max();
  const bool may_be_large = length.value_or(kUnknown) > 0xFFFF0000 / FrameBytes(format);
  if (format.container != Container::kFlac) {
    auto writer = std::make_unique<WavWriter>(std::move(file), format, may_be_large);
    if (Status s = writer->WriteHeader(length); !s.ok()) return s;
    return std::unique_ptr<AudioWriter>(std::move(writer));
  }
  auto writer = std::make_unique<FlacWriter>(std::move(file), format);
  if (Status s = writer->Open(); !s.ok()) return s;
  return std::unique_ptr<AudioWriter>(std::move(writer));
}

}  // namespace motet::cli
