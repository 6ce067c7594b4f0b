#include "entropy/coded_step.h"

namespace motet::trainer {
namespace {

constexpr int64_t kOwnFrames = 4;  // of its own past that a quantizer sees

// Appends a code of `seen` for each frame j of `own`: the frame that `frame_of(j)` says.
template <typename FrameOf>
void Append(CodedStep& own, int64_t seen, const FrameOf& frame_of) {
  ContextCode code{.step = seen, .frames = {}};
  for (int64_t j = 0; j < own.codes; ++j) code.frames.push_back(frame_of(j));
  own.context.push_back(std::move(code));
}

void AppendOther(std::vector<CodedStep>& steps, int64_t own_index, int64_t other_index) {
  CodedStep& own = steps[static_cast<size_t>(own_index)];
  const CodedStep& other = steps[static_cast<size_t>(other_index)];
  if (other.stage == own.stage && other.level == own.level) {
    if (other_index < own_index) Append(own, other_index, [](int64_t j) { return j; });
    Append(own, other_index, [](int64_t j) { return j - 1; });
  } else if (other.codes <= own.codes) {
    for (const int64_t back : {0, 1}) {
      Append(own, other_index, [&](int64_t j) { return j * other.codes / own.codes - back; });
    }
  } else {
    // The finer frames of the same stage come later in the packet: those of the one before are
    // known.
    const int64_t frames = other.codes / own.codes;
    for (int64_t i = 0; i < frames; ++i) {
      Append(own, other_index,
             [&](int64_t j) { return other.stage == own.stage ? i - frames : j * frames + i; });
    }
  }
}

}  // namespace

std::vector<CodedStep> CodedSteps(const ModelConfig& config) {
  std::vector<CodedStep> steps;
  for (const LadderStep& step : config.ladder()) steps.push_back({step, {}});
  const auto count = static_cast<int64_t>(steps.size());
  for (int64_t step = 0; step < count; ++step) {
    CodedStep& own = steps[static_cast<size_t>(step)];
    for (int64_t back = 1; back <= kOwnFrames; ++back) {
      Append(own, step, [&](int64_t j) { return j - back; });
    }
    for (int64_t other = 0; other < count; ++other) {
      const CodedStep& seen = steps[static_cast<size_t>(other)];
      const bool known = seen.stage == 0 || (seen.stage == own.stage && seen.level == own.level);
      if (other != step && known) AppendOther(steps, step, other);
    }
  }
  return steps;
}

}  // namespace motet::trainer
