#include "losses/balancer.h"

#include <cmath>

#include "distributed/ranks.h"

namespace motet::trainer {

torch::Tensor Balancer::Gradient(const LossTerms& terms, const LossWeights& weights,
                                 const torch::Tensor& decoded, double scale) {
  auto combined = torch::zeros_like(decoded);
  std::vector<torch::Tensor> gradients, squares;
  for (const auto& [name, value] : terms) {
    // Terms share spectra and outputs of the discriminators, so the graph stays.
    gradients.push_back(torch::autograd::grad({value * scale}, {decoded}, {},
                                              /*retain_graph=*/true)[0]);
    squares.push_back(gradients.back().norm().to(torch::kFloat64).square());
  }
  if (squares.empty()) return combined;
  // The gradients of the means of all ranks' losses at the decoded signals of all, in one copy.
  const auto all = MeanOverRanks(torch::stack(squares)).to(torch::kCPU);
  size_t next = 0;
  for (const auto& [name, value] : terms) {
    const double square = all[static_cast<int64_t>(next)].item<double>();
    const auto& gradient = gradients[next++];
    const double norm = std::sqrt(square / static_cast<double>(ThisRank().count)) / scale;
    if (!std::isfinite(norm)) return torch::full_like(decoded, std::nan(""));
    Average& average = averages_[name];
    average.sum = decay_ * average.sum + (1 - decay_) * norm;
    average.weight = decay_ * average.weight + (1 - decay_);
    const double mean = average.sum / average.weight;
    if (mean > 0) combined.add_(gradient, weights.at(name) / mean);
  }
  return combined;
}

std::map<std::string, double> Balancer::Norms() const {
  std::map<std::string, double> norms;
  for (const auto& [name, average] : averages_) norms[name] = average.sum / average.weight;
  return norms;
}

nlohmann::json Balancer::State() const {
  nlohmann::json state = nlohmann::json::object();
  for (const auto& [name, average] : averages_) state[name] = {average.sum, average.weight};
  return state;
}

void Balancer::Restore(const nlohmann::json& state) {
  averages_.clear();
  for (const auto& [name, values] : state.items())
    averages_[name] = {values.at(0).get<double>(), values.at(1).get<double>()};
}

}  // namespace motet::trainer
