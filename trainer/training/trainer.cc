#include "training/trainer.h"

#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "training/checkpoint.h"

namespace motet::trainer {
namespace {

torch::Device ChooseDevice(const std::string& name) {
  if (name == "cpu" || (name == "auto" && !torch::cuda::is_available())) return torch::kCPU;
  if (name != "cuda" && name != "auto") {
    throw std::runtime_error(
        fmt::format("'training.device' is '{}', wanted auto, cpu or cuda", name));
  }
  if (!torch::cuda::is_available())
    throw std::runtime_error("'training.device' is cuda, but LibTorch finds no CUDA device");
  return torch::kCUDA;
}

}  // namespace

Trainer::Trainer(Configuration config)
    : config_(std::move(config)),
      device_(ChooseDevice(config_.training.device)),
      codec_(nullptr),
      loss_(config_.losses, config_.model),
      random_(static_cast<uint64_t>(config_.training.seed)) {
  SetTrainingPrecision(config_.training.precision == "bf16" ? Precision::kBFloat16
                                                            : Precision::kFloat32);
  torch::manual_seed(config_.training.seed);
  codec_ = Codec(config_.model);
  codec_->to(device_);
  loss_.To(device_);
  parameters_ = codec_->parameters();
  for (const auto& parameter : parameters_) average_.push_back(parameter.detach().clone());

  // Weight decay acts on matrices alone.
  std::vector<torch::Tensor> matrices, vectors;
  for (const auto& parameter : parameters_)
    (parameter.dim() > 1 ? matrices : vectors).push_back(parameter);
  const auto options = [&](double decay) {
    auto result =
        std::make_unique<torch::optim::AdamWOptions>(config_.optimizer.learning_rate.At(0));
    result->betas({config_.optimizer.beta1, config_.optimizer.beta2}).weight_decay(decay);
    return result;
  };
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(matrices, options(config_.optimizer.weight_decay));
  groups.emplace_back(vectors, options(0));
  optimizer_ = std::make_unique<torch::optim::AdamW>(
      groups, torch::optim::AdamWOptions(config_.optimizer.learning_rate.At(0)));
}

int64_t Trainer::parameters() const {
  int64_t count = 0;
  for (const auto& parameter : parameters_) count += parameter.numel();
  return count;
}

torch::Tensor Trainer::DrawQualities(int64_t items) {
  const auto highest = static_cast<int64_t>(config_.model.ladder().size());
  auto quality = torch::empty({items}, torch::kInt64);
  std::uniform_real_distribution<double> uniform;
  for (int64_t i = 0; i < items; ++i) {
    const double u = uniform(random_);
    const double default_share = config_.training.default_quality_share.At(step_);
    const double highest_share = config_.training.highest_quality_share.At(step_);
    if (u < default_share) {
      quality[i] = config_.model.default_quality;
    } else if (u < default_share + highest_share) {
      quality[i] = highest;
    } else {
      quality[i] = std::uniform_int_distribution<int64_t>(1, highest)(random_);
    }
  }
  return quality.to(device_);
}

std::map<std::string, double> Trainer::TrainStep(const torch::Tensor& batch) {
  codec_->train();
  codec_->FreezeNorm(step_ >= config_.training.freeze_norm_step);
  const double learning_rate = config_.optimizer.LearningRateAt(step_, config_.training.steps);
  for (auto& group : optimizer_->param_groups())
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(learning_rate);

  const auto x = batch.to(device_);
  const auto output = codec_(x, DrawQualities(x.size(0)));
  const LossWeights weights = config_.losses.WeightsAt(step_);
  const int64_t delay = config_.model.delay(), length = x.size(2) - delay;
  LossTerms terms = loss_.SignalTerms(x.narrow(2, 0, length), output.audio.narrow(2, delay, length),
                                      weights, random_);
  terms.merge(loss_.CodeTerms(x, output, weights));
  const auto total = WeightedSum(terms, weights);
  optimizer_->zero_grad();
  total.backward();
  const double norm = torch::nn::utils::clip_grad_norm_(parameters_, config_.optimizer.clip);

  std::map<std::string, double> report;
  for (const auto& [name, value] : terms) report[name] = value.item<double>();
  report["loss"] = total.item<double>();
  report["gradient_norm"] = norm;
  report["learning_rate"] = learning_rate;
  report.merge(ScheduledValues(config_, step_));
  if (std::isfinite(norm) && std::isfinite(report["loss"])) {
    optimizer_->step();
    torch::NoGradGuard no_grad;
    // Early on the average follows faster, or it would remember the random start.
    const double decay =
        std::min(config_.optimizer.ema_decay,
                 (1.0 + static_cast<double>(step_)) / (10.0 + static_cast<double>(step_)));
    for (size_t i = 0; i < parameters_.size(); ++i) average_[i].lerp_(parameters_[i], 1 - decay);
  } else {
    ++skipped_steps_;
  }
  ++step_;
  audio_seconds_ +=
      static_cast<double>(x.size(0) * x.size(2)) / static_cast<double>(config_.model.sample_rate);
  return report;
}

ValidationResult Trainer::ValidateAverage(const torch::Tensor& clips,
                                          const std::vector<int64_t>& qualities) {
  torch::NoGradGuard no_grad;
  const auto exchange = [&] {
    for (size_t i = 0; i < parameters_.size(); ++i) {
      const auto current = parameters_[i].clone();
      parameters_[i].copy_(average_[i]);
      average_[i].copy_(current);
    }
  };
  exchange();
  auto result = Validate(codec_, clips, qualities, loss_.mel());
  exchange();
  return result;
}

void Trainer::Checkpoint(const std::filesystem::path& path) const {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : NamedState(*codec_))
    tensors.push_back(StoreTensor("model." + name, tensor));
  const auto named = codec_->named_parameters();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = named[i].key();
    tensors.push_back(StoreTensor("ema." + name, average_[i]));
    const auto found =
        optimizer_->state().find(c10::guts::to_string(parameters_[i].unsafeGetTensorImpl()));
    if (found == optimizer_->state().end()) continue;
    const auto& state = static_cast<const torch::optim::AdamWParamState&>(*found->second);
    tensors.push_back(StoreTensor("optimizer.exp_avg." + name, state.exp_avg()));
    tensors.push_back(StoreTensor("optimizer.exp_avg_sq." + name, state.exp_avg_sq()));
    tensors.push_back(
        StoreTensor("optimizer.step." + name, torch::tensor(state.step(), torch::kInt64)));
  }
  tensors.push_back(StoreTensor("rng.torch", at::detail::getDefaultCPUGenerator().get_state()));
  std::ostringstream random;
  random << random_;
  const nlohmann::json json = {{"model", config_.json["model"]},
                               {"configuration", config_.json},
                               {"step", step_},
                               {"audio_seconds", audio_seconds_},
                               {"skipped_steps", skipped_steps_},
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
  const auto wanted = [&](const std::string& name) -> const NamedTensor& {
    const NamedTensor* stored = file.Find(name);
    if (stored == nullptr)
      throw std::runtime_error(
          fmt::format("{}: tensor '{}' is missing", checkpoint.string(), name));
    return *stored;
  };
  const auto named = codec_->named_parameters();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = named[i].key();
    average_[i].copy_(LoadTensor(wanted("ema." + name)));
    if (file.Find("optimizer.step." + name) == nullptr) continue;
    auto state = std::make_unique<torch::optim::AdamWParamState>();
    state->step(LoadTensor(wanted("optimizer.step." + name)).item<int64_t>());
    state->exp_avg(LoadTensor(wanted("optimizer.exp_avg." + name)).to(device_));
    state->exp_avg_sq(LoadTensor(wanted("optimizer.exp_avg_sq." + name)).to(device_));
    optimizer_->state()[c10::guts::to_string(parameters_[i].unsafeGetTensorImpl())] =
        std::move(state);
  }
  auto generator = at::detail::getDefaultCPUGenerator();
  generator.set_state(LoadTensor(wanted("rng.torch")));
  const auto json = nlohmann::json::parse(file.json);
  step_ = json.at("step").get<int64_t>();
  audio_seconds_ = json.at("audio_seconds").get<double>();
  skipped_steps_ = json.at("skipped_steps").get<int64_t>();
  best_mel_ = json.at("best_mel").get<double>();
  std::istringstream(json.at("random").get<std::string>()) >> random_;
}

void Trainer::Initialise(const std::filesystem::path& model) {
  torch::NoGradGuard no_grad;
  LoadWeights(*codec_, model.string());
  for (size_t i = 0; i < parameters_.size(); ++i) average_[i].copy_(parameters_[i]);
}

}  // namespace motet::trainer
