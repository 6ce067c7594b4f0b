// The networks of the entropy model: the integers of docs/FORMAT.md and nothing else, what they
// learn from, and what they save. Left out: the range coder, which is core's.
#include "entropy/entropy_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "entropy/code_examples.h"
#include "entropy/code_weights.h"
#include "entropy/entropy_model.h"
#include "entropy/entropy_training.h"
#include "random_tensors.h"
#include "tests/tiny_model.h"

namespace motet::trainer {
namespace {

constexpr int64_t kPacketBytes = 28;  // of the tiny model at quality 12

std::vector<int64_t> Integers(const EntropyModel& model, const std::string& name) {
  std::vector<int64_t> integers;
  for (const float value : model.tensors.at(kEntropyPrefix + name).values) {
    EXPECT_EQ(value, std::nearbyint(value)) << name;
    integers.push_back(static_cast<int64_t>(value));
  }
  return integers;
}

// z of a quantizer for one context, in plain integers.
std::vector<int64_t> PlainLogarithms(const EntropyModel& model,
                                     const std::vector<CodedQuantizer>& quantizers, size_t index,
                                     const int64_t* context) {
  const std::string name = quantizers[index].name();
  const auto [embedding, hidden] = model.sizes;
  std::vector<int64_t> x;
  for (size_t c = 0; c < quantizers[index].context.size(); ++c) {
    const auto seen = static_cast<size_t>(quantizers[index].context[c].quantizer);
    const auto table = Integers(model, quantizers[seen].name() + ".embedding");
    const auto row = table.begin() + context[c] * embedding;
    x.insert(x.end(), row, row + embedding);
  }
  const auto layer = [&](const std::string& which, const std::vector<int64_t>& in) {
    std::vector<int64_t> sums = Integers(model, name + "." + which + ".bias");
    const auto weights = Integers(model, name + "." + which + ".weight");
    for (size_t row = 0; row < sums.size(); ++row) {
      for (size_t i = 0; i < in.size(); ++i) sums[row] += weights[row * in.size() + i] * in[i];
    }
    return sums;
  };
  std::vector<int64_t> h = layer("hidden", x);
  EXPECT_EQ(static_cast<int64_t>(h.size()), hidden);
  for (int64_t& value : h) value = std::clamp<int64_t>((value + 256) >> 9, 0, 127);
  return layer("output", h);
}

torch::Tensor RandomContexts(const CodedQuantizer& quantizer, int64_t count) {
  return torch::randint(kAbsentCode + 1, {count, static_cast<int64_t>(quantizer.context.size())},
                        torch::kInt64);
}

TEST(EntropyNetwork, ComputesTheIntegersOfTheFormat) {
  const auto quantizers = CodedQuantizers(TinyModel());
  for (const double scale : {1.0, 5.0, 1000.0}) {  // ordinary, wide, and at the ends of all ranges
    torch::manual_seed(3);
    EntropyNetwork network(quantizers, EntropySizes{.embedding = 6, .hidden = 10});
    {
      torch::NoGradGuard no_grad;
      for (auto& parameter : network->parameters())
        parameter.add_(torch::randn_like(parameter), 0.1).mul_(scale);
      network->Clamp();
    }
    EntropyModel model = network->ToModel();
    EXPECT_NO_THROW(CheckEntropyModel(model, TinyModel()));
    for (size_t q = 0; q < quantizers.size(); ++q) {
      const auto contexts = RandomContexts(quantizers[q], 3);
      const auto z = network->Logarithms(q, contexts);
      for (int64_t i = 0; i < contexts.size(0); ++i) {
        const auto wanted = PlainLogarithms(model, quantizers, q, contexts[i].data_ptr<int64_t>());
        for (int64_t k = 0; k < 256; ++k) {
          ASSERT_EQ(z[i][k].item<double>(), static_cast<double>(wanted[static_cast<size_t>(k)]))
              << quantizers[q].name() << ", code " << k << ", weights times " << scale;
        }
      }
    }
  }
}

TEST(EntropyNetwork, GradientsReachEveryTensorThatAContextTouches) {
  const auto quantizers = CodedQuantizers(TinyModel());
  torch::manual_seed(4);
  EntropyNetwork network(quantizers, EntropySizes{.embedding = 6, .hidden = 10});
  for (size_t q = 0; q < quantizers.size(); ++q)
    network->Bits(q, RandomContexts(quantizers[q], 50), torch::randint(256, {50}, torch::kInt64))
        .backward();
  for (const auto& parameter : network->named_parameters())
    EXPECT_GT(parameter.value().grad().abs().max().item<double>(), 0) << parameter.key();
}

TEST(CodeWeights, FallByHalfForEachBitDownToOne) {
  std::array<int32_t, 256> z{};
  for (int32_t k = 0; k < 256; ++k) z[static_cast<size_t>(k)] = 1000 - 40 * k;
  z[255] = -2'000'000;
  const auto weights = CodeWeights(z);
  EXPECT_EQ(weights[0], 32769);
  EXPECT_EQ(weights[255], 1);
  for (int32_t k = 0; k < 255; ++k) {
    const double exact = 1 + 32768 * std::exp2(-40.0 * k / 512);
    EXPECT_NEAR(weights[static_cast<size_t>(k)], exact, 4e-3 * exact + 1) << k;
    if (40 * k >= 8192) EXPECT_EQ(weights[static_cast<size_t>(k)], 1);
  }
}

// The code at a place of a sequence whose codes tell where they are.
uint8_t Marked(int64_t packet, int64_t offset) {
  return static_cast<uint8_t>((packet * kPacketBytes + offset) * 37 % 251);
}

CodeSequence MarkedSequence(int64_t packets) {
  CodeSequence codes;
  for (int64_t packet = 0; packet < packets; ++packet) {
    for (int64_t offset = 0; offset < kPacketBytes; ++offset)
      codes.push_back(Marked(packet, offset));
  }
  return codes;
}

TEST(CodeExamples, APageHidesWhatLiesBeforeItAndWhatTheQualityLacks) {
  const CodeExamples examples(TinyModel(), {MarkedSequence(20)});
  // mid.0 at quality 5: its codes are bytes 2 and 3 of a packet.
  const auto batch = examples.Page(/*quantizer=*/2, /*sequence=*/0, /*first=*/7, /*packets=*/3, 5);
  ASSERT_EQ(batch.codes.size(0), 6);
  const auto at = [&](int64_t packet, int64_t offset) -> int64_t {
    return packet < 7 ? kAbsentCode : Marked(packet, offset);
  };
  for (int64_t packet = 7; packet < 10; ++packet) {
    const std::vector<int64_t> first = {
        at(packet - 1, 3), at(packet - 1, 2), at(packet - 2, 3), at(packet - 2, 2),  // own
        at(packet, 0),     at(packet - 1, 0), at(packet, 1),     at(packet - 1, 1),  // coarse
        at(packet - 1, 5),                                                           // mid.1
        at(packet - 1, 8), at(packet - 1, 9),                                        // fine.0
        kAbsentCode,       kAbsentCode};                                             // fine.1
    const int64_t row = 2 * (packet - 7);
    EXPECT_TRUE(batch.contexts[row].equal(torch::tensor(first, torch::kInt64))) << packet;
    EXPECT_EQ(batch.codes[row].item<int64_t>(), Marked(packet, 2));
    EXPECT_EQ(batch.codes[row + 1].item<int64_t>(), Marked(packet, 3));
  }
}

TEST(CodeExamples, AreDrawnWithEveryQualityAndWithPagesThatBegin) {
  const CodeExamples examples(TinyModel(), {MarkedSequence(3), MarkedSequence(200)});
  constexpr int64_t kCount = 4000;
  const auto batch = examples.Draw(/*quantizer=*/0, kCount, 1, 0);
  const auto absent = batch.contexts.eq(kAbsentCode).to(torch::kFloat64).mean(0);
  const auto share = [&](int64_t code) { return absent[code].item<double>(); };
  // Before the page: frame f - 1 in a quarter of the tenth, frame f - 4 in all of it.
  EXPECT_NEAR(share(0), 0.025, 0.01);
  EXPECT_NEAR(share(3), 0.1, 0.02);
  // Left out: coarse.1 by quality 1, fine.1 by 1 to 5 of 12, of the half that do not see all.
  EXPECT_NEAR(share(4), 0.025 + 0.5 / 12, 0.02);
  EXPECT_NEAR(share(16), 0.025 + 0.5 * 5 / 12, 0.03);

  EXPECT_TRUE(examples.Draw(0, 50, 1, 7).contexts.equal(examples.Draw(0, 50, 1, 7).contexts));
  EXPECT_FALSE(examples.Draw(0, 50, 1, 7).contexts.equal(examples.Draw(0, 50, 1, 8).contexts));
  EXPECT_FALSE(examples.Draw(0, 50, 1, 7).contexts.equal(examples.Draw(0, 50, 2, 7).contexts));
}

ModelConfig WithLadder() {
  return ParseModelConfig(WithLadderJson(TinyModelJson(), testing::kLadder));
}
constexpr size_t kFine2 = 10, kFine3 = 11;  // of the quantizers

// Quality 9 has fine.2 of the frames 0 and 2, as bytes 18 and 19 of a packet.
TEST(CodeExamples, APageHoldsTheHalfOfAQuantizerThatTheQualityHas) {
  const CodeExamples examples(WithLadder(), {MarkedSequence(20)});
  const auto batch = examples.Page(kFine2, /*sequence=*/0, /*first=*/7, /*packets=*/3, 9);
  ASSERT_EQ(batch.codes.size(0), 6);
  const auto at = [&](int64_t packet, int64_t offset) -> int64_t {
    return packet < 7 ? kAbsentCode : Marked(packet, offset);
  };
  for (int64_t packet = 7; packet < 10; ++packet) {
    const int64_t before = packet - 1, row = 2 * (packet - 7);
    const std::vector<int64_t> first = {
        kAbsentCode,   at(before, 19), kAbsentCode,    at(before, 18),  // own
        at(packet, 0), at(before, 0),  at(packet, 1),  at(before, 1),   // coarse
        at(packet, 2), at(before, 3),  at(packet, 4),  at(before, 5),   // mid
        at(packet, 6), at(before, 9),  at(packet, 10), at(before, 13),  // fine
        kAbsentCode};                                                   // fine.3
    const std::vector<int64_t> third = {
        kAbsentCode,   at(packet, 18), kAbsentCode,    at(before, 19),  // own
        at(packet, 0), at(before, 0),  at(packet, 1),  at(before, 1),   // coarse
        at(packet, 3), at(packet, 2),  at(packet, 5),  at(packet, 4),   // mid
        at(packet, 8), at(packet, 7),  at(packet, 12), at(packet, 11),  // fine
        kAbsentCode};                                                   // fine.3
    EXPECT_TRUE(batch.contexts[row].equal(torch::tensor(first, torch::kInt64))) << packet;
    EXPECT_TRUE(batch.contexts[row + 1].equal(torch::tensor(third, torch::kInt64))) << packet;
    EXPECT_EQ(batch.codes[row].item<int64_t>(), Marked(packet, 18));
    EXPECT_EQ(batch.codes[row + 1].item<int64_t>(), Marked(packet, 19));
  }
  EXPECT_EQ(examples.Page(kFine2, 0, 7, 3, 8).codes.size(0), 0);
  EXPECT_EQ(examples.Page(kFine3, 0, 7, 3, 10).codes.size(0), 0);
  // All are there, in the order of time.
  const auto whole = examples.Page(kFine2, 0, 7, 3, 10).codes;
  ASSERT_EQ(whole.size(0), 12);
  for (int64_t i = 0; i < 12; ++i) {
    const int64_t offsets[] = {18, 20, 19, 21};
    EXPECT_EQ(whole[i].item<int64_t>(), Marked(7 + i / 4, offsets[i % 4]));
  }
}

// A code of an odd frame is learned from qualities that have it.
TEST(CodeExamples, AreDrawnWithEveryQualityThatHasTheCode) {
  const CodeExamples examples(WithLadder(), {MarkedSequence(200)});
  const auto batch = examples.Draw(kFine2, /*count=*/8000, 1, 0);
  const auto absent = batch.contexts.eq(kAbsentCode).to(torch::kFloat64).mean(0);
  const double begins = 0.1 / 16;  // the first frame of a page, of the tenth in its four packets
  // Of the half that do not see all: an odd frame before an even one lacks at quality 9 of 9 to 12,
  // an even one before an odd one never.
  EXPECT_NEAR(absent[0].item<double>(), begins + 0.5 * 0.5 / 4, 0.01);
  // fine.3 lacks at qualities 9 and 10 beside an even frame, at quality 10 of 10 to 12 beside an
  // odd one.
  EXPECT_NEAR(absent[16].item<double>(), begins + 0.5 * (0.5 * 2 / 4 + 0.5 * 1 / 3), 0.02);
}

TEST(CodeExamples, NeedSequencesThatHoldAContext) {
  EXPECT_THROW(CodeExamples(TinyModel(), {MarkedSequence(4)}), std::runtime_error);
  EXPECT_THROW(CodeExamples(TinyModel(), {}), std::runtime_error);
}

TEST(EntropyTraining, SavesTheBytesOfCodesThatArePredictable) {
  CodeSequence codes;  // each code follows from the one before it
  for (int64_t packet = 0; packet < 256; ++packet) {
    for (int64_t offset = 0; offset < kPacketBytes; ++offset)
      codes.push_back(static_cast<uint8_t>(9 * offset + packet % 3));
  }
  const auto quantizers = CodedQuantizers(TinyModel());
  const CodeExamples examples(TinyModel(), {codes});
  torch::manual_seed(5);
  EntropyNetwork network(quantizers, EntropySizes{.embedding = 4, .hidden = 8});
  const auto nothing = [](auto...) {};
  const auto before = MeasureEntropyNetwork(network, std::nullopt, std::nullopt, examples, nothing);
  TrainEntropyNetwork(network, examples, {.steps = 150, .batch = 64, .learning_rate = 2e-2},
                      nothing);
  const auto after = MeasureEntropyNetwork(network, std::nullopt, std::nullopt, examples, nothing);
  for (size_t i = 0; i < 12; ++i) {
    const auto bytes =
        static_cast<double>(examples.config().packet_bytes(static_cast<int64_t>(i) + 1));
    EXPECT_LE(before.packet_bytes[i], bytes);  // a page that would grow is left as it is
    EXPECT_LT(after.packet_bytes[i], 0.3 * bytes) << "quality " << i + 1;
    EXPECT_LT(after.bits[i], 2) << quantizers[i].name();
  }
}

// Bits of a page at a quality, from all codes that it has there.
double PageBits(EntropyNetwork& network, const CodeExamples& examples, int64_t first, int64_t count,
                int64_t quality) {
  double bits = 0;
  for (size_t q = 0; q < examples.quantizers().size(); ++q) {
    const CodeBatch batch = examples.Page(q, /*sequence=*/0, first, count, quality);
    if (batch.codes.size(0) == 0) continue;
    const auto z = network->Logarithms(q, batch.contexts).to(torch::kInt32).contiguous();
    for (int64_t i = 0; i < batch.codes.size(0); ++i) {
      std::array<int32_t, 256> row;
      std::copy_n(z.data_ptr<int32_t>() + 256 * i, 256, row.begin());
      const auto weights = CodeWeights(row);
      const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
      bits += std::log2(sum / weights[static_cast<size_t>(batch.codes[i].item<int64_t>())]);
    }
  }
  return bits;
}

// What is measured once for several qualities is the same at all of them.
TEST(EntropyTraining, MeasuresTheCodesThatEachQualityHas) {
  constexpr int64_t kPackets = 150;  // a full page and a part of one
  CodeSequence codes;
  for (int64_t packet = 0; packet < kPackets; ++packet) {
    for (int64_t offset = 0; offset < kPacketBytes; ++offset)
      codes.push_back(static_cast<uint8_t>(9 * offset + (Marked(packet, offset) % 4) * 5));
  }
  const auto config = ParseModelConfig(WithLadderJson(TinyModelJson(), testing::kScatteredLadder));
  const CodeExamples examples(config, {codes});
  torch::manual_seed(5);
  EntropyNetwork network(examples.quantizers(), EntropySizes{.embedding = 4, .hidden = 8});
  const auto nothing = [](auto...) {};
  TrainEntropyNetwork(network, examples, {.steps = 60, .batch = 64, .learning_rate = 2e-2},
                      nothing);
  const auto figures =
      MeasureEntropyNetwork(network, std::nullopt, std::nullopt, examples, nothing);
  ASSERT_EQ(figures.packet_bytes.size(), 11U);
  torch::NoGradGuard no_grad;
  for (int64_t quality = 1; quality <= 11; ++quality) {
    double bytes = 0;
    for (const auto& [first, count] : {std::pair{0, 128}, {128, 22}})
      bytes += std::ceil(PageBits(network, examples, first, count, quality) / 8);
    EXPECT_LT(bytes, 0.9 * static_cast<double>(kPackets * config.packet_bytes(quality)));
    EXPECT_NEAR(figures.packet_bytes[static_cast<size_t>(quality) - 1] * kPackets, bytes, 1e-6)
        << "quality " << quality;
  }
}

TEST(EntropyModel, ComesBackFromAFileAndKnowsItsIdentity) {
  torch::manual_seed(6);
  const auto config = TinyModel();
  EntropyModel model =
      EntropyNetwork(CodedQuantizers(config), EntropySizes{.embedding = 4, .hidden = 8})->ToModel();
  model.codec_identity = "0123456789abcdef";
  TensorFile file{.json = "", .tensors = model.Stored()};
  const nlohmann::json meta = {{"model", TinyModelJson()},
                               {"identity", model.Identity()},
                               {"entropy", model.ToJson()},
                               {"info", nlohmann::json::object()}};
  const EntropyModel read = ReadEntropyModel(file, ParseModelFileConfig(meta.dump()));
  EXPECT_EQ(read.Identity(), model.Identity());
  EXPECT_EQ(read.ToJson(), model.ToJson());
  for (const auto& [name, tensor] : model.tensors)
    EXPECT_EQ(read.tensors.at(name).values, tensor.values) << name;

  const auto error = [&](const TensorFile& wrong, const nlohmann::json& json) -> std::string {
    try {
      ReadEntropyModel(wrong, ParseModelFileConfig(json.dump()));
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "no error";
  };
  const auto expect = [](const std::string& message, const std::string& words) {
    EXPECT_NE(message.find(words), std::string::npos) << message;
  };
  auto json = meta;
  json["entropy"]["codec_identity"] = "0123456789abcdee";
  expect(error(file, json), "'identity' is '" + model.Identity() + "'");
  json = meta;
  json["entropy"]["hidden"] = 9;
  expect(error(file, json), "has shape [8], wanted [9]");
  json["entropy"]["hidden"] = 100000;
  expect(error(file, json), "'entropy.hidden' is 100000, wanted 1 to 512");
  json = meta;
  json["entropy"]["embedding"] = 60;
  expect(error(file, json), "the entropy model's embedding is 60, wanted 1 to 44");
  json["entropy"].erase("embedding");
  expect(error(file, json), "missing key 'entropy.embedding'");
  auto tensors = file;
  tensors.tensors.pop_back();
  expect(error(tensors, meta),
         "tensor entropy.mid.3.output.weight is missing, wanted shape [256, 8]");
  tensors = file;
  tensors.tensors.push_back(tensors.tensors.back());
  tensors.tensors.back().name = "entropy.mid.4.output.weight";
  expect(error(tensors, meta), "tensor entropy.mid.4.output.weight does not belong");
  tensors = file;
  tensors.tensors[0].dtype = DType::kF32;
  expect(error(tensors, meta), "tensor entropy.coarse.0.embedding is stored as f32, wanted int8");
  model.tensors["entropy.fine.0.hidden.bias"].values[2] = 0.5F;
  EXPECT_THROW(CheckEntropyModel(model, config), std::runtime_error);
  model.tensors["entropy.fine.0.hidden.bias"].values[2] = 1048577;
  EXPECT_THROW(CheckEntropyModel(model, config), std::runtime_error);
}

TEST(EntropyModel, OfAModelWithTonesHasTheirWeights) {
  const auto json = TinyModelWithTonesJson();
  const auto config = ParseModelConfig(json);
  EntropyModel model =
      EntropyNetwork(CodedQuantizers(config), EntropySizes{.embedding = 4, .hidden = 8})->ToModel();
  const auto error = [&]() -> std::string {
    try {
      CheckEntropyModel(model, config);
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_EQ(error(), "tensor entropy.tones.flags is missing, wanted shape [128]");
  model.tensors["entropy.tones.flags"] = {{128}, std::vector<float>(128, 1)};
  model.tensors["entropy.tones.levels"] = {{96}, std::vector<float>(96, 65535)};
  EXPECT_EQ(error(), "no error");

  model.codec_identity = "0123456789abcdef";
  const nlohmann::json meta = {{"model", json},
                               {"identity", model.Identity()},
                               {"entropy", model.ToJson()},
                               {"info", nlohmann::json::object()}};
  const EntropyModel read =
      ReadEntropyModel({.json = "", .tensors = model.Stored()}, ParseModelFileConfig(meta.dump()));
  EXPECT_EQ(read.tensors.at("entropy.tones.levels").values, std::vector<float>(96, 65535));

  const std::string range = ", wanted an integer from 1 to 65535";
  for (const auto& [value, text] :
       {std::pair{0.0F, "0.000000"}, {65536.0F, "65536.000000"}, {1.5F, "1.500000"}}) {
    model.tensors["entropy.tones.flags"].values[7] = value;
    EXPECT_EQ(error(),
              "tensor entropy.tones.flags has " + std::string(text) + " as value 7" + range);
  }
  EXPECT_THROW(CheckEntropyModel(model, TinyModel()), std::runtime_error) << "it has no tones";
}

}  // namespace
}  // namespace motet::trainer
