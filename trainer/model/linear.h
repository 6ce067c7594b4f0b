// Pointwise and strided convolutions of docs/ARCHITECTURE.md on tensors [batch, frames, channels],
// and the precision of their products.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace motet::trainer {

// Precision of the convolutions in training, discriminators included. Evaluation, codebooks,
// spectra and losses always use float32.
enum class Precision { kFloat32, kBFloat16, kFloat16 };
// For all modules of this process, from the next forward pass on.
void SetTrainingPrecision(Precision precision);
torch::ScalarType TrainingType();
// The same for products with `weight`: a weight of float64 stays as it is, as gradients are checked
// with.
torch::ScalarType TrainingType(const torch::Tensor& weight);

// Pointwise convolution y = W x + b on the last dimension, W [out, in], b [out].
class LinearImpl : public torch::nn::LinearImpl {
 public:
  using torch::nn::LinearImpl::LinearImpl;
  torch::Tensor forward(const torch::Tensor& x);
  // The weight in the type of products: what SetCast was given while there are CurrentCasts.
  torch::Tensor Cast() const;
  // The weight in the training type, which whoever gives it keeps up to date.
  void SetCast(const torch::Tensor& cast) { cast_ = cast; }

 protected:
  // The same of the values of x [B, …], as many at a time as the weight has columns, in `shape`.
  torch::Tensor To(const std::vector<int64_t>& shape, const torch::Tensor& x);

 private:
  torch::Tensor cast_;
};
TORCH_MODULE(Linear);

// While one lives, what LinearImpl::SetCast was given is what the weights are.
class CurrentCasts {
 public:
  CurrentCasts();
  ~CurrentCasts();
  CurrentCasts(const CurrentCasts&) = delete;
  CurrentCasts& operator=(const CurrentCasts&) = delete;

 private:
  bool before_;
};

// Strided convolution, kernel 2, stride 2: [B, 2T, Ci] -> [B, T, Co].
class DownImpl : public LinearImpl {
 public:
  DownImpl(int64_t in, int64_t out) : LinearImpl(2 * in, out) {}
  torch::Tensor forward(const torch::Tensor& x);
};
TORCH_MODULE(Down);

// Transposed convolution, kernel 2, stride 2: [B, T, Ci] -> [B, 2T, Co].
class UpImpl : public LinearImpl {
 public:
  UpImpl(int64_t in, int64_t out) : LinearImpl(in, 2 * out) {}
  torch::Tensor forward(const torch::Tensor& x);
};
TORCH_MODULE(Up);

}  // namespace motet::trainer
