#include "training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/lean.h"
#include "model/linear.h"

namespace motet::trainer {
namespace {

constexpr int kIterations = 5;
constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
constexpr int64_t kLeastSide = 32;
// Root mean square of a step of AdamW at a learning rate of 1, about: with it both share one rate
// and one weight decay (Liu et al. 2025, "Muon is Scalable for LLM Training").
constexpr double kStepSize = 0.2;
constexpr const char* kPrefix = "optimizer.";
constexpr const char* kMomentum = "optimizer.momentum.";

bool Contains(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

// Weight decay acts on matrices alone, and not on codebooks.
bool Decays(const std::string& name, const torch::Tensor& parameter) {
  return parameter.dim() > 1 && !Contains(name, ".codebook");
}

bool IsMuons(const std::string& name, const torch::Tensor& parameter,
             const OptimizerConfig& config) {
  return config.type == "muon" && IsHiddenMatrix(name, parameter);
}

// Muon's parameters, matrices of one shape side by side; those with weight decay; the others.
NamedTensors InOrder(const NamedTensors& parameters, const OptimizerConfig& config) {
  const auto key = [&](const std::pair<std::string, torch::Tensor>& item) {
    const auto& [name, parameter] = item;
    if (IsMuons(name, parameter, config)) return std::make_pair(0, parameter.sizes().vec());
    return std::make_pair(Decays(name, parameter) ? 1 : 2, std::vector<int64_t>());
  };
  NamedTensors ordered = parameters;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return ordered;
}

// The operations of an iteration on a matrix of so many rows and columns, rows <= columns.
double Work(int64_t rows, int64_t columns) {
  const auto r = static_cast<double>(rows), c = static_cast<double>(columns);
  return 2 * r * r * c + r * r * r;
}

// x [..., rows, columns] of a Frobenius norm of 1, rows <= columns.
torch::Tensor Iterate(torch::Tensor x) {
  const bool one = x.dim() == 2;
  const auto add_product = [&](const torch::Tensor& a, const torch::Tensor& b,
                               const torch::Tensor& c, double beta, double alpha) {
    return one ? torch::addmm(a, b, c, beta, alpha) : torch::baddbmm(a, b, c, beta, alpha);
  };
  for (int i = 0; i < kIterations; ++i) {
    const auto transposed = Transposed(x);
    const auto square = one ? torch::mm(x, transposed) : torch::bmm(x, transposed);
    x = add_product(x, add_product(square, square, square, kB, kC), x, kA, 1);
  }
  return x;
}

// m [..., rows, columns] over its Frobenius norm.
torch::Tensor Unit(const torch::Tensor& m, torch::ScalarType type) {
  const auto norm = m.norm(2, torch::IntArrayRef{-2, -1}, /*keepdim=*/true);
  return Cast(m / norm.clamp_min_(1e-7), type);
}

torch::ScalarType ProductType() {
  return TrainingType() == torch::kFloat32 ? torch::kFloat32 : torch::kBFloat16;
}

}  // namespace

torch::Tensor Orthogonalise(const torch::Tensor& m, torch::ScalarType type) {
  // Products of the shorter side are the cheaper ones.
  const bool tall = m.size(-2) > m.size(-1);
  const auto wide = tall ? m.transpose(-2, -1) : m;
  const auto x = Iterate(Unit(wide.contiguous(), type)).to(torch::kFloat32);
  return tall ? x.transpose(-2, -1) : x;
}

bool IsHiddenMatrix(const std::string& name, const torch::Tensor& parameter) {
  return parameter.dim() == 2 && std::min(parameter.size(0), parameter.size(1)) >= kLeastSide &&
         !Contains(name, "encoder.embed") && !Contains(name, "decoder.head") &&
         !Contains(name, "decoder.tones") && !Contains(name, "decoder.bands") &&
         !Contains(name, ".codebook");
}

Optimizer::Optimizer(const NamedTensors& parameters, const OptimizerConfig& config)
    : weight_decay_(config.weight_decay),
      muon_momentum_(config.muon_momentum),
      hidden_(static_cast<size_t>(std::count_if(
          parameters.begin(), parameters.end(),
          [&](const auto& item) { return IsMuons(item.first, item.second, config); }))),
      parameters_(InOrder(parameters, config)),
      momentum_(torch::zeros({parameters_.offset(hidden_)}, parameters_.values().options())),
      adamw_(parameters_, hidden_,
             hidden_ + static_cast<size_t>(std::count_if(parameters.begin(), parameters.end(),
                                                         [&](const auto& item) {
                                                           return !IsMuons(item.first, item.second,
                                                                           config) &&
                                                                  Decays(item.first, item.second);
                                                         })),
             {config.beta1, config.beta2, config.weight_decay}) {
  MakeBatches();
}

void Optimizer::MakeBatches() {
  torch::NoGradGuard no_grad;
  const auto& named = parameters_.named();
  // On a GPU, and in bfloat16, few products of many matrices are faster than many of one, or as
  // fast. In float32 a CPU is faster with matrices that stay in its cache, one after the other.
  const bool together = !parameters_.values().is_cpu() || ProductType() != torch::kFloat32;
  double all_work = 0;
  for (size_t i = 0; i < hidden_; ++i) {
    const auto& weight = named[i].second;
    const auto [rows, columns] = std::minmax({weight.size(0), weight.size(1)});
    all_work += Work(rows, columns);
  }

  struct Plan {
    int64_t rows, columns, count;
  };
  std::vector<Plan> plans;
  struct Member {
    size_t first, end, plan;
    int64_t place;
  };
  std::vector<Member> members;  // shapes
  for (size_t first = 0; first < hidden_;) {
    size_t end = first + 1;
    while (together && end < hidden_ && named[end].second.sizes() == named[first].second.sizes())
      ++end;
    members.push_back({first, end, 0, 0});
    first = end;
  }
  // The largest first; others join the batch that costs them least, if that is a hundredth of all
  // at most.
  const auto sides = [&](const Member& member) {
    const auto& weight = named[member.first].second;
    return std::minmax({weight.size(0), weight.size(1)});
  };
  std::stable_sort(members.begin(), members.end(), [&](const Member& a, const Member& b) {
    return Work(sides(a).first, sides(a).second) > Work(sides(b).first, sides(b).second);
  });
  for (auto& member : members) {
    const auto [rows, columns] = sides(member);
    double least = Work(rows, columns) + (together ? all_work / 100 : -1);
    member.plan = plans.size();
    for (size_t i = 0; i < plans.size(); ++i) {
      const double work = Work(plans[i].rows, plans[i].columns);
      if (plans[i].rows < rows || plans[i].columns < columns || work > least) continue;
      member.plan = i;
      least = work;
    }
    if (member.plan == plans.size()) plans.push_back({rows, columns, 0});
    member.place = plans[member.plan].count;
    plans[member.plan].count += static_cast<int64_t>(member.end - member.first);
  }

  std::vector<torch::Tensor> aheads, directions;
  for (const auto& [rows, columns, count] : plans) {
    aheads.push_back(torch::zeros({count, rows, columns}, momentum_.options()));
    directions.push_back(torch::zeros_like(aheads.back()));
    const auto one = [&](const torch::Tensor& t) { return t.size(0) == 1 ? t.squeeze(0) : t; };
    batches_.push_back({one(aheads.back()), one(directions.back())});
  }
  for (const auto& [first, end, plan, place] : members) {
    const auto& weight = named[first].second;
    const int64_t rows = weight.size(0), columns = weight.size(1);
    const auto count = static_cast<int64_t>(end - first);
    const int64_t begin = parameters_.offset(first);
    const int64_t stride = parameters_.offset(first + 1) - begin;
    const auto side_by_side = [&](const torch::Tensor& flat) {
      return flat.as_strided({count, rows, columns}, {stride, columns, 1}, begin);
    };
    const auto part = [&, at = place, of = plan](const std::vector<torch::Tensor>& whole) {
      const auto own = whole[of].narrow(0, at, count);
      const auto [shorter, longer] = std::minmax({rows, columns});
      const auto wide = own.narrow(1, 0, shorter).narrow(2, 0, longer);
      return rows > columns ? wide.transpose(1, 2) : wide;
    };
    shapes_.push_back({side_by_side(parameters_.values()), side_by_side(parameters_.gradients()),
                       side_by_side(momentum_), part(aheads), part(directions),
                       kStepSize * std::sqrt(static_cast<double>(std::max(rows, columns)))});
  }
}

void Optimizer::Step(double learning_rate) {
  adamw_.Step(learning_rate);
  if (hidden_ > 0) StepHidden(learning_rate);
}

void Optimizer::StepHidden(double learning_rate) {
  torch::NoGradGuard no_grad;
  const auto of_hidden = [&](const torch::Tensor& flat) {
    return Part(flat, 0, 0, momentum_.size(0));
  };
  momentum_.lerp_(of_hidden(parameters_.gradients()), 1 - muon_momentum_);
  for (auto& shape : shapes_)
    torch::lerp_out(shape.ahead, shape.gradients, shape.momenta, muon_momentum_);
  for (auto& batch : batches_) batch.direction.copy_(Iterate(Unit(batch.ahead, ProductType())));
  const auto values = of_hidden(parameters_.values());
  values.sub_(values, learning_rate * weight_decay_);
  for (auto& shape : shapes_) shape.weights.add_(shape.direction, -learning_rate * shape.reach);
}

std::vector<torch::Tensor> Optimizer::Moments() const {
  auto moments = adamw_.Moments();
  moments.push_back(momentum_);
  return moments;
}

void Optimizer::Store(std::vector<NamedTensor>& tensors) const {
  adamw_.Store(kPrefix, tensors);
  for (size_t i = 0; i < hidden_; ++i)
    tensors.push_back(
        StoreTensor(kMomentum + parameters_.named()[i].first, parameters_.View(momentum_, i)));
}

void Optimizer::Restore(const TensorFile& file, const std::string& path) {
  adamw_.Restore(kPrefix, file, path);
  torch::NoGradGuard no_grad;
  for (size_t i = 0; i < hidden_; ++i) {
    const std::string name = kMomentum + parameters_.named()[i].first;
    if (file.Find(name) != nullptr)
      parameters_.View(momentum_, i).copy_(LoadNamed(file, name, path));
  }
}

}  // namespace motet::trainer
