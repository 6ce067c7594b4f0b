#include "stream/stream_parts.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace motet {
namespace stream_parts {

std::string FaultOf(std::span<const StreamPart> parts, uint64_t samples) {
  if (parts.size() < 2) return "fewer than 2 parts";
  uint64_t sum = 0;  // of less than 2^32 packets, so that nothing wraps
  for (size_t i = 0; i < parts.size(); ++i) {
    const StreamPart& part = parts[i];
    const uint64_t held = uint64_t{part.packets} * kStreamPacketSamples;
    if (part.samples == 0 || part.pre_skip > held || part.samples > held - part.pre_skip) {
      return "a part (number " + std::to_string(i + 1) + ") whose " + std::to_string(part.packets) +
             " packets do not make " + std::to_string(part.samples) + " samples";
    }
    sum += part.samples;
  }
  if (Packets(parts) > std::numeric_limits<uint32_t>::max()) {
    return "parts of more than 4294967295 packets";
  }
  if (sum != samples) {
    return "parts that do not make its " + std::to_string(samples) + " samples";
  }
  return {};
}

uint64_t Packets(std::span<const StreamPart> parts) {
  uint64_t packets = 0;
  for (const StreamPart& part : parts) packets += part.packets;
  return packets;
}

}  // namespace stream_parts

std::vector<StreamSpan> StreamSpans(const StreamHeader& header) {
  constexpr uint64_t kOpen = std::numeric_limits<uint64_t>::max();
  if (header.parts.empty()) {
    return {{.end_packet = kOpen, .end_sample = header.samples, .pre_skip = header.pre_skip}};
  }
  std::vector<StreamSpan> spans;
  spans.reserve(header.parts.size());
  StreamSpan span;
  for (const StreamPart& part : header.parts) {
    span.first_packet = span.end_packet;
    span.end_packet += part.packets;
    span.first_sample = span.end_sample;
    span.end_sample += part.samples;
    span.pre_skip = part.pre_skip;
    spans.push_back(span);
  }
  return spans;
}

uint64_t StreamPackets(const ModelInfo& info, uint64_t samples, uint32_t pre_skip) {
  const auto packet = static_cast<uint64_t>(info.packet_samples);
  const uint64_t more = samples % packet + pre_skip + static_cast<uint64_t>(info.delay_samples);
  return samples / packet + (more + packet - 1) / packet;
}

namespace {

// The first span of which `end` is beyond `at`, or the last.
size_t SpanThatHolds(std::span<const StreamSpan> spans, uint64_t StreamSpan::*end, uint64_t at) {
  const auto holds = std::upper_bound(
      spans.begin(), spans.end(), at,
      [end](uint64_t number, const StreamSpan& span) { return number < span.*end; });
  return std::min(static_cast<size_t>(holds - spans.begin()), spans.size() - 1);
}

}  // namespace

size_t SpanOfSample(std::span<const StreamSpan> spans, uint64_t sample) {
  return SpanThatHolds(spans, &StreamSpan::end_sample, sample);
}

size_t SpanOfPacket(std::span<const StreamSpan> spans, uint64_t packet) {
  return SpanThatHolds(spans, &StreamSpan::end_packet, packet);
}

}  // namespace motet
