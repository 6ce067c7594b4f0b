#include "losses/losses.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "losses/music_features.h"
#include "model/json_reader.h"

namespace motet::trainer {
namespace {

constexpr std::array<int64_t, 4> kStftWindows = {2048, 1024, 512, 256};
constexpr double kMidSideShare =
    0.35;  // of the steps compare mid and side instead of left and right

// `count` different indices below `total`.
std::vector<size_t> Draw(size_t total, int64_t count, std::mt19937_64& random) {
  std::vector<size_t> all(total);
  std::iota(all.begin(), all.end(), size_t{0});
  std::shuffle(all.begin(), all.end(), random);
  all.resize(std::min(total, static_cast<size_t>(count)));
  return all;
}

}  // namespace

LossConfig ParseLossConfig(const nlohmann::json& json) {
  ObjectReader reader(json, "losses");
  LossConfig config;
  config.mel = reader.Number("mel");
  config.stft_log = reader.Number("stft_log");
  config.stft_linear = reader.Number("stft_linear");
  config.waveform = reader.Number("waveform");
  config.commitment = reader.Number("commitment");
  config.decorrelation = reader.Number("decorrelation");
  config.features = reader.Number("features");
  config.mel_scales = reader.Integer("mel_scales", 1, static_cast<int64_t>(MelScales().size()));
  config.stft_scales = reader.Integer("stft_scales", 1, static_cast<int64_t>(kStftWindows.size()));
  reader.Done();
  return config;
}

CodecLoss::CodecLoss(const LossConfig& config, const ModelConfig& model)
    : config_(config),
      model_(model),
      weights_{{"mel", config.mel},
               {"stft_log", config.stft_log},
               {"stft_linear", config.stft_linear},
               {"waveform", config.waveform},
               {"commitment", config.commitment},
               {"features", config.features},
               {"decorrelation", config.decorrelation}},
      mel_(static_cast<double>(model.sample_rate)) {}

LossTerms CodecLoss::Terms(const torch::Tensor& x, const CodecOutput& output,
                           std::mt19937_64& random) const {
  LossTerms terms;
  const int64_t delay = model_.delay(), length = x.size(2) - delay;
  auto original = x.narrow(2, 0, length);
  auto decoded = output.audio.narrow(2, delay, length);
  if (config_.waveform > 0) {
    terms["waveform"] = torch::l1_loss(decoded, original) / (original.abs().mean() + 1e-4);
  }
  if (std::uniform_real_distribution<double>()(random) < kMidSideShare) {
    original = MidSide(original);
    decoded = MidSide(decoded);
  }
  original = original.reshape({-1, length});
  decoded = decoded.reshape({-1, length});
  if (config_.mel > 0) {
    auto sum = torch::zeros({}, x.options());
    const auto drawn = Draw(MelScales().size(), config_.mel_scales, random);
    for (const size_t scale : drawn) sum = sum + mel_.AtScale(original, decoded, scale);
    terms["mel"] =
        sum * (static_cast<double>(MelScales().size()) / static_cast<double>(drawn.size()));
  }
  if (config_.stft_log > 0 || config_.stft_linear > 0) {
    auto log_sum = torch::zeros({}, x.options()), linear_sum = log_sum;
    const auto drawn = Draw(kStftWindows.size(), config_.stft_scales, random);
    for (const size_t scale : drawn) {
      const int64_t window = kStftWindows[scale];
      torch::Tensor a;
      {
        torch::NoGradGuard no_grad;
        a = Magnitudes(original, window, window / 4);
      }
      const auto b = Magnitudes(decoded, window, window / 4);
      log_sum = log_sum + torch::l1_loss(torch::log10(torch::clamp_min(b, 1e-5)),
                                         torch::log10(torch::clamp_min(a, 1e-5)));
      linear_sum = linear_sum + torch::l1_loss(b, a) / (a.mean() + 1e-4);
    }
    terms["stft_log"] = log_sum / static_cast<double>(drawn.size());
    terms["stft_linear"] = linear_sum / static_cast<double>(drawn.size());
  }
  if (config_.commitment > 0) terms["commitment"] = output.commitment;
  if (config_.decorrelation > 0) terms["decorrelation"] = output.decorrelation;
  if (config_.features > 0)
    terms["features"] = torch::mse_loss(output.features, MusicFeatures(x, model_));
  return terms;
}

torch::Tensor CodecLoss::Total(const LossTerms& terms) const {
  torch::Tensor total;
  for (const auto& [name, value] : terms) {
    const auto part = weights_.at(name) * value;
    total = total.defined() ? total + part : part;
  }
  return total;
}

}  // namespace motet::trainer
