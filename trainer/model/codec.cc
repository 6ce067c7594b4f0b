#include "model/codec.h"

#include <stdexcept>
#include <string>

#include "model/lean.h"

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

// The lowest qualities that have the codes of a level: [quantizers, 1, frames of a packet].
torch::Tensor FirstQualities(const ModelConfig& config, Level level) {
  auto qualities = torch::zeros({config.quantizer.per_level, 1, kFramesPerPacket[level]});
  for (const LadderQuantizer& each : config.quantizers()) {
    if (each.level != level) continue;
    for (int64_t frame = 0; frame < each.frames(); ++frame)
      qualities[each.quantizer][0][frame] = each.places[static_cast<size_t>(frame)].quality;
  }
  return qualities;
}

}  // namespace

CodecImpl::CodecImpl(const ModelConfig& config)
    : config_(config),
      encoder_(register_module("encoder", EncoderNetwork(config))),
      conditioning_(register_module("conditioning", Conditioning(config))),
      decoder_(register_module("decoder", DecoderNetwork(config))) {
  for (const Level level : {kCoarse, kMid, kFine}) {
    quantizers_[level] = Quantizer(config);
    // A constant, which does not belong to the state of a model.
    first_qualities_[level] = register_module(std::string("first_qualities_") + kLevelNames[level],
                                              std::make_shared<torch::nn::Module>())
                                  ->register_buffer("basis", FirstQualities(config, level));
  }
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
  std::array<torch::Tensor, kLevels> given;
  for (const Level level : kCoarseToFine) {
    given[level] = Cast(quality.view({1, -1, 1}) >= first_qualities_[level], x.scalar_type());
  }
  const auto quantized = [&] {
    torch::AutoGradMode learn(torch::GradMode::is_enabled() && !encoder_frozen_);
    return encoder_->forward(x, quantizers_, given);
  }();
  CodecOutput result;
  std::array<torch::Tensor, kLevels> zq;
  for (const Level level : kCoarseToFine) {
    zq[level] = quantized[level].output;
    result.codes[level] = quantized[level].codes;
  }
  const std::vector<Quantized> all(quantized.begin(), quantized.end());
  result.quantizer = LossesOf(all);
  if (quantizers_[kCoarse]->is_training())
    Follow({quantizers_[kCoarse].ptr(), quantizers_[kMid].ptr(), quantizers_[kFine].ptr()}, all);
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
  const auto quantized = encoder_->forward(x, quantizers_, /*given=*/{});
  std::vector<torch::Tensor> parts;
  int64_t quality = 0;
  for (const LadderStep& step : config_.ladder()) {
    for (const LadderCodes& each : step) {
      const auto& codes = quantized[each.level].codes.select(0, each.quantizer);
      const int64_t frames = kFramesPerPacket[each.level];
      parts.push_back(codes.reshape({codes.size(0), -1, frames})
                          .slice(2, each.first, frames, each.every)
                          .to(torch::kUInt8));
    }
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
  const auto absent = torch::full({batch, count}, -1, packets.options().dtype(torch::kInt64));
  for (const LadderQuantizer& each : config_.quantizers()) {
    std::vector<torch::Tensor> frames;
    for (const auto& [from, offset] : each.places)
      frames.push_back(from <= quality ? packets.select(2, offset).to(torch::kInt64) : absent);
    const auto part =
        quantizers_[each.level]->at(each.quantizer)->Lookup(torch::stack(frames, 2).flatten(1));
    auto& z = zq[each.level];
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
  for (auto& quantizer : quantizers_) quantizer->FreezeNorm(frozen);
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
