#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

#include "commands.h"
#include "errors.h"
#include "model_finder.h"
#include "motet/decoder.h"
#include "output_file.h"
#include "planar.h"
#include "progress.h"
#include "stream_file.h"

namespace motet::cli {
namespace {

constexpr size_t kBlockPackets = 16;  // decoded at once

// Cuts what the decoder gives to what the encoder was given: drops the run-in and keeps the last
// packet's worth back until the length is known.
class Trimmer {
 public:
  // `packet`: samples of a packet; `block`: samples that come at once at most.
  Trimmer(AudioWriter& writer, int channels, size_t delay, size_t packet, size_t block,
          uint64_t length)
      : writer_(writer),
        channels_(static_cast<size_t>(channels)),
        packet_(packet),
        drop_(delay),
        length_(length),
        held_(channels, packet + block) {}

  // The block that the decoder writes to next; Take says how much of it was filled.
  std::array<float*, 2> Space() const { return held_.From(count_); }

  Status Take(size_t samples) {
    count_ += samples;
    const size_t dropped = std::min(drop_, count_);
    drop_ -= dropped;
    Forget(dropped);
    return length_ != kUnknownSamples ? Write(count_) : Write(count_ - std::min(count_, packet_));
  }

  // Writes what is still held, up to the length; to all there is if that is not known.
  Status Finish(uint64_t length) {
    length_ = length;
    return Write(count_);
  }

  uint64_t written() const { return written_; }

 private:
  Status Write(size_t samples) {
    const size_t wanted = std::min<uint64_t>(samples, length_ - std::min(length_, written_));
    const std::array<float*, 2> pcm = held_.From(0);
    if (wanted > 0) {
      if (Status s = writer_.Write(pcm.data(), wanted); !s.ok()) return s;
    }
    written_ += wanted;
    Forget(samples);
    return {};
  }

  void Forget(size_t samples) {
    count_ -= samples;
    const std::array<float*, 2> to = held_.From(0);
    for (size_t channel = 0; channel < channels_ && samples > 0; ++channel)
      std::copy_n(to[channel] + samples, count_, to[channel]);
  }

  AudioWriter& writer_;
  size_t channels_;
  size_t packet_;
  size_t drop_;      // samples of the run-in still to come
  uint64_t length_;  // of the whole output, or kUnknownSamples
  Planar held_;
  size_t count_ = 0;  // samples in held_
  uint64_t written_ = 0;
};

class DecodeJob {
 public:
  explicit DecodeJob(const DecodeOptions& options) : options_(options) {}

  Status Run();

 private:
  Status Begin(const StreamHeader& header);
  Status Decode(std::span<const uint8_t> packets);
  Status Conceal(const StreamEvent& gap);
  Status End(bool complete);
  void Summarize() const;

  // Damage is an error, or one more line on standard error.
  Status Damaged(const std::string& what);
  double SecondsOf(uint64_t packets) const {
    return static_cast<double>(packets * packet_samples_) / sample_rate_;
  }

  const DecodeOptions& options_;
  std::optional<StreamFile> stream_;
  std::shared_ptr<const Model> model_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<AudioWriter> writer_;
  std::optional<Trimmer> trimmer_;
  std::optional<Progress> progress_;
  int sample_rate_ = 0;
  size_t packet_samples_ = 0;
  uint64_t output_bytes_ = 0;
};

Status DecodeJob::Run() {
  if (Status s = OutputFile::Check(options_.output, options_.input, options_.force); !s.ok())
    return s;
  Result<StreamFile> stream = StreamFile::Open(options_.input);
  if (!stream.ok()) return stream.status();
  stream_.emplace(std::move(*stream));
  for (;;) {
    const Result<StreamEvent> event = stream_->Next();
    Status status;
    if (!event.ok()) {
      if (event.status().code() != StatusCode::kTruncated ||
          stream_->reader().totals().packets == 0)
        return event.status();
      status = Damaged(event.status().message());
      return status.ok() ? End(false) : status;
    }
    switch (event->kind) {
      case StreamEvent::Kind::kHeader:
        status = Begin(stream_->reader().header());
        break;
      case StreamEvent::Kind::kPackets:
        status = Decode(event->packets);
        break;
      case StreamEvent::Kind::kGap:
        status = Conceal(*event);
        break;
      case StreamEvent::Kind::kEnd:
        return End(true);
      case StreamEvent::Kind::kNeedInput:
        break;  // StreamFile sees to it
    }
    if (!status.ok()) return status;
  }
}

Status DecodeJob::Begin(const StreamHeader& header) {
  Result<std::shared_ptr<const Model>> model = LoadModel(options_.model);
  if (!model.ok()) return model.status();
  model_ = std::move(*model);
  if (Status s = CheckStreamModel(header, *model_,
                                  options_.input == "-" ? "standard input" : options_.input);
      !s.ok())
    return s;
  Result<std::unique_ptr<Decoder>> decoder =
      Decoder::Create(model_, {.quality = header.quality, .channels = header.channels});
  if (!decoder.ok()) return decoder.status();
  decoder_ = std::move(*decoder);
  sample_rate_ = header.sample_rate;
  packet_samples_ = static_cast<size_t>(model_->info().packet_samples);

  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options_.output);
  if (!file.ok()) return file.status();
  const bool length_is_sure = header.samples != kUnknownSamples && !options_.conceal;
  Result<std::unique_ptr<AudioWriter>> writer =
      AudioWriter::Create(std::move(*file),
                          {.container = ContainerOf(options_.output).value_or(Container::kWav),
                           .samples = options_.format,
                           .sample_rate = header.sample_rate,
                           .channels = header.channels},
                          length_is_sure ? std::optional(header.samples) : std::nullopt);
  if (!writer.ok()) return writer.status();
  writer_ = std::move(*writer);
  trimmer_.emplace(*writer_, header.channels, static_cast<size_t>(model_->info().delay_samples),
                   packet_samples_, kBlockPackets * packet_samples_, header.samples);
  progress_.emplace("Decoding", header.samples == kUnknownSamples ? 0 : header.samples);
  return {};
}

Status DecodeJob::Decode(std::span<const uint8_t> packets) {
  const size_t block = kBlockPackets * static_cast<size_t>(decoder_->packet_bytes());
  while (!packets.empty()) {
    const std::span<const uint8_t> now = packets.first(std::min(block, packets.size()));
    packets = packets.subspan(now.size());
    const Result<size_t> made =
        decoder_->Decode(now, trimmer_->Space().data(), kBlockPackets * packet_samples_);
    if (!made.ok()) return made.status();
    if (Status s = trimmer_->Take(*made); !s.ok()) return s;
    progress_->Update(trimmer_->written());
  }
  return {};
}

Status DecodeJob::Conceal(const StreamEvent& gap) {
  if (Status s = Damaged(fmt::format(
          "{} is damaged before byte {}: packets {} to {} are lost ({:.2f} s to {:.2f} s)",
          InputName(options_.input), gap.offset, gap.first_packet, gap.first_packet + gap.count - 1,
          SecondsOf(gap.first_packet), SecondsOf(gap.first_packet + gap.count)));
      !s.ok()) {
    return s;
  }
  for (uint64_t left = gap.count; left > 0;) {
    const size_t now = std::min<uint64_t>(left, kBlockPackets);
    left -= now;
    const Result<size_t> made =
        decoder_->Conceal(now, trimmer_->Space().data(), kBlockPackets * packet_samples_);
    if (!made.ok()) return made.status();
    if (Status s = trimmer_->Take(*made); !s.ok()) return s;
  }
  return {};
}

Status DecodeJob::End(bool complete) {
  const StreamTotals& totals = stream_->reader().totals();
  const StreamHeader& header = stream_->reader().header();
  const auto delay = static_cast<uint64_t>(model_->info().delay_samples);
  if (complete) {
    const uint64_t packets = totals.packets + totals.lost_packets;
    const uint64_t samples = packets * packet_samples_;
    if (samples < delay || samples - delay < header.samples ||
        samples - delay - header.samples >= packet_samples_) {
      return {StatusCode::kCorrupt,
              fmt::format("{} contradicts itself: {} packets do not make {} samples",
                          InputName(options_.input), packets, header.samples)};
    }
    if (totals.skipped_bytes > 0 && totals.lost_packets == 0) {
      if (Status s = Damaged(fmt::format("{} is damaged: {} bytes belong to no page",
                                         InputName(options_.input), totals.skipped_bytes));
          !s.ok()) {
        return s;
      }
    }
    if (totals.packets == 0 && totals.lost_packets > 0) {
      return {StatusCode::kCorrupt, fmt::format("{} is damaged: none of its {} packets can be read",
                                                InputName(options_.input), packets)};
    }
  }
  if (Status s = trimmer_->Finish(header.samples); !s.ok()) return s;
  const Result<uint64_t> bytes = writer_->Finish();
  if (!bytes.ok()) return bytes.status();
  output_bytes_ = *bytes;
  progress_->Clear();
  Summarize();
  return {};
}

void DecodeJob::Summarize() const {
  const StreamTotals& totals = stream_->reader().totals();
  const double elapsed = progress_->seconds();
  const double seconds = static_cast<double>(trimmer_->written()) / sample_rate_;
  const std::string lost = totals.lost_packets > 0
                               ? fmt::format(", {} of {} packets concealed", totals.lost_packets,
                                             totals.packets + totals.lost_packets)
                               : "";
  fmt::print(stderr, "{} -> {}: {:.2f} s, {} bytes{}, {:.1f} x real time\n",
             InputName(options_.input), OutputName(options_.output), seconds, output_bytes_, lost,
             seconds / elapsed);
}

Status DecodeJob::Damaged(const std::string& what) {
  if (!options_.conceal)
    return {StatusCode::kCorrupt, what + "; --conceal decodes what can be had"};
  progress_->Clear();
  fmt::print(stderr, "motet: {}\n", what);
  return {};
}

}  // namespace

Status RunDecode(const DecodeOptions& options) { return DecodeJob(options).Run(); }

}  // namespace motet::cli
