// From the tensors of training to those of a model file: parameters that training keeps apart are
// folded into one tensor.
#pragma once

#include "model_config/model_config.h"
#include "weights.h"

namespace motet::exporter {

// Folds, with the same result up to rounding,
// - the residual scale of each block into `project`: y = x + s(Wu + b) = x + (sW)u + sb;
// - the batch normalisation in front of each codebook, by its running statistics, into `input`:
//   e = (Wr + b - mean) / sqrt(var + 1e-5);
// and drops what only training needs (the codebooks' moving sums, the fixed Fourier bases).
// Throws std::runtime_error naming a tensor that is missing, unknown or of another shape.
Weights Fold(Weights training, const ModelConfig& config);

}  // namespace motet::exporter
