#include "training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "model/linear.h"
#include "training/adamw.h"

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

// Orthogonalises each matrix. On a GPU those of one shape go together, where their products would
// be too small to fill it; a CPU has nothing to gain from that.
std::vector<torch::Tensor> Directions(const std::vector<torch::Tensor>& matrices) {
  const auto type = TrainingType() == torch::kFloat32 ? torch::kFloat32 : torch::kBFloat16;
  std::vector<torch::Tensor> directions(matrices.size());
  std::map<std::vector<int64_t>, std::vector<size_t>> by_shape;
  for (size_t i = 0; i < matrices.size(); ++i) {
    if (matrices[i].is_cpu()) {
      directions[i] = Orthogonalise(matrices[i], type);
    } else {
      by_shape[matrices[i].sizes().vec()].push_back(i);
    }
  }
  for (const auto& [shape, members] : by_shape) {
    std::vector<torch::Tensor> stack;
    for (const size_t i : members) stack.push_back(matrices[i]);
    const auto found = Orthogonalise(torch::stack(stack), type).unbind();
    for (size_t i = 0; i < members.size(); ++i) directions[members[i]] = found[i];
  }
  return directions;
}

}  // namespace

torch::Tensor Orthogonalise(const torch::Tensor& m, torch::ScalarType type) {
  // Products of the shorter side are the cheaper ones.
  const bool tall = m.size(-2) > m.size(-1);
  auto x = (m / (m.norm(2, torch::IntArrayRef{-2, -1}, /*keepdim=*/true) + 1e-7)).to(type);
  if (tall) x = x.transpose(-2, -1);
  x = x.contiguous();
  const auto add_product = [&](const torch::Tensor& a, const torch::Tensor& b,
                               const torch::Tensor& c, double beta, double alpha) {
    return m.dim() == 2 ? torch::addmm(a, b, c, beta, alpha) : torch::baddbmm(a, b, c, beta, alpha);
  };
  for (int i = 0; i < kIterations; ++i) {
    const auto square = torch::matmul(x, x.transpose(-2, -1));
    x = add_product(x, add_product(square, square, square, kB, kC), x, kA, 1);
  }
  return (tall ? x.transpose(-2, -1) : x).to(torch::kFloat32);
}

bool IsHiddenMatrix(const std::string& name, const torch::Tensor& parameter) {
  return parameter.dim() == 2 && std::min(parameter.size(0), parameter.size(1)) >= kLeastSide &&
         !Contains(name, "encoder.embed") && !Contains(name, "decoder.head") &&
         !Contains(name, "decoder.tones") && !Contains(name, ".codebook");
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
  StepAdamW(adamw_);
  StepHidden(learning_rate);
}

void Optimizer::StepHidden(double learning_rate) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> weights, gradients, momenta;
  for (auto& [name, weight, momentum] : hidden_) {
    if (!weight.grad().defined()) continue;
    weights.push_back(weight);
    gradients.push_back(weight.grad());
    momenta.push_back(momentum);
  }
  if (weights.empty()) return;
  at::_foreach_mul_(momenta, muon_momentum_);
  at::_foreach_add_(momenta, gradients, 1 - muon_momentum_);
  const auto ahead = at::_foreach_mul(gradients, 1 - muon_momentum_);
  at::_foreach_add_(ahead, momenta, muon_momentum_);
  const auto directions = Directions(ahead);
  std::vector<torch::Scalar> sizes;
  for (const auto& weight : weights) {
    const auto longer = static_cast<double>(std::max(weight.size(0), weight.size(1)));
    sizes.emplace_back(-learning_rate * kStepSize * std::sqrt(longer));
  }
  at::_foreach_mul_(weights, 1 - learning_rate * weight_decay_);
  at::_foreach_mul_(directions, sizes);
  at::_foreach_add_(weights, directions);
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
