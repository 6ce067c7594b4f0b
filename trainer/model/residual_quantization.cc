#include "model/residual_quantization.h"

#include <fmt/format.h>

#include <tuple>

#include "distributed/ranks.h"
#include "model/constants.h"
#include "model/lean.h"

namespace motet::trainer {
namespace {

constexpr double kVarianceFloor = 1e-12;

// [dim] as [dim, 1].
torch::Tensor Column(const torch::Tensor& x) { return x.as_strided({x.size(0), 1}, {1, 1}); }

// Item i of x [n, …], the same memory. Without a gradient.
torch::Tensor Item(const torch::Tensor& x, int64_t i) {
  return x.as_strided(x.sizes().slice(1), x.strides().slice(1),
                      x.storage_offset() + i * x.stride(0));
}

// The mean over the columns of all ranks: [..., columns] -> [..., 1].
torch::Tensor MeanOfRows(const torch::Tensor& x) {
  return MeanOverRanks(x.mean(-1, /*keepdim=*/true));
}

// All codebooks of a level with one backward pass: none of them gets a gradient from those behind
// it, so that most of the way back is one product for all. Dimensions of vectors are rows, those of
// codebook i from i·dim on, which is what LibTorch normalises in the fewest calls.
class ResidualFunction : public torch::autograd::Function<ResidualFunction> {
 public:
  // Returns what Quantized begins with, in its order; mean and scale where they are the batch's.
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const torch::Tensor& z, at::TensorList weights,
                                                at::TensorList biases, at::TensorList outputs,
                                                const ResidualCodebooks& codebooks,
                                                const torch::Tensor& given, int64_t context_size) {
    const bool by_batch = !codebooks.mean.defined();
    const auto count = static_cast<int64_t>(weights.size()), dim = weights[0].size(0);
    const int64_t batch = z.size(0), frames = z.size(1);
    const auto lengths = (codebooks.entries * codebooks.entries).sum(2);
    std::vector<torch::Tensor> rests, all_projected, means, scales, all_normed, all_codes,
        all_chosen, all_outputs;
    for (int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<size_t>(i);
      rests.push_back(i == 0 ? Rows(z) : rests.back() - all_outputs.back());
      const auto projected =
          torch::mm(weights[at], Transposed(rests.back())).add_(Column(biases[at]));
      torch::Tensor mean, scale, normed;  // [dim, 1], [dim, 1], [dim, R]
      if (by_batch && ThisRank().count == 1) {
        std::tie(normed, mean, scale) =
            at::native_layer_norm(projected, {projected.size(1)}, {}, {}, kNormEpsilon);
      } else {
        mean = by_batch ? MeanOfRows(projected) : Column(Item(codebooks.mean, i));
        const auto around = projected - mean;
        const auto var = by_batch ? MeanOfRows(around.square()) : Column(Item(codebooks.var, i));
        scale = (var + kNormEpsilon).rsqrt_();
        normed = around * scale;
      }
      // |e − c|² without the part that is the same for every entry.
      const auto entries = Item(codebooks.entries, i);
      const auto codes =
          torch::sub(Item(lengths, i), torch::mm(Transposed(normed), Transposed(entries)), 2)
              .argmin(1);
      const auto chosen = torch::gather(entries, 0, codes.as_strided({codes.size(0), dim}, {1, 0}));
      all_outputs.push_back(torch::mm(chosen, Transposed(outputs[at])));
      all_projected.push_back(projected);
      means.push_back(mean);
      scales.push_back(scale);
      all_normed.push_back(normed);
      all_codes.push_back(codes);
      all_chosen.push_back(chosen);
    }
    const auto normed = torch::cat(all_normed), mean = torch::cat(means),
               scale = torch::cat(scales);
    const auto chosen = torch::cat(all_chosen, 1);  // [R, n·dim]
    const auto difference = normed - Transposed(chosen);
    const auto centred = by_batch ? normed : normed - MeanOfRows(normed);
    // [n, 1, R] and, for chosen entries, [R, n·dim].
    const auto given_rows = given.unsqueeze(2)
                                .expand({count, batch, frames / given.size(2), given.size(2)})
                                .reshape({count, 1, batch * frames});
    const auto given_chosen = chosen.view({-1, count, dim}) * given_rows.permute({2, 0, 1});
    const auto given_flat = given_chosen.view(chosen.sizes());
    const auto weight = torch::cat(weights), output = torch::cat(outputs, 1);
    auto sum_of_first = all_outputs[0];
    for (int64_t i = 1; i < context_size; ++i)
      sum_of_first = sum_of_first + all_outputs[static_cast<size_t>(i)];

    auto saved = rests;
    saved.insert(saved.end(), {torch::cat(all_projected), mean, scale, normed, centred, chosen,
                               given_rows, given_flat, difference, weight, output});
    context->set_materialize_grads(false);
    context->save_for_backward(saved);
    context->saved_data["by_batch"] = by_batch;
    context->saved_data["context"] = context_size * dim;
    context->saved_data["frames"] = frames;

    torch::autograd::variable_list results = {
        torch::stack(all_codes).view({count, batch, frames}),
        torch::mm(given_flat, Transposed(output)).view(z.sizes()),
        sum_of_first.view(z.sizes()),
        normed.view({count, dim, -1}),
        (difference * difference).view({count, -1}).sum(1),
        DiagonalBlocks(torch::mm(centred, Transposed(centred)), count)};
    torch::autograd::variable_list constant = {results[0], results[3]};
    if (by_batch) {
      for (const auto& norm : {mean, scale}) {
        results.push_back(norm.view({count, dim}));
        constant.push_back(results.back());
      }
    }
    context->mark_non_differentiable(constant);
    return results;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const size_t codebooks = saved.size() - 11;
    const auto* const rest = &saved[codebooks];
    const auto &projected = rest[0], &mean = rest[1], &scale = rest[2], &normed = rest[3],
               &centred = rest[4], &chosen = rest[5], &given_rows = rest[6], &given_flat = rest[7],
               &difference = rest[8], &weight = rest[9], &output = rest[10];
    const auto &from_output = gradients[1], &from_context = gradients[2],
               &from_distances = gradients[4], &from_covariances = gradients[5];
    const auto count = static_cast<int64_t>(codebooks);
    const int64_t dim = normed.size(0) / count, columns = normed.size(1);
    // Straight through.
    torch::Tensor of_output, of_normed;
    if (from_output.defined()) {
      const auto from = Transposed(Rows(from_output));
      of_output = torch::mm(from, given_flat);
      of_normed = torch::mm(Transposed(output), from);
      of_normed.view({count, dim, columns}).mul_(given_rows);
    } else {
      of_output = torch::zeros_like(output);
      of_normed = torch::zeros_like(normed);
    }
    if (from_context.defined()) {
      const auto from = Transposed(Rows(from_context));
      const int64_t first = context->saved_data["context"].toInt();
      Part(of_output, 1, 0, first).addmm_(from, Part(chosen, 1, 0, first));
      Part(of_normed, 0, 0, first).addmm_(Transposed(Part(output, 1, 0, first)), from);
    }
    if (from_distances.defined()) {
      of_normed.view({count, dim, columns})
          .addcmul_(difference.view({count, dim, columns}), from_distances.view({count, 1, 1}), 2);
    }
    if (from_covariances.defined()) {
      const auto blocks = torch::zeros({count * dim, count * dim}, normed.options());
      DiagonalBlocks(blocks, count).add_(from_covariances);
      of_normed.addmm_(blocks + Transposed(blocks), centred);
    }
    torch::Tensor of_projected;
    if (!context->saved_data["by_batch"].toBool()) {
      of_projected = of_normed * scale;
    } else if (ThisRank().count == 1) {
      of_projected = std::get<0>(at::native_layer_norm_backward(
          of_normed, projected, {columns}, mean, scale, {}, {}, {true, false, false}));
    } else {
      const auto along = MeanOfRows(of_normed * normed);
      of_projected = (of_normed - MeanOfRows(of_normed)).addcmul_(normed, along, -1).mul_(scale);
    }
    const auto of_z = torch::mm(Transposed(of_projected), weight);
    const auto of_biases = of_projected.sum(1);
    torch::autograd::variable_list results(1 + 3 * codebooks + 3);
    results[0] = of_z.view({-1, context->saved_data["frames"].toInt(), weight.size(1)});
    for (size_t i = 0; i < codebooks; ++i) {
      const int64_t first = static_cast<int64_t>(i) * dim;
      results[1 + i] = torch::mm(Part(of_projected, 0, first, dim), saved[i]);
      results[1 + codebooks + i] = Part(of_biases, 0, first, dim);
      results[1 + 2 * codebooks + i] = Part(of_output, 1, first, dim);
    }
    return results;
  }

 private:
  // The squares on the diagonal of x [n·dim, n·dim], in the same memory: [n, dim, dim].
  static torch::Tensor DiagonalBlocks(const torch::Tensor& x, int64_t count) {
    const int64_t side = x.size(0), dim = side / count;
    return x.as_strided({count, dim, dim}, {dim * (side + 1), side, 1});
  }
};

// The correlations of covariances [n, dim, dim] with a backward pass of its own.
class CorrelationFunction : public torch::autograd::Function<CorrelationFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& covariances) {
    const auto variances = Diagonals(covariances) + kVarianceFloor;
    const auto products = torch::bmm(variances.unsqueeze(2), variances.unsqueeze(1));
    const auto squares = (covariances * covariances).div_(products);
    context->save_for_backward({covariances, variances, products, squares});
    return torch::dot(squares.view(-1), Shares(covariances).view(-1));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &covariances = saved[0], &variances = saved[1], &products = saved[2],
               &squares = saved[3];
    const auto shares = Shares(covariances);
    const auto result = torch::div(covariances, products).mul_(shares);
    // A variance is in the squares of its row and in those of its column, which are the same.
    Diagonals(result).sub_((squares * shares).sum(2).div_(variances));
    return {result.mul_(gradients[0] + gradients[0])};
  }

 private:
  static torch::Tensor Diagonals(const torch::Tensor& x) {
    return x.as_strided({x.size(0), x.size(1)}, {x.stride(0), x.stride(1) + x.stride(2)});
  }
  // What each square counts in the mean: nothing on diagonals.
  static torch::Tensor Shares(const torch::Tensor& like) {
    const int64_t count = like.size(0), dim = like.size(1);
    return Constant(fmt::format("shares of correlations {} {}", count, dim), like, [&] {
      const auto off = torch::ones({dim, dim}, torch::kFloat64) - torch::eye(dim, torch::kFloat64);
      return (off / static_cast<double>(count * dim * (dim - 1))).repeat({count, 1, 1});
    });
  }
};

}  // namespace

Quantized Quantize(const ResidualCodebooks& codebooks, const torch::Tensor& z,
                   const torch::Tensor& given, int64_t context) {
  const auto all = static_cast<int64_t>(codebooks.weights.size());
  const auto results = ResidualFunction::apply(
      z, at::TensorList(codebooks.weights), at::TensorList(codebooks.biases),
      at::TensorList(codebooks.outputs), codebooks,
      given.defined() ? given : torch::ones({all, z.size(0), 1}, z.options().requires_grad(false)),
      context);
  Quantized result;
  result.codes = results[0];
  result.output = results[1];
  result.context = results[2];
  result.vectors = results[3];
  result.squared_distances = results[4];
  result.covariances = results[5];
  if (results.size() > 6) {
    result.mean = results[6];
    result.scale = results[7];
  }
  return result;
}

torch::Tensor Correlation(const torch::Tensor& covariances) {
  return CorrelationFunction::apply(covariances);
}

}  // namespace motet::trainer
