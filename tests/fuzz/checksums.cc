#include "checksums.h"

#include <algorithm>
#include <array>

namespace motet::fuzz {
namespace {

constexpr size_t kStreamHeaderBytesAt = 12;
constexpr size_t kMinStreamHeader = 54;
constexpr size_t kPageHeader = 14;
constexpr size_t kPagePayloadAt = 8;
constexpr size_t kPageCrcAt = 10;

constexpr size_t kModelHeader = 64;
constexpr size_t kJsonBytesAt = 12;
constexpr size_t kTensorCountAt = 16;
constexpr size_t kTableBytesAt = 20;
constexpr size_t kContentCrcAt = 32;
constexpr size_t kModelCrcAt = 60;

const std::array<uint32_t, 256>& Table() {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> entries{};
    for (uint32_t i = 0; i < entries.size(); ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xEDB88320 : 0);
      entries[i] = value;
    }
    return entries;
  }();
  return table;
}

// Makes the checksum of the tensor whose entry begins at `*at` right, and goes to the next entry.
bool RepairTensor(std::span<uint8_t> bytes, size_t end, size_t* at) {
  if (*at + 4 > end) return false;
  size_t field = *at + 2 + Get(bytes, *at, 2) + 1;  // of the rank
  if (field + 1 > end) return false;
  field += 1 + 4 * size_t{bytes[field]};
  if (field + 20 > end) return false;
  const uint64_t offset = Get(bytes, field, 8);
  const uint64_t size = Get(bytes, field + 8, 8);
  if (offset <= bytes.size() && size <= bytes.size() - offset)
    Put(bytes, field + 16, Crc32(bytes.subspan(offset, size)), 4);
  *at = field + 20;
  return true;
}

}  // namespace

uint64_t Get(std::span<const uint8_t> bytes, size_t offset, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) value |= uint64_t{bytes[offset + i]} << (8 * i);
  return value;
}

void Put(std::span<uint8_t> bytes, size_t offset, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) bytes[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}

uint32_t Crc32(std::span<const uint8_t> first, std::span<const uint8_t> second) {
  uint32_t crc = ~uint32_t{0};
  for (const std::span<const uint8_t> part : {first, second}) {
    for (const uint8_t byte : part) crc = crc >> 8 ^ Table()[(crc ^ byte) & 255];
  }
  return ~crc;
}

void RepairStream(std::span<uint8_t> bytes) {
  if (bytes.size() < kMinStreamHeader) return;
  size_t at = Get(bytes, kStreamHeaderBytesAt, 4);
  if (at < kMinStreamHeader || at > bytes.size()) return;
  Put(bytes, at - 4, Crc32(bytes.first(at - 4)), 4);
  while (at + kPageHeader <= bytes.size()) {
    const size_t payload = Get(bytes, at + kPagePayloadAt, 2);
    if (bytes[at] != 0x4D || bytes[at + 1] != 0xF5 || payload > bytes.size() - at - kPageHeader) {
      ++at;
      continue;
    }
    Put(bytes, at + kPageCrcAt,
        Crc32(bytes.subspan(at, kPageCrcAt), bytes.subspan(at + kPageHeader, payload)), 4);
    at += kPageHeader + payload;
  }
}

void RepairModel(std::span<uint8_t> bytes) {
  if (bytes.size() < kModelHeader) return;
  const uint64_t json = Get(bytes, kJsonBytesAt, 4);
  const uint64_t table = Get(bytes, kTableBytesAt, 4);
  if (json + table <= bytes.size() - kModelHeader) {
    const size_t end = kModelHeader + json + table;
    size_t at = kModelHeader + json;
    for (uint64_t left = Get(bytes, kTensorCountAt, 4); left > 0 && RepairTensor(bytes, end, &at);
         --left) {
    }
    Put(bytes, kContentCrcAt, Crc32(bytes.subspan(kModelHeader, json + table)), 4);
  }
  Put(bytes, kModelCrcAt, Crc32(bytes.first(kModelCrcAt)), 4);
}

}  // namespace motet::fuzz
