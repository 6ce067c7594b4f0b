// Levels of bands: how loud bands of mid are in each packet (docs/ARCHITECTURE.md, "Levels of
// bands").
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "layers/delay.h"
#include "model_config/tone_bytes.h"

namespace motet::core {

// For an encoder: measures them.
class BandMeter : public Layer {
 public:
  explicit BandMeter(Builder& builder);

  // Takes the spectrum rows of mid of whole packets, before companding, `row_stride` values apart;
  // writes the levels of each packet, `stride` bytes after those of the one before.
  void Step(size_t packets, const float* spectrum, size_t row_stride, uint8_t* bytes,
            size_t stride) const;

 private:
  const std::vector<int64_t> edges_;
  const size_t imaginary_;  // where in a row the imaginary part of bin 0 would be
  const float scale_;       // from an energy to a mean power
  const float step_db_;
};

// For a decoder: brings spectra to them.
class BandGains : public Layer {
 public:
  explicit BandGains(Builder& builder);

  // What to bring the next `packets` packets to: `levels` of each; `tones`, unless null, are those
  // of the packets, all lines of each.
  void Expect(size_t packets, const uint8_t* levels, const Tone* tones);
  // Takes the rows of mid of these packets, in the place of the analysis', `row_stride` values
  // apart, and brings them there.
  void Apply(size_t packets, float* spectrum, size_t row_stride) const;

  void Reset() override;

 private:
  void AddTones(std::span<const Tone> tones, float* energies);

  const std::vector<int64_t> edges_;
  const size_t bands_;
  const size_t imaginary_;
  const float silence_;  // energy of a packet
  size_t lines_ = 0;     // of tones
  std::array<float, BandsConfig::kLevels>
      energies_;  // of a packet, by level; 0 where nothing is said
  std::array<float, TonesConfig::kLevels> tone_energies_;  // half of a packet's
  Delay delay_;
  Delay tones_delay_;
  Buffer<float> shares_;  // [lines, bands]: of a tone's energy
  Buffer<float> before_;  // [bands]: energy of tones of the last packet
  Buffer<float> now_;     // [bands]
  Buffer<float> wanted_;  // [packets, bands]
  Buffer<float> tones_;   // [packets, bands]: energy of tones in each packet of sound
  // Of the packets of the head that come next:
  const float* wanted_now_ = nullptr;
  const float* tones_now_ = nullptr;
};

}  // namespace motet::core
