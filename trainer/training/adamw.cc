#include "training/adamw.h"

#include <cmath>

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
    const bool decays = first < decay_end_;
    size_t end = first + 1;
    while (end < count && (end < decay_end_) == decays && steps_[end] == steps_[first]) ++end;
    StepRange(first, end, decays ? options_.weight_decay : 0, learning_rate);
    first = end;
  }
}

void AdamW::StepRange(size_t first, size_t end, double weight_decay, double learning_rate) {
  for (size_t i = first; i < end; ++i) ++steps_[i];
  const auto step = static_cast<double>(steps_[first]);
  const int64_t begin = parameters_.offset(first), length = parameters_.offset(end) - begin;
  const auto values = parameters_.values().narrow(0, begin, length);
  const auto gradients = parameters_.gradients().narrow(0, begin, length);
  const auto mean = mean_.narrow(0, begin - parameters_.offset(first_), length);
  const auto square = square_.narrow(0, begin - parameters_.offset(first_), length);
  if (weight_decay != 0) values.mul_(1 - learning_rate * weight_decay);
  mean.lerp_(gradients, 1 - options_.beta1);
  square.mul_(options_.beta2).addcmul_(gradients, gradients, 1 - options_.beta2);
  const auto root =
      square.sqrt().div_(std::sqrt(1 - std::pow(options_.beta2, step))).add_(kEpsilon);
  values.addcdiv_(mean, root, -learning_rate / (1 - std::pow(options_.beta1, step)));
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
