#include "entropy_coding/coding_order.h"

#include <utility>

namespace motet::core {
namespace {

constexpr int64_t kOwnFrames = 4;  // of its own past that a quantizer sees

// Quantizers of one level and stage are coded frame by frame.
bool AreOfOneGroup(const LadderQuantizer& a, const LadderQuantizer& b) {
  return a.stage == b.stage && a.level == b.level;
}

class ContextBuilder {
 public:
  ContextBuilder(const std::vector<LadderQuantizer>& quantizers, int64_t quality)
      : quantizers_(quantizers), quality_(quality) {}

  // The context of frame `frame` (in its packet) of a quantizer.
  std::vector<ContextCode> Build(size_t index, int64_t frame) {
    context_.clear();
    const LadderQuantizer& own = quantizers_[index];
    for (int64_t back = 1; back <= kOwnFrames; ++back) Add(index, frame - back);
    for (size_t other = 0; other < quantizers_.size(); ++other) {
      if (other != index && IsSeen(quantizers_[other], own)) AddOther(index, frame, other);
    }
    return std::move(context_);
  }

 private:
  static bool IsSeen(const LadderQuantizer& other, const LadderQuantizer& own) {
    return other.stage == 0 || AreOfOneGroup(other, own);
  }

  void AddOther(size_t index, int64_t frame, size_t other) {
    const LadderQuantizer& own = quantizers_[index];
    const LadderQuantizer& seen = quantizers_[other];
    if (AreOfOneGroup(seen, own)) {
      if (other < index) Add(other, frame);
      Add(other, frame - 1);
    } else if (seen.frames() <= own.frames()) {
      const int64_t same_time = frame * seen.frames() / own.frames();
      Add(other, same_time);
      Add(other, same_time - 1);
    } else {
      // Finer frames of the same stage are coded later: those of the packet before are known.
      const int64_t frames = seen.frames() / own.frames();
      const int64_t first = seen.stage == own.stage ? -frames : frame * frames;
      for (int64_t i = 0; i < frames; ++i) Add(other, first + i);
    }
  }

  // Frame `frame` of a quantizer, counted from the beginning of the packet; negative in those
  // before.
  void Add(size_t index, int64_t frame) {
    const LadderQuantizer& seen = quantizers_[index];
    const int64_t back = frame >= 0 ? 0 : (seen.frames() - 1 - frame) / seen.frames();
    ContextCode code{.quantizer = index, .offset = {}, .packets_back = static_cast<size_t>(back)};
    const auto& [from, offset] = seen.places[static_cast<size_t>(frame + back * seen.frames())];
    if (from <= quality_) code.offset = static_cast<size_t>(offset);
    context_.push_back(code);
  }

  const std::vector<LadderQuantizer>& quantizers_;
  const int64_t quality_;
  std::vector<ContextCode> context_;
};

}  // namespace

std::vector<CodingSlot> CodingOrder(const ModelConfig& config, int quality) {
  const std::vector<LadderQuantizer> quantizers = config.quantizers();
  ContextBuilder builder(quantizers, quality);
  std::vector<CodingSlot> order;
  for (size_t begin = 0, end = 0; begin < quantizers.size(); begin = end) {
    while (end < quantizers.size() && AreOfOneGroup(quantizers[end], quantizers[begin])) ++end;
    for (int64_t frame = 0; frame < quantizers[begin].frames(); ++frame) {
      for (size_t i = begin; i < end; ++i) {
        const auto& [from, offset] = quantizers[i].places[static_cast<size_t>(frame)];
        if (from > quality) continue;
        order.push_back({.quantizer = i,
                         .offset = static_cast<size_t>(offset),
                         .context = builder.Build(i, frame)});
      }
    }
  }
  return order;
}

std::vector<size_t> ContextQuantizers(const ModelConfig& config, size_t quantizer) {
  const std::vector<LadderQuantizer> all = config.quantizers();
  std::vector<size_t> seen;
  for (const ContextCode& code : ContextBuilder(all, config.max_quality()).Build(quantizer, 0))
    seen.push_back(code.quantizer);
  return seen;
}

}  // namespace motet::core
