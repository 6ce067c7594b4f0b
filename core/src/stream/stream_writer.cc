#include <algorithm>
#include <limits>
#include <utility>

#include "arithmetic/crc32.h"
#include "entropy_coding/page_coder.h"
#include "motet/stream.h"
#include "stream/stream_layout.h"
#include "stream/stream_parts.h"
#include "stream/utf8.h"

namespace motet {
namespace {

using namespace stream_layout;

Status Invalid(std::string message) { return {StatusCode::kInvalidArgument, std::move(message)}; }

bool IsIdentity(const std::string& text) {
  return text.size() == 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

uint64_t IdentityNumber(const std::string& text) {
  uint64_t number = 0;
  for (const char c : text)
    number = number << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  return number;
}

void PutText(std::vector<uint8_t>* out, const std::string& text) {
  for (const char c : text) out->push_back(static_cast<uint8_t>(c));
}

Status CheckRange(const char* field, int value, int least, int most) {
  if (value >= least && value <= most) return {};
  return Invalid(std::string("stream header: ") + field + " is " + std::to_string(value) +
                 ", wanted " + std::to_string(least) + " to " + std::to_string(most));
}

// What stands between the number of tags and the tags.
size_t BytesBeforeTags(const StreamHeader& header) {
  if (!header.parts.empty()) return kPartCountBytes + header.parts.size() * kPartBytes;
  return header.pre_skip > 0 ? kPreSkipBytes : 0;
}

Status CheckParts(const StreamHeader& header) {
  if (header.parts.empty()) return {};
  if (header.pre_skip > 0) return Invalid("stream header: parts and a pre-skip of the whole");
  const std::string fault = stream_parts::FaultOf(header.parts, header.samples);
  return fault.empty() ? Status() : Invalid("stream header: " + fault);
}

// `bytes`: of the header without them.
Status CheckTags(const std::vector<StreamTag>& tags, size_t bytes) {
  if (tags.size() > std::numeric_limits<uint16_t>::max())
    return Invalid("stream header: more than 65535 tags");
  for (const StreamTag& tag : tags) {
    if (tag.key.empty()) return Invalid("stream header: a tag has an empty key");
    if (!IsUtf8(tag.key)) return Invalid("stream header: the key of a tag is not UTF-8");
    if (!IsUtf8(tag.value))
      return Invalid("stream header: the value of tag '" + tag.key + "' is not UTF-8");
    if (tag.key.size() > std::numeric_limits<uint16_t>::max())
      return Invalid("stream header: a tag's key is longer than 65535 bytes");
    if (tag.value.size() > kMaxStreamHeaderBytes)
      return Invalid("stream header: the value of tag '" + tag.key + "' is longer than 1 MiB");
    bytes += 2 + tag.key.size() + 4 + tag.value.size();
  }
  if (bytes > kMaxStreamHeaderBytes)
    return Invalid("stream header: tags and parts make it longer than 1 MiB");
  return {};
}

Status CheckHeader(const StreamHeader& header) {
  if (Status s = CheckRange("sample rate", header.sample_rate, kMinSampleRate, kMaxSampleRate);
      !s.ok())
    return s;
  if (Status s = CheckRange("channels", header.channels, 1, 2); !s.ok()) return s;
  if (Status s = CheckRange("quality", header.quality, 1, kMaxQuality); !s.ok()) return s;
  if (Status s = CheckRange("bytes of a packet", header.packet_bytes, 1, 255); !s.ok()) return s;
  if (Status s = CheckRange("coding", static_cast<int>(header.coding), 0, 1); !s.ok()) return s;
  if (!IsIdentity(header.model_identity)) {
    return Invalid("stream header: model identity is '" + header.model_identity +
                   "', wanted 16 hexadecimal digits in lower case");
  }
  if (Status s = CheckParts(header); !s.ok()) return s;
  return CheckTags(header.tags, kMinHeaderBytes + BytesBeforeTags(header));
}

}  // namespace

Result<StreamWriter> StreamWriter::Create(StreamHeader header, int packets_per_page,
                                          std::shared_ptr<const Model> model) {
  if (Status s = CheckHeader(header); !s.ok()) return s;
  if (Status s = CheckRange("packets of a page", packets_per_page, 1, kMaxPacketsPerPage); !s.ok())
    return s;
  std::shared_ptr<const core::PageCoder> coder;
  if (header.coding == StreamCoding::kEntropy) {
    if (model == nullptr) return Invalid("stream writer: entropy coding needs the model");
    if (Status s = CheckStreamModel(header, *model, "stream writer"); !s.ok()) return s;
    auto created = core::PageCoder::Create(std::move(model), header.quality);
    if (!created.ok()) return created.status();
    coder = std::move(*created);
  }
  return StreamWriter(std::move(header), packets_per_page, std::move(coder));
}

StreamWriter::StreamWriter(StreamHeader header, int packets_per_page,
                           std::shared_ptr<const core::PageCoder> coder)
    : header_(std::move(header)),
      coder_(std::move(coder)),
      page_bytes_(static_cast<size_t>(packets_per_page) *
                  static_cast<size_t>(header_.packet_bytes)),
      spans_(StreamSpans(header_)) {
  pending_.reserve(std::max(page_bytes_, kEndPayloadBytes));
  // Codes that the model did not expect take up to 23 bits each, before the page is left as it is.
  if (coder_ != nullptr) payload_.reserve(3 * page_bytes_ + 8);
}

std::vector<uint8_t> StreamWriter::HeaderBytes() const {
  const bool is_joined = !header_.parts.empty();
  const bool skips = header_.pre_skip > 0;
  size_t size = kMinHeaderBytes + BytesBeforeTags(header_);
  for (const StreamTag& tag : header_.tags) size += 2 + tag.key.size() + 4 + tag.value.size();
  std::vector<uint8_t> out;
  out.reserve(size);
  for (const uint8_t byte : kMagic) out.push_back(byte);
  Put(&out, kStreamVersion, 2);
  Put(&out, (skips ? kPreSkipFlag : 0) | (is_joined ? kJoinedFlag : 0), 2);
  Put(&out, size, 4);
  Put(&out, static_cast<uint64_t>(header_.sample_rate), 4);
  Put(&out, static_cast<uint64_t>(header_.channels), 1);
  Put(&out, static_cast<uint64_t>(header_.quality), 1);
  Put(&out, static_cast<uint64_t>(header_.coding), 1);
  Put(&out, static_cast<uint64_t>(header_.packet_bytes), 1);
  Put(&out, header_.samples, 8);
  Put(&out, IdentityNumber(header_.model_identity), 8);
  Put(&out, 0, 8);  // seek table
  Put(&out, header_.tags.size(), 2);
  if (skips) Put(&out, header_.pre_skip, kPreSkipBytes);
  if (is_joined) Put(&out, header_.parts.size(), kPartCountBytes);
  for (const StreamPart& part : header_.parts) {
    Put(&out, part.samples, kPartPackets - kPartSamples);
    Put(&out, part.packets, kPartPreSkip - kPartPackets);
    Put(&out, part.pre_skip, kPartBytes - kPartPreSkip);
  }
  for (const StreamTag& tag : header_.tags) {
    Put(&out, tag.key.size(), 2);
    PutText(&out, tag.key);
    Put(&out, tag.value.size(), 4);
    PutText(&out, tag.value);
  }
  Put(&out, Crc32(out), 4);
  return out;
}

Status StreamWriter::Count(uint64_t packets) {
  if (finished_) return Invalid("stream writer: packets after the end of the stream");
  if (packets > std::numeric_limits<uint32_t>::max() - packets_)
    return Invalid("stream writer: more than 4294967295 packets");
  packets_ += packets;
  return {};
}

Status StreamWriter::Skip(uint64_t packets, std::vector<uint8_t>* out) {
  // What is pending becomes a page, behind which a gap begins anew.
  const uint64_t before = pending_.empty() ? skipped_ : 0;
  if (packets > kMaxGapPackets - before) {
    return Invalid("stream writer: " + std::to_string(before) + " and " + std::to_string(packets) +
                   " packets are skipped in a row, wanted at most " +
                   std::to_string(kMaxGapPackets));
  }
  if (Status s = Count(packets); !s.ok()) return s;
  if (packets == 0) return {};
  if (!pending_.empty()) AppendPackets(out);
  skipped_ += packets;
  paged_ += packets;
  return {};
}

Status StreamWriter::Write(std::span<const uint8_t> packets, std::vector<uint8_t>* out) {
  const auto packet_bytes = static_cast<size_t>(header_.packet_bytes);
  if (packets.size() % packet_bytes != 0) {
    return Invalid("stream writer: " + std::to_string(packets.size()) +
                   " bytes are not whole packets of " + std::to_string(packet_bytes));
  }
  if (Status s = Count(packets.size() / packet_bytes); !s.ok()) return s;
  while (!packets.empty()) {
    const size_t room = std::min(page_bytes_, BytesToBoundary()) - pending_.size();
    const size_t taken = std::min(room, packets.size());
    pending_.insert(pending_.end(), packets.begin(),
                    packets.begin() + static_cast<ptrdiff_t>(taken));
    packets = packets.subspan(taken);
    if (taken == room) AppendPackets(out);
  }
  return {};
}

// From the first packet that is pending to the end of its part.
size_t StreamWriter::BytesToBoundary() const {
  const uint64_t end = spans_[SpanOfPacket(spans_, paged_)].end_packet;
  const uint64_t packets = std::min<uint64_t>(end - std::min(end, paged_), kMaxPacketsPerPage);
  return packets == 0 ? page_bytes_  // beyond the last part, which Finish refuses
                      : packets * static_cast<size_t>(header_.packet_bytes);
}

Status StreamWriter::Finish(uint64_t samples, std::vector<uint8_t>* out) {
  if (finished_) return Invalid("stream writer: the stream has ended already");
  if (samples == kUnknownSamples ||
      (header_.samples != kUnknownSamples && header_.samples != samples)) {
    return Invalid("stream writer: the length is " + std::to_string(samples) +
                   " samples, the header says " + std::to_string(header_.samples));
  }
  if (!header_.parts.empty() && packets_ != stream_parts::Packets(header_.parts)) {
    return Invalid("stream writer: " + std::to_string(packets_) +
                   " packets were written, the parts have " +
                   std::to_string(stream_parts::Packets(header_.parts)));
  }
  if (!pending_.empty()) AppendPackets(out);
  pending_.clear();
  Put(&pending_, samples, kEndPayloadBytes);
  AppendPage(pending_, 0, out);
  header_.samples = samples;
  finished_ = true;
  return {};
}

void StreamWriter::AppendPackets(std::vector<uint8_t>* out) {
  const auto packets =
      static_cast<int>(pending_.size() / static_cast<size_t>(header_.packet_bytes));
  if (coder_ == nullptr) {
    AppendPage(pending_, packets, out);
  } else {
    payload_.clear();
    coder_->Encode(pending_, &payload_);
    AppendPage(payload_, packets, out);
  }
  pending_.clear();
}

void StreamWriter::AppendPage(std::span<const uint8_t> payload, int packets,
                              std::vector<uint8_t>* out) {
  const size_t begin = out->size();
  for (const uint8_t byte : kSync) out->push_back(byte);
  Put(out, packets == 0 ? kEndPageFlag : 0, 1);
  Put(out, static_cast<uint64_t>(packets), 1);
  Put(out, paged_, 4);
  Put(out, payload.size(), 2);
  const uint32_t crc = Crc32(payload, Crc32(std::span(*out).subspan(begin)));
  Put(out, crc, 4);
  out->insert(out->end(), payload.begin(), payload.end());
  paged_ += static_cast<uint64_t>(packets);
  skipped_ = 0;
}

}  // namespace motet
