#include "data/collect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "data/audio_source.h"
#include "data/bandwidth.h"
#include "data/in_order.h"
#include "data/new_folder.h"
#include "data/resample.h"
#include "data/shard_writer.h"

namespace motet::data {
namespace {

namespace fs = std::filesystem;

// A package folder with what its package.json says.
struct PackageFolder {
  fs::path path;
  Package package;
  std::string match;
};

PackageFolder OpenPackage(fs::path path) {
  path = fs::absolute(path).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  PackageFolder folder;
  folder.path = path;
  folder.package.name = path.filename().string();
  std::ifstream file(path / "package.json");
  if (!file) return folder;
  try {
    const auto json = nlohmann::json::parse(file);
    Package& package = folder.package;
    package.name = json.value("name", package.name);
    package.version = json.value("version", "");
    package.kind = json.value("kind", "");
    package.licence = json.value("licence", "");
    package.weight = json.value("weight", 1.0);
    folder.match = json.value("match", "");
    package.stems = json.value("group", "track") == "folder";
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error((path / "package.json").string() +
                             ": not a usable package description: " + error.what());
  }
  return folder;
}

// Music ready to be stored, or the reason why there is none.
struct Decoded {
  Track track;
  std::vector<std::int16_t> samples;
  // Key of Manifest::skipped; empty if the track is good.
  std::string skip_reason;
  // What the reader said, if it failed.
  std::string failure;
};

double RoundTo(double value, double step) { return std::round(value / step) * step; }

// Reads, resamples and measures one file.
Decoded Decode(const AudioSource& source, const PackageFolder& folder,
               const CollectOptions& options) {
  Decoded result;
  Track& track = result.track;
  track.name = source.name;
  track.package = folder.package.name;
  const std::string group = source.name.substr(0, source.name.rfind('/'));
  track.split = SplitOf(folder.package.stems ? group : source.name);
  const auto skip = [&](std::string reason) {
    result.skip_reason = std::move(reason);
    return std::move(result);
  };
  try {
    AudioReader reader = source.Open();
    track.source_sample_rate = reader.sample_rate();
    if (reader.channels() != kChannels) return skip("not_stereo");
    const double max_seconds =
        static_cast<double>(options.max_shard_bytes) / kFrameBytes / kSampleRate;
    const auto seconds = [&](std::int64_t frames) {
      return static_cast<double>(frames) / reader.sample_rate();
    };
    if (seconds(reader.frames()) < options.min_seconds) return skip("short");
    if (seconds(reader.frames()) > max_seconds) return skip("too_long");
    std::vector<float> audio = reader.ReadAll();
    if (seconds(static_cast<std::int64_t>(audio.size() / kChannels)) < options.min_seconds) {
      return skip("short");
    }
    audio = Resample(std::move(audio), kChannels, reader.sample_rate(), kSampleRate);
    track.frames = static_cast<std::int64_t>(audio.size() / kChannels);
    float peak = 0.0F;
    for (const float sample : audio) peak = std::max(peak, std::abs(sample));
    if (!std::isfinite(peak)) throw std::runtime_error(source.name + ": non-finite samples");
    track.peak = RoundTo(peak, 1e-6);
    track.bandwidth_hz = BandwidthHz(LongTermSpectrumDb(audio, kSampleRate));
    result.samples = To16Bit(audio, 32768.0F / std::max(peak, 1.0F));
    track.rms_db = RoundTo(RmsDb(result.samples), 1e-3);
    if (track.rms_db < options.silence_db) return skip("silent");
    track.content_hash = ContentHash(result.samples);
    return result;
  } catch (const std::runtime_error& error) {
    result.failure = error.what();
    return skip("unreadable");
  }
}

struct Job {
  const AudioSource* source;
  const PackageFolder* folder;
};

}  // namespace

CollectReport Collect(const CollectOptions& options) {
  CollectReport report;
  Manifest& manifest = report.manifest;
  std::map<std::string, int> skipped;
  std::deque<PackageFolder> folders;
  std::deque<AudioSources> found;
  std::vector<Job> jobs;
  for (const fs::path& input : options.inputs) {
    const PackageFolder& folder = folders.emplace_back(OpenPackage(input));
    const AudioSources& sources =
        found.emplace_back(FindAudio(folder.path, folder.package.name, folder.match));
    skipped["not_audio"] += sources.other_files;
    skipped["unwanted"] += sources.unwanted_files;
    for (const AudioSource& source : sources.sources) jobs.push_back({&source, &folder});
    report.failures.insert(report.failures.end(), sources.failures.begin(), sources.failures.end());
    skipped["unreadable"] += static_cast<int>(sources.failures.size());
    if (std::ranges::count(manifest.packages, folder.package.name, &Package::name) != 0) {
      throw std::runtime_error(folder.path.string() + ": a second package of the name '" +
                               folder.package.name + "'");
    }
    manifest.packages.push_back(folder.package);
  }

  PendingFolder pending = BeginDataset(options.out, options.force);
  for (const PackageFolder& folder : folders) {
    std::error_code error;
    if (!fs::exists(folder.path / "copyright", error)) continue;
    fs::create_directories(pending.path() / "copyright", error);
    fs::copy_file(folder.path / "copyright", pending.path() / "copyright" / folder.package.name,
                  error);
    if (error) throw std::runtime_error(pending.path().string() + ": cannot write");
  }

  // The result does not depend on the number of jobs.
  ShardWriter writer(pending.path(), options.max_shard_bytes);
  std::map<std::uint64_t, std::string> stored;
  std::size_t done = 0;
  const auto decode = [&](std::size_t i) {
    return Decode(*jobs[i].source, *jobs[i].folder, options);
  };
  const auto store = [&](Decoded decoded) {
    Track& track = decoded.track;
    if (decoded.skip_reason.empty() && !stored.emplace(track.content_hash, track.name).second) {
      decoded.skip_reason = "duplicate";
    }
    if (decoded.skip_reason.empty()) {
      writer.Append(decoded.samples, track);
      manifest.tracks.push_back(track);
    } else {
      ++skipped[decoded.skip_reason];
      if (!decoded.failure.empty()) report.failures.push_back(decoded.failure);
    }
    if (options.on_progress) {
      options.on_progress(static_cast<int>(++done), static_cast<int>(jobs.size()), track.name);
    }
  };
  InOrder(jobs.size(), options.jobs, decode, store);
  if (manifest.tracks.empty()) {
    std::string why;
    for (const auto& [reason, count] : skipped) {
      if (count > 0)
        why += fmt::format("{}{} {}", why.empty() ? "; skipped: " : ", ", count, reason);
    }
    throw std::runtime_error("no stereo music found in the inputs" + why);
  }
  manifest.shards = writer.Finish();
  for (const auto& [reason, count] : skipped) {
    if (count > 0) manifest.skipped[reason] = count;
  }
  manifest.Save(pending.path());
  pending.Commit();
  return report;
}

}  // namespace motet::data
