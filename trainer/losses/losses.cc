#include "losses/losses.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "losses/distance.h"
#include "losses/music_features.h"
#include "losses/music_losses.h"
#include "model/analysis.h"
#include "model/constants.h"
#include "model/json_reader.h"

namespace motet::trainer {
namespace {

constexpr double kLargestWeight = 1e6;

// `count` different indices below `total`, in ascending order.
std::vector<size_t> Draw(size_t total, int64_t count, std::mt19937_64& random) {
  std::vector<size_t> all(total);
  std::iota(all.begin(), all.end(), size_t{0});
  std::shuffle(all.begin(), all.end(), random);
  all.resize(std::min(total, static_cast<size_t>(count)));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

const std::vector<std::string>& LossNames() {
  static const std::vector<std::string> names = {
      "waveform",          // mean |y − x| over mean |x|
      "waveform_l2",       // energy of y − x over the energy of x, mean over the batch
      "stft_log",          // STFT distance, logarithmic
      "stft_linear",       // STFT distance, linear
      "stft_complex",      // companded complex STFT: where the waveform can still be kept
      "level",             // energy of octaves: keeps the level
      "detail",            // fine structure of the log spectrum: tones in their places
      "mel",               // mel distance, sum over the seven scales
      "mfcc",              // mel-frequency cepstrum: timbral similarity
      "harmonic",          // chroma and harmonic energy
      "rhythmic",          // onset strength and its autocorrelation
      "timbral",           // centroid, spread, flatness, roll-off, contrast
      "adversarial",       // scores of the discriminators
      "feature_matching",  // hidden layers of the discriminators
      "features",          // music features predicted from the codes, mean squared error
      "commitment",        // distance of what is quantized from the entries that it chose
      "codebook",          // the same, seen from learned entries
      "decorrelation"};    // correlation between the dimensions of a codebook
  return names;
}

LossWeights LossConfig::WeightsAt(int64_t step) const {
  LossWeights result;
  for (const auto& [name, weight] : weights) result[name] = weight.At(step);
  return result;
}

LossConfig ParseLossConfig(const nlohmann::json& json, int64_t steps) {
  ObjectReader reader(json, "losses");
  LossConfig config;
  for (const auto& name : LossNames())
    config.weights[name] = ReadSchedule(reader, name.c_str(), 0, kLargestWeight, steps);
  config.mel_scales = reader.Integer("mel_scales", 1, static_cast<int64_t>(MelScales().size()));
  config.stft_scales = reader.Integer("stft_scales", 1, static_cast<int64_t>(StftWindows().size()));
  config.mid_side_share = reader.Number("mid_side_share");
  config.all_channels = reader.Flag("all_channels");
  config.perceptual_weighting = reader.Flag("perceptual_weighting");
  config.balancer = reader.Flag("balancer");
  config.balancer_decay = reader.Number("balancer_decay");
  reader.Done();
  return config;
}

CodecLoss::CodecLoss(const LossConfig& config, const ModelConfig& model)
    : config_(config),
      model_(model),
      mel_(static_cast<double>(model.sample_rate)),
      cepstrum_(static_cast<double>(model.sample_rate)) {}

void CodecLoss::To(torch::Device device) {
  mel_.To(device);
  cepstrum_.To(device);
}

LossChoices CodecLoss::Choose(const LossWeights& weights, std::mt19937_64& random) const {
  LossChoices choices;
  choices.mid_side = std::uniform_real_distribution<double>()(random) < config_.mid_side_share;
  if (weights.at("mel") > 0)
    choices.mel_scales = Draw(MelScales().size(), config_.mel_scales, random);
  if (weights.at("stft_log") > 0 || weights.at("stft_linear") > 0)
    choices.stft_windows = Draw(StftWindows().size(), config_.stft_scales, random);
  return choices;
}

LossTerms CodecLoss::SignalTerms(const torch::Tensor& original, const torch::Tensor& decoded,
                                 const LossWeights& weights, const LossChoices& choices) const {
  LossTerms terms;
  const auto wanted = [&](const char* name) { return weights.at(name) > 0; };
  if (wanted("waveform")) {
    terms["waveform"] = MeanRelativeDistance({decoded}, {original}, /*floor=*/1e-4);
  }
  if (wanted("waveform_l2")) {
    // Per item, so that a quiet one counts as much as a loud one.
    const auto energy = [](const torch::Tensor& x) { return x.square().mean({1, 2}); };
    terms["waveform_l2"] = (energy(decoded - original) / (energy(original) + 1e-6)).mean();
  }

  const int64_t length = original.size(2);
  const auto view = [&](const torch::Tensor& x) {
    if (config_.all_channels) return torch::cat({x, MidSide(x)}, 1).reshape({-1, length});
    return (choices.mid_side ? MidSide(x) : x).reshape({-1, length});
  };
  SpectrumPair spectra(view(original), view(decoded));
  if (wanted("mel")) {
    std::vector<torch::Tensor> parts;
    for (const size_t scale : choices.mel_scales) parts.push_back(mel_.AtScale(spectra, scale));
    // The sum over all scales, by those that were drawn.
    const double factor =
        static_cast<double>(MelScales().size()) / static_cast<double>(parts.size());
    terms["mel"] = SumOf(parts, std::vector<double>(parts.size(), factor));
  }
  if (wanted("stft_log") || wanted("stft_linear")) {
    std::vector<torch::Tensor> log, linear;
    for (const size_t scale : choices.stft_windows) {
      const int64_t window = StftWindows()[scale];
      const auto weight =
          config_.perceptual_weighting
              ? Constant(
                    "A-weighting " + std::to_string(model_.sample_rate) + " " +
                        std::to_string(window),
                    decoded,
                    [&] { return AWeighting(static_cast<double>(model_.sample_rate), window); })
              : torch::Tensor();
      const auto distance = StftDistance::Of(spectra.At(window), weight);
      log.push_back(distance.log);
      linear.push_back(distance.linear);
    }
    const std::vector<double> shares(log.size(), 1 / static_cast<double>(log.size()));
    if (wanted("stft_log")) terms["stft_log"] = SumOf(log, shares);
    if (wanted("stft_linear")) terms["stft_linear"] = SumOf(linear, shares);
  }
  const auto rate = static_cast<double>(model_.sample_rate);
  if (wanted("stft_complex"))
    terms["stft_complex"] = CompandedDistance(view(original), view(decoded));
  if (wanted("detail")) terms["detail"] = DetailDistance(spectra, rate);
  if (wanted("level")) terms["level"] = LevelDistance(spectra);
  if (wanted("mfcc")) terms["mfcc"] = cepstrum_.Of(spectra);
  if (wanted("harmonic")) terms["harmonic"] = HarmonicLoss(spectra, rate);
  if (wanted("rhythmic")) terms["rhythmic"] = RhythmicLoss(spectra);
  if (wanted("timbral")) terms["timbral"] = TimbralLoss(spectra, rate);
  return terms;
}

LossTerms CodecLoss::CodeTerms(const torch::Tensor& x, const CodecOutput& output,
                               const LossWeights& weights) const {
  LossTerms terms;
  const auto wanted = [&](const char* name) { return weights.at(name) > 0; };
  if (wanted("features"))
    terms["features"] = torch::mse_loss(output.features, MusicFeatures(x, model_));
  if (wanted("commitment")) terms["commitment"] = output.quantizer.commitment;
  if (wanted("codebook")) terms["codebook"] = output.quantizer.codebook;
  if (wanted("decorrelation")) terms["decorrelation"] = output.quantizer.decorrelation;
  return terms;
}

torch::Tensor WeightedSum(const LossTerms& terms, const LossWeights& weights) {
  if (terms.empty()) return {};
  std::vector<torch::Tensor> values;
  std::vector<double> factors;
  for (const auto& [name, value] : terms) {
    values.push_back(value);
    factors.push_back(weights.at(name));
  }
  return SumOf(values, factors);
}

torch::Tensor WeightedSum(const LossTerms& terms, const LossTerms& weights) {
  torch::Tensor total;
  for (const auto& [name, value] : terms) {
    const auto part = weights.at(name) * value;
    total = total.defined() ? total + part : part;
  }
  return total;
}

}  // namespace motet::trainer
