#include "model_config/model_config.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace motet {
namespace {

int64_t FineFramesPerFrame(Level level) {
  return kFramesPerPacket[kFine] / kFramesPerPacket[level];
}

// Fine frames of lookahead of all levels, one after the other.
int64_t Lookahead(const LevelConfigs& levels) {
  int64_t frames = 0;
  for (const Level level : kCoarseToFine) {
    frames += FineFramesPerFrame(level) * levels[level].total_lookahead();
  }
  return frames;
}

// Packets that the blocks of all levels, one after the other, reach back at most.
int64_t BlockReach(const LevelConfigs& levels, int64_t kernel) {
  int64_t packets = 0;
  for (const Level level : kCoarseToFine) {
    const int64_t frames = static_cast<int64_t>(levels[level].lookahead.size()) * (kernel - 1);
    packets += (frames + kFramesPerPacket[level] - 1) / kFramesPerPacket[level];
  }
  return packets;
}

// What a packet carries behind the codes that a quality adds.
int64_t BytesBehind(const ModelConfig& config, int64_t quality) {
  int64_t bytes = 0;
  if (config.tones && quality == config.tones->from_quality) bytes += config.tones->bytes();
  if (config.bands && quality == config.bands->from_quality) bytes += config.bands->bytes();
  return bytes;
}

// Where the codes end that a quality adds.
int64_t EndOfCodes(const ModelConfig& config, int64_t quality) {
  const LadderStep last = config.ladder()[static_cast<size_t>(quality - 1)];
  return last.offset + last.codes;
}

}  // namespace

int64_t TonesConfig::Phase(int64_t line, int64_t window) {
  // The golden ratio's fraction: lines that lie close have phases far apart.
  const double golden = (std::sqrt(5.0) - 1) / 2;
  const auto k = static_cast<double>(line), size = static_cast<double>(window);
  return static_cast<int64_t>(size * std::fmod(k * k * golden, 1.0));
}

int64_t LevelConfig::total_lookahead() const {
  return std::accumulate(lookahead.begin(), lookahead.end(), int64_t{0});
}

int64_t LevelDelay(Level level, const LevelConfigs& levels) {
  int64_t frames = 0;
  for (const Level above : kCoarseToFine) {
    if (above >= level) break;
    frames += kFramesPerPacket[level] / kFramesPerPacket[above] * levels[above].total_lookahead();
  }
  return frames;
}

std::string LadderStep::name() const {
  return std::string(kLevelNames[level]) + "." + std::to_string(quantizer);
}

int64_t ModelConfig::decoder_lookahead() const { return Lookahead(decoder.levels); }

int64_t ModelConfig::delay() const {
  return (1 + Lookahead(encoder.levels) + Lookahead(decoder.levels)) * analysis.hop;
}

int64_t ModelConfig::encoder_preroll() const {
  // The spectrum reaches back one hop, the feature branches one (the rhythmic) or many frames; the
  // choice of tones its rounds and a window.
  const int64_t network =
      1 + BlockReach(encoder.levels, block.kernel) +
      std::max<int64_t>(1, (encoder.features.kernel - 1) * encoder.features.dilation) +
      delay() / packet + 1;
  return tones ? std::max(network, TonesConfig::kRounds + 2) : network;
}

int64_t ModelConfig::decoder_preroll() const {
  // Frames overlap by one hop; concealment looks at the packet before.
  const int64_t network = 1 + BlockReach(decoder.levels, block.kernel) + delay() / packet + 1;
  // Tones wait for less than the delay and are heard for two packets. A part that begins with a
  // packet of even number has an even one before it.
  return tones ? network + network % 2 : network;
}

std::vector<LadderStep> ModelConfig::ladder() const {
  std::vector<LadderStep> steps;
  int64_t offset = 0;
  for (int64_t first = 0; first < quantizer.per_level; first += quantizer.context) {
    const int64_t end = std::min(first + quantizer.context, quantizer.per_level);
    for (const Level level : kCoarseToFine) {
      for (int64_t i = first; i < end; ++i) {
        steps.push_back({level, i, kFramesPerPacket[level], offset, first / quantizer.context});
        offset += kFramesPerPacket[level];
        offset += BytesBehind(*this, static_cast<int64_t>(steps.size()));
      }
    }
  }
  return steps;
}

bool ModelConfig::has_tones(int64_t quality) const {
  return tones && quality >= tones->from_quality;
}

int64_t ModelConfig::tones_offset() const { return EndOfCodes(*this, tones->from_quality); }

bool ModelConfig::has_bands(int64_t quality) const {
  return bands && quality >= bands->from_quality;
}

int64_t ModelConfig::bands_offset() const {
  const bool behind_tones = tones && tones->from_quality == bands->from_quality;
  return EndOfCodes(*this, bands->from_quality) + (behind_tones ? tones->bytes() : 0);
}

int64_t ModelConfig::bands_delay() const { return (delay() / analysis.hop - 1) / 4; }

int64_t ModelConfig::packet_bytes(int64_t quality) const {
  return EndOfCodes(*this, quality) + BytesBehind(*this, quality);
}

}  // namespace motet
