// What tones promise: a steady sound is found in its line at its level and is heard there again,
// later by the codec's delay; choice, bytes, rows and sound are those of docs/ARCHITECTURE.md,
// whose reference stands in model_config/tests/support; and a model with tones is the model without
// them below the quality from which they count, and before it has learned what to make of them.
#include "model/tones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "model/codec.h"
#include "model/tensor_file.h"
#include "reference_tones.h"
#include "tests/tiny_model.h"
#include "training/checkpoint.h"

namespace motet::trainer {
namespace {

using motet::testing::PacketTones;
using motet::testing::ReferenceTones;
using ::testing::ElementsAre;

// Of the tiny model with tones.
constexpr int64_t kFirst = 40, kLines = 240, kCount = 4;
constexpr double kLineHz = 44100.0 / 2048;

ModelConfig WithTones(const nlohmann::json& changes = nlohmann::json::object()) {
  return ParseModelConfig(TinyModelWithTonesJson(changes));
}

// Sines [1, 2, packets · 1024] of these lines, alike in both channels.
torch::Tensor Sines(const std::vector<int64_t>& lines, double amplitude, int64_t packets) {
  const auto n = torch::arange(packets * 1024, torch::kFloat64);
  auto x = torch::zeros_like(n);
  for (const int64_t line : lines)
    x += amplitude * torch::sin(2 * M_PI / 2048 * static_cast<double>(line) * n + 0.3);
  return x.to(torch::kFloat32).reshape({1, 1, -1}).expand({1, 2, -1}).contiguous();
}

// Sines [items, 2, packets · 1024] all over the lines, which swell and fade, more than are kept;
// and noise.
torch::Tensor Swelling(int64_t items, int64_t packets) {
  torch::manual_seed(8);
  const auto n = torch::arange(packets * 1024, torch::kFloat64);
  auto x = 0.002 * torch::randn({items, 2, packets * 1024});
  for (int64_t item = 0; item < items; ++item) {
    for (int i = 0; i < 3 * kCount; ++i) {
      const auto drawn = torch::rand({4}, torch::kFloat64);
      const auto swell = torch::exp(torch::sin(n / 1024 * (0.02 + 0.2 * drawn[0]) + 6 * drawn[1]));
      const auto line = kFirst - 3 + drawn[2] * (kLines + 6);
      x[item] += 0.01 * (swell * torch::sin(2 * M_PI / 2048 * line * n + 6 * drawn[3]));
    }
  }
  return x;
}

// The tones of packets of one item.
std::vector<PacketTones> TonesOf(const torch::Tensor& tones) {
  std::vector<PacketTones> packets;
  for (int64_t p = 0; p < tones.size(0); ++p) {
    PacketTones& of_packet = packets.emplace_back();
    for (int64_t line = 0; line < tones.size(1); ++line) {
      const auto tone = tones[p][line].item<int64_t>();
      if (tone != TonesImpl::kNone) of_packet[line] = tone;
    }
  }
  return packets;
}

std::vector<std::vector<float>> ChannelsOf(const torch::Tensor& x) {
  std::vector<std::vector<float>> channels;
  for (int64_t c = 0; c < x.size(0); ++c) {
    const auto* samples = x[c].data_ptr<float>();
    channels.emplace_back(samples, samples + x.size(1));
  }
  return channels;
}

torch::Tensor RandomTones(int64_t items, int64_t packets, int64_t places) {
  torch::manual_seed(9);
  auto tones = torch::full({items, packets, kLines}, TonesImpl::kNone, torch::kInt64);
  const auto lines = torch::rand({items, packets, kLines}).argsort(2, false).narrow(2, 0, kCount);
  auto chosen = torch::randint(32 * places, lines.sizes(), torch::kInt64);
  return tones.scatter_(2, lines, chosen);
}

const nlohmann::json kPlaces[] = {
    nlohmann::json::object(), {{"phases", 8}}, {{"pans", 3}}, {{"phases", 4}, {"pans", 5}}};

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
  for (int64_t p = 3; p < 20; ++p) {
    EXPECT_EQ((levels[p] != TonesImpl::kNone).sum().item<int64_t>(), 1) << p;
    EXPECT_EQ(levels[p][100 - kFirst].item<int64_t>(), 8)
        << p << ": -20 dB, in steps of 6 from -66";
  }
}

TEST(Tones, AreHeardWhereTheyWereLaterByTheDelay) {
  const auto config = WithTones();
  Tones tones(config);
  const int64_t packets = 40, begin = 12 * 1024, end = 24 * 1024;
  auto x = Sines({100}, 0.1, packets);
  x.narrow(2, 0, begin).zero_();
  x.narrow(2, end, packets * 1024 - end).zero_();
  const auto y = tones->Sound(tones->Pick(x), 0);
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
  const auto kept = tones->Pick(x)[0].narrow(0, 3, 15) != TonesImpl::kNone;
  EXPECT_TRUE((kept.sum(1) == kCount).all().item<bool>());
  for (const int64_t line : {60, 90, 120, 150})
    EXPECT_TRUE(kept.select(1, line - kFirst).all().item<bool>()) << line;
}

TEST(Tones, SilenceNoiseInTheSideAndWhatLiesOutsideTheLinesHaveNone) {
  Tones tones(WithTones());
  const auto none = [&](const torch::Tensor& x) {
    return tones->Pick(x).max().item<int64_t>() == TonesImpl::kNone;
  };
  EXPECT_TRUE(none(torch::zeros({1, 2, 20 * 1024})));
  auto side = Sines({100}, 0.1, 20);
  side.select(1, 1).neg_();
  EXPECT_TRUE(none(side));
  EXPECT_TRUE(none(Sines({10}, 0.1, 20)));
  EXPECT_TRUE(none(Sines({100}, 1e-4, 20))) << "80 dB below full scale";
}

TEST(Tones, AreThoseOfTheReference) {
  const auto x = Swelling(2, 48);
  std::vector<nlohmann::json> cases(std::begin(kPlaces), std::end(kPlaces));
  // Lines that reach down to the lowest bin and up to the highest have fewer surroundings there.
  cases.push_back({{"first", 1}, {"lines", 200}});
  cases.push_back({{"first", 800}, {"lines", 224}});
  for (const nlohmann::json& changes : cases) {
    const auto config = WithTones(changes);
    const auto tones = Tones(config)->Pick(x);
    for (int64_t item = 0; item < x.size(0); ++item)
      EXPECT_EQ(TonesOf(tones[item]), ReferenceTones(config).Pick(ChannelsOf(x[item]))) << changes;
  }
}

TEST(Tones, TheChoiceReachesBackSixteenPackets) {
  // One of two sines is kept, which change places as the stronger one by less than lasting is
  // worth.
  Tones tones(WithTones({{"count", 1}}));
  const int64_t packets = 80, crossing = 40;
  const auto rise = torch::pow(10.0, (torch::arange(packets * 1024) / 1024.0 - crossing) / 20 / 20);
  const auto kept = tones->Pick(Sines({100}, 0.1, packets) / rise +
                                Sines({110}, 0.1, packets) * rise)[0] != TonesImpl::kNone;
  // A window describes the two packets before, and sixteen packets on it is forgotten: the sudden
  // beginning, which had other peaks, and which sine was the stronger one.
  for (int64_t p = 18; p < packets; ++p) {
    // The lower one is preferred by an eighth of a decibel, what they change in two packets.
    if (p >= crossing && p < crossing + 20) continue;
    EXPECT_TRUE(kept[p][(p < crossing ? 100 : 110) - kFirst].item<bool>()) << p;
  }
  EXPECT_TRUE(kept[crossing + 12][100 - kFirst].item<bool>());
}

TEST(Tones, OfAPrefixAreAPrefix) {
  Tones tones(WithTones());
  torch::manual_seed(3);
  const auto x = Sines({60, 90, 120, 150, 200}, 0.1, 24) + 0.02 * torch::randn({1, 2, 24 * 1024});
  const auto whole = tones->Pick(x), part = tones->Pick(x.narrow(2, 0, 16 * 1024));
  EXPECT_TRUE(whole.narrow(1, 0, 16).equal(part));
  const auto sound = tones->Sound(whole, 0), sound_part = tones->Sound(part, 0);
  EXPECT_LT((sound.narrow(2, 0, 16 * 1024) - sound_part).abs().max().item<float>(), 1e-6);
}

TEST(Tones, SoundAndRowsAreThoseOfTheReference) {
  for (nlohmann::json changes : kPlaces) {
    changes["step_db"] = 2.5;
    const auto config = WithTones(changes);
    Tones tones(config);
    const ReferenceTones reference(config);
    const auto random = RandomTones(2, 12, config.tones->places());
    const auto sound = tones->Sound(random, 0), rows = tones->Rows(random);
    for (int64_t item = 0; item < random.size(0); ++item) {
      const auto packets = TonesOf(random[item]);
      const auto wanted = reference.Sound(packets);
      for (int64_t c = 0; c < 2; ++c) {
        const auto channel = torch::tensor(wanted[static_cast<size_t>(c)], torch::kFloat64);
        EXPECT_LT((sound[item][c] - channel).abs().max().item<double>(), 1e-5) << changes;
      }
      for (size_t p = 0; p < packets.size(); ++p) {
        const auto row = torch::tensor(reference.Row(packets[p]), torch::kFloat64);
        EXPECT_LT((rows[item][static_cast<int64_t>(p)] - row).abs().max().item<double>(), 1e-6);
      }
    }
  }
}

TEST(Tones, AreHeardAsMuchEarlierAsIsAskedFor) {
  const auto config = WithTones({{"phases", 8}, {"pans", 5}, {"step_db", 2.5}});
  Tones tones(config);
  const auto random = RandomTones(1, 12, config.tones->places());
  const auto packets = TonesOf(random[0]);
  for (const int64_t early : {1, 256}) {
    const auto sound = tones->Sound(random, early);
    const auto wanted = ReferenceTones(config).Sound(packets, early);
    for (int64_t c = 0; c < 2; ++c) {
      const auto channel = torch::tensor(wanted[static_cast<size_t>(c)], torch::kFloat64);
      EXPECT_LT((sound[0][c] - channel).abs().max().item<double>(), 1e-5) << early;
    }
    const int64_t rest = 12 * 1024 - early;
    EXPECT_TRUE(sound.narrow(2, 0, rest).equal(tones->Sound(random, 0).narrow(2, early, rest)));
  }
}

TEST(Tones, BytesAreThoseOfTheReferenceAndComeBack) {
  for (const nlohmann::json& places : kPlaces) {
    const auto config = WithTones(places);
    Tones tones(config);
    auto random = RandomTones(2, 12, config.tones->places());
    random[0][3].fill_(TonesImpl::kNone);
    random[1][5].narrow(0, 0, 120).fill_(TonesImpl::kNone);  // some of its tones
    const auto bytes = tones->Bytes(random);
    EXPECT_EQ(bytes.dtype(), torch::kUInt8);
    EXPECT_EQ(bytes.size(2), config.tones->bytes());
    EXPECT_TRUE(tones->Read(bytes).equal(random)) << places;
    for (int64_t item = 0; item < random.size(0); ++item) {
      const auto packets = TonesOf(random[item]);
      for (size_t p = 0; p < packets.size(); ++p) {
        const auto wanted = torch::tensor(ReferenceTones(config).Bytes(packets[p]), torch::kUInt8);
        EXPECT_TRUE(bytes[item][static_cast<int64_t>(p)].equal(wanted)) << places;
      }
    }
  }
}

TEST(Tones, BytesThatNoEncoderWritesHaveOneMeaning) {
  Tones tones(WithTones());
  const auto read = [&](const std::vector<int64_t>& bytes) {
    return TonesOf(tones->Read(torch::tensor(bytes, torch::kUInt8).reshape({1, 1, -1}))[0])[0];
  };
  EXPECT_THAT(read({0, 7, 241, 5, 255, 5, 240, 5}), ElementsAre(std::pair(239, 5)))
      << "no line, and lines that are not there";
  EXPECT_THAT(read({9, 32, 3, 255, 0, 0, 0, 0}), ElementsAre(std::pair(2, 31), std::pair(8, 31)))
      << "levels above the highest, lines that descend";
  EXPECT_THAT(read({5, 9, 5, 4, 7, 1, 5, 6}), ElementsAre(std::pair(4, 6), std::pair(6, 1)))
      << "the later of one line";
}

TEST(Tones, PlacesThatThereAreNotAreTheHighest) {
  Tones tones(WithTones({{"phases", 4}, {"pans", 3}}));
  const auto bytes = torch::tensor({9, 32, 12, 5, 0, 255, 0, 3, 4, 0, 0, 0}, torch::kUInt8);
  EXPECT_THAT(TonesOf(tones->Read(bytes.reshape({1, 1, -1}))[0])[0],
              ElementsAre(std::pair(4, 32 * 11), std::pair(8, 32 * 11 + 31)));
}

TEST(Tones, WithPhasesAndPansHaveTheWaveThatTheyStandFor) {
  const auto config = WithTones({{"phases", 16}, {"pans", 9}, {"step_db", 2}});
  Tones tones(config);
  auto x = Sines({100}, 0.1, 40) + Sines({141}, 0.05, 40);
  x.select(1, 0) *= 0.5;
  x.select(1, 1) *= 1.5;
  const auto y = tones->Sound(tones->Pick(x), 0);
  const int64_t begin = 8 * 1024, size = 24 * 1024;
  const auto wanted = x.narrow(2, begin, size), found = y.narrow(2, begin + config.delay(), size);
  // A phase is off by up to a 32nd of a turn, a level by a decibel.
  EXPECT_LT((found - wanted).norm().item<double>() / wanted.norm().item<double>(), 0.25);
}

TEST(Tones, CountFromTheirQualityOn) {
  torch::manual_seed(4);
  Codec codec(WithTones());
  const ModelConfig& config = codec->config();
  const auto x = Sines({100}, 0.1, 24) + 0.02 * torch::randn({1, 2, 24 * 1024});
  for (int i = 0; i < 2; ++i) codec(x, torch::full({1}, 12));
  codec->eval();
  torch::NoGradGuard no_grad;
  const auto packets = codec->Encode(x);
  EXPECT_EQ(packets.size(2), config.packet_bytes(12));
  const auto in_packets = packets.narrow(2, config.tones_offset(), config.tones->bytes());
  EXPECT_TRUE(in_packets.equal(Tones(config)->Bytes(Tones(config)->Pick(x))));
  auto without = packets.clone();
  without.narrow(2, config.tones_offset(), config.tones->bytes()).zero_();
  const auto decode = [&](const torch::Tensor& all, int64_t quality) {
    return codec->Decode(all.narrow(2, 0, config.packet_bytes(quality)));
  };
  EXPECT_TRUE(decode(packets, 5).equal(decode(without, 5)));
  EXPECT_FALSE(decode(packets, 6).equal(decode(without, 6)));
  for (const int64_t quality : {5, 6, 7, 12}) {
    const auto output = codec(x, torch::full({1}, quality));
    EXPECT_LT((decode(packets, quality) - output.audio).abs().max().item<float>(), 1e-4) << quality;
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
  const auto config = WithTones();
  Codec codec(config);
  LoadWeights(*codec, path.string());
  std::filesystem::remove(path);
  codec->eval();

  torch::NoGradGuard no_grad;
  const auto packets = codec->Encode(x), codes = plain->Encode(x);
  const int64_t at = config.tones_offset(), after = at + config.tones->bytes();
  EXPECT_TRUE(packets.narrow(2, 0, at).equal(codes.narrow(2, 0, at)));
  EXPECT_TRUE(packets.narrow(2, after, packets.size(2) - after)
                  .equal(codes.narrow(2, at, codes.size(2) - at)));
  Tones tones(config);
  const auto sum = plain->Decode(codes) + tones->Sound(tones->Pick(x), 0);
  EXPECT_LT((codec->Decode(packets) - sum).abs().max().item<float>(), 1e-5);
}

// One in the middle goes on with places: what the decoder makes of levels stays, and of sides it
// makes nothing yet.
TEST(Tones, AModelWithoutPlacesGoesOnWithThem) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("motet_places_" + std::to_string(::getpid()) + ".ckpt");
  torch::manual_seed(6);
  Codec plain(WithTones());
  plain->eval();
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : NamedState(*plain))
    tensors.push_back(StoreTensor("model." + name, tensor));
  WriteTensorFile(path.string(), "{}", tensors);
  Codec codec(WithTones({{"phases", 8}, {"pans", 5}}));
  LoadWeights(*codec, path.string());
  std::filesystem::remove(path);
  const auto weight = codec->named_parameters()["decoder.tones.weight"];
  EXPECT_TRUE(weight.narrow(1, 0, kLines).equal(plain->named_parameters()["decoder.tones.weight"]));
  EXPECT_EQ(weight.narrow(1, kLines, kLines).abs().max().item<float>(), 0);
}

TEST(Tones, AreRefusedWhereTheDelayIsTooShortForThem) {
  auto json = TinyModelWithTonesJson();
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
