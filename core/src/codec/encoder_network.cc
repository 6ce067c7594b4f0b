#include "codec/encoder_network.h"

#include <algorithm>
#include <cstring>

namespace motet::core {
namespace {

std::string LevelName(Level level) { return std::string("encoder.") + kLevelNames[level]; }

Level Finer(Level level) { return static_cast<Level>(level + 1); }
Level Coarser(Level level) { return static_cast<Level>(level - 1); }

size_t LatentInputs(const ModelConfig& config, Level level) {
  return config.encoder.levels[level].width + 3 * config.encoder.features.width +
         (level == kCoarse ? 0 : config.quantizer.latent);
}

std::unique_ptr<Linear> MakeDown(Builder& builder, Level level) {
  const auto& levels = builder.config().encoder.levels;
  return std::make_unique<Linear>(builder, LevelName(level) + ".down",
                                  2 * levels[Finer(level)].width, levels[level].width, level);
}

}  // namespace

EncoderNetwork::BottomUp::BottomUp(Builder& builder, Level level)
    : down(level == kFine ? nullptr : MakeDown(builder, level)),
      blocks(builder, LevelName(level), builder.config().encoder.levels[level], level) {
  builder.Allocate(&h, builder.max_frames(level) * builder.config().encoder.levels[level].width);
}

EncoderNetwork::TopDown::TopDown(Builder& builder, Level level, size_t quantizers, bool feeds_finer)
    : delay(builder, LevelDelay(level, builder.config().encoder.levels),
            builder.config().encoder.levels[level].width, level),
      features(builder, LevelName(level) + ".features",
               builder.config().encoder.levels[level].width, level),
      hidden(builder, LevelName(level) + ".latent.hidden", LatentInputs(builder.config(), level),
             builder.config().encoder.latent_hidden, level),
      output(builder, LevelName(level) + ".latent.output", builder.config().encoder.latent_hidden,
             builder.config().quantizer.latent, level),
      quantizer(builder, level, quantizers) {
  const size_t frames = builder.max_frames(level), latent = builder.config().quantizer.latent;
  if (level != kCoarse) {
    context = std::make_unique<Linear>(builder, LevelName(level) + ".context", latent, 2 * latent,
                                       Coarser(level));
    builder.Allocate(&context_rows, frames * latent);
  }
  builder.Allocate(&latent_inputs, frames * hidden.in());
  builder.Allocate(&hidden_rows, frames * hidden.out());
  builder.Allocate(&z, frames * latent);
  if (feeds_finer) builder.Allocate(&known, frames * latent);
}

EncoderNetwork::EncoderNetwork(Builder& builder, int quality)
    : quality_(quality),
      quantizers_(builder.config().quantizers()),
      packet_bytes_(builder.config().packet_bytes(quality)),
      latent_(builder.config().quantizer.latent),
      analysis_(builder),
      embed_(builder, "encoder.embed", 2 * builder.config().analysis.window,
             builder.config().encoder.levels[kFine].width, kFine) {
  builder.Allocate(&spectrum_, builder.max_frames(kFine) * embed_.in());
  for (const Level level : {kFine, kMid, kCoarse}) {
    bottom_up_[level] = std::make_unique<BottomUp>(builder, level);
  }
  // How many quantizers of each level the packets hold, and how far down the codes reach. The
  // first `context` of a level are needed for the finer one in any case.
  std::array<size_t, kLevels> held = {};
  Level finest = kCoarse;
  for (const LadderQuantizer& each : quantizers_) {
    if (each.first_quality() > quality) continue;
    ++held[each.level];
    if (each.level > finest) finest = each.level;
  }
  for (const Level level : kCoarseToFine) {
    if (level > finest) break;
    const bool feeds_finer = level < finest;
    const size_t needed = feeds_finer ? builder.config().quantizer.context : 0;
    top_down_[level] =
        std::make_unique<TopDown>(builder, level, std::max(held[level], needed), feeds_finer);
  }
  if (builder.config().has_tones(quality)) {
    tones_ = std::make_unique<TonePicker>(builder);
    tones_offset_ = builder.config().tones_offset();
  }
  if (builder.config().has_bands(quality)) {
    bands_ = std::make_unique<BandMeter>(builder);
    bands_offset_ = builder.config().bands_offset();
  }
  layers_ = builder.TakeLayers();
}

const float* EncoderNetwork::Context(Level level, size_t frames) {
  TopDown& here = *top_down_[level];
  here.context->Step(frames / 2, top_down_[Coarser(level)]->known.data(), here.context_rows.data());
  return here.context_rows.data();
}

void EncoderNetwork::CodeLevel(Level level, size_t frames) {
  TopDown& here = *top_down_[level];
  const float* h = here.delay.Step(frames, bottom_up_[level]->h.data());
  const size_t stride = here.hidden.in();
  const size_t width = stride - here.features.out() - (level == kCoarse ? 0 : latent_);
  float* row = here.latent_inputs.data();
  here.features.Step(frames, h, row + width, stride);
  const float* context = level == kCoarse ? nullptr : Context(level, frames);
  for (size_t t = 0; t < frames; ++t, row += stride) {
    std::memcpy(row, h + t * width, width * sizeof(float));
    if (context == nullptr) continue;
    std::memcpy(row + stride - latent_, context + t * latent_, latent_ * sizeof(float));
  }
  here.hidden.Step(frames, here.latent_inputs.data(), here.hidden_rows.data());
  kernels_.gelu(here.hidden_rows.data(), frames * here.hidden.out());
  here.output.Step(frames, here.hidden_rows.data(), here.z.data());

  float* known = here.known.empty() ? nullptr : here.known.data();
  here.quantizer.Step(frames, here.z.data(), known);
  // The finer level builds on the codes of all coarser ones.
  if (known != nullptr && context != nullptr) kernels_.add(known, context, known, frames * latent_);
}

void EncoderNetwork::Step(size_t packets, const float* mid, const float* side, uint8_t* bytes) {
  const auto frames = [packets](Level level) { return packets * kFramesPerPacket[level]; };
  analysis_.Step(frames(kFine), mid, side, spectrum_.data());
  if (bands_) {
    bands_->Step(packets, spectrum_.data(), embed_.in(), bytes + bands_offset_, packet_bytes_);
  }
  analysis_.Compand(frames(kFine), spectrum_.data());
  embed_.Step(frames(kFine), spectrum_.data(), bottom_up_[kFine]->h.data());
  for (const Level level : {kFine, kMid, kCoarse}) {
    BottomUp& here = *bottom_up_[level];
    // Two frames of the finer level side by side are one row.
    if (here.down)
      here.down->Step(frames(level), bottom_up_[Finer(level)]->h.data(), here.h.data());
    here.blocks.Step(frames(level), here.h.data());
  }
  for (const Level level : kCoarseToFine) {
    if (top_down_[level]) CodeLevel(level, frames(level));
  }
  WritePackets(packets, bytes);
  if (tones_) tones_->Step(packets, mid, side, bytes + tones_offset_, packet_bytes_);
}

void EncoderNetwork::WritePackets(size_t packets, uint8_t* bytes) const {
  for (const LadderQuantizer& each : quantizers_) {
    if (each.first_quality() > quality_) continue;
    const uint8_t* codes = top_down_[each.level]->quantizer.codes(each.quantizer);
    for (size_t p = 0; p < packets; ++p) {
      for (const auto& [from, offset] : each.places) {
        if (from <= quality_) bytes[p * packet_bytes_ + offset] = *codes;
        ++codes;
      }
    }
  }
}

}  // namespace motet::core
