// AdamW (Loshchilov & Hutter 2019) over parameters that lie side by side: a dozen calls for all of
// them, where torch::optim::AdamW makes a dozen for each.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "model/tensor_file.h"
#include "training/flat_parameters.h"

namespace motet::trainer {

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999;
  double weight_decay = 0;
};

class AdamW {
 public:
  // Takes the parameters from `first` on, of which those up to `decay_end` have weight decay.
  // `parameters` must outlive this.
  AdamW(const FlatParameters& parameters, size_t first, size_t decay_end,
        const AdamWOptions& options);

  // What torch::optim::AdamW does in a step, along the gradients that the parameters hold.
  void Step(double learning_rate);

  // The averages of gradients and of their squares.
  std::vector<torch::Tensor> Moments() const { return {mean_, square_}; }

  // Adds the averages and numbers of steps of parameters that have taken any, as
  // `prefix`exp_avg.NAME, `prefix`exp_avg_sq.NAME and `prefix`step.NAME.
  void Store(const std::string& prefix, std::vector<NamedTensor>& tensors) const;
  // Takes them up again; what the file lacks begins at zero. Throws std::runtime_error if a
  // parameter has only a part of it.
  void Restore(const std::string& prefix, const TensorFile& file, const std::string& path);

 private:
  // The part of parameter i, in its shape, of an average.
  torch::Tensor Part(const torch::Tensor& average, size_t i) const;
  // A step of the parameters `first` … `end` − 1, all of which have taken as many.
  void StepRange(size_t first, size_t end, double learning_rate);

  const FlatParameters& parameters_;
  size_t first_, decay_end_;
  AdamWOptions options_;
  torch::Tensor mean_, square_;  // of the values from that of parameter `first_` on
  std::vector<int64_t> steps_;   // that each parameter has taken
};

}  // namespace motet::trainer
