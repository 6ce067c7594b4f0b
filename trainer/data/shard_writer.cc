#include "data/shard_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "model/fnv1a.h"

namespace motet::data {

namespace fs = std::filesystem;

namespace {

static_assert(std::endian::native == std::endian::little, "shards are little-endian");

// Tracks begin at multiples of this many frames: one memory page.
constexpr std::int64_t kAlignmentFrames = 1024;

}  // namespace

std::vector<std::int16_t> To16Bit(const std::vector<float>& samples, float scale) {
  std::vector<std::int16_t> result(samples.size());
  // A lossless 16-bit source comes through unchanged; only +1.0 has no 16-bit value.
  std::ranges::transform(samples, result.begin(), [scale](float sample) {
    return static_cast<std::int16_t>(std::clamp(std::lrint(sample * scale), -32768L, 32767L));
  });
  return result;
}

double RmsDb(const std::vector<std::int16_t>& samples) {
  double energy = 0.0;
  for (const std::int16_t sample : samples) energy += static_cast<double>(sample) * sample;
  const double mean = energy / static_cast<double>(std::max<std::size_t>(samples.size(), 1));
  return mean == 0.0 ? -200.0 : 10.0 * std::log10(mean / (32768.0 * 32768.0));
}

std::uint64_t ContentHash(const std::vector<std::int16_t>& samples) {
  trainer::Fnv1a hash;
  hash.Add(std::as_bytes(std::span(samples)));
  return hash.value();
}

ShardWriter::ShardWriter(fs::path dir, std::int64_t max_bytes)
    : dir_(std::move(dir)), max_frames_(max_bytes / kFrameBytes) {}

void ShardWriter::Append(const std::vector<std::int16_t>& samples, Track& track) {
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

std::vector<Shard> ShardWriter::Finish() {
  Close();
  return std::move(shards_);
}

void ShardWriter::Open() {
  Close();
  shards_.push_back({fmt::format("shard-{:05}.pcm", shards_.size()), 0});
  file_.open(dir_ / shards_.back().file, std::ios::binary | std::ios::trunc);
  Check();
}

void ShardWriter::Close() {
  if (!file_.is_open()) return;
  file_.close();
  Check();
}

void ShardWriter::Check() const {
  if (!file_) throw std::runtime_error((dir_ / shards_.back().file).string() + ": cannot write");
}

PendingFolder BeginDataset(const fs::path& out, bool force) {
  std::error_code error;
  if (fs::exists(out, error) && !fs::is_empty(out, error)) {
    // Only ever replace what this program made.
    if (!fs::exists(out / Manifest::kFileName, error)) {
      throw std::runtime_error(out.string() + ": exists and is not a dataset");
    }
    if (!force) throw std::runtime_error(out.string() + ": exists (use --force to replace it)");
  }
  return PendingFolder(out);
}

}  // namespace motet::data
