// Streams whose few bytes claim much: lengths, gaps, tags, pages, skipped beginnings. For tests
// that no claim decides what is allocated or computed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "motet/model.h"

namespace motet::testing {

struct NamedStream {
  std::string name;
  std::vector<uint8_t> bytes;
};

// For a model with an entropy model; the headers name it.
std::vector<NamedStream> HostileStreams(const std::shared_ptr<const Model>& model);

// The golden streams of a folder, in the order of their names; of the intact ones a few qualities
// are enough: 1, 6 and 12.
std::vector<NamedStream> SomeGoldenStreams(const std::filesystem::path& folder);

}  // namespace motet::testing
