#include "metrics/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <kissfft/kissfft.hh>
#include <numbers>
#include <optional>
#include <span>
#include <vector>

namespace motet::metrics {
namespace {

constexpr double kFloor = 1e-5;

double FloorLog10(double magnitude) { return std::log10(std::max(magnitude, kFloor)); }

// Slaney's mel scale (Auditory Toolbox, 1998): linear below 1000 Hz, logarithmic above.
double HzToMel(double hz) {
  return hz < 1000 ? hz * 3 / 200 : 15 + std::log(hz / 1000) * 27 / std::log(6.4);
}
double MelToHz(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp((mel - 15) * std::log(6.4) / 27);
}

// One triangular band of unit area over consecutive bins.
struct Band {
  size_t first_bin = 0;
  std::vector<double> weights;
};

std::vector<Band> SlaneyBands(size_t window, size_t count) {
  std::vector<double> edges(count + 2);
  const double top = HzToMel(kSampleRate / 2.0);
  for (size_t i = 0; i < edges.size(); ++i)
    edges[i] = MelToHz(top * static_cast<double>(i) / static_cast<double>(count + 1));
  std::vector<Band> bands(count);
  for (size_t band = 0; band < count; ++band) {
    const double low = edges[band];
    const double centre = edges[band + 1];
    const double high = edges[band + 2];
    for (size_t bin = 0; bin <= window / 2; ++bin) {
      const double hz = static_cast<double>(bin) * kSampleRate / static_cast<double>(window);
      const double weight =
          std::min((hz - low) / (centre - low), (high - hz) / (high - centre)) * 2 / (high - low);
      if (weight <= 0) continue;
      if (bands[band].weights.empty()) bands[band].first_bin = bin;
      bands[band].weights.push_back(weight);
    }
  }
  return bands;
}

// Index into a signal of `size` samples that is reflected at both ends, without repeating the end
// samples.
size_t Reflect(ptrdiff_t index, size_t size) {
  if (size == 1) return 0;
  const auto period = static_cast<ptrdiff_t>(2 * (size - 1));
  index = ((index % period) + period) % period;
  return static_cast<size_t>(std::min(index, period - index));
}

std::vector<double> HannWindow(size_t size) {  // periodic
  std::vector<double> window(size);
  for (size_t n = 0; n < size; ++n)
    window[n] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) /
                                     static_cast<double>(size));
  return window;
}

// One window size: cuts the signals of all channels into frames and adds up their differences.
class Scale {
 public:
  Scale(size_t window, size_t bands, bool with_stft, size_t channels)
      : window_(window),
        with_stft_(with_stft),
        bands_(SlaneyBands(window, bands)),
        fft_(window / 2, false),
        shape_(HannWindow(window)),
        frame_(window),
        spectrum_(window / 2 + 1),
        reference_magnitudes_(window / 2 + 1),
        degraded_magnitudes_(window / 2 + 1),
        reference_(channels),
        degraded_(channels) {}

  void Push(const float* const* reference, const float* const* degraded, size_t samples) {
    for (size_t channel = 0; channel < reference_.size(); ++channel) {
      reference_[channel].insert(reference_[channel].end(), reference[channel],
                                 reference[channel] + samples);
      degraded_[channel].insert(degraded_[channel].end(), degraded[channel],
                                degraded[channel] + samples);
    }
    if (!begun_) {
      if (reference_[0].size() <= window_ / 2) return;
      ForEachSignal([this](std::vector<double>& signal) { ReflectBefore(signal); });
      begun_ = true;
    }
    TakeFrames();
  }

  void Finish() {
    if (!begun_) {  // shorter than half a window: both ends at once
      ForEachSignal([this](std::vector<double>& signal) { ReflectShort(signal); });
    } else {
      ForEachSignal([this](std::vector<double>& signal) { ReflectAfter(signal); });
    }
    TakeFrames();
  }

  double mel() const { return Mean(mel_sum_, bands_.size()); }
  double stft() const { return with_stft_ ? Mean(stft_sum_, window_ / 2 + 1) : 0; }

 private:
  template <typename F>
  void ForEachSignal(F change) {
    std::ranges::for_each(reference_, change);
    std::ranges::for_each(degraded_, change);
  }

  double Mean(double sum, size_t values) const {
    return frames_ > 0 ? sum / static_cast<double>(frames_ * values * reference_.size()) : 0;
  }

  void ReflectBefore(std::vector<double>& signal) const {
    std::vector<double> before(window_ / 2);
    for (size_t i = 0; i < before.size(); ++i) before[i] = signal[before.size() - i];
    signal.insert(signal.begin(), before.begin(), before.end());
  }

  void ReflectAfter(std::vector<double>& signal) const {
    const size_t last = signal.size() - 1;
    for (size_t i = 1; i <= window_ / 2; ++i) signal.push_back(signal[last - i]);
  }

  void ReflectShort(std::vector<double>& signal) const {
    const std::vector<double> middle = signal;
    const auto half = static_cast<ptrdiff_t>(window_ / 2);
    signal.clear();
    for (ptrdiff_t i = -half; i < static_cast<ptrdiff_t>(middle.size()) + half; ++i)
      signal.push_back(middle[Reflect(i, middle.size())]);
  }

  void TakeFrames() {
    size_t begin = 0;
    for (; reference_[0].size() - begin >= window_; begin += window_ / 4) {
      for (size_t channel = 0; channel < reference_.size(); ++channel) {
        Magnitudes(std::span(reference_[channel]).subspan(begin, window_), reference_magnitudes_);
        Magnitudes(std::span(degraded_[channel]).subspan(begin, window_), degraded_magnitudes_);
        AddDifferences();
      }
      ++frames_;
    }
    ForEachSignal([begin](std::vector<double>& signal) {
      signal.erase(signal.begin(), signal.begin() + static_cast<ptrdiff_t>(begin));
    });
  }

  void Magnitudes(std::span<const double> samples, std::vector<double>& magnitudes) {
    for (size_t n = 0; n < window_; ++n) frame_[n] = samples[n] * shape_[n];
    fft_.transform_real(frame_.data(), spectrum_.data());
    magnitudes.front() = std::abs(spectrum_[0].real());
    magnitudes.back() = std::abs(spectrum_[0].imag());  // kissfft keeps the Nyquist bin there
    for (size_t k = 1; k < window_ / 2; ++k) magnitudes[k] = std::sqrt(std::norm(spectrum_[k]));
  }

  void AddDifferences() {
    for (const Band& band : bands_) {
      double a = 0;
      double b = 0;
      for (size_t i = 0; i < band.weights.size(); ++i) {
        a += band.weights[i] * reference_magnitudes_[band.first_bin + i];
        b += band.weights[i] * degraded_magnitudes_[band.first_bin + i];
      }
      mel_sum_ += std::abs(FloorLog10(a) - FloorLog10(b));
    }
    if (!with_stft_) return;
    for (size_t k = 0; k < reference_magnitudes_.size(); ++k) {
      const double a = reference_magnitudes_[k];
      const double b = degraded_magnitudes_[k];
      stft_sum_ += 2 * std::abs(FloorLog10(a) - FloorLog10(b)) + std::abs(a - b);
    }
  }

  size_t window_;
  bool with_stft_;
  std::vector<Band> bands_;
  kissfft<double> fft_;  // of half the size: two real samples are one complex one
  std::vector<double> shape_;
  std::vector<double> frame_;
  std::vector<std::complex<double>> spectrum_;
  std::vector<double> reference_magnitudes_;
  std::vector<double> degraded_magnitudes_;
  std::vector<std::vector<double>>
      reference_;  // [channel]: what is not yet in every frame that it belongs to
  std::vector<std::vector<double>> degraded_;
  bool begun_ = false;  // the reflection in front is in place
  double mel_sum_ = 0;
  double stft_sum_ = 0;
  uint64_t frames_ = 0;
};

// Calls add(window, bands) for each window of the mel distance.
template <typename F>
void ForEachMelWindow(F add) {
  size_t bands = 5;
  for (size_t window = 32; window <= 2048; window *= 2, bands *= 2) add(window, bands);
}

// The mel distance of mid and side.
class MidSide {
 public:
  MidSide() {
    ForEachMelWindow(
        [this](size_t window, size_t bands) { scales_.emplace_back(window, bands, false, 2); });
  }

  void Push(const float* const* reference, const float* const* degraded, size_t samples) {
    reference_.Split(reference, samples);
    degraded_.Split(degraded, samples);
    for (Scale& scale : scales_) scale.Push(reference_.pointers(), degraded_.pointers(), samples);
  }

  double FinishMel() {
    double mel = 0;
    for (Scale& scale : scales_) {
      scale.Finish();
      mel += scale.mel();
    }
    return mel;
  }

 private:
  // Of this block.
  class Signal {
   public:
    void Split(const float* const* stereo, size_t samples) {
      constexpr auto kHalfPower = static_cast<float>(1 / std::numbers::sqrt2);
      mid_.resize(samples);
      side_.resize(samples);
      for (size_t i = 0; i < samples; ++i) {
        mid_[i] = (stereo[0][i] + stereo[1][i]) * kHalfPower;
        side_[i] = (stereo[0][i] - stereo[1][i]) * kHalfPower;
      }
      pointers_ = {mid_.data(), side_.data()};
    }
    const float* const* pointers() const { return pointers_.data(); }

   private:
    std::vector<float> mid_, side_;
    std::vector<const float*> pointers_;
  };

  std::vector<Scale> scales_;
  Signal reference_, degraded_;
};

// What one number per moment does not say: how wide the stereo image is, and how high the spectrum
// goes. Frames begin with the signal; what is left at its end is not looked at.
class LongTerm {
 public:
  explicit LongTerm(size_t channels)
      : bands_(SlaneyBands(kWindow, kCoherenceBands)),
        fft_(kWindow / 2, false),
        shape_(HannWindow(kWindow)),
        frame_(kWindow),
        signals_{Signal(channels), Signal(channels)} {}

  void Push(const float* const* reference, const float* const* degraded, size_t samples) {
    const std::array<const float* const*, 2> inputs = {reference, degraded};
    for (size_t s = 0; s < signals_.size(); ++s) {
      for (size_t channel = 0; channel < signals_[s].pending.size(); ++channel) {
        auto& pending = signals_[s].pending[channel];
        pending.insert(pending.end(), inputs[s][channel], inputs[s][channel] + samples);
      }
    }
    size_t begin = 0;
    const size_t available = signals_[0].pending[0].size();
    for (; available - begin >= kWindow; begin += kHop) TakeFrame(begin);
    for (Signal& signal : signals_) {
      for (auto& pending : signal.pending)
        pending.erase(pending.begin(), pending.begin() + static_cast<ptrdiff_t>(begin));
    }
  }

  void Finish(Distances& distances) {
    if (frames_ > 0) EndBlock();
    if (compared_ > 0) distances.coherence_error = error_sum_ / static_cast<double>(compared_);
    const auto& reference = signals_[0].power;
    const auto& degraded = signals_[1].power;
    const double strongest = *std::ranges::max_element(reference);
    for (size_t band = 0; band < kPowerBands; ++band) {
      if (reference[band] <= strongest * kPresent) continue;
      const double edge = kBandHz * static_cast<double>(band + 1);
      distances.reference_bandwidth_hz = edge;
      if (degraded[band] >= reference[band] * kKept) distances.bandwidth_hz = edge;
    }
  }

 private:
  static constexpr size_t kWindow = 2048, kHop = 1024, kBlockFrames = 16, kCoherenceBands = 40;
  static constexpr double kBandHz = 500;
  static constexpr size_t kPowerBands = kSampleRate / 2 / 500;
  static constexpr double kPresent = 1e-9, kKept = 0.1, kSilence = 1e-10;  // ratios of power

  struct Signal {
    explicit Signal(size_t channels)
        : pending(channels), spectra(channels, std::vector<std::complex<double>>(kWindow / 2)) {}
    std::vector<std::vector<double>> pending;                // [channel][sample]
    std::vector<std::vector<std::complex<double>>> spectra;  // [channel][bin], of this frame
    std::array<double, kPowerBands> power{};                 // of everything so far
    struct Sums {
      double left = 0, right = 0;
      std::complex<double> cross;
    };
    std::array<Sums, kCoherenceBands> sums{};  // of this block
  };

  void TakeFrame(size_t begin) {
    for (Signal& signal : signals_) {
      for (size_t channel = 0; channel < signal.pending.size(); ++channel) {
        auto& spectrum = signal.spectra[channel];
        for (size_t n = 0; n < kWindow; ++n)
          frame_[n] = signal.pending[channel][begin + n] * shape_[n];
        fft_.transform_real(frame_.data(), spectrum.data());
        spectrum[0] = spectrum[0].real();  // kissfft keeps the Nyquist bin beside it
        for (size_t k = 1; k < kWindow / 2; ++k) {
          const double hz = static_cast<double>(k) * kSampleRate / kWindow;
          const auto band = static_cast<size_t>(hz / kBandHz);
          if (band < kPowerBands) signal.power[band] += std::norm(spectrum[k]);
        }
      }
      if (signal.spectra.size() == 2) AddCrossSpectra(signal);
    }
    if (++frames_ == kBlockFrames) EndBlock();
  }

  void AddCrossSpectra(Signal& signal) const {
    for (size_t band = 0; band < bands_.size(); ++band) {
      auto& sums = signal.sums[band];
      for (size_t i = 0; i < bands_[band].weights.size(); ++i) {
        const size_t bin = bands_[band].first_bin + i;
        if (bin >= kWindow / 2) break;
        const double weight = bands_[band].weights[i];
        const auto left = signal.spectra[0][bin];
        const auto right = signal.spectra[1][bin];
        sums.left += weight * std::norm(left);
        sums.right += weight * std::norm(right);
        sums.cross += weight * left * std::conj(right);
      }
    }
  }

  void EndBlock() {
    // Power of a full-scale sine in a bin, times the weight of a band's bins, times the frames.
    for (size_t band = 0; band < bands_.size() && signals_[0].spectra.size() == 2; ++band) {
      double weight = 0;
      for (const double w : bands_[band].weights) weight += w;
      const double least =
          kSilence * weight * (kWindow / 4.0) * (kWindow / 4.0) * static_cast<double>(frames_);
      const auto& reference = signals_[0].sums[band];
      if (reference.left < least || reference.right < least) continue;
      const auto coherence = [&](const Signal::Sums& sums) {
        const double power = std::sqrt(sums.left * sums.right);
        return power > 0 ? std::abs(sums.cross) / power : 0;
      };
      error_sum_ += std::abs(coherence(reference) - coherence(signals_[1].sums[band]));
      ++compared_;
    }
    for (Signal& signal : signals_) signal.sums.fill({});
    frames_ = 0;
  }

  std::vector<Band> bands_;
  kissfft<double> fft_;
  std::vector<double> shape_;
  std::vector<double> frame_;
  std::array<Signal, 2> signals_;  // the reference and the degraded one
  size_t frames_ = 0;              // in this block
  double error_sum_ = 0;
  uint64_t compared_ = 0;
};

}  // namespace

struct Comparison::State {
  size_t channels;
  std::vector<Scale> scales;
  std::optional<MidSide> mid_side;  // of two channels
  LongTerm long_term;
  uint64_t samples = 0;
  double x = 0, y = 0, xx = 0, xy = 0,
         yy = 0;  // sums over all channels: x the reference, y the degraded signal
};

Comparison::Comparison(int channels)
    : state_(std::make_unique<State>(State{.channels = static_cast<size_t>(channels),
                                           .scales = {},
                                           .mid_side = {},
                                           .long_term = LongTerm(static_cast<size_t>(channels))})) {
  ForEachMelWindow([this](size_t window, size_t bands) {
    state_->scales.emplace_back(window, bands, window == 512 || window == 2048, state_->channels);
  });
  if (channels == 2) state_->mid_side.emplace();
}

Comparison::~Comparison() = default;

void Comparison::Push(const float* const* reference, const float* const* degraded,
                      uint64_t samples) {
  if (samples == 0) return;
  State& s = *state_;
  s.samples += samples;
  for (size_t channel = 0; channel < s.channels; ++channel) {
    for (size_t i = 0; i < samples; ++i) {
      const double x = reference[channel][i];
      const double y = degraded[channel][i];
      s.x += x;
      s.y += y;
      s.xx += x * x;
      s.xy += x * y;
      s.yy += y * y;
    }
  }
  for (Scale& scale : s.scales) scale.Push(reference, degraded, samples);
  if (s.mid_side) s.mid_side->Push(reference, degraded, samples);
  s.long_term.Push(reference, degraded, samples);
}

Distances Comparison::Finish() {
  State& s = *state_;
  Distances distances{.samples = s.samples};
  if (s.samples == 0) return distances;
  for (Scale& scale : s.scales) {
    scale.Finish();
    distances.mel += scale.mel();
    distances.stft += scale.stft();
  }
  if (s.mid_side) distances.mel_mid_side = s.mid_side->FinishMel();
  s.long_term.Finish(distances);
  constexpr double kEpsilon = 1e-8;  // DAC's, so that silence has a value
  const double count = static_cast<double>(s.samples) * static_cast<double>(s.channels);
  const double xx = s.xx - s.x * s.x / count;
  const double xy = s.xy - s.x * s.y / count;
  const double yy = s.yy - s.y * s.y / count;
  const double gain = xy / (xx + kEpsilon);
  const double signal = gain * gain * xx;
  const double noise = std::max(0.0, yy - 2 * gain * xy + gain * gain * xx);
  distances.si_sdr_db = 10 * std::log10((signal + kEpsilon) / (noise + kEpsilon));
  return distances;
}

}  // namespace motet::metrics
