#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "audio/sound_output.h"
#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "files/decoded_file.h"
#include "files/download.h"
#include "files/model_finder.h"
#include "progress.h"

namespace motet::cli {
namespace {

constexpr size_t kChunkBytes = 4096;  // read at once: seconds of music, so that it begins soon

class PlayJob {
 public:
  PlayJob(std::string name, DecodedFile& file) : name_(std::move(name)), file_(file) {}

  Status Run();

 private:
  Status Begin();

  std::string name_;
  DecodedFile& file_;
  std::unique_ptr<SoundOutput> output_;
  FileProgress progress_{"Playing"};
  uint64_t played_ = 0;  // samples per channel
};

Status PlayJob::Run() {
  for (;;) {
    const Result<StreamBlock> block = file_.Next();
    if (!block.ok()) {
      if (output_) output_->Drain();  // what there is of a stream that ends early
      return block.status();
    }
    Status status;
    switch (block->kind) {
      case StreamBlock::Kind::kNeedInput:  // which DecodedFile sees to
        break;
      case StreamBlock::Kind::kHeader:
        status = Begin();
        break;
      case StreamBlock::Kind::kSamples:
        status = output_->Play(block->pcm.data(), block->frames);
        played_ += block->frames;
        progress_.Update(played_);
        break;
      case StreamBlock::Kind::kDamage:
        Warn(block->damage.message());
        break;
      case StreamBlock::Kind::kEnd:
        output_->Drain();
        return {};
    }
    if (!status.ok()) return status;
  }
}

Status PlayJob::Begin() {
  const StreamHeader& header = file_.decoder().header();
  Result<std::unique_ptr<SoundOutput>> output =
      SoundOutput::Open(header.sample_rate, header.channels);
  if (!output.ok()) return output.status();
  output_ = std::move(*output);
  const bool is_long = header.samples == kUnknownSamples;
  Tell(fmt::format(
      "{}: {}, {}, quality {}", name_,
      is_long ? "a stream"
              : fmt::format("{:.2f} s", static_cast<double>(header.samples) / header.sample_rate),
      header.channels == 1 ? "mono" : "stereo", header.quality));
  progress_.Begin(is_long ? 0 : header.samples);
  return {};
}

}  // namespace

Status RunPlay(const PlayOptions& options) {
  const bool is_url = IsUrl(options.input);
  const std::string name = is_url ? "'" + options.input + "'" : InputName(options.input);
  const Result<std::unique_ptr<ModelFinder>> models = ModelFinder::Create(options.model);
  if (!models.ok()) return models.status();
  std::optional<Download> download;
  if (is_url) {
    Result<Download> started = Download::Start(options.input);
    if (!started.ok()) return started.status();
    download.emplace(std::move(*started));
  }
  Result<InputFile> file = InputFile::Open(download ? download->path() : options.input);
  if (!file.ok()) return file.status();
  Result<std::unique_ptr<DecodedFile>> decoded =
      DecodedFile::Open(std::move(*file), options.input, **models, {.chunk_bytes = kChunkBytes});
  Status status = decoded.ok() ? PlayJob(name, **decoded).Run() : decoded.status();
  // A file that could not be fetched ends early, and that is why.
  if (download && (status.ok() || status.code() == StatusCode::kTruncated)) {
    if (Status s = download->Finish(); !s.ok()) return s;
  }
  return status;
}

}  // namespace motet::cli
