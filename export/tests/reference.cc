#include "reference.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace motet::exporter {
namespace {

constexpr double kPi = std::numbers::pi;

size_t Size(int64_t value) { return static_cast<size_t>(value); }

double Gelu(double x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2)); }

Matrix Map(Matrix x, double (*f)(double)) {
  for (double& value : x.values) value = f(value);
  return x;
}

Matrix Combine(Matrix a, const Matrix& b, double factor) {
  for (size_t i = 0; i < a.values.size(); ++i) a.values[i] += factor * b.values[i];
  return a;
}

Matrix Delay(const Matrix& x, int64_t frames) {
  Matrix y(x.rows, x.columns);
  for (size_t t = Size(frames); t < x.rows; ++t) {
    for (size_t c = 0; c < x.columns; ++c) y.at(t, c) = x.at(t - Size(frames), c);
  }
  return y;
}

Matrix Norm(Matrix x) {
  for (size_t t = 0; t < x.rows; ++t) {
    double mean = 0;
    double var = 0;
    for (size_t c = 0; c < x.columns; ++c) mean += x.at(t, c) / static_cast<double>(x.columns);
    for (size_t c = 0; c < x.columns; ++c) {
      var += (x.at(t, c) - mean) * (x.at(t, c) - mean) / static_cast<double>(x.columns);
    }
    for (size_t c = 0; c < x.columns; ++c) x.at(t, c) = (x.at(t, c) - mean) / std::sqrt(var + 1e-5);
  }
  return x;
}

Matrix Columns(const Matrix& x, size_t from, size_t to) {
  Matrix y(x.rows, to - from);
  for (size_t t = 0; t < x.rows; ++t) {
    for (size_t c = from; c < to; ++c) y.at(t, c - from) = x.at(t, c);
  }
  return y;
}

Matrix SideBySide(const std::vector<const Matrix*>& parts) {
  size_t columns = 0;
  for (const Matrix* part : parts) columns += part->columns;
  Matrix y(parts[0]->rows, columns);
  for (size_t t = 0; t < y.rows; ++t) {
    size_t at = 0;
    for (const Matrix* part : parts) {
      for (size_t c = 0; c < part->columns; ++c) y.at(t, at++) = part->at(t, c);
    }
  }
  return y;
}

Matrix Reshaped(Matrix x, size_t rows) {
  x.columns = x.values.size() / rows;
  x.rows = rows;
  return x;
}

double Window(size_t n, size_t size) {
  return std::sin(kPi * static_cast<double>(n) / static_cast<double>(size));
}

}  // namespace

const std::vector<float>& Reference::W(const std::string& name) const {
  return weights_.at(name).values;
}

Matrix Reference::Linear(const std::string& name, const Matrix& x) const {
  const auto& weight = W(name + ".weight");
  Matrix y(x.rows, weight.size() / x.columns);
  for (size_t t = 0; t < x.rows; ++t) {
    for (size_t o = 0; o < y.columns; ++o) {
      double sum = Has(name + ".bias") ? W(name + ".bias")[o] : 0;
      for (size_t i = 0; i < x.columns; ++i) sum += weight[o * x.columns + i] * x.at(t, i);
      y.at(t, o) = sum;
    }
  }
  return y;
}

Matrix Reference::Depthwise(const std::string& name, const Matrix& x, size_t dilation) const {
  const auto& weight = W(name + ".weight");
  const auto& bias = W(name + ".bias");
  const size_t kernel = weight.size() / x.columns;
  Matrix y(x.rows, x.columns);
  for (size_t t = 0; t < x.rows; ++t) {
    for (size_t c = 0; c < x.columns; ++c) {
      double sum = bias[c];
      for (size_t j = 0; j < kernel; ++j) {
        const size_t back = (kernel - 1 - j) * dilation;
        if (back <= t) sum += weight[j * x.columns + c] * x.at(t - back, c);
      }
      y.at(t, c) = sum;
    }
  }
  return y;
}

Matrix Reference::Down(const std::string& name, const Matrix& x) const {
  return Linear(name, Reshaped(x, x.rows / 2));
}

Matrix Reference::Up(const std::string& name, const Matrix& x) const {
  return Reshaped(Linear(name, x), 2 * x.rows);
}

Matrix Reference::Film(const std::string& name, Matrix h, const Matrix& m) const {
  const Matrix both = Linear(name, m);
  for (size_t t = 0; t < h.rows; ++t) {
    for (size_t c = 0; c < h.columns; ++c) {
      h.at(t, c) = h.at(t, c) * (1 + both.at(t, c)) + both.at(t, h.columns + c);
    }
  }
  return h;
}

Matrix Reference::Blocks(const std::string& level_name, Matrix x, const LevelConfig& level) const {
  for (size_t i = 0; i < level.lookahead.size(); ++i) {
    const std::string name = level_name + ".blocks." + std::to_string(i);
    const Matrix u = Norm(Depthwise(name + ".depthwise", x, 1));
    Matrix projected = Linear(name + ".project", Map(Linear(name + ".expand", u), Gelu));
    if (Has(name + ".scale")) {
      for (size_t t = 0; t < projected.rows; ++t) {
        for (size_t c = 0; c < projected.columns; ++c) projected.at(t, c) *= W(name + ".scale")[c];
      }
    }
    x = Combine(Delay(x, level.lookahead[i]), projected, 1);
  }
  return x;
}

Matrix Reference::Analysis(const std::array<std::vector<float>, 2>& audio) const {
  const size_t window = Size(config_.analysis.window);
  const size_t hop = Size(config_.analysis.hop);
  const size_t half = window / 2;
  Matrix rows(audio[0].size() / hop, 2 * window);
  for (size_t t = 0; t < rows.rows; ++t) {
    for (size_t channel = 0; channel < 2; ++channel) {
      std::vector<double> frame(window);
      for (size_t n = 0; n < window; ++n) {
        const size_t end = t * hop + hop + n;
        if (end < window) continue;  // before the signal
        const double l = audio[0][end - window];
        const double r = audio[1][end - window];
        frame[n] = Window(n, window) * (channel == 0 ? l + r : l - r) / std::numbers::sqrt2;
      }
      for (size_t k = 0; k <= half; ++k) {
        double re = 0;
        double im = 0;
        for (size_t n = 0; n < window; ++n) {
          const double angle =
              2 * kPi * static_cast<double>(k * n % window) / static_cast<double>(window);
          re += frame[n] * std::cos(angle) / 16;
          im -= frame[n] * std::sin(angle) / 16;
        }
        if (k == 0 || k == half) im = 0;
        const double gain = std::pow(re * re + im * im + config_.analysis.epsilon,
                                     (config_.analysis.power - 1) / 2);
        rows.at(t, channel * window + k) = re * gain;
        if (k != 0 && k != half) rows.at(t, channel * window + half + k) = im * gain;
      }
    }
  }
  return rows;
}

Matrix Reference::Features(const std::string& name, const Matrix& h) const {
  const size_t width = Size(config_.encoder.features.width);
  const Matrix r = Linear(name + ".reduce", h);
  const Matrix harmonic = Map(
      Depthwise(name + ".harmonic", Columns(r, 0, width), Size(config_.encoder.features.dilation)),
      Gelu);
  const Matrix second = Columns(r, width, 2 * width);
  const Matrix rhythmic = Map(Combine(second, Delay(second, 1), -1), Gelu);
  const Matrix timbral = Map(Norm(Columns(r, 2 * width, 3 * width)), Gelu);
  return SideBySide({&harmonic, &rhythmic, &timbral});
}

Matrix Reference::Latent(const std::string& level_name, const Matrix& h,
                         const Matrix* context) const {
  const Matrix features = Features(level_name + ".features", h);
  std::vector<const Matrix*> parts = {&h, &features};
  if (context != nullptr) parts.push_back(context);
  const Matrix hidden = Map(Linear(level_name + ".latent.hidden", SideBySide(parts)), Gelu);
  return Linear(level_name + ".latent.output", hidden);
}

Matrix Reference::Quantize(Level level, Matrix z, Codes& codes) const {
  Matrix known(z.rows, z.columns);
  for (int64_t i = 0; i < config_.quantizer.per_level; ++i) {
    const std::string name =
        std::string("quantizer.") + kLevelNames[level] + "." + std::to_string(i);
    Matrix e = Linear(name + ".input", z);
    if (Has(name + ".norm.mean")) {
      for (size_t t = 0; t < e.rows; ++t) {
        for (size_t c = 0; c < e.columns; ++c) {
          e.at(t, c) =
              (e.at(t, c) - W(name + ".norm.mean")[c]) / std::sqrt(W(name + ".norm.var")[c] + 1e-5);
        }
      }
    }
    const auto& codebook = W(name + ".codebook");
    Matrix chosen(e.rows, e.columns);
    std::vector<int64_t> level_codes;
    for (size_t t = 0; t < e.rows; ++t) {
      size_t best = 0;
      double best_distance = INFINITY;
      for (size_t j = 0; j < Size(config_.quantizer.entries); ++j) {
        double distance = 0;
        for (size_t c = 0; c < e.columns; ++c) {
          const double d = e.at(t, c) - codebook[j * e.columns + c];
          distance += d * d;
        }
        if (distance < best_distance) best = j, best_distance = distance;
      }
      level_codes.push_back(static_cast<int64_t>(best));
      for (size_t c = 0; c < e.columns; ++c) chosen.at(t, c) = codebook[best * e.columns + c];
    }
    codes[level].push_back(level_codes);
    const Matrix output = Linear(name + ".output", chosen);
    z = Combine(z, output, -1);
    if (i < config_.quantizer.context) known = Combine(known, output, 1);
  }
  return known;
}

std::vector<int64_t> Reference::Encode(const std::array<std::vector<float>, 2>& audio) const {
  const auto& levels = config_.encoder.levels;
  std::array<Matrix, kLevels> h;
  Matrix below = Linear("encoder.embed", Analysis(audio));
  for (const Level level : {kFine, kMid, kCoarse}) {
    const std::string name = std::string("encoder.") + kLevelNames[level];
    if (level != kFine) below = Down(name + ".down", below);
    h[level] = below = Blocks(name, below, levels[level]);
  }
  const int64_t coarse_lookahead = levels[kCoarse].total_lookahead();
  h[kMid] = Delay(h[kMid], 2 * coarse_lookahead);
  h[kFine] = Delay(h[kFine], 2 * levels[kMid].total_lookahead() + 4 * coarse_lookahead);

  Codes codes;
  const Matrix q_coarse = Quantize(kCoarse, Latent("encoder.coarse", h[kCoarse], nullptr), codes);
  const Matrix context_mid = Up("encoder.mid.context", q_coarse);
  const Matrix q_mid = Quantize(kMid, Latent("encoder.mid", h[kMid], &context_mid), codes);
  const Matrix context_fine = Up("encoder.fine.context", Combine(q_mid, context_mid, 1));
  Quantize(kFine, Latent("encoder.fine", h[kFine], &context_fine), codes);

  std::vector<int64_t> packets;
  for (size_t p = 0; p < h[kCoarse].rows; ++p) {
    for (const auto& [level, i, count, offset, stage] : config_.ladder()) {
      const size_t frames = Size(count);
      for (size_t f = 0; f < frames; ++f) packets.push_back(codes[level][Size(i)][p * frames + f]);
    }
  }
  return packets;
}

Matrix Reference::Dequantize(Level level, const Codes& codes) const {
  Matrix sum(codes[level][0].size(), Size(config_.quantizer.latent));
  for (size_t i = 0; i < codes[level].size(); ++i) {
    const std::string name =
        std::string("quantizer.") + kLevelNames[level] + "." + std::to_string(i);
    Matrix chosen(sum.rows, Size(config_.quantizer.dim));
    for (size_t t = 0; t < sum.rows; ++t) {
      const int64_t code = codes[level][i][t];
      if (code == config_.quantizer.entries) continue;
      for (size_t c = 0; c < chosen.columns; ++c) {
        chosen.at(t, c) = W(name + ".codebook")[Size(code) * chosen.columns + c];
      }
    }
    sum = Combine(sum, Linear(name + ".output", chosen), 1);
  }
  return sum;
}

std::array<std::vector<double>, 2> Reference::Synthesis(const Matrix& y) const {
  const size_t window = Size(config_.synthesis.window);
  const size_t hop = Size(config_.synthesis.hop);
  const size_t half = window / 2;
  std::array<std::vector<double>, 2> mid_side;
  for (size_t channel = 0; channel < 2; ++channel) {
    auto& out = mid_side[channel];
    out.resize((y.rows + 1) * hop);
    for (size_t t = 0; t < y.rows; ++t) {
      const size_t at = channel * 2 * (half + 1);
      for (size_t n = 0; n < window; ++n) {
        double sum = 0;
        for (size_t k = 0; k <= half; ++k) {
          const double magnitude =
              std::exp(std::min(y.at(t, at + k), config_.synthesis.max_log_magnitude));
          const double phase = y.at(t, at + half + 1 + k);
          const double angle =
              2 * kPi * static_cast<double>(k * n % window) / static_cast<double>(window);
          if (k == 0 || k == half) {
            sum += magnitude * std::cos(phase) * std::cos(angle);
          } else {
            sum += 2 * magnitude *
                   (std::cos(phase) * std::cos(angle) - std::sin(phase) * std::sin(angle));
          }
        }
        // After frame t the finished hop is t - 1, so everything comes one hop late.
        const size_t sample = t * hop + n;
        out[sample] += Window(n, window) * 16 / static_cast<double>(window) * sum;
      }
    }
    out.resize(y.rows * hop);
  }
  std::array<std::vector<double>, 2> audio;
  for (size_t n = 0; n < mid_side[0].size(); ++n) {
    audio[0].push_back((mid_side[0][n] + mid_side[1][n]) / std::numbers::sqrt2);
    audio[1].push_back((mid_side[0][n] - mid_side[1][n]) / std::numbers::sqrt2);
  }
  return audio;
}

Reference::Decoded Reference::Decode(const std::vector<int64_t>& packets) const {
  Codes codes;
  for (int level = 0; level < kLevels; ++level)
    codes[level].resize(Size(config_.quantizer.per_level));
  for (size_t at = 0; at < packets.size();) {
    for (const auto& [level, i, count, offset, stage] : config_.ladder()) {
      for (int64_t f = 0; f < count; ++f) {
        codes[level][Size(i)].push_back(packets[at++]);
      }
    }
  }
  const Matrix zq_coarse = Dequantize(kCoarse, codes);
  const Matrix zq_mid = Dequantize(kMid, codes);
  const Matrix zq_fine = Dequantize(kFine, codes);

  const Matrix hidden = Map(
      Combine(Up("conditioning.coarse", zq_coarse), Linear("conditioning.mid", zq_mid), 1), Gelu);
  const Matrix m =
      Map(Linear("conditioning.output", hidden), [](double x) { return 1 / (1 + std::exp(-x)); });
  Matrix m_twice(2 * m.rows, m.columns);
  for (size_t t = 0; t < m_twice.rows; ++t) {
    for (size_t c = 0; c < m.columns; ++c) m_twice.at(t, c) = m.at(t / 2, c);
  }

  const auto& levels = config_.decoder.levels;
  const int64_t mid_delay = 2 * levels[kCoarse].total_lookahead();
  const int64_t fine_delay = 2 * mid_delay + 2 * levels[kMid].total_lookahead();
  Matrix h = Blocks("decoder.coarse", Linear("decoder.coarse.input", zq_coarse), levels[kCoarse]);
  h = Combine(Up("decoder.mid.up", h), Linear("decoder.mid.input", Delay(zq_mid, mid_delay)), 1);
  h = Blocks("decoder.mid", Film("decoder.mid.film", h, Delay(m, mid_delay)), levels[kMid]);
  h = Combine(Up("decoder.fine.up", h), Linear("decoder.fine.input", Delay(zq_fine, fine_delay)),
              1);
  h = Blocks("decoder.fine", Film("decoder.fine.film", h, Delay(m_twice, fine_delay)),
             levels[kFine]);
  return {Synthesis(Linear("decoder.head", Norm(h))), m};
}

}  // namespace motet::exporter
