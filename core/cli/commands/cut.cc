#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "files/chapters.h"
#include "files/feeder.h"
#include "files/model_finder.h"
#include "files/output_file.h"
#include "files/page_finder.h"

namespace motet::cli {
namespace {

using Kind = StreamEvent::Kind;

// A part of a stream, made of the packets that it needs.
class CutJob {
 public:
  CutJob(const CutOptions& options, ModelFinder& models) : options_(options), models_(models) {}

  Status Run();

 private:
  Status Begin(StreamReader& reader, Feeder& input);
  uint64_t FirstPacketFor(uint64_t begin, const StreamSpan& span) const;
  StreamHeader HeaderOfPart(const StreamHeader& header);
  Status Take(const StreamEvent& event);
  Status End(const StreamHeader& header);
  double Seconds(uint64_t samples) const { return static_cast<double>(samples) / rate_; }
  uint64_t Samples(double seconds) const {
    return static_cast<uint64_t>(std::min(std::round(seconds * rate_), 1e15));
  }
  uint64_t packet() const { return static_cast<uint64_t>(model_->info().packet_samples); }

  const CutOptions& options_;
  ModelFinder& models_;
  std::shared_ptr<const Model> model_;
  double rate_ = 0;  // Hz
  // Samples per channel of the sound that are wanted.
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  // Packets of the stream that are needed for it.
  uint64_t first_packet_ = 0;
  uint64_t end_packet_ = 0;
  bool complete_ = false;
  std::unique_ptr<OutputFile> file_;
  std::optional<StreamWriter> writer_;
  std::vector<uint8_t> bytes_;
};

Status CutJob::Run() {
  Result<InputFile> file = InputFile::Open(options_.input);
  if (!file.ok()) return file.status();
  Feeder input(std::move(*file));
  Result<std::shared_ptr<const Model>> model = models_.Find(input, options_.input);
  if (!model.ok()) return model.status();
  model_ = std::move(*model);
  StreamReader reader(StreamName(options_.input), model_);
  while (!complete_) {
    const Result<StreamEvent> event = reader.Next();
    if (!event.ok()) return event.status();
    Status status;
    switch (event->kind) {
      case Kind::kNeedInput:
        status = input.Feed(reader);
        break;
      case Kind::kHeader:
        status = Begin(reader, input);
        break;
      case Kind::kPackets:
        status = Take(*event);
        break;
      case Kind::kGap:
        if (event->first_packet + event->count > first_packet_) {
          status = LostPackets(options_.input, event->offset, event->first_packet, event->count);
        }
        break;
      case Kind::kEnd:
        complete_ = true;
        break;
    }
    if (!status.ok()) return status;
  }
  return End(reader.header());
}

Status CutJob::Begin(StreamReader& reader, Feeder& input) {
  const StreamHeader& header = reader.header();
  if (Status s = CheckStreamModel(header, *model_, options_.input); !s.ok()) return s;
  rate_ = header.sample_rate;
  begin_ = Samples(options_.start);
  end_ = std::min(Samples(options_.end), header.samples);
  if (begin_ >= end_) {
    return {StatusCode::kInvalidArgument,
            fmt::format("nothing of {} lies between --start {:g} s and {}",
                        InputName(options_.input), options_.start,
                        end_ == header.samples ? fmt::format("its end at {:.2f} s", Seconds(end_))
                                               : fmt::format("--end {:g} s", options_.end))};
  }
  Result<StreamWriter> writer =
      StreamWriter::Create(HeaderOfPart(header), kDefaultPacketsPerPage, model_);
  if (!writer.ok()) return writer.status();
  writer_.emplace(std::move(*writer));
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options_.output);
  if (!file.ok()) return file.status();
  file_ = std::move(*file);
  bytes_ = writer_->HeaderBytes();

  if (first_packet_ == 0 || options_.input == "-" || !input.file().is_regular()) return {};
  const Result<uint64_t> page = FindPage(
      input.file(), PageSearch(header, reader.pages_begin(), input.file().bytes(), first_packet_));
  if (!page.ok()) return page.status();
  if (Status s = reader.Seek(*page); !s.ok()) return s;
  return input.SeekTo(*page);
}

// Of the part of a stream, that the decoder needs for sample `begin` of it to be as if it had seen
// all.
uint64_t CutJob::FirstPacketFor(uint64_t begin, const StreamSpan& span) const {
  const ModelInfo& info = model_->info();
  const uint64_t delay = span.pre_skip + static_cast<uint64_t>(info.delay_samples);
  const uint64_t preroll = static_cast<uint64_t>(info.decoder_preroll_packets);
  const uint64_t at = (begin + delay) / packet();
  const uint64_t from = std::min(at - std::min(at, preroll), (begin + span.pre_skip) / packet());
  return from - from % 2;  // phases of tones recur every two packets
}

// Finds the packets that are needed, too.
StreamHeader CutJob::HeaderOfPart(const StreamHeader& header) {
  const std::vector<StreamSpan> spans = StreamSpans(header);
  const size_t first = SpanOfSample(spans, begin_);
  const size_t last = SpanOfSample(spans, end_ - 1);
  StreamHeader cut = header;
  cut.parts.clear();
  cut.samples = kUnknownSamples;
  for (size_t i = first; i <= last; ++i) {
    const StreamSpan& span = spans[i];
    const uint64_t begin = std::max(begin_, span.first_sample) - span.first_sample;
    const uint64_t end = std::min(end_, span.end_sample) - span.first_sample;
    const uint64_t from = i == first ? FirstPacketFor(begin, span) : 0;
    const uint64_t to = StreamPackets(model_->info(), end, span.pre_skip);
    if (i == first) first_packet_ = span.first_packet + from;
    end_packet_ = span.first_packet + to;
    cut.pre_skip = static_cast<uint32_t>(begin + span.pre_skip - from * packet());
    if (first == last) break;
    cut.parts.push_back({.samples = end - begin,
                         .packets = static_cast<uint32_t>(to - from),
                         .pre_skip = cut.pre_skip});
  }
  if (first != last) {
    cut.pre_skip = 0;
    cut.samples = end_ - begin_;
  }
  const std::vector<Chapter> chapters = TakeChapters(&cut.tags);
  AddChapters(ChaptersOf(chapters, Seconds(begin_), Seconds(end_)), &cut.tags);
  return cut;
}

Status CutJob::Take(const StreamEvent& event) {
  const uint64_t end = event.first_packet + event.count;
  const uint64_t from = std::clamp(first_packet_, event.first_packet, end);
  const uint64_t to = std::clamp(end_packet_, from, end);
  if (from < to && from > first_packet_ + writer_->packets()) {
    return {StatusCode::kCorrupt, fmt::format("{} is damaged: packets {} to {} are lost",
                                              InputName(options_.input), first_packet_, from - 1)};
  }
  const auto size = static_cast<size_t>(writer_->header().packet_bytes);
  const std::span<const uint8_t> wanted =
      event.packets.subspan((from - event.first_packet) * size, (to - from) * size);
  if (Status s = writer_->Write(wanted, &bytes_); !s.ok()) return s;
  if (Status s = file_->Write(bytes_); !s.ok()) return s;
  bytes_.clear();
  complete_ = end >= end_packet_;
  return {};
}

Status CutJob::End(const StreamHeader& header) {
  // Only now the length may be known.
  end_ = std::min(end_, header.samples);
  if (begin_ >= end_) {
    return {StatusCode::kInvalidArgument,
            fmt::format("{} ends at {:.2f} s, before --start {:g} s", InputName(options_.input),
                        Seconds(header.samples), options_.start)};
  }
  if (Status s = writer_->Finish(end_ - begin_, &bytes_); !s.ok()) return s;
  if (Status s = file_->Write(bytes_); !s.ok()) return s;
  if (file_->is_seekable()) {
    if (Status s = file_->WriteAt(0, writer_->HeaderBytes()); !s.ok()) return s;
  }
  if (Status s = file_->Commit(); !s.ok()) return s;
  Tell(fmt::format("{} -> {}: {:.2f} s from {:.2f} s on, {} bytes", InputName(options_.input),
                   OutputName(options_.output), Seconds(end_ - begin_), Seconds(begin_),
                   file_->bytes()));
  return {};
}

}  // namespace

Status RunCut(const CutOptions& options) {
  if (Status s = OutputFile::Check(options.output, options.input, options.force); !s.ok()) return s;
  const Result<std::unique_ptr<ModelFinder>> models = ModelFinder::Create(options.model);
  if (!models.ok()) return models.status();
  return CutJob(options, **models).Run();
}

}  // namespace motet::cli
