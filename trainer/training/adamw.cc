#include "training/adamw.h"

#include <algorithm>
#include <cmath>

#include "model/lean.h"
#include "training/checkpoint.h"

namespace motet::trainer {
namespace {

constexpr double kEpsilon = 1e-8;

}  // namespace

AdamW::AdamW(const FlatParameters& parameters, size_t first, size_t decay_end,
             const AdamWOptions& options)
    : parameters_(parameters),
      first_(first),
      decay_end_(decay_end),
      options_(options),
      mean_(torch::zeros({parameters.size() - parameters.offset(first)},
                         parameters.values().options())),
      square_(torch::zeros_like(mean_)),
      steps_(parameters.named().size(), 0) {}

void AdamW::Step(double learning_rate) {
  torch::NoGradGuard no_grad;
  const size_t count = steps_.size();
  for (size_t first = first_; first < count;) {
    size_t end = first + 1;
    while (end < count && steps_[end] == steps_[first]) ++end;
    StepRange(first, end, learning_rate);
    first = end;
  }
}

void AdamW::StepRange(size_t first, size_t end, double learning_rate) {
  for (size_t i = first; i < end; ++i) ++steps_[i];
  const auto step = static_cast<double>(steps_[first]);
  const int64_t begin = parameters_.offset(first), length = parameters_.offset(end) - begin;
  const int64_t place = begin - parameters_.offset(first_);
  const auto values = trainer::Part(parameters_.values(), 0, begin, length);
  const auto gradients = trainer::Part(parameters_.gradients(), 0, begin, length);
  const auto mean = trainer::Part(mean_, 0, place, length);
  const auto square = trainer::Part(square_, 0, place, length);
  const int64_t decaying = parameters_.offset(std::clamp(decay_end_, first, end)) - begin;
  if (options_.weight_decay != 0 && decaying > 0) {
    const auto part = trainer::Part(values, 0, 0, decaying);
    part.sub_(part, learning_rate * options_.weight_decay);
  }
  mean.lerp_(gradients, 1 - options_.beta1);
  square.lerp_(gradients * gradients, 1 - options_.beta2);
  const double scale = std::sqrt(1 - std::pow(options_.beta2, step));
  values.addcdiv_(mean, square.sqrt().add_(kEpsilon * scale),
                  -learning_rate * scale / (1 - std::pow(options_.beta1, step)));
}

torch::Tensor AdamW::Part(const torch::Tensor& average, size_t i) const {
  const auto& parameter = parameters_.named()[i].second;
  return average.narrow(0, parameters_.offset(i) - parameters_.offset(first_), parameter.numel())
      .view(parameter.sizes());
}

void AdamW::Store(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  for (size_t i = first_; i < steps_.size(); ++i) {
    if (steps_[i] == 0) continue;
    const std::string& name = parameters_.named()[i].first;
    tensors.push_back(StoreTensor(prefix + "exp_avg." + name, Part(mean_, i)));
    tensors.push_back(StoreTensor(prefix + "exp_avg_sq." + name, Part(square_, i)));
    tensors.push_back(
        StoreTensor(prefix + "step." + name, torch::tensor(steps_[i], torch::kInt64)));
  }
}

void AdamW::Restore(const std::string& prefix, const TensorFile& file, const std::string& path) {
  torch::NoGradGuard no_grad;
  for (size_t i = first_; i < steps_.size(); ++i) {
    const std::string& name = parameters_.named()[i].first;
    if (file.Find(prefix + "step." + name) == nullptr) continue;
    steps_[i] = LoadNamed(file, prefix + "step." + name, path).item<int64_t>();
    Part(mean_, i).copy_(LoadNamed(file, prefix + "exp_avg." + name, path));
    Part(square_, i).copy_(LoadNamed(file, prefix + "exp_avg_sq." + name, path));
  }
}

}  // namespace motet::trainer
