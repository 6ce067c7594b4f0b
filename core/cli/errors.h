// Sentences for what the operating system refuses.
#pragma once

#include <cstdint>
#include <string>

#include "motet/status.h"

namespace motet::cli {

// "cannot <action> '<path>': <what errno says>", as kNotFound, kOutOfMemory or kIo. Standard
// streams are named as such.
Status SystemError(const std::string& action, const std::string& path, int error_number);

// "'song.wav'", or "standard input" and "standard output" for "-".
std::string InputName(const std::string& path);
std::string OutputName(const std::string& path);

// kCorrupt, for whoever wants every packet: those from `first` on are not in the stream, where byte
// `offset` comes after the packets before them.
Status LostPackets(const std::string& path, uint64_t offset, uint64_t first, uint64_t count);

// As StreamReader and StreamDecoder want it, which add the quotes themselves.
std::string StreamName(const std::string& path);

}  // namespace motet::cli
