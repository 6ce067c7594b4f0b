// The arithmetic of a residual quantizer, and its backward pass.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace motet::trainer {

// What the n codebooks of a level did to a batch of R = B·T vectors, one after the other.
struct Quantized {
  torch::Tensor codes;    // [n, B, T] int64, 0…entries − 1
  torch::Tensor output;   // [B, T, D], the sum of what is given of their outputs; straight-through
                          // estimator (Bengio et al. 2013)
  torch::Tensor context;  // [B, T, D], the sum of the first outputs, which finer levels are told
  // What QuantizerLosses and Follow need of it:
  torch::Tensor vectors;            // [n, dim, R] what was quantized, without a gradient
  torch::Tensor squared_distances;  // [n], to the chosen entries, sum over R
  torch::Tensor covariances;        // [n, dim, dim], times R
  torch::Tensor mean, scale;        // [n, dim], what the batch was normalised by, where it was
  torch::Tensor codebooks;  // [n], losses of learned entries: mean squared distances with gradients
                            // to the entries
};

// The n codebooks of a level.
struct ResidualCodebooks {
  std::vector<torch::Tensor> weights;  // [dim, D] each, of the input projections
  std::vector<torch::Tensor> biases;   // [dim] each
  std::vector<torch::Tensor> outputs;  // [D, dim] each, weights of the output projections
  // Without gradients:
  torch::Tensor entries;    // [n, entries, dim]
  torch::Tensor mean, var;  // [n, dim], by which vectors are normalised; by the batch if undefined
};

inline constexpr double kNormEpsilon = 1e-5;

// z [B, T, D] -> what Quantized promises but for `codebooks`: each codebook projects to `dim`,
// normalises, takes the nearest entry and projects back; the next one gets what that leaves of z.
// Gradients flow to z, through every codebook, and to the projections. `given` [n, B, f]: 1 or 0
// for the frames of a packet, of which T is a multiple; all are given if it is undefined. `context`
// is the number of outputs in Quantized::context. Several ranks (distributed/ranks.h) normalise by
// the batches of all.
Quantized Quantize(const ResidualCodebooks& codebooks, const torch::Tensor& z,
                   const torch::Tensor& given, int64_t context);

// Mean squared correlation between different dimensions, a scalar, of covariances [n, dim, dim].
torch::Tensor Correlation(const torch::Tensor& covariances);

}  // namespace motet::trainer
