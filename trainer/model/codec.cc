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

// The quality whose packets have so many bytes.
int64_t QualityOf(int64_t bytes, const ModelConfig& config) {
  for (int64_t quality = 1; quality <= config.max_quality(); ++quality) {
    if (config.packet_bytes(quality) == bytes) return quality;
  }
  throw std::runtime_error("packets of " + std::to_string(bytes) + " bytes belong to no quality");
}

}  // namespace

CodecImpl::CodecImpl(const ModelConfig& config)
    : config_(config),
      encoder_(register_module("encoder", EncoderNetwork(config))),
      conditioning_(register_module("conditioning", Conditioning(config))),
      decoder_(register_module("decoder", DecoderNetwork(config))) {
  for (const Level level : {kCoarse, kMid, kFine}) quantizers_[level] = Quantizer(config);
  register_module("quantizer", std::make_shared<QuantizersImpl>(quantizers_));
  if (config.tones) tones_ = register_module("tones", Tones(config));
  if (config.bands) bands_ = register_module("bands", Bands(config));
}

torch::Tensor CodecImpl::Synthesise(const std::array<torch::Tensor, kLevels>& zq,
                                    const Beside& beside, torch::Tensor* features) {
  const auto m = conditioning_(zq[kCoarse], zq[kMid]);
  if (features != nullptr) *features = m;
  return decoder_(zq, m, beside, tones_, bands_);
}

CodecOutput CodecImpl::forward(const torch::Tensor& x, const torch::Tensor& quality) {
  const auto quantized = [&] {
    torch::AutoGradMode learn(torch::GradMode::is_enabled() && !encoder_frozen_);
    return encoder_->forward(x, quantizers_);
  }();
  CodecOutput result;
  std::array<torch::Tensor, kLevels> zq;
  // [steps of the ladder, B, 1, 1]: whether an item's decoder is given the step.
  const auto steps =
      torch::arange(static_cast<int64_t>(config_.ladder().size()), quality.options());
  const auto given = (quality > steps.unsqueeze(1)).to(x.scalar_type());
  int64_t step = 0;
  for (const LadderStep& ladder_step : config_.ladder()) {
    const Level level = ladder_step.level;
    const auto& output = quantized[level][static_cast<size_t>(ladder_step.quantizer)].output;
    const auto present = given.select(0, step++).view({-1, 1, 1});
    zq[level] = zq[level].defined() ? torch::addcmul(zq[level], output, present) : output * present;
  }
  std::vector<Quantized> all;
  std::vector<std::shared_ptr<CodebookImpl>> codebooks;
  for (int level = 0; level < kLevels; ++level) {
    for (int64_t i = 0; i < config_.quantizer.per_level; ++i) {
      all.push_back(quantized[level][static_cast<size_t>(i)]);
      result.codes[level].push_back(all.back().codes);
      codebooks.push_back(quantizers_[level]->at(i).ptr());
    }
  }
  result.quantizer = LossesOf(all);
  if (codebooks.front()->is_training()) Follow(codebooks, all);
  const auto below = [&](int64_t from) { return (quality < from).reshape({-1, 1, 1}); };
  Beside beside;
  if (config_.tones) {
    beside.tones = tones_->Pick(x);
    beside.tones.masked_fill_(below(config_.tones->from_quality), TonesImpl::kNone);
  }
  if (config_.bands) {
    beside.levels = bands_->Measure(x);
    beside.levels.masked_fill_(below(config_.bands->from_quality), 0);
  }
  result.audio = Synthesise(zq, beside, &result.features);
  return result;
}

torch::Tensor CodecImpl::Encode(const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  const auto quantized = encoder_->forward(x, quantizers_);
  std::vector<torch::Tensor> parts;
  int64_t quality = 0;
  for (const LadderStep& step : config_.ladder()) {
    const auto& codes = quantized[step.level][static_cast<size_t>(step.quantizer)].codes;
    parts.push_back(codes.reshape({codes.size(0), -1, step.codes}).to(torch::kUInt8));
    ++quality;
    if (config_.tones && quality == config_.tones->from_quality)
      parts.push_back(tones_->Bytes(tones_->Pick(x)));
    if (config_.bands && quality == config_.bands->from_quality)
      parts.push_back(bands_->Measure(x).to(torch::kUInt8));
  }
  return torch::cat(parts, -1);
}

torch::Tensor CodecImpl::Decode(const torch::Tensor& packets) {
  torch::NoGradGuard no_grad;
  const int64_t quality = QualityOf(packets.size(2), config_);
  const int64_t batch = packets.size(0), count = packets.size(1);
  std::array<torch::Tensor, kLevels> zq;
  int64_t number = 0;
  for (const LadderStep& step : config_.ladder()) {
    const std::array<int64_t, 2> shape = {batch, count * step.codes};
    const auto codes =
        number++ < quality
            ? packets.narrow(2, step.offset, step.codes).to(torch::kInt64).reshape(shape)
            : torch::full(shape, -1, packets.options().dtype(torch::kInt64));
    const auto part = quantizers_[step.level]->at(step.quantizer)->Lookup(codes);
    auto& z = zq[step.level];
    z = z.defined() ? z + part : part;
  }
  const auto part = [&](bool there, int64_t offset, int64_t bytes) {
    return there ? packets.narrow(2, offset, bytes)
                 : torch::zeros({batch, count, bytes}, packets.options());
  };
  Beside beside;
  if (config_.tones) {
    beside.tones = tones_->Read(
        part(config_.has_tones(quality), config_.tones_offset(), config_.tones->bytes()));
  }
  if (config_.bands) {
    beside.levels = part(config_.has_bands(quality), config_.bands_offset(), config_.bands->bytes())
                        .to(torch::kInt64)
                        .clamp_max(BandsConfig::kLevels - 1);
  }
  return Synthesise(zq, beside, nullptr);
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
