#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "commands/batch.h"
#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "files/feeder.h"
#include "files/model_finder.h"
#include "files/output_file.h"
#include "files/page_finder.h"
#include "motet/stream_decoder.h"
#include "progress.h"

namespace motet::cli {
namespace {

// Infinity, and what is near it, is a number that no stream reaches.
uint64_t ToSamples(double seconds, double rate) {
  return static_cast<uint64_t>(std::min(std::round(seconds * rate), 1e15));
}

class DecodeJob {
 public:
  DecodeJob(const DecodeOptions& options, std::shared_ptr<const Model> model, Progress& progress)
      : options_(options), model_(std::move(model)), progress_(progress) {}

  Result<Coded> Run();

 private:
  Status Begin();
  Status SeekStart();
  Status Write(const StreamBlock& block);
  Status StartsTooLate() const;
  Result<Coded> End();
  void TellOfClipping() const;

  // Damage is an error, or one more line on standard error.
  Status Damaged(const std::string& what) const;

  const DecodeOptions& options_;
  const std::shared_ptr<const Model> model_;
  Progress& progress_;
  const Stopwatch watch_;
  std::optional<Feeder> input_;
  std::unique_ptr<StreamDecoder> decoder_;
  std::unique_ptr<AudioWriter> writer_;
  // All in samples per channel.
  uint64_t first_ = 0;     // that is wanted
  uint64_t end_ = 0;       // of what is wanted
  uint64_t position_ = 0;  // of the next block
  uint64_t written_ = 0;
};

Result<Coded> DecodeJob::Run() {
  Result<InputFile> file = InputFile::Open(options_.input);
  if (!file.ok()) return file.status();
  input_.emplace(std::move(*file));
  Result<std::unique_ptr<StreamDecoder>> decoder =
      StreamDecoder::Create(model_, options_.input == "-" ? "standard input" : options_.input,
                            {.max_concealed_seconds = options_.max_gap});
  if (!decoder.ok()) return decoder.status();
  decoder_ = std::move(*decoder);

  for (;;) {
    const Result<StreamBlock> block = decoder_->Next();
    Status status;
    if (!block.ok()) {
      if (block.status().code() != StatusCode::kTruncated || decoder_->totals().packets == 0)
        return block.status();
      status = Damaged(block.status().message());
      if (!status.ok()) return status;
      return End();
    }
    switch (block->kind) {
      case StreamBlock::Kind::kNeedInput:
        status = input_->Feed(*decoder_);
        break;
      case StreamBlock::Kind::kHeader:
        status = Begin();
        break;
      case StreamBlock::Kind::kSamples:
        status = Write(*block);
        if (status.ok() && position_ >= end_) return End();
        break;
      case StreamBlock::Kind::kDamage:
        status = Damaged(block->damage.message());
        break;
      case StreamBlock::Kind::kEnd:
        if (first_ > 0 && first_ >= decoder_->header().samples) return StartsTooLate();
        return End();
    }
    if (!status.ok()) return status;
  }
}

Status DecodeJob::Begin() {
  const StreamHeader& header = decoder_->header();
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options_.output);
  if (!file.ok()) return file.status();
  const double rate = header.sample_rate;
  first_ = ToSamples(options_.start, rate);
  end_ = std::max(first_ + ToSamples(options_.duration, rate), first_);
  if (first_ > 0 && first_ >= header.samples) return StartsTooLate();
  if (header.samples != kUnknownSamples) end_ = std::min(end_, header.samples);
  // A truncated stream has less; in a pipe the header cannot be corrected afterwards.
  const bool length_is_sure =
      header.samples != kUnknownSamples && ((*file)->is_seekable() || !options_.conceal);
  AudioFormat format = options_.audio;
  if (format.container != Container::kRaw)
    format.container = ContainerOf(options_.output).value_or(Container::kWav);
  format.sample_rate = header.sample_rate;
  format.channels = header.channels;
  if (options_.has_tags) format.tags = header.tags;
  Result<std::unique_ptr<AudioWriter>> writer = AudioWriter::Create(
      std::move(*file), format, length_is_sure ? std::optional(end_ - first_) : std::nullopt);
  if (!writer.ok()) return writer.status();
  writer_ = std::move(*writer);
  progress_.Begin(header.samples == kUnknownSamples ? 0 : end_ - first_);
  return first_ > 0 && options_.input != "-" && input_->file().is_regular() ? SeekStart()
                                                                            : Status();
}

Status DecodeJob::SeekStart() {
  const InputFile& file = input_->file();
  Result<PageSearch> search = decoder_->Search(first_, file.bytes());
  if (!search.ok()) return search.status();
  const Result<uint64_t> offset = FindPage(file, *search);
  if (!offset.ok()) return offset.status();
  position_ = first_;
  if (Status s = decoder_->Seek(first_, *offset); !s.ok()) return s;
  return input_->SeekTo(*offset);
}

// Writes as much of a block as is wanted.
Status DecodeJob::Write(const StreamBlock& block) {
  const uint64_t begin = std::clamp(first_, position_, position_ + block.frames);
  const uint64_t end = std::clamp(end_, begin, position_ + block.frames);
  std::array<const float*, 2> pcm = block.pcm;
  for (const float*& plane : pcm) {
    if (plane != nullptr) plane += begin - position_;
  }
  position_ += block.frames;
  if (begin == end) return {};
  written_ += end - begin;
  progress_.Update(written_);
  return writer_->Write(pcm.data(), end - begin);
}

Status DecodeJob::StartsTooLate() const {
  return {
      StatusCode::kInvalidArgument,
      fmt::format("{} has {:.2f} s: --start {:g} s lies behind them", InputName(options_.input),
                  static_cast<double>(decoder_->header().samples) / decoder_->header().sample_rate,
                  options_.start)};
}

Result<Coded> DecodeJob::End() {
  const Result<uint64_t> bytes = writer_->Finish();
  if (!bytes.ok()) return bytes.status();
  TellOfClipping();
  const StreamTotals& totals = decoder_->totals();
  const double seconds = static_cast<double>(written_) / decoder_->header().sample_rate;
  const std::string lost = totals.lost_packets > 0
                               ? fmt::format(", {} of {} packets concealed", totals.lost_packets,
                                             totals.packets + totals.lost_packets)
                               : "";
  return Coded{.seconds = seconds,
               .stream_bytes = input_->bytes_read(),
               .sentence = fmt::format("{} -> {}: {:.2f} s, {} bytes{}, {:.1f} x real time",
                                       InputName(options_.input), OutputName(options_.output),
                                       seconds, *bytes, lost, seconds / watch_.seconds())};
}

void DecodeJob::TellOfClipping() const {
  const SampleRounder& rounder = writer_->rounder();
  if (rounder.clipped() == 0) return;
  const double over = std::max(0.1, std::ceil(200 * std::log10(rounder.peak())) / 10);
  const double gain = 20 * std::log10(static_cast<double>(options_.audio.gain)) - over;
  Warn(fmt::format(
      "{}: {} of {} samples exceeded full scale of {} bits, by up to {:.1f} dB, and were "
      "limited; --gain {:.1f} or --float avoids that",
      OutputName(options_.output), rounder.clipped(),
      written_ * static_cast<uint64_t>(decoder_->header().channels),
      options_.audio.samples == SampleFormat::kPcm24 ? 24 : 16, over, gain));
}

Status DecodeJob::Damaged(const std::string& what) const {
  if (!options_.conceal) return {StatusCode::kCorrupt, what + "; --conceal decodes what is left"};
  Warn(what);
  return {};
}

}  // namespace

Status RunDecode(const DecodeOptions& options) {
  if (Status s = OutputFile::Check(options.output, options.input, options.force); !s.ok()) return s;
  const Result<std::shared_ptr<const Model>> model = LoadModel(options.model);
  if (!model.ok()) return model.status();
  FileProgress progress("Decoding");
  const Result<Coded> coded = DecodeJob(options, *model, progress).Run();
  if (!coded.ok()) return coded.status();
  Tell(coded->sentence);
  return {};
}

Status RunDecodeBatch(const DecodeOptions& options, const BatchOptions& batch) {
  const Result<BatchPlan> plan = PlanBatch(batch, DecodeRules(options.suffix));
  if (!plan.ok()) return plan.status();
  return RunBatch(*plan, batch, options.model, {"Decoding", "decoded"},
                  [&options](const BatchJob& job, const std::shared_ptr<const Model>& model,
                             Progress& progress) {
                    DecodeOptions own = options;
                    own.input = job.input;
                    own.output = job.output;
                    return DecodeJob(own, model, progress).Run();
                  });
}

}  // namespace motet::cli
