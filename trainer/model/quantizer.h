// Residual vector quantization of one level, with codebooks kept by exponential moving averages or
// learned.
#pragma once

#include <memory>
#include <vector>

#include "model/config.h"
#include "model/residual_quantization.h"

namespace motet::trainer {

class QuantizerImpl;

// Scalars, means over codebooks.
struct QuantizerLosses {
  torch::Tensor commitment;  // mean squared distance to the chosen entries
  torch::Tensor codebook;    // the same with a gradient to the entries; only if they are learned
  // Mean squared correlation between the projected dimensions. Without this penalty the
  // commitment loss makes all dimensions copies of one: perplexity stays high, but the codebook
  // then carries no more than a scalar quantizer.
  torch::Tensor decorrelation;
};
// Of all levels.
QuantizerLosses LossesOf(const std::vector<Quantized>& quantized);

// The tensors of one codebook: project to `dim`, normalise, nearest entry, project back.
// Codebook learning: van den Oord et al. 2017, "Neural Discrete Representation Learning", by the
// loss of section 3.2 or the moving averages of appendix A.1; low-dimensional lookup: Yu et al.
// 2021. Several ranks (distributed/ranks.h) normalise, follow and place entries by the batches of
// all, so that their codebooks stay the same, bit for bit.
class CodebookImpl : public torch::nn::Module {
 public:
  explicit CodebookImpl(const ModelConfig& config);
  // codes [B, T] -> [B, T, D]; negative codes give zeros.
  torch::Tensor Lookup(const torch::Tensor& codes);
  // From here on the entries are learned by gradient descent on Quantized::codebooks. Otherwise
  // they are averages of what chose them. Returns the entries.
  torch::Tensor LearnEntries() { return codebook_.set_requires_grad(true); }

 private:
  friend class QuantizerImpl;
  friend void Follow(const std::vector<std::shared_ptr<QuantizerImpl>>& quantizers,
                     const std::vector<Quantized>& quantized);
  // Puts the entries where rows of r [R, D] are.
  void PlaceEntries(const torch::Tensor& r, bool by_batch);

  // In float32 whatever the training precision: they decide codes.
  torch::nn::Linear input_, output_;
  torch::Tensor codebook_;     // [entries, dim]
  torch::Tensor mean_, var_;   // [dim], running statistics in front of the codebook
  torch::Tensor count_, sum_;  // EMA of the uses of each entry and of the sum of what chose it
  torch::Tensor initialised_;  // int64 scalar
};
TORCH_MODULE(Codebook);

// The residual quantizer of one level, its codebooks registered as 0, 1, ….
class QuantizerImpl : public torch::nn::Module {
 public:
  explicit QuantizerImpl(const ModelConfig& config);
  // z [B, T, D]; given [n, B, frames of a packet], which codes the decoder of each item is given, 1
  // or 0; undefined: all. What is learned from it besides gradients is left to Follow().
  Quantized forward(const torch::Tensor& z, const torch::Tensor& given = {});
  Codebook& at(int64_t i) { return codebooks_[static_cast<size_t>(i)]; }
  // In training: normalise by running statistics instead of the batch's, as in evaluation.
  void FreezeNorm(bool frozen) { norm_frozen_ = frozen; }

 private:
  friend void Follow(const std::vector<std::shared_ptr<QuantizerImpl>>& quantizers,
                     const std::vector<Quantized>& quantized);
  bool NormalisesByBatch() const { return is_training() && !norm_frozen_; }
  // Codebooks first … first + count − 1.
  ResidualCodebooks Tensors(size_t first, size_t count) const;
  // Of the codebooks that have none yet.
  void PlaceEntries(const torch::Tensor& z);

  std::vector<Codebook> codebooks_;
  int64_t context_;
  bool norm_frozen_ = false;
  bool placed_ = false;  // the entries of all codebooks, as far as is known without the device
};
TORCH_MODULE(Quantizer);

// In training, after a forward pass: the codebooks of each level follow what they quantized, and
// entries that no vector chooses are placed anew. All codebooks at once, in few calls. The same
// ones in every call of a run, of the same configuration.
void Follow(const std::vector<std::shared_ptr<QuantizerImpl>>& quantizers,
            const std::vector<Quantized>& quantized);

// exp(entropy) of the histogram of codes: `entries` when all are used alike, 1 when a single one
// is.
double Perplexity(const torch::Tensor& histogram);

}  // namespace motet::trainer
