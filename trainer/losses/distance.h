// What many losses end in, with backward passes of a few calls.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace motet::trainer {

// Scalar: mean |y − x|. No gradient flows to x.
torch::Tensor MeanDistance(const torch::Tensor& y, const torch::Tensor& x);

// Scalar: the mean over i of mean |y_i − x_i| over `floor` and the mean |x_i| of all ranks. No
// gradient flows to x.
torch::Tensor MeanRelativeDistance(const std::vector<torch::Tensor>& y,
                                   const std::vector<torch::Tensor>& x, double floor);

// Scalar: values, scalars each, times factors, added up.
torch::Tensor SumOf(const std::vector<torch::Tensor>& values, const std::vector<double>& factors);

// log10 of x, or of `floor` where x is below.
torch::Tensor FlooredLog(const torch::Tensor& x, double floor);

}  // namespace motet::trainer
