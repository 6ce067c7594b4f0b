// Tests entropy coding of pages: what goes in comes back, for every quality and page; it is never
// larger than fixed width; a prefix of packets has a prefix of codes; and the payload is that of a
// plain second implementation of docs/FORMAT.md. Streams of such pages are in
// entropy_stream_test.cc.
#include "entropy_coding/page_coder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "random_model.h"

namespace motet::core {
namespace {

const testing::RandomTensors& Tensors() {
  static const testing::RandomTensors tensors = [] {
    testing::RandomTensors made = testing::MakeTensors(testing::kSmallConfig, 9);
    testing::AddEntropyTensors(testing::kSmallConfig, 9, &made);
    return made;
  }();
  return tensors;
}

std::shared_ptr<const Model> TestModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(testing::WriteModelFile(testing::EntropyJson(testing::kSmallConfig),
                                                Tensors(), testing::Storage::kInt8),
                        "m");
  return model;
}

std::shared_ptr<const PageCoder> Coder(int quality) {
  return *PageCoder::Create(TestModel(), quality);
}

std::vector<uint8_t> Encode(const PageCoder& coder, std::span<const uint8_t> packets) {
  std::vector<uint8_t> payload;
  coder.Encode(packets, &payload);
  return payload;
}

// Packets that the model finds likely: what it makes of payloads of noise.
std::vector<uint8_t> LikelyPackets(const PageCoder& coder, size_t bytes, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> payload(bytes / 2);
  for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random());
  std::vector<uint8_t> packets(bytes);
  coder.Decode(payload, packets);
  return packets;
}

std::vector<uint8_t> RandomPackets(size_t bytes, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> packets(bytes);
  for (uint8_t& byte : packets) byte = static_cast<uint8_t>(random());
  return packets;
}

TEST(PageCoder, GivesBackThePacketsOfEveryQuality) {
  for (int quality = 1; quality <= 12; ++quality) {
    const auto coder = Coder(quality);
    const auto packet = static_cast<size_t>(TestModel()->PacketBytes(quality));
    for (const size_t count : {1u, 2u, 5u, 128u, 255u}) {
      for (const auto& packets :
           {LikelyPackets(*coder, count * packet, 1), RandomPackets(count * packet, 2)}) {
        const std::vector<uint8_t> payload = Encode(*coder, packets);
        EXPECT_LE(payload.size(), packets.size());
        EXPECT_GE(payload.size(), 1u);
        std::vector<uint8_t> decoded(packets.size());
        coder->Decode(payload, decoded);
        ASSERT_EQ(decoded, packets) << "quality " << quality << ", " << count << " packets";
      }
    }
  }
}

TEST(PageCoder, LikelyPacketsTakeLessAndUnlikelyOnesNeverMoreThanFixedWidth) {
  const auto coder = Coder(6);
  const std::vector<uint8_t> likely = LikelyPackets(*coder, 14 * 128, 3);
  EXPECT_LT(Encode(*coder, likely).size(), likely.size() * 9 / 10);
  const std::vector<uint8_t> noise = RandomPackets(14 * 128, 4);
  EXPECT_EQ(Encode(*coder, noise), noise) << "as it is, for the model gains nothing";
}

TEST(PageCoder, DecodesAnyPayload) {
  const auto coder = Coder(12);
  std::vector<uint8_t> packets(28 * 10);
  for (const size_t size : {1u, 2u, 100u, 279u}) coder->Decode(RandomPackets(size, 5), packets);
}

TEST(PageCoder, WantsAnEntropyModelAndAQualityThatExists) {
  const auto plain = *Model::FromBytes(testing::RandomModel(testing::kSmallConfig, 9), "m");
  EXPECT_EQ(PageCoder::Create(plain, 6).status().message(),
            "model 0123456789abcdef has no entropy model");
  EXPECT_EQ(PageCoder::Create(TestModel(), 13).status().message(), "quality is 13, wanted 1 to 12");
}

// docs/FORMAT.md once more, without anything of the core's.
class SpecifiedCoder {
 public:
  std::vector<uint8_t> Encode(const std::vector<uint8_t>& packets, int quality) {
    quality_ = quality;
    packet_bytes_ = TestModel()->PacketBytes(quality);
    packets_ = packets;
    for (int packet = 0; packet * packet_bytes_ < static_cast<int>(packets.size()); ++packet) {
      for (int stage = 0; stage < 2; ++stage) {
        for (int level = 0; level < 3; ++level) {
          for (int frame = 0; frame < 1 << level; ++frame) {
            for (int i = 0; i < 2; ++i) Code(Step(stage, level, i), packet * (1 << level) + frame);
          }
        }
      }
    }
    Finish();
    return bytes_;
  }

 private:
  static constexpr int kOffsets[12] = {0, 1, 2, 4, 6, 10, 14, 15, 16, 18, 20, 24};

  static int Step(int stage, int level, int i) { return 6 * stage + 2 * level + i; }
  static int Rate(int step) { return 1 << (step % 6 / 2); }
  static std::string Name(int step) {
    const char* const levels[] = {"coarse", "mid", "fine"};
    return std::string("entropy.") + levels[step % 6 / 2] + "." +
           std::to_string(step / 6 * 2 + step % 2);
  }

  int CodeOf(int step, int frame) const {
    if (frame < 0 || step >= quality_) return 256;
    const int rate = Rate(step);
    return packets_[static_cast<size_t>(frame / rate * packet_bytes_ + kOffsets[step] +
                                        frame % rate)];
  }

  void See(int step, int frame) {
    const testing::RandomTensor& embedding = Tensors().at(Name(step) + ".embedding");
    const auto width = static_cast<int>(embedding.shape[1]);
    for (int i = 0; i < width; ++i) {
      x_.push_back(static_cast<int64_t>(
          embedding.values[static_cast<size_t>(CodeOf(step, frame) * width + i)]));
    }
  }

  void SeeContext(int step, int f) {
    x_.clear();
    for (int back = 1; back <= 4; ++back) See(step, f - back);
    const int r = Rate(step), stage = step / 6, level = step % 6 / 2, p = f / r;
    for (int o = 0; o < 12; ++o) {
      const int ro = Rate(o), o_stage = o / 6, o_level = o % 6 / 2;
      if (o == step || (o_stage != 0 && (o_stage != stage || o_level != level))) continue;
      if (o_stage == stage && o_level == level) {
        if (o < step) See(o, f);
        See(o, f - 1);
      } else if (o_stage == stage && o_level > level) {
        for (int i = 0; i < ro / r; ++i) See(o, p * ro - ro / r + i);
      } else if (ro <= r) {
        See(o, f * ro / r);
        See(o, f * ro / r - 1);
      } else {
        for (int i = 0; i < ro / r; ++i) See(o, f * (ro / r) + i);
      }
    }
  }

  std::vector<int64_t> Layer(const std::string& name, const std::vector<int64_t>& in) const {
    const testing::RandomTensor& weight = Tensors().at(name + ".weight");
    const testing::RandomTensor& bias = Tensors().at(name + ".bias");
    std::vector<int64_t> out;
    for (size_t o = 0; o < weight.shape[0]; ++o) {
      auto sum = static_cast<int64_t>(bias.values[o]);
      for (size_t i = 0; i < in.size(); ++i)
        sum += static_cast<int64_t>(weight.values[o * in.size() + i]) * in[i];
      out.push_back(sum);
    }
    return out;
  }

  void Code(int step, int f) {
    if (step >= quality_) return;
    SeeContext(step, f);
    std::vector<int64_t> h = Layer(Name(step) + ".hidden", x_);
    for (int64_t& value : h) value = std::clamp<int64_t>((value + 256) >> 9, 0, 127);
    const std::vector<int64_t> z = Layer(Name(step) + ".output", h);
    const int64_t most = *std::max_element(z.begin(), z.end());
    uint64_t below = 0, sum = 0, own = 0;
    for (int k = 0; k < 256; ++k) {
      const int64_t d = most - z[static_cast<size_t>(k)], t = d % 512;
      const int64_t m = 32768 - ((t * (22006 - ((5622 * t) >> 9))) >> 9);
      const auto w = static_cast<uint64_t>(d >= 8192 ? 1 : 1 + (m >> (d >> 9)));
      if (k < CodeOf(step, f)) below += w;
      if (k == CodeOf(step, f)) own = w;
      sum += w;
    }
    const uint64_t u = range_ / sum;
    Raise(u * below);
    range_ = u * own;
    for (; range_ < uint64_t{1} << 40; range_ *= 256) Put();
  }

  void Raise(uint64_t by) {
    low_ += by;
    if (low_ < uint64_t{1} << 48) return;
    low_ -= uint64_t{1} << 48;
    for (size_t i = bytes_.size(); i-- > 0;) {
      if (++bytes_[i] != 0) return;
    }
  }
  void Put() {
    bytes_.push_back(static_cast<uint8_t>(low_ >> 40));
    low_ = low_ % (uint64_t{1} << 40) * 256;
  }
  void Finish() {
    for (int bytes = 0; bytes <= 6; ++bytes) {
      const uint64_t step = uint64_t{1} << (48 - 8 * bytes);
      const uint64_t up = (step - low_ % step) % step;
      if (up >= range_) continue;
      Raise(up);
      while (bytes-- > 0) Put();
      break;
    }
    while (bytes_.size() > 1 && bytes_.back() == 0) bytes_.pop_back();
    if (bytes_.empty()) bytes_.push_back(0);
  }

  int quality_ = 0, packet_bytes_ = 0;
  std::vector<uint8_t> packets_, bytes_;
  std::vector<int64_t> x_;
  uint64_t low_ = 0, range_ = (uint64_t{1} << 48) - 1;
};

TEST(PageCoder, WritesThePayloadOfTheSpecification) {
  for (const int quality : {1, 3, 5, 6, 9, 12}) {
    const auto coder = Coder(quality);
    const auto packet = static_cast<size_t>(TestModel()->PacketBytes(quality));
    const std::vector<uint8_t> packets = LikelyPackets(*coder, 60 * packet, 6);
    EXPECT_EQ(Encode(*coder, packets), SpecifiedCoder().Encode(packets, quality))
        << "quality " << quality;
  }
}

}  // namespace
}  // namespace motet::core
