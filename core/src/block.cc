#include "block.h"

namespace motet::core {

Block::Block(Builder& builder, const std::string& name, size_t channels, size_t lookahead,
             Level rate)
    : channels_(channels),
      lookahead_(lookahead),
      depthwise_(builder, name + ".depthwise", channels, builder.config().block.kernel, 1, rate,
                 lookahead),
      expand_(builder, name + ".expand", channels, builder.config().block.expansion * channels,
              rate),
      project_(builder, name + ".project", expand_.out(), channels, rate) {
  builder.Register(this, rate);
  builder.Allocate(&narrow_, builder.max_frames(rate) * channels);
  builder.Allocate(&wide_, builder.max_frames(rate) * expand_.out());
}

void Block::Step(size_t frames, float* x) {
  depthwise_.Step(frames, x, narrow_.data());
  kernels_.norm(narrow_.data(), narrow_.data(), frames, channels_);
  expand_.Step(frames, narrow_.data(), wide_.data());
  kernels_.gelu(wide_.data(), frames * expand_.out());
  project_.Step(frames, wide_.data(), narrow_.data());
  kernels_.add(depthwise_.Past(lookahead_), narrow_.data(), x, frames * channels_);
}

Blocks::Blocks(Builder& builder, const std::string& name, const LevelConfig& level, Level rate) {
  for (size_t i = 0; i < level.lookahead.size(); ++i) {
    blocks_.push_back(std::make_unique<Block>(builder, name + ".blocks." + std::to_string(i),
                                              level.width, level.lookahead[i], rate));
  }
}

}  // namespace motet::core
