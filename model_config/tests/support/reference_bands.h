// Levels of bands once more, as docs/ARCHITECTURE.md ("Levels of bands") states them: in double
// precision, on whole signals, with plain loops. The reference codec has one; core and the ONNX
// graphs are compared with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model_config/model_config.h"
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
  // What mid's spectrum, four rows of a packet of the decoder's head with its tones, is multiplied
  // with: the gain of each band (columns) in each packet. Levels are those of the packets as they
  // came.
  Rows Gains(const Rows& spectrum, const std::vector<PacketLevels>& levels) const;
  void Apply(const Rows& gains, Rows* spectrum) const;

  // Packets after which levels are heard.
  size_t delay() const;
  size_t count() const { return bands_.edges.size() - 1; }

 private:
  // Where the real and the imaginary part of a bin from 1 on stand in rows of a spectrum.
  static size_t Real(size_t bin) { return bin; }
  size_t Imaginary(size_t bin) const { return config_.analysis.window / 2 + bin; }
  size_t edge(size_t i) const { return static_cast<size_t>(bands_.edges[i]); }

  const ModelConfig& config_;
  const BandsConfig& bands_;
};

}  // namespace motet::testing
