#include "training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "model/linear.h"

namespace motet::trainer {
namespace {

constexpr int kIterations = 5;
constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
constexpr int64_t kLeastSide = 32;
// Root mean square of a step of AdamW at a learning rate of 1, about: with it both share one rate
// and one weight decay (Liu et al. 2025, "Muon is Scalable for LLM Training").
constexpr double kStepSize = 0.2;
constexpr const char* kPrefix = "optimizer.";
constexpr const char* kMomentum = "optimizer.momentum.";

bool Contains(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

torch::optim::AdamW MakeAdamW(const NamedTensors& parameters, const OptimizerConfig& config) {
  // Weight decay acts on matrices alone, and not on codebooks.
  std::vector<torch::Tensor> matrices, others;
  for (const auto& [name, parameter] : parameters) {
    const bool decays = parameter.dim() > 1 && !Contains(name, ".codebook");
    (decays ? matrices : others).push_back(parameter);
  }
  const auto options = [&](double decay) {
    auto result = std::make_unique<torch::optim::AdamWOptions>(config.learning_rate.At(0));
    result->betas({config.beta1, config.beta2}).weight_decay(decay);
    return result;
  };
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(matrices, options(config.weight_decay));
  groups.emplace_back(others, options(0));
  return torch::optim::AdamW(groups, torch::optim::AdamWOptions(config.learning_rate.At(0)));
}

// The parameters that Muon takes, or those that it leaves.
NamedTensors Select(const NamedTensors& parameters, const OptimizerConfig& config, bool by_muon) {
  NamedTensors selected;
  for (const auto& [name, parameter] : parameters) {
    if ((config.type == "muon" && IsHiddenMatrix(name, parameter)) == by_muon)
      selected.emplace_back(name, parameter);
  }
  return selected;
}

}  // namespace

torch::Tensor Orthogonalise(const torch::Tensor& m, torch::ScalarType type) {
  // Products of the shorter side are the cheaper ones.
  const bool tall = m.size(0) > m.size(1);
  auto x = (m / (m.norm() + 1e-7)).to(type);
  if (tall) x = x.t();
  x = x.contiguous();
  for (int i = 0; i < kIterations; ++i) {
    const auto square = torch::mm(x, x.t());
    x = torch::addmm(x, torch::addmm(square, square, square, kB, kC), x, kA);
  }
  return (tall ? x.t() : x).to(torch::kFloat32);
}

bool IsHiddenMatrix(const std::string& name, const torch::Tensor& parameter) {
  return parameter.dim() == 2 && std::min(parameter.size(0), parameter.size(1)) >= kLeastSide &&
         !Contains(name, "encoder.embed") && !Contains(name, "decoder.head") &&
         !Contains(name, ".codebook");
}

Optimizer::Optimizer(const NamedTensors& parameters, const OptimizerConfig& config)
    : weight_decay_(config.weight_decay),
      muon_momentum_(config.muon_momentum),
      others_(Select(parameters, config, /*by_muon=*/false)),
      adamw_(MakeAdamW(others_, config)) {
  for (const auto& [name, parameter] : Select(parameters, config, /*by_muon=*/true))
    hidden_.push_back({name, parameter, torch::zeros_like(parameter.detach())});
}

void Optimizer::ZeroGradient() {
  adamw_.zero_grad();
  for (auto& hidden : hidden_) hidden.weight.mutable_grad() = torch::Tensor();
}

void Optimizer::Step(double learning_rate) {
  SetLearningRate(adamw_, learning_rate);
  adamw_.step();
  StepHidden(learning_rate);
}

void Optimizer::StepHidden(double learning_rate) {
  torch::NoGradGuard no_grad;
  const auto type = TrainingType() == torch::kFloat32 ? torch::kFloat32 : torch::kBFloat16;
  for (auto& [name, weight, momentum] : hidden_) {
    const auto& gradient = weight.grad();
    if (!gradient.defined()) continue;
    momentum.lerp_(gradient, 1 - muon_momentum_);
    const auto direction = Orthogonalise(torch::lerp(gradient, momentum, muon_momentum_), type);
    const auto longer = static_cast<double>(std::max(weight.size(0), weight.size(1)));
    weight.mul_(1 - learning_rate * weight_decay_);
    weight.add_(direction, -learning_rate * kStepSize * std::sqrt(longer));
  }
}

std::vector<torch::Tensor> Optimizer::Moments() const {
  auto moments = motet::trainer::Moments(adamw_, others_);
  for (const auto& hidden : hidden_) moments.push_back(hidden.momentum);
  return moments;
}

void Optimizer::Store(std::vector<NamedTensor>& tensors) const {
  StoreOptimizer(adamw_, others_, kPrefix, tensors);
  for (const auto& [name, weight, momentum] : hidden_)
    tensors.push_back(StoreTensor(kMomentum + name, momentum));
}

void Optimizer::Restore(const TensorFile& file, const std::string& path) {
  LoadOptimizer(adamw_, others_, kPrefix, file, path);
  torch::NoGradGuard no_grad;
  for (auto& [name, weight, momentum] : hidden_) {
    if (file.Find(kMomentum + name) != nullptr)
      momentum.copy_(LoadNamed(file, kMomentum + name, path));
  }
}

}  // namespace motet::trainer
