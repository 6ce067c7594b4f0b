#include "codec/decoder_network.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "model_config/tone_bytes.h"

namespace motet::core {
namespace {

std::string LevelName(Level level) { return std::string("decoder.") + kLevelNames[level]; }

}  // namespace

DecoderNetwork::LevelDecoder::LevelDecoder(Builder& builder, Level level, int quality)
    : dequantizer(builder, level, quality),
      input(builder, LevelName(level) + ".input", builder.config().quantizer.latent,
            builder.config().decoder.levels[level].width, level),
      blocks(builder, LevelName(level), builder.config().decoder.levels[level], level) {
  const ModelConfig& config = builder.config();
  const size_t frames = builder.max_frames(level), width = config.decoder.levels[level].width;
  builder.Allocate(&zq, frames * config.quantizer.latent);
  builder.Allocate(&h, frames * width);
  if (level == kCoarse) return;
  const auto coarser = static_cast<Level>(level - 1);
  const size_t delay = LevelDelay(level, config.decoder.levels);
  up = std::make_unique<Linear>(builder, LevelName(level) + ".up",
                                config.decoder.levels[coarser].width, 2 * width, coarser,
                                builder.precision());
  zq_delay = std::make_unique<Delay>(builder, delay, config.quantizer.latent, level);
  m_delay = std::make_unique<Delay>(builder, delay, config.conditioning.total(), level);
  film = std::make_unique<Film>(builder, LevelName(level) + ".film", width, level);
  builder.Allocate(&from_zq, frames * width);
}

DecoderNetwork::ToneDecoder::ToneDecoder(Builder& builder, int quality)
    : tones_(*builder.config().tones),
      packet_(builder.config().packet),
      packet_bytes_(builder.config().packet_bytes(quality)),
      offset_(builder.config().tones_offset()),
      input_(builder, "decoder.tones", tones_.row(), builder.config().decoder.levels[kCoarse].width,
             kCoarse) {
  const ModelConfig& config = builder.config();
  const size_t lines = tones_.lines, packets = builder.max_packets();
  if (config.has_tones(quality)) {
    const bool in_spectra = config.has_bands(quality);
    sound_ = std::make_unique<ToneSound>(builder, in_spectra ? config.analysis.hop : 0);
    if (in_spectra) {
      analysis_ = std::make_unique<Analysis>(builder);
      builder.Allocate(&ones_, packets);
      builder.Allocate(&mid_, packets * config.packet);
      builder.Allocate(&side_, packets * config.packet);
      builder.Allocate(&spectrum_, builder.max_frames(kFine) * 2 * config.analysis.window);
      if (builder.status().ok()) std::fill_n(ones_.data(), packets, 1.0f);
    }
  }
  builder.Allocate(&read_, packets * lines);
  builder.Allocate(&rows_, packets * input_.in());
}

void DecoderNetwork::ToneDecoder::Tell(size_t packets, const uint8_t* bytes, float* h) {
  for (size_t p = 0; p < packets && sound_ != nullptr; ++p) {
    const std::span<Tone> tones(read_.data() + p * static_cast<size_t>(tones_.lines),
                                static_cast<size_t>(tones_.lines));
    ReadTones(tones_, bytes + p * packet_bytes_ + offset_, tones);
    WriteRow(tones, rows_.data() + p * input_.in());
  }
  input_.Add(packets, rows_.data(), h);
}

void DecoderNetwork::ToneDecoder::WriteRow(std::span<const Tone> tones, float* row) const {
  const auto step = static_cast<float>(tones_.step_db);
  for (size_t i = 0; i < tones.size(); ++i) {
    const Tone& tone = tones[i];
    row[i] = tone.is_there() ? (6 + step * static_cast<float>(tone.level)) / 20 : 0;
    if (tones_.pans == 1) continue;
    const auto side = tone.is_there() ? tones_.side(tone.place / tones_.phases) : 0;
    row[tones.size() + i] = static_cast<float>(side) * row[i];
  }
}

void DecoderNetwork::ToneDecoder::GoOn(uint8_t* packet) const {
  if (sound_) RepeatTones(tones_, packet + offset_);
}

void DecoderNetwork::ToneDecoder::Sound(size_t packets, const float* gains, float* mid,
                                        float* side) {
  if (sound_ && !analysis_) sound_->Step(packets, read_.data(), gains, mid, side);
}

const float* DecoderNetwork::ToneDecoder::Spectrum(size_t packets) {
  if (!analysis_) return nullptr;
  const size_t samples = packets * packet_;
  std::fill_n(mid_.data(), samples, 0.0f);
  std::fill_n(side_.data(), samples, 0.0f);
  // Packets that are lost fade with the rest of their frames.
  sound_->Step(packets, read_.data(), ones_.data(), mid_.data(), side_.data());
  analysis_->Step(4 * packets, mid_.data(), side_.data(), spectrum_.data());
  return spectrum_.data();
}

DecoderNetwork::BandDecoder::BandDecoder(Builder& builder, int quality)
    : bands_(builder.config().bands->count()),
      packet_bytes_(builder.config().packet_bytes(quality)),
      offset_(builder.config().bands_offset()),
      input_(builder, "decoder.bands", bands_, builder.config().decoder.levels[kCoarse].width,
             kCoarse) {
  if (builder.config().has_bands(quality)) gains_ = std::make_unique<BandGains>(builder);
  builder.Allocate(&levels_, builder.max_packets() * bands_);
  builder.Allocate(&rows_, builder.max_packets() * bands_);
}

void DecoderNetwork::BandDecoder::Tell(size_t packets, const uint8_t* bytes, float* h) {
  if (gains_ != nullptr) {
    constexpr auto kHighest = static_cast<uint8_t>(BandsConfig::kLevels - 1);
    for (size_t p = 0; p < packets; ++p) {
      for (size_t band = 0; band < bands_; ++band) {
        const size_t i = p * bands_ + band;
        levels_[i] = std::min(bytes[p * packet_bytes_ + offset_ + band], kHighest);
        rows_[i] = static_cast<float>(levels_[i]) / 8;
      }
    }
    gains_->Expect(packets, levels_.data());
  }
  input_.Add(packets, rows_.data(), h);
}

DecoderNetwork::DecoderNetwork(Builder& builder, int quality) {
  const ModelConfig& config = builder.config();
  for (const Level level : kCoarseToFine) {
    levels_[level] = std::make_unique<LevelDecoder>(builder, level, quality);
  }
  conditioning_ = std::make_unique<Conditioning>(builder);
  head_ = std::make_unique<Linear>(builder, "decoder.head", config.decoder.levels[kFine].width,
                                   4 * config.bins(), kFine);
  attenuation_delay_ = std::make_unique<Delay>(builder, config.decoder_lookahead(), 1, kFine);
  synthesis_ = std::make_unique<Synthesis>(builder);
  if (config.tones) tones_ = std::make_unique<ToneDecoder>(builder, quality);
  if (config.bands) bands_ = std::make_unique<BandDecoder>(builder, quality);
  builder.Allocate(&m_mid_, builder.max_frames(kMid) * config.conditioning.total());
  builder.Allocate(&m_fine_, builder.max_frames(kFine) * config.conditioning.total());
  builder.Allocate(&head_rows_, builder.max_frames(kFine) * head_->out());
  builder.Allocate(&attenuation_, builder.max_frames(kFine));
  builder.Allocate(&frame_gains_, builder.max_frames(kFine));
  layers_ = builder.TakeLayers();
}

void DecoderNetwork::Step(size_t packets, const uint8_t* bytes, const float* gains, float* mid,
                          float* side) {
  for (const auto& level : levels_) level->dequantizer.Step(packets, bytes, level->zq.data());
  conditioning_->Step(packets, levels_[kCoarse]->zq.data(), levels_[kMid]->zq.data(),
                      m_mid_.data());
  const size_t features = conditioning_->features();
  for (size_t t = 0; t < 4 * packets; ++t) {
    std::memcpy(m_fine_.data() + t * features, m_mid_.data() + t / 2 * features,
                features * sizeof(float));
    attenuation_[t] = 1 - gains[t / 4];
  }

  for (const Level level : kCoarseToFine) {
    LevelDecoder& here = *levels_[level];
    const size_t frames = packets * kFramesPerPacket[level];
    float* h = here.h.data();
    if (level == kCoarse) {
      here.input.Step(frames, here.zq.data(), h);
      if (tones_) tones_->Tell(packets, bytes, h);
      if (bands_) bands_->Tell(packets, bytes, h);
    } else {
      const float* m = level == kMid ? m_mid_.data() : m_fine_.data();
      here.up->Step(frames / 2, levels_[level - 1]->h.data(), h);  // a row is two frames
      here.input.Step(frames, here.zq_delay->Step(frames, here.zq.data()), here.from_zq.data());
      kernels_.add(h, here.from_zq.data(), h, frames * here.input.out());
      here.film->Step(frames, here.m_delay->Step(frames, m), h);
    }
    here.blocks.Step(frames, h);
  }

  const size_t frames = 4 * packets;
  float* h = levels_[kFine]->h.data();
  kernels_.norm(h, h, frames, head_->in());
  head_->Step(frames, h, head_rows_.data());
  // This delay starts with zeros, as all do: the codec's own delay is not attenuated.
  const float* attenuation = attenuation_delay_->Step(frames, attenuation_.data());
  for (size_t t = 0; t < frames; ++t) frame_gains_[t] = 1 - attenuation[t];
  synthesis_->Step(frames, head_rows_.data(), frame_gains_.data(),
                   tones_ ? tones_->Spectrum(packets) : nullptr, bands_ ? bands_->gains() : nullptr,
                   mid, side);
  if (tones_) tones_->Sound(packets, gains, mid, side);
}

}  // namespace motet::core
