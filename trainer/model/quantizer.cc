#include "model/quantizer.h"

#include <map>
#include <string>
#include <tuple>

#include "distributed/ranks.h"

namespace motet::trainer {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr double kNormMomentum = 0.02;
constexpr double kCodebookDecay = 0.99;
// An entry used less than this share of an even distribution is placed anew. High enough to keep
// the perplexity above half of the entries, low enough that chance alone seldom moves an entry.
constexpr double kDeadShare = 0.35;

// What a codebook does between its two projections' inputs, with a backward pass of its own: what
// autograd makes of the single operations takes three times as many calls.
class CodebookFunction : public torch::autograd::Function<CodebookFunction> {
 public:
  // r [R, D]; input projection [dim, D], [dim]; output projection [D, dim]; entries [entries, dim];
  // running mean and variance [dim], which normalise if `by_batch` is false.
  // Returns output [R, D], squared distance, covariance times R [dim, dim], and without gradients
  // vectors [R, dim], codes [R], and if `by_batch` mean and scale [dim].
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const torch::Tensor& r, const torch::Tensor& weight,
                                                const torch::Tensor& bias,
                                                const torch::Tensor& output,
                                                const torch::Tensor& entries,
                                                const torch::Tensor& running_mean,
                                                const torch::Tensor& running_var, bool by_batch) {
    const auto projected = torch::addmm(bias, r, weight.t());
    torch::Tensor mean, scale, vectors;
    if (by_batch && ThisRank().count == 1) {
      std::tie(vectors, mean, scale) = torch::native_batch_norm(
          projected, {}, {}, {}, {}, /*training=*/true, /*momentum=*/0, kNormEpsilon);
    } else if (by_batch) {
      mean = MeanOverRanks(projected.mean(0));
      const auto around = projected - mean;
      scale = (MeanOverRanks(around.square().mean(0)) + kNormEpsilon).rsqrt_();
      vectors = around * scale;
    } else {
      mean = running_mean;
      scale = (running_var + kNormEpsilon).rsqrt_();
      vectors = (projected - mean) * scale;
    }
    const auto centred = by_batch ? vectors : vectors - MeanOverRanks(vectors.mean(0));
    // |e - c|² without the part that is the same for every entry.
    const auto codes = torch::addmm(entries.square().sum(1), vectors, entries.t(), 1, -2).argmin(1);
    const auto chosen = entries.index_select(0, codes);
    const auto difference = vectors - chosen;
    const auto flat = difference.view(-1);
    context->save_for_backward(
        {r, weight, output, projected, mean, scale, vectors, centred, chosen, difference});
    context->saved_data["by_batch"] = by_batch;
    torch::autograd::variable_list results = {torch::mm(chosen, output.t()), torch::dot(flat, flat),
                                              torch::mm(centred.t(), centred), vectors, codes};
    if (by_batch) {
      context->mark_non_differentiable({vectors, codes, mean, scale});
      results.insert(results.end(), {mean, scale});
    } else {
      context->mark_non_differentiable({vectors, codes});
    }
    return results;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &r = saved[0], &weight = saved[1], &output = saved[2], &projected = saved[3],
               &mean = saved[4], &scale = saved[5], &vectors = saved[6], &centred = saved[7],
               &chosen = saved[8], &difference = saved[9];
    const auto &from_output = gradients[0], &from_distance = gradients[1],
               &from_covariance = gradients[2];
    torch::Tensor of_output, of_vectors;
    if (from_output.defined()) {
      const auto flat = from_output.contiguous();
      of_output = torch::mm(flat.t(), chosen);
      of_vectors = torch::mm(flat, output);  // straight through
    } else {
      of_vectors = torch::zeros_like(vectors);
    }
    if (from_distance.defined()) of_vectors.addcmul_(difference, from_distance, 2);
    if (from_covariance.defined())
      of_vectors.addmm_(centred, from_covariance + from_covariance.t());
    torch::Tensor of_projected;
    if (!context->saved_data["by_batch"].toBool()) {
      of_projected = of_vectors * scale;
    } else if (ThisRank().count == 1) {
      of_projected = std::get<0>(
          torch::native_batch_norm_backward(of_vectors, projected, {}, {}, {}, mean, scale,
                                            /*train=*/true, kNormEpsilon, {true, false, false}));
    } else {
      const auto along = MeanOverRanks((of_vectors * vectors).mean(0));
      of_projected =
          (of_vectors - MeanOverRanks(of_vectors.mean(0))).addcmul_(vectors, along, -1).mul_(scale);
    }
    return {torch::mm(of_projected, weight),
            torch::mm(of_projected.t(), r),
            of_projected.sum(0),
            of_output,
            {},
            {},
            {},
            {}};
  }
};

// The tensors of all codebooks as one, [codebooks, …], in the same memory. They are brought side by
// side when they are not, as after a change of the device.
torch::Tensor SideBySide(const std::vector<torch::Tensor*>& members) {
  const auto& first = *members.front();
  const int64_t size = first.numel();
  bool there = true;
  for (size_t i = 0; i < members.size(); ++i) {
    there = there && members[i]->storage().is_alias_of(first.storage()) &&
            members[i]->storage_offset() == static_cast<int64_t>(i) * size;
  }
  if (!there) {
    std::vector<torch::Tensor> copies;
    for (const auto* member : members) copies.push_back(member->detach());
    const auto all = torch::stack(copies);
    for (size_t i = 0; i < members.size(); ++i)
      members[i]->set_data(all.select(0, static_cast<int64_t>(i)));
    return all;
  }
  auto shape = first.sizes().vec(), strides = first.strides().vec();
  shape.insert(shape.begin(), static_cast<int64_t>(members.size()));
  strides.insert(strides.begin(), size);
  return first.detach().as_strided(shape, strides);
}

// What depends on nothing but the numbers of vectors that each codebook is given, and is made once
// for them: bringing it to the device makes the host wait.
struct BatchConstants {
  torch::Tensor offsets;  // [all vectors] int64, of the first entry of a vector's codebook
  torch::Tensor ones;     // [all vectors]
  torch::Tensor even;     // [codebooks], the uses of an entry, if all are used alike
  torch::Tensor shares;   // [codebooks], one over the number of vectors
};
const BatchConstants& ConstantsFor(const std::vector<Quantized>& quantized, int64_t entries) {
  using Key = std::tuple<std::vector<int64_t>, int64_t, std::string>;
  static std::map<Key, BatchConstants> known;
  const auto& options = quantized.front().vectors.options().requires_grad(false);
  std::vector<int64_t> rows;
  for (const auto& q : quantized) rows.push_back(q.vectors.size(0));
  const Key key = {
      rows, entries,
      options.device().str() + torch::toString(quantized.front().vectors.scalar_type())};
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  std::vector<torch::Tensor> offsets;
  for (const int64_t count : rows)
    offsets.push_back(torch::full({count}, static_cast<int64_t>(offsets.size()) * entries,
                                  options.dtype(torch::kInt64)));
  BatchConstants made;
  made.offsets = torch::cat(offsets);
  made.ones = torch::ones({made.offsets.size(0)}, options);
  const auto counts = torch::tensor(rows).to(options.dtype(torch::kFloat64));
  made.even = (counts / static_cast<double>(entries)).to(options.dtype());
  made.shares = counts.reciprocal().to(options.dtype());
  return known.emplace(key, std::move(made)).first->second;
}

}  // namespace

QuantizerLosses LossesOf(const std::vector<Quantized>& quantized) {
  torch::Tensor shares;
  {
    torch::NoGradGuard no_grad;
    shares = ConstantsFor(quantized, /*entries=*/1).shares;
  }
  std::vector<torch::Tensor> distances, covariances, codebooks;
  for (const auto& q : quantized) {
    distances.push_back(q.squared_distance);
    covariances.push_back(q.covariance);
    if (q.codebook.defined()) codebooks.push_back(q.codebook);
  }
  const auto dim = static_cast<double>(quantized.front().vectors.size(1));
  const auto count = static_cast<double>(quantized.size());
  QuantizerLosses losses;
  losses.commitment = torch::dot(torch::stack(distances), shares) / (count * dim);
  if (!codebooks.empty()) losses.codebook = torch::stack(codebooks).mean();
  // Rows cancel out of correlations, but for the floor.
  const auto covariance = MeanOverRanks(torch::stack(covariances)) * shares.view({-1, 1, 1});
  const auto variance = covariance.diagonal(0, 1, 2) + 1e-12;
  const auto squares = covariance.square() / (variance.unsqueeze(1) * variance.unsqueeze(2));
  losses.decorrelation =
      (squares.sum() - squares.diagonal(0, 1, 2).sum()) / (count * dim * (dim - 1));
  return losses;
}

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

void CodebookImpl::PlaceEntries(const torch::Tensor& r) {
  torch::NoGradGuard no_grad;
  const auto projected = input_(r);
  const auto mean = NormalisesByBatch() ? MeanOverRanks(projected.mean(0)) : mean_;
  const auto var = NormalisesByBatch() ? MeanOverRanks((projected - mean).square().mean(0)) : var_;
  const auto flat = (projected - mean) * torch::rsqrt(var + kNormEpsilon);
  const int64_t rows = flat.size(0) * ThisRank().count;
  const auto drawn = torch::randint(rows, {codebook_.size(0)},
                                    torch::TensorOptions().dtype(torch::kInt64).device(r.device()));
  codebook_.copy_(RowsOfAllRanks(flat, drawn) + 0.01 * torch::randn_like(codebook_));
  const double even = static_cast<double>(flat.size(0)) / static_cast<double>(codebook_.size(0));
  count_.fill_(even);
  sum_.copy_(codebook_ * even);
  initialised_.fill_(1);
}

Quantized CodebookImpl::forward(const torch::Tensor& r) {
  const auto flat = r.reshape({-1, r.size(-1)});
  if (is_training() && !placed_) {
    if (initialised_.item<int64_t>() == 0) PlaceEntries(flat);
    placed_ = true;
  }
  const auto results =
      CodebookFunction::apply(flat, input_->weight, input_->bias, output_->weight,
                              codebook_.detach(), mean_, var_, NormalisesByBatch());
  Quantized result;
  result.output = results[0].view(r.sizes());
  result.squared_distance = results[1];
  result.covariance = results[2];
  result.vectors = results[3];
  result.codes = results[4].view({r.size(0), r.size(1)});
  if (NormalisesByBatch()) {
    result.mean = results[5];
    result.scale = results[6];
  }
  if (codebook_.requires_grad()) {
    result.codebook =
        torch::mse_loss(codebook_.index_select(0, results[4]), result.vectors.detach());
  }
  return result;
}

void Follow(const std::vector<std::shared_ptr<CodebookImpl>>& codebooks,
            const std::vector<Quantized>& quantized) {
  torch::NoGradGuard no_grad;
  const auto all = [&](torch::Tensor CodebookImpl::*tensor) {
    std::vector<torch::Tensor*> members;
    for (const auto& codebook : codebooks) members.push_back(&((*codebook).*tensor));
    return SideBySide(members);
  };
  const auto many = static_cast<int64_t>(codebooks.size());
  const auto& first = *codebooks.front();
  const int64_t entries = first.codebook_.size(0), dim = first.codebook_.size(1);
  const bool learned = first.codebook_.requires_grad();
  std::vector<torch::Tensor> vectors, codes, means, scales;
  for (const auto& q : quantized) {
    vectors.push_back(q.vectors);
    codes.push_back(q.codes.flatten());
    means.push_back(q.mean);
    scales.push_back(q.scale);
  }
  const auto& constants = ConstantsFor(quantized, entries);
  // A batch that is not finite, on whatever rank, must not stay; the trainer skips its step.
  if (first.NormalisesByBatch()) {
    const auto mean = torch::stack(means), var = torch::stack(scales).pow_(-2) - kNormEpsilon;
    const auto finite = torch::isfinite(var).all(1, /*keepdim=*/true);
    auto running_mean = all(&CodebookImpl::mean_), running_var = all(&CodebookImpl::var_);
    running_mean.copy_(
        torch::where(finite, torch::lerp(running_mean, mean, kNormMomentum), running_mean));
    running_var.copy_(
        torch::where(finite, torch::lerp(running_var, var, kNormMomentum), running_var));
  }

  auto count = all(&CodebookImpl::count_), sum = all(&CodebookImpl::sum_);
  const auto rows = torch::cat(vectors);
  const auto places = torch::cat(codes) + constants.offsets;
  const auto uses = torch::zeros({many * entries}, count.options())
                        .index_add_(0, places, constants.ones)
                        .view({many, entries});
  const auto sums = torch::zeros({many * entries, dim}, sum.options())
                        .index_add_(0, places, rows)
                        .view({many, entries, dim});
  AverageOverRanks({uses, sums});
  const auto finite = torch::isfinite(sums).flatten(1).all(1, /*keepdim=*/true);
  auto new_count = torch::where(finite, torch::lerp(count, uses, 1 - kCodebookDecay), count);
  auto new_sum = torch::where(finite.unsqueeze(2), torch::lerp(sum, sums, 1 - kCodebookDecay), sum);
  // The mean of the counts is what an entry can have: where a run began from a model file, or has
  // just got larger batches, it lags behind the batch, and few entries would have a share of that.
  const auto even =
      torch::minimum(new_count.mean(1, /*keepdim=*/true), constants.even.unsqueeze(1));
  // A row is drawn for every entry, and dead ones take theirs: whether there are any is nothing
  // that the host has to know. Ranks that average their codebooks later must not put one entry in
  // two places.
  torch::Tensor drawn, is_dead;
  if (!IsApart()) {
    const auto dead = (new_count < kDeadShare * even) & finite;
    std::vector<torch::Tensor> draws;
    for (const auto& own : vectors) {
      draws.push_back(RowsOfAllRanks(
          own, torch::randint(own.size(0) * ThisRank().count, {entries}, places.options())));
    }
    drawn = torch::cat(draws).view({many, entries, dim});
    is_dead = dead.unsqueeze(2);
    new_sum = torch::where(is_dead, drawn * even.unsqueeze(2), new_sum);
    new_count = torch::where(dead, even, new_count);
  }
  count.copy_(new_count);
  sum.copy_(new_sum);
  if (!learned) {
    auto values = all(&CodebookImpl::codebook_);
    values.copy_(torch::where(finite.unsqueeze(2), new_sum / new_count.unsqueeze(2), values));
  } else if (is_dead.defined()) {
    for (size_t i = 0; i < codebooks.size(); ++i) {
      auto& own = codebooks[i]->codebook_;
      const auto at = static_cast<int64_t>(i);
      own.copy_(torch::where(is_dead.select(0, at), drawn.select(0, at), own));
    }
  }
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
