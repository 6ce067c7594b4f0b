#include "model_config/tone_symbols.h"

namespace motet {

std::array<ToneTable, kToneSymbols> ToneTables(const TonesConfig& config) {
  const auto phases = static_cast<size_t>(config.phases), pans = static_cast<size_t>(config.pans);
  std::array<ToneTable, kToneSymbols> tables = {{
      {.name = "flags", .contexts = 64, .symbols = 2},
      {.name = "levels", .contexts = 3, .symbols = TonesConfig::kLevels},
      {.name = "phases"},
      {.name = "pans"},
  }};
  if (phases > 1) tables[static_cast<size_t>(ToneSymbol::kPhase)] = {"phases", 3 + phases, phases};
  if (pans > 1) tables[static_cast<size_t>(ToneSymbol::kPan)] = {"pans", pans + 1, pans};
  return tables;
}

}  // namespace motet
