// Tests the networks of the entropy model: the weights of docs/FORMAT.md in plain integers, from
// every set of kernels; and what a model file may hold. Training them is the trainer's business.
#include "entropy_coding/entropy_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "motet/model.h"
#include "random_model.h"

namespace motet::core {
namespace {

// 2^-(d/512), as docs/FORMAT.md approximates it.
uint32_t SpecifiedWeight(int64_t d) {
  if (d >= 8192) return 1;
  const int64_t t = d % 512;
  const int64_t m = 32768 - ((t * (22006 - ((5622 * t) >> 9))) >> 9);
  return static_cast<uint32_t>(1 + (m >> (d >> 9)));
}

int64_t Integer(float value) { return static_cast<int64_t>(value); }

class Numbers {
 public:
  std::vector<float> Take(size_t count, int bound) {
    std::vector<float> values(count);
    for (float& value : values) {
      value = static_cast<float>(static_cast<int>(random_() % (2u * bound + 1u)) - bound);
    }
    return values;
  }

 private:
  std::mt19937 random_{7};
};

TEST(EntropyKernels, AllSetsGiveTheIntegersOfTheSpecification) {
  Numbers numbers;
  const Kernels* sets[3];
  const size_t count = AllKernels(sets);
  for (const size_t in : {1u, 6u, 78u, 352u, 975u}) {
    for (const size_t out : {1u, 24u, 63u, 64u, 100u, 256u}) {
      const std::vector<float> x = numbers.Take(in, 127);
      const std::vector<float> weight = numbers.Take(in * out, 127);
      const std::vector<float> bias = numbers.Take(out, 1 << 20);
      for (size_t set = 0; set < count; ++set) {
        std::vector<float> y(out);
        sets[set]->affine(x.data(), in, weight.data(), bias.data(), y.data(), out);
        std::vector<float> h = y;
        sets[set]->activate(h.data(), out);
        for (size_t o = 0; o < out; ++o) {
          int64_t sum = Integer(bias[o]);
          for (size_t i = 0; i < in; ++i) sum += Integer(x[i]) * Integer(weight[i * out + o]);
          ASSERT_EQ(Integer(y[o]), sum) << sets[set]->name;
          ASSERT_EQ(Integer(h[o]), std::clamp<int64_t>((sum + 256) >> 9, 0, 127));
        }
      }
    }
  }
}

TEST(EntropyKernels, TheExtremesAreExact) {
  const std::vector<float> x(975, 127), weight(975, -127), bias = {-(1 << 20)};
  const Kernels* sets[3];
  const size_t count = AllKernels(sets);
  for (size_t set = 0; set < count; ++set) {
    float y = 0;
    sets[set]->affine(x.data(), 975, weight.data(), bias.data(), &y, 1);
    EXPECT_EQ(Integer(y), -975 * 127 * 127 - (1 << 20));
    sets[set]->activate(&y, 1);
    EXPECT_EQ(y, 0);
  }
}

TEST(EntropyKernels, CodeWeightsAreThoseOfTheSpecification) {
  Numbers numbers;
  const Kernels* sets[3];
  const size_t count = AllKernels(sets);
  for (const int bound : {0, 3, 600, 5000, (1 << 24) - 1}) {
    const std::vector<float> z = numbers.Take(256, bound);
    const int64_t most = Integer(*std::max_element(z.begin(), z.end()));
    for (size_t set = 0; set < count; ++set) {
      CodeWeights weights{};
      weights.sum = sets[set]->code_weights(z.data(), weights.weight.data());
      uint32_t sum = 0;
      for (size_t k = 0; k < 256; ++k) {
        ASSERT_EQ(weights.weight[k], SpecifiedWeight(most - Integer(z[k]))) << sets[set]->name;
        sum += weights.weight[k];
      }
      EXPECT_EQ(weights.sum, sum);
      EXPECT_LT(sum, 1u << 24);
    }
  }
}

TEST(EntropyKernels, CodeWeightsArePowersOfTwoWithinFourThousandths) {
  for (int64_t d = 0; d < 8192; ++d) {
    const double exact = 32768 * std::exp2(-static_cast<double>(d) / 512);
    EXPECT_NEAR(SpecifiedWeight(d) - 1, exact, 0.004 * exact + 1) << d;
  }
}

class EntropyModelFile : public ::testing::Test {
 protected:
  EntropyModelFile() : tensors_(testing::MakeTensors(testing::kSmallConfig, 3)) {
    testing::AddEntropyTensors(testing::kSmallConfig, 3, &tensors_);
  }
  std::string Error(const std::string& json = testing::EntropyJson(testing::kSmallConfig)) {
    const auto bytes = testing::WriteModelFile(json, tensors_);
    const auto model = Model::FromBytes(bytes, "m");
    return model.ok() ? "" : model.status().message();
  }
  testing::RandomTensors tensors_;
};

TEST_F(EntropyModelFile, IsLoadedAndToldOf) {
  const auto with = Model::FromBytes(testing::RandomEntropyModel(testing::kSmallConfig, 3), "m");
  const auto without = Model::FromBytes(testing::RandomModel(testing::kSmallConfig, 3), "m");
  ASSERT_TRUE(with.ok()) << with.status().message();
  EXPECT_TRUE((*with)->info().entropy_coding);
  EXPECT_FALSE((*without)->info().entropy_coding);
  EXPECT_EQ((*with)->info().parameters, (*without)->info().parameters);
  EXPECT_EQ((*with)->info().storage, "f32");
}

TEST_F(EntropyModelFile, MustBeComplete) {
  tensors_.erase("entropy.mid.1.output.bias");
  EXPECT_EQ(Error(), "m: tensor 'entropy.mid.1.output.bias' is missing, wanted [256]");
}

TEST_F(EntropyModelFile, MustHaveTheShapesOfItsLadder) {
  auto& tensor = tensors_["entropy.fine.0.hidden.weight"];
  tensor.shape[1] -= 6;
  tensor.values.resize(tensor.shape[0] * tensor.shape[1]);
  EXPECT_EQ(Error(),
            "m: tensor 'entropy.fine.0.hidden.weight' has shape [24, 72], wanted [24, 78]");
}

TEST_F(EntropyModelFile, TensorsWithoutTheKeyDoNotBelongToIt) {
  EXPECT_NE(Error(R"({"model": )" + std::string(testing::kSmallConfig) +
                  R"(, "identity": "0123456789abcdef", "info": {}})")
                .find("does not belong to this configuration"),
            std::string::npos);
}

TEST_F(EntropyModelFile, HoldsIntegersInTheirRange) {
  tensors_["entropy.coarse.0.hidden.bias"].values[3] = 0.5F;
  EXPECT_EQ(Error(),
            "m: tensor 'entropy.coarse.0.hidden.bias' holds 0.500000, wanted an integer from "
            "-1048576 to 1048576");
  tensors_["entropy.coarse.0.hidden.bias"].values[3] = 1 << 21;
  EXPECT_NE(Error().find("holds 2097152.000000"), std::string::npos);
  tensors_["entropy.coarse.0.hidden.bias"].values[3] = 0;
  tensors_["entropy.fine.3.embedding"].values[0] = -128;
  EXPECT_EQ(Error(),
            "m: tensor 'entropy.fine.3.embedding' holds -128.000000, wanted an integer from -127 "
            "to 127");
}

TEST_F(EntropyModelFile, SizesBeyondExactSumsAreRefused) {
  const std::string model = testing::kSmallConfig;
  const auto json = [&model](const std::string& sizes) {
    return R"({"model": )" + model +
           R"(, "identity": "0123456789abcdef", "info": {}, "entropy": )" + sizes + "}";
  };
  EXPECT_EQ(Error(json(R"({"embedding": 64, "hidden": 24, "codec_identity": "0123456789abcdef"})")),
            "m: configuration: 'entropy.embedding' is 64, wanted at most 57 with this ladder");
  EXPECT_EQ(Error(json(R"({"embedding": 6, "hidden": 513, "codec_identity": ""})")),
            "m: configuration: 'entropy.hidden' is 513, wanted 1 to 512");
  EXPECT_EQ(Error(json(R"({"embedding": 6, "codec_identity": ""})")),
            "m: configuration: missing key 'entropy.hidden'");
  EXPECT_EQ(Error(json(R"({"embedding": 6, "hidden": 24, "codec_identity": "x"})")),
            "m: configuration: 'entropy.codec_identity' is \"x\", wanted 16 lower-case "
            "hexadecimal digits");
  EXPECT_EQ(Error(json("6")), "m: configuration: 'entropy' is not an object");
}

}  // namespace
}  // namespace motet::core
