#include "logging/spectrogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <kissfft/kissfft.hh>
#include <vector>

namespace motet::logging {
namespace {

// From black over violet and orange to a pale yellow: lightness rises evenly, so that the picture
// also reads in grey.
constexpr std::array<std::array<double, 3>, 6> kColours = {
    {{0, 0, 4}, {59, 15, 112}, {140, 41, 129}, {222, 73, 104}, {254, 159, 109}, {252, 253, 191}}};

// level 0…1
std::array<std::uint8_t, 3> Colour(double level) {
  const double at = std::clamp(level, 0.0, 1.0) * (kColours.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(at), kColours.size() - 2);
  const double share = at - static_cast<double>(i);
  std::array<std::uint8_t, 3> colour{};
  for (std::size_t c = 0; c < 3; ++c) {
    colour[c] = static_cast<std::uint8_t>(
        std::lround(kColours[i][c] * (1 - share) + kColours[i + 1][c] * share));
  }
  return colour;
}

}  // namespace

RgbImage Spectrogram(std::span<const float> samples, int sample_rate,
                     const SpectrogramOptions& options) {
  const auto window = static_cast<std::size_t>(options.window);
  std::vector<float> padded(samples.begin(), samples.end());
  padded.resize(std::max(padded.size(), window));
  const std::size_t bins = window / 2 + 1;
  const auto columns = static_cast<int>((padded.size() - window) / options.hop + 1);

  std::vector<double> hann(window);
  for (std::size_t i = 0; i < window; ++i)
    hann[i] = 0.5 - 0.5 * std::cos(2 * M_PI * static_cast<double>(i) / options.window);

  // Edges of the rows' bands, as positions among the bins, from the bottom up.
  std::vector<double> edges;
  const double ratio = options.highest_hz / options.lowest_hz;
  for (int i = 0; i <= options.height; ++i) {
    const double hz = options.lowest_hz * std::pow(ratio, static_cast<double>(i) / options.height);
    edges.push_back(std::min(hz * options.window / sample_rate, static_cast<double>(bins - 1)));
  }

  RgbImage image{columns, options.height, {}};
  image.pixels.resize(static_cast<std::size_t>(columns) * options.height * 3);
  kissfft<double> fft(window, false);
  std::vector<std::complex<double>> in(window), out(window);
  std::vector<double> db(bins);
  for (int column = 0; column < columns; ++column) {
    const float* from = padded.data() + static_cast<std::size_t>(column) * options.hop;
    for (std::size_t i = 0; i < window; ++i) in[i] = from[i] * hann[i];
    fft.transform(in.data(), out.data());
    // A full-scale sine has magnitude window/4 under a Hann window.
    for (std::size_t i = 0; i < bins; ++i)
      db[i] = 20 * std::log10(std::abs(out[i]) / (options.window / 4.0) + 1e-12);
    for (int row = 0; row < options.height; ++row) {
      const double low = edges[row], high = edges[row + 1];
      // Between bins where the band is narrower than one, the strongest bin where it is wider.
      const auto below = static_cast<std::size_t>(low);
      const double share = low - static_cast<double>(below);
      double level = db[below] * (1 - share) + db[std::min(below + 1, bins - 1)] * share;
      for (auto bin = below + 1; static_cast<double>(bin) <= high; ++bin)
        level = std::max(level, db[bin]);
      const auto colour =
          Colour((level - options.floor_db) / (options.ceiling_db - options.floor_db));
      const std::size_t y = static_cast<std::size_t>(options.height - 1 - row);
      std::copy(
          colour.begin(), colour.end(),
          image.pixels.begin() +
              static_cast<std::ptrdiff_t>(
                  (y * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column)) * 3));
    }
  }
  return image;
}

}  // namespace motet::logging
