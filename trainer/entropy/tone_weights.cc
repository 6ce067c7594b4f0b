#include "entropy/tone_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace motet::trainer {
namespace {

// Calls `on_symbol(kind, context, symbol)` for each symbol of the tones of a page.
template <typename OnSymbol>
void ForEachSymbol(const ModelConfig& config, std::span<const uint8_t> packets,
                   const OnSymbol& on_symbol) {
  const TonesConfig& tones = config.tones.value();
  const auto packet_bytes = static_cast<size_t>(config.packet_bytes(config.max_quality()));
  std::vector<uint8_t> before(static_cast<size_t>(tones.lines), kNoTone), levels(before);
  for (auto at = static_cast<size_t>(config.tones_offset()); at < packets.size();
       at += packet_bytes) {
    ReadTones(tones, &packets[at], levels);
    WalkTones(tones, before, levels, [&](ToneSymbol kind, size_t context, size_t symbol) {
      on_symbol(kind, context, symbol);
      return symbol;
    });
    std::swap(before, levels);
  }
}

// The likeliest gets the highest weight.
template <size_t N>
std::array<uint32_t, N> WeightsOf(const std::array<double, N>& counts) {
  const double most = *std::max_element(counts.begin(), counts.end());
  std::array<uint32_t, N> weights;
  std::transform(counts.begin(), counts.end(), weights.begin(), [&](double count) {
    return std::max(1U, static_cast<uint32_t>(std::lround(kToneWeightLimit * count / most)));
  });
  return weights;
}

template <size_t N>
double BitsOf(const std::array<uint32_t, N>& weights, size_t symbol) {
  const auto sum = std::accumulate(weights.begin(), weights.end(), uint32_t{0});
  return std::log2(static_cast<double>(sum) / weights[symbol]);
}

template <size_t Contexts, size_t N>
IntegerTensor ToTensor(const std::array<std::array<uint32_t, N>, Contexts>& weights) {
  IntegerTensor tensor{{static_cast<int64_t>(Contexts * N)}, {}};
  for (const auto& context : weights)
    tensor.values.insert(tensor.values.end(), context.begin(), context.end());
  return tensor;
}

}  // namespace

IntegerTensors ToneWeights::ToTensors() const {
  return {{kToneFlagsName, ToTensor(flags)}, {kToneLevelsName, ToTensor(levels)}};
}

ToneWeights CountTones(const CodeExamples& examples) {
  std::array<std::array<double, 2>, kToneFlagContexts> flags;
  std::array<std::array<double, TonesConfig::kLevels>, kToneLevelContexts> levels;
  for (auto& counts : flags) counts.fill(0.5);
  for (auto& counts : levels) counts.fill(0.5);
  for (size_t sequence = 0; sequence < examples.sequences(); ++sequence) {
    for (int64_t first = 0; first < examples.packets(sequence); first += kPagePackets) {
      ForEachSymbol(
          examples.config(), examples.Packets(sequence, first, kPagePackets),
          [&](ToneSymbol kind, size_t context, size_t symbol) {
            ++(kind == ToneSymbol::kFlag ? flags[context][symbol] : levels[context][symbol]);
          });
    }
  }
  ToneWeights weights;
  std::transform(flags.begin(), flags.end(), weights.flags.begin(), WeightsOf<2>);
  std::transform(levels.begin(), levels.end(), weights.levels.begin(),
                 WeightsOf<TonesConfig::kLevels>);
  return weights;
}

double ToneBits(const ToneWeights& weights, const ModelConfig& config,
                std::span<const uint8_t> packets) {
  double bits = 0;
  ForEachSymbol(config, packets, [&](ToneSymbol kind, size_t context, size_t symbol) {
    bits += kind == ToneSymbol::kFlag ? BitsOf(weights.flags[context], symbol)
                                      : BitsOf(weights.levels[context], symbol);
  });
  return bits;
}

}  // namespace motet::trainer
