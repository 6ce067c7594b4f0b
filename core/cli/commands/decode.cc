#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "commands/batch.h"
#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "files/chapters.h"
#include "files/decoded_file.h"
#include "files/model_finder.h"
#include "files/output_file.h"
#include "progress.h"

namespace motet::cli {
namespace {

// Infinity, and what is near it, is a number that no stream reaches.
uint64_t ToSamples(double seconds, double rate) {
  return static_cast<uint64_t>(std::min(std::round(seconds * rate), 1e15));
}

class DecodeJob {
 public:
  DecodeJob(const DecodeOptions& options, ModelFinder& models, Progress& progress)
      : options_(options), models_(models), progress_(progress) {}

  Result<Coded> Run();

 private:
  Status Open();
  Status LeaveHeadroom();
  Status DecodeAll();
  Status Begin();
  Status CreateWriter(uint64_t samples);
  Status Take(const StreamBlock& block);
  Status StartsTooLate() const;
  Result<Coded> End();
  void TellOfClipping() const;

  // Damage is an error, or one more line on standard error.
  Status Damaged(const std::string& what) const;

  const DecodeOptions& options_;
  ModelFinder& models_;
  Progress& progress_;
  const Stopwatch watch_;
  std::unique_ptr<DecodedFile> file_;
  // With headroom everything is decoded twice, because the peak is known only at the end: first to
  // find it, and then to write.
  bool finds_peak_ = false;
  float peak_ = 0;
  float lowered_ = 1;  // a factor
  std::unique_ptr<AudioWriter> writer_;
  // All in samples per channel.
  uint64_t first_ = 0;     // that is wanted
  uint64_t end_ = 0;       // of what is wanted
  uint64_t position_ = 0;  // of the next block
  uint64_t done_ = 0;      // of what is wanted, both times
  uint64_t written_ = 0;
};

Result<Coded> DecodeJob::Run() {
  if (Status s = Open(); !s.ok()) return s;
  if (options_.headroom) {
    if (Status s = LeaveHeadroom(); !s.ok()) return s;
  }
  if (Status s = DecodeAll(); !s.ok()) return s;
  return End();
}

Status DecodeJob::Open() {
  Result<InputFile> file = InputFile::Open(options_.input);
  if (!file.ok()) return file.status();
  Result<std::unique_ptr<DecodedFile>> opened = DecodedFile::Open(
      std::move(*file), options_.input, models_,
      {.is_read_twice = options_.headroom.has_value(),
       .decoder = {.max_concealed_seconds = options_.max_gap, .precision = options_.precision}});
  if (!opened.ok()) return opened.status();
  file_ = std::move(*opened);
  return {};
}

Status DecodeJob::LeaveHeadroom() {
  finds_peak_ = true;
  if (Status s = DecodeAll(); !s.ok()) return s;
  finds_peak_ = false;
  position_ = 0;
  const double most =
      std::min(std::pow(10.0, -*options_.headroom / 20), MostThatIsNotLimited(options_.audio));
  const double peak = static_cast<double>(peak_) * static_cast<double>(options_.audio.gain);
  if (peak > most) lowered_ = static_cast<float>(most / peak);
  return file_->Rewind();
}

Status DecodeJob::DecodeAll() {
  for (;;) {
    const Result<StreamBlock> block = file_->Next();
    if (!block.ok()) {
      if (block.status().code() != StatusCode::kTruncated || file_->decoder().totals().packets == 0)
        return block.status();
      return Damaged(block.status().message());
    }
    Status status;
    switch (block->kind) {
      case StreamBlock::Kind::kNeedInput:  // which DecodedFile sees to
        break;
      case StreamBlock::Kind::kHeader:
        status = Begin();
        break;
      case StreamBlock::Kind::kSamples:
        status = Take(*block);
        // At the end of the stream its last page has yet to be checked.
        if (status.ok() && position_ >= end_ && end_ < file_->decoder().header().samples) return {};
        break;
      case StreamBlock::Kind::kDamage:
        status = Damaged(block->damage.message());
        break;
      case StreamBlock::Kind::kEnd:
        return first_ > 0 && first_ >= file_->decoder().header().samples ? StartsTooLate()
                                                                         : Status();
    }
    if (!status.ok()) return status;
  }
}

Status DecodeJob::Begin() {
  const StreamHeader& header = file_->decoder().header();
  const double rate = header.sample_rate;
  first_ = ToSamples(options_.start, rate);
  end_ = std::max(first_ + ToSamples(options_.duration, rate), first_);
  if (first_ > 0 && first_ >= header.samples) return StartsTooLate();
  const bool is_known = header.samples != kUnknownSamples;
  if (is_known) end_ = std::min(end_, header.samples);
  if (done_ == 0) progress_.Begin(is_known ? (end_ - first_) * (options_.headroom ? 2 : 1) : 0);
  if (!finds_peak_) {
    if (Status s = CreateWriter(is_known ? end_ - first_ : kUnknownSamples); !s.ok()) return s;
  }
  if (first_ == 0 || !file_->is_seekable()) return {};
  position_ = first_;
  return file_->Seek(first_);
}

// `samples` that are wanted of each channel.
Status DecodeJob::CreateWriter(uint64_t samples) {
  const StreamHeader& header = file_->decoder().header();
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options_.output);
  if (!file.ok()) return file.status();
  // A truncated stream has less; in a pipe the header cannot be corrected afterwards.
  const bool length_is_sure =
      samples != kUnknownSamples && ((*file)->is_seekable() || !options_.conceal);
  AudioFormat format = options_.audio;
  if (format.container != Container::kRaw)
    format.container = ContainerOf(options_.output).value_or(Container::kWav);
  format.sample_rate = header.sample_rate;
  format.channels = header.channels;
  format.gain *= lowered_;
  if (options_.has_tags) {
    format.tags = header.tags;
    const double rate = header.sample_rate;
    const std::vector<Chapter> chapters = TakeChapters(&format.tags);
    AddChapters(
        ChaptersOf(chapters, static_cast<double>(first_) / rate, static_cast<double>(end_) / rate),
        &format.tags);
  }
  Result<std::unique_ptr<AudioWriter>> writer = AudioWriter::Create(
      std::move(*file), format, length_is_sure ? std::optional(samples) : std::nullopt);
  if (!writer.ok()) return writer.status();
  writer_ = std::move(*writer);
  return {};
}

// As much of a block as is wanted.
Status DecodeJob::Take(const StreamBlock& block) {
  const uint64_t begin = std::clamp(first_, position_, position_ + block.frames);
  const uint64_t end = std::clamp(end_, begin, position_ + block.frames);
  std::array<const float*, 2> pcm = block.pcm;
  for (const float*& plane : pcm) {
    if (plane != nullptr) plane += begin - position_;
  }
  position_ += block.frames;
  if (begin == end) return {};
  done_ += end - begin;
  progress_.Update(done_);
  if (finds_peak_) {
    for (int channel = 0; channel < file_->decoder().header().channels; ++channel) {
      for (const float sample : std::span(pcm[channel], end - begin))
        peak_ = std::max(peak_, std::abs(sample));
    }
    return {};
  }
  written_ += end - begin;
  return writer_->Write(pcm.data(), end - begin);
}

Status DecodeJob::StartsTooLate() const {
  return {StatusCode::kInvalidArgument,
          fmt::format("{} has {:.2f} s: --start {:g} s lies behind them", InputName(options_.input),
                      static_cast<double>(file_->decoder().header().samples) /
                          file_->decoder().header().sample_rate,
                      options_.start)};
}

Result<Coded> DecodeJob::End() {
  const Result<uint64_t> bytes = writer_->Finish();
  if (!bytes.ok()) return bytes.status();
  TellOfClipping();
  const StreamTotals& totals = file_->decoder().totals();
  const double seconds = static_cast<double>(written_) / file_->decoder().header().sample_rate;
  const std::string lost = totals.lost_packets > 0
                               ? fmt::format(", {} of {} packets concealed", totals.lost_packets,
                                             totals.packets + totals.lost_packets)
                               : "";
  const std::string lowered =
      lowered_ < 1 ? fmt::format(", lowered by {:.1f} dB", -20 * std::log10(lowered_)) : "";
  return Coded{.seconds = seconds,
               .stream_bytes = file_->bytes_read(),
               .sentence = fmt::format("{} -> {}: {:.2f} s, {} bytes{}{}, {:.1f} x real time",
                                       InputName(options_.input), OutputName(options_.output),
                                       seconds, *bytes, lost, lowered, seconds / watch_.seconds())};
}

void DecodeJob::TellOfClipping() const {
  const SampleRounder& rounder = writer_->rounder();
  if (rounder.clipped() == 0) return;
  const double over = std::max(0.1, std::ceil(200 * std::log10(rounder.peak())) / 10);
  const double gain = 20 * std::log10(static_cast<double>(options_.audio.gain)) - over;
  Warn(fmt::format(
      "{}: {} of {} samples exceeded full scale of {} bits, by up to {:.1f} dB, and were "
      "limited; --headroom 0, --gain {:.1f} or --float avoids that",
      OutputName(options_.output), rounder.clipped(),
      written_ * static_cast<uint64_t>(file_->decoder().header().channels),
      options_.audio.samples == SampleFormat::kPcm24 ? 24 : 16, over, gain));
}

Status DecodeJob::Damaged(const std::string& what) const {
  if (!options_.conceal) return {StatusCode::kCorrupt, what + "; --conceal decodes what is left"};
  if (!finds_peak_) Warn(what);
  return {};
}

}  // namespace

Status RunDecode(const DecodeOptions& options) {
  if (Status s = OutputFile::Check(options.output, options.input, options.force); !s.ok()) return s;
  const Result<std::unique_ptr<ModelFinder>> models = ModelFinder::Create(options.model);
  if (!models.ok()) return models.status();
  FileProgress progress("Decoding");
  const Result<Coded> coded = DecodeJob(options, **models, progress).Run();
  if (!coded.ok()) return coded.status();
  Tell(coded->sentence);
  return {};
}

Status RunDecodeBatch(const DecodeOptions& options, const BatchOptions& batch) {
  const Result<BatchPlan> plan = PlanBatch(batch, DecodeRules(options.suffix));
  if (!plan.ok()) return plan.status();
  std::unique_ptr<ModelFinder> models;
  const auto begin = [&options, &models]() -> Status {
    Result<std::unique_ptr<ModelFinder>> created = ModelFinder::Create(options.model);
    if (!created.ok()) return created.status();
    models = std::move(*created);
    return {};
  };
  return RunBatch(*plan, batch, {"Decoding", "decoded"}, begin,
                  [&options, &models](const BatchJob& job, Progress& progress) {
                    DecodeOptions own = options;
                    own.input = job.input;
                    own.output = job.output;
                    return DecodeJob(own, *models, progress).Run();
                  });
}

}  // namespace motet::cli
