// What holds of the parts of a joined stream, for the writer and the reader.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "motet/stream.h"

namespace motet::stream_parts {

// What is wrong with the parts of a stream of so many samples, or nothing.
std::string FaultOf(std::span<const StreamPart> parts, uint64_t samples);

// Of all parts.
uint64_t Packets(std::span<const StreamPart> parts);

}  // namespace motet::stream_parts
