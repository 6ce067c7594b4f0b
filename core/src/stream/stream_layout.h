// Where the fields of a `.motet` stream lie (docs/FORMAT.md), for the writer and the reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace motet::stream_layout {

inline constexpr std::array<uint8_t, 8> kMagic = {'M', 'o', 't', 'e', 't', '\r', '\n', 0x1A};

// Header: offsets of the fixed fields, then the tags, then the CRC32.
inline constexpr size_t kVersion = 8;
inline constexpr size_t kFlags = 10;
inline constexpr size_t kHeaderBytes = 12;
inline constexpr size_t kSampleRate = 16;
inline constexpr size_t kChannels = 20;
inline constexpr size_t kQuality = 21;
inline constexpr size_t kCoding = 22;
inline constexpr size_t kPacketBytes = 23;
inline constexpr size_t kSamples = 24;
inline constexpr size_t kModelIdentity = 32;
inline constexpr size_t kSeekTable = 40;
inline constexpr size_t kTagCount = 48;
inline constexpr size_t kTags = 50;
inline constexpr size_t kMinHeaderBytes = kTags + 4;

// Flags. With a pre-skip it stands between the number of tags and the tags, in 4 bytes. The parts
// of a joined stream stand there instead: their number, and for each its fields.
inline constexpr uint64_t kPreSkipFlag = 1;
inline constexpr uint64_t kJoinedFlag = 4;  // 2 stays for what no reader knows
inline constexpr size_t kPreSkip = kTags;
inline constexpr size_t kPreSkipBytes = 4;
inline constexpr size_t kPartCount = kTags;
inline constexpr size_t kPartCountBytes = 4;
inline constexpr size_t kPartSamples = 0;
inline constexpr size_t kPartPackets = 8;
inline constexpr size_t kPartPreSkip = 12;
inline constexpr size_t kPartBytes = 16;

inline constexpr int kMinSampleRate = 1;
inline constexpr int kMaxSampleRate = 1'000'000;
inline constexpr int kMaxQuality = 12;

// Page: a header of 14 bytes, then the payload.
inline constexpr std::array<uint8_t, 2> kSync = {0x4D, 0xF5};
inline constexpr size_t kPageFlags = 2;
inline constexpr size_t kPagePackets = 3;
inline constexpr size_t kPageFirstPacket = 4;
inline constexpr size_t kPagePayload = 8;
inline constexpr size_t kPageCrc = 10;
inline constexpr size_t kPageHeaderBytes = 14;
inline constexpr size_t kMaxPageBytes = kPageHeaderBytes + 0xFFFF;
inline constexpr uint8_t kEndPageFlag = 1;
inline constexpr size_t kEndPayloadBytes = 8;

// A page that is further ahead than this does not count as intact, so that no crafted page makes a
// decoder conceal for years.
inline constexpr uint64_t kMaxGapPackets = 65536;

inline uint64_t Get(std::span<const uint8_t> bytes, size_t offset, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) value |= uint64_t{bytes[offset + i]} << (8 * i);
  return value;
}

inline void Put(std::vector<uint8_t>* out, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) out->push_back(static_cast<uint8_t>(value >> (8 * i)));
}

}  // namespace motet::stream_layout
