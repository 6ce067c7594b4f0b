// What levels of bands promise: a level says how loud mid is in a band of a packet, and the decoder
// brings its head's sound there, once its delay has passed, within limits and leaving alone what
// nothing was said of; both against docs/ARCHITECTURE.md in plain double-precision arithmetic. And
// a model with levels is the model without them below the quality from which they count, and before
// it has learned what to make of them.
#include "model/bands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <vector>

#include "model/codec.h"
#include "model/tensor_file.h"
#include "tests/tiny_model.h"
#include "training/checkpoint.h"

namespace motet::trainer {
namespace {

// Of the tiny model: nine hops of delay, so two packets from levels to their sound.
constexpr int64_t kBandsDelay = 2, kHeadBins = 257;
constexpr int64_t kBandCount = 5;
constexpr double kLevelStep = 3;

ModelConfig BandsModel(const nlohmann::json& changes = nlohmann::json::object()) {
  return ParseModelConfig(WithBandsJson(TinyModelJson(), changes));
}
ModelConfig BandsAndTonesModel(const nlohmann::json& changes = nlohmann::json::object()) {
  return ParseModelConfig(WithBandsJson(TinyModelWithTonesJson(), changes));
}

// Noise [items, 2, packets · 1024], not alike in both channels, between loud and almost silent.
torch::Tensor UnsteadyNoise(int64_t items, int64_t packets) {
  torch::manual_seed(10);
  const auto loudness = torch::pow(10.0, -5 * torch::rand({items, 1, packets, 1}));
  const auto noise = 0.3 * torch::randn({items, 2, packets, 1024}) * loudness;
  return noise.reshape({items, 2, packets * 1024});
}

// Decibels of a band of mid in a packet of one item of x [2, samples].
double PlainDecibels(const torch::Tensor& x, int64_t packet, int64_t first_bin, int64_t end_bin) {
  const auto both = x.to(torch::kFloat64).contiguous();
  const auto samples = both.accessor<double, 2>();
  double energy = 0;
  for (int64_t t = 4 * packet; t < 4 * packet + 4; ++t) {
    for (int64_t k = first_bin; k < end_bin; ++k) {
      double re = 0, im = 0;
      for (int64_t n = 0; n < 512; ++n) {
        const int64_t at = 256 * t - 256 + n;
        if (at < 0) continue;
        const double mid = (samples[0][at] + samples[1][at]) / std::sqrt(2.0);
        const double turn = 2 * M_PI * static_cast<double>(k * n % 512) / 512;
        const double windowed = std::sin(M_PI * static_cast<double>(n) / 512) * mid / 16;
        re += windowed * std::cos(turn);
        im -= windowed * std::sin(turn);
      }
      energy += re * re + im * im;
    }
  }
  return 10 * std::log10(energy / 1024 + 1e-11);
}

// What the tones of a packet, amplitudes by line from 40 on, have in bins from one to another,
// before they fade in and out.
double PlainToneEnergy(const torch::Tensor& amplitudes, int64_t first_bin, int64_t end_bin) {
  double energy = 0;
  for (int64_t line = 0; line < amplitudes.size(0); ++line) {
    const double a = amplitudes[line].item<double>();
    for (int64_t bin = first_bin; a != 0 && bin < end_bin; ++bin) {
      const double d = static_cast<double>(bin) - static_cast<double>(40 + line) / 4;
      const double w = std::abs(d) == 0.5 ? M_PI / 4 : std::cos(M_PI * d) / (1 - 4 * d * d);
      energy += 1024 * 8 / (M_PI * M_PI) * w * w * a * a;
    }
  }
  return energy;
}

// The gains of a packet of head rows y [4·P, 1028], by bin. `tones` [P, lines] are amplitudes or
// undefined.
std::vector<double> PlainGains(const ModelConfig& config, const torch::Tensor& y,
                               const torch::Tensor& levels, const torch::Tensor& tones,
                               int64_t packet) {
  std::vector<double> gains(kHeadBins, 1.0);
  if (packet < kBandsDelay) return gains;
  const auto& edges = config.bands->edges;
  const auto head = y.to(torch::kFloat64).contiguous();
  const auto values = head.accessor<double, 2>();
  for (size_t band = 0; band + 1 < edges.size(); ++band) {
    const auto level = levels[packet - kBandsDelay][static_cast<int64_t>(band)].item<int64_t>();
    if (level == 0) continue;
    double own = 1024 * 1e-11;
    for (int64_t t = 4 * packet; t < 4 * packet + 4; ++t) {
      for (int64_t k = edges[band]; k < edges[band + 1]; ++k)
        own += std::exp(2 * std::min(values[t][k], 5.0));
    }
    if (tones.defined()) {
      const int64_t heard = packet - config.bands_delay() + 2;
      own += PlainToneEnergy(tones[heard], edges[band], edges[band + 1]) / 2;
      own += PlainToneEnergy(tones[heard - 1], edges[band], edges[band + 1]) / 2;
    }
    const double wanted =
        1024 * std::pow(10.0, (-93 + config.bands->step_db * static_cast<double>(level)) / 10);
    const double gain = std::clamp(std::sqrt(wanted / own), 0.25, 4.0);
    std::fill(gains.begin() + edges[band], gains.begin() + edges[band + 1], gain);
  }
  return gains;
}

// Head rows [items, 4 · packets, 1028] of a spectrum that falls, with more than 5 now and then.
torch::Tensor HeadRows(int64_t items, int64_t packets) {
  torch::manual_seed(11);
  auto y = 2 * torch::randn({items, 4 * packets, 1028}) - 2;
  y.narrow(2, 0, kHeadBins) -= torch::linspace(0, 4, kHeadBins);
  return y;
}

// Decibels of a band in a packet of one item's head rows, with gains [4 · packets, 257].
double HeadDecibels(const torch::Tensor& y, const torch::Tensor& gains, int64_t packet,
                    int64_t first_bin, int64_t end_bin) {
  const auto magnitude = torch::exp(y.narrow(1, first_bin, end_bin - first_bin).clamp_max(5)) *
                         gains.narrow(1, first_bin, end_bin - first_bin);
  const auto energy =
      magnitude.narrow(0, 4 * packet, 4).to(torch::kFloat64).square().sum().item<double>();
  return 10 * std::log10(energy / 1024);
}

TEST(Bands, LevelsAreThoseOfPlainArithmetic) {
  const auto x = UnsteadyNoise(2, 12);
  // Of the lowest bin and the highest, and of a single one.
  const std::vector<nlohmann::json> cases = {nlohmann::json::object(),
                                             {{"edges", {1, 2, 5, 250, 256}}, {"step_db", 1.5}},
                                             {{"edges", {30, 31}}, {"step_db", 2.25}}};
  std::vector<bool> seen(32);
  for (const nlohmann::json& changes : cases) {
    const auto config = BandsModel(changes);
    const auto levels = Bands(config)->Measure(x);
    ASSERT_EQ(levels.sizes(), (std::vector<int64_t>{2, 12, config.bands->count()}));
    EXPECT_EQ(levels.dtype(), torch::kInt64);
    for (int64_t item = 0; item < 2; ++item) {
      for (int64_t packet = 0; packet < 12; ++packet) {
        for (int64_t band = 0; band < config.bands->count(); ++band) {
          const auto edge = config.bands->edges.begin() + band;
          const double db = PlainDecibels(x[item], packet, edge[0], edge[1]);
          const double exact = std::clamp((db + 93) / config.bands->step_db, 0.0, 31.0);
          const auto level = levels[item][packet][band].item<int64_t>();
          EXPECT_NEAR(static_cast<double>(level), exact, 0.5 + 1e-3) << changes << packet << band;
          seen[static_cast<size_t>(level)] = true;
        }
      }
    }
  }
  EXPECT_TRUE(seen[0] && seen[31]) << "the limits";
  EXPECT_GT(std::count(seen.begin(), seen.end(), true), 20);
}

TEST(Bands, LevelsOfAPrefixAreAPrefix) {
  Bands bands(BandsModel());
  const auto x = UnsteadyNoise(2, 12);
  EXPECT_TRUE(bands->Measure(x.narrow(2, 0, 7 * 1024))
                  .equal(bands->Measure(x).narrow(1, 0, 7).contiguous()));
}

TEST(Bands, SilenceAndSideHaveNone) {
  Bands bands(BandsModel());
  EXPECT_EQ(bands->Measure(torch::zeros({1, 2, 4096})).abs().max().item<int64_t>(), 0);
  auto side = UnsteadyNoise(1, 8);
  side.select(1, 1).copy_(-side.select(1, 0));
  EXPECT_EQ(bands->Measure(side).abs().max().item<int64_t>(), 0);
}

TEST(Bands, LevelsAreToldAsEighths) {
  const auto rows = BandsImpl::Rows(torch::tensor({0, 1, 31}, torch::kInt64));
  EXPECT_TRUE(rows.equal(torch::tensor({0.0F, 0.125F, 3.875F})));
}

TEST(Bands, GainsAreThoseOfPlainArithmetic) {
  const auto config = BandsModel();
  const auto y = HeadRows(2, 10);
  const auto levels = torch::randint(32, {2, 10, kBandCount}, torch::kInt64);
  const auto gains = Bands(config)->Gains(y, levels, torch::Tensor());
  ASSERT_EQ(gains.sizes(), (std::vector<int64_t>{2, 40, kHeadBins}));
  int64_t between = 0;
  for (int64_t item = 0; item < 2; ++item) {
    for (int64_t packet = 0; packet < 10; ++packet) {
      const auto wanted = PlainGains(config, y[item], levels[item], torch::Tensor(), packet);
      for (int64_t t = 4 * packet; t < 4 * packet + 4; ++t) {
        for (int64_t k = 0; k < kHeadBins; ++k) {
          const double gain = wanted[static_cast<size_t>(k)];
          ASSERT_NEAR(gains[item][t][k].item<double>(), gain, 1e-4 * gain) << packet << " " << k;
          if (gain != 1 && gain > 0.25 && gain < 4) ++between;
        }
      }
    }
  }
  EXPECT_GT(between, 1000);
}

TEST(Bands, TheHeadIsBroughtToTheLevelsThatWereSaidTwoPacketsBefore) {
  const auto config = BandsModel();
  const auto y = HeadRows(1, 10) - 3;
  const auto none = torch::ones({40, kHeadBins});
  // Up to 11 dB from what is there.
  auto levels = torch::zeros({1, 10, kBandCount}, torch::kInt64);
  for (int64_t packet = 0; packet < 8; ++packet) {
    for (int64_t band = 0; band < kBandCount; ++band) {
      const auto edge = config.bands->edges.begin() + band;
      const double db = HeadDecibels(y[0], none, packet + kBandsDelay, edge[0], edge[1]);
      const int64_t away = (packet + 2 * band) % 7 - 3;
      levels[0][packet][band] = std::lround((db + 93) / kLevelStep) + away;
    }
  }
  ASSERT_GE(levels.narrow(1, 0, 8).min().item<int64_t>(), 1);
  ASSERT_LE(levels.max().item<int64_t>(), 31);
  const auto gains = Bands(config)->Gains(y, levels, torch::Tensor())[0];
  for (int64_t packet = kBandsDelay; packet < 10; ++packet) {
    for (int64_t band = 0; band < kBandCount; ++band) {
      const auto edge = config.bands->edges.begin() + band;
      const double said = -93 + kLevelStep * levels[0][packet - kBandsDelay][band].item<double>();
      EXPECT_NEAR(HeadDecibels(y[0], gains, packet, edge[0], edge[1]), said, 1e-3)
          << packet << " " << band;
    }
  }
  EXPECT_TRUE(gains.narrow(0, 0, 8).equal(none.narrow(0, 0, 8))) << "nothing was said yet";
}

TEST(Bands, GainsAreWithinAQuarterAndFour) {
  const auto config = BandsModel();
  Bands bands(config);
  auto y = torch::full({1, 16, 1028}, -9);  // about 90 dB below full scale
  auto levels = torch::full({1, 4, kBandCount}, 31, torch::kInt64);
  const auto in_bands = [](const torch::Tensor& gains) {
    return gains.slice(1, 8).slice(2, 12, 110);
  };
  EXPECT_TRUE((in_bands(bands->Gains(y, levels, {})) - 4).abs().max().item<float>() < 1e-5);
  y.fill_(5);
  levels.fill_(1);
  EXPECT_TRUE((in_bands(bands->Gains(y, levels, {})) - 0.25).abs().max().item<float>() < 1e-6);
  // A head beyond its highest magnitude counts as that.
  EXPECT_TRUE(bands->Gains(y + 70, levels, {}).equal(bands->Gains(y, levels, {})));
  // And one of nothing at all is no reason for more than four.
  EXPECT_TRUE((in_bands(bands->Gains(y - 200, levels + 20, {})) - 4).abs().max().item<float>() <
              1e-5);
}

TEST(Bands, WhatNothingIsSaidOfStays) {
  Bands bands(BandsModel());
  const auto y = HeadRows(1, 8);
  auto levels = torch::full({1, 8, kBandCount}, 9, torch::kInt64);
  auto gains = bands->Gains(y, levels, {});
  const auto ones = torch::ones_like(gains);
  const auto is_one = [&](const torch::Tensor& part) { return (part == 1).all().item<bool>(); };
  EXPECT_TRUE(is_one(gains.slice(2, 0, 12)) && is_one(gains.slice(2, 110))) << "bins in no band";
  EXPECT_FALSE(is_one(gains.slice(2, 12, 18)));
  levels[0][3][1] = 0;
  const auto without = bands->Gains(y, levels, {});
  const int64_t heard = 4 * (3 + kBandsDelay);
  EXPECT_TRUE(is_one(without.slice(1, heard, heard + 4).slice(2, 18, 26)));
  // Nothing else changes by it.
  gains.slice(1, heard, heard + 4).slice(2, 18, 26).fill_(1);
  EXPECT_TRUE(without.equal(gains));
  EXPECT_TRUE(bands->Gains(y, torch::zeros_like(levels), {}).equal(ones));
}

TEST(Bands, TonesCountAsWhatIsThere) {
  const auto config = BandsAndTonesModel();
  const auto y = HeadRows(1, 10);
  const auto levels = torch::randint(14, 28, {1, 10, kBandCount}, torch::kInt64);
  Tones tones(config);
  auto chosen = torch::full({1, 10, 240}, TonesImpl::kNone, torch::kInt64);
  auto amplitudes = torch::zeros({10, 240}, torch::kFloat64);
  for (int64_t packet = 0; packet < 10; ++packet) {
    for (int64_t i = 0; i < 3; ++i) {
      const int64_t line = (37 * packet + 91 * i) % 240, level = (5 * packet + 3 * i) % 12;
      chosen[0][packet][line] = level;
      amplitudes[packet][line] = std::pow(10.0, (-66 + 6 * static_cast<double>(level)) / 20);
    }
  }
  Bands bands(config);
  const auto gains = bands->Gains(y, levels, tones->Powers(chosen))[0];
  for (int64_t packet = 0; packet < 10; ++packet) {
    const auto wanted = PlainGains(config, y[0], levels[0], amplitudes, packet);
    for (int64_t k = 0; k < kHeadBins; ++k) {
      const double gain = wanted[static_cast<size_t>(k)];
      ASSERT_NEAR(gains[4 * packet][k].item<double>(), gain, 1e-4 * gain) << packet << " " << k;
    }
  }
  EXPECT_FALSE(gains.equal(bands->Gains(y, levels, {})[0]));
}

// The power that tones are taken to have is what Measure finds in their sound, in the packet of the
// head that it counts for: its rows make the hops behind them.
TEST(Bands, TonesAreTakenForAsLoudAsTheySound) {
  const auto config = BandsAndTonesModel();
  Tones tones(config);
  Bands bands(config);
  const int64_t packets = 32;
  auto chosen = torch::full({1, packets, 240}, TonesImpl::kNone, torch::kInt64);
  // Of line 101, at a quarter of a bin from bin 25, in the third band; and of line 160.
  chosen.select(2, 101 - 40).slice(1, 8, 20).fill_(8);
  chosen.select(2, 160 - 40).slice(1, 14, 26).fill_(6);
  const auto sound = tones->Sound(chosen);
  const auto head_times =
      torch::constant_pad_nd(sound.narrow(2, 256, packets * 1024 - 256), {0, 256});
  const auto powers = tones->Powers(chosen);
  // A silent head, and levels that are far below what is there: the gain says how far.
  const auto y = torch::full({1, 4 * packets, 1028}, -30);
  const auto edges = config.bands->edges;
  for (const auto& [band, first, end] :
       {std::array<int64_t, 3>{1, 8, 20}, std::array<int64_t, 3>{3, 14, 26}}) {
    const auto edge = edges.begin() + band;
    for (int64_t packet = 3; packet < packets; ++packet) {
      const double db = PlainDecibels(head_times[0], packet, edge[0], edge[1]);
      auto levels = torch::zeros({1, packets, kBandCount}, torch::kInt64);
      levels[0][packet - kBandsDelay][band] =
          std::clamp<int64_t>(std::lround((db + 93) / kLevelStep), 1, 31);
      const double said = -93 + kLevelStep * levels[0][packet - kBandsDelay][band].item<double>();
      const double gain = bands->Gains(y, levels, powers)[0][4 * packet][edge[0]].item<double>();
      // The rule gives half of a tone's power to packets in which it begins or ends. The rows of a
      // packet lie before the middle of the fade: they have a quarter, or a half.
      const double taken = said - 20 * std::log10(gain);
      if (packet == first) {
        EXPECT_NEAR(taken, db + 3, 0.2) << band;
      } else if (packet > first && packet <= end) {
        EXPECT_NEAR(taken, db, packet == end ? 0.2 : 0.1) << band << " " << packet;
      } else {
        EXPECT_LT(db, -45) << band << " " << packet;
      }
    }
  }
}

TEST(Bands, GradientsFlowThroughTheGains) {
  Bands bands(BandsAndTonesModel());
  torch::manual_seed(12);
  const auto y = (0.3 * torch::randn({1, 16, 1028}) - 3).requires_grad_();
  const auto levels = torch::randint(20, 25, {1, 4, kBandCount}, torch::kInt64);
  const auto powers = 1e-4 * torch::rand({1, 4, 240});
  const auto weights = torch::randn({1, 16, kHeadBins}, torch::kFloat64);
  const auto loss = [&](const torch::Tensor& at) {
    return (bands->Gains(at, levels, powers) * weights).sum();
  };
  const auto gains = bands->Gains(y, levels, powers).slice(1, 8).slice(2, 12, 110);
  ASSERT_TRUE(((gains > 0.26) & (gains < 3.9)).all().item<bool>()) << "no limit is near";
  const auto gradient = torch::autograd::grad({loss(y)}, {y})[0];
  torch::NoGradGuard no_grad;
  for (int i = 0; i < 4; ++i) {
    const auto direction = torch::randn_like(y);
    const double step = 3e-3;
    const double slope =
        (loss(y + step * direction) - loss(y - step * direction)).item<double>() / (2 * step);
    const double wanted = (gradient * direction).sum().item<double>();
    EXPECT_NEAR(slope, wanted, 1e-2 * std::abs(wanted) + 1e-3 * gradient.norm().item<double>());
  }
  // Only magnitudes of mid in bands decide, in packets of which something has been said.
  EXPECT_EQ(gradient.slice(1, 0, 8).abs().max().item<float>(), 0);
  EXPECT_EQ(gradient.slice(2, 110).abs().max().item<float>(), 0);
  EXPECT_GT(gradient.slice(1, 8).slice(2, 12, 110).abs().min().item<float>(), 0);
}

TEST(Bands, TheDecodersShareOfThemIsLearned) {
  torch::manual_seed(13);
  Codec codec(BandsAndTonesModel());
  const auto output = codec(UnsteadyNoise(2, 16), torch::full({2}, 12));
  (output.audio.square().mean() + output.quantizer.commitment).backward();
  for (const auto& item : codec->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
    EXPECT_GT(item.value().grad().abs().sum().item<float>(), 0) << item.key();
  }
}

// With and without tones, which begin at another quality or the same.
TEST(Bands, CountFromTheirQualityOn) {
  const auto noise = UnsteadyNoise(2, 24);
  for (const int64_t from : {1, 4, 6, 9, 12}) {
    for (const bool with_tones : {false, true}) {
      const nlohmann::json changes = {{"from_quality", from}};
      torch::manual_seed(14);
      Codec codec(with_tones ? BandsAndTonesModel(changes) : BandsModel(changes));
      const ModelConfig& config = codec->config();
      for (int i = 0; i < 2; ++i) codec(noise, torch::full({2}, 12));
      codec->eval();
      torch::NoGradGuard no_grad;
      const auto packets = codec->Encode(noise);
      ASSERT_EQ(packets.size(2), config.packet_bytes(12));
      const auto bytes = packets.narrow(2, config.bands_offset(), kBandCount);
      EXPECT_TRUE(bytes.equal(Bands(config)->Measure(noise).to(torch::kUInt8)));
      auto without = packets.clone();
      without.narrow(2, config.bands_offset(), kBandCount).zero_();
      const auto decode = [&](const torch::Tensor& all, int64_t quality) {
        return codec->Decode(all.narrow(2, 0, config.packet_bytes(quality)));
      };
      for (const int64_t quality : {from - 1, from, from + 1, int64_t{12}}) {
        if (quality < 1 || quality > 12) continue;
        const auto decoded = decode(packets, quality);
        const auto output = codec(noise, torch::full({2}, quality));
        EXPECT_LT((decoded - output.audio).abs().max().item<float>(),
                  1e-4 * std::max(1.0F, output.audio.abs().max().item<float>()))
            << quality << " of " << from;
        EXPECT_EQ(decoded.equal(decode(without, quality)), quality < from)
            << quality << " of " << from;
      }
      // Items of a batch each have their own quality.
      const auto mixed = codec(noise, torch::tensor({std::max<int64_t>(1, from - 1), from}));
      EXPECT_LT((mixed.audio[1] - decode(packets, from)[1]).abs().max().item<float>(),
                1e-4 * std::max(1.0F, mixed.audio.abs().max().item<float>()));
    }
  }
}

TEST(Bands, LevelsAboveTheHighestAreTheHighest) {
  torch::manual_seed(15);
  Codec codec(BandsModel());
  codec->eval();
  auto packets = codec->Encode(UnsteadyNoise(1, 8));
  auto levels = packets.narrow(2, codec->config().bands_offset(), kBandCount);
  levels.fill_(255);
  const auto above = codec->Decode(packets);
  levels.fill_(31);
  EXPECT_TRUE(above.equal(codec->Decode(packets)));
}

TEST(Bands, AModelThatLacksThemGoesOnWithGains) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("motet_bands_" + std::to_string(::getpid()) + ".ckpt");
  const auto save = [&](const Codec& codec) {
    std::vector<NamedTensor> tensors;
    for (const auto& [name, tensor] : NamedState(*codec))
      tensors.push_back(StoreTensor("model." + name, tensor));
    WriteTensorFile(path.string(), "{}", tensors);
  };
  torch::manual_seed(16);
  Codec plain(TinyModel());
  const auto x = UnsteadyNoise(1, 24);
  for (int i = 0; i < 2; ++i) plain(x, torch::full({1}, 12));
  plain->eval();
  save(plain);
  const auto config = BandsModel();
  Codec codec(config);
  LoadWeights(*codec, path.string());
  codec->eval();

  torch::NoGradGuard no_grad;
  const auto packets = codec->Encode(x), codes = plain->Encode(x);
  const int64_t at = config.bands_offset(), after = at + config.bands->bytes();
  EXPECT_TRUE(packets.narrow(2, 0, at).equal(codes.narrow(2, 0, at)));
  EXPECT_TRUE(packets.narrow(2, after, packets.size(2) - after)
                  .equal(codes.narrow(2, at, codes.size(2) - at)));
  const auto decoded = codec->Decode(packets), as_before = plain->Decode(codes);
  const auto side = [](const torch::Tensor& y) { return y.select(1, 0) - y.select(1, 1); };
  const auto mid = [](const torch::Tensor& y) { return y.select(1, 0) + y.select(1, 1); };
  const float scale = std::max(1.0F, decoded.abs().max().item<float>());
  EXPECT_LT((side(decoded) - side(as_before)).abs().max().item<float>(), 1e-5 * scale);
  EXPECT_GT((mid(decoded) - mid(as_before)).abs().max().item<float>(), 1e-3);
  // Two packets in, gains begin; without levels there are none.
  EXPECT_LT((decoded - as_before).narrow(2, 0, 2048).abs().max().item<float>(), 1e-5 * scale);
  auto without = packets.clone();
  without.narrow(2, at, config.bands->bytes()).zero_();
  EXPECT_LT((codec->Decode(without) - as_before).abs().max().item<float>(), 1e-5 * scale);

  // One with half as many bands has others, of which nothing is taken over.
  save(codec);
  Codec others(BandsModel({{"edges", {12, 14, 18, 22, 26, 34, 40, 50, 64, 80, 110}}}));
  EXPECT_THROW(LoadWeights(*others, path.string()), std::runtime_error);
  std::filesystem::remove(path);
}

TEST(Bands, AreRefusedWhereTheDelayIsNoWholeNumberOfPackets) {
  auto json = WithBandsJson(TinyModelJson());
  json["decoder"]["fine"]["lookahead"] = {2};
  try {
    ParseModelConfig(json);
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "configuration: 'model.bands.edges' need a delay of 4n + 1 hops; this model has "
                 "10");
  }
}

}  // namespace
}  // namespace motet::trainer
