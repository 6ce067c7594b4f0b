#include "reference.h"

#include <algorithm>
#include <utility>

#include "reference_codec.h"

namespace motet::exporter {

Reference::Reference(const Weights& weights, ModelConfig config) : config_(std::move(config)) {
  for (const auto& [name, weight] : weights) {
    tensors_[name] = {{weight.shape.begin(), weight.shape.end()}, weight.values};
  }
}

std::vector<int64_t> Reference::Encode(const std::array<std::vector<float>, 2>& audio) const {
  const testing::ReferenceCodec codec(config_, tensors_);
  const auto bytes =
      codec.Packets(codec.Encode({audio[0], audio[1]}), static_cast<int>(config_.max_quality()));
  return {bytes.begin(), bytes.end()};
}

Reference::Decoded Reference::Decode(const std::vector<int64_t>& packets) const {
  const auto row = static_cast<size_t>(config_.packet_bytes(config_.max_quality()));
  // Bytes that the quality leaves out have the number of entries; all before them are there.
  const auto absent = std::find(packets.begin(), packets.begin() + static_cast<ptrdiff_t>(row),
                                config_.quantizer.entries);
  const int64_t bytes_there = absent - packets.begin();
  int quality = 1;
  while (config_.packet_bytes(quality) < bytes_there) ++quality;
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < packets.size(); ++i) {
    if (i % row < static_cast<size_t>(config_.packet_bytes(quality)))
      bytes.push_back(static_cast<uint8_t>(packets[i]));
  }
  const testing::ReferenceCodec codec(config_, tensors_);
  return {codec.Decode(bytes, quality), codec.Features(bytes, quality).values};
}

}  // namespace motet::exporter
