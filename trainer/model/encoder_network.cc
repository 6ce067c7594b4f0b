#include "model/encoder_network.h"

namespace motet::trainer {

LatentImpl::LatentImpl(int64_t in, int64_t hidden, int64_t out)
    : hidden_(register_module("hidden", Linear(in, hidden))),
      output_(register_module("output", Linear(hidden, out))) {}

torch::Tensor LatentImpl::forward(const torch::Tensor& v) {
  return output_(torch::gelu(hidden_(v)));
}

EncoderLevelImpl::EncoderLevelImpl(Level level, const ModelConfig& config)
    : blocks_(register_module("blocks", MakeBlocks(config.encoder.levels[level], config))),
      features_(
          register_module("features", FeatureBranch(config.encoder.levels[level].width, config))),
      latent_(nullptr) {
  const int64_t width = config.encoder.levels[level].width, latent = config.quantizer.latent;
  int64_t described = width + 3 * config.encoder.features.width;
  if (level != kFine)
    down_ = register_module("down", Down(config.encoder.levels[level + 1].width, width));
  if (level != kCoarse) {
    context_ = register_module("context", Up(latent, latent));
    described += latent;
  }
  latent_ = register_module("latent", Latent(described, config.encoder.latent_hidden, latent));
}

torch::Tensor EncoderLevelImpl::BottomUp(const torch::Tensor& below) {
  const auto h = down_.is_empty() ? below : down_(below);
  return blocks_->is_empty() ? h : blocks_->forward(h);
}

torch::Tensor EncoderLevelImpl::TopDown(const torch::Tensor& h, const torch::Tensor& context) {
  std::vector<torch::Tensor> v = {h, features_(h)};
  if (context.defined()) v.push_back(context);
  return latent_(torch::cat(v, -1));
}

EncoderNetworkImpl::EncoderNetworkImpl(const ModelConfig& config)
    : config_(config),
      analysis_(register_module("analysis", Analysis(config))),
      embed_(register_module(
          "embed", Linear(2 * config.analysis.window, config.encoder.levels[kFine].width))) {
  for (const Level level : {kCoarse, kMid, kFine}) {
    levels_[level] = register_module(kLevelNames[level], EncoderLevel(level, config));
  }
}

std::array<Quantized, kLevels> EncoderNetworkImpl::forward(
    const torch::Tensor& x, std::array<Quantizer, kLevels>& quantizers,
    const std::array<torch::Tensor, kLevels>& given) {
  std::array<torch::Tensor, kLevels> h;
  auto below = embed_(analysis_(x));
  for (const Level level : {kFine, kMid, kCoarse})
    below = h[level] = levels_[level]->BottomUp(below);

  // Levels with less lookahead wait for those above, so that all describe the same time.
  for (const Level level : {kMid, kFine})
    h[level] = Delay(h[level], LevelDelay(level, config_.encoder.levels));

  std::array<Quantized, kLevels> quantized;
  torch::Tensor context;
  for (const Level level : {kCoarse, kMid, kFine}) {
    if (level != kCoarse) {
      const auto known = quantized[level - 1].context;
      context = levels_[level]->Context(context.defined() ? context + known : known);
    }
    quantized[level] = quantizers[level](levels_[level]->TopDown(h[level], context), given[level]);
  }
  return quantized;
}

}  // namespace motet::trainer
