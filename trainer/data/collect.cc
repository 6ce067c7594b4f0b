#include "data/collect.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <fstream>
#include <future>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "data/audio_source.h"
#include "data/bandwidth.h"
#include "data/resample.h"
#include "model/fnv1a.h"

namespace motet::data {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "shards are little-endian");

constexpr std::int64_t kFrameBytes = kChannels * sizeof(std::int16_t);
// Tracks begin at multiples of this many frames: one memory page.
constexpr std::int64_t kAlignmentFrames = 1024;

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

double RmsDb(const std::vector<std::int16_t>& samples) {
  double energy = 0.0;
  for (const std::int16_t sample : samples) energy += static_cast<double>(sample) * sample;
  const double mean = energy / static_cast<double>(std::max<std::size_t>(samples.size(), 1));
  return mean == 0.0 ? -200.0 : 10.0 * std::log10(mean / (32768.0 * 32768.0));
}

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
    // A lossless 16-bit source comes through unchanged; only +1.0 has no 16-bit value.
    const float scale = 32768.0F / std::max(peak, 1.0F);
    result.samples.resize(audio.size());
    std::ranges::transform(audio, result.samples.begin(), [scale](float sample) {
      return static_cast<std::int16_t>(std::min(std::lrint(sample * scale), 32767L));
    });
    track.rms_db = RoundTo(RmsDb(result.samples), 1e-3);
    if (track.rms_db < options.silence_db) return skip("silent");
    trainer::Fnv1a hash;
    hash.Add(std::as_bytes(std::span(result.samples)));
    track.content_hash = hash.value();
    return result;
  } catch (const std::runtime_error& error) {
    result.failure = error.what();
    return skip("unreadable");
  }
}

// Appends tracks to shard files in `dir`.
class ShardWriter {
 public:
  ShardWriter(fs::path dir, std::int64_t max_bytes)
      : dir_(std::move(dir)), max_frames_(max_bytes / kFrameBytes) {}

  // Fills in where the track lies.
  void Append(const std::vector<std::int16_t>& samples, Track& track) {
    const std::int64_t padding =
        (kAlignmentFrames - track.frames % kAlignmentFrames) % kAlignmentFrames;
    if (shards_.empty() || shards_.back().frames + track.frames + padding > max_frames_) Open();
    Shard& shard = shards_.back();
    track.shard = static_cast<int>(shards_.size()) - 1;
    track.offset = shard.frames;
    file_.write(reinterpret_cast<const char*>(samples.data()), track.frames * kFrameBytes);
    const std::string zeros(static_cast<std::size_t>(padding * kFrameBytes), '\0');
    file_.write(zeros.data(), static_cast<std::streamsize>(zeros.size()));
    shard.frames += track.frames + padding;
    Check();
  }

  std::vector<Shard> Finish() {
    Close();
    return std::move(shards_);
  }

 private:
  void Open() {
    Close();
    shards_.push_back({fmt::format("shard-{:05}.pcm", shards_.size()), 0});
    file_.open(dir_ / shards_.back().file, std::ios::binary | std::ios::trunc);
    Check();
  }

  void Close() {
    if (!file_.is_open()) return;
    file_.close();
    Check();
  }

  void Check() const {
    if (!file_) throw std::runtime_error((dir_ / shards_.back().file).string() + ": cannot write");
  }

  fs::path dir_;
  std::int64_t max_frames_;
  std::ofstream file_;
  std::vector<Shard> shards_;
};

// A folder beside `out` that becomes `out` when committed and vanishes otherwise.
class PendingFolder {
 public:
  PendingFolder(const fs::path& out, bool force) : out_(out), partial_(out) {
    partial_ += ".partial";
    std::error_code error;
    if (fs::exists(out_, error) && !fs::is_empty(out_, error)) {
      // Only ever replace what this program made.
      if (!fs::exists(out_ / Manifest::kFileName, error)) {
        throw std::runtime_error(out_.string() + ": exists and is not a dataset");
      }
      if (!force) throw std::runtime_error(out_.string() + ": exists (use --force to replace it)");
    }
    fs::remove_all(partial_, error);
    fs::create_directories(partial_, error);
    if (error) {
      throw std::runtime_error(partial_.string() + ": cannot create: " + error.message());
    }
  }
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  ~PendingFolder() {
    std::error_code error;
    fs::remove_all(partial_, error);
  }

  const fs::path& path() const { return partial_; }

  void Commit() {
    fs::path old = out_;
    old += ".old";
    std::error_code error;
    fs::remove_all(old, error);
    fs::rename(out_, old, error);  // It need not exist.
    fs::rename(partial_, out_, error);
    if (error) throw std::runtime_error(out_.string() + ": cannot create: " + error.message());
    fs::remove_all(old, error);
  }

 private:
  fs::path out_;
  fs::path partial_;
};

fs::path WithoutTrailingSlash(const fs::path& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
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

  PendingFolder pending(WithoutTrailingSlash(options.out), options.force);
  for (const PackageFolder& folder : folders) {
    std::error_code error;
    if (!fs::exists(folder.path / "copyright", error)) continue;
    fs::create_directories(pending.path() / "copyright", error);
    fs::copy_file(folder.path / "copyright", pending.path() / "copyright" / folder.package.name,
                  error);
    if (error) throw std::runtime_error(pending.path().string() + ": cannot write");
  }

  // Files are decoded in parallel and stored in order, so that the result does not depend on the
  // number of jobs.
  ShardWriter writer(pending.path(), options.max_shard_bytes);
  std::map<std::uint64_t, std::string> stored;
  std::deque<std::future<Decoded>> running;
  std::size_t next = 0;
  for (std::size_t done = 0; done < jobs.size(); ++done) {
    while (next < jobs.size() && running.size() < static_cast<std::size_t>(options.jobs)) {
      const Job job = jobs[next++];
      running.push_back(std::async(std::launch::async, [job, &options] {
        return Decode(*job.source, *job.folder, options);
      }));
    }
    Decoded decoded = running.front().get();
    running.pop_front();
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
      options.on_progress(static_cast<int>(done + 1), static_cast<int>(jobs.size()), track.name);
    }
  }
  if (manifest.tracks.empty()) throw std::runtime_error("no stereo music found in the inputs");
  manifest.shards = writer.Finish();
  for (const auto& [reason, count] : skipped) {
    if (count > 0) manifest.skipped[reason] = count;
  }
  manifest.Save(pending.path());
  pending.Commit();
  return report;
}

}  // namespace motet::data
