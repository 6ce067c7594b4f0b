#include "model_config/model_config.h"

#include <algorithm>
#include <cmath>
#include <functional>
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

int64_t CodesOf(const LadderStep& step) {
  return std::accumulate(step.begin(), step.end(), int64_t{0},
                         [](int64_t sum, const LadderCodes& codes) { return sum + codes.count(); });
}

// Where the codes end that a quality adds.
int64_t EndOfCodes(const ModelConfig& config, int64_t quality) {
  const std::vector<LadderStep> ladder = config.ladder();
  int64_t end = 0;
  for (int64_t below = 1; below < quality; ++below)
    end += CodesOf(ladder[static_cast<size_t>(below - 1)]) + BytesBehind(config, below);
  return end + CodesOf(ladder[static_cast<size_t>(quality - 1)]);
}

// All quantizers, without the places of their codes.
std::vector<LadderQuantizer> UnplacedQuantizers(const ModelConfig& config) {
  const int64_t per_level = config.quantizer.per_level, context = config.quantizer.context;
  std::vector<LadderQuantizer> all;
  for (int64_t first = 0; first < per_level; first += context) {
    for (const Level level : kCoarseToFine) {
      for (int64_t i = first; i < std::min(first + context, per_level); ++i) {
        const auto frames = static_cast<size_t>(kFramesPerPacket[level]);
        all.push_back({level, i, first / context, std::vector<LadderQuantizer::Place>(frames)});
      }
    }
  }
  return all;
}

std::string QuantizerName(Level level, int64_t quantizer) {
  return std::string(kLevelNames[level]) + "." + std::to_string(quantizer);
}

// "fine.2", "fine.2 even" or "fine.2 odd".
std::optional<LadderCodes> LadderCodesOf(std::string_view name) {
  for (const Level level : kCoarseToFine) {
    for (int64_t quantizer = 0; quantizer < kMaxPerLevel; ++quantizer) {
      const LadderCodes all{.level = level, .quantizer = quantizer};
      if (name == all.name()) return all;
      if (kFramesPerPacket[level] == 1) continue;
      for (const int64_t first : {0, 1}) {
        const LadderCodes half{.level = level, .quantizer = quantizer, .first = first, .every = 2};
        if (name == half.name()) return half;
      }
    }
  }
  return std::nullopt;
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

std::string LadderCodes::name() const {
  return QuantizerName(level, quantizer) + (every == 1 ? "" : first == 0 ? " even" : " odd");
}

std::string NameOf(const LadderStep& step) {
  std::string name;
  for (const LadderCodes& codes : step) name += (name.empty() ? "" : ", ") + codes.name();
  return name;
}

std::optional<LadderStep> LadderStepOf(std::string_view name) {
  constexpr std::string_view kBetween = ", ";
  LadderStep step;
  for (;;) {
    const size_t end = name.find(kBetween);
    const std::optional<LadderCodes> codes = LadderCodesOf(name.substr(0, end));
    if (!codes) return std::nullopt;
    step.push_back(*codes);
    if (end == std::string_view::npos) return step;
    name.remove_prefix(end + kBetween.size());
  }
}

int64_t LadderQuantizer::first_quality() const {
  int64_t quality = places.front().quality;
  for (const Place& place : places) quality = std::min(quality, place.quality);
  return quality;
}

int64_t LadderQuantizer::full_quality() const {
  int64_t quality = places.front().quality;
  for (const Place& place : places) quality = std::max(quality, place.quality);
  return quality;
}

bool LadderQuantizer::whole() const {
  const auto is_next = [](const Place& a, const Place& b) {
    return b.quality == a.quality && b.offset == a.offset + 1;
  };
  return std::adjacent_find(places.begin(), places.end(), std::not_fn(is_next)) == places.end();
}

std::string LadderQuantizer::name() const { return QuantizerName(level, quantizer); }

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
  if (!own_ladder.empty()) return own_ladder;
  std::vector<LadderStep> steps;
  for (const LadderQuantizer& each : UnplacedQuantizers(*this))
    steps.push_back({{.level = each.level, .quantizer = each.quantizer}});
  return steps;
}

std::vector<LadderQuantizer> ModelConfig::quantizers() const {
  std::vector<LadderQuantizer> all = UnplacedQuantizers(*this);
  int64_t quality = 0, offset = 0;
  for (const LadderStep& step : ladder()) {
    ++quality;
    for (const LadderCodes& codes : step) {
      const auto owner = std::find_if(all.begin(), all.end(), [&](const LadderQuantizer& each) {
        return each.level == codes.level && each.quantizer == codes.quantizer;
      });
      for (int64_t frame = codes.first; frame < owner->frames(); frame += codes.every)
        owner->places[static_cast<size_t>(frame)] = {quality, offset++};
    }
    offset += BytesBehind(*this, quality);
  }
  return all;
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
