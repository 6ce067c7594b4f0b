// Tones: spectral peaks that packets carry beside their codes (docs/ARCHITECTURE.md, "Tones").
#pragma once

#include <array>

#include "arithmetic/kernels.h"
#include "layers/history.h"
#include "model_config/tone_bytes.h"

namespace motet::core {

// Chooses the tones of each packet.
class TonePicker : public Layer {
 public:
  explicit TonePicker(Builder& builder);

  // Takes packets · packet samples of mid and side and writes the tones' bytes of each packet,
  // `stride` bytes from one packet to the next.
  void Step(size_t packets, const float* mid, const float* side, uint8_t* bytes, size_t stride);

  void Reset() override;
  double multiply_adds() const override;

 private:
  static constexpr size_t kRounds = TonesConfig::kRounds;
  static constexpr size_t kLines = TonesConfig::kMaxLines;

  // Of mid or side.
  struct Spectrum {
    std::array<float, kLines> re, im;
  };
  // What a window says of each line.
  struct Peaks {
    std::array<float, kLines> level;      // dB of full scale
    float loudest;                        // of these
    std::array<float, kLines> stands;     // dB above its surroundings
    std::array<uint8_t, kLines> is_peak;  // 0 or 1
    Spectrum mid, side;                   // where tones have places
  };
  struct Candidate {
    float score;
    uint8_t line;
  };
  struct Kept {
    std::array<uint8_t, TonesConfig::kMaxCount> line;  // ascending
    size_t count = 0;

    bool operator==(const Kept& other) const;
  };

  void Forget();
  // signal: `rows` packets and the one before, of which each window has two.
  void TakeWindows(const float* signal, size_t rows, float* windows) const;
  void Analyse(const float* spectrum, Peaks* peaks);
  void Keep(const float* spectrum, Spectrum* kept) const;
  uint8_t PlaceOf(const Peaks& peaks, size_t line) const;
  void Choose(const Peaks& now, const Peaks& next, uint8_t* bytes);
  void Select(const Peaks& now, const Kept& before, Kept* kept);

  const Kernels& kernels_ = BestKernels();
  const TonesConfig tones_;
  const size_t packet_;
  const size_t window_;
  const size_t first_bin_;  // of those whose level is looked at
  const size_t bins_;
  History mid_, side_;
  Buffer<float> windows_;
  Buffer<float> taper_;
  Buffer<float> turns_;  // cosines, then sines
  Buffer<float> scratch_;
  Buffer<float> spectra_;
  Buffer<float> level_;                       // of the bins, dB
  Buffer<Peaks> peaks_;                       // of two windows
  size_t newer_ = 0;                          // which of them is the last window's
  std::array<uint8_t, kLines> is_near_next_;  // of each line: a peak follows on it or beside it
  std::array<uint8_t, kLines> beginning_;     // lines that may begin
  size_t beginning_count_ = 0;
  // By each round, in the last packet and in this one; the first is empty for ever.
  Buffer<Kept> before_, kept_;
};

// Their sound.
class ToneSound : public Layer {
 public:
  // Heard `early` samples before its place in the codec's delay.
  ToneSound(Builder& builder, size_t early);

  // tones: `lines` of each packet (ReadTones); gains: a factor for each packet's. Adds the sound
  // to packets · packet samples of mid and side.
  void Step(size_t packets, const Tone* tones, const float* gains, float* mid, float* side);

  void Reset() override;
  double multiply_adds() const override;

 private:
  // A line in the half of a window.
  struct Voice {
    float amplitude = 0;  // in mid
    float share = 0;      // of it in side
    size_t at = 0;        // its phase at the beginning, in 1/window turns
  };

  Voice VoiceOf(size_t line, const Tone& tone, float gain) const;
  size_t InSecondHalf(size_t line, size_t at) const;
  void AddLine(size_t line, const Voice& before, const Voice& now, float* mid, float* side) const;
  void AddVoice(size_t line, const Voice& voice, float before, float now, float* mid,
                float* side) const;
  size_t Wrap(size_t step) const { return step < window_ ? step : step - window_; }

  const Kernels& kernels_ = BestKernels();
  const TonesConfig tones_;
  const size_t packet_;
  const size_t window_;
  const size_t first_line_;
  const size_t lines_;
  Buffer<float> rise_;     // the window's first half
  Buffer<float> cosines_;  // of a whole turn in `window` steps
  Buffer<float> sines_;
  std::array<uint32_t, TonesConfig::kMaxLines> phases_;  // where the stream begins, in such steps
  std::array<float, TonesConfig::kLevels> amplitudes_;
  Buffer<Voice> before_;  // of each line, in the packet before
  History mid_, side_;    // which wait for the network's
  bool odd_ = false;      // whether the next packet's number is
};

}  // namespace motet::core
