// Tests levels of bands against reference_bands.h, which spells docs/ARCHITECTURE.md ("Levels of
// bands") out in double precision: what an encoder measures and what a decoder makes of it, of its
// head alone and with tones, for short and long delays; limits, and what stays as it is; that the
// cut into steps does not matter, and that Reset makes them as new.
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
#include "reference_codec.h"

namespace motet::core {
namespace {

using testing::PacketLevels;
using testing::ReferenceBands;
using testing::ReferenceCodec;
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

// What a decoder gets: rows of mid and side, and levels.
struct Input {
  std::vector<float> spectrum;
  std::vector<uint8_t> levels;
};

Input RandomInput(size_t packets, size_t count) {
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
  return input;
}

// Those of some packets, `each` of one: of their own, so that reading or writing past the end is
// noticed.
template <typename T>
std::vector<T> Part(const std::vector<T>& all, size_t each, size_t first, size_t packets) {
  const auto begin = all.begin() + static_cast<ptrdiff_t>(first * each);
  return std::vector<T>(begin, begin + static_cast<ptrdiff_t>(packets * each));
}

// What gains make of it.
std::vector<float> Gained(BandGains& gains, const Input& input, size_t count,
                          const std::vector<size_t>& cut) {
  std::vector<float> out;
  InSteps(input.levels.size() / count, cut, [&](size_t first, size_t now) {
    const std::vector<uint8_t> levels = Part(input.levels, count, first, now);
    gains.Expect(now, levels.data());
    std::vector<float> rows = Part(input.spectrum, 4 * kRow, first, now);
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
  const Input input = RandomInput(kPackets, count());
  const std::vector<float> found = Gained(gains, input, count(), kCuts[0]);

  Rows mid(4 * kPackets, kWindow);
  for (size_t t = 0; t < mid.frames; ++t) {
    for (size_t i = 0; i < kWindow; ++i) mid.at(t, i) = input.spectrum[t * kRow + i];
  }
  std::vector<PacketLevels> levels(kPackets);
  for (size_t p = 0; p < kPackets; ++p)
    levels[p] = reference_.Read(std::span(input.levels).subspan(p * count(), count()));
  const Rows wanted = reference_.Gains(mid, levels);
  Rows gain_of(4 * kPackets, kWindow);
  std::fill(gain_of.values.begin(), gain_of.values.end(), 1.0);
  reference_.Apply(wanted, &gain_of);
  for (size_t i = 0; i < found.size(); ++i) {
    const float before = input.spectrum[i];
    const double gain = gain_of.at(i / kRow, i % kRow % kWindow);
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
    (void)Gained(gains, RandomInput(11, count()), count(), {8});
    layers.Reset();
    EXPECT_EQ(Gained(gains, input, count(), cut), found) << cut[0];
  }
}

// By hand: each value of mid is 0.01.
TEST_P(Bands, AreBroughtNoFurtherThanTwelveDecibels) {
  BandGains gains(builder_);
  LayerList layers = builder_.TakeLayers();
  const size_t delay = reference_.delay();
  const int64_t first = config_.bands->edges[0], end = config_.bands->edges[1];
  for (const int level : {1, 14, 20, 21, 22, 31}) {
    layers.Reset();
    Input input = {.spectrum = std::vector<float>((delay + 1) * 4 * kRow, 0.01F),
                   .levels = std::vector<uint8_t>((delay + 1) * count())};
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

// What a decoder's synthesis gets: rows of its head, of the tones' spectra, and levels.
struct Sounds {
  std::vector<float> head;
  std::vector<float> tones;
  std::vector<uint8_t> levels;
};

// Head and tones in turn the louder, both from silence to full scale.
Sounds RandomSounds(size_t packets, size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  const auto noise = [&random] { return static_cast<double>(random()) / 2147483648.0 - 1; };
  Sounds sounds;
  for (size_t p = 0; p < packets; ++p) {
    const double head = p == 20 ? -60 : -1.0 - static_cast<double>(p * 7 % 9);
    const double tones = p % 10 == 0 ? 0 : std::exp(-static_cast<double>(p * 5 % 8));
    for (size_t i = 0; i < 4 * 4 * kBins; ++i) {
      const bool is_phase = i / kBins % 2 == 1;
      sounds.head.push_back(static_cast<float>(is_phase ? 10 * noise() : head + noise()));
    }
    for (size_t i = 0; i < 4 * kRow; ++i)
      sounds.tones.push_back(static_cast<float>(tones * noise()));
    for (size_t band = 0; band < count; ++band)
      sounds.levels.push_back(static_cast<uint8_t>(random() % 8 == 0 ? 0 : 14 + random() % 18));
  }
  return sounds;
}

// Mid, then side, of the packets; those from `lost` on with a gain.
std::vector<float> Synthesized(Synthesis& synthesis, BandGains& gains, const Sounds& sounds,
                               size_t count, const std::vector<size_t>& cut, size_t lost = SIZE_MAX,
                               float gain = 1) {
  std::vector<float> mid, side;
  InSteps(sounds.levels.size() / count, cut, [&](size_t first, size_t now) {
    const std::vector<uint8_t> levels = Part(sounds.levels, count, first, now);
    const std::vector<float> head = Part(sounds.head, 4 * 4 * kBins, first, now);
    const std::vector<float> tones = Part(sounds.tones, 4 * kRow, first, now);
    std::vector<float> frame_gains(4 * now, 1);
    for (size_t t = 0; t < frame_gains.size(); ++t) {
      if (first + t / 4 >= lost) frame_gains[t] = gain;
    }
    std::vector<float> m(now * kPacket), s(m);
    gains.Expect(now, levels.data());
    synthesis.Step(4 * now, head.data(), frame_gains.data(), tones.data(), &gains, m.data(),
                   s.data());
    mid.insert(mid.end(), m.begin(), m.end());
    side.insert(side.end(), s.begin(), s.end());
  });
  mid.insert(mid.end(), side.begin(), side.end());
  return mid;
}

Rows RowsOf(const std::vector<float>& values, size_t channels) {
  Rows rows(values.size() / channels, channels);
  std::copy(values.begin(), values.end(), rows.values.begin());
  return rows;
}

// As what they are together with the head: neither is told from the other.
TEST_P(Bands, TonesAreBroughtToTheLevelOfTheirBand) {
  constexpr size_t kPackets = 60;
  Synthesis synthesis(builder_);
  BandGains gains(builder_);
  LayerList layers = builder_.TakeLayers();
  ASSERT_TRUE(builder_.status().ok());
  const Sounds sounds = RandomSounds(kPackets, count(), 45);
  const std::vector<float> found = Synthesized(synthesis, gains, sounds, count(), kCuts[0]);

  const testing::RandomTensors no_tensors;
  const ReferenceCodec codec(config_, no_tensors);
  const Rows head = RowsOf(sounds.head, 4 * kBins), tones = RowsOf(sounds.tones, kRow);
  Rows mid = codec.HeadSpectrum(head, 0), side = codec.HeadSpectrum(head, 2 * kBins);
  for (size_t t = 0; t < mid.frames; ++t) {
    for (size_t i = 0; i < kWindow; ++i) {
      mid.at(t, i) += tones.at(t, i);
      side.at(t, i) += tones.at(t, kWindow + i);
    }
  }
  // By hand, so that each band is seen to get where it should.
  const auto energy = [&](size_t packet, size_t band) {
    double sum = 0;
    for (size_t t = 4 * packet; t < 4 * packet + 4; ++t) {
      for (size_t i = 0; i < kWindow; ++i) {
        const auto bin = static_cast<int64_t>(BinOf(i));
        if (bin >= config_.bands->edges[band] && bin < config_.bands->edges[band + 1])
          sum += mid.at(t, i) * mid.at(t, i);
      }
    }
    return sum;
  };
  Rows before(kPackets, count());
  std::vector<PacketLevels> levels(kPackets);
  for (size_t p = 0; p < kPackets; ++p) {
    levels[p] = reference_.Read(std::span(sounds.levels).subspan(p * count(), count()));
    for (size_t band = 0; band < count(); ++band) before.at(p, band) = energy(p, band);
  }
  reference_.Apply(reference_.Gains(mid, levels), &mid);
  std::array<size_t, 4> kinds = {};
  for (size_t p = 0; p < kPackets; ++p) {
    for (size_t band = 0; band < count(); ++band) {
      const size_t delay = reference_.delay();
      const int level = p < delay ? 0 : levels[p - delay][band];
      const double said = kPacket * std::pow(10.0, (-93 + 2.5 * level) / 10);
      const double least = before.at(p, band) / 16, most = before.at(p, band) * 16;
      const double wanted = level == 0 ? before.at(p, band) : std::clamp(said, least, most);
      ASSERT_NEAR(energy(p, band), wanted, 1e-3 * wanted) << "packet " << p << ", band " << band;
      ++kinds[level == 0 ? 0 : said <= least ? 1 : said < most ? 2 : 3];
    }
  }
  for (const size_t kind : kinds) EXPECT_GT(kind, 5u) << "gains of all kinds";

  std::vector<double> wanted = codec.Overlap(mid);
  const std::vector<double> wanted_side = codec.Overlap(side);
  wanted.insert(wanted.end(), wanted_side.begin(), wanted_side.end());
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], wanted[i], 2e-5) << i;

  for (const std::vector<size_t>& cut : kCuts) {
    (void)Synthesized(synthesis, gains, RandomSounds(11, count(), 46), count(), {8});
    layers.Reset();
    EXPECT_EQ(Synthesized(synthesis, gains, sounds, count(), cut), found) << cut[0];
  }
}

TEST_P(Bands, TonesOfWhichNothingIsSaidComeAsTheyAre) {
  constexpr size_t kPackets = 16;
  Analysis analysis(builder_);
  Synthesis synthesis(builder_);
  BandGains gains(builder_);
  ASSERT_TRUE(builder_.status().ok());
  const auto sound = testing::RandomSound(kPackets * kPacket, 47);
  Sounds sounds = {.head = std::vector<float>(kPackets * 4 * 4 * kBins, -60),
                   .tones = std::vector<float>(kPackets * 4 * kRow),
                   .levels = std::vector<uint8_t>(kPackets * count())};
  for (size_t p = 0; p < kPackets; ++p) {
    analysis.Step(4, sound[0].data() + p * kPacket, sound[1].data() + p * kPacket,
                  sounds.tones.data() + p * 4 * kRow);
  }
  const std::vector<float> found = Synthesized(synthesis, gains, sounds, count(), {8});
  for (size_t i = 0; i < found.size(); ++i) {
    const size_t channel = i / (kPackets * kPacket), at = i % (kPackets * kPacket);
    ASSERT_NEAR(found[i], at < kHop ? 0 : sound[channel][at - kHop], 2e-6) << i;
  }
}

// So that lost packets fade, whatever their levels say, and their tones as well.
TEST_P(Bands, AreBroughtThereBeforeGainsOfLostPackets) {
  constexpr size_t kPackets = 20;
  const Sounds sounds = RandomSounds(kPackets, count(), 44);
  const auto sound = [&](float gain) {
    Synthesis synthesis(builder_);
    BandGains gains(builder_);
    const std::vector<float> both =
        Synthesized(synthesis, gains, sounds, count(), {1}, /*lost=*/10, gain);
    (void)builder_.TakeLayers();
    return both;
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

INSTANTIATE_TEST_SUITE_P(
    Configurations, Bands,
    ::testing::Values(Case{"small", testing::WithBands(testing::kSmallConfig, 4)},
                      Case{"at_once", testing::WithBands(testing::kSmallConfig, 4, kAllBins), 0},
                      Case{"a_packet_later", testing::WithBands(testing::kSmallConfig, 4, kAllBins),
                           1},
                      Case{"two_packets_later", testing::WithBands(testing::kSmallConfig, 2), 2}),
    [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace motet::core
