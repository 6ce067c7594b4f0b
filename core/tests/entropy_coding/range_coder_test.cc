// Tests the range coder: whatever the weights, codes come back; the bytes are as many as the
// weights say; carries; and that any bytes decode to something; division by products. What the
// weights are is in entropy_model_test.cc.
#include "entropy_coding/range_coder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

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

TEST(RangeCoder, TellsSymbolsByTheirWeights) {
  std::mt19937 random(7);
  struct Coded {
    std::vector<uint32_t> weights;
    size_t symbol;
  };
  std::vector<Coded> message;
  double bits = 0;
  for (int i = 0; i < 20000; ++i) {
    // Flags, which are coded by calls of their own, and others.
    Coded each;
    each.weights.resize(i % 3 == 0 ? 2 + random() % 31 : 2);
    const auto shift = random() % 17;
    uint32_t sum = 0;
    for (uint32_t& weight : each.weights) sum += weight = 1 + (random() % 65535 >> shift);
    each.symbol = random() % each.weights.size();
    bits += std::log2(static_cast<double>(sum) / each.weights[each.symbol]);
    message.push_back(each);
  }
  const auto divisor_of = [](const Coded& each) {
    return Divisor(std::accumulate(each.weights.begin(), each.weights.end(), 0u));
  };
  std::vector<uint8_t> bytes;
  RangeEncoder encoder(&bytes);
  for (const Coded& each : message) {
    const Divisor sum = divisor_of(each);
    const SymbolWeights weights{each.weights, sum};
    if (each.weights.size() == 2) {
      encoder.EncodeFlag(weights, each.symbol == 1);
    } else {
      encoder.Encode(weights, each.symbol);
    }
  }
  encoder.Finish();
  EXPECT_LE(static_cast<double>(bytes.size()), bits / 8 * (1 + 1e-6) + 2);
  // A flag is a symbol of two: both ways read what either wrote.
  for (const bool as_flags : {false, true}) {
    RangeDecoder decoder(bytes);
    for (const Coded& each : message) {
      const Divisor sum = divisor_of(each);
      const SymbolWeights weights{each.weights, sum};
      if (as_flags && each.weights.size() == 2) {
        ASSERT_EQ(decoder.DecodeFlag(weights), each.symbol == 1);
      } else {
        ASSERT_EQ(decoder.Decode(weights), each.symbol);
      }
    }
  }
}

TEST(Divisor, DividesAsDivisionDoes) {
  std::mt19937_64 random(8);
  const auto expect = [](uint32_t by, uint64_t x) {
    ASSERT_EQ(Divisor(by).Divide(x), x / by) << x << " by " << by;
  };
  constexpr uint64_t kMost = (uint64_t{1} << 48) - 1;
  for (int i = 0; i < 100000; ++i) {
    const auto by = std::max<uint32_t>(2, static_cast<uint32_t>(random()) >> random() % 31);
    const uint64_t x = random() >> (16 + random() % 48);
    expect(by, x);
    expect(by, kMost);
    // Where a quotient goes up by one.
    const uint64_t multiple = x / by * by;
    expect(by, multiple);
    if (multiple > 0) expect(by, multiple - 1);
  }
  for (int bit = 1; bit < 32; ++bit) {
    for (const uint32_t by : {uint32_t{1} << bit, (uint32_t{1} << bit) + 1}) {
      expect(by, kMost);
      expect(by, kMost / by * by - 1);
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
