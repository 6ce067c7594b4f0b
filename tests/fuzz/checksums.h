// The checksums of docs/FORMAT.md, apart from those of the core.
#pragma once

#include <cstdint>
#include <span>

namespace motet::fuzz {

// Little-endian, at byte `offset`.
uint64_t Get(std::span<const uint8_t> bytes, size_t offset, size_t width);
void Put(std::span<uint8_t> bytes, size_t offset, uint64_t value, size_t width);

// Of all these bytes, one part after another.
uint32_t Crc32(std::span<const uint8_t> first, std::span<const uint8_t> second = {});

// Of a header, and of everything behind it that looks like a page.
void RepairStream(std::span<uint8_t> bytes);

// Of the tensors that lie in the file, and of the header.
void RepairModel(std::span<uint8_t> bytes);

}  // namespace motet::fuzz
