#include "training/trainer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "distributed/ranks.h"
#include "model/fnv1a.h"
#include "model/lean.h"
#include "model/linear.h"
#include "model/rounding.h"
#include "training/checkpoint.h"
#include "training/gradient.h"
#include "training/to_device.h"

namespace motet::trainer {
namespace {

Precision ChoosePrecision(const std::string& name, torch::Device device) {
  if (name == "bf16") return Precision::kBFloat16;
  if (name != "fp16") return Precision::kFloat32;
  if (device.is_cpu()) {
    throw std::runtime_error(
        "'training.precision' is fp16, which LibTorch cannot multiply on a CPU; bf16 can do it");
  }
  return Precision::kFloat16;
}

void SayNotRecorded(const std::string& why) {
  if (IsFirstRank()) fmt::print(stderr, "steps are not recorded as CUDA graphs: {}\n", why);
}

void AddTo(LossTerms& sums, const std::string& name, const torch::Tensor& value) {
  auto& sum = sums[name];
  sum = sum.defined() ? sum + value : value;
}

// The values of the terms, in their order, then those of the other scalars, 0 for an undefined one:
// all in one copy.
std::vector<double> ToHost(const LossTerms& terms, const std::vector<torch::Tensor>& others) {
  std::vector<torch::Tensor> scalars;
  for (const auto& [name, value] : terms) scalars.push_back(Cast(value.view(1), torch::kFloat32));
  const auto device = scalars.empty() ? others.front().device() : scalars.front().device();
  for (const auto& value : others)
    scalars.push_back(value.defined() ? value.view(1).to(device, torch::kFloat32)
                                      : torch::zeros({1}, device));
  const auto values = torch::cat(scalars).to(torch::kCPU, torch::kFloat64);
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

}  // namespace

Trainer::Trainer(Configuration config)
    : config_(std::move(config)),
      rank_(ThisRank()),
      device_(ChooseDevice(config_.training.device, rank_)),
      codec_(nullptr),
      loss_(config_.losses, config_.model),
      balancer_(config_.losses.balancer_decay),
      scaler_(config_.training.ScalesLoss()),
      random_(static_cast<uint64_t>(config_.training.seed)) {
  // Before anything is put on the device.
  if (config_.training.graph && device_.is_cuda()) {
    const std::string why_not =
        !StepGraph::CanRecord(device_) ? "this program was built without the headers of CUDA"
        : config_.losses.balancer      ? "the balancer asks the device for norms in each of them"
        : rank_.count > 1              ? "several processes talk to each other in each of them"
                                       : "";
    if (why_not.empty())
      graph_ = std::make_unique<StepGraph>(device_);
    else
      SayNotRecorded(why_not);
  }
  SetTrainingPrecision(ChoosePrecision(config_.training.precision, device_));
  torch::manual_seed(config_.training.seed);
  codec_ = Codec(config_.model);
  codec_->to(device_);
  loss_.To(device_);
  if (config_.adversarial.enabled)
    adversary_ = std::make_unique<Adversary>(config_.adversarial, device_, !device_.is_cpu());
  NamedTensors named = NamedParameters(*codec_);
  if (config_.training.learn == "decoder") {
    codec_->FreezeEncoder();
    named.erase(std::remove_if(named.begin(), named.end(),
                               [](const auto& parameter) {
                                 return parameter.first.rfind("encoder.", 0) == 0 ||
                                        parameter.first.rfind("quantizer.", 0) == 0;
                               }),
                named.end());
  }
  if (config_.training.codebooks == "learned") {
    for (auto& entries : codec_->LearnCodebooks()) named.push_back(std::move(entries));
  }
  optimizer_ = std::make_unique<Optimizer>(named, config_.optimizer);
  average_ = learned().values().clone();
  if (TrainingType() != torch::kFloat32 || config_.training.weights == "int8") ShareCasts();
}

void Trainer::ShareCasts() {
  casts_ = learned().values().to(TrainingType());
  std::map<const void*, size_t> numbers;  // of the parameters, by where they lie
  for (size_t i = 0; i < learned().named().size(); ++i)
    numbers[learned().named()[i].second.data_ptr()] = i;
  for (const auto& module : codec_->modules()) {
    auto* linear = module->as<LinearImpl>();
    if (linear == nullptr) continue;
    const auto found = numbers.find(linear->weight.data_ptr());
    if (found == numbers.end()) continue;
    const torch::Tensor cast = learned().View(casts_, found->second);
    linear->SetCast(cast);
    if (config_.training.weights == "int8") rounded_.emplace_back(linear->weight, cast);
  }
}

void Trainer::UpdateCasts() {
  torch::NoGradGuard no_grad;
  casts_.copy_(learned().values());
  for (auto& [weight, cast] : rounded_) cast.copy_(RoundedToInt8(weight));
}

int64_t Trainer::parameters() const {
  int64_t count = 0;
  for (const auto& [name, parameter] : learned().named()) count += parameter.numel();
  return count;
}

torch::Tensor Trainer::DrawQualities(int64_t items) {
  const auto highest = config_.model.max_quality();
  std::vector<int64_t> quality(static_cast<size_t>(items));
  std::uniform_real_distribution<double> uniform;
  for (int64_t& chosen : quality) {
    const double u = uniform(random_);
    const double default_share = config_.training.default_quality_share.At(step_);
    const double highest_share = config_.training.highest_quality_share.At(step_);
    if (u < default_share) {
      chosen = config_.model.default_quality;
    } else if (u < default_share + highest_share) {
      chosen = highest;
    } else {
      chosen = std::uniform_int_distribution<int64_t>(1, highest)(random_);
    }
  }
  return torch::tensor(quality, torch::kInt64);
}

bool Trainer::RanksAgreeAfter(int64_t steps) const {
  // The first step is taken together because it places the entries of the codebooks.
  return rank_.count == 1 || steps <= 1 || steps == config_.training.steps ||
         steps % config_.training.local_steps == 0;
}

void Trainer::AverageState() {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> state = optimizer_->Moments();
  for (const auto& [name, tensor] : NamedState(*codec_)) {
    if (tensor.is_floating_point()) state.push_back(tensor.detach());
  }
  state.push_back(average_);
  AverageOverRanks(state);
}

std::map<std::string, double> Trainer::TrainStep(const torch::Tensor& batch) {
  std::optional<AloneGuard> apart;
  if (!RanksAgreeAfter(step_ + 1)) {
    apart.emplace();
  } else if (config_.training.local_steps > 1) {
    AverageState();
  }
  codec_->train();
  codec_->FreezeNorm(step_ >= config_.training.freeze_norm_step);
  const LossWeights weights = config_.losses.WeightsAt(step_);
  const double learning_rate = config_.optimizer.LearningRateAt(step_, config_.training.steps);
  const bool with_discriminators = adversary_ != nullptr && step_ >= config_.adversarial.start_step;
  const bool discriminators_learn =
      with_discriminators && std::uniform_real_distribution<double>()(random_) <
                                 config_.adversarial.update_probability.At(step_);

  optimizer_->ZeroGradient();
  if (discriminators_learn) adversary_->ZeroGradient();
  std::optional<CurrentCasts> casts;
  if (casts_.defined()) {
    UpdateCasts();
    casts.emplace();
  }
  LossTerms sums;
  const auto parts = batch.chunk(config_.training.accumulate);
  const double share = 1 / static_cast<double>(parts.size());
  for (const auto& part : parts) {
    // Every rank draws for all, so that the random numbers stay in step.
    const auto qualities = DrawQualities(part.size(0) * rank_.count)
                               .narrow(0, part.size(0) * rank_.index, part.size(0));
    const PartOfStep what = {weights, loss_.Choose(weights, random_), with_discriminators,
                             discriminators_learn, scaler_.scale() * share};
    for (const auto& [name, value] : Terms(part, qualities, what)) AddTo(sums, name, value);
  }

  AverageOverRanks({learned().gradients()});
  const auto device_norm = GradientNorm(learned().gradients(), scaler_.scale());
  const auto device_discriminator_norm =
      discriminators_learn ? adversary_->GradientNorm(scaler_.scale()) : torch::Tensor();
  // The one place where a step waits for the device; the balancer adds one for each part.
  auto values = ToHost(sums, {device_norm, device_discriminator_norm});
  const double discriminator_norm = values.back(), norm = values[values.size() - 2];
  std::map<std::string, double> report;
  size_t next = 0;
  for (const auto& [name, sum] : sums) {
    const double mean = values[next++] * share;
    report[name] = mean;
    const auto weight = weights.find(name);
    if (weight != weights.end()) report["loss"] += weight->second * mean;
  }
  AverageReport(report);
  ClipGradient(learned().gradients(), norm, config_.optimizer.clip);
  report["gradient_norm"] = norm;
  if (discriminators_learn) {
    adversary_->ClipGradient(discriminator_norm);
    report["discriminator_gradient_norm"] = discriminator_norm;
  }
  report["learning_rate"] = learning_rate;
  if (scaler_.enabled()) report["loss_scale"] = scaler_.scale();
  report.merge(ScheduledValues(config_, step_));
  for (const auto& [name, average] : balancer_.Norms()) report["balancer." + name] = average;

  const bool finite =
      std::isfinite(norm) && std::isfinite(discriminator_norm) && std::isfinite(report["loss"]);
  const bool overflow = scaler_.Update(finite);
  if (finite) {
    optimizer_->Step(learning_rate);
    if (discriminators_learn) adversary_->Step(step_);
    UpdateAverage();
    skipped_in_a_row_ = 0;
  } else {
    ++skipped_steps_;
    last_skipped_ = fmt::format("step {}: {}", step_, WhatIsNotFinite(report));
    if (!overflow && ++skipped_in_a_row_ >= config_.training.max_skipped) {
      throw std::runtime_error(
          fmt::format("{} steps in a row were not finite; {}", skipped_in_a_row_, last_skipped_));
    }
  }
  ++step_;
  audio_seconds_ += static_cast<double>(batch.size(0) * batch.size(2) * rank_.count) /
                    static_cast<double>(config_.model.sample_rate);
  return report;
}

LossTerms Trainer::Terms(const torch::Tensor& x, const torch::Tensor& qualities,
                         const PartOfStep& what) {
  if (!graph_) return AddGradient(ToDevice(x, device_), ToDevice(qualities, device_), what, {});
  // Weights that a schedule changes are inputs; which of them are zero decides what is computed.
  std::vector<float> weights;
  std::string key =
      fmt::format("{} {} {} {} {} {} {:a}", x.size(0), x.size(2), what.choices.mid_side,
                  what.with_discriminators, what.discriminators_learn,
                  step_ >= config_.training.freeze_norm_step, what.scale);
  key += fmt::format(" {} {} ", fmt::join(what.choices.mel_scales, "+"),
                     fmt::join(what.choices.stft_windows, "+"));
  for (const auto& [name, weight] : what.weights) {
    weights.push_back(static_cast<float>(weight));
    key += weight > 0 ? '1' : '0';
  }
  const bool before = graph_->why_not().empty();
  auto terms = graph_->Run(key, {x, qualities, torch::tensor(weights)},
                           [&](const StepGraph::Tensors& inputs) {
                             LossTerms on_device;
                             int64_t i = 0;
                             for (const auto& [name, weight] : what.weights)
                               on_device[name] = inputs[2].select(0, i++);
                             return AddGradient(inputs[0], inputs[1], what, on_device);
                           });
  if (before && !graph_->why_not().empty()) SayNotRecorded(graph_->why_not());
  if (config_.training.accumulate > 1) {  // the next part writes to the same place
    for (auto& [name, value] : terms) value = value.clone();
  }
  return terms;
}

LossTerms Trainer::AddGradient(const torch::Tensor& x, const torch::Tensor& qualities,
                               const PartOfStep& what, const LossTerms& device_weights) {
  const auto weighted_sum = [&](const LossTerms& terms) {
    return device_weights.empty() ? WeightedSum(terms, what.weights)
                                  : WeightedSum(terms, device_weights);
  };
  const auto scaled = [&](const torch::Tensor& loss) {
    return what.scale == 1 ? loss : loss * what.scale;
  };
  const auto output = codec_(x, qualities);
  const int64_t delay = config_.model.delay(), length = x.size(2) - delay;
  const auto original = x.narrow(2, 0, length);
  const auto decoded = output.audio.narrow(2, delay, length);

  // The losses see a copy of the decoded signal. Their gradient at it can be balanced before it
  // goes on into the codec, and that of the discriminators stops there.
  const auto detached = decoded.detach().set_requires_grad(true);
  LossTerms terms = loss_.SignalTerms(original, detached, what.weights, what.choices);
  torch::Tensor discriminator_loss;
  if (what.with_discriminators) {
    terms.merge(adversary_->Terms(original, detached, what.weights, what.discriminators_learn,
                                  what.scale, discriminator_loss));
  }
  std::vector<torch::Tensor> ends, gradients;
  if (!terms.empty()) {
    ends.push_back(decoded);
    gradients.push_back(config_.losses.balancer
                            ? balancer_.Gradient(terms, what.weights, detached, what.scale)
                            : torch::autograd::grad({scaled(weighted_sum(terms))}, {detached})[0]);
  }
  const LossTerms code_terms = loss_.CodeTerms(x, output, what.weights);
  // Where the encoder does not learn, there may be nothing of the codes that could.
  const auto code_loss = weighted_sum(code_terms);
  if (code_loss.defined() && code_loss.requires_grad()) {
    ends.push_back(scaled(code_loss));
    gradients.push_back(torch::ones_like(ends.back()));
  }
  torch::autograd::backward(ends, gradients);

  LossTerms values;
  for (const auto& part : {terms, code_terms}) {
    for (const auto& [name, value] : part) values[name] = value.detach();
  }
  if (discriminator_loss.defined()) values["discriminator"] = discriminator_loss;
  return values;
}

std::string Trainer::WhatIsNotFinite(const std::map<std::string, double>& report) const {
  std::string text;
  for (const auto& [name, value] : report) {
    if (!std::isfinite(value) && config_.losses.weights.count(name) > 0)
      text += fmt::format("{}loss term {} is {}", text.empty() ? "" : ", ", name, value);
  }
  int64_t count = 0;
  std::string first;
  for (const auto& [name, parameter] : learned().named()) {
    if (torch::isfinite(parameter.grad()).all().item<bool>()) continue;
    if (count++ == 0) first = name;
  }
  if (count > 0) {
    text += fmt::format("{}the gradient of {} and {} other parameters is not finite",
                        text.empty() ? "" : "; ", first, count - 1);
  }
  const auto discriminator = report.find("discriminator_gradient_norm");
  if (discriminator != report.end() && !std::isfinite(discriminator->second))
    text +=
        fmt::format("{}the gradient of the discriminators is not finite", text.empty() ? "" : "; ");
  if (scaler_.enabled()) text += fmt::format("; loss scale is now {}", scaler_.scale());
  return text.empty() ? "the norm of the gradient is not finite" : text;
}

void Trainer::UpdateAverage() {
  torch::NoGradGuard no_grad;
  // Early on the average follows faster, or the random start would stay in it.
  const double decay =
      std::min(config_.optimizer.ema_decay,
               (1.0 + static_cast<double>(step_)) / (10.0 + static_cast<double>(step_)));
  average_.lerp_(learned().values(), 1 - decay);
}

ValidationResult Trainer::ValidateAverage(const torch::Tensor& clips,
                                          const std::vector<int64_t>& qualities) {
  torch::NoGradGuard no_grad;
  const auto exchange = [&] {
    const auto current = learned().values().clone();
    learned().values().copy_(average_);
    average_.copy_(current);
  };
  exchange();
  auto result = Validate(codec_, clips, qualities, loss_.mel());
  exchange();
  return result;
}

int64_t Trainer::Fingerprint() const {
  Fnv1a hash;
  const auto add = [&](const torch::Tensor& tensor) {
    const auto bytes = tensor.detach().to(torch::kCPU).contiguous();
    hash.Add({static_cast<const std::byte*>(bytes.data_ptr()), bytes.nbytes()});
  };
  for (const auto& [name, tensor] : NamedState(*codec_)) add(tensor);
  add(average_);
  if (adversary_ != nullptr) add(adversary_->parameters().values());
  return static_cast<int64_t>(hash.value());
}

void Trainer::Checkpoint(const std::filesystem::path& path) const {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : NamedState(*codec_))
    tensors.push_back(StoreTensor("model." + name, tensor));
  for (size_t i = 0; i < learned().named().size(); ++i)
    tensors.push_back(
        StoreTensor("ema." + learned().named()[i].first, learned().View(average_, i)));
  optimizer_->Store(tensors);
  if (adversary_) adversary_->Store(tensors);
  tensors.push_back(StoreTensor("rng.torch", at::detail::getDefaultCPUGenerator().get_state()));
  if (device_.is_cuda()) {
    tensors.push_back(
        StoreTensor("rng.cuda", at::globalContext().defaultGenerator(device_).get_state()));
  }
  std::ostringstream random;
  random << random_;
  const nlohmann::json json = {{"model", config_.json["model"]},
                               {"configuration", config_.json},
                               {"step", step_},
                               {"audio_seconds", audio_seconds_},
                               {"skipped_steps", skipped_steps_},
                               {"skipped_in_a_row", skipped_in_a_row_},
                               {"balancer", balancer_.State()},
                               {"loss_scaler", scaler_.State()},
                               {"best_mel", best_mel_},
                               {"random", random.str()},
                               {"info", {{"step", step_}, {"audio_seconds", audio_seconds_}}}};
  std::filesystem::create_directories(path.parent_path());
  WriteTensorFile(path.string(), json.dump(), tensors);
}

void Trainer::Resume(const std::filesystem::path& checkpoint) {
  torch::NoGradGuard no_grad;
  const TensorFile file = ReadTensorFile(checkpoint.string());
  LoadState(*codec_, file, "model.", checkpoint.string());
  for (size_t i = 0; i < learned().named().size(); ++i) {
    // Codebooks that were averages until now have no average of their own.
    const auto& [name, parameter] = learned().named()[i];
    const bool stored = file.Find("ema." + name) != nullptr;
    learned()
        .View(average_, i)
        .copy_(stored || name.find(".codebook") == std::string::npos
                   ? LoadNamed(file, "ema." + name, checkpoint.string())
                   : parameter);
  }
  optimizer_->Restore(file, checkpoint.string());
  if (adversary_) adversary_->Restore(file, checkpoint.string());
  auto generator = at::detail::getDefaultCPUGenerator();
  generator.set_state(LoadNamed(file, "rng.torch", checkpoint.string()));
  // Checkpoints of a run on a CPU, and those of earlier versions, have none.
  if (device_.is_cuda() && file.Find("rng.cuda") != nullptr) {
    auto cuda = at::globalContext().defaultGenerator(device_);
    cuda.set_state(LoadNamed(file, "rng.cuda", checkpoint.string()));
  }
  const auto json = nlohmann::json::parse(file.json);
  step_ = json.at("step").get<int64_t>();
  audio_seconds_ = json.at("audio_seconds").get<double>();
  skipped_steps_ = json.at("skipped_steps").get<int64_t>();
  best_mel_ = json.at("best_mel").get<double>();
  // Checkpoints of earlier versions have none of these.
  skipped_in_a_row_ = json.value("skipped_in_a_row", int64_t{0});
  if (json.contains("balancer")) balancer_.Restore(json["balancer"]);
  if (json.contains("loss_scaler")) scaler_.Restore(json["loss_scaler"]);
  std::istringstream(json.at("random").get<std::string>()) >> random_;
}

std::vector<std::string> Trainer::Initialise(const std::filesystem::path& model) {
  torch::NoGradGuard no_grad;
  auto new_blocks = LoadWeights(*codec_, model.string());
  average_.copy_(learned().values());
  return new_blocks;
}

}  // namespace motet::trainer
