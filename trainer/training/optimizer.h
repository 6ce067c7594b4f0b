// What turns gradients into steps: AdamW, alone or with Muon for the hidden matrices.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "model/tensor_file.h"
#include "training/adamw.h"
#include "training/checkpoint.h"
#include "training/config.h"
#include "training/flat_parameters.h"

namespace motet::trainer {

// The nearest matrices with orthonormal rows or columns to m [..., rows, columns], roughly: five
// steps of the Newton–Schulz iteration with the coefficients of Jordan et al. 2024 ("Muon: An
// optimizer for hidden layers in neural networks"), which bring every singular value that is not
// tiny into about 0.7…1.2. Products are made in `type`; the result is float32.
torch::Tensor Orthogonalise(const torch::Tensor& m, torch::ScalarType type);

// True for the weights that Muon takes: matrices between hidden layers, of at least 32 by 32. The
// first and the last layer, the small projections of codebooks, codebooks and depthwise kernels
// are left to AdamW.
bool IsHiddenMatrix(const std::string& name, const torch::Tensor& parameter);

class Optimizer {
 public:
  // Moves the parameters into one piece of memory, in an order of its own (FlatParameters).
  Optimizer(const NamedTensors& parameters, const OptimizerConfig& config);
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  const FlatParameters& parameters() const { return parameters_; }

  void ZeroGradient() { parameters_.gradients().zero_(); }
  // One step of descent along the gradients that the parameters hold.
  void Step(double learning_rate);

  // The averages of gradients that steps are made of: shared, in the same order on every rank.
  std::vector<torch::Tensor> Moments() const;

  // Adds what the next step depends on to a checkpoint, under `optimizer.`.
  void Store(std::vector<NamedTensor>& tensors) const;
  // Takes it up again. What a checkpoint of the other kind of optimizer lacks begins at zero.
  // Throws std::runtime_error if a parameter has only a part of it.
  void Restore(const TensorFile& file, const std::string& path);

 private:
  // Matrices of one shape, which lie side by side: [n, rows, columns], all in the same memory as
  // the flat tensors.
  struct Shape {
    torch::Tensor weights, gradients, momenta;
    torch::Tensor ahead;      // where they are put to be orthogonalised, a part of a batch
    torch::Tensor direction;  // the same part of its result
    double reach = 0;         // length of a step for a learning rate of 1
  };
  // Shapes that are orthogonalised together: zeros around the smaller ones change nothing of them.
  struct Batch {
    torch::Tensor ahead;      // [n, rows, columns], rows no more than columns
    torch::Tensor direction;  // of the same shape
  };
  void MakeBatches();
  void StepHidden(double learning_rate);

  double weight_decay_, muon_momentum_;
  size_t hidden_;  // so many parameters are Muon's, and stand first; 0 without Muon
  FlatParameters parameters_;
  torch::Tensor momentum_;  // of Muon's
  std::vector<Shape> shapes_;
  std::vector<Batch> batches_;
  AdamW adamw_;  // of the others
};

}  // namespace motet::trainer
