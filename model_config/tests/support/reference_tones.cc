#include "reference_tones.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace motet::testing {
namespace {

constexpr double kBegins = 6, kGoesOn = 3;      // dB above the surroundings
constexpr double kBonusOn = 6, kBonusNext = 3;  // dB
constexpr double kBonusLowest = 3;              // dB, of the lowest line; evenly less above it
constexpr double kQuieter = 0.4;                // dB less for each dB below the loudest line
constexpr double kLeast = 14;                   // dB
constexpr int64_t kReach = 7;                   // bins to either side that are surroundings

// Of the `samples` of one turn.
double Turns(int64_t part, int64_t samples) {
  return 2 * std::numbers::pi * static_cast<double>(part % samples) / static_cast<double>(samples);
}

}  // namespace

ReferenceTones::ReferenceTones(const ModelConfig& config) : config_(config), tones_(*config.tones) {
  for (int64_t n = 0; n < window(); ++n) turn_.push_back(std::polar(1.0, -Turns(n, window())));
}

double ReferenceTones::WindowAt(int64_t n) const {
  return 0.5 - 0.5 * turn_[static_cast<size_t>(n)].real();
}

std::complex<double> ReferenceTones::Bin(const std::vector<double>& signal, int64_t packet,
                                         int64_t k) const {
  // The window ends with the packet before.
  const int64_t begin = packet * config_.packet - window();
  std::complex<double> sum = 0;
  for (int64_t n = std::max<int64_t>(0, -begin); n < window(); ++n) {
    sum += WindowAt(n) * signal[static_cast<size_t>(begin + n)] *
           turn_[static_cast<size_t>(k * n % window())];
  }
  return sum;
}

ReferenceTones::Window ReferenceTones::Analyse(const std::vector<double>& mean,
                                               int64_t packet) const {
  const int64_t last_bin = window() / 2;
  const int64_t low = std::max<int64_t>(0, tones_.first - 1 - kReach);
  const int64_t high = std::min(last_bin, tones_.first + tones_.lines + kReach);
  std::map<int64_t, double> level;
  for (int64_t k = low; k <= high; ++k) {
    const double amplitude = 4 / static_cast<double>(window()) * std::abs(Bin(mean, packet, k));
    level[k] = 20 * std::log10(amplitude + 1e-7);
  }
  Window result;
  for (int64_t k = tones_.first - 1; k <= tones_.first + tones_.lines; ++k) {
    double sum = 0, count = 0;
    for (int64_t j = k - kReach; j <= k + kReach; ++j) {
      if (j < 0 || j > last_bin) continue;
      sum += level.at(j);
      ++count;
    }
    result.level.push_back(level.at(k));
    result.above.push_back(level.at(k) - sum / count);
  }
  return result;
}

bool ReferenceTones::IsPeak(const Window& window, int64_t line) const {
  if (line < 0 || line >= tones_.lines) return false;
  const double here = window.A(line);
  return here >= window.A(line - 1) && here >= window.A(line + 1) && here > kBegins &&
         window.D(line) > TonesConfig::kFloorDb;
}

bool ReferenceTones::PeakNearby(const Window& window, int64_t line) const {
  return IsPeak(window, line - 1) || IsPeak(window, line) || IsPeak(window, line + 1);
}

std::vector<bool> ReferenceTones::Select(const Window& now, const Window& next,
                                         const std::vector<bool>& before) const {
  struct Candidate {
    int64_t line;
    double score;
  };
  double loudest = -std::numeric_limits<double>::infinity();
  for (int64_t line = 0; line < tones_.lines; ++line) loudest = std::max(loudest, now.D(line));
  std::vector<Candidate> candidates;
  for (int64_t line = 0; line < tones_.lines; ++line) {
    const bool on = before[static_cast<size_t>(line)];
    const bool begins = IsPeak(now, line) && PeakNearby(next, line);
    const bool goes_on = on && now.A(line) > kGoesOn && now.D(line) > TonesConfig::kFloorDb;
    if (!begins && !goes_on) continue;
    const double height = static_cast<double>(line) / static_cast<double>(tones_.lines);
    const double score = now.A(line) - kQuieter * (loudest - now.D(line)) + (on ? kBonusOn : 0) +
                         (PeakNearby(next, line) ? kBonusNext : 0) + kBonusLowest * (1 - height);
    if (score >= kLeast) candidates.push_back({line, score});
  }
  // Of equals the lower line stays in front.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  std::vector<bool> kept(static_cast<size_t>(tones_.lines));
  for (size_t i = 0; i < std::min(candidates.size(), static_cast<size_t>(tones_.count)); ++i) {
    kept[static_cast<size_t>(candidates[i].line)] = true;
  }
  return kept;
}

int64_t ReferenceTones::PlaceOf(std::complex<double> mean, std::complex<double> side) const {
  const double turns = std::arg(mean) / (2 * std::numbers::pi);
  const int64_t steps = std::lround(turns * static_cast<double>(tones_.phases));
  const int64_t phase = (steps + tones_.phases) % tones_.phases;
  // Left less right, as a share of their sum, as far as they are in phase.
  const double balance = std::clamp((side / mean).real(), -1.0, 1.0);
  const int64_t middle = tones_.pans / 2;
  const int64_t pan = middle + std::lround(balance * static_cast<double>(middle));
  return pan * tones_.phases + phase;
}

std::vector<PacketTones> ReferenceTones::Pick(const std::vector<std::vector<float>>& pcm) const {
  std::vector<double> mean, side;
  for (size_t i = 0; i < pcm[0].size(); ++i) {
    mean.push_back((static_cast<double>(pcm[0][i]) + pcm[1][i]) / 2);
    side.push_back((static_cast<double>(pcm[0][i]) - pcm[1][i]) / 2);
  }
  const size_t packets = mean.size() / static_cast<size_t>(config_.packet);
  std::vector<Window> windows;
  for (size_t p = 0; p <= packets; ++p) {
    windows.push_back(Analyse(mean, static_cast<int64_t>(p)));
  }
  const std::vector<bool> none(static_cast<size_t>(tones_.lines));
  std::vector<std::vector<bool>> kept(packets, none);
  for (int64_t round = 0; round < TonesConfig::kRounds; ++round) {
    std::vector<std::vector<bool>> next;
    for (size_t p = 0; p < packets; ++p) {
      next.push_back(Select(windows[p], windows[p + 1], p == 0 ? none : kept[p - 1]));
    }
    kept = next;
  }
  std::vector<PacketTones> result(packets);
  for (size_t p = 0; p < packets; ++p) {
    for (int64_t line = 0; line < tones_.lines; ++line) {
      if (!kept[p][static_cast<size_t>(line)]) continue;
      const auto level = static_cast<int64_t>(
          std::lround((windows[p].D(line) - TonesConfig::kFloorDb) / tones_.step_db));
      const auto packet = static_cast<int64_t>(p), k = tones_.first + line;
      const int64_t place = PlaceOf(Bin(mean, packet, k), Bin(side, packet, k));
      result[p][line] = std::clamp<int64_t>(level, 0, TonesConfig::kLevels - 1) + 32 * place;
    }
  }
  return result;
}

std::vector<uint8_t> ReferenceTones::Bytes(const PacketTones& tones) const {
  std::vector<uint8_t> bytes;
  for (const auto& [line, tone] : tones) {
    bytes.push_back(static_cast<uint8_t>(1 + line));
    bytes.push_back(static_cast<uint8_t>(tone % 32));
    if (tones_.phases > 1 || tones_.pans > 1) bytes.push_back(static_cast<uint8_t>(tone / 32));
  }
  bytes.resize(static_cast<size_t>(tones_.bytes()));
  return bytes;
}

PacketTones ReferenceTones::Read(std::span<const uint8_t> bytes) const {
  PacketTones tones;
  const size_t each = tones_.phases > 1 || tones_.pans > 1 ? 3 : 2;
  for (size_t i = 0; i < bytes.size(); i += each) {
    if (bytes[i] == 0 || bytes[i] > tones_.lines) continue;
    const int64_t level = std::min<int64_t>(bytes[i + 1], TonesConfig::kLevels - 1);
    const int64_t place =
        each == 3 ? std::min<int64_t>(bytes[i + 2], tones_.phases * tones_.pans - 1) : 0;
    tones[bytes[i] - 1] = 32 * place + level;
  }
  return tones;
}

std::vector<double> ReferenceTones::Row(const PacketTones& tones) const {
  std::vector<double> row(static_cast<size_t>(tones_.row()));
  for (const auto& [line, tone] : tones) {
    const double above = (6 + tones_.step_db * static_cast<double>(tone % 32)) / 20;
    row[static_cast<size_t>(line)] = above;
    if (tones_.pans > 1)
      row[static_cast<size_t>(tones_.lines + line)] =
          above * tones_.side(tone / 32 / tones_.phases);
  }
  return row;
}

std::array<std::vector<double>, 2> ReferenceTones::Sound(const std::vector<PacketTones>& packets,
                                                         int64_t early) const {
  const int64_t delay = config_.delay() - early;
  const auto end = static_cast<int64_t>(packets.size()) * config_.packet;
  std::array<std::vector<double>, 2> y;
  for (std::vector<double>& channel : y) channel.resize(static_cast<size_t>(end));
  for (size_t p = 0; p < packets.size(); ++p) {
    const int64_t begin = static_cast<int64_t>(p) * config_.packet + delay - window();
    for (const auto& [line, tone] : packets[p]) {
      const int64_t k = tones_.first + line, place = tone / 32;
      const double amplitude = std::pow(10.0, tones_.level_db(tone % 32) / 20);
      const double side = tones_.side(place / tones_.phases);
      for (int64_t n = begin; n < std::min(begin + window(), end); ++n) {
        // Counted from a window before the stream's beginning, so that it is not negative.
        const int64_t since = n - delay + window();
        const int64_t step =
            tones_.phases == 1 ? k * since + TonesConfig::Phase(k, window())
                               : k * (n - begin) + place % tones_.phases * window() / tones_.phases;
        const double sound = amplitude * WindowAt(n - begin) * std::cos(Turns(step, window()));
        y[0][static_cast<size_t>(n)] += (1 + side) * sound;
        y[1][static_cast<size_t>(n)] += (1 - side) * sound;
      }
    }
  }
  return y;
}

}  // namespace motet::testing
