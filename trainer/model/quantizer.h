// Residual vector quantization of one level, with codebooks kept by exponential moving averages or
// learned.
#pragma once

#include <memory>
#include <vector>

#include "model/config.h"
#include "model/linear.h"

namespace motet::trainer {

// What one codebook did to a batch of R = B·T vectors.
struct Quantized {
  torch::Tensor codes;   // [B, T] int64, 0…entries − 1
  torch::Tensor output;  // [B, T, D]; straight-through estimator (Bengio et al. 2013)
  // What QuantizerLosses and Follow need of it:
  torch::Tensor vectors;           // [R, dim] what was quantized, without a gradient
  torch::Tensor squared_distance;  // scalar, squared distance to the chosen entries, sum over R
  torch::Tensor covariance;        // [dim, dim], times R
  torch::Tensor codebook;     // scalar, codebook loss of learned entries: mean squared distance
                              // with a gradient to the entries
  torch::Tensor mean, scale;  // [dim], what the batch was normalised by, where it was
};

// Scalars, means over codebooks.
struct QuantizerLosses {
  torch::Tensor commitment;  // mean squared distance to the chosen entries
  torch::Tensor codebook;    // the same with a gradient to the entries; only if they are learned
  // Mean squared correlation between the projected dimensions. Without this penalty the
  // commitment loss makes all dimensions copies of one: perplexity stays high, but the codebook
  // then carries no more than a scalar quantizer.
  torch::Tensor decorrelation;
};
QuantizerLosses LossesOf(const std::vector<Quantized>& quantized);

// One codebook: project to `dim`, normalise, nearest entry, project back.
// Codebook learning: van den Oord et al. 2017, "Neural Discrete Representation Learning", by the
// loss of section 3.2 or the moving averages of appendix A.1; low-dimensional lookup: Yu et al.
// 2021. Several ranks (distributed/ranks.h) normalise, follow and place entries by the batches of
// all, so that their codebooks stay the same, bit for bit.
class CodebookImpl : public torch::nn::Module {
 public:
  explicit CodebookImpl(const ModelConfig& config);
  // r [B, T, D]. What is learned from it besides gradients is left to Follow().
  Quantized forward(const torch::Tensor& r);
  // codes [B, T] -> [B, T, D]; negative codes give zeros.
  torch::Tensor Lookup(const torch::Tensor& codes);
  // From here on the entries are learned by gradient descent on Quantized::codebook. Otherwise they
  // are averages of what chose them. Returns the entries.
  torch::Tensor LearnEntries() { return codebook_.set_requires_grad(true); }
  // In training: normalise by running statistics instead of the batch's, as in evaluation.
  void FreezeNorm(bool frozen) { norm_frozen_ = frozen; }

 private:
  friend void Follow(const std::vector<std::shared_ptr<CodebookImpl>>& codebooks,
                     const std::vector<Quantized>& quantized);
  bool NormalisesByBatch() const { return is_training() && !norm_frozen_; }
  void PlaceEntries(const torch::Tensor& r);

  // In float32 whatever the training precision: they decide codes.
  torch::nn::Linear input_, output_;
  torch::Tensor codebook_;     // [entries, dim]
  torch::Tensor mean_, var_;   // [dim], running statistics in front of the codebook
  torch::Tensor count_, sum_;  // EMA of the uses of each entry and of the sum of what chose it
  torch::Tensor initialised_;  // int64 scalar
  bool norm_frozen_ = false;
  bool placed_ = false;  // the value of `initialised_`, without asking the device
};
TORCH_MODULE(Codebook);

// In training, after a forward pass: each codebook follows what it quantized, and entries that no
// vector chooses are placed anew. All codebooks at once, in few calls. The same ones in every call
// of a run, of the same configuration.
void Follow(const std::vector<std::shared_ptr<CodebookImpl>>& codebooks,
            const std::vector<Quantized>& quantized);

// The residual quantizers of one level, registered as 0, 1, ….
class QuantizerImpl : public torch::nn::Module {
 public:
  explicit QuantizerImpl(const ModelConfig& config);
  // z [B, T, D] -> one Quantized per codebook; each sees the residual of those before (detached).
  std::vector<Quantized> forward(const torch::Tensor& z);
  Codebook& at(int64_t i) { return codebooks_[static_cast<size_t>(i)]; }

 private:
  std::vector<Codebook> codebooks_;
};
TORCH_MODULE(Quantizer);

// exp(entropy) of the histogram of codes: `entries` when all are used alike, 1 when a single one
// is.
double Perplexity(const torch::Tensor& histogram);

}  // namespace motet::trainer
