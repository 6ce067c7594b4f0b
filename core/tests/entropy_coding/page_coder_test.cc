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

// Of the usual ladder or of an own one: the tensors are the same.
enum class Ladder { kUsual, kOwn };

std::shared_ptr<const Model> TestModel(Ladder ladder = Ladder::kUsual) {
  const auto make = [](const std::string& config) {
    return *Model::FromBytes(
        testing::WriteModelFile(testing::EntropyJson(config), Tensors(), testing::Storage::kInt8),
        "m");
  };
  static const std::shared_ptr<const Model> usual = make(testing::kSmallConfig);
  static const std::shared_ptr<const Model> own =
      make(testing::WithLadder(testing::kSmallConfig, testing::kLadder));
  return ladder == Ladder::kOwn ? own : usual;
}

std::shared_ptr<const PageCoder> Coder(int quality, Ladder ladder = Ladder::kUsual) {
  return *PageCoder::Create(TestModel(ladder), quality);
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
  for (const Ladder ladder : {Ladder::kUsual, Ladder::kOwn}) {
    for (int quality = 1; quality <= 12; ++quality) {
      const auto coder = Coder(quality, ladder);
      const auto packet = static_cast<size_t>(TestModel(ladder)->PacketBytes(quality));
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
  explicit SpecifiedCoder(Ladder ladder) : ladder_(ladder) {}

  std::vector<uint8_t> Encode(const std::vector<uint8_t>& packets, int quality) {
    quality_ = quality;
    packet_bytes_ = TestModel(ladder_)->PacketBytes(quality);
    packets_ = packets;
    for (int packet = 0; packet * packet_bytes_ < static_cast<int>(packets.size()); ++packet) {
      for (int stage = 0; stage < 2; ++stage) {
        for (int level = 0; level < 3; ++level) {
          for (int frame = 0; frame < 1 << level; ++frame) {
            for (int i = 0; i < 2; ++i)
              Code(Quantizer(stage, level, i), packet * (1 << level) + frame);
          }
        }
      }
    }
    Finish();
    return bytes_;
  }

 private:
  struct Place {
    int quality = 0, offset = 0;
  };

  static int Quantizer(int stage, int level, int i) { return 6 * stage + 2 * level + i; }
  static int Rate(int quantizer) { return 1 << (quantizer % 6 / 2); }
  static std::string Name(int quantizer) {
    const char* const levels[] = {"coarse", "mid", "fine"};
    return std::string("entropy.") + levels[quantizer % 6 / 2] + "." +
           std::to_string(quantizer / 6 * 2 + quantizer % 2);
  }

  // The lowest quality that has a code, and where it is in the packet.
  Place PlaceOf(int quantizer, int frame) const {
    constexpr Place kUsual[12] = {{1, 0},  {2, 1},  {3, 2},  {4, 4},   {5, 6},   {6, 10},
                                  {7, 14}, {8, 15}, {9, 16}, {10, 18}, {11, 20}, {12, 24}};
    constexpr Place kOwn[12] = {{1, 0},  {2, 1},  {3, 2},  {4, 4},   {5, 6},  {6, 10},
                                {7, 14}, {7, 15}, {8, 16}, {12, 26}, {9, 18}, {11, 22}};
    Place place = ladder_ == Ladder::kOwn ? kOwn[quantizer] : kUsual[quantizer];
    if (ladder_ == Ladder::kOwn && quantizer == 10) {  // even frames, then odd ones
      place.quality += frame % 2;
      frame = frame / 2 + 2 * (frame % 2);
    }
    return {place.quality, place.offset + frame};
  }

  bool IsThere(int quantizer, int frame) const {
    return frame >= 0 && PlaceOf(quantizer, frame % Rate(quantizer)).quality <= quality_;
  }

  int CodeOf(int quantizer, int frame) const {
    if (!IsThere(quantizer, frame)) return 256;
    const int rate = Rate(quantizer);
    return packets_[static_cast<size_t>(frame / rate * packet_bytes_ +
                                        PlaceOf(quantizer, frame % rate).offset)];
  }

  void See(int quantizer, int frame) {
    const testing::RandomTensor& embedding = Tensors().at(Name(quantizer) + ".embedding");
    const auto width = static_cast<int>(embedding.shape[1]);
    for (int i = 0; i < width; ++i) {
      x_.push_back(static_cast<int64_t>(
          embedding.values[static_cast<size_t>(CodeOf(quantizer, frame) * width + i)]));
    }
  }

  void SeeContext(int quantizer, int f) {
    x_.clear();
    for (int back = 1; back <= 4; ++back) See(quantizer, f - back);
    const int r = Rate(quantizer), stage = quantizer / 6, level = quantizer % 6 / 2, p = f / r;
    for (int o = 0; o < 12; ++o) {
      const int ro = Rate(o), o_stage = o / 6, o_level = o % 6 / 2;
      if (o == quantizer || (o_stage != 0 && (o_stage != stage || o_level != level))) continue;
      if (o_stage == stage && o_level == level) {
        if (o < quantizer) See(o, f);
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

  void Code(int quantizer, int f) {
    if (!IsThere(quantizer, f)) return;
    SeeContext(quantizer, f);
    std::vector<int64_t> h = Layer(Name(quantizer) + ".hidden", x_);
    for (int64_t& value : h) value = std::clamp<int64_t>((value + 256) >> 9, 0, 127);
    const std::vector<int64_t> z = Layer(Name(quantizer) + ".output", h);
    const int64_t most = *std::max_element(z.begin(), z.end());
    uint64_t below = 0, sum = 0, own = 0;
    for (int k = 0; k < 256; ++k) {
      const int64_t d = most - z[static_cast<size_t>(k)], t = d % 512;
      const int64_t m = 32768 - ((t * (22006 - ((5622 * t) >> 9))) >> 9);
      const auto w = static_cast<uint64_t>(d >= 8192 ? 1 : 1 + (m >> (d >> 9)));
      if (k < CodeOf(quantizer, f)) below += w;
      if (k == CodeOf(quantizer, f)) own = w;
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

  const Ladder ladder_;
  int quality_ = 0, packet_bytes_ = 0;
  std::vector<uint8_t> packets_, bytes_;
  std::vector<int64_t> x_;
  uint64_t low_ = 0, range_ = (uint64_t{1} << 48) - 1;
};

TEST(PageCoder, WritesThePayloadOfTheSpecification) {
  for (const Ladder ladder : {Ladder::kUsual, Ladder::kOwn}) {
    for (const int quality : {1, 3, 5, 6, 7, 9, 10, 12}) {
      const auto coder = Coder(quality, ladder);
      const auto packet = static_cast<size_t>(TestModel(ladder)->PacketBytes(quality));
      const std::vector<uint8_t> packets = LikelyPackets(*coder, 60 * packet, 6);
      EXPECT_EQ(Encode(*coder, packets), SpecifiedCoder(ladder).Encode(packets, quality))
          << "quality " << quality;
    }
  }
}

}  // namespace
}  // namespace motet::core
