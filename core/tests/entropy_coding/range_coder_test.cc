// Tests the range coder: whatever the weights, codes come back; the bytes are as many as the
// weights say; carries; and that any bytes decode to something. What the weights are is in
// entropy_model_test.cc.
#include "entropy_coding/range_coder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace motet::core {
namespace {

CodeWeights Weights(const std::vector<uint32_t>& first, uint32_t others = 1) {
  CodeWeights weights{};
  for (size_t i = 0; i < weights.weight.size(); ++i) {
    weights.weight[i] = i < first.size() ? first[i] : others;
    weights.sum += weights.weight[i];
  }
  return weights;
}

struct Message {
  std::vector<CodeWeights> weights;
  std::vector<uint8_t> codes;
  double bits = 0;

  void Add(const CodeWeights& of, uint8_t code) {
    weights.push_back(of);
    codes.push_back(code);
    bits += std::log2(static_cast<double>(of.sum) / of.weight[code]);
  }
};

std::vector<uint8_t> Encode(const Message& message, std::vector<uint8_t> bytes = {}) {
  RangeEncoder encoder(&bytes);
  for (size_t i = 0; i < message.codes.size(); ++i)
    encoder.Encode(message.weights[i], message.codes[i]);
  encoder.Finish();
  return bytes;
}

std::vector<uint8_t> Decode(const Message& message, std::span<const uint8_t> bytes) {
  RangeDecoder decoder(bytes);
  std::vector<uint8_t> codes;
  for (const CodeWeights& weights : message.weights) codes.push_back(decoder.Decode(weights));
  return codes;
}

// Weights from even to steep, codes drawn by them or against them.
Message RandomMessage(size_t length, uint32_t seed) {
  std::mt19937 random(seed);
  Message message;
  for (size_t i = 0; i < length; ++i) {
    CodeWeights weights{};
    const auto shift = random() % 16;
    for (uint32_t& weight : weights.weight) {
      weight = 1 + (random() % 32769 >> shift);
      weights.sum += weight;
    }
    if (i % 5 == 0) {
      weights.sum += 32769 - weights.weight[i % 256];
      weights.weight[i % 256] = 32769;
    }
    message.Add(weights, static_cast<uint8_t>(i % 3 == 0 ? i % 256 : random()));
  }
  return message;
}

TEST(RangeCoder, GivesBackWhatWasEncodedInTheBytesThatTheWeightsSay) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const Message message = RandomMessage(seed * 7, seed);
    const std::vector<uint8_t> bytes = Encode(message);
    ASSERT_EQ(Decode(message, bytes), message.codes) << "seed " << seed;
    // Two bytes at most to end, a millionth for whole numbers.
    EXPECT_LE(static_cast<double>(bytes.size()), message.bits / 8 * (1 + 1e-6) + 2);
  }
}

TEST(RangeCoder, CarriesIntoBytesThatAreOut) {
  // The last code always: low runs along the top of its range, through bytes of 255.
  CodeWeights weights = Weights({1000});
  Message message;
  for (int i = 0; i < 5000; ++i) message.Add(weights, 255);
  for (const uint8_t last : {0, 1, 254, 255}) {
    Message ended = message;
    ended.Add(weights, last);
    EXPECT_EQ(Decode(ended, Encode(ended)), ended.codes);
  }
}

TEST(RangeCoder, SaysWhatIsAlmostCertainInAlmostNothing) {
  const CodeWeights weights = Weights({32769 * 200});
  Message message;
  for (int i = 0; i < 1000; ++i) message.Add(weights, 0);
  const std::vector<uint8_t> bytes = Encode(message);
  EXPECT_EQ(bytes.size(), 1u) << "zeros at the end are left out, but for the first byte";
  EXPECT_EQ(Decode(message, bytes), message.codes);
}

TEST(RangeCoder, AppendsAndNeverCarriesIntoWhatIsNotItsOwn) {
  const Message message = RandomMessage(300, 5);
  const std::vector<uint8_t> before = {1, 255, 255};
  const std::vector<uint8_t> bytes = Encode(message, before);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), bytes.begin()));
  EXPECT_EQ(std::vector<uint8_t>(bytes.begin() + 3, bytes.end()), Encode(message));
}

TEST(RangeCoder, DecodesAnyBytesToSomething) {
  const Message message = RandomMessage(500, 6);
  for (const uint8_t byte : {0x00, 0x7F, 0xFF}) {
    for (const size_t size : {0u, 1u, 100u, 5000u}) {
      const std::vector<uint8_t> bytes(size, byte);
      EXPECT_EQ(Decode(message, bytes).size(), message.codes.size());
    }
  }
}

// Worked out by hand from docs/FORMAT.md. Weights 3 and 255 of 1, S = 258: u = 2^48-1 / 258 =
// 0xFE03F80FE0; code 1 is at 3u = 0x2FA0BE82FA0, of width u < 2^40, so that one byte, 0x02, goes
// out. Then low = 0xFA0BE82FA000 and range = 0xFE03F80FE000: the shortest number is the first of
// no bytes, 2^48, whose carry makes the byte 0x03.
TEST(RangeCoder, WritesTheBytesOfTheSpecification) {
  Message message;
  message.Add(Weights({3}), 1);
  EXPECT_EQ(Encode(message), std::vector<uint8_t>{0x03});
  EXPECT_EQ(Decode(message, std::vector<uint8_t>{0x03}), message.codes);
}

}  // namespace
}  // namespace motet::core
