#include "model/codec.h"

#include <stdexcept>
#include <string>

namespace motet::trainer {
namespace {

// Holds the three quantizers, so that their parameters are named `quantizer.<level>.<i>`.
class QuantizersImpl : public torch::nn::Module {
 public:
  explicit QuantizersImpl(const std::array<Quantizer, kLevels>& quantizers) {
    for (const Level level : {kCoarse, kMid, kFine})
      register_module(kLevelNames[level], quantizers[level]);
  }
};

}  // namespace

CodecImpl::CodecImpl(const ModelConfig& config)
    : config_(config),
      encoder_(register_module("encoder", EncoderNetwork(config))),
      conditioning_(register_module("conditioning", Conditioning(config))),
      decoder_(register_module("decoder", DecoderNetwork(config))) {
  for (const Level level : {kCoarse, kMid, kFine}) quantizers_[level] = Quantizer(config);
  register_module("quantizer", std::make_shared<QuantizersImpl>(quantizers_));
  if (config.tones) tones_ = register_module("tones", Tones(config));
}

torch::Tensor CodecImpl::Synthesise(const std::array<torch::Tensor, kLevels>& zq,
                                    const torch::Tensor& tones, torch::Tensor* features) {
  const auto m = conditioning_(zq[kCoarse], zq[kMid]);
  if (features != nullptr) *features = m;
  if (!tones.defined()) return decoder_(zq, m, tones);
  return decoder_(zq, m, tones_->Rows(tones)) + tones_->Sound(tones);
}

CodecOutput CodecImpl::forward(const torch::Tensor& x, const torch::Tensor& quality) {
  const auto quantized = [&] {
    torch::AutoGradMode learn(torch::GradMode::is_enabled() && !encoder_frozen_);
    return encoder_->forward(x, quantizers_);
  }();
  CodecOutput result;
  std::array<torch::Tensor, kLevels> zq;
  int64_t step = 0;
  std::vector<torch::Tensor> commitments, codebooks, decorrelations;
  for (const LadderStep& ladder_step : config_.ladder()) {
    const Level level = ladder_step.level;
    const Quantized& q = quantized[level][static_cast<size_t>(ladder_step.quantizer)];
    const auto present = (quality > step++).to(x.dtype()).reshape({-1, 1, 1});
    const auto given = q.output * present;
    zq[level] = zq[level].defined() ? zq[level] + given : given;
    commitments.push_back(q.commitment);
    if (q.codebook.defined()) codebooks.push_back(q.codebook);
    decorrelations.push_back(q.decorrelation);
  }
  for (int level = 0; level < kLevels; ++level) {
    for (const Quantized& q : quantized[level]) result.codes[level].push_back(q.codes);
  }
  result.commitment = torch::stack(commitments).mean();
  if (!codebooks.empty()) result.codebook = torch::stack(codebooks).mean();
  result.decorrelation = torch::stack(decorrelations).mean();
  auto tones = PickTones(x);
  if (tones.defined()) {
    const auto heard = (quality >= config_.tones->from_quality).reshape({-1, 1, 1});
    tones = torch::where(heard, tones, torch::full_like(tones, TonesImpl::kNone));
  }
  result.audio = Synthesise(zq, tones, &result.features);
  return result;
}

torch::Tensor CodecImpl::Encode(const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  const auto quantized = encoder_->forward(x, quantizers_);
  std::vector<torch::Tensor> parts;
  for (const LadderStep& step : config_.ladder()) {
    const auto& codes = quantized[step.level][static_cast<size_t>(step.quantizer)].codes;
    parts.push_back(codes.reshape({codes.size(0), -1, step.codes}));
  }
  return torch::cat(parts, -1).to(torch::kUInt8);
}

torch::Tensor CodecImpl::PickTones(const torch::Tensor& x) {
  return config_.tones ? tones_->Pick(x) : torch::Tensor();
}

torch::Tensor CodecImpl::Decode(const torch::Tensor& packets, const torch::Tensor& tones) {
  torch::NoGradGuard no_grad;
  const int64_t batch = packets.size(0), count = packets.size(1), bytes = packets.size(2);
  std::array<torch::Tensor, kLevels> zq;
  int64_t at = 0;
  bool present = true;
  for (const LadderStep& step : config_.ladder()) {
    const int64_t frames = step.codes;
    present = present && at + frames <= bytes;  // a prefix of the ladder
    const auto codes =
        present ? packets.narrow(2, at, frames).to(torch::kInt64).reshape({batch, count * frames})
                : torch::full({batch, count * frames}, -1, packets.options().dtype(torch::kInt64));
    const auto part = quantizers_[step.level]->at(step.quantizer)->Lookup(codes);
    auto& z = zq[step.level];
    z = z.defined() ? z + part : part;
    if (present) at += frames;
  }
  if (at != bytes)
    throw std::runtime_error("packets of " + std::to_string(bytes) + " bytes belong to no quality");
  const bool silent = tones.defined() && bytes < config_.packet_bytes(config_.tones->from_quality);
  return Synthesise(zq, silent ? torch::full_like(tones, TonesImpl::kNone) : tones, nullptr);
}

void CodecImpl::FreezeEncoder() {
  encoder_frozen_ = true;
  train(is_training());
}

void CodecImpl::train(bool on) {
  torch::nn::Module::train(on);
  if (!encoder_frozen_) return;
  encoder_->eval();
  for (auto& quantizer : quantizers_) quantizer->eval();
}

void CodecImpl::FreezeNorm(bool frozen) {
  for (auto& quantizer : quantizers_) {
    for (int64_t i = 0; i < config_.quantizer.per_level; ++i) quantizer->at(i)->FreezeNorm(frozen);
  }
}

std::vector<std::pair<std::string, torch::Tensor>> CodecImpl::LearnCodebooks() {
  std::vector<std::pair<std::string, torch::Tensor>> entries;
  for (const Level level : {kCoarse, kMid, kFine}) {
    for (int64_t i = 0; i < config_.quantizer.per_level; ++i) {
      entries.emplace_back(
          std::string("quantizer.") + kLevelNames[level] + "." + std::to_string(i) + ".codebook",
          quantizers_[level]->at(i)->LearnEntries());
    }
  }
  return entries;
}

}  // namespace motet::trainer
