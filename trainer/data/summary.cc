#include "data/summary.h"

#include <fmt/format.h>

#include <cmath>

namespace motet::data {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kFullBandHz = 16000.0;
constexpr double kWideBandHz = 11000.0;

void Add(Json& hours, double seconds) { hours = hours.get<double>() + seconds / 3600.0; }

Json EmptyCount() {
  Json count = {{"tracks", 0},
                {"hours", 0.0},
                {"splits", Json::object()},
                {"bandwidth", {{"full", 0.0}, {"wide", 0.0}, {"narrow", 0.0}}}};
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    count["splits"][std::string(SplitName(split))] = {{"tracks", 0}, {"hours", 0.0}};
  }
  return count;
}

void Count(Json& count, const Track& track) {
  count["tracks"] = count["tracks"].get<int>() + 1;
  Add(count["hours"], track.seconds());
  Json& split = count["splits"][std::string(SplitName(track.split))];
  split["tracks"] = split["tracks"].get<int>() + 1;
  Add(split["hours"], track.seconds());
  const char* band = track.bandwidth_hz >= kFullBandHz   ? "full"
                     : track.bandwidth_hz >= kWideBandHz ? "wide"
                                                         : "narrow";
  Add(count["bandwidth"][band], track.seconds());
}

std::string FormatRow(const std::string& name, const Json& count, const std::string& licence) {
  const auto hours = [&](const char* part, const char* key) {
    const Json& value = count.at(part).at(key);
    return (value.is_object() ? value.at("hours") : value).get<double>();
  };
  return fmt::format("{:<28}{:>7}{:>8.2f}{:>8.2f}{:>7.2f}{:>7.2f}{:>8.2f}{:>7.2f}{:>8.2f}  {}\n",
                     name, count.at("tracks").get<int>(), count.at("hours").get<double>(),
                     hours("splits", "train"), hours("splits", "validation"),
                     hours("splits", "test"), hours("bandwidth", "full"),
                     hours("bandwidth", "wide"), hours("bandwidth", "narrow"), licence);
}

}  // namespace

Json Summarize(const Manifest& manifest) {
  Json summary = EmptyCount();
  summary["packages"] = Json::array();
  for (const Track& track : manifest.tracks) Count(summary, track);
  for (const Package& package : manifest.packages) {
    Json entry = {{"name", package.name},
                  {"version", package.version},
                  {"kind", package.kind},
                  {"licence", package.licence},
                  {"weight", package.weight}};
    entry.update(EmptyCount());
    for (const Track& track : manifest.tracks) {
      if (track.package == package.name) Count(entry, track);
    }
    summary["packages"].push_back(std::move(entry));
  }
  summary["skipped"] = manifest.skipped;
  return summary;
}

std::string FormatSummary(const Json& summary) {
  std::string text =
      fmt::format("{:<28}{:>7}{:>8}{:>8}{:>7}{:>7}{:>8}{:>7}{:>8}  {}\n", "package", "tracks",
                  "hours", "train", "valid", "test", "16k+", "11k+", "narrow", "licence");
  for (const Json& package : summary.at("packages")) {
    text += FormatRow(package.at("name"), package, package.at("licence"));
  }
  text += FormatRow("total", summary, "");
  std::string skipped;
  for (const auto& [reason, count] : summary.at("skipped").items()) {
    skipped += fmt::format("{}{} {}", skipped.empty() ? "" : ", ", count.get<int>(), reason);
  }
  if (!skipped.empty()) text += "skipped: " + skipped + "\n";
  return text;
}

}  // namespace motet::data
