#include "reference_codec.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace motet::testing {
namespace {

size_t FramesPerPacket(Level level) { return static_cast<size_t>(kFramesPerPacket[level]); }

const double kPi = std::numbers::pi;

Rows Concatenate(const std::vector<Rows>& parts) {
  size_t channels = 0;
  for (const Rows& part : parts) channels += part.channels;
  Rows y(parts[0].frames, channels);
  for (size_t t = 0; t < y.frames; ++t) {
    size_t c = 0;
    for (const Rows& part : parts) {
      for (size_t i = 0; i < part.channels; ++i) y.at(t, c++) = part.at(t, i);
    }
  }
  return y;
}

Rows Sum(const Rows& a, const Rows& b) {
  Rows y = a;
  for (size_t i = 0; i < y.values.size(); ++i) y.values[i] += b.values[i];
  return y;
}

Rows Third(const Rows& x, size_t which) {
  const size_t width = x.channels / 3;
  Rows y(x.frames, width);
  for (size_t t = 0; t < x.frames; ++t) {
    for (size_t c = 0; c < width; ++c) y.at(t, c) = x.at(t, which * width + c);
  }
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

Rows ReferenceCodec::Norm(const Rows& x) {
  Rows y = x;
  for (size_t t = 0; t < x.frames; ++t) {
    double mean = 0, variance = 0;
    for (size_t c = 0; c < x.channels; ++c) mean += x.at(t, c) / static_cast<double>(x.channels);
    for (size_t c = 0; c < x.channels; ++c) {
      variance += (x.at(t, c) - mean) * (x.at(t, c) - mean) / static_cast<double>(x.channels);
    }
    for (size_t c = 0; c < x.channels; ++c) {
      y.at(t, c) = (x.at(t, c) - mean) / std::sqrt(variance + 1e-5);
    }
  }
  return y;
}

Rows ReferenceCodec::Gelu(const Rows& x) {
  Rows y = x;
  for (double& v : y.values) v = v / 2 * (1 + std::erf(v / std::sqrt(2.0)));
  return y;
}

Rows ReferenceCodec::Delay(const Rows& x, size_t frames) {
  Rows y(x.frames, x.channels);
  for (size_t t = 0; t < x.frames; ++t) {
    for (size_t c = 0; c < x.channels; ++c) y.at(t, c) = x.before(t, frames, c);
  }
  return y;
}

Rows ReferenceCodec::Linear(const std::string& name, const Rows& x) const {
  const RandomTensor& weight = Get(name + ".weight");
  const bool has_bias = tensors_.contains(name + ".bias");
  const size_t out = weight.shape[0], in = weight.shape[1];
  Rows y(x.frames, out);
  for (size_t t = 0; t < x.frames; ++t) {
    for (size_t o = 0; o < out; ++o) {
      double sum = has_bias ? Get(name + ".bias").values[o] : 0;
      for (size_t i = 0; i < in; ++i) sum += weight.values[o * in + i] * x.at(t, i);
      y.at(t, o) = sum;
    }
  }
  return y;
}

Rows ReferenceCodec::Depthwise(const std::string& name, const Rows& x, size_t dilation) const {
  const RandomTensor& weight = Get(name + ".weight");
  const RandomTensor& bias = Get(name + ".bias");
  const size_t k = weight.shape[0];
  Rows y(x.frames, x.channels);
  for (size_t t = 0; t < x.frames; ++t) {
    for (size_t c = 0; c < x.channels; ++c) {
      y.at(t, c) = bias.values[c];
      for (size_t j = 0; j < k; ++j) {
        y.at(t, c) += weight.values[j * x.channels + c] * x.before(t, (k - 1 - j) * dilation, c);
      }
    }
  }
  return y;
}

Rows ReferenceCodec::Down(const std::string& name, const Rows& x) const {
  Rows pairs(x.frames / 2, 2 * x.channels);
  for (size_t t = 0; t < x.frames; ++t) {
    for (size_t c = 0; c < x.channels; ++c) {
      pairs.at(t / 2, t % 2 * x.channels + c) = x.at(t, c);
    }
  }
  return Linear(name, pairs);
}

Rows ReferenceCodec::Up(const std::string& name, const Rows& x) const {
  const Rows pairs = Linear(name, x);
  Rows y(2 * x.frames, pairs.channels / 2);
  for (size_t t = 0; t < y.frames; ++t) {
    for (size_t c = 0; c < y.channels; ++c) {
      y.at(t, c) = pairs.at(t / 2, t % 2 * y.channels + c);
    }
  }
  return y;
}

Rows ReferenceCodec::Block(const std::string& name, const Rows& x, size_t lookahead) const {
  const Rows u = Norm(Depthwise(name + ".depthwise", x, 1));
  Rows y = Linear(name + ".project", Gelu(Linear(name + ".expand", u)));
  if (const auto scale = tensors_.find(name + ".scale"); scale != tensors_.end()) {
    for (size_t i = 0; i < y.values.size(); ++i)
      y.values[i] *= scale->second.values[i % y.channels];
  }
  return Sum(Delay(x, lookahead), y);
}

Rows ReferenceCodec::Blocks(const std::string& name, const LevelConfig& level, Rows x) const {
  for (size_t i = 0; i < level.lookahead.size(); ++i) {
    x = Block(name + ".blocks." + std::to_string(i), x, level.lookahead[i]);
  }
  return x;
}

Rows ReferenceCodec::Features(const std::string& name, const Rows& h) const {
  const Rows r = Linear(name + ".reduce", h);
  const Rows harmonic =
      Gelu(Depthwise(name + ".harmonic", Third(r, 0), config_.encoder.features.dilation));
  Rows rhythmic = Third(r, 1);
  const Rows late = Delay(rhythmic, 1);
  for (size_t i = 0; i < late.values.size(); ++i) rhythmic.values[i] -= late.values[i];
  return Concatenate({harmonic, Gelu(rhythmic), Gelu(Norm(Third(r, 2)))});
}

Rows ReferenceCodec::Film(const std::string& name, const Rows& h, const Rows& m) const {
  const Rows gs = Linear(name, m);
  Rows y = h;
  for (size_t t = 0; t < h.frames; ++t) {
    for (size_t c = 0; c < h.channels; ++c) {
      y.at(t, c) = h.at(t, c) * (1 + gs.at(t, c)) + gs.at(t, h.channels + c);
    }
  }
  return y;
}

Rows ReferenceCodec::Transform(const std::vector<double>& x) const {
  const size_t window = config_.analysis.window, hop = config_.analysis.hop, half = window / 2;
  const double size = static_cast<double>(window);
  Rows y(x.size() / hop, window);
  for (size_t t = 0; t < y.frames; ++t) {
    for (size_t k = 0; k <= half; ++k) {
      double re = 0, im = 0;
      for (size_t n = 0; n < window; ++n) {
        // The window ends with hop t.
        const size_t end = (t + 1) * hop;
        if (end + n < window) continue;
        const double w = std::sin(kPi * static_cast<double>(n) / size);
        const double angle = 2 * kPi * static_cast<double>(k * n) / size;
        re += w * x[end + n - window] * std::cos(angle);
        im -= w * x[end + n - window] * std::sin(angle);
      }
      const double scale = std::sqrt(size / 2);  // 16 for a window of 512
      y.at(t, k) = re / scale;
      if (k > 0 && k < half) y.at(t, half + k) = im / scale;
    }
  }
  return y;
}

Rows ReferenceCodec::Spectrum(const std::vector<double>& x) const {
  const size_t half = config_.analysis.window / 2;
  Rows y = Transform(x);
  for (size_t t = 0; t < y.frames; ++t) {
    for (size_t k = 0; k <= half; ++k) {
      const bool is_real = k == 0 || k == half;
      const double re = y.at(t, k), im = is_real ? 0 : y.at(t, half + k);
      const double gain =
          std::pow(re * re + im * im + config_.analysis.epsilon, (config_.analysis.power - 1) / 2);
      y.at(t, k) *= gain;
      if (!is_real) y.at(t, half + k) *= gain;
    }
  }
  return y;
}

Rows ReferenceCodec::HeadSpectrum(const Rows& head, size_t first) const {
  const size_t half = config_.analysis.window / 2, bins = half + 1;
  Rows y(head.frames, config_.analysis.window);
  for (size_t t = 0; t < y.frames; ++t) {
    for (size_t k = 0; k <= half; ++k) {
      const double log = std::min(head.at(t, first + k), config_.synthesis.max_log_magnitude);
      const double magnitude = std::exp(log), phase = head.at(t, first + bins + k);
      y.at(t, k) = magnitude * std::cos(phase);
      if (k > 0 && k < half) y.at(t, half + k) = magnitude * std::sin(phase);
    }
  }
  return y;
}

std::vector<double> ReferenceCodec::Overlap(const Rows& spectrum) const {
  const size_t window = config_.analysis.window, hop = config_.analysis.hop, half = window / 2;
  const double size = static_cast<double>(window);
  // The first frame's first half is hop 0 of the output, one hop late.
  std::vector<double> y((spectrum.frames + 1) * hop);
  for (size_t t = 0; t < spectrum.frames; ++t) {
    for (size_t n = 0; n < window; ++n) {
      double sum = 0;
      for (size_t k = 0; k <= half; ++k) {
        const double angle = 2 * kPi * static_cast<double>(k * n) / size;
        if (k == 0 || k == half) {
          sum += spectrum.at(t, k) * std::cos(angle);
        } else {
          sum += 2 *
                 (spectrum.at(t, k) * std::cos(angle) - spectrum.at(t, half + k) * std::sin(angle));
        }
      }
      const double w = std::sin(kPi * static_cast<double>(n) / size);
      y[t * hop + n] += w * std::sqrt(size / 2) / size * sum;
    }
  }
  y.resize(spectrum.frames * hop);
  return y;
}

Codes ReferenceCodec::Encode(const std::vector<std::vector<float>>& pcm) const {
  std::vector<double> mid, side;
  for (size_t i = 0; i < pcm[0].size(); ++i) {
    mid.push_back((static_cast<double>(pcm[0][i]) + pcm[1][i]) / std::sqrt(2.0));
    side.push_back((static_cast<double>(pcm[0][i]) - pcm[1][i]) / std::sqrt(2.0));
  }
  const auto& levels = config_.encoder.levels;
  std::array<Rows, kLevels> h;
  Rows x = Linear("encoder.embed", Concatenate({Spectrum(mid), Spectrum(side)}));
  h[kFine] = Blocks("encoder.fine", levels[kFine], x);
  h[kMid] = Blocks("encoder.mid", levels[kMid], Down("encoder.mid.down", h[kFine]));
  h[kCoarse] = Blocks("encoder.coarse", levels[kCoarse], Down("encoder.coarse.down", h[kMid]));
  const size_t coarse = levels[kCoarse].total_lookahead(), mid_l = levels[kMid].total_lookahead();
  h[kMid] = Delay(h[kMid], 2 * coarse);
  h[kFine] = Delay(h[kFine], 2 * mid_l + 4 * coarse);

  Codes codes;
  Rows known;
  for (const Level level : kCoarseToFine) {
    const std::string name = std::string("encoder.") + kLevelNames[level];
    std::vector<Rows> v = {h[level], Features(name + ".features", h[level])};
    Rows context;
    if (level != kCoarse) v.push_back(context = Up(name + ".context", known));
    Rows z = Linear(name + ".latent.output", Gelu(Linear(name + ".latent.hidden", Concatenate(v))));
    known = level == kCoarse ? Rows(z.frames, z.channels) : context;
    for (size_t i = 0; i < static_cast<size_t>(config_.quantizer.per_level); ++i) {
      const std::string quantizer =
          std::string("quantizer.") + kLevelNames[level] + "." + std::to_string(i);
      const Rows e = NormalisedInput(quantizer, z);
      const std::vector<float>& codebook = Get(quantizer + ".codebook").values;
      std::vector<int> chosen;
      for (size_t t = 0; t < e.frames; ++t) {
        double least = HUGE_VAL;
        size_t best = 0;
        for (size_t j = 0; j < static_cast<size_t>(config_.quantizer.entries); ++j) {
          double distance = 0;
          for (size_t c = 0; c < e.channels; ++c) {
            const double d = e.at(t, c) - codebook[j * e.channels + c];
            distance += d * d;
          }
          if (distance < least) best = j;
          least = std::min(least, distance);
        }
        chosen.push_back(static_cast<int>(best));
      }
      const Rows o = CodeVector(quantizer, chosen);
      for (size_t n = 0; n < o.values.size(); ++n) z.values[n] -= o.values[n];
      if (i < static_cast<size_t>(config_.quantizer.context)) known = Sum(known, o);
      codes[level].push_back(chosen);
    }
  }
  if (config_.tones) codes.tones = ReferenceTones(config_).Pick(pcm);
  if (config_.bands) codes.bands = ReferenceBands(config_).Levels(mid);
  return codes;
}

Rows ReferenceCodec::NormalisedInput(const std::string& quantizer, const Rows& r) const {
  Rows e = Linear(quantizer + ".input", r);
  if (!tensors_.contains(quantizer + ".norm.mean")) return e;
  const std::vector<float>& mean = Get(quantizer + ".norm.mean").values;
  const std::vector<float>& variance = Get(quantizer + ".norm.var").values;
  for (size_t t = 0; t < e.frames; ++t) {
    for (size_t c = 0; c < e.channels; ++c) {
      e.at(t, c) = (e.at(t, c) - mean[c]) / std::sqrt(variance[c] + 1e-5);
    }
  }
  return e;
}

Rows ReferenceCodec::CodeVector(const std::string& quantizer, const std::vector<int>& codes) const {
  const RandomTensor& codebook = Get(quantizer + ".codebook");
  Rows entries(codes.size(), codebook.shape[1]);
  for (size_t t = 0; t < codes.size(); ++t) {
    if (codes[t] == Codes::kAbsent) continue;  // adds nothing
    for (size_t c = 0; c < entries.channels; ++c) {
      entries.at(t, c) = codebook.values[static_cast<size_t>(codes[t]) * entries.channels + c];
    }
  }
  return Linear(quantizer + ".output", entries);
}

std::vector<uint8_t> ReferenceCodec::Packets(const Codes& codes, int quality) const {
  const std::vector<LadderStep> ladder = config_.ladder();
  std::vector<uint8_t> bytes;
  for (size_t p = 0; p < codes[kCoarse][0].size(); ++p) {
    for (int step = 0; step < quality; ++step) {
      for (const LadderCodes& each : ladder[static_cast<size_t>(step)]) {
        const std::vector<int>& all = codes[each.level][static_cast<size_t>(each.quantizer)];
        const size_t frames = FramesPerPacket(each.level);
        for (auto t = static_cast<size_t>(each.first); t < frames; t += each.every)
          bytes.push_back(static_cast<uint8_t>(all[p * frames + t]));
      }
      if (config_.tones && step + 1 == config_.tones->from_quality) {
        const std::vector<uint8_t> tones = ReferenceTones(config_).Bytes(codes.tones[p]);
        bytes.insert(bytes.end(), tones.begin(), tones.end());
      }
      if (config_.bands && step + 1 == config_.bands->from_quality)
        bytes.insert(bytes.end(), codes.bands[p].begin(), codes.bands[p].end());
    }
  }
  return bytes;
}

Codes ReferenceCodec::Read(const std::vector<uint8_t>& packets, int quality) const {
  const std::vector<LadderStep> ladder = config_.ladder();
  Codes codes;
  for (auto& level : codes) level.resize(static_cast<size_t>(config_.quantizer.per_level));
  for (size_t at = 0; at < packets.size();) {
    codes.tones.emplace_back();
    for (const Level level : kCoarseToFine) {
      for (std::vector<int>& all : codes[level])
        all.resize(all.size() + FramesPerPacket(level), Codes::kAbsent);
    }
    if (config_.bands) codes.bands.emplace_back(config_.bands->count());  // 0 below from_quality
    for (int step = 0; step < quality; ++step) {
      for (const LadderCodes& each : ladder[static_cast<size_t>(step)]) {
        const size_t frames = FramesPerPacket(each.level);
        const size_t begin = (codes.tones.size() - 1) * frames;
        std::vector<int>& all = codes[each.level][static_cast<size_t>(each.quantizer)];
        for (auto t = static_cast<size_t>(each.first); t < frames; t += each.every)
          all[begin + t] = packets[at++];
      }
      if (config_.tones && step + 1 == config_.tones->from_quality) {
        const auto bytes = static_cast<size_t>(config_.tones->bytes());
        codes.tones.back() = ReferenceTones(config_).Read(std::span(packets).subspan(at, bytes));
        at += bytes;
      }
      if (config_.bands && step + 1 == config_.bands->from_quality) {
        const auto bytes = static_cast<size_t>(config_.bands->bytes());
        codes.bands.back() = ReferenceBands(config_).Read(std::span(packets).subspan(at, bytes));
        at += bytes;
      }
    }
  }
  return codes;
}

std::vector<PacketTones> ReferenceCodec::Tones(const std::vector<uint8_t>& packets,
                                               int quality) const {
  return Read(packets, quality).tones;
}

Rows ReferenceCodec::ToneRows(const std::vector<PacketTones>& packets) const {
  Rows rows(packets.size(), static_cast<size_t>(config_.tones->row()));
  for (size_t p = 0; p < packets.size(); ++p) {
    const std::vector<double> row = ReferenceTones(config_).Row(packets[p]);
    for (size_t line = 0; line < row.size(); ++line) rows.at(p, line) = row[line];
  }
  return rows;
}

std::array<Rows, kLevels> ReferenceCodec::Latents(const Codes& codes) const {
  std::array<Rows, kLevels> zq;
  for (const Level level : kCoarseToFine) {
    zq[level] = Rows(codes[kCoarse][0].size() * FramesPerPacket(level), config_.quantizer.latent);
    for (size_t i = 0; i < codes[level].size(); ++i) {
      const std::string quantizer =
          std::string("quantizer.") + kLevelNames[level] + "." + std::to_string(i);
      zq[level] = Sum(zq[level], CodeVector(quantizer, codes[level][i]));
    }
  }
  return zq;
}

Rows ReferenceCodec::Conditioning(const std::array<Rows, kLevels>& zq) const {
  Rows m = Linear("conditioning.output", Gelu(Sum(Up("conditioning.coarse", zq[kCoarse]),
                                                  Linear("conditioning.mid", zq[kMid]))));
  for (double& v : m.values) v = 1 / (1 + std::exp(-v));
  return m;
}

Rows ReferenceCodec::Features(const std::vector<uint8_t>& packets, int quality) const {
  return Conditioning(Latents(Read(packets, quality)));
}

std::array<std::vector<double>, 2> ReferenceCodec::Decode(const std::vector<uint8_t>& packets,
                                                          int quality) const {
  const Codes codes = Read(packets, quality);
  const auto zq = Latents(codes);
  const Rows m = Conditioning(zq);
  const auto& levels = config_.decoder.levels;
  const size_t coarse = levels[kCoarse].total_lookahead(), mid = levels[kMid].total_lookahead();
  const size_t delay_mid = 2 * coarse, delay_fine = 4 * coarse + 2 * mid;

  Rows h = Linear("decoder.coarse.input", zq[kCoarse]);
  if (config_.tones) h = Sum(h, Linear("decoder.tones", ToneRows(codes.tones)));
  if (config_.bands) h = Sum(h, Linear("decoder.bands", ReferenceBands(config_).Told(codes.bands)));
  h = Blocks("decoder.coarse", levels[kCoarse], h);
  h = Sum(Up("decoder.mid.up", h), Linear("decoder.mid.input", Delay(zq[kMid], delay_mid)));
  h = Film("decoder.mid.film", h, Delay(m, delay_mid));
  h = Blocks("decoder.mid", levels[kMid], h);
  h = Sum(Up("decoder.fine.up", h), Linear("decoder.fine.input", Delay(zq[kFine], delay_fine)));
  h = Film("decoder.fine.film", h, Delay(EachTwice(m), delay_fine));
  h = Blocks("decoder.fine", levels[kFine], h);
  const Rows y = Linear("decoder.head", Norm(h));

  // Left and right of tones become mid and side, and back.
  const auto rotated = [](const std::vector<double>& a, const std::vector<double>& b) {
    std::array<std::vector<double>, 2> c;
    for (size_t i = 0; i < a.size(); ++i) {
      c[0].push_back((a[i] + b[i]) / std::sqrt(2.0));
      c[1].push_back((a[i] - b[i]) / std::sqrt(2.0));
    }
    return c;
  };
  Rows M = HeadSpectrum(y, 0), S = HeadSpectrum(y, 2 * config_.bins());
  const bool has_tones = config_.has_tones(quality), has_bands = config_.has_bands(quality);
  if (has_bands && has_tones) {
    // Their spectra, which come a hop late, have levels with those of the head.
    const auto sound = ReferenceTones(config_).Sound(codes.tones, config_.analysis.hop);
    const auto [tones_mid, tones_side] = rotated(sound[0], sound[1]);
    M = Sum(M, Transform(tones_mid));
    S = Sum(S, Transform(tones_side));
  }
  if (has_bands) {
    const ReferenceBands bands(config_);
    bands.Apply(bands.Gains(M, codes.bands), &M);
  }
  std::array<std::vector<double>, 2> pcm = rotated(Overlap(M), Overlap(S));
  if (has_tones && !has_bands) {
    const auto sound = ReferenceTones(config_).Sound(codes.tones);
    for (size_t c = 0; c < 2; ++c) {
      for (size_t i = 0; i < sound[c].size(); ++i) pcm[c][i] += sound[c][i];
    }
  }
  return pcm;
}

}  // namespace motet::testing
