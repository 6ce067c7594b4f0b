// Tones once more, as docs/ARCHITECTURE.md ("Tones") states them: in double precision, on whole
// signals, with plain loops. The reference codec has one; core and the ONNX graphs are compared
// with it.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "model_config/model_config.h"

namespace motet::testing {

// The tones of a packet: `32 · place + level` of each line that has one, lines counted from `first`
// on.
using PacketTones = std::map<int64_t, int64_t>;

class ReferenceTones {
 public:
  // `config` must have tones, and outlive this.
  explicit ReferenceTones(const ModelConfig& config);

  // The tones of each packet of a signal of whole packets, left and right.
  std::vector<PacketTones> Pick(const std::vector<std::vector<float>>& pcm) const;

  // Their bytes in a packet, and what bytes say, whoever wrote them.
  std::vector<uint8_t> Bytes(const PacketTones& tones) const;
  PacketTones Read(std::span<const uint8_t> bytes) const;

  // What the decoder's network is told of a packet's tones: a value for each line, or two.
  std::vector<double> Row(const PacketTones& tones) const;
  // What is added to left and to right, delayed, but `early` samples less.
  std::array<std::vector<double>, 2> Sound(const std::vector<PacketTones>& packets,
                                           int64_t early = 0) const;

 private:
  // What is known of one window: of each line, and of one line to either side of all.
  struct Window {
    std::vector<double> level, above;  // D and A of the architecture page, in dB
    double D(int64_t line) const { return level[static_cast<size_t>(line + 1)]; }
    double A(int64_t line) const { return above[static_cast<size_t>(line + 1)]; }
  };
  // Of one line in the window of a packet; samples before the beginning are 0.
  std::complex<double> Bin(const std::vector<double>& signal, int64_t packet, int64_t k) const;
  Window Analyse(const std::vector<double>& mean, int64_t packet) const;
  int64_t PlaceOf(std::complex<double> mean, std::complex<double> side) const;
  bool IsPeak(const Window& window, int64_t line) const;
  bool PeakNearby(const Window& window, int64_t line) const;
  // One step of the choice: the lines that are kept, where `before` were kept in the packet before.
  std::vector<bool> Select(const Window& now, const Window& next,
                           const std::vector<bool>& before) const;

  int64_t window() const { return 2 * config_.packet; }
  double WindowAt(int64_t n) const;

  const ModelConfig& config_;
  const TonesConfig& tones_;
  std::vector<std::complex<double>> turn_;  // e^-ix in `window` steps
};

}  // namespace motet::testing
