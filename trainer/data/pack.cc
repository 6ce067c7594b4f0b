#include "data/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

#include "data/audio_file.h"
#include "data/in_order.h"
#include "data/music_dataset.h"
#include "data/new_folder.h"
#include "data/resample.h"
#include "data/shard_writer.h"
#include "model/fnv1a.h"

namespace motet::data {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPackContents = "pack.json";
constexpr const char* kPackFormat = "motet-pack";
constexpr int kPackVersion = 1;

constexpr int kBitRate = 88000;      // of a stereo piece, in bit/s
constexpr int kOpusRate = 48000;     // Hz
constexpr double kLeastSeconds = 2;  // of a piece: more than an excerpt in training
constexpr double kClipSeconds = 7;
// As trainer/configs/base.json has them.
constexpr double kCapSeconds = 300, kMinBandwidthHz = 15000;

struct Piece {
  std::size_t track = 0;
  std::int64_t start = 0;
  std::int64_t frames = 0;
  std::string name;
  std::string file;
};

std::int64_t Frames(double seconds) { return std::llround(seconds * kSampleRate); }

// What lies in one place in a pack: a track, or the stems of a song.
std::string GroupOf(const MusicDataset& dataset, std::size_t track) {
  const std::string& name = dataset.tracks()[track].name;
  return dataset.PackageOf(track).stems ? name.substr(0, name.rfind('/')) : name;
}

// The same on every machine, evenly in 0 … 1.
double Draw(const std::string& group, int pack) {
  trainer::Fnv1a hash;
  const std::string text = fmt::format("{} {}", group, pack);
  hash.Add(std::as_bytes(std::span(text)));
  return static_cast<double>(hash.value() >> 11) / static_cast<double>(std::uint64_t{1} << 53);
}

// The name of a piece: unlike any other, and stems of a song in a folder of their own.
std::string PieceName(const std::string& track, int pack) {
  const std::size_t slash = track.rfind('/');
  const std::size_t end = slash == std::string::npos ? 0 : slash;
  return fmt::format("{}#{}{}{}", track.substr(0, end), pack, end == slash ? "" : "/",
                     track.substr(end));
}

class Packer {
 public:
  Packer(const fs::path& dir, const PackOptions& options)
      : dir_(dir),
        options_(options),
        train_(MusicDataset::Open(dir, Split::kTrain)),
        validation_(MusicDataset::Open(dir, Split::kValidation)) {
    double all = 0;
    for (std::size_t i = 0; i < train_.tracks().size(); ++i) {
      const Track& track = train_.tracks()[i];
      const double weight = train_.PackageOf(i).weight;
      if (weight <= 0 || track.bandwidth_hz < kMinBandwidthHz) continue;
      drawn_.push_back(i);
      shares_.push_back(std::min(track.seconds(), kCapSeconds) * weight);
      all += shares_.back();
    }
    if (drawn_.empty()) throw std::runtime_error(dir.string() + ": holds no music for training");
    for (double& share : shares_) share /= all;
    const double bytes = options.hours * 3600 * kBitRate / 8;
    packs_ = std::max(1, static_cast<int>(std::ceil(bytes / (0.95 * LargestPack()))));
  }

  std::vector<Pack> Run() {
    CheckNewFolder(options_.out);
    PendingFolder pending(options_.out);
    std::vector<Pack> made = Make(pending.path());
    pending.Commit();
    for (Pack& pack : made) pack.path = options_.out / pack.path.filename();
    return made;
  }

 private:
  std::vector<Pack> Make(const fs::path& out) const {
    std::vector<Pack> made;
    for (int pack = 0; pack < packs_; ++pack) made.push_back(Fill(out, pack));
    std::vector<Piece> clips;
    for (std::size_t i = 0; i < validation_.tracks().size(); ++i) {
      const Track& track = validation_.tracks()[i];
      if (track.bandwidth_hz < kMinBandwidthHz) continue;
      const std::int64_t frames = std::min(Frames(kClipSeconds), track.frames);
      clips.push_back({i, (track.frames - frames) / 2, frames, track.name,
                       fmt::format("{:04}.flac", clips.size())});
    }
    made.push_back(Write(out / "validation", validation_, clips));
    return made;
  }

  double LargestPack() const { return options_.pack_mib * (1 << 20); }

  // Encodes a pack; shorter pieces, if it becomes too large.
  Pack Fill(const fs::path& out, int number) const {
    const std::string name = fmt::format("pack-{:02}", number);
    for (double seconds = options_.hours * 3600 / packs_;;) {
      const auto pieces = PiecesOf(number, seconds);
      const Pack pack = Write(out / name, train_, pieces);
      const double bytes = static_cast<double>(pack.bytes);
      if (bytes <= LargestPack()) return pack;
      const bool shortest = std::ranges::all_of(
          pieces, [](const Piece& piece) { return piece.frames <= Frames(kLeastSeconds); });
      if (shortest) {
        throw std::runtime_error(fmt::format(
            "{}: {} s of each of {} tracks take {:.0f} KiB, more than a pack's {:.0f}", name,
            kLeastSeconds, pieces.size(), bytes / 1024, options_.pack_mib * 1024));
      }
      seconds *= 0.98 * LargestPack() / bytes;
      fs::remove_all(pack.path);
    }
  }

  std::vector<Piece> PiecesOf(int pack, double seconds) const {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < drawn_.size(); ++i) {
      const Track& track = train_.tracks()[drawn_[i]];
      const std::int64_t part = track.frames / packs_;
      const std::int64_t wanted = std::min(Frames(shares_[i] * seconds), part);
      const std::int64_t frames = std::min(std::max(wanted, Frames(kLeastSeconds)), track.frames);
      const double place = Draw(GroupOf(train_, drawn_[i]), pack);
      const std::int64_t latest = track.frames - frames, begin = part * pack;
      const std::int64_t end = std::clamp(begin + part - frames, begin, std::max(begin, latest));
      const auto start = begin + std::llround(place * static_cast<double>(end - begin));
      pieces.push_back({drawn_[i], std::min<std::int64_t>(start, latest), frames,
                        PieceName(track.name, pack), fmt::format("{:04}.opus", pieces.size())});
    }
    return pieces;
  }

  Pack Write(const fs::path& path, const MusicDataset& dataset,
             const std::vector<Piece>& pieces) const {
    Pack pack{path, pieces.size()};
    fs::create_directory(pack.path);
    Json json = {{"format", kPackFormat}, {"version", kPackVersion}};
    json["packages"] = Json::array();
    json["pieces"] = Json::array();
    std::set<std::string> packages;
    int done = 0;
    const auto encode = [&](std::size_t i) {
      const Piece& piece = pieces[i];
      const auto samples = dataset.ReadPcm(piece.track, piece.start, piece.frames);
      const fs::path file = pack.path / piece.file;
      if (file.extension() == ".opus") {
        WriteOpus(file, samples, kSampleRate, kBitRate);
      } else {
        WriteFlac(file, samples, kChannels, kSampleRate);
      }
      return static_cast<std::int64_t>(fs::file_size(file));
    };
    std::size_t next = 0;
    InOrder(pieces.size(), options_.jobs, encode, [&](std::int64_t bytes) {
      const Piece& piece = pieces[next++];
      const Track& track = dataset.tracks()[piece.track];
      json["pieces"].push_back({{"file", piece.file},
                                {"name", piece.name},
                                {"package", track.package},
                                {"split", SplitName(track.split)},
                                {"frames", piece.frames},
                                {"source_sample_rate", track.source_sample_rate},
                                {"bandwidth_hz", track.bandwidth_hz}});
      if (packages.insert(track.package).second) {
        json["packages"].push_back(ToJson(dataset.PackageOf(piece.track)));
        pack.bytes += CopyLicence(track.package, pack.path);
      }
      pack.bytes += bytes;
      pack.seconds += static_cast<double>(piece.frames) / kSampleRate;
      if (options_.on_progress) {
        options_.on_progress(++done, static_cast<int>(pieces.size()),
                             (path.filename() / piece.file).string());
      }
    });
    const std::string text = json.dump(1) + "\n";
    std::ofstream contents(pack.path / kPackContents, std::ios::binary);
    contents << text;
    contents.close();
    if (!contents)
      throw std::runtime_error((pack.path / kPackContents).string() + ": cannot write");
    pack.bytes += static_cast<std::int64_t>(text.size());
    return pack;
  }

  std::int64_t CopyLicence(const std::string& package, const fs::path& pack) const {
    const fs::path from = dir_ / "copyright" / package, to = pack / "copyright" / package;
    if (!fs::exists(from)) return 0;
    fs::create_directories(to.parent_path());
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
    return static_cast<std::int64_t>(fs::file_size(to));
  }

  const fs::path dir_;
  const PackOptions& options_;
  MusicDataset train_, validation_;
  std::vector<std::size_t> drawn_;  // tracks of train_
  std::vector<double> shares_;      // of each of these, 1 together
  int packs_ = 1;
};

// What pack.json says of a piece, and where it is.
struct Packed {
  fs::path file;
  Track track;
};

struct Contents {
  std::vector<Package> packages;
  std::vector<Packed> pieces;
};

Contents ReadContents(const fs::path& pack) {
  const fs::path path = pack / kPackContents;
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path.string() + ": cannot open the contents of a pack");
  Contents contents;
  try {
    const Json json = Json::parse(file);
    if (json.at("format") != kPackFormat || json.at("version") != kPackVersion) {
      throw std::runtime_error(fmt::format("is {} {}, this program reads \"{}\" {}",
                                           json.at("format").dump(), json.at("version").dump(),
                                           kPackFormat, kPackVersion));
    }
    for (const Json& package : json.at("packages"))
      contents.packages.push_back(PackageFromJson(package));
    for (const Json& piece : json.at("pieces")) {
      const fs::path name = piece.at("file").get<std::string>();
      if (name != name.filename())
        throw std::runtime_error(fmt::format("'{}' is not a name in the pack", name.string()));
      Packed& packed = contents.pieces.emplace_back();
      packed.file = pack / name;
      packed.track = MusicFromJson(piece);
      const Track& track = packed.track;
      if (std::ranges::count(contents.packages, track.package, &Package::name) == 0)
        throw std::runtime_error(fmt::format("'{}' is of '{}', which is not among the packages",
                                             name.string(), track.package));
      if (track.frames <= 0 || track.frames > kMaxShardBytes / kFrameBytes)
        throw std::runtime_error(fmt::format("'{}' has {} frames", name.string(), track.frames));
    }
  } catch (const std::exception& error) {
    throw std::runtime_error(path.string() + ": " + error.what());
  }
  return contents;
}

std::pair<Track, std::vector<std::int16_t>> Decode(const Packed& packed) {
  AudioReader reader = AudioReader::OpenFile(packed.file);
  if (reader.channels() != kChannels) {
    throw std::runtime_error(fmt::format("{}: has {} channels, wanted {}", packed.file.string(),
                                         reader.channels(), kChannels));
  }
  auto audio = Resample(reader.ReadAll(), kChannels, reader.sample_rate(), kSampleRate);
  // Rates that do not divide each other leave a frame more or less; a file that was cut off leaves
  // much less.
  const auto wanted = static_cast<std::size_t>(packed.track.frames) * kChannels;
  constexpr std::size_t kSpare = kSampleRate / 100;
  if (audio.size() + kSpare < wanted) {
    throw std::runtime_error(fmt::format("{}: holds {} frames, pack.json says {}",
                                         packed.file.string(), audio.size() / kChannels,
                                         packed.track.frames));
  }
  audio.resize(wanted);
  float peak = 0;
  for (const float sample : audio) peak = std::max(peak, std::abs(sample));
  Track track = packed.track;
  auto samples = To16Bit(audio, 32768.0F / std::max(peak, 1.0F));
  track.peak = peak;
  track.rms_db = RmsDb(samples);
  track.content_hash = ContentHash(samples);
  return {std::move(track), std::move(samples)};
}

}  // namespace

std::vector<Pack> PackMusic(const fs::path& dataset, const PackOptions& options) {
  return Packer(dataset, options).Run();
}

void UnpackMusic(const UnpackOptions& options) {
  Manifest manifest;
  std::vector<Packed> pieces;
  std::set<std::string> names;
  PendingFolder pending = BeginDataset(options.out, options.force);
  for (const fs::path& pack : options.packs) {
    Contents contents = ReadContents(pack);
    for (const Packed& piece : contents.pieces) {
      const std::string& name = piece.track.name;
      if (!names.insert(name).second) {
        throw std::runtime_error(fmt::format("{}: '{}' came already, with this pack or another",
                                             (pack / kPackContents).string(), name));
      }
    }
    std::ranges::move(contents.pieces, std::back_inserter(pieces));
    for (Package& package : contents.packages) {
      if (std::ranges::count(manifest.packages, package.name, &Package::name) == 0)
        manifest.packages.push_back(std::move(package));
    }
    if (fs::exists(pack / "copyright")) {
      fs::copy(pack / "copyright", pending.path() / "copyright",
               fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    }
  }
  ShardWriter writer(pending.path(), kMaxShardBytes);
  int done = 0;
  InOrder(
      pieces.size(), options.jobs, [&](std::size_t i) { return Decode(pieces[i]); },
      [&](std::pair<Track, std::vector<std::int16_t>> decoded) {
        auto& [track, samples] = decoded;
        writer.Append(samples, track);
        if (options.on_progress)
          options.on_progress(++done, static_cast<int>(pieces.size()), track.name);
        manifest.tracks.push_back(std::move(track));
      });
  manifest.shards = writer.Finish();
  manifest.Save(pending.path());
  pending.Commit();
}

}  // namespace motet::data
