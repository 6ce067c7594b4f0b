#include "model_config/band_levels.h"

#include <cmath>
#include <numbers>

#include "model_config/turns.h"

namespace motet {

double ShareOfTone(const ModelConfig& config, int64_t line, int64_t band) {
  // Lines are those of windows of two packets.
  const double tone = static_cast<double>((config.tones->first + line) * config.analysis.window) /
                      static_cast<double>(2 * config.packet);
  const auto edge = config.bands->edges.begin() + band;
  double share = 0;
  for (int64_t bin = edge[0]; bin < edge[1]; ++bin) {
    // The squared transform of a sine window, less its sum over all bins.
    const double away = static_cast<double>(bin) - tone;
    const double apart = 1 - 4 * away * away;
    const double at =
        std::abs(apart) < 1e-9 ? std::numbers::pi / 4 : CosineOfTurns(away / 2) / apart;
    share += 8 / (std::numbers::pi * std::numbers::pi) * at * at;
  }
  return share;
}

}  // namespace motet
