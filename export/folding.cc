#include "folding.h"

#include <cmath>
#include <functional>
#include <string>
#include <string_view>

namespace motet::exporter {
namespace {

constexpr double kNormEpsilon = 1e-5;

// y = Wx + b becomes y' = scale * (y - shift), each per output row.
void Rescale(Weight& weight, Weight& bias, const std::function<double(size_t)>& scale,
             const std::function<double(size_t)>& shift) {
  const size_t rows = bias.values.size();
  const size_t columns = weight.values.size() / rows;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = row * columns; i < (row + 1) * columns; ++i) {
      weight.values[i] = static_cast<float>(weight.values[i] * scale(row));
    }
    bias.values[row] = static_cast<float>((bias.values[row] - shift(row)) * scale(row));
  }
}

// What is folded and what it is folded into, by the names and shapes of the configuration.
class Folder {
 public:
  Folder(Weights& weights, const ModelConfig& config)
      : weights_(weights), shapes_(ModelTensors(config)), folded_(FoldedTensors(config)) {}

  void FoldAll() {
    for (const auto& [name, shape] : folded_) {
      if (name.ends_with(kScale)) FoldScale(Stem(name, kScale));
      if (name.ends_with(kMean)) FoldNorm(Stem(name, kMean));
    }
    for (const auto& [name, shape] : folded_) weights_.erase(name);
    CheckWeights(weights_, shapes_);
  }

 private:
  static constexpr std::string_view kScale = ".scale", kMean = ".norm.mean";

  static std::string Stem(const std::string& name, std::string_view suffix) {
    return name.substr(0, name.size() - suffix.size());
  }
  const Weight& Folded(const std::string& name) { return Find(weights_, name, folded_.at(name)); }
  Weight& Kept(const std::string& name) { return Find(weights_, name, shapes_.at(name)); }

  void FoldScale(const std::string& block) {
    const Weight& scale = Folded(block + ".scale");
    Rescale(
        Kept(block + ".project.weight"), Kept(block + ".project.bias"),
        [&](size_t row) { return scale.values[row]; }, [](size_t) { return 0.0; });
  }

  void FoldNorm(const std::string& quantizer) {
    const Weight& mean = Folded(quantizer + ".norm.mean");
    const Weight& var = Folded(quantizer + ".norm.var");
    Rescale(
        Kept(quantizer + ".input.weight"), Kept(quantizer + ".input.bias"),
        [&](size_t row) { return 1 / std::sqrt(var.values[row] + kNormEpsilon); },
        [&](size_t row) { return mean.values[row]; });
  }

  Weights& weights_;
  const TensorShapes shapes_, folded_;
};

}  // namespace

Weights Fold(Weights training, const ModelConfig& config) {
  std::erase_if(training, [](const auto& entry) {
    const std::string& name = entry.first;
    return name.ends_with(".basis") ||
           (name.starts_with("quantizer.") && name.find(".ema.") != std::string::npos);
  });
  Folder(training, config).FoldAll();
  return training;
}

}  // namespace motet::exporter
