#include "training/flat_parameters.h"

#include <utility>

namespace motet::trainer {
namespace {

constexpr int64_t kAlignment = 16;  // values

int64_t RoundedUp(int64_t size, int64_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

FlatParameters::FlatParameters(NamedTensors parameters) : named_(std::move(parameters)) {
  torch::NoGradGuard no_grad;
  offsets_.push_back(0);
  for (const auto& [name, parameter] : named_) {
    offsets_.push_back(RoundedUp(offsets_.back() + parameter.numel(), kAlignment));
  }
  offsets_.back() = RoundedUp(offsets_.back(), kRow);
  const auto options = named_.empty() ? torch::TensorOptions(torch::kFloat32)
                                      : named_.front().second.options().requires_grad(false);
  values_ = torch::zeros({offsets_.back()}, options);
  gradients_ = torch::zeros_like(values_);
  for (size_t i = 0; i < named_.size(); ++i) {
    auto& parameter = named_[i].second;
    const auto place = View(values_, i);
    place.copy_(parameter.detach());
    parameter.set_data(place);
    parameter.mutable_grad() = View(gradients_, i);
  }
}

torch::Tensor FlatParameters::View(const torch::Tensor& flat, size_t i) const {
  const auto& parameter = named_[i].second;
  return flat.narrow(0, offsets_[i], parameter.numel()).view(parameter.sizes());
}

}  // namespace motet::trainer
