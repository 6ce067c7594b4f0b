#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <optional>
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

// Where the rows of packets stand among those of the sound. Those of each part of a joined stream
// begin at the row that is nearest to its first sample.
class RowPlaces {
 public:
  RowPlaces(const StreamHeader& header, double row_samples)
      : spans_(StreamSpans(header)), row_samples_(row_samples) {}

  // None for a row of the pre-skip, and for one beyond the end of its part.
  std::optional<uint64_t> Of(uint64_t packet, size_t half) const {
    const size_t part = SpanOfPacket(spans_, packet);
    const StreamSpan& span = spans_[part];
    const uint64_t row = (packet - span.first_packet) * FeatureReader::kRowsPerPacket + half;
    const auto skipped = static_cast<uint64_t>(std::llround(span.pre_skip / row_samples_));
    if (row < skipped) return std::nullopt;
    const uint64_t index = Begin(part) + row - skipped;
    const uint64_t end = part + 1 < spans_.size() ? Begin(part + 1) : End();
    return index < end ? std::optional(index) : std::nullopt;
  }

 private:
  uint64_t Begin(size_t part) const {
    return static_cast<uint64_t>(
        std::llround(static_cast<double>(spans_[part].first_sample) / row_samples_));
  }
  uint64_t End() const {
    const uint64_t samples = spans_.back().end_sample;
    return samples == kUnknownSamples
               ? samples
               : static_cast<uint64_t>(std::ceil(static_cast<double>(samples) / row_samples_));
  }

  std::vector<StreamSpan> spans_;
  double row_samples_;
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
  const RowPlaces places(header, row_samples);
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
        const uint64_t packet = event->first_packet + row / FeatureReader::kRowsPerPacket;
        const std::optional<uint64_t> index =
            places.Of(packet, row % FeatureReader::kRowsPerPacket);
        if (!index) continue;
        rows.Print(*index, std::span<const float>(values).subspan(row * FeatureReader::kFeatures,
                                                                  FeatureReader::kFeatures));
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
