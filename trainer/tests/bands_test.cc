// What levels of bands promise: a level says how loud mid is in a band of a packet, and the decoder
// brings its head's sound there, and its tones, once its delay has passed, within limits and
// leaving alone what nothing was said of; both against docs/ARCHITECTURE.md in plain
// double-precision arithmetic. And
// a model with levels is the model without them below the quality from which they count, and before
// it has learned what to make of them.
#include "model/bands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
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
constexpr int64_t kBandsDelay = 2, kRow = 512;
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

// The bin of a value of a row: all real parts, then the imaginary ones of bins 1 to 255.
int64_t BinOf(int64_t i) { return i < 257 ? i : i - 256; }

// Energy of bins in a packet of one item's rows [4·P, 512].
double PlainEnergy(const torch::Tensor& rows, int64_t packet, int64_t first_bin, int64_t end_bin) {
  const auto doubles = rows.to(torch::kFloat64).contiguous();
  const auto values = doubles.accessor<double, 2>();
  double energy = 0;
  for (int64_t t = 4 * packet; t < 4 * packet + 4; ++t) {
    for (int64_t i = 0; i < kRow; ++i) {
      if (BinOf(i) >= first_bin && BinOf(i) < end_bin) energy += values[t][i] * values[t][i];
    }
  }
  return energy;
}

// The gains of a packet of mid's rows [4·P, 512], by value.
std::vector<double> PlainGains(const ModelConfig& config, const torch::Tensor& rows,
                               const torch::Tensor& levels, int64_t packet) {
  std::vector<double> gains(kRow, 1.0);
  if (packet < kBandsDelay) return gains;
  const auto& edges = config.bands->edges;
  for (size_t band = 0; band + 1 < edges.size(); ++band) {
    const auto level = levels[packet - kBandsDelay][static_cast<int64_t>(band)].item<int64_t>();
    if (level == 0) continue;
    const double own = 1024 * 1e-11 + PlainEnergy(rows, packet, edges[band], edges[band + 1]);
    const double wanted =
        1024 * std::pow(10.0, (-93 + config.bands->step_db * static_cast<double>(level)) / 10);
    for (int64_t i = 0; i < kRow; ++i) {
      if (BinOf(i) >= edges[band] && BinOf(i) < edges[band + 1])
        gains[static_cast<size_t>(i)] = std::clamp(std::sqrt(wanted / own), 0.25, 4.0);
    }
  }
  return gains;
}

// Rows of mid [items, 4 · packets, 512] of a spectrum that falls.
torch::Tensor MidRows(int64_t items, int64_t packets) {
  torch::manual_seed(11);
  const auto loudness = torch::exp(2 * torch::randn({items, 4 * packets, 1}) - 2);
  const auto fall = torch::exp(-torch::linspace(0, 4, 257));
  return torch::randn({items, 4 * packets, kRow}) * loudness *
         torch::cat({fall, fall.narrow(0, 1, 255)});
}

// The values of bins from `first` to before `end`, real and imaginary.
torch::Tensor ValuesOf(const torch::Tensor& rows, int64_t first, int64_t end) {
  return torch::cat({rows.slice(2, first, end), rows.slice(2, 256 + first, 256 + end)}, 2);
}
torch::Tensor InBands(const torch::Tensor& rows) { return ValuesOf(rows, 12, 110); }
torch::Tensor InNoBand(const torch::Tensor& rows) {
  return torch::cat({rows.slice(2, 0, 12), rows.slice(2, 110, 256 + 12), rows.slice(2, 256 + 110)},
                    2);
}

// Decibels of a band in a packet of one item's rows.
double RowsDecibels(const torch::Tensor& rows, int64_t packet, int64_t first_bin, int64_t end_bin) {
  return 10 * std::log10(PlainEnergy(rows, packet, first_bin, end_bin) / 1024);
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
  const auto mid = MidRows(2, 10);
  const auto levels = torch::randint(32, {2, 10, kBandCount}, torch::kInt64);
  const auto gains = Bands(config)->Gains(mid, levels);
  ASSERT_EQ(gains.sizes(), mid.sizes());
  int64_t between = 0;
  for (int64_t item = 0; item < 2; ++item) {
    for (int64_t packet = 0; packet < 10; ++packet) {
      const auto wanted = PlainGains(config, mid[item], levels[item], packet);
      for (int64_t t = 4 * packet; t < 4 * packet + 4; ++t) {
        for (int64_t i = 0; i < kRow; ++i) {
          const double gain = wanted[static_cast<size_t>(i)];
          ASSERT_NEAR(gains[item][t][i].item<double>(), gain, 1e-4 * gain) << packet << " " << i;
          if (gain != 1 && gain > 0.25 && gain < 4) ++between;
        }
      }
    }
  }
  EXPECT_GT(between, 1000);
}

TEST(Bands, MidIsBroughtToTheLevelsThatWereSaidTwoPacketsBefore) {
  const auto config = BandsModel();
  const auto mid = 0.08 * MidRows(1, 10);
  // Up to 11 dB from what is there.
  auto levels = torch::zeros({1, 10, kBandCount}, torch::kInt64);
  for (int64_t packet = 0; packet < 8; ++packet) {
    for (int64_t band = 0; band < kBandCount; ++band) {
      const auto edge = config.bands->edges.begin() + band;
      const double db = RowsDecibels(mid[0], packet + kBandsDelay, edge[0], edge[1]);
      const int64_t away = (packet + 2 * band) % 7 - 3;
      levels[0][packet][band] = std::lround((db + 93) / kLevelStep) + away;
    }
  }
  ASSERT_GE(levels.narrow(1, 0, 8).min().item<int64_t>(), 1);
  ASSERT_LE(levels.max().item<int64_t>(), 31);
  const auto gains = Bands(config)->Gains(mid, levels);
  const auto levelled = mid * gains;
  for (int64_t packet = kBandsDelay; packet < 10; ++packet) {
    for (int64_t band = 0; band < kBandCount; ++band) {
      const auto edge = config.bands->edges.begin() + band;
      const double said = -93 + kLevelStep * levels[0][packet - kBandsDelay][band].item<double>();
      EXPECT_NEAR(RowsDecibels(levelled[0], packet, edge[0], edge[1]), said, 1e-3)
          << packet << " " << band;
    }
  }
  EXPECT_TRUE((gains.narrow(1, 0, 8) == 1).all().item<bool>()) << "nothing was said yet";
}

TEST(Bands, GainsAreWithinAQuarterAndFour) {
  Bands bands(BandsModel());
  auto mid = torch::full({1, 16, kRow}, 1e-4);  // about 80 dB below full scale
  auto levels = torch::full({1, 4, kBandCount}, 31, torch::kInt64);
  const auto is = [&](double gain) {
    const auto heard = InBands(bands->Gains(mid, levels).slice(1, 8));
    return ((heard - gain).abs() < 1e-5).all().item<bool>();
  };
  EXPECT_TRUE(is(4));
  mid.fill_(100);
  levels.fill_(1);
  EXPECT_TRUE(is(0.25));
  // Nothing at all is no reason for more than four.
  mid.zero_();
  levels.fill_(21);
  EXPECT_TRUE(is(4));
}

TEST(Bands, WhatNothingIsSaidOfStays) {
  Bands bands(BandsModel());
  const auto mid = MidRows(1, 8);
  auto levels = torch::full({1, 8, kBandCount}, 9, torch::kInt64);
  auto gains = bands->Gains(mid, levels);
  const auto is_one = [](const torch::Tensor& part) { return (part == 1).all().item<bool>(); };
  EXPECT_TRUE(is_one(InNoBand(gains)));
  EXPECT_FALSE((InBands(gains.slice(1, 8)) == 1).any().item<bool>());
  levels[0][3][1] = 0;
  const auto without = bands->Gains(mid, levels);
  const int64_t heard = 4 * (3 + kBandsDelay);
  EXPECT_TRUE(is_one(ValuesOf(without.slice(1, heard, heard + 4), 18, 26)));
  // Nothing else changes by it.
  gains.slice(1, heard, heard + 4).slice(2, 18, 26).fill_(1);
  gains.slice(1, heard, heard + 4).slice(2, 256 + 18, 256 + 26).fill_(1);
  EXPECT_TRUE(without.equal(gains));
  EXPECT_TRUE(is_one(bands->Gains(mid, torch::zeros_like(levels))));
}

// A codec whose head says next to nothing, so that tones are heard alone.
Codec QuietCodec(const ModelConfig& config) {
  Codec codec(config);
  torch::NoGradGuard no_grad;
  codec->named_parameters()["decoder.head.weight"].zero_();
  codec->named_parameters()["decoder.head.bias"].fill_(-60);
  codec->eval();
  return codec;
}

TEST(Bands, TonesAreBroughtToTheLevelOfTheirBandAtItsTime) {
  const auto config = BandsAndTonesModel();
  auto codec = QuietCodec(config);
  // A steady tone of -18 dB in both channels, and so in mid, at bin 33 of the band of 26 to 39.
  const int64_t packets = 20, later = 9, band = 2;
  auto bytes = torch::zeros({1, packets, config.packet_bytes(12)}, torch::kUInt8);
  bytes.select(2, config.tones_offset()).fill_(1 + 33 * 4 - 40);
  bytes.select(2, config.tones_offset() + 1).fill_(8);
  const auto decibels = [&](int64_t level) {
    const double said = -93 + kLevelStep * static_cast<double>(level), limit = 20 * std::log10(4.0);
    return level == 0 ? -18 : std::clamp(said, -18 - limit, -18 + limit);
  };
  for (const auto& [first, second] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 23}, {22, 24}, {25, 28}, {31, 0}, {1, 26}, {27, 255}}) {
    auto levels = bytes.select(2, config.bands_offset() + band);
    levels.fill_(first);
    levels.narrow(1, later, packets - later).fill_(second);
    const auto decoded = codec->Decode(bytes)[0];
    const auto sound = decoded.narrow(1, config.delay(), decoded.size(1) - config.delay());
    for (int64_t packet = 3; packet < packets - 3; ++packet) {
      // Where the two meet, windows have something of both.
      if (packet == later - 1 || packet == later) continue;
      EXPECT_NEAR(PlainDecibels(sound, packet, 26, 40),
                  decibels(packet < later ? first : std::min<int64_t>(31, second)), 0.05)
          << first << " " << second << ", packet " << packet;
    }
    EXPECT_LT((decoded[0] - decoded[1]).abs().max().item<float>(), 1e-5) << "side stays";
  }
}

TEST(Bands, GradientsFlowThroughTheGains) {
  Bands bands(BandsModel());
  torch::manual_seed(12);
  const auto mid = (0.05 * torch::randn({1, 16, kRow})).requires_grad_();
  const auto levels = torch::randint(18, 21, {1, 4, kBandCount}, torch::kInt64);
  const auto weights = torch::randn({1, 16, kRow}, torch::kFloat64);
  const auto loss = [&](const torch::Tensor& at) {
    return (bands->Gains(at, levels) * weights).sum();
  };
  const auto gains = InBands(bands->Gains(mid, levels).slice(1, 8));
  ASSERT_TRUE(((gains > 0.26) & (gains < 3.9)).all().item<bool>()) << "no limit is near";
  const auto gradient = torch::autograd::grad({loss(mid)}, {mid})[0];
  torch::NoGradGuard no_grad;
  for (int i = 0; i < 4; ++i) {
    const auto direction = 0.05 * torch::randn_like(mid);
    const double step = 3e-3;
    const double slope =
        (loss(mid + step * direction) - loss(mid - step * direction)).item<double>() / (2 * step);
    const double wanted = (gradient * direction).sum().item<double>();
    EXPECT_NEAR(slope, wanted,
                1e-2 * std::abs(wanted) + 1e-3 * (gradient * direction).norm().item<double>());
  }
  // Only what is in bands decides, in packets of which something has been said.
  EXPECT_EQ(gradient.slice(1, 0, 8).abs().max().item<float>(), 0);
  EXPECT_EQ(InNoBand(gradient).abs().max().item<float>(), 0);
  EXPECT_GT(InBands(gradient.slice(1, 8)).abs().min().item<float>(), 0);
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

// One without tones, and one with some, which are then in the spectrum that has gains.
// The weights of a codec as a checkpoint.
void Save(const Codec& codec, const std::string& json, const std::filesystem::path& path) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : NamedState(*codec))
    tensors.push_back(StoreTensor("model." + name, tensor));
  WriteTensorFile(path.string(), json, tensors);
}

TEST(Bands, AModelThatLacksThemGoesOnWithGains) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("motet_bands_" + std::to_string(::getpid()) + ".ckpt");
  const auto save = [&](const Codec& codec) { Save(codec, "{}", path); };
  for (const bool with_tones : {false, true}) {
    torch::manual_seed(16);
    Codec plain(with_tones ? ParseModelConfig(TinyModelWithTonesJson()) : TinyModel());
    // A sinusoid for tones.
    const auto n = torch::arange(24 * 1024, torch::kFloat64);
    const auto x =
        UnsteadyNoise(1, 24) + 0.1 * torch::sin(2 * M_PI / 2048 * 150 * n).to(torch::kFloat32);
    for (int i = 0; i < 2; ++i) plain(x, torch::full({1}, 12));
    plain->eval();
    save(plain);
    const auto config = with_tones ? BandsAndTonesModel() : BandsModel();
    Codec codec(config);
    LoadWeights(*codec, path.string());
    codec->eval();

    torch::NoGradGuard no_grad;
    const auto packets = codec->Encode(x), codes = plain->Encode(x);
    const int64_t at = config.bands_offset(), after = at + config.bands->bytes();
    EXPECT_TRUE(packets.narrow(2, 0, at).equal(codes.narrow(2, 0, at)));
    EXPECT_TRUE(packets.narrow(2, after, packets.size(2) - after)
                    .equal(codes.narrow(2, at, codes.size(2) - at)));
    if (with_tones) {
      EXPECT_GT(codes.select(2, config.tones_offset()).max().item<int64_t>(), 0);
    }
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
}

TEST(Bands, OfAFileWithOthersKeepWhatTheDecoderMakesOfThem) {
  const auto before = WithBandsJson(TinyModelJson(), {{"edges", {3, 5, 8, 12, 20}}});
  const auto after = WithBandsJson(TinyModelJson(), {{"edges", {1, 3, 5, 8, 10, 12, 20, 30}}});
  Codec old(ParseModelConfig(before));
  const auto path = std::filesystem::temp_directory_path() /
                    ("motet_other_bands_" + std::to_string(::getpid()) + ".ckpt");
  Save(old, nlohmann::json{{"model", before}}.dump(), path);
  Codec codec(ParseModelConfig(after));
  LoadWeights(*codec, path.string());
  std::filesystem::remove(path);
  const auto weight = [](const Codec& of) {
    return of->named_parameters()["decoder.bands.weight"].detach();
  };
  const auto was = weight(old), is = weight(codec);
  // Columns by the band; one that is now two, and those that are new, begin with nothing.
  const std::vector<int64_t> columns = {-1, 0, 1, -1, -1, 3, -1};
  ASSERT_EQ(is.size(1), 7);
  for (int64_t i = 0; i < 7; ++i) {
    const int64_t column = columns[static_cast<size_t>(i)];
    if (column < 0) {
      EXPECT_EQ(is.select(1, i).abs().max().item<float>(), 0) << i;
    } else {
      EXPECT_TRUE(is.select(1, i).equal(was.select(1, column))) << i;
    }
  }
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
