// How much music a dataset holds, of which kinds.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "data/manifest.h"

namespace motet::data {

// Hours of music per package and split, and by bandwidth:
// {"tracks", "hours", "splits": {name: {"tracks", "hours"}}, "bandwidth": {"full", "wide",
// "narrow"}, "packages": [{..., "tracks", "hours", "splits", "bandwidth"}], "skipped"}.
// Bandwidth counts hours: full reaches 16 kHz, wide 11 kHz, narrow is the rest.
nlohmann::ordered_json Summarize(const Manifest& manifest);

// The same as a table for people.
std::string FormatSummary(const nlohmann::ordered_json& summary);

}  // namespace motet::data
