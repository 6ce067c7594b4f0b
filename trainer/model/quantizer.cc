#include "model/quantizer.h"

#include <string>

#include "distributed/ranks.h"

namespace motet::trainer {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr double kNormMomentum = 0.02;
constexpr double kCodebookDecay = 0.99;
// An entry used less than this share of an even distribution is placed anew. High enough to keep
// the perplexity above half of the entries, low enough that chance alone seldom moves an entry.
constexpr double kDeadShare = 0.35;

// e [B, T, dim] -> mean squared off-diagonal entry of the correlation matrix, 0…1.
torch::Tensor Decorrelation(const torch::Tensor& e) {
  const auto flat = e.reshape({-1, e.size(-1)});
  const auto centred = flat - MeanOverRanks(flat.mean(0));
  const auto covariance =
      MeanOverRanks(torch::matmul(centred.t(), centred) / static_cast<double>(flat.size(0)));
  const auto unit = torch::rsqrt(covariance.diagonal() + 1e-12);
  const auto correlation = covariance * unit.unsqueeze(0) * unit.unsqueeze(1);
  const auto dim = static_cast<double>(e.size(-1));
  return (correlation.square().sum() - correlation.diagonal().square().sum()) / (dim * (dim - 1));
}

}  // namespace

CodebookImpl::CodebookImpl(const ModelConfig& config)
    : input_(register_module("input",
                             torch::nn::Linear(config.quantizer.latent, config.quantizer.dim))),
      output_(register_module(
          "output",
          torch::nn::Linear(torch::nn::LinearOptions(config.quantizer.dim, config.quantizer.latent)
                                .bias(false)))) {
  const int64_t entries = config.quantizer.entries, dim = config.quantizer.dim;
  codebook_ = register_buffer("codebook", torch::randn({entries, dim}));
  auto norm = register_module("norm", std::make_shared<torch::nn::Module>());
  mean_ = norm->register_buffer("mean", torch::zeros({dim}));
  var_ = norm->register_buffer("var", torch::ones({dim}));
  auto ema = register_module("ema", std::make_shared<torch::nn::Module>());
  count_ = ema->register_buffer("count", torch::ones({entries}));
  sum_ = ema->register_buffer("sum", codebook_.clone());
  initialised_ = ema->register_buffer("initialised", torch::zeros({}, torch::kInt64));
}

torch::Tensor CodebookImpl::Normalise(const torch::Tensor& e) {
  if (!is_training() || norm_frozen_) return (e - mean_) * torch::rsqrt(var_ + kNormEpsilon);
  const auto mean = MeanOverRanks(e.mean(torch::IntArrayRef{0, 1}));
  const auto centred = e - mean;
  const auto var = MeanOverRanks(centred.square().mean(torch::IntArrayRef{0, 1}));
  // A batch that is not finite must not stay in the statistics; the trainer skips its step.
  {
    torch::NoGradGuard no_grad;
    const auto finite = torch::isfinite(var).all();
    mean_.copy_(torch::where(finite, torch::lerp(mean_, mean, kNormMomentum), mean_));
    var_.copy_(torch::where(finite, torch::lerp(var_, var, kNormMomentum), var_));
  }
  return centred * torch::rsqrt(var + kNormEpsilon);
}

void CodebookImpl::Follow(const torch::Tensor& flat, const torch::Tensor& codes) {
  torch::NoGradGuard no_grad;
  const int64_t entries = codebook_.size(0), rows = flat.size(0);
  const auto uses =
      torch::zeros_like(count_).index_add_(0, codes, torch::ones({rows}, count_.options()));
  const auto sums = torch::zeros_like(codebook_).index_add_(0, codes, flat);
  AverageOverRanks({uses, sums});
  // A batch that is not finite, on whatever rank, must not stay in the codebook.
  const auto finite = torch::isfinite(sums).all();
  auto count = torch::where(finite, torch::lerp(count_, uses, 1 - kCodebookDecay), count_);
  auto sum = torch::where(finite, torch::lerp(sum_, sums, 1 - kCodebookDecay), sum_);
  // The mean of the counts is what an entry can have: where a run began from a model file, or has
  // just got larger batches, it lags behind the batch, and few entries would have a share of that.
  const auto even =
      torch::clamp_max(count.mean(), static_cast<double>(rows) / static_cast<double>(entries));
  // A row is drawn for every entry, and dead ones take theirs: whether there are any is nothing
  // that the host has to know. Ranks that average their codebooks later must not put one entry in
  // two places.
  const auto dead = (count < kDeadShare * even) & finite;
  if (!IsApart()) {
    const auto drawn =
        RowsOfAllRanks(flat, torch::randint(rows * ThisRank().count, {entries}, codes.options()));
    const auto is_dead = dead.unsqueeze(1);
    count = torch::where(dead, even, count);
    sum = torch::where(is_dead, drawn * even, sum);
    if (codebook_.requires_grad()) codebook_.copy_(torch::where(is_dead, drawn, codebook_));
  }
  count_.copy_(count);
  sum_.copy_(sum);
  if (!codebook_.requires_grad())
    codebook_.copy_(torch::where(finite, sum / count.unsqueeze(1), codebook_));
}

Quantized CodebookImpl::forward(const torch::Tensor& r) {
  const auto e = Normalise(input_(r));
  const auto flat = e.detach().reshape({-1, e.size(-1)});
  if (is_training() && !placed_) placed_ = initialised_.item<int64_t>() != 0;
  if (is_training() && !placed_) {
    torch::NoGradGuard no_grad;
    const int64_t rows = flat.size(0) * ThisRank().count;
    const auto drawn = torch::randint(
        rows, {codebook_.size(0)}, torch::TensorOptions().dtype(torch::kInt64).device(r.device()));
    codebook_.copy_(RowsOfAllRanks(flat, drawn) + 0.01 * torch::randn_like(codebook_));
    const double even = static_cast<double>(flat.size(0)) / static_cast<double>(codebook_.size(0));
    count_.fill_(even);
    sum_.copy_(codebook_ * even);
    initialised_.fill_(1);
    placed_ = true;
  }
  // |e - c|² without the part that is the same for every entry.
  const auto entries = codebook_.detach();
  const auto distance = entries.square().sum(1) - 2 * torch::matmul(flat, entries.t());
  const auto codes = distance.argmin(1);
  const auto chosen = codebook_.index_select(0, codes).reshape(e.sizes());
  Quantized result;
  result.codes = codes.reshape({e.size(0), e.size(1)});
  result.commitment = torch::mse_loss(e, chosen.detach());
  if (codebook_.requires_grad()) result.codebook = torch::mse_loss(chosen, e.detach());
  result.decorrelation = Decorrelation(e);
  result.output = output_(e + (chosen - e).detach());
  if (is_training()) Follow(flat, codes);
  return result;
}

torch::Tensor CodebookImpl::Lookup(const torch::Tensor& codes) {
  const auto present = (codes >= 0).unsqueeze(-1);
  const auto chosen = codebook_.index_select(0, codes.clamp_min(0).flatten())
                          .reshape({codes.size(0), codes.size(1), -1});
  return output_(chosen) * present;
}

QuantizerImpl::QuantizerImpl(const ModelConfig& config) {
  for (int64_t i = 0; i < config.quantizer.per_level; ++i) {
    codebooks_.push_back(register_module(std::to_string(i), Codebook(config)));
  }
}

std::vector<Quantized> QuantizerImpl::forward(const torch::Tensor& z) {
  std::vector<Quantized> results;
  auto residual = z;
  for (auto& codebook : codebooks_) {
    results.push_back(codebook(residual));
    residual = residual - results.back().output.detach();
  }
  return results;
}

double Perplexity(const torch::Tensor& histogram) {
  const auto p = histogram.to(torch::kFloat64) / histogram.sum().clamp_min(1);
  return std::exp(-torch::xlogy(p, p).sum().item<double>());
}

}  // namespace motet::trainer
