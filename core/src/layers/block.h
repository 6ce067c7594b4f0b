// Block: the unit of every level, after ConvNeXt (Liu et al., 2022; docs/ARCHITECTURE.md,
// "Elementary layers").
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "layers/depthwise.h"
#include "layers/linear.h"

namespace motet::core {

// Room for what a block computes on the way; the blocks of a level share it.
struct BlockScratch {
  void Allocate(Builder& builder, size_t channels, Level rate);
  Buffer<float> narrow;
  Buffer<float> wide;
};

class Block : public Layer {
 public:
  // Tensors `name`.{depthwise,expand,project}.{weight,bias}.
  Block(Builder& builder, const std::string& name, size_t channels, size_t lookahead, Level rate);

  // In place.
  void Step(size_t frames, float* x, BlockScratch& scratch);

 private:
  const Kernels& kernels_ = BestKernels();
  const size_t channels_;
  const size_t lookahead_;
  Depthwise depthwise_;
  Linear expand_;
  Linear project_;
};

// The blocks of a level, one after another.
class Blocks {
 public:
  // `name` as in "encoder.mid".
  Blocks(Builder& builder, const std::string& name, const LevelConfig& level, Level rate);

  void Step(size_t frames, float* x) {
    for (const auto& block : blocks_) block->Step(frames, x, scratch_);
  }

 private:
  std::vector<std::unique_ptr<Block>> blocks_;
  BlockScratch scratch_;
};

}  // namespace motet::core
