// Feeds bytes to StreamDecoder, whole streams to sound: no more samples than packets and
// concealment make, all of them numbers, and after Seek the samples that come there without it.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "checksums.h"
#include "golden_model.h"
#include "motet/stream_decoder.h"

namespace {

using motet::StreamBlock;
using motet::fuzz::GoldenModelOf;
using motet::fuzz::Require;

constexpr double kMaxConcealedSeconds = 0.5;  // concealment takes most of the time
constexpr size_t kEndPageBytes = 22;

class Decoding {
 public:
  explicit Decoding(std::span<const uint8_t> bytes) : bytes_(bytes), left_(bytes) {
    auto decoder = motet::StreamDecoder::Create(GoldenModelOf(bytes), "fuzz",
                                                {.max_concealed_seconds = kMaxConcealedSeconds});
    Require(decoder.ok());
    decoder_ = std::move(*decoder);
  }

  // The samples of the first channel, from where it stands, to the end or an error.
  std::vector<float> Run() {
    std::vector<float> samples;
    for (;;) {
      const motet::Result<StreamBlock> block = decoder_->Next();
      is_complete_ = block.ok() && block->kind == StreamBlock::Kind::kEnd;
      if (!block.ok()) Require(!block.status().message().empty());
      if (!block.ok() || is_complete_) return samples;
      switch (block->kind) {
        case StreamBlock::Kind::kNeedInput:
          Feed();
          break;
        case StreamBlock::Kind::kHeader:
          break;
        case StreamBlock::Kind::kSamples:
          for (int c = 0; c < decoder_->header().channels; ++c) {
            Require(std::all_of(block->pcm[c], block->pcm[c] + block->frames,
                                [](float sample) { return std::isfinite(sample); }));
          }
          samples.insert(samples.end(), block->pcm[0], block->pcm[0] + block->frames);
          break;
        case StreamBlock::Kind::kDamage:
          Require(!block->damage.ok());
          break;
        case StreamBlock::Kind::kEnd:
          break;
      }
    }
  }

  // Goes to a sample; false if its page is not found.
  bool Seek(uint64_t sample) {
    motet::Result<motet::PageSearch> search = decoder_->Search(sample, bytes_.size());
    Require(search.ok());
    while (search->wanted().bytes > 0) {
      const size_t from = std::min<uint64_t>(search->wanted().offset, bytes_.size());
      search->Take(bytes_.subspan(from, std::min(search->wanted().bytes, bytes_.size() - from)));
    }
    Require(search->found() <= bytes_.size());
    if (!decoder_->Seek(sample, search->found()).ok()) return false;
    left_ = bytes_.subspan(search->found());
    return true;
  }

  const motet::StreamDecoder& decoder() const { return *decoder_; }
  bool is_complete() const { return is_complete_; }

 private:
  void Feed() {
    const size_t taken = decoder_->Push(left_.first(std::min<size_t>(left_.size(), 1000)));
    Require(left_.empty() || taken > 0);
    left_ = left_.subspan(taken);
    if (taken == 0) decoder_->Finish();
  }

  std::span<const uint8_t> bytes_;
  std::span<const uint8_t> left_;
  std::unique_ptr<motet::StreamDecoder> decoder_;
  bool is_complete_ = false;
};

// Whether nothing follows the end page, which a reader does not look at but a search may.
bool EndsWithItsEndPage(std::span<const uint8_t> bytes) {
  motet::StreamReader reader("fuzz", GoldenModelOf(bytes));
  for (std::span<const uint8_t> left = bytes;;) {
    const motet::Result<motet::StreamEvent> event = reader.Next();
    if (!event.ok()) return false;
    if (event->kind == motet::StreamEvent::Kind::kEnd)
      return event->offset + kEndPageBytes == bytes.size();
    if (event->kind == motet::StreamEvent::Kind::kNeedInput) left = left.subspan(reader.Push(left));
    if (event->kind == motet::StreamEvent::Kind::kNeedInput && left.empty()) reader.Finish();
  }
}

}  // namespace

void motet::fuzz::RepairChecksums(std::span<uint8_t> bytes) { RepairStream(bytes); }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Decoding decoding({data, size});
  const std::vector<float> all = decoding.Run();
  const motet::StreamTotals totals = decoding.decoder().totals();
  Require(all.size() <= (totals.packets + totals.lost_packets) * motet::kStreamPacketSamples);
  if (decoding.is_complete()) Require(all.size() == decoding.decoder().header().samples);
  // In a stream without damage every sample is where it was.
  if (!decoding.is_complete() || all.empty() || totals.lost_packets + totals.skipped_bytes > 0 ||
      !EndsWithItsEndPage({data, size}))
    return 0;
  const size_t sample = size * 7919 % all.size();
  if (!decoding.Seek(sample)) return 0;
  const std::vector<float> part = decoding.Run();
  Require(part.size() == all.size() - sample);
  Require(std::memcmp(part.data(), all.data() + sample, part.size() * sizeof(float)) == 0);
  return 0;
}
