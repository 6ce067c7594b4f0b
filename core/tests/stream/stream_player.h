// Streams of random models, and a player that seeks in them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "motet/page_search.h"
#include "motet/stream_decoder.h"
#include "motet/stream_encoder.h"
#include "random_model.h"

namespace motet::testing {

using Bytes = std::vector<uint8_t>;
inline std::shared_ptr<const Model> BaseModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(RandomEntropyModel(kBaseConfig, 21), "random model");
  return model;
}

// Whose phases recur every two packets, and whose packets are of 64 samples.
inline std::shared_ptr<const Model> TonesModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(RandomEntropyModel(kTonesConfig, 22), "tones");
  return model;
}

// With levels of bands besides, and tones whose phases are said.
inline std::shared_ptr<const Model> BandsModel() {
  static const std::shared_ptr<const Model> model =
      *Model::FromBytes(RandomEntropyModel(WithBands(kPlacedTonesConfig, 4), 22), "bands");
  return model;
}

// Of a ladder by which levels of bands lie between two halves of a quantizer.
inline std::shared_ptr<const Model> LadderModel() {
  static const std::shared_ptr<const Model> model = *Model::FromBytes(
      RandomEntropyModel(WithLadder(WithBands(kPlacedTonesConfig, 9), kLadder), 22), "ladder");
  return model;
}

inline Bytes Encode(size_t frames, StreamEncoderOptions options,
                    const std::shared_ptr<const Model>& model = BaseModel()) {
  auto encoder = StreamEncoder::Create(model, std::move(options));
  EXPECT_TRUE(encoder.ok()) << encoder.status().message();
  const auto pcm = RandomSound(frames, 50);
  const float* const planes[] = {pcm[0].data(), pcm[1].data()};
  Bytes bytes;
  EXPECT_TRUE((*encoder)->Encode(planes, frames, &bytes).ok());
  EXPECT_TRUE((*encoder)->Finish(&bytes).ok());
  return bytes;
}

struct Sound {
  std::vector<float> left;
  std::vector<std::string> damage;
  bool ended = false;
  Status status;
};

// A decoder and the place in its stream.
class Player {
 public:
  explicit Player(std::span<const uint8_t> stream,
                  const std::shared_ptr<const Model>& model = BaseModel())
      : stream_(stream), decoder_(*StreamDecoder::Create(model, "test")) {}
  StreamDecoder& decoder() { return *decoder_; }

  // Up to `frames` samples; all that are left without it.
  Sound Play(size_t frames = SIZE_MAX) {
    Sound sound;
    while (sound.left.size() < frames) {
      const Result<StreamBlock> block = decoder_->Next();
      if (!block.ok()) {
        sound.status = block.status();
        break;
      }
      if (block->kind == StreamBlock::Kind::kEnd) {
        sound.ended = true;
        break;
      }
      if (block->kind == StreamBlock::Kind::kDamage)
        sound.damage.push_back(block->damage.message());
      if (block->kind == StreamBlock::Kind::kSamples)
        sound.left.insert(sound.left.end(), block->pcm[0], block->pcm[0] + block->frames);
      if (block->kind == StreamBlock::Kind::kNeedInput) {
        const auto unread = stream_.subspan(std::min(at_, stream_.size()));
        if (unread.empty()) decoder_->Finish();
        at_ += decoder_->Push(unread.first(std::min<size_t>(unread.size(), 5000)));
      }
    }
    sound.left.resize(std::min(sound.left.size(), frames));
    return sound;
  }

  // Up to the header, and a little more.
  void Open() { Play(1); }

  void Seek(uint64_t sample) {
    PageSearch search = *decoder_->Search(sample, stream_.size());
    reads_ = 0;
    while (search.wanted().bytes > 0) {
      const PageSearch::Range range = search.wanted();
      ASSERT_LE(range.offset + range.bytes, stream_.size());
      search.Take(stream_.subspan(range.offset, range.bytes));
      ASSERT_LT(++reads_, 100);
    }
    at_ = search.found();
    const Status status = decoder_->Seek(sample, at_);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  int reads() const { return reads_; }

 private:
  std::span<const uint8_t> stream_;
  std::unique_ptr<StreamDecoder> decoder_;
  size_t at_ = 0;
  int reads_ = 0;
};

inline Sound PlayAll(std::span<const uint8_t> stream) { return Player(stream).Play(); }

}  // namespace motet::testing
