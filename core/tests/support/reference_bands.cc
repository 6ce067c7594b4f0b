#include "reference_bands.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace motet::testing {
namespace {

constexpr double kSilence = 1e-11;

ModelConfig Changed(ModelConfig config, void (*change)(ModelConfig&)) {
  change(config);
  return config;
}

Rows Sum(const Rows& a, const Rows& b) {
  Rows y = a;
  for (size_t i = 0; i < y.values.size(); ++i) y.values[i] += b.values[i];
  return y;
}

Rows EachTwice(const Rows& x) {
  Rows y(2 * x.frames, x.channels);
  for (size_t t = 0; t < y.frames; ++t) {
    for (size_t c = 0; c < x.channels; ++c) y.at(t, c) = x.at(t / 2, c);
  }
  return y;
}

}  // namespace

ReferenceBands::ReferenceBands(const ModelConfig& config)
    : config_(config), bands_(*config.bands) {}

size_t ReferenceBands::delay() const {
  return static_cast<size_t>((config_.delay() / config_.analysis.hop - 1) / 4);
}

uint8_t ReferenceBands::Rounded(double level) {
  return static_cast<uint8_t>(std::clamp<int64_t>(std::lround(level), 0, 31));
}

Rows ReferenceBands::Measure(const std::vector<double>& mid) const {
  const auto packet = static_cast<size_t>(config_.packet), hop = packet / 4;
  const double window = 2 * static_cast<double>(hop), size = static_cast<double>(packet);
  Rows levels(mid.size() / packet, count());
  for (size_t p = 0; p < levels.frames; ++p) {
    for (size_t band = 0; band < count(); ++band) {
      double energy = 0;
      for (size_t t = 4 * p; t < 4 * p + 4; ++t) {
        for (size_t k = edge(band); k < edge(band + 1); ++k) {
          double re = 0, im = 0;
          for (size_t n = t == 0 ? hop : 0; n < 2 * hop; ++n) {
            const double turn = 2 * std::numbers::pi * static_cast<double>(k * n) / window;
            const double windowed = std::sin(std::numbers::pi * static_cast<double>(n) / window) *
                                    mid[t * hop + n - hop];
            re += windowed * std::cos(turn);
            im -= windowed * std::sin(turn);
          }
          energy += (re * re + im * im) / (window / 2);  // 16² for a window of 512
        }
      }
      levels.at(p, band) = (10 * std::log10(energy / size + kSilence) + 93) / bands_.step_db;
    }
  }
  return levels;
}

double ReferenceBands::Share(int64_t line, size_t band) const {
  // A line lies at a quarter of a bin: windows of tones are four times as long.
  const double tone = static_cast<double>(config_.tones->first + line) / 4;
  double share = 0;
  for (size_t bin = edge(band); bin < edge(band + 1); ++bin) {
    const double d = std::abs(static_cast<double>(bin) - tone);
    const double at =
        d == 0.5 ? std::numbers::pi / 4 : std::cos(std::numbers::pi * d) / (1 - 4 * d * d);
    share += 8 / (std::numbers::pi * std::numbers::pi) * at * at;
  }
  return share;
}

double ReferenceBands::ToneEnergy(const PacketTones& tones, size_t band) const {
  double energy = 0;
  for (const auto& [line, tone] : tones) {
    const double amplitude = std::pow(10.0, config_.tones->level_db(tone % 32) / 20);
    energy += static_cast<double>(config_.packet) * Share(line, band) * amplitude * amplitude / 2;
  }
  return energy;
}

Rows ReferenceBands::Gains(const Rows& squares, const std::vector<PacketLevels>& levels,
                           const std::vector<PacketTones>& tones) const {
  const auto packet = static_cast<double>(config_.packet);
  Rows gains(squares.frames / 4, count());
  std::fill(gains.values.begin(), gains.values.end(), 1.0);
  for (size_t p = delay(); p < gains.frames; ++p) {
    for (size_t band = 0; band < count(); ++band) {
      const int level = std::min<int>(levels[p - delay()][band], 31);
      if (level == 0) continue;
      double energy = packet * kSilence;
      for (size_t t = 4 * p; t < 4 * p + 4; ++t) {
        for (size_t k = edge(band); k < edge(band + 1); ++k) energy += squares.at(t, k);
      }
      if (!tones.empty()) {
        // One packet that is there already, and one that has come: delays are of two or more.
        energy += ToneEnergy(tones[p + 2 - delay()], band);
        energy += ToneEnergy(tones[p + 1 - delay()], band);
      }
      const double wanted = packet * std::pow(10.0, (-93 + bands_.step_db * level) / 10);
      gains.at(p, band) = std::clamp(std::sqrt(wanted / energy), 0.25, 4.0);
    }
  }
  return gains;
}

void ReferenceBands::ApplyToLogs(const Rows& gains, Rows* logs) const {
  for (size_t t = 0; t < logs->frames; ++t) {
    for (size_t band = 0; band < count(); ++band) {
      for (size_t k = edge(band); k < edge(band + 1); ++k)
        logs->at(t, k) += std::log(gains.at(t / 4, band));
    }
  }
}

BandReferenceCodec::BandReferenceCodec(const ModelConfig& config, const RandomTensors& tensors)
    : config_(config),
      plain_config_(Changed(config, [](ModelConfig& c) { c.bands.reset(); })),
      unlimited_config_(
          Changed(plain_config_, [](ModelConfig& c) { c.synthesis.max_log_magnitude = 1000; })),
      tensors_(tensors),
      plain_(plain_config_, tensors_),
      unlimited_(unlimited_config_, tensors_) {
  if (config_.bands) bands_.emplace(config_);
}

CodesAndLevels BandReferenceCodec::Encode(const std::vector<std::vector<float>>& pcm) const {
  CodesAndLevels result = {.codes = plain_.Encode(pcm), .levels = {}};
  if (!bands_) return result;
  std::vector<double> mid;
  for (size_t i = 0; i < pcm[0].size(); ++i)
    mid.push_back((static_cast<double>(pcm[0][i]) + pcm[1][i]) / std::numbers::sqrt2);
  const Rows levels = bands_->Measure(mid);
  for (size_t p = 0; p < levels.frames; ++p) {
    PacketLevels& here = result.levels.emplace_back();
    for (size_t band = 0; band < levels.channels; ++band)
      here.push_back(ReferenceBands::Rounded(levels.at(p, band)));
  }
  return result;
}

std::vector<uint8_t> BandReferenceCodec::Packets(const CodesAndLevels& codes, int quality) const {
  const std::vector<uint8_t> plain = plain_.Packets(codes.codes, quality);
  if (!bands_ || quality < config_.bands->from_quality) return plain;
  // Behind all that the packets of the quality have with which levels begin.
  const auto size = static_cast<ptrdiff_t>(plain_config_.packet_bytes(quality));
  const auto before =
      static_cast<ptrdiff_t>(plain_config_.packet_bytes(config_.bands->from_quality));
  std::vector<uint8_t> packets;
  for (size_t p = 0; p < codes.levels.size(); ++p) {
    const auto packet = plain.begin() + static_cast<ptrdiff_t>(p) * size;
    packets.insert(packets.end(), packet, packet + before);
    packets.insert(packets.end(), codes.levels[p].begin(), codes.levels[p].end());
    packets.insert(packets.end(), packet + before, packet + size);
  }
  return packets;
}

BandReferenceCodec::Split BandReferenceCodec::Without(const std::vector<uint8_t>& packets,
                                                      int quality) const {
  if (!bands_ || quality < config_.bands->from_quality) return {.packets = packets, .levels = {}};
  const auto size = static_cast<size_t>(plain_config_.packet_bytes(quality)) + bands_->count();
  const auto before = static_cast<size_t>(plain_config_.packet_bytes(config_.bands->from_quality));
  Split split;
  for (size_t i = 0; i < packets.size(); ++i) {
    const size_t at = i % size;
    if (at == 0) split.levels.emplace_back();
    if (at >= before && at < before + bands_->count()) {
      split.levels.back().push_back(packets[i]);
    } else {
      split.packets.push_back(packets[i]);
    }
  }
  return split;
}

Rows BandReferenceCodec::Features(const std::vector<uint8_t>& packets, int quality) const {
  return plain_.Features(Without(packets, quality).packets, quality);
}

std::array<Rows, kLevels> BandReferenceCodec::Latents(const std::vector<uint8_t>& packets,
                                                      int quality) const {
  const auto size = static_cast<size_t>(plain_config_.packet_bytes(quality));
  const size_t count = packets.size() / size;
  std::vector<LadderStep> ladder = plain_config_.ladder();
  ladder.resize(static_cast<size_t>(quality));
  std::array<Rows, kLevels> zq;
  for (const Level level : kCoarseToFine) {
    zq[level] = Rows(count * static_cast<size_t>(kFramesPerPacket[level]),
                     static_cast<size_t>(config_.quantizer.latent));
  }
  for (const LadderStep& step : ladder) {
    const auto frames = static_cast<size_t>(step.codes);
    const std::string name = "quantizer." + step.name();
    const RandomTensor& codebook = tensors_.at(name + ".codebook");
    Rows entries(count * frames, codebook.shape[1]);
    for (size_t t = 0; t < entries.frames; ++t) {
      const size_t code =
          packets[t / frames * size + static_cast<size_t>(step.offset) + t % frames];
      for (size_t c = 0; c < entries.channels; ++c)
        entries.at(t, c) = codebook.values[code * entries.channels + c];
    }
    zq[step.level] = Sum(zq[step.level], plain_.Linear(name + ".output", entries));
  }
  return zq;
}

Rows BandReferenceCodec::Blocks(const std::string& name, const LevelConfig& level, Rows x) const {
  for (size_t i = 0; i < level.lookahead.size(); ++i) {
    x = plain_.Block(name + ".blocks." + std::to_string(i), x,
                     static_cast<size_t>(level.lookahead[i]));
  }
  return x;
}

Rows BandReferenceCodec::Head(const Split& split, int quality) const {
  const auto zq = Latents(split.packets, quality);
  const Rows m = plain_.Features(split.packets, quality);
  const auto& levels = config_.decoder.levels;
  const auto coarse = static_cast<size_t>(levels[kCoarse].total_lookahead());
  const auto mid = static_cast<size_t>(levels[kMid].total_lookahead());
  const size_t delay_mid = 2 * coarse, delay_fine = 4 * coarse + 2 * mid;
  const auto Delay = ReferenceCodec::Delay;

  Rows told(zq[kCoarse].frames, bands_->count());
  for (size_t p = 0; p < split.levels.size(); ++p) {
    for (size_t band = 0; band < told.channels; ++band)
      told.at(p, band) = std::min<int>(split.levels[p][band], 31) / 8.0;
  }
  Rows h =
      Sum(plain_.Linear("decoder.coarse.input", zq[kCoarse]), plain_.Linear("decoder.bands", told));
  if (config_.tones) {
    const std::vector<PacketTones> tones = plain_.Tones(split.packets, quality);
    Rows rows(tones.size(), static_cast<size_t>(config_.tones->row()));
    for (size_t p = 0; p < tones.size(); ++p) {
      const std::vector<double> row = ReferenceTones(plain_config_).Row(tones[p]);
      for (size_t i = 0; i < row.size(); ++i) rows.at(p, i) = row[i];
    }
    h = Sum(h, plain_.Linear("decoder.tones", rows));
  }
  h = Blocks("decoder.coarse", levels[kCoarse], h);
  h = Sum(plain_.Up("decoder.mid.up", h),
          plain_.Linear("decoder.mid.input", Delay(zq[kMid], delay_mid)));
  h = plain_.Film("decoder.mid.film", h, Delay(m, delay_mid));
  h = Blocks("decoder.mid", levels[kMid], h);
  h = Sum(plain_.Up("decoder.fine.up", h),
          plain_.Linear("decoder.fine.input", Delay(zq[kFine], delay_fine)));
  h = plain_.Film("decoder.fine.film", h, Delay(EachTwice(m), delay_fine));
  h = Blocks("decoder.fine", levels[kFine], h);
  return plain_.Linear("decoder.head", ReferenceCodec::Norm(h));
}

std::array<std::vector<double>, 2> BandReferenceCodec::Decode(const std::vector<uint8_t>& packets,
                                                              int quality) const {
  if (!bands_) return plain_.Decode(packets, quality);
  const Split split = Without(packets, quality);
  const auto bins = static_cast<size_t>(config_.bins());
  Rows head = Head(split, quality);
  Rows squares(head.frames, bins);  // of mid
  for (size_t t = 0; t < head.frames; ++t) {
    for (const size_t first : {size_t{0}, 2 * bins}) {
      for (size_t k = 0; k < bins; ++k) {
        double& log = head.at(t, first + k);
        log = std::min(log, config_.synthesis.max_log_magnitude);
        if (first == 0) squares.at(t, k) = std::exp(2 * log);
      }
    }
  }
  std::vector<PacketTones> tones;
  if (config_.tones) tones = plain_.Tones(split.packets, quality);
  if (!split.levels.empty()) {
    bands_->ApplyToLogs(bands_->Gains(squares, split.levels, tones), &head);
  }
  const std::vector<double> mid = unlimited_.Overlap(head, 0);
  const std::vector<double> side = unlimited_.Overlap(head, 2 * bins);
  std::array<std::vector<double>, 2> pcm;
  if (config_.tones) pcm = ReferenceTones(plain_config_).Sound(tones);
  for (std::vector<double>& channel : pcm) channel.resize(mid.size());
  for (size_t i = 0; i < mid.size(); ++i) {
    pcm[0][i] += (mid[i] + side[i]) / std::numbers::sqrt2;
    pcm[1][i] += (mid[i] - side[i]) / std::numbers::sqrt2;
  }
  return pcm;
}

}  // namespace motet::testing
