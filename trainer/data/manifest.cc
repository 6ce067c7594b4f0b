#include "data/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>

namespace motet::data {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "motet-music";
constexpr const char* kSampleFormat = "s16le";

Json TrackToJson(const Track& track) {
  return {{"name", track.name},
          {"package", track.package},
          {"split", SplitName(track.split)},
          {"shard", track.shard},
          {"offset", track.offset},
          {"frames", track.frames},
          {"source_sample_rate", track.source_sample_rate},
          {"bandwidth_hz", track.bandwidth_hz},
          {"peak", track.peak},
          {"rms_db", track.rms_db},
          {"content_hash", fmt::format("{:016x}", track.content_hash)}};
}

Track TrackFromJson(const Json& json) {
  Track track = MusicFromJson(json);
  track.shard = json.at("shard");
  track.offset = json.at("offset");
  track.peak = json.at("peak");
  track.rms_db = json.at("rms_db");
  track.content_hash = std::stoull(json.at("content_hash").get<std::string>(), nullptr, 16);
  return track;
}

void CheckForm(const Json& json) {
  const auto expect = [&](const char* key, const Json& wanted) {
    const Json& found = json.at(key);
    if (found != wanted) {
      throw std::runtime_error(
          fmt::format("{} is {}, this program reads {}", key, found.dump(), wanted.dump()));
    }
  };
  expect("format", kFormat);
  expect("version", Manifest::kVersion);
  expect("sample_rate", kSampleRate);
  expect("channels", kChannels);
  expect("sample_format", kSampleFormat);
}

void CheckTracks(const Manifest& manifest) {
  std::set<std::string> names;
  for (const Track& track : manifest.tracks) {
    if (!names.insert(track.name).second) {
      throw std::runtime_error(fmt::format("two tracks are named '{}'", track.name));
    }
    manifest.PackageNamed(track.package);
    const bool shard_known =
        track.shard >= 0 && track.shard < static_cast<int>(manifest.shards.size());
    if (!shard_known || track.offset < 0 || track.frames < 0 ||
        track.frames > manifest.shards[track.shard].frames - track.offset) {
      throw std::runtime_error(fmt::format("track '{}' lies outside its shard", track.name));
    }
  }
}

}  // namespace

nlohmann::ordered_json ToJson(const Package& package) {
  return {{"name", package.name},       {"version", package.version}, {"kind", package.kind},
          {"licence", package.licence}, {"weight", package.weight},   {"stems", package.stems}};
}

Package PackageFromJson(const nlohmann::ordered_json& json) {
  // Datasets that were collected before stems were known say nothing of them.
  return {json.at("name"),    json.at("version"), json.at("kind"),
          json.at("licence"), json.at("weight"),  json.value("stems", false)};
}

Track MusicFromJson(const nlohmann::ordered_json& json) {
  Track track;
  track.name = json.at("name");
  track.package = json.at("package");
  track.split = ParseSplit(json.at("split").get<std::string>());
  track.frames = json.at("frames");
  track.source_sample_rate = json.at("source_sample_rate");
  track.bandwidth_hz = json.at("bandwidth_hz");
  return track;
}

Manifest Manifest::Load(const std::filesystem::path& dir) {
  const std::filesystem::path path = dir / kFileName;
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path.string() + ": cannot open the dataset's manifest");
  try {
    const Json json = Json::parse(file);
    CheckForm(json);
    Manifest manifest;
    for (const Json& package : json.at("packages")) {
      manifest.packages.push_back(PackageFromJson(package));
    }
    for (const Json& shard : json.at("shards")) {
      manifest.shards.push_back({shard.at("file"), shard.at("frames")});
    }
    for (const Json& track : json.at("tracks")) manifest.tracks.push_back(TrackFromJson(track));
    manifest.skipped = json.value("skipped", Json::object());
    CheckTracks(manifest);
    return manifest;
  } catch (const std::exception& error) {
    throw std::runtime_error(
        fmt::format("{}: not a usable manifest: {}", path.string(), error.what()));
  }
}

void Manifest::Save(const std::filesystem::path& dir) const {
  Json json = {{"format", kFormat},
               {"version", kVersion},
               {"sample_rate", kSampleRate},
               {"channels", kChannels},
               {"sample_format", kSampleFormat},
               {"packages", Json::array()},
               {"shards", Json::array()},
               {"tracks", Json::array()},
               {"skipped", skipped}};
  for (const Package& package : packages) json["packages"].push_back(ToJson(package));
  for (const Shard& shard : shards) {
    json["shards"].push_back({{"file", shard.file}, {"frames", shard.frames}});
  }
  for (const Track& track : tracks) json["tracks"].push_back(TrackToJson(track));

  const std::filesystem::path path = dir / kFileName;
  std::filesystem::path partial = path;
  partial += ".partial";
  std::ofstream file(partial);
  // File names need not be UTF-8; JSON must be.
  file << json.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(partial, path, error);
  if (!file || error) throw std::runtime_error(path.string() + ": cannot write");
}

const Package& Manifest::PackageNamed(const std::string& name) const {
  const auto found = std::ranges::find(packages, name, &Package::name);
  if (found == packages.end()) {
    throw std::runtime_error(fmt::format("no package is named '{}'", name));
  }
  return *found;
}

}  // namespace motet::data
