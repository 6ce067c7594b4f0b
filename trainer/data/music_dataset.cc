#include "data/music_dataset.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <stdexcept>
#include <utility>

namespace motet::data {
namespace {

// By track: the others of its folder that are as long, in packages of stems.
std::vector<std::vector<std::size_t>> FindStems(const Manifest& manifest) {
  std::map<std::pair<std::string, std::int64_t>, std::vector<std::size_t>> songs;
  for (std::size_t i = 0; i < manifest.tracks.size(); ++i) {
    const Track& track = manifest.tracks[i];
    if (!manifest.PackageNamed(track.package).stems) continue;
    songs[{track.name.substr(0, track.name.rfind('/')), track.frames}].push_back(i);
  }
  std::vector<std::vector<std::size_t>> others(manifest.tracks.size());
  for (const auto& [song, stems] : songs) {
    for (const std::size_t stem : stems) {
      std::ranges::remove_copy(stems, std::back_inserter(others[stem]), stem);
    }
  }
  return others;
}

// A shard, mapped read-only.
class MappedShard {
 public:
  MappedShard(const std::filesystem::path& path, std::int64_t frames)
      : bytes_(static_cast<std::size_t>(frames) * kChannels * sizeof(std::int16_t)) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      throw std::runtime_error(
          fmt::format("{}: cannot open shard: {}", path.string(), std::strerror(errno)));
    }
    struct stat status {};
    const bool known = fstat(file, &status) == 0;
    if (!known || static_cast<std::size_t>(status.st_size) != bytes_) {
      close(file);
      throw std::runtime_error(fmt::format("{}: shard has {} bytes, the manifest says {}",
                                           path.string(), status.st_size, bytes_));
    }
    address_ = mmap(nullptr, std::max<std::size_t>(bytes_, 1), PROT_READ, MAP_SHARED, file, 0);
    const int reason = errno;
    close(file);
    if (address_ == MAP_FAILED) {
      throw std::runtime_error(
          fmt::format("{}: cannot map shard: {}", path.string(), std::strerror(reason)));
    }
  }
  MappedShard(const MappedShard&) = delete;
  MappedShard& operator=(const MappedShard&) = delete;
  ~MappedShard() { munmap(address_, std::max<std::size_t>(bytes_, 1)); }

  const std::int16_t* samples() const { return static_cast<const std::int16_t*>(address_); }

 private:
  std::size_t bytes_;
  void* address_ = nullptr;
};

}  // namespace

struct MusicDataset::Contents {
  std::filesystem::path dir;
  Manifest manifest;
  // By shard number; null for shards that hold none of the tracks.
  std::vector<std::unique_ptr<MappedShard>> shards;
  // By track.
  std::vector<std::vector<std::size_t>> other_stems;
};

MusicDataset::MusicDataset(std::shared_ptr<const Contents> contents)
    : contents_(std::move(contents)) {}

MusicDataset MusicDataset::Open(const std::filesystem::path& dir, std::optional<Split> split) {
  auto contents = std::make_shared<Contents>();
  contents->dir = dir;
  contents->manifest = Manifest::Load(dir);
  Manifest& manifest = contents->manifest;
  std::erase_if(manifest.tracks,
                [&](const Track& track) { return split && track.split != *split; });
  contents->shards.resize(manifest.shards.size());
  for (const Track& track : manifest.tracks) {
    auto& shard = contents->shards[static_cast<std::size_t>(track.shard)];
    if (shard != nullptr) continue;
    const Shard& entry = manifest.shards[static_cast<std::size_t>(track.shard)];
    shard = std::make_unique<MappedShard>(dir / entry.file, entry.frames);
  }
  contents->other_stems = FindStems(manifest);
  return MusicDataset(std::move(contents));
}

const std::vector<Track>& MusicDataset::tracks() const { return contents_->manifest.tracks; }

const std::vector<std::size_t>& MusicDataset::OtherStems(std::size_t track_index) const {
  return contents_->other_stems.at(track_index);
}

const Package& MusicDataset::PackageOf(std::size_t track_index) const {
  return contents_->manifest.PackageNamed(tracks().at(track_index).package);
}

std::size_t MusicDataset::IndexOf(const std::string& name) const {
  const auto found = std::ranges::find(tracks(), name, &Track::name);
  if (found == tracks().end()) {
    throw std::runtime_error(
        fmt::format("{}: no track is named '{}'", contents_->dir.string(), name));
  }
  return static_cast<std::size_t>(found - tracks().begin());
}

const std::int16_t* MusicDataset::Locate(std::size_t track_index, std::int64_t start_frame,
                                         std::int64_t frames) const {
  const Track& track = tracks().at(track_index);
  if (start_frame < 0 || frames < 0 || start_frame > track.frames ||
      frames > track.frames - start_frame) {
    throw std::runtime_error(fmt::format("{}: frames {}+{} asked of track '{}' of {} frames",
                                         contents_->dir.string(), start_frame, frames, track.name,
                                         track.frames));
  }
  const MappedShard& shard = *contents_->shards[static_cast<std::size_t>(track.shard)];
  const std::int16_t* samples = shard.samples() + (track.offset + start_frame) * kChannels;
  // Ask for the whole excerpt at once: page by page, a cold disk makes training wait.
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(samples);
  const std::uintptr_t begin = address / page * page;
  const std::uintptr_t end =
      address + static_cast<std::uintptr_t>(frames) * kChannels * sizeof(std::int16_t);
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_WILLNEED);
  return samples;
}

void MusicDataset::Read(std::size_t track_index, std::int64_t start_frame, std::int64_t frames,
                        float* left, float* right) const {
  const std::int16_t* pcm = Locate(track_index, start_frame, frames);
  for (std::int64_t i = 0; i < frames; ++i) {
    left[i] = static_cast<float>(pcm[2 * i]) / 32768.0F;
    right[i] = static_cast<float>(pcm[2 * i + 1]) / 32768.0F;
  }
}

std::vector<std::int16_t> MusicDataset::ReadPcm(std::size_t track_index, std::int64_t start_frame,
                                                std::int64_t frames) const {
  const std::int16_t* pcm = Locate(track_index, start_frame, frames);
  return {pcm, pcm + frames * kChannels};
}

}  // namespace motet::data
