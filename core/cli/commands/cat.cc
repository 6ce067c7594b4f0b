#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "audio/tags.h"
#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "files/chapters.h"
#include "files/feeder.h"
#include "files/model_finder.h"
#include "files/output_file.h"

namespace motet::cli {
namespace {

using Kind = StreamEvent::Kind;

// Whether a tag with this key says something of one track, not of an album.
bool IsOfATrack(const std::string& key) {
  return key == "title" || key == "tracknumber" || key == "isrc" ||
         key.starts_with("replaygain_track_") || key.starts_with("musicbrainz_track");
}

// Streams one after another in one, made of the same packets. Each is read twice: what stands in
// the header of a joined stream is known only then.
class CatJob {
 public:
  CatJob(const CatOptions& options, ModelFinder& models) : options_(options), models_(models) {}

  Status Run();

 private:
  struct Input {
    std::string path;
    std::unique_ptr<Feeder> bytes;  // null for a file, which is opened once more
    StreamHeader header = {};
    uint64_t packets = 0;
  };

  static Result<std::unique_ptr<Feeder>> Open(const std::string& path);
  Status Measure(Input* input);
  Status CheckLikeFirst(const Input& input) const;
  StreamHeader Header() const;
  std::vector<StreamTag> Tags() const;
  Status Copy(const Input& input);
  // Reads all of it, and gives the packets to `take`.
  template <typename Take>
  static Status Read(const std::string& path, Feeder* bytes, StreamReader* reader,
                     const Take& take);

  const CatOptions& options_;
  ModelFinder& models_;
  std::shared_ptr<const Model> model_;
  std::vector<Input> inputs_;  // that have sound
  std::unique_ptr<OutputFile> file_;
  std::optional<StreamWriter> writer_;
  std::vector<uint8_t> bytes_;
};

Status CatJob::Run() {
  std::vector<std::string> silent;
  for (const std::string& path : options_.inputs) {
    Input input{.path = path, .bytes = nullptr};
    if (Status s = Measure(&input); !s.ok()) return s;
    if (input.header.samples > 0) {
      inputs_.push_back(std::move(input));
    } else {
      silent.push_back(InputName(path));
    }
  }
  if (inputs_.empty())
    return {StatusCode::kInvalidArgument, "there is no sound in what is to be joined"};
  for (const std::string& name : silent)
    Warn(fmt::format("{} has no samples, and is left out", name));
  Result<StreamWriter> writer = StreamWriter::Create(Header(), kDefaultPacketsPerPage, model_);
  if (!writer.ok()) return writer.status();
  writer_.emplace(std::move(*writer));
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options_.output);
  if (!file.ok()) return file.status();
  file_ = std::move(*file);
  if (Status s = file_->Write(writer_->HeaderBytes()); !s.ok()) return s;
  for (const Input& input : inputs_) {
    if (Status s = Copy(input); !s.ok()) return s;
  }
  const StreamHeader& header = writer_->header();
  if (Status s = writer_->Finish(header.samples, &bytes_); !s.ok()) return s;
  if (Status s = file_->Write(bytes_); !s.ok()) return s;
  if (Status s = file_->Commit(); !s.ok()) return s;
  Tell(fmt::format("{} file{} -> {}: {:.2f} s, {} bytes", inputs_.size(),
                   inputs_.size() == 1 ? "" : "s", OutputName(options_.output),
                   static_cast<double>(header.samples) / header.sample_rate, file_->bytes()));
  return {};
}

Result<std::unique_ptr<Feeder>> CatJob::Open(const std::string& path) {
  Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  auto bytes = std::make_unique<Feeder>(std::move(*file));
  if (Status s = bytes->MakeRewindable(); !s.ok()) return s;
  return bytes;
}

template <typename Take>
Status CatJob::Read(const std::string& path, Feeder* bytes, StreamReader* reader,
                    const Take& take) {
  for (;;) {
    const Result<StreamEvent> event = reader->Next();
    if (!event.ok()) return event.status();
    Status status;
    switch (event->kind) {
      case Kind::kNeedInput:
        status = bytes->Feed(*reader);
        break;
      case Kind::kHeader:
        break;
      case Kind::kPackets:
        status = take(*event);
        break;
      case Kind::kGap:
        return LostPackets(path, event->offset, event->first_packet, event->count);
      case Kind::kEnd:
        if (bytes->file().bytes() > event->offset) {
          return {StatusCode::kInvalidArgument,
                  fmt::format("{} goes on behind its end, at byte {}: if another stream follows, "
                              "give each by itself",
                              InputName(path), event->offset)};
        }
        return {};
    }
    if (!status.ok()) return status;
  }
}

Status CatJob::Measure(Input* input) {
  Result<std::unique_ptr<Feeder>> bytes = Open(input->path);
  if (!bytes.ok()) return bytes.status();
  const bool is_pipe = input->path == "-" || !(*bytes)->was_regular();
  if (model_ == nullptr) {
    Result<std::shared_ptr<const Model>> model = models_.Find(**bytes, input->path);
    if (!model.ok()) return model.status();
    model_ = std::move(*model);
  }
  StreamReader reader(StreamName(input->path));
  const auto count = [input](const StreamEvent& event) -> Status {
    input->packets += event.count;
    return {};
  };
  if (Status s = Read(input->path, bytes->get(), &reader, count); !s.ok()) return s;
  input->header = reader.header();
  if (is_pipe) input->bytes = std::move(*bytes);
  if (Status s = CheckLikeFirst(*input); !s.ok()) return s;
  const StreamHeader& header = input->header;
  if (header.parts.empty() &&
      input->packets != StreamPackets(model_->info(), header.samples, header.pre_skip)) {
    return {StatusCode::kCorrupt,
            fmt::format("{} contradicts itself: {} packets do not make {} samples",
                        InputName(input->path), input->packets, header.samples)};
  }
  return {};
}

// Whether one stream can hold it and the first.
Status CatJob::CheckLikeFirst(const Input& input) const {
  if (Status s = CheckStreamModel(input.header, *model_, StreamName(input.path)); !s.ok()) return s;
  if (inputs_.empty()) return {};
  const StreamHeader& first = inputs_[0].header;
  const auto differ = [&](const std::string& is, const std::string& wanted) -> Status {
    if (is == wanted) return {};
    return {StatusCode::kInvalidArgument,
            fmt::format("{} is {}, {} {}: only what is alike can be joined", InputName(input.path),
                        is, InputName(inputs_[0].path), wanted)};
  };
  const auto quality = [](const StreamHeader& header) {
    return fmt::format("of quality {}", header.quality);
  };
  const auto channels = [](const StreamHeader& header) {
    return header.channels == 1 ? "mono" : "stereo";
  };
  if (Status s = differ(quality(input.header), quality(first)); !s.ok()) return s;
  return differ(channels(input.header), channels(first));
}

StreamHeader CatJob::Header() const {
  StreamHeader header = inputs_[0].header;
  header.tags = Tags();
  if (inputs_.size() == 1) return header;
  // What is coded in fewer bits stays so.
  if (std::ranges::any_of(inputs_, [](const Input& input) {
        return input.header.coding == StreamCoding::kEntropy;
      }))
    header.coding = StreamCoding::kEntropy;
  header.model_identity = StreamIdentity(model_->info(), header.coding);
  header.samples = 0;
  header.pre_skip = 0;
  header.parts.clear();
  for (const Input& input : inputs_) {
    header.samples += input.header.samples;
    if (input.header.parts.empty()) {
      header.parts.push_back({.samples = input.header.samples,
                              .packets = static_cast<uint32_t>(input.packets),
                              .pre_skip = input.header.pre_skip});
    }
    header.parts.insert(header.parts.end(), input.header.parts.begin(), input.header.parts.end());
  }
  return header;
}

// Those that all have, but for what is of a single track, and a chapter for each: its own, or one
// with its title.
std::vector<StreamTag> CatJob::Tags() const {
  if (inputs_.size() == 1) return inputs_[0].header.tags;
  std::vector<StreamTag> common;
  std::vector<Chapter> chapters;
  uint64_t samples = 0;
  for (const Input& input : inputs_) {
    std::vector<StreamTag> tags = input.header.tags;
    std::vector<Chapter> own = TakeChapters(&tags);
    if (own.empty()) {
      const auto title = std::ranges::find(tags, "title", &StreamTag::key);
      const std::string stem =
          input.path == "-" ? "" : std::filesystem::path(input.path).stem().string();
      const std::string name =
          Utf8(Utf8OrLatin1({stem.data(), static_cast<uint32_t>(stem.size())}));
      own = {{0, title != tags.end() ? title->value : name}};
    }
    std::erase_if(tags, [](const StreamTag& tag) { return IsOfATrack(tag.key); });
    for (Chapter& chapter : own) {
      chapter.seconds += static_cast<double>(samples) / input.header.sample_rate;
      chapters.push_back(std::move(chapter));
    }
    samples += input.header.samples;
    if (&input == inputs_.data()) {
      common = std::move(tags);
    } else {
      std::erase_if(common, [&tags](const StreamTag& tag) {
        return std::ranges::find(tags, tag) == tags.end();
      });
    }
  }
  if (!AddChapters(chapters, &common)) {
    Warn(fmt::format("{} parts are more than tags have numbers for: there are no chapters",
                     chapters.size()));
  }
  return common;
}

Status CatJob::Copy(const Input& input) {
  std::unique_ptr<Feeder> opened;
  if (input.bytes == nullptr) {
    Result<std::unique_ptr<Feeder>> bytes = Open(input.path);
    if (!bytes.ok()) return bytes.status();
    opened = std::move(*bytes);
  } else if (Status s = input.bytes->Rewind(); !s.ok()) {
    return s;
  }
  Feeder* bytes = opened == nullptr ? input.bytes.get() : opened.get();
  StreamReader reader(StreamName(input.path), model_);
  return Read(input.path, bytes, &reader, [this](const StreamEvent& event) -> Status {
    if (Status s = writer_->Write(event.packets, &bytes_); !s.ok()) return s;
    Status written = file_->Write(bytes_);
    bytes_.clear();
    return written;
  });
}

}  // namespace

Status RunCat(const CatOptions& options) {
  std::error_code error;
  if (!options.force && options.output.ends_with(".motet") &&
      std::filesystem::is_regular_file(options.output, error)) {
    return {StatusCode::kInvalidArgument,
            fmt::format("{} is there already, and the last name is what is written: was OUT "
                        "forgotten?",
                        OutputName(options.output))};
  }
  for (const std::string& input : options.inputs) {
    if (Status s = OutputFile::Check(options.output, input, options.force); !s.ok()) return s;
  }
  const Result<std::unique_ptr<ModelFinder>> models = ModelFinder::Create(options.model);
  if (!models.ok()) return models.status();
  return CatJob(options, **models).Run();
}

}  // namespace motet::cli
