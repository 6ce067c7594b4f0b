// What tones promise: a steady sound is found in its line at its level and is heard there again,
// later by the codec's delay; at most so many are kept; and a model with tones is the model without
// them below the quality from which they count, and before it has learned what to make of them.
#include "model/tones.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "model/codec.h"
#include "model/tensor_file.h"
#include "tests/tiny_model.h"
#include "training/checkpoint.h"

namespace motet::trainer {
namespace {

constexpr int64_t kFirst = 40, kLines = 240, kCount = 4;
constexpr double kLineHz = 44100.0 / 2048;

ModelConfig WithTones(int64_t from_quality = 6) {
  auto json = TinyModelJson();
  json["tones"] = {{"first", kFirst},
                   {"lines", kLines},
                   {"count", kCount},
                   {"step_db", 6},
                   {"from_quality", from_quality}};
  return ParseModelConfig(json);
}

// Sines [1, 2, packets · 1024] of these lines, alike in both channels.
torch::Tensor Sines(const std::vector<int64_t>& lines, double amplitude, int64_t packets) {
  const auto n = torch::arange(packets * 1024, torch::kFloat64);
  auto x = torch::zeros_like(n);
  for (const int64_t line : lines)
    x += amplitude * torch::sin(2 * M_PI / 2048 * static_cast<double>(line) * n + 0.3);
  return x.to(torch::kFloat32).reshape({1, 1, -1}).expand({1, 2, -1}).contiguous();
}

// Energy of x between two frequencies, as a share of the whole.
double ShareBetween(const torch::Tensor& x, double low_hz, double high_hz) {
  const auto energy = torch::view_as_real(torch::fft::rfft(x)).square().sum(-1);
  const double bin = 44100.0 / static_cast<double>(x.size(0));
  const auto first = static_cast<int64_t>(low_hz / bin), last = static_cast<int64_t>(high_hz / bin);
  return (energy.narrow(0, first, last - first).sum() / energy.sum()).item<double>();
}

TEST(Tones, ASteadySineIsFoundInItsLineAtItsLevel) {
  Tones tones(WithTones());
  const auto levels = tones->Pick(Sines({100}, 0.1, 20)).select(0, 0);
  // The first packets are those before the beginning.
  for (int64_t p = 3; p < 18; ++p) {
    EXPECT_EQ((levels[p] > TonesImpl::kNone).sum().item<int64_t>(), 1) << p;
    EXPECT_EQ(levels[p][100 - kFirst].item<double>(), -18) << p << ": -20 dB in steps of 6";
  }
}

TEST(Tones, AreHeardWhereTheyWereLaterByTheDelay) {
  const auto config = WithTones();
  Tones tones(config);
  const int64_t packets = 40, begin = 12 * 1024, end = 24 * 1024;
  auto x = Sines({100}, 0.1, packets);
  x.narrow(2, 0, begin).zero_();
  x.narrow(2, end, packets * 1024 - end).zero_();
  const auto y = tones->Sound(tones->Pick(x));
  EXPECT_EQ(y.sizes(), x.sizes());
  EXPECT_TRUE(y[0][0].equal(y[0][1]));
  const auto inside = y[0][0].narrow(0, begin + config.delay() + 1024, end - begin - 2048);
  EXPECT_GT(ShareBetween(inside, 99 * kLineHz, 101 * kLineHz), 0.99);
  EXPECT_NEAR(inside.square().mean().sqrt().item<double>(), std::pow(10, -18.0 / 20) / M_SQRT2,
              0.003);
  // A window of two packets, moved by up to half of one, reaches no further.
  EXPECT_EQ(y[0][0].narrow(0, 0, begin + config.delay() - 2048).abs().max().item<float>(), 0);
  const int64_t after = end + config.delay() + 2048;
  EXPECT_EQ(y[0][0].narrow(0, after, packets * 1024 - after).abs().max().item<float>(), 0);
}

TEST(Tones, TheLoudestAreKeptAndNoMoreThanSoMany) {
  Tones tones(WithTones());
  auto x = Sines({60, 90, 120, 150}, 0.1, 20) + Sines({75, 105, 135}, 0.01, 20);
  x += 1e-4 * torch::randn_like(x);
  const auto kept = tones->Pick(x)[0].narrow(0, 3, 15) > TonesImpl::kNone;
  EXPECT_TRUE((kept.sum(1) == kCount).all().item<bool>());
  for (const int64_t line : {60, 90, 120, 150})
    EXPECT_TRUE(kept.select(1, line - kFirst).all().item<bool>()) << line;
}

TEST(Tones, SilenceNoiseInTheSideAndWhatLiesOutsideTheLinesHaveNone) {
  Tones tones(WithTones());
  const auto none = [&](const torch::Tensor& x) {
    return tones->Pick(x).max().item<double>() == TonesImpl::kNone;
  };
  EXPECT_TRUE(none(torch::zeros({1, 2, 20 * 1024})));
  auto side = Sines({100}, 0.1, 20);
  side.select(1, 1).neg_();
  EXPECT_TRUE(none(side));
  EXPECT_TRUE(none(Sines({10}, 0.1, 20)));
  EXPECT_TRUE(none(Sines({100}, 1e-4, 20))) << "80 dB below full scale";
}

TEST(Tones, OfAPrefixAreAPrefixButForTheLastPacket) {
  Tones tones(WithTones());
  torch::manual_seed(3);
  const auto x = Sines({60, 90, 120, 150, 200}, 0.1, 24) + 0.02 * torch::randn({1, 2, 24 * 1024});
  const auto whole = tones->Pick(x), part = tones->Pick(x.narrow(2, 0, 16 * 1024));
  EXPECT_TRUE(whole.narrow(1, 0, 15).equal(part.narrow(1, 0, 15)));
  const auto sound = tones->Sound(whole), sound_part = tones->Sound(part);
  EXPECT_LT((sound.narrow(2, 0, 15 * 1024) - sound_part.narrow(2, 0, 15 * 1024))
                .abs()
                .max()
                .item<float>(),
            1e-6);
}

TEST(Tones, CountFromTheirQualityOn) {
  torch::manual_seed(4);
  Codec codec(WithTones(6));
  const auto x = Sines({100}, 0.1, 24) + 0.02 * torch::randn({1, 2, 24 * 1024});
  for (int i = 0; i < 2; ++i) codec(x, torch::full({1}, 12));
  codec->eval();
  torch::NoGradGuard no_grad;
  const auto packets = codec->Encode(x), tones = codec->PickTones(x);
  const auto bytes = [&](int64_t quality) {
    return packets.narrow(2, 0, codec->config().packet_bytes(quality));
  };
  const auto nothing = torch::full_like(tones, TonesImpl::kNone);
  EXPECT_TRUE(codec->Decode(bytes(5), tones).equal(codec->Decode(bytes(5), nothing)));
  EXPECT_FALSE(codec->Decode(bytes(6), tones).equal(codec->Decode(bytes(6), nothing)));
  for (const int64_t quality : {5, 6, 12}) {
    const auto output = codec(x, torch::full({1}, quality));
    EXPECT_LT((codec->Decode(bytes(quality), tones) - output.audio).abs().max().item<float>(), 1e-4)
        << quality;
  }
}

TEST(Tones, AModelThatLacksThemGoesOnWithThemAddedToItsSound) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("motet_tones_" + std::to_string(::getpid()) + ".ckpt");
  torch::manual_seed(6);
  Codec plain(TinyModel());
  const auto x = Sines({100}, 0.1, 24) + 0.02 * torch::randn({1, 2, 24 * 1024});
  for (int i = 0; i < 2; ++i) plain(x, torch::full({1}, 12));
  plain->eval();
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : NamedState(*plain))
    tensors.push_back(StoreTensor("model." + name, tensor));
  WriteTensorFile(path.string(), "{}", tensors);
  Codec codec(WithTones());
  LoadWeights(*codec, path.string());
  std::filesystem::remove(path);
  codec->eval();

  torch::NoGradGuard no_grad;
  const auto packets = codec->Encode(x), tones = codec->PickTones(x);
  EXPECT_TRUE(packets.equal(plain->Encode(x)));
  const auto sum = plain->Decode(packets) + Tones(WithTones())->Sound(tones);
  EXPECT_LT((codec->Decode(packets, tones) - sum).abs().max().item<float>(), 1e-5);
}

TEST(Tones, AreRefusedWhereTheDelayIsTooShortForThem) {
  auto json = TinyModelJson();
  json["tones"] = {
      {"first", 40}, {"lines", 240}, {"count", 4}, {"step_db", 6}, {"from_quality", 6}};
  json["encoder"]["coarse"]["lookahead"] = {0};
  try {
    ParseModelConfig(json);
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "configuration: 'model.tones.lines' need a delay of two packets, 2048 samples; this "
        "model has 1280");
  }
}

}  // namespace
}  // namespace motet::trainer
