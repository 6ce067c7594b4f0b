#include "model/constants.h"

#include <map>
#include <mutex>
#include <tuple>

namespace motet::trainer {

torch::Tensor Constant(const std::string& name, const torch::Tensor& like,
                       const std::function<torch::Tensor()>& make) {
  using Key = std::tuple<std::string, torch::ScalarType, int, int>;
  static std::mutex mutex;
  static std::map<Key, torch::Tensor> known;
  const Key key = {name, like.scalar_type(), static_cast<int>(like.device().type()),
                   static_cast<int>(like.device().index())};
  const std::lock_guard lock(mutex);
  auto& constant = known[key];
  if (!constant.defined()) {
    torch::NoGradGuard no_grad;
    constant = make().to(like.device(), like.scalar_type());
  }
  return constant;
}

torch::Tensor HannWindow(int64_t window, const torch::Tensor& like) {
  return Constant("hann " + std::to_string(window), like,
                  [&] { return torch::hann_window(window, torch::dtype(like.scalar_type())); });
}

torch::Tensor Ones(int64_t rows, const torch::Tensor& like) {
  return Constant("ones " + std::to_string(rows), like,
                  [&] { return torch::ones({rows}, torch::dtype(like.scalar_type())); });
}

}  // namespace motet::trainer
