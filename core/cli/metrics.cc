#include "metrics.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <kissfft/kissfft.hh>
#include <numbers>
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

// One window size: cuts the signals of all channels into frames and adds up their differences.
class Scale {
 public:
  Scale(size_t window, size_t bands, bool with_stft, size_t channels)
      : window_(window),
        with_stft_(with_stft),
        bands_(SlaneyBands(window, bands)),
        fft_(window / 2, false),
        shape_(window),
        frame_(window),
        spectrum_(window / 2 + 1),
        reference_magnitudes_(window / 2 + 1),
        degraded_magnitudes_(window / 2 + 1),
        reference_(channels),
        degraded_(channels) {
    for (size_t n = 0; n < window; ++n)
      shape_[n] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) /
                                       static_cast<double>(window));
  }

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

}  // namespace

struct Comparison::State {
  size_t channels;
  std::vector<Scale> scales;
  uint64_t samples = 0;
  double x = 0, y = 0, xx = 0, xy = 0,
         yy = 0;  // sums over all channels: x the reference, y the degraded signal
};

Comparison::Comparison(int channels)
    : state_(
          std::make_unique<State>(State{.channels = static_cast<size_t>(channels), .scales = {}})) {
  size_t bands = 5;
  for (size_t window = 32; window <= 2048; window *= 2, bands *= 2) {
    state_->scales.emplace_back(window, bands, window == 512 || window == 2048, state_->channels);
  }
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
