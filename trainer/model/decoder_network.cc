#include "model/decoder_network.h"

#include "model/analysis.h"

namespace motet::trainer {
namespace {

// Each frame of m [B, T, F] twice: [B, 2T, F]. (repeat_interleave would make the host wait for the
// device.)
torch::Tensor Doubled(const torch::Tensor& m) {
  return m.unsqueeze(2).expand({-1, -1, 2, -1}).reshape({m.size(0), 2 * m.size(1), m.size(2)});
}

}  // namespace

DecoderLevelImpl::DecoderLevelImpl(Level level, const ModelConfig& config)
    : input_(register_module("input",
                             Linear(config.quantizer.latent, config.decoder.levels[level].width))) {
  const int64_t width = config.decoder.levels[level].width;
  if (level != kCoarse) {
    up_ = register_module("up", Up(config.decoder.levels[level - 1].width, width));
    film_ = register_module("film", Film(config.conditioning.total(), width));
  }
  blocks_ = register_module("blocks", MakeBlocks(config.decoder.levels[level], config));
}

torch::Tensor DecoderLevelImpl::forward(const torch::Tensor& above, const torch::Tensor& zq,
                                        const torch::Tensor& m, const torch::Tensor& beside) {
  auto h = input_(zq);
  if (beside.defined()) h = h + beside;
  if (above.defined()) h = film_(up_(above) + h, m);
  return blocks_->is_empty() ? h : blocks_->forward(h);
}

DecoderNetworkImpl::DecoderNetworkImpl(const ModelConfig& config)
    : config_(config),
      head_(register_module("head", Linear(config.decoder.levels[kFine].width,
                                           config.channels * config.head_values()))),
      synthesis_(register_module("synthesis", Synthesis(config))) {
  for (const Level level : {kCoarse, kMid, kFine}) {
    levels_[level] = register_module(kLevelNames[level], DecoderLevel(level, config));
  }
  if (config.tones) {
    tones_ =
        register_module("tones", Linear(config.tones->row(), config.decoder.levels[kCoarse].width));
  }
  if (config.bands) {
    bands_ = register_module("bands",
                             Linear(config.bands->count(), config.decoder.levels[kCoarse].width));
  }
}

torch::Tensor DecoderNetworkImpl::forward(const std::array<torch::Tensor, kLevels>& zq,
                                          const torch::Tensor& m, const Beside& beside,
                                          Tones& tones, Bands& bands) {
  const int64_t delay_mid = LevelDelay(kMid, config_.decoder.levels),
                delay_fine = LevelDelay(kFine, config_.decoder.levels);
  const torch::Tensor none;
  auto told = beside.tones.defined() ? tones_(tones->Rows(beside.tones)) : none;
  if (beside.levels.defined()) {
    const auto levels = bands_(Bands::Impl::Rows(beside.levels));
    told = told.defined() ? told + levels : levels;
  }
  auto h = levels_[kCoarse](none, zq[kCoarse], none, told);
  h = levels_[kMid](h, Delay(zq[kMid], delay_mid), Delay(m, delay_mid), none);
  h = levels_[kFine](h, Delay(zq[kFine], delay_fine), Delay(Doubled(m), delay_fine), none);
  const auto y = head_(Norm(h));
  if (!beside.levels.defined()) {
    const auto sound = synthesis_(y);
    return beside.tones.defined() ? sound + tones->Sound(beside.tones, 0) : sound;
  }
  // Levels are those of the tones as well.
  auto spectrum = synthesis_->Spectrum(y);
  if (beside.tones.defined()) {
    const auto early = tones->Sound(beside.tones, config_.analysis.hop);
    spectrum = spectrum + SpectrumOf(MidSide(early), config_.analysis.window, config_.analysis.hop);
  }
  const auto mid = spectrum.select(2, 0);
  const auto levelled = mid * bands->Gains(mid, beside.levels);
  return synthesis_->Sound(torch::stack({levelled, spectrum.select(2, 1)}, 2));
}

}  // namespace motet::trainer
