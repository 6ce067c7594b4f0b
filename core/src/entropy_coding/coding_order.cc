#include "entropy_coding/coding_order.h"

#include <algorithm>

namespace motet::core {
namespace {

constexpr int kOwnFrames = 4;  // of its own past that a quantizer sees

class ContextBuilder {
 public:
  ContextBuilder(const std::vector<LadderStep>& ladder, size_t quality)
      : ladder_(ladder), quality_(quality) {}

  // The context of frame `frame` (in its packet) of a step.
  std::vector<ContextCode> Build(size_t step, int frame) {
    context_.clear();
    const LadderStep& own = ladder_[step];
    for (int back = 1; back <= kOwnFrames; ++back) Add(step, frame - back);
    for (size_t other = 0; other < ladder_.size(); ++other) {
      if (other != step && IsSeen(ladder_[other], own)) AddOther(step, frame, other);
    }
    return std::move(context_);
  }

 private:
  static bool IsSeen(const LadderStep& other, const LadderStep& own) {
    return other.stage == 0 || (other.stage == own.stage && other.level == own.level);
  }

  void AddOther(size_t step, int frame, size_t other) {
    const LadderStep& own = ladder_[step];
    const LadderStep& seen = ladder_[other];
    const int own_rate = static_cast<int>(own.codes), rate = static_cast<int>(seen.codes);
    if (seen.stage == own.stage && seen.level == own.level) {
      if (other < step) Add(other, frame);
      Add(other, frame - 1);
    } else if (rate <= own_rate) {
      const int same_time = frame * rate / own_rate;
      Add(other, same_time);
      Add(other, same_time - 1);
    } else {
      // Finer frames of the same stage are coded later: those of the packet before are known.
      const int frames = rate / own_rate;
      const int first = seen.stage == own.stage ? -frames : frame * frames;
      for (int i = 0; i < frames; ++i) Add(other, first + i);
    }
  }

  // Frame `frame` of a step, counted from the beginning of the packet; negative in those before.
  void Add(size_t step, int frame) {
    const LadderStep& seen = ladder_[step];
    const int rate = static_cast<int>(seen.codes);
    const int back = frame >= 0 ? 0 : (rate - 1 - frame) / rate;
    ContextCode code{.step = step, .offset = {}, .packets_back = static_cast<size_t>(back)};
    if (step < quality_) code.offset = static_cast<size_t>(seen.offset + frame + back * rate);
    context_.push_back(code);
  }

  const std::vector<LadderStep>& ladder_;
  size_t quality_;
  std::vector<ContextCode> context_;
};

}  // namespace

std::vector<CodingSlot> CodingOrder(const ModelConfig& config, int quality) {
  const std::vector<LadderStep> ladder = config.ladder();
  const auto steps = static_cast<size_t>(quality);
  ContextBuilder builder(ladder, steps);
  std::vector<CodingSlot> order;
  // Steps of one stage and level follow one another in the ladder.
  for (size_t begin = 0, end = 0; begin < steps; begin = end) {
    const auto is_next = [&](const LadderStep& step) {
      return step.stage != ladder[begin].stage || step.level != ladder[begin].level;
    };
    const auto first = ladder.begin() + static_cast<ptrdiff_t>(begin);
    const auto next = std::find_if(first, ladder.end(), is_next);
    end = std::min(steps, static_cast<size_t>(next - ladder.begin()));
    for (int frame = 0; frame < ladder[begin].codes; ++frame) {
      for (size_t step = begin; step < end; ++step) {
        order.push_back({.step = step,
                         .offset = static_cast<size_t>(ladder[step].offset + frame),
                         .context = builder.Build(step, frame)});
      }
    }
  }
  return order;
}

std::vector<size_t> ContextSteps(const ModelConfig& config, size_t step) {
  const std::vector<LadderStep> ladder = config.ladder();
  std::vector<size_t> steps;
  for (const ContextCode& code : ContextBuilder(ladder, ladder.size()).Build(step, 0))
    steps.push_back(code.step);
  return steps;
}

}  // namespace motet::core
