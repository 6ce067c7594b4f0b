// Tests levels of bands against reference_bands.h, which spells docs/ARCHITECTURE.md ("Levels of
// bands") out in double precision: what an encoder measures and what a decoder makes of it, with
// tones and without, for short and long delays; limits, and what stays as it is; that the cut into
// steps does not matter, and that Reset makes them as new.
#include "layers/bands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <ostream>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "layers/analysis.h"
#include "layers/synthesis.h"
#include "random_model.h"
#include "reference_bands.h"

namespace motet::core {
namespace {

using testing::PacketLevels;
using testing::PacketTones;
using testing::ReferenceBands;
using testing::Rows;

constexpr size_t kMaxPackets = 8;
constexpr size_t kBins = 17, kWindow = 32, kHop = 16, kPacket = 64;
constexpr size_t kRow = 2 * kWindow;               // of mid and side
constexpr const char* kAllBins = "[1, 2, 6, 16]";  // that may be

struct Case {
  std::string name;
  std::string config;
  int64_t delay = 7;  // in packets
};
void PrintTo(const Case& which, std::ostream* out) { *out << which.name; }

class Bands : public ::testing::TestWithParam<Case> {
 protected:
  Bands()
      : bytes_(testing::RandomModel(testing::kSmallConfig, 7)),
        file_(*TensorFile::Parse(bytes_, "small")),
        config_(Config()),
        reference_(config_),
        weights_(&file_, "small"),
        builder_(config_, weights_, kMaxPackets) {}

  static ModelConfig Config() {
    ModelConfig config = testing::ConfigOf(GetParam().config);
    if (GetParam().delay < 7) {
      for (LevelConfig& level : config.encoder.levels) level.lookahead = {0};
      for (LevelConfig& level : config.decoder.levels) level.lookahead = {0};
      config.decoder.levels[kCoarse].lookahead = {GetParam().delay};
    }
    return config;
  }
  size_t count() const { return reference_.count(); }
  size_t lines() const { return config_.tones ? static_cast<size_t>(config_.tones->lines) : 0; }
  // Whether a value of a row is of mid and of a bin in a band, and which one that is.
  bool IsInABand(size_t i) const {
    const size_t bin = BinOf(i);
    return i < kWindow && bin >= static_cast<size_t>(config_.bands->edges.front()) &&
           bin < static_cast<size_t>(config_.bands->edges.back());
  }
  static size_t BinOf(size_t i) { return i < kBins ? i : i - kBins + 1; }

  const std::vector<uint8_t> bytes_;
  const TensorFile file_;
  const ModelConfig config_;
  const ReferenceBands reference_;
  Weights weights_;
  Builder builder_;
};

const std::vector<std::vector<size_t>> kCuts = {{8}, {1}, {3, 1, 5}, {2, 8}};

// Calls on_step(first, packets) for all of them.
void InSteps(size_t packets, const std::vector<size_t>& cut,
             const std::function<void(size_t, size_t)>& on_step) {
  for (size_t at = 0, i = 0; at < packets; ++i) {
    const size_t now = std::min(cut[i % cut.size()], packets - at);
    on_step(at, now);
    at += now;
  }
}

// Mid from silence to more than full scale, noise and sinusoids, and then silence.
std::vector<float> Swell(size_t packets) {
  const auto pcm = testing::RandomSound(packets * kPacket, 41);
  std::mt19937 random(42);
  std::vector<float> mid(pcm[0]);
  for (size_t i = 0; i < mid.size(); ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(mid.size());
    const double noise = static_cast<double>(random()) / 4294967296.0 - 0.5;
    const double gain = t > 0.9 ? 0 : 20 * std::pow(10.0, 7 * t - 6.3);
    mid[i] = static_cast<float>(gain * (mid[i] + 0.3 * noise));
  }
  return mid;
}

TEST_P(Bands, AreMeasuredAsTheArchitectureSays) {
  constexpr size_t kPackets = 120;
  const std::vector<float> mid = Swell(kPackets), side(mid.rbegin(), mid.rend());
  Analysis analysis(builder_);
  const BandMeter meter(builder_);
  ASSERT_TRUE(builder_.status().ok());
  const size_t stride = count() + 3;
  const auto measure = [&](const std::vector<size_t>& cut) {
    std::vector<uint8_t> bytes(kPackets * stride, 0xEE);
    InSteps(kPackets, cut, [&](size_t first, size_t packets) {
      std::vector<float> spectrum(packets * 4 * kRow);
      analysis.Step(4 * packets, mid.data() + first * kPacket, side.data() + first * kPacket,
                    spectrum.data());
      // The last packet's bytes end with its levels.
      std::vector<uint8_t> step((packets - 1) * stride + count(), 0xEE);
      meter.Step(packets, spectrum.data(), kRow, step.data(), stride);
      std::copy(step.begin(), step.end(), bytes.begin() + static_cast<ptrdiff_t>(first * stride));
    });
    return bytes;
  };
  const std::vector<uint8_t> bytes = measure(kCuts[0]);
  const Rows exact = reference_.Measure({mid.begin(), mid.end()});
  std::set<int> seen;
  size_t unsure = 0;
  for (size_t p = 0; p < kPackets; ++p) {
    for (size_t band = 0; band < count(); ++band) {
      const int level = bytes[p * stride + band];
      const double wanted = std::clamp(exact.at(p, band), 0.0, 31.0);
      // In the middle between two levels it can be either in single precision.
      ASSERT_NEAR(level, wanted, 0.501) << "packet " << p << ", band " << band;
      unsure += level != ReferenceBands::Rounded(exact.at(p, band));
      seen.insert(level);
    }
    for (size_t i = count(); i < stride; ++i) ASSERT_EQ(bytes[p * stride + i], 0xEE);
  }
  EXPECT_LE(unsure, 2u);
  EXPECT_EQ(seen.size(), 32u) << "all levels";
  for (const std::vector<size_t>& cut : kCuts) {
    analysis.Reset();
    EXPECT_EQ(measure(cut), bytes) << cut[0];
  }
}

// By hand: 1e-11 is added to the power, which lifts what is a little quieter than half a step over
// the floor above it.
TEST_P(Bands, AreMeasuredWithSilenceAdded) {
  const BandMeter meter(builder_);
  const double level = 0.49;
  const double power = std::pow(10.0, (-93 + level * 2.5) / 10);
  ASSERT_GT(10 * std::log10(power + 1e-11), -93 + 0.51 * 2.5);
  std::vector<float> spectrum(4 * kRow);
  const auto bin = static_cast<size_t>(config_.bands->edges[0]);
  spectrum[2 * kRow + bin] = static_cast<float>(std::sqrt(kPacket * power));
  std::vector<uint8_t> levels(count());
  meter.Step(1, spectrum.data(), kRow, levels.data(), count());
  std::vector<uint8_t> wanted(count());
  wanted[0] = 1;
  EXPECT_EQ(levels, wanted);
}

// What a decoder gets: rows of mid and side, levels, tones of each line.
struct Input {
  std::vector<float> spectrum;
  std::vector<uint8_t> levels;
  std::vector<Tone> tones;
};

Input RandomInput(size_t packets, size_t count, size_t lines, size_t places) {
  std::mt19937 random(43);
  Input input;
  for (size_t i = 0; i < packets * 4 * kRow; ++i) {
    // In each packet as loud as it may be, and in one silent.
    const size_t packet = i / (4 * kRow);
    const double gain = packet == 20 ? 0 : std::pow(10.0, static_cast<double>(packet % 5) - 4);
    input.spectrum.push_back(
        static_cast<float>(gain * (static_cast<double>(random()) / 2147483648.0 - 1)));
  }
  for (size_t i = 0; i < packets * count; ++i) {
    const uint32_t kind = random() % 8;
    input.levels.push_back(static_cast<uint8_t>(kind == 0   ? 0
                                                : kind == 1 ? 32 + random() % 224
                                                            : 1 + random() % 31));
  }
  for (size_t i = 0; i < packets * lines; ++i) {
    Tone& tone = input.tones.emplace_back();
    if (random() % 10 != 0) continue;
    tone.level = static_cast<uint8_t>(random() % 25);
    tone.place = static_cast<uint8_t>(random() % places);
  }
  return input;
}

// What gains make of it.
std::vector<float> Gained(BandGains& gains, const Input& input, size_t count,
                          const std::vector<size_t>& cut) {
  const size_t packets = input.spectrum.size() / (4 * kRow);
  const size_t lines = input.tones.size() / packets;
  std::vector<float> out;
  InSteps(packets, cut, [&](size_t first, size_t now) {
    // Of their own, so that reading or writing past the end is noticed.
    const auto part = [&](const auto& all, size_t each) {
      const auto begin = all.begin() + static_cast<ptrdiff_t>(first * each);
      return std::vector(begin, begin + static_cast<ptrdiff_t>(now * each));
    };
    const std::vector<uint8_t> levels = part(input.levels, count);
    const std::vector<Tone> tones = part(input.tones, lines);
    gains.Expect(now, levels.data(), lines > 0 ? tones.data() : nullptr);
    std::vector<float> rows = part(input.spectrum, 4 * kRow);
    gains.Apply(now, rows.data(), kRow);
    out.insert(out.end(), rows.begin(), rows.end());
  });
  return out;
}

TEST_P(Bands, AreBroughtWhereTheArchitectureSays) {
  constexpr size_t kPackets = 60;
  BandGains gains(builder_);
  LayerList layers = builder_.TakeLayers();
  ASSERT_TRUE(builder_.status().ok());
  const Input input = RandomInput(kPackets, count(), lines(),
                                  config_.tones ? static_cast<size_t>(config_.tones->places()) : 1);
  const std::vector<float> found = Gained(gains, input, count(), kCuts[0]);

  Rows magnitudes(4 * kPackets, kBins);
  for (size_t t = 0; t < magnitudes.frames; ++t) {
    for (size_t i = 0; i < kWindow; ++i) {
      const double value = input.spectrum[t * kRow + i];
      magnitudes.at(t, BinOf(i)) = std::hypot(magnitudes.at(t, BinOf(i)), value);
    }
  }
  std::vector<PacketLevels> levels(kPackets);
  std::vector<PacketTones> tones(kPackets);
  for (size_t p = 0; p < kPackets; ++p) {
    levels[p] = reference_.Read(std::span(input.levels).subspan(p * count(), count()));
    for (size_t line = 0; line < lines(); ++line) {
      const Tone& tone = input.tones[p * lines() + line];
      if (tone.is_there()) tones[p][static_cast<int64_t>(line)] = 32 * tone.place + tone.level;
    }
  }
  const Rows wanted = reference_.Gains(magnitudes, levels, tones);
  Rows gain_of(4 * kPackets, kBins);
  std::fill(gain_of.values.begin(), gain_of.values.end(), 1.0);
  reference_.Apply(wanted, &gain_of);
  for (size_t i = 0; i < found.size(); ++i) {
    const float before = input.spectrum[i];
    const double gain = gain_of.at(i / kRow, BinOf(i % kRow % kWindow));
    if (IsInABand(i % kRow)) {
      ASSERT_NEAR(found[i], before * gain, 1e-5 * std::abs(before * gain)) << i;
    } else {
      ASSERT_EQ(found[i], before) << i;
    }
  }
  std::array<size_t, 4> kinds = {};
  for (const double gain : wanted.values)
    ++kinds[gain == 1 ? 0 : gain <= 0.25 ? 1 : gain < 4 ? 2 : 3];
  for (const size_t kind : kinds) EXPECT_GT(kind, 5u) << "gains of all kinds";

  for (const std::vector<size_t>& cut : kCuts) {
    (void)Gained(gains, RandomInput(11, count(), lines(), 1), count(), {8});
    layers.Reset();
    EXPECT_EQ(Gained(gains, input, count(), cut), found) << cut[0];
  }
}

using BandsWithoutTones = Bands;

// By hand: each value of mid is 0.01.
TEST_P(BandsWithoutTones, AreBroughtNoFurtherThanTwelveDecibels) {
  BandGains gains(builder_);
  LayerList layers = builder_.TakeLayers();
  const size_t delay = reference_.delay();
  const int64_t first = config_.bands->edges[0], end = config_.bands->edges[1];
  for (const int level : {1, 14, 20, 21, 22, 31}) {
    layers.Reset();
    Input input = {.spectrum = std::vector<float>((delay + 1) * 4 * kRow, 0.01F),
                   .levels = std::vector<uint8_t>((delay + 1) * count()),
                   .tones = {}};
    input.levels[0] = static_cast<uint8_t>(level);
    const std::vector<float> out = Gained(gains, input, count(), {1});
    // 0.01² for each real and each imaginary part.
    const double own = static_cast<double>(end - first) * 4 * 2e-4;
    const double wanted = 64 * std::pow(10.0, (-93 + 2.5 * level) / 10);
    const double gain = std::clamp(std::sqrt(wanted / (own + 64e-11)), 0.25, 4.0);
    const float found = out[delay * 4 * kRow + static_cast<size_t>(first)];
    EXPECT_NEAR(found, 0.01 * gain, 1e-7) << level;
    if (level == 1) {
      EXPECT_EQ(found, 0.01F / 4);
    } else if (level == 31) {
      EXPECT_EQ(found, 0.01F * 4);
    }
    for (size_t i = 0; i < delay * 4 * kRow; ++i) ASSERT_EQ(out[i], 0.01F) << "too early";
  }
}

// So that lost packets fade, whatever their levels say.
TEST_P(Bands, AreBroughtThereBeforeGainsOfLostPackets) {
  constexpr size_t kPackets = 20;
  const auto sound = [&](float gain) {
    Synthesis synthesis(builder_);
    BandGains gains(builder_);
    const Input input = RandomInput(kPackets, count(), lines(), 1);
    std::mt19937 random(44);
    std::vector<float> head(kPackets * 4 * 4 * kBins);
    for (float& value : head) value = static_cast<float>(random()) / 2147483648.0F - 3;
    std::vector<float> mid(kPackets * kPacket), side(mid);
    for (size_t p = 0; p < kPackets; ++p) {
      gains.Expect(1, input.levels.data() + p * count(),
                   lines() > 0 ? input.tones.data() + p * lines() : nullptr);
      const std::vector<float> frame_gains(4, p < 10 ? 1 : gain);
      synthesis.Step(4, head.data() + p * 16 * kBins, frame_gains.data(), &gains,
                     mid.data() + p * kPacket, side.data() + p * kPacket);
    }
    (void)builder_.TakeLayers();
    mid.insert(mid.end(), side.begin(), side.end());
    return mid;
  };
  const std::vector<float> whole = sound(1), lost = sound(0.125F);
  for (size_t i = 0; i < whole.size(); ++i) {
    // A frame of the packet before is heard for a hop.
    const size_t at = i % (whole.size() / 2);
    if (at < 10 * kPacket) {
      ASSERT_EQ(lost[i], whole[i]) << i;
    } else if (at >= 10 * kPacket + kHop) {
      ASSERT_EQ(lost[i], whole[i] / 8) << i;
    }
  }
}

const Case kSmall = {"small", testing::WithBands(testing::kSmallConfig, 4)};
const Case kAtOnce = {"at_once", testing::WithBands(testing::kSmallConfig, 4, kAllBins), 0};
const Case kLater = {"a_packet_later", testing::WithBands(testing::kSmallConfig, 4, kAllBins), 1};

INSTANTIATE_TEST_SUITE_P(Configurations, BandsWithoutTones,
                         ::testing::Values(kSmall, kAtOnce, kLater),
                         [](const auto& which) { return which.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Configurations, Bands,
    ::testing::Values(kSmall, kAtOnce, kLater,
                      Case{"tones", testing::WithBands(testing::kTonesConfig, 4, kAllBins)},
                      Case{"placed_tones", testing::WithBands(testing::kPlacedTonesConfig, 2)},
                      Case{"tones_at_once",
                           testing::WithBands(testing::kPlacedTonesConfig, 4, kAllBins), 2}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace motet::core
