#include "entropy/coded_quantizer.h"

namespace motet::trainer {
namespace {

constexpr int64_t kOwnFrames = 4;  // of its own past that a quantizer sees

// Appends a code of `seen` for each frame j of `own`: the frame that `frame_of(j)` says.
template <typename FrameOf>
void Append(CodedQuantizer& own, int64_t seen, const FrameOf& frame_of) {
  ContextCode code{.quantizer = seen, .frames = {}};
  for (int64_t j = 0; j < own.frames(); ++j) code.frames.push_back(frame_of(j));
  own.context.push_back(std::move(code));
}

void AppendOther(std::vector<CodedQuantizer>& quantizers, int64_t own_index, int64_t other_index) {
  CodedQuantizer& own = quantizers[static_cast<size_t>(own_index)];
  const CodedQuantizer& other = quantizers[static_cast<size_t>(other_index)];
  if (other.stage == own.stage && other.level == own.level) {
    if (other_index < own_index) Append(own, other_index, [](int64_t j) { return j; });
    Append(own, other_index, [](int64_t j) { return j - 1; });
  } else if (other.frames() <= own.frames()) {
    for (const int64_t back : {0, 1}) {
      Append(own, other_index, [&](int64_t j) { return j * other.frames() / own.frames() - back; });
    }
  } else {
    // The finer frames of the same stage come later in the packet: those of the one before are
    // known.
    const int64_t frames = other.frames() / own.frames();
    for (int64_t i = 0; i < frames; ++i) {
      Append(own, other_index,
             [&](int64_t j) { return other.stage == own.stage ? i - frames : j * frames + i; });
    }
  }
}

}  // namespace

std::vector<CodedQuantizer> CodedQuantizers(const ModelConfig& config) {
  std::vector<CodedQuantizer> quantizers;
  for (const LadderQuantizer& each : config.quantizers()) quantizers.push_back({each, {}});
  const auto count = static_cast<int64_t>(quantizers.size());
  for (int64_t index = 0; index < count; ++index) {
    CodedQuantizer& own = quantizers[static_cast<size_t>(index)];
    for (int64_t back = 1; back <= kOwnFrames; ++back) {
      Append(own, index, [&](int64_t j) { return j - back; });
    }
    for (int64_t other = 0; other < count; ++other) {
      const CodedQuantizer& seen = quantizers[static_cast<size_t>(other)];
      const bool known = seen.stage == 0 || (seen.stage == own.stage && seen.level == own.level);
      if (other != index && known) AppendOther(quantizers, index, other);
    }
  }
  return quantizers;
}

}  // namespace motet::trainer
