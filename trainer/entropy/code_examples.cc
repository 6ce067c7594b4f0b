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
      steps_(CodedSteps(config_)),
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

int64_t CodeExamples::Fill(const CodedStep& step, const Place& place, int64_t* context) const {
  for (const ContextCode& code : step.context) {
    const CodedStep& seen = steps_[static_cast<size_t>(code.step)];
    const int64_t frame = place.packet * seen.codes + code.frames[static_cast<size_t>(place.frame)];
    const bool there = code.step < place.quality && frame >= place.page * seen.codes;
    const int64_t at = frame / seen.codes * packet_bytes_ + seen.offset + frame % seen.codes;
    *context++ = there ? place.codes[static_cast<size_t>(at)] : kAbsentCode;
  }
  return place.codes[static_cast<size_t>(place.packet * packet_bytes_ + step.offset + place.frame)];
}

CodeBatch CodeExamples::Draw(size_t index, int64_t count, uint64_t seed, uint64_t number) const {
  const CodedStep& step = steps_.at(index);
  const auto highest = static_cast<int64_t>(steps_.size());
  const auto first = static_cast<int64_t>(index) + 1;  // quality that has the step
  const auto width = static_cast<int64_t>(step.context.size());
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
    const int64_t quality = integer(first, highest + 1);
    const bool begins = random.Chance(kPageBegins);
    const int64_t passed = integer(0, kContextPackets);
    const Place place{.codes = sequences_[sequence],
                      .page = packet - (begins ? passed : kContextPackets),
                      .quality = all ? highest : quality,
                      .packet = packet,
                      .frame = integer(0, step.codes)};
    codes[i] = Fill(step, place, context + i * width);
  }
  return batch;
}

CodeBatch CodeExamples::Page(size_t index, size_t sequence, int64_t first, int64_t packets,
                             int64_t quality) const {
  const CodedStep& step = steps_.at(index);
  const auto width = static_cast<int64_t>(step.context.size());
  const int64_t count = packets * step.codes;
  CodeBatch batch{torch::empty({count, width}, torch::kInt64),
                  torch::empty({count}, torch::kInt64)};
  auto* context = batch.contexts.data_ptr<int64_t>();
  auto* codes = batch.codes.data_ptr<int64_t>();
  for (int64_t i = 0; i < count; ++i) {
    const Place place{.codes = sequences_.at(sequence),
                      .page = first,
                      .quality = quality,
                      .packet = first + i / step.codes,
                      .frame = i % step.codes};
    codes[i] = Fill(step, place, context + i * width);
  }
  return batch;
}

}  // namespace motet::trainer
