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

class Numbers {
 public:
  template <typename T>
  std::vector<T> Take(size_t count, int low, int high) {
    std::vector<T> values(count);
    for (T& value : values) {
      value =
          static_cast<T>(low + static_cast<int>(random_() % static_cast<uint32_t>(high - low + 1)));
    }
    return values;
  }

 private:
  std::mt19937 random_{7};
};

struct KernelSets {
  const Kernels* sets[kKernelSets];
  size_t count = AllKernels(sets);
  const Kernels* const* begin() const { return sets; }
  const Kernels* const* end() const { return sets + count; }
};

void ExpectSpecifiedHidden(const std::vector<std::vector<int16_t>>& narrow,
                           const std::vector<std::vector<int32_t>>& wide,
                           const std::vector<int32_t>& bias) {
  std::vector<const int16_t*> narrow_rows;
  std::vector<const int32_t*> wide_rows;
  for (const std::vector<int16_t>& row : narrow) narrow_rows.push_back(row.data());
  for (const std::vector<int32_t>& row : wide) wide_rows.push_back(row.data());
  for (const Kernels* kernels : KernelSets()) {
    std::vector<uint8_t> h(bias.size());
    kernels->hidden(narrow_rows.data(), narrow.size(), wide_rows.data(), wide.size(), bias.data(),
                    bias.size(), h.data());
    for (size_t j = 0; j < bias.size(); ++j) {
      int64_t sum = bias[j];
      for (const std::vector<int16_t>& row : narrow) sum += row[j];
      for (const std::vector<int32_t>& row : wide) sum += row[j];
      ASSERT_EQ(h[j], std::clamp<int64_t>((sum + 256) >> 9, 0, 127)) << kernels->name;
    }
  }
}

void ExpectSpecifiedLogits(const std::vector<uint8_t>& h, const std::vector<int8_t>& weight,
                           const std::vector<int32_t>& bias) {
  for (const Kernels* kernels : KernelSets()) {
    std::vector<int32_t> z(256);
    kernels->logits(h.data(), h.size(), weight.data(), bias.data(), z.data());
    for (size_t k = 0; k < 256; ++k) {
      int64_t sum = bias[k];
      for (size_t j = 0; j < h.size(); ++j)
        sum += int64_t{h[j]} * weight[(j / 4 * 256 + k) * 4 + j % 4];
      ASSERT_EQ(z[k], sum) << kernels->name << ", code " << k;
    }
  }
}

TEST(EntropyKernels, AllSetsGiveTheIntegersOfTheSpecification) {
  Numbers numbers;
  for (const size_t width : {64u, 128u, 512u}) {
    for (const size_t count : {0u, 1u, 13u, 22u}) {
      std::vector<std::vector<int16_t>> narrow;
      std::vector<std::vector<int32_t>> wide;
      for (size_t i = 0; i < count; ++i) {
        narrow.push_back(numbers.Take<int16_t>(width, -32767, 32767));
        wide.push_back(numbers.Take<int32_t>(width, -50000, 50000));
      }
      ExpectSpecifiedHidden(narrow, wide, numbers.Take<int32_t>(width, -(1 << 20), 1 << 20));
    }
    for (const int most : {0, 1, 127}) {
      ExpectSpecifiedLogits(numbers.Take<uint8_t>(width, 0, most),
                            numbers.Take<int8_t>(width * 256, -127, 127),
                            numbers.Take<int32_t>(256, -(1 << 20), 1 << 20));
    }
  }
}

TEST(EntropyKernels, TheExtremesAreExact) {
  for (const int sign : {-1, 1}) {
    const int32_t bias = sign * (1 << 20);
    const auto weight = static_cast<int8_t>(sign * 127);
    ExpectSpecifiedHidden({}, {std::vector<int32_t>(64, sign * 975 * 127 * 127)},
                          std::vector<int32_t>(64, bias));
    ExpectSpecifiedLogits(std::vector<uint8_t>(512, 127), std::vector<int8_t>(512 * 256, weight),
                          std::vector<int32_t>(256, bias));
  }
}

TEST(EntropyKernels, RowsOfCodesAreProductsAndFitInSixteenBitsWhereTheirLargestSaysSo) {
  Numbers numbers;
  constexpr size_t kDim = 16, kCount = 3;
  for (const size_t width : {64u, 128u}) {
    for (const int bound : {44, 127}) {
      const std::vector<float> embeddings = numbers.Take<float>(kCount * kDim, -bound, bound);
      const std::vector<float> weight = numbers.Take<float>(kDim * width, -bound, bound);
      std::vector<int32_t> wanted(kCount * width);
      for (size_t i = 0; i < wanted.size(); ++i) {
        for (size_t k = 0; k < kDim; ++k) {
          wanted[i] += static_cast<int32_t>(embeddings[i / width * kDim + k]) *
                       static_cast<int32_t>(weight[k * width + i % width]);
        }
      }
      int32_t largest = 0;
      for (const int32_t value : wanted) largest = std::max(largest, std::abs(value));
      for (const Kernels* kernels : KernelSets()) {
        std::vector<int32_t> rows(wanted.size());
        EXPECT_EQ(
            kernels->code_rows(embeddings.data(), kCount, kDim, weight.data(), width, rows.data()),
            largest)
            << kernels->name;
        EXPECT_EQ(rows, wanted) << kernels->name;
        if (largest > 32767) continue;
        std::vector<int16_t> narrow(wanted.size());
        kernels->narrow(rows.data(), narrow.data(), rows.size());
        EXPECT_TRUE(std::equal(narrow.begin(), narrow.end(), wanted.begin())) << kernels->name;
      }
    }
  }
}

TEST(EntropyKernels, CodeWeightsAreThoseOfTheSpecification) {
  Numbers numbers;
  for (const int bound : {0, 3, 600, 5000, (1 << 24) - 1}) {
    const std::vector<int32_t> z = numbers.Take<int32_t>(256, -bound, bound);
    const int64_t most = *std::max_element(z.begin(), z.end());
    for (const Kernels* kernels : KernelSets()) {
      CodeWeights weights{};
      weights.sum = kernels->code_weights(z.data(), weights.weight.data());
      uint32_t sum = 0;
      for (size_t k = 0; k < 256; ++k) {
        ASSERT_EQ(weights.weight[k], SpecifiedWeight(most - z[k])) << kernels->name;
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

TEST_F(EntropyModelFile, MustHaveTheShapesOfItsQuantizers) {
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
            "m: tensor 'entropy.coarse.0.hidden.bias' holds 0.5, wanted an integer from "
            "-1048576 to 1048576");
  tensors_["entropy.coarse.0.hidden.bias"].values[3] = 1 << 21;
  EXPECT_NE(Error().find("holds 2097152.0"), std::string::npos);
  tensors_["entropy.coarse.0.hidden.bias"].values[3] = 0;
  tensors_["entropy.fine.3.embedding"].values[0] = -128;
  EXPECT_EQ(Error(),
            "m: tensor 'entropy.fine.3.embedding' holds -128.0, wanted an integer from -127 "
            "to 127");
}

TEST_F(EntropyModelFile, SizesBeyondExactSumsAreRefused) {
  const std::string model = testing::kSmallConfig;
  const auto json = [&model](const std::string& sizes) {
    return R"({"model": )" + model +
           R"(, "identity": "0123456789abcdef", "info": {}, "entropy": )" + sizes + "}";
  };
  EXPECT_EQ(Error(json(R"({"embedding": 64, "hidden": 24, "codec_identity": "0123456789abcdef"})")),
            "m: configuration: 'entropy.embedding' is 64, wanted at most 57 with these quantizers");
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
