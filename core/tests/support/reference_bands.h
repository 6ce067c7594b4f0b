// Levels of bands once more, as docs/ARCHITECTURE.md ("Levels of bands") states them: in double
// precision, on whole signals, with plain loops; and the reference codec with them. Layers and
// networks are compared with these.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reference_codec.h"
#include "reference_tones.h"

namespace motet::testing {

// The level of each band of a packet.
using PacketLevels = std::vector<uint8_t>;

class ReferenceBands {
 public:
  // `config` must have levels of bands, and outlive this.
  explicit ReferenceBands(const ModelConfig& config);

  // Of a row for each packet of mid, the level of each band before it is rounded.
  Rows Measure(const std::vector<double>& mid) const;
  static uint8_t Rounded(double level);

  // What the bins of mid are multiplied with: of four rows of a packet of the head, whose squared
  // magnitudes are `squares` (bins), the gain of each band in each packet. `levels` and `tones` are
  // those of the packets as they came; `tones` is empty where there are none.
  Rows Gains(const Rows& squares, const std::vector<PacketLevels>& levels,
             const std::vector<PacketTones>& tones) const;
  // Multiplies bins of four rows for each packet with gains of their bands; to log-magnitudes, such
  // as those of a head, it adds logarithms.
  void ApplyToLogs(const Rows& gains, Rows* logs) const;

  // The part of a tone's power that lies in a band; `line` counted from `first` on.
  double Share(int64_t line, size_t band) const;
  // Packets after which levels are heard.
  size_t delay() const;
  size_t count() const { return bands_.edges.size() - 1; }

 private:
  double ToneEnergy(const PacketTones& tones, size_t band) const;
  size_t edge(size_t i) const { return static_cast<size_t>(bands_.edges[i]); }

  const ModelConfig& config_;
  const BandsConfig& bands_;
};

// All codes and tones, and the levels of each packet.
struct CodesAndLevels {
  Codes codes;
  std::vector<PacketLevels> levels;  // of a model with levels of bands
};

// The reference codec of a model with levels of bands or without; see there. It asks the one of the
// model without them for all but the decoder's network, which it spells out again.
class BandReferenceCodec {
 public:
  BandReferenceCodec(const ModelConfig& config, const RandomTensors& tensors);

  CodesAndLevels Encode(const std::vector<std::vector<float>>& pcm) const;
  std::vector<uint8_t> Packets(const CodesAndLevels& codes, int quality) const;
  std::array<std::vector<double>, 2> Decode(const std::vector<uint8_t>& packets, int quality) const;
  Rows Features(const std::vector<uint8_t>& packets, int quality) const;

 private:
  // Packets of the model without levels, and the levels that were taken out.
  struct Split {
    std::vector<uint8_t> packets;
    std::vector<PacketLevels> levels;
  };
  Split Without(const std::vector<uint8_t>& packets, int quality) const;
  std::array<Rows, kLevels> Latents(const std::vector<uint8_t>& packets, int quality) const;
  Rows Blocks(const std::string& name, const LevelConfig& level, Rows x) const;
  Rows Head(const Split& split, int quality) const;

  const ModelConfig config_;
  const ModelConfig plain_config_;      // without levels
  const ModelConfig unlimited_config_;  // whose synthesis limits nothing
  const RandomTensors& tensors_;
  const ReferenceCodec plain_, unlimited_;
  std::optional<ReferenceBands> bands_;
};

}  // namespace motet::testing
