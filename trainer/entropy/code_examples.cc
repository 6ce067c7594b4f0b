#include "entropy/code_examples.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "data/counter_random.h"

namespace motet::trainer {
namespace {

constexpr double kAllQuantizers = 0.5;  // share of the examples that see every quantizer
constexpr double kPageBegins = 0.1;     // share in the first packets of a page

}  // namespace

CodeExamples::CodeExamples(ModelConfig config, std::vector<CodeSequence> sequences)
    : config_(std::move(config)),
      quantizers_(CodedQuantizers(config_)),
      sequences_(std::move(sequences)),
      packet_bytes_(config_.packet_bytes(config_.max_quality())) {
  int64_t end = 0;
  for (size_t i = 0; i < sequences_.size(); ++i) {
    end += std::max<int64_t>(packets(i) - kContextPackets, 0);
    ends_.push_back(end);
  }
  if (end == 0) {
    throw std::runtime_error("holds no music of " + std::to_string(kContextPackets + 1) +
                             " packets in one piece");
  }
}

int64_t CodeExamples::packets(size_t sequence) const {
  return static_cast<int64_t>(sequences_.at(sequence).size()) / packet_bytes_;
}

std::span<const uint8_t> CodeExamples::Packets(size_t sequence, int64_t first,
                                               int64_t packets) const {
  const int64_t count = std::min(packets, this->packets(sequence) - first);
  return std::span(sequences_.at(sequence))
      .subspan(static_cast<size_t>(first * packet_bytes_),
               static_cast<size_t>(count * packet_bytes_));
}

int64_t CodeExamples::Fill(const CodedQuantizer& own, const Place& place, int64_t* context) const {
  for (const ContextCode& code : own.context) {
    const CodedQuantizer& seen = quantizers_[static_cast<size_t>(code.quantizer)];
    const int64_t frames = seen.frames();
    const int64_t frame = place.packet * frames + code.frames[static_cast<size_t>(place.frame)];
    const auto& [from, offset] = seen.places[static_cast<size_t>(frame % frames)];
    const bool there = from <= place.quality && frame >= place.page * frames;
    const int64_t at = frame / frames * packet_bytes_ + offset;
    *context++ = there ? place.codes[static_cast<size_t>(at)] : kAbsentCode;
  }
  const int64_t offset = own.places[static_cast<size_t>(place.frame)].offset;
  return place.codes[static_cast<size_t>(place.packet * packet_bytes_ + offset)];
}

CodeBatch CodeExamples::Draw(size_t index, int64_t count, uint64_t seed, uint64_t number) const {
  const CodedQuantizer& own = quantizers_.at(index);
  const int64_t highest = config_.max_quality();
  const auto width = static_cast<int64_t>(own.context.size());
  CodeBatch batch{torch::empty({count, width}, torch::kInt64),
                  torch::empty({count}, torch::kInt64)};
  auto* context = batch.contexts.data_ptr<int64_t>();
  auto* codes = batch.codes.data_ptr<int64_t>();
  data::CounterRandom random(seed, number, index);
  const auto integer = [&](int64_t low, int64_t end) {
    return static_cast<int64_t>(random.Uniform(static_cast<double>(low), static_cast<double>(end)));
  };
  for (int64_t i = 0; i < count; ++i) {
    const int64_t drawn = integer(0, ends_.back());
    const auto found = std::upper_bound(ends_.begin(), ends_.end(), drawn);
    const auto sequence = static_cast<size_t>(found - ends_.begin());
    const int64_t packet = kContextPackets + drawn - (sequence == 0 ? 0 : ends_[sequence - 1]);
    const bool all = random.Chance(kAllQuantizers);
    const int64_t frame = integer(0, own.frames());
    const int64_t first = own.places[static_cast<size_t>(frame)].quality;
    const int64_t quality = integer(first, highest + 1);
    const bool begins = random.Chance(kPageBegins);
    const int64_t passed = integer(0, kContextPackets);
    const Place place{.codes = sequences_[sequence],
                      .page = packet - (begins ? passed : kContextPackets),
                      .quality = all ? highest : quality,
                      .packet = packet,
                      .frame = frame};
    codes[i] = Fill(own, place, context + i * width);
  }
  return batch;
}

CodeBatch CodeExamples::Page(size_t index, size_t sequence, int64_t first, int64_t packets,
                             int64_t quality) const {
  const CodedQuantizer& own = quantizers_.at(index);
  const auto width = static_cast<int64_t>(own.context.size());
  std::vector<int64_t> frames;  // of a packet whose codes are there
  for (int64_t frame = 0; frame < own.frames(); ++frame) {
    if (own.places[static_cast<size_t>(frame)].quality <= quality) frames.push_back(frame);
  }
  const auto each = static_cast<int64_t>(frames.size());
  const int64_t count = packets * each;
  CodeBatch batch{torch::empty({count, width}, torch::kInt64),
                  torch::empty({count}, torch::kInt64)};
  auto* context = batch.contexts.data_ptr<int64_t>();
  auto* codes = batch.codes.data_ptr<int64_t>();
  for (int64_t i = 0; i < count; ++i) {
    const Place place{.codes = sequences_.at(sequence),
                      .page = first,
                      .quality = quality,
                      .packet = first + i / each,
                      .frame = frames[static_cast<size_t>(i % each)]};
    codes[i] = Fill(own, place, context + i * width);
  }
  return batch;
}

}  // namespace motet::trainer
