// Levels of bands once more, as docs/ARCHITECTURE.md ("Levels of bands") states them: in double
// precision, on whole signals, with plain loops. The reference codec has one; core and the ONNX
// graphs are compared with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model_config/model_config.h"
#include "reference_tones.h"
#include "rows.h"

namespace motet::testing {

// The level of each band of a packet.
using PacketLevels = std::vector<uint8_t>;

class ReferenceBands {
 public:
  // `config` must have levels of bands, and outlive this.
  explicit ReferenceBands(const ModelConfig& config) : config_(config), bands_(*config.bands) {}

  // Of mid, a signal of whole packets: the level of each band (columns) in each packet, as it is
  // before it is rounded, and rounded.
  Rows Measure(const std::vector<double>& mid) const;
  std::vector<PacketLevels> Levels(const std::vector<double>& mid) const;
  static uint8_t Rounded(double level);

  // What bytes of a packet say, whoever wrote them.
  PacketLevels Read(std::span<const uint8_t> bytes) const;

  // What the decoder's network is told: a value for each band, a row for each packet.
  Rows Told(const std::vector<PacketLevels>& levels) const;
  // What the magnitudes of mid, four rows of a packet of the decoder's head, are multiplied with:
  // the gain of each band (columns) in each packet. Levels and tones are those of the packets as
  // they came.
  Rows Gains(const Rows& magnitudes, const std::vector<PacketLevels>& levels,
             const std::vector<PacketTones>& tones) const;
  void Apply(const Rows& gains, Rows* magnitudes) const;

  // Packets after which levels are heard.
  size_t delay() const;
  size_t count() const { return bands_.edges.size() - 1; }

 private:
  // The part of a tone's power that lies in a band.
  double Share(int64_t line, size_t band) const;
  double ToneEnergy(const PacketTones& tones, size_t band) const;
  size_t edge(size_t i) const { return static_cast<size_t>(bands_.edges[i]); }

  const ModelConfig& config_;
  const BandsConfig& bands_;
};

}  // namespace motet::testing
