#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "commands/commands.h"
#include "errors.h"
#include "files/model_finder.h"
#include "files/stream_file.h"
#include "motet/feature_reader.h"

namespace motet::cli {
namespace {

// Prints rows as they come, as CSV or as one JSON object: memory does not grow with the stream.
class Rows {
 public:
  Rows(bool json, double rows_per_second) : json_(json), rows_per_second_(rows_per_second) {}

  void Begin() const {
    if (json_) fmt::print("{{\n  \"rows_per_second\": {:.6f},\n  \"names\": [", rows_per_second_);
    const char* quote = json_ ? "\"" : "";
    fmt::print("{0}seconds{0}", quote);
    for (const char* name : FeatureReader::Names())
      fmt::print("{0}{1}{2}{1}", separator(), quote, name);
    fmt::print("{}", json_ ? "],\n  \"rows\": [" : "\n");
  }

  void Print(uint64_t index, std::span<const float> row) {
    if (json_) fmt::print("{}\n    [", first_ ? "" : ",");
    fmt::print("{:.4f}", static_cast<double>(index) / rows_per_second_);
    for (const float value : row) fmt::print("{}{:.4f}", separator(), value);
    fmt::print("{}", json_ ? "]" : "\n");
    first_ = false;
  }

  void End() const {
    if (json_) fmt::print("\n  ]\n}}\n");
  }

 private:
  const char* separator() const { return json_ ? ", " : ","; }

  bool json_;
  double rows_per_second_;
  bool first_ = true;
};

}  // namespace

// A row's time is that of its half packet in the stream, less the pre-skip; the sound is the
// encoder's share of the delay earlier. Rows beyond the length, of the packets that the delay adds,
// are left out.
Status RunFeatures(const InfoOptions& options) {
  const Result<std::unique_ptr<ModelFinder>> models = ModelFinder::Create(options.model);
  if (!models.ok()) return models.status();
  Result<StreamFile> stream = StreamFile::Open(options.inputs.front(), **models);
  if (!stream.ok()) return stream.status();
  const std::shared_ptr<const Model>& model = stream->model();
  Result<StreamEvent> event = stream->Next();  // the header, or why there is none
  if (!event.ok()) return event.status();
  const StreamHeader header = stream->reader().header();
  if (Status s = CheckStreamModel(header, *model, StreamName(options.inputs.front())); !s.ok())
    return s;
  Result<std::unique_ptr<FeatureReader>> reader = FeatureReader::Create(model, header.quality);
  if (!reader.ok()) return reader.status();

  const double row_samples =
      static_cast<double>(model->info().packet_samples) / FeatureReader::kRowsPerPacket;
  Rows rows(options.json, header.sample_rate / row_samples);
  const auto skipped = static_cast<uint64_t>(std::llround(header.pre_skip / row_samples));
  const uint64_t end =
      header.samples == kUnknownSamples
          ? std::numeric_limits<uint64_t>::max()
          : skipped +
                static_cast<uint64_t>(std::ceil(static_cast<double>(header.samples) / row_samples));
  rows.Begin();
  std::vector<float> values;
  Status status;
  while (status.ok() && event->kind != StreamEvent::Kind::kEnd) {
    event = stream->Next();
    if (!event.ok()) {
      status = event.status();
    } else if (event->kind == StreamEvent::Kind::kPackets) {
      values.resize(event->count * FeatureReader::kRowsPerPacket * FeatureReader::kFeatures);
      const Result<size_t> count = (*reader)->Read(event->packets, values);
      if (!count.ok()) return count.status();
      for (size_t row = 0; row < *count; ++row) {
        const uint64_t index = event->first_packet * FeatureReader::kRowsPerPacket + row;
        if (index < skipped || index >= end) continue;
        rows.Print(index - skipped, std::span<const float>(values).subspan(
                                        row * FeatureReader::kFeatures, FeatureReader::kFeatures));
      }
    }
  }
  rows.End();
  const StreamTotals& totals = stream->reader().totals();
  if (status.ok() && (totals.lost_packets > 0 || totals.skipped_bytes > 0)) {
    status = Status(
        StatusCode::kCorrupt,
        fmt::format("{} is damaged: {} packets are lost, so their rows are missing; {} "
                    "bytes belong to no page",
                    InputName(options.inputs.front()), totals.lost_packets, totals.skipped_bytes));
  }
  return status;
}

}  // namespace motet::cli
