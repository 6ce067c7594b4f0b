// The spectra of two signals that are compared, frame by frame.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace motet::metrics {

inline constexpr int kSampleRate = 44100;  // Hz; mel and tonal bands are laid out for it

// The Fourier transform of `window` real samples (a power of 2) under a periodic Hann window,
// without normalization.
class HannSpectrum {
 public:
  explicit HannSpectrum(size_t window);
  HannSpectrum(HannSpectrum&&) noexcept;
  HannSpectrum& operator=(HannSpectrum&&) noexcept;
  ~HannSpectrum();

  // Takes window() samples, gives bins() values: from 0 Hz to half of the sample rate.
  void Transform(std::span<const double> samples, std::span<std::complex<double>> spectrum);

  size_t window() const { return window_; }
  size_t bins() const { return window_ / 2 + 1; }

 private:
  struct State;
  size_t window_;
  std::unique_ptr<State> state_;
};

// Cuts two signals into frames of `window` samples, one every `hop`, the first at the first sample.
// What is left at the end and fills no frame is not looked at.
class SpectrumFrames {
 public:
  using Spectra = std::vector<std::vector<std::complex<double>>>;  // [channel][bin]
  using Take = std::function<void(const Spectra& reference, const Spectra& degraded)>;

  SpectrumFrames(size_t window, size_t hop, size_t channels);

  // The next `samples` of both, planar. Calls `take` for each frame that they complete.
  void Push(const float* const* reference, const float* const* degraded, size_t samples,
            const Take& take);

  size_t window() const { return spectrum_.window(); }
  size_t channels() const { return signals_[0].pending.size(); }

 private:
  struct Signal {
    std::vector<std::vector<double>> pending;  // [channel]: samples of frames to come
    Spectra spectra;                           // of this frame
  };

  HannSpectrum spectrum_;
  size_t hop_;
  std::array<Signal, 2> signals_;  // the reference and the degraded one
};

// Magnitudes of frames a quarter of a window apart, centred on samples 0, window / 4 ...: the
// signals are reflected at both ends, without repeating the end samples.
class ReflectedFrames {
 public:
  // Magnitudes of one channel in one frame, window / 2 + 1 bins.
  using Take =
      std::function<void(std::span<const double> reference, std::span<const double> degraded)>;

  ReflectedFrames(size_t window, size_t channels);

  void Push(const float* const* reference, const float* const* degraded, size_t samples,
            const Take& take);
  // Ends the signals, which had at least one sample.
  void Finish(const Take& take);

 private:
  using Signal = std::vector<std::vector<double>>;  // [channel][sample]

  template <typename F>
  void ForEachChannel(F change);
  void TakeFrames(const Take& take);
  void Magnitudes(std::span<const double> samples, std::vector<double>& magnitudes);

  HannSpectrum spectrum_;
  std::vector<std::complex<double>> bins_;
  std::vector<double> reference_magnitudes_;
  std::vector<double> degraded_magnitudes_;
  Signal reference_;  // what is not yet in every frame that it belongs to
  Signal degraded_;
  bool begun_ = false;  // the reflection in front is in place
};

}  // namespace motet::metrics
