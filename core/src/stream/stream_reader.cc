// StreamReader is declared in motet/stream.h.
#include <algorithm>
#include <cstring>
#include <utility>

#include "arithmetic/crc32.h"
#include "entropy_coding/page_coder.h"
#include "motet/stream.h"
#include "stream/page.h"
#include "stream/stream_layout.h"
#include "stream/stream_parts.h"
#include "stream/utf8.h"

namespace motet {
namespace {

using namespace stream_layout;

std::string Hex16(uint64_t number) {
  std::string text(16, '0');
  for (size_t i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[number >> (4 * i) & 15];
  return text;
}

std::string_view AsText(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The fields of a header whose CRC32 holds.
Status ParseHeader(std::span<const uint8_t> bytes, StreamHeader* header) {
  const auto corrupt = [](std::string what) {
    return Status(StatusCode::kCorrupt, std::move(what));
  };
  const auto newer = [](std::string what) {
    return Status(StatusCode::kUnsupportedVersion, std::move(what));
  };
  const auto field = [&](size_t offset, size_t width) { return Get(bytes, offset, width); };

  const uint64_t flags = field(kFlags, 2);
  if (flags != 0 && flags != kPreSkipFlag && flags != kJoinedFlag)
    return newer("sets flags of a later version (" + std::to_string(flags) + ", wanted 0, 1 or 4)");
  if (field(kCoding, 1) > static_cast<uint64_t>(StreamCoding::kEntropy))
    return newer("uses coding " + std::to_string(field(kCoding, 1)) +
                 ", this program reads 0 and 1");
  const uint64_t rate = field(kSampleRate, 4);
  if (rate < kMinSampleRate || rate > kMaxSampleRate)
    return corrupt("has a sample rate of " + std::to_string(rate) + " Hz");
  const uint64_t channels = field(kChannels, 1);
  if (channels < 1 || channels > 2)
    return corrupt("has " + std::to_string(channels) + " channels, wanted 1 or 2");
  const uint64_t quality = field(kQuality, 1);
  if (quality < 1 || quality > kMaxQuality)
    return corrupt("has quality " + std::to_string(quality) + ", wanted 1 to 12");
  if (field(kPacketBytes, 1) == 0) return corrupt("has packets of 0 bytes");

  header->sample_rate = static_cast<int>(rate);
  header->channels = static_cast<int>(channels);
  header->quality = static_cast<int>(quality);
  header->packet_bytes = static_cast<int>(field(kPacketBytes, 1));
  header->coding = static_cast<StreamCoding>(field(kCoding, 1));
  header->samples = field(kSamples, 8);
  header->model_identity = Hex16(field(kModelIdentity, 8));

  const size_t tags_end = bytes.size() - 4;
  const size_t count = field(kTagCount, 2);
  size_t at = kTags;
  if (flags == kPreSkipFlag) {
    if (tags_end < kPreSkip + kPreSkipBytes) return corrupt("ends before its pre-skip");
    header->pre_skip = static_cast<uint32_t>(field(kPreSkip, kPreSkipBytes));
    at += kPreSkipBytes;
  }
  if (flags == kJoinedFlag) {
    if (tags_end < at + kPartCountBytes) return corrupt("ends before its parts");
    const size_t parts = field(kPartCount, kPartCountBytes);
    at += kPartCountBytes;
    if (parts > (tags_end - at) / kPartBytes)
      return corrupt("has more parts than its header holds");
    header->parts.reserve(parts);
    for (size_t i = 0; i < parts; ++i, at += kPartBytes) {
      header->parts.push_back(
          {.samples = field(at + kPartSamples, kPartPackets - kPartSamples),
           .packets = static_cast<uint32_t>(field(at + kPartPackets, kPartPreSkip - kPartPackets)),
           .pre_skip = static_cast<uint32_t>(field(at + kPartPreSkip, kPartBytes - kPartPreSkip))});
    }
    const std::string fault = stream_parts::FaultOf(header->parts, header->samples);
    if (!fault.empty()) return corrupt("has " + fault);
  }
  // Reads a text after its length of `width` bytes; false if it does not fit into the header or is
  // not UTF-8.
  const auto text = [&](size_t width, std::string* out) {
    if (tags_end - at < width) return false;
    const size_t size = field(at, width);
    at += width;
    if (tags_end - at < size) return false;
    const std::string_view view = AsText(bytes.subspan(at, size));
    at += size;
    *out = view;
    return IsUtf8(view);
  };
  for (size_t i = 0; i < count; ++i) {
    StreamTag tag;
    if (!text(2, &tag.key) || tag.key.empty() || !text(4, &tag.value))
      return corrupt("has a tag (number " + std::to_string(i + 1) + ") that is not text");
    header->tags.push_back(std::move(tag));
  }
  if (at != tags_end)
    return corrupt("has " + std::to_string(tags_end - at) + " bytes too many in its header");
  return {};
}

}  // namespace

StreamReader::StreamReader(std::string name, std::shared_ptr<const Model> model)
    : name_(std::move(name)), model_(std::move(model)), buffer_(2 * kMaxPageBytes) {}

size_t StreamReader::Push(std::span<const uint8_t> bytes) {
  Consume(std::exchange(consume_, 0));
  if (buffer_.size() - end_ < bytes.size() && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const size_t taken = std::min(bytes.size(), buffer_.size() - end_);
  if (taken > 0) std::memcpy(buffer_.data() + end_, bytes.data(), taken);
  end_ += taken;
  return taken;
}

void StreamReader::Finish() { finished_ = true; }

Result<StreamEvent> StreamReader::Next() {
  Consume(std::exchange(consume_, 0));
  switch (stage_) {
    case Stage::kHeader:
      return NextHeader();
    case Stage::kPages:
      return NextPage();
    case Stage::kDone:
      return StreamEvent{.kind = StreamEvent::Kind::kEnd,
                         .first_packet = next_packet_,
                         .packets = {},
                         .offset = offset_};
    case Stage::kFailed:
      break;
  }
  return failure_;
}

void StreamReader::Consume(size_t bytes) {
  begin_ += bytes;
  offset_ += bytes;
}

void StreamReader::Skip(size_t bytes) {
  Consume(bytes);
  totals_.skipped_bytes += bytes;
}

Status StreamReader::Fail(StatusCode code, const std::string& what) {
  stage_ = Stage::kFailed;
  failure_ = Status(code, "'" + name_ + "' " + what);
  return failure_;
}

Result<StreamEvent> StreamReader::NextHeader() {
  const auto wait_or_truncated = [this](size_t size) -> Result<StreamEvent> {
    if (!finished_) return StreamEvent{};
    return Fail(StatusCode::kTruncated,
                size == 0 ? "is empty"
                          : "ends inside its header, after " + std::to_string(size) + " bytes");
  };
  const std::span<const uint8_t> bytes = Unread();
  if (!std::equal(kMagic.begin(), kMagic.begin() + std::min(kMagic.size(), bytes.size()),
                  bytes.begin())) {
    return Fail(StatusCode::kNotMotet,
                "is not a motet stream: it does not begin with the bytes of one");
  }
  if (bytes.size() >= kFlags && Get(bytes, kVersion, 2) != kStreamVersion) {
    return Fail(StatusCode::kUnsupportedVersion,
                "is a motet stream of version " + std::to_string(Get(bytes, kVersion, 2)) +
                    ", this program reads version " + std::to_string(kStreamVersion));
  }
  if (bytes.size() < kSampleRate) return wait_or_truncated(bytes.size());
  const size_t size = Get(bytes, kHeaderBytes, 4);
  if (size < kMinHeaderBytes || size > kMaxStreamHeaderBytes) {
    return Fail(StatusCode::kCorrupt, "claims a header of " + std::to_string(size) +
                                          " bytes, wanted " + std::to_string(kMinHeaderBytes) +
                                          " to " + std::to_string(kMaxStreamHeaderBytes));
  }
  if (bytes.size() < size) {
    // Room for bytes that came, not for those that are claimed.
    if (bytes.size() == buffer_.size()) buffer_.resize(std::min(size, 2 * buffer_.size()));
    return wait_or_truncated(bytes.size());
  }
  const std::span<const uint8_t> header = bytes.first(size);
  if (Crc32(header.first(size - 4)) != Get(header, size - 4, 4)) {
    return Fail(StatusCode::kCorrupt, "has a damaged header: the checksum of its " +
                                          std::to_string(size) + " bytes does not hold");
  }
  if (Status s = ParseHeader(header, &header_); !s.ok()) return Fail(s.code(), s.message());
  Consume(size);
  pages_begin_ = offset_;
  spans_ = StreamSpans(header_);
  stage_ = Stage::kPages;
  if (header_.coding == StreamCoding::kEntropy && model_ != nullptr) {
    // What is wrong comes after the header.
    if (Status s = CreateCoder(); !s.ok()) {
      stage_ = Stage::kFailed;
      failure_ = std::move(s);
    }
  }
  return StreamEvent{.kind = StreamEvent::Kind::kHeader, .packets = {}};
}

Status StreamReader::CreateCoder() {
  if (Status s = CheckStreamModel(header_, *model_, name_); !s.ok()) return s;
  if (!model_->info().entropy_coding) {
    return Status(StatusCode::kModelMismatch, "'" + name_ + "' is entropy-coded, but '" +
                                                  model_->info().name + "' has no entropy model");
  }
  auto created = core::PageCoder::Create(model_, header_.quality);
  if (!created.ok()) return created.status();
  coder_ = std::move(*created);
  decoded_.resize(static_cast<size_t>(kMaxPacketsPerPage) *
                  static_cast<size_t>(header_.packet_bytes));
  return {};
}

Status StreamReader::Seek(uint64_t offset) {
  if (stage_ == Stage::kFailed) return failure_;
  if (stage_ == Stage::kHeader) {
    return {StatusCode::kInvalidArgument, "'" + name_ + "': sought before its header was read"};
  }
  if (offset < pages_begin_) {
    return {StatusCode::kInvalidArgument, "'" + name_ + "': sought at byte " +
                                              std::to_string(offset) + ", its pages begin at " +
                                              std::to_string(pages_begin_)};
  }
  begin_ = end_ = consume_ = 0;
  offset_ = offset;
  finished_ = false;
  sought_ = true;
  stage_ = Stage::kPages;
  return {};
}

// Byte by byte until an intact page begins at begin_: whatever stands in between is lost.
Result<StreamEvent> StreamReader::NextPage() {
  for (;;) {
    const std::span<const uint8_t> bytes = Unread();
    core::Page page;
    core::PageMatch match = core::MatchPage(bytes, header_, &page);
    if (bytes.size() >= kPageHeaderBytes && !IsInPlace(page)) match = core::PageMatch::kNone;
    if (match == core::PageMatch::kIntact) return TakePage(page);
    if (match == core::PageMatch::kIncomplete) {
      if (!finished_) return StreamEvent{};
      if (bytes.empty()) break;
    }
    Skip(1);
  }
  return Fail(StatusCode::kTruncated, "ends too early: no end page after " +
                                          std::to_string(next_packet_) + " packets (" +
                                          std::to_string(offset_) + " bytes)");
}

// Whether a page with these packets may come next: in order, and of one part alone.
bool StreamReader::IsInPlace(const core::Page& page) const {
  const uint64_t first = page.first_packet;
  const uint64_t end = first + page.packets;
  if (page.packets > 0 && end > spans_[SpanOfPacket(spans_, first)].end_packet) return false;
  return sought_ || (first >= next_packet_ && first - next_packet_ <= kMaxGapPackets);
}

Result<StreamEvent> StreamReader::TakePage(const core::Page& page) {
  const uint64_t first = page.first_packet;
  if (std::exchange(sought_, false)) next_packet_ = first;
  if (first > next_packet_) {  // the page itself is looked at again by the next call
    const StreamEvent gap{.kind = StreamEvent::Kind::kGap,
                          .first_packet = next_packet_,
                          .count = first - next_packet_,
                          .packets = {},
                          .offset = offset_};
    totals_.lost_packets += gap.count;
    next_packet_ = first;
    return gap;
  }
  ++totals_.pages;
  if (page.is_end) {
    const uint64_t samples = Get(page.payload, 0, kEndPayloadBytes);
    if (samples == kUnknownSamples ||
        (header_.samples != kUnknownSamples && header_.samples != samples)) {
      return Fail(StatusCode::kCorrupt, "contradicts itself: its header says " +
                                            std::to_string(header_.samples) +
                                            " samples, its end page " + std::to_string(samples));
    }
    if (!header_.parts.empty() && first != stream_parts::Packets(header_.parts)) {
      return Fail(StatusCode::kCorrupt, "contradicts itself: its parts have " +
                                            std::to_string(stream_parts::Packets(header_.parts)) +
                                            " packets, its end page says " + std::to_string(first));
    }
    header_.samples = samples;
    Consume(page.bytes);
    stage_ = Stage::kDone;
    return Next();
  }
  std::span<const uint8_t> packets = page.payload;
  if (header_.coding == StreamCoding::kEntropy) {
    const size_t bytes = page.packets * static_cast<size_t>(header_.packet_bytes);
    packets = std::span(decoded_).first(coder_ == nullptr ? 0 : bytes);
    if (coder_ != nullptr) coder_->Decode(page.payload, std::span(decoded_).first(bytes));
  }
  const StreamEvent event{.kind = StreamEvent::Kind::kPackets,
                          .first_packet = first,
                          .count = page.packets,
                          .packets = packets,
                          .offset = offset_};
  totals_.packets += page.packets;
  next_packet_ = first + page.packets;
  consume_ = page.bytes;
  return event;
}

}  // namespace motet
