#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "commands/commands.h"
#include "errors.h"
#include "files/input_file.h"
#include "files/model_finder.h"
#include "files/output_file.h"
#include "motet/stream_decoder.h"
#include "progress.h"

namespace motet::cli {
namespace {

constexpr size_t kChunkBytes = 65536;  // read at once

class DecodeJob {
 public:
  explicit DecodeJob(const DecodeOptions& options) : options_(options) {}

  Status Run();

 private:
  Status Feed();
  Status Begin();
  Status End();
  void Summarize() const;

  // Damage is an error, or one more line on standard error.
  Status Damaged(const std::string& what);

  const DecodeOptions& options_;
  std::optional<InputFile> file_;
  std::vector<uint8_t> chunk_ = std::vector<uint8_t>(kChunkBytes);
  std::span<const uint8_t> unread_;  // of chunk_
  std::shared_ptr<const Model> model_;
  std::unique_ptr<StreamDecoder> decoder_;
  std::unique_ptr<AudioWriter> writer_;
  std::optional<Progress> progress_;
  uint64_t written_ = 0;  // samples per channel
  uint64_t output_bytes_ = 0;
};

Status DecodeJob::Run() {
  if (Status s = OutputFile::Check(options_.output, options_.input, options_.force); !s.ok())
    return s;
  Result<InputFile> file = InputFile::Open(options_.input);
  if (!file.ok()) return file.status();
  file_.emplace(std::move(*file));
  Result<std::shared_ptr<const Model>> model = LoadModel(options_.model);
  if (!model.ok()) return model.status();
  model_ = std::move(*model);
  Result<std::unique_ptr<StreamDecoder>> decoder =
      StreamDecoder::Create(model_, options_.input == "-" ? "standard input" : options_.input);
  if (!decoder.ok()) return decoder.status();
  decoder_ = std::move(*decoder);

  for (;;) {
    const Result<StreamBlock> block = decoder_->Next();
    Status status;
    if (!block.ok()) {
      if (block.status().code() != StatusCode::kTruncated || decoder_->totals().packets == 0)
        return block.status();
      status = Damaged(block.status().message());
      return status.ok() ? End() : status;
    }
    switch (block->kind) {
      case StreamBlock::Kind::kNeedInput:
        status = Feed();
        break;
      case StreamBlock::Kind::kHeader:
        status = Begin();
        break;
      case StreamBlock::Kind::kSamples:
        status = writer_->Write(block->pcm.data(), block->frames);
        written_ += block->frames;
        progress_->Update(written_);
        break;
      case StreamBlock::Kind::kDamage:
        status = Damaged(block->damage.message());
        break;
      case StreamBlock::Kind::kEnd:
        return End();
    }
    if (!status.ok()) return status;
  }
}

Status DecodeJob::Feed() {
  if (unread_.empty()) {
    const Result<size_t> got = file_->Read(chunk_);
    if (!got.ok()) return got.status();
    unread_ = std::span(chunk_).first(*got);
  }
  if (unread_.empty()) {
    decoder_->Finish();
  } else {
    unread_ = unread_.subspan(decoder_->Push(unread_));
  }
  return {};
}

Status DecodeJob::Begin() {
  const StreamHeader& header = decoder_->header();
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options_.output);
  if (!file.ok()) return file.status();
  // Of a truncated stream there is less, which the header in a pipe cannot be told afterwards.
  const bool length_is_sure =
      header.samples != kUnknownSamples && ((*file)->is_seekable() || !options_.conceal);
  Result<std::unique_ptr<AudioWriter>> writer =
      AudioWriter::Create(std::move(*file),
                          {.container = ContainerOf(options_.output).value_or(Container::kWav),
                           .samples = options_.format,
                           .sample_rate = header.sample_rate,
                           .channels = header.channels},
                          length_is_sure ? std::optional(header.samples) : std::nullopt);
  if (!writer.ok()) return writer.status();
  writer_ = std::move(*writer);
  progress_.emplace("Decoding", header.samples == kUnknownSamples ? 0 : header.samples);
  return {};
}

Status DecodeJob::End() {
  const Result<uint64_t> bytes = writer_->Finish();
  if (!bytes.ok()) return bytes.status();
  output_bytes_ = *bytes;
  progress_->Clear();
  Summarize();
  return {};
}

void DecodeJob::Summarize() const {
  const StreamTotals& totals = decoder_->totals();
  const double elapsed = progress_->seconds();
  const double seconds = static_cast<double>(written_) / decoder_->header().sample_rate;
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
  if (progress_) progress_->Clear();
  fmt::print(stderr, "motet: {}\n", what);
  return {};
}

}  // namespace

Status RunDecode(const DecodeOptions& options) { return DecodeJob(options).Run(); }

}  // namespace motet::cli
