#include "layers/block.h"

namespace motet::core {

void BlockScratch::Allocate(Builder& builder, size_t channels, Level rate) {
  const size_t size = builder.max_frames(rate) * channels;
  builder.Allocate(&narrow, size);
  builder.Allocate(&wide, builder.config().block.expansion * size);
}

Block::Block(Builder& builder, const std::string& name, size_t channels, size_t lookahead,
             Level rate)
    : channels_(channels),
      lookahead_(lookahead),
      depthwise_(builder, name + ".depthwise", channels, builder.config().block.kernel, 1, rate,
                 lookahead),
      expand_(builder, name + ".expand", channels, builder.config().block.expansion * channels,
              rate, builder.precision()),
      project_(builder, name + ".project", expand_.out(), channels, rate, builder.precision()) {
  builder.Register(this, rate);
}

void Block::Step(size_t frames, float* x, BlockScratch& scratch) {
  float* const narrow = scratch.narrow.data();
  float* const wide = scratch.wide.data();
  depthwise_.Step(frames, x, narrow);
  kernels_.norm(narrow, narrow, frames, channels_);
  expand_.Step(frames, narrow, wide);
  kernels_.gelu(wide, frames * expand_.out());
  project_.Step(frames, wide, narrow);
  kernels_.add(depthwise_.Past(lookahead_), narrow, x, frames * channels_);
}

Blocks::Blocks(Builder& builder, const std::string& name, const LevelConfig& level, Level rate) {
  for (size_t i = 0; i < level.lookahead.size(); ++i) {
    blocks_.push_back(std::make_unique<Block>(builder, name + ".blocks." + std::to_string(i),
                                              level.width, level.lookahead[i], rate));
  }
  if (!blocks_.empty()) scratch_.Allocate(builder, level.width, rate);
}

}  // namespace motet::core
