#include "model/quantizer.h"

#include <map>
#include <string>
#include <tuple>

#include "distributed/ranks.h"

namespace motet::trainer {
namespace {

constexpr double kNormMomentum = 0.02;
constexpr double kCodebookDecay = 0.99;
// An entry used less than this share of an even distribution is placed anew. High enough to keep
// the perplexity above half of the entries, low enough that chance alone seldom moves an entry.
constexpr double kDeadShare = 0.35;

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
  return first.as_strided(shape, strides);
}

// What depends on nothing but the numbers of vectors that each codebook is given, and is made once
// for them: bringing it to the device makes the host wait.
struct BatchConstants {
  torch::Tensor offsets;      // [all vectors] int64, of the first entry of a vector's codebook
  torch::Tensor ones;         // [all vectors]
  torch::Tensor counts;       // [codebooks, 1] int64, of vectors
  torch::Tensor firsts;       // [codebooks, 1] int64, the first of them among all
  torch::Tensor even;         // [codebooks, 1], the uses of an entry, if all are used alike
  torch::Tensor mean;         // [entries], which makes a sum over entries a mean
  torch::Tensor dead_share;   // [1], kDeadShare
  torch::Tensor shares;       // [codebooks, 1, 1], one over the number of vectors
  torch::Tensor mean_shares;  // [codebooks], the same over codebooks and dimensions
};
const BatchConstants& ConstantsFor(const std::vector<Quantized>& quantized, int64_t entries) {
  using Key = std::tuple<std::vector<int64_t>, int64_t, std::string>;
  static std::map<Key, BatchConstants> known;
  const auto options = quantized.front().vectors.options().requires_grad(false);
  std::vector<int64_t> counts;
  for (const auto& q : quantized)
    counts.insert(counts.end(), static_cast<size_t>(q.vectors.size(0)), q.vectors.size(2));
  const Key key = {counts, entries,
                   options.device().str() + torch::toString(options.dtype().toScalarType())};
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  torch::NoGradGuard no_grad;
  BatchConstants made;
  std::vector<torch::Tensor> offsets;
  for (const int64_t count : counts)
    offsets.push_back(torch::full({count}, static_cast<int64_t>(offsets.size()) * entries,
                                  options.dtype(torch::kInt64)));
  made.offsets = torch::cat(offsets);
  made.ones = torch::ones({made.offsets.size(0)}, options);
  made.counts = torch::tensor(counts, torch::kInt64).to(options.device()).unsqueeze(1);
  made.firsts = made.counts.cumsum(0) - made.counts;
  const auto exact = made.counts.to(torch::kFloat64);
  const auto number = [&](const torch::Tensor& value) { return value.to(options.dtype()); };
  made.even = number(exact / static_cast<double>(entries));
  made.mean = torch::full({entries}, 1 / static_cast<double>(entries), options);
  made.dead_share = torch::full({1}, kDeadShare, options);
  made.shares = number(exact.reciprocal()).unsqueeze(2);
  made.mean_shares = number(
      exact.squeeze(1).reciprocal() /
      static_cast<double>(counts.size() * static_cast<size_t>(quantized.front().vectors.size(1))));
  return known.emplace(key, std::move(made)).first->second;
}

// [n, values] -> [n, 1]: whether all values are finite.
torch::Tensor AreFinite(const torch::Tensor& x) {
  const auto total = x.sum(1, /*keepdim=*/true), zero = total - total;
  return zero.eq(zero);
}

// For every entry one of the vectors of its codebook on all ranks, [codebooks · entries], as
// RowsOfAllRanks counts the vectors of all codebooks.
torch::Tensor DrawRows(const BatchConstants& constants, int64_t entries) {
  const int64_t ranks = ThisRank().count, rows = constants.offsets.size(0);
  // 32 bits each: their remainders are as good as even.
  const auto draws = torch::empty({constants.counts.size(0), entries}, constants.counts.options())
                         .random_(0, int64_t{0xFFFFFFFF});
  if (ranks == 1) return draws.remainder_(constants.counts).add_(constants.firsts).view(-1);
  draws.remainder_(constants.counts * ranks);
  const auto rank = draws.div(constants.counts, "floor");
  return (draws + rank * (rows - constants.counts) + constants.firsts).view(-1);
}

}  // namespace

QuantizerLosses LossesOf(const std::vector<Quantized>& quantized) {
  const auto& constants = ConstantsFor(quantized, /*entries=*/1);
  std::vector<torch::Tensor> distances, covariances, codebooks;
  for (const auto& q : quantized) {
    distances.push_back(q.squared_distances);
    covariances.push_back(q.covariances);
    if (q.codebooks.defined()) codebooks.push_back(q.codebooks);
  }
  QuantizerLosses losses;
  losses.commitment = torch::dot(torch::cat(distances), constants.mean_shares);
  if (!codebooks.empty()) losses.codebook = torch::cat(codebooks).mean();
  // Numbers of vectors cancel out of correlations, but for the floor of variances.
  losses.decorrelation = Correlation(MeanOverRanks(torch::cat(covariances)) * constants.shares);
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

void CodebookImpl::PlaceEntries(const torch::Tensor& r, bool by_batch) {
  torch::NoGradGuard no_grad;
  const auto projected = input_(r);
  const auto mean = by_batch ? MeanOverRanks(projected.mean(0)) : mean_;
  const auto var = by_batch ? MeanOverRanks((projected - mean).square().mean(0)) : var_;
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

torch::Tensor CodebookImpl::Lookup(const torch::Tensor& codes) {
  const auto present = (codes >= 0).unsqueeze(-1);
  const auto chosen = codebook_.index_select(0, codes.clamp_min(0).flatten())
                          .reshape({codes.size(0), codes.size(1), -1});
  return output_(chosen) * present;
}

QuantizerImpl::QuantizerImpl(const ModelConfig& config) : context_(config.quantizer.context) {
  for (int64_t i = 0; i < config.quantizer.per_level; ++i) {
    codebooks_.push_back(register_module(std::to_string(i), Codebook(config)));
  }
}

ResidualCodebooks QuantizerImpl::Tensors(size_t first, size_t count) const {
  torch::NoGradGuard no_grad;
  ResidualCodebooks tensors;
  std::vector<torch::Tensor> entries, means, vars;
  for (size_t i = first; i < first + count; ++i) {
    const auto& codebook = *codebooks_[i];
    tensors.weights.push_back(codebook.input_->weight);
    tensors.biases.push_back(codebook.input_->bias);
    tensors.outputs.push_back(codebook.output_->weight);
    entries.push_back(codebook.codebook_);
    means.push_back(codebook.mean_);
    vars.push_back(codebook.var_);
  }
  tensors.entries = torch::stack(entries);
  if (!NormalisesByBatch()) {
    tensors.mean = torch::stack(means);
    tensors.var = torch::stack(vars);
  }
  return tensors;
}

void QuantizerImpl::PlaceEntries(const torch::Tensor& z) {
  torch::NoGradGuard no_grad;
  auto rest = z;
  for (size_t i = 0; i < codebooks_.size(); ++i) {
    auto& codebook = *codebooks_[i];
    if (codebook.initialised_.item<int64_t>() == 0)
      codebook.PlaceEntries(rest.reshape({-1, rest.size(2)}), NormalisesByBatch());
    rest = rest - Quantize(Tensors(i, 1), rest, /*given=*/{}, /*context=*/1).context;
  }
  placed_ = true;
}

Quantized QuantizerImpl::forward(const torch::Tensor& z, const torch::Tensor& given) {
  if (is_training() && !placed_) PlaceEntries(z);
  auto result = Quantize(Tensors(0, codebooks_.size()), z, given, context_);
  if (codebooks_.front()->codebook_.requires_grad()) {
    std::vector<torch::Tensor> losses;
    for (size_t i = 0; i < codebooks_.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      const auto chosen =
          codebooks_[i]->codebook_.index_select(0, result.codes.select(0, at).flatten());
      losses.push_back(torch::mse_loss(chosen, result.vectors.select(0, at).t()));
    }
    result.codebooks = torch::stack(losses);
  }
  return result;
}

void Follow(const std::vector<std::shared_ptr<QuantizerImpl>>& quantizers,
            const std::vector<Quantized>& quantized) {
  torch::NoGradGuard no_grad;
  std::vector<CodebookImpl*> codebooks;
  for (const auto& quantizer : quantizers) {
    for (auto& codebook : quantizer->codebooks_) codebooks.push_back(codebook.get());
  }
  const auto all = [&](torch::Tensor CodebookImpl::*tensor) {
    std::vector<torch::Tensor*> members;
    for (auto* codebook : codebooks) members.push_back(&(codebook->*tensor));
    return SideBySide(members);
  };
  const auto many = static_cast<int64_t>(codebooks.size());
  const auto& first = *codebooks.front();
  const int64_t entries = first.codebook_.size(0), dim = first.codebook_.size(1);
  const bool learned = first.codebook_.requires_grad();
  std::vector<torch::Tensor> vectors, codes, means, scales;
  for (const auto& q : quantized) {
    vectors.push_back(q.vectors.transpose(1, 2).reshape({-1, dim}));
    codes.push_back(q.codes.view(-1));
    means.push_back(q.mean);
    scales.push_back(q.scale);
  }
  const auto& constants = ConstantsFor(quantized, entries);
  // A batch that is not finite, on whatever rank, must not stay; the trainer skips its step.
  if (quantizers.front()->NormalisesByBatch()) {
    const auto mean = torch::cat(means), var = torch::cat(scales).pow_(-2) - kNormEpsilon;
    const auto finite = AreFinite(var);
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
  const auto finite = AreFinite(sums.view({many, entries * dim})),
             finite_rows = finite.unsqueeze(2);
  auto new_count = torch::where(finite, torch::lerp(count, uses, 1 - kCodebookDecay), count);
  auto new_sum = torch::where(finite_rows, torch::lerp(sum, sums, 1 - kCodebookDecay), sum);
  // The mean of the counts is what an entry can have: where a run began from a model file, or has
  // just got larger batches, it lags behind the batch, and few entries would have a share of that.
  const auto even =
      torch::minimum(torch::mv(new_count, constants.mean).unsqueeze(1), constants.even);
  // A row is drawn for every entry, and dead ones take theirs: whether there are any is nothing
  // that the host has to know. Ranks that average their codebooks later must not put one entry in
  // two places.
  torch::Tensor drawn, is_dead;
  if (!IsApart()) {
    const auto dead = (new_count < even * constants.dead_share) & finite;
    drawn = RowsOfAllRanks(rows, DrawRows(constants, entries)).view({many, entries, dim});
    is_dead = dead.unsqueeze(2);
    new_sum = torch::where(is_dead, drawn * even.unsqueeze(2), new_sum);
    new_count = torch::where(dead, even, new_count);
  }
  count.copy_(new_count);
  sum.copy_(new_sum);
  if (!learned) {
    auto values = all(&CodebookImpl::codebook_);
    values.copy_(torch::where(finite_rows, new_sum / new_count.unsqueeze(2), values));
  } else if (is_dead.defined()) {
    for (size_t i = 0; i < codebooks.size(); ++i) {
      auto& own = codebooks[i]->codebook_;
      const auto at = static_cast<int64_t>(i);
      own.copy_(torch::where(is_dead.select(0, at), drawn.select(0, at), own));
    }
  }
}

double Perplexity(const torch::Tensor& histogram) {
  const auto p = histogram.to(torch::kFloat64) / histogram.sum().clamp_min(1);
  return std::exp(-torch::xlogy(p, p).sum().item<double>());
}

}  // namespace motet::trainer
