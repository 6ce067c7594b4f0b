#include "reference_bands.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace motet::testing {
namespace {

constexpr double kSilence = 1e-11;  // added to powers
constexpr uint8_t kHighest = 31;

}  // namespace

size_t ReferenceBands::delay() const {
  return static_cast<size_t>((config_.delay() / config_.analysis.hop - 1) / 4);
}

Rows ReferenceBands::Measure(const std::vector<double>& mid) const {
  const auto packet = static_cast<size_t>(config_.packet), hop = packet / 4;
  const double window = 2 * static_cast<double>(hop), size = static_cast<double>(packet);
  Rows levels(mid.size() / packet, count());
  for (size_t p = 0; p < levels.frames; ++p) {
    for (size_t band = 0; band < count(); ++band) {
      double energy = 0;
      for (size_t t = 4 * p; t < 4 * p + 4; ++t) {
        for (size_t k = edge(band); k < edge(band + 1); ++k) {
          double re = 0, im = 0;
          for (size_t n = t == 0 ? hop : 0; n < 2 * hop; ++n) {
            const double turn = 2 * std::numbers::pi * static_cast<double>(k * n) / window;
            const double windowed = std::sin(std::numbers::pi * static_cast<double>(n) / window) *
                                    mid[t * hop + n - hop];
            re += windowed * std::cos(turn);
            im -= windowed * std::sin(turn);
          }
          energy += (re * re + im * im) / (window / 2);  // 16² for a window of 512
        }
      }
      levels.at(p, band) = (10 * std::log10(energy / size + kSilence) + 93) / bands_.step_db;
    }
  }
  return levels;
}

uint8_t ReferenceBands::Rounded(double level) {
  return static_cast<uint8_t>(std::clamp<int64_t>(std::lround(level), 0, kHighest));
}

std::vector<PacketLevels> ReferenceBands::Levels(const std::vector<double>& mid) const {
  const Rows exact = Measure(mid);
  std::vector<PacketLevels> levels(exact.frames);
  for (size_t p = 0; p < levels.size(); ++p) {
    for (size_t band = 0; band < count(); ++band) levels[p].push_back(Rounded(exact.at(p, band)));
  }
  return levels;
}

PacketLevels ReferenceBands::Read(std::span<const uint8_t> bytes) const {
  PacketLevels levels;
  for (const uint8_t byte : bytes) levels.push_back(std::min(byte, kHighest));
  return levels;
}

Rows ReferenceBands::Told(const std::vector<PacketLevels>& levels) const {
  Rows told(levels.size(), count());
  for (size_t p = 0; p < told.frames; ++p) {
    for (size_t band = 0; band < count(); ++band) told.at(p, band) = levels[p][band] / 8.0;
  }
  return told;
}

Rows ReferenceBands::Gains(const Rows& spectrum, const std::vector<PacketLevels>& levels) const {
  const auto packet = static_cast<double>(config_.packet);
  Rows gains(spectrum.frames / 4, count());
  std::fill(gains.values.begin(), gains.values.end(), 1.0);
  for (size_t p = delay(); p < gains.frames; ++p) {
    for (size_t band = 0; band < count(); ++band) {
      const int level = levels[p - delay()][band];
      if (level == 0) continue;
      double energy = packet * kSilence;
      for (size_t t = 4 * p; t < 4 * p + 4; ++t) {
        for (size_t k = edge(band); k < edge(band + 1); ++k) {
          const double re = spectrum.at(t, Real(k)), im = spectrum.at(t, Imaginary(k));
          energy += re * re + im * im;
        }
      }
      const double wanted = packet * std::pow(10.0, (-93 + bands_.step_db * level) / 10);
      gains.at(p, band) = std::clamp(std::sqrt(wanted / energy), 0.25, 4.0);
    }
  }
  return gains;
}

void ReferenceBands::Apply(const Rows& gains, Rows* spectrum) const {
  for (size_t t = 0; t < spectrum->frames; ++t) {
    for (size_t band = 0; band < count(); ++band) {
      for (size_t k = edge(band); k < edge(band + 1); ++k) {
        spectrum->at(t, Real(k)) *= gains.at(t / 4, band);
        spectrum->at(t, Imaginary(k)) *= gains.at(t / 4, band);
      }
    }
  }
}

}  // namespace motet::testing
