#include "training/fit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "distributed/ranks.h"
#include "training/batch_loader.h"
#include "training/schedule.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kTrialSeconds = 10;
constexpr int64_t kFewestSteps = 4;
constexpr double kMargin = 0.99;  // of the time: checkpoints take some, too

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool IsSchedule(const nlohmann::json& json) {
  return json.is_array() && !json.empty() &&
         std::all_of(json.begin(), json.end(), [](const auto& point) {
           return point.is_array() && point.size() == 2 && point[0].is_number() &&
                  point[1].is_number();
         });
}

void MakeConstant(nlohmann::json& json, int64_t step, int64_t steps) {
  for (auto& member : json) {
    if (IsSchedule(member)) {
      constexpr double kAny = std::numeric_limits<double>::max();
      member = Schedule::Parse(member, "", -kAny, kAny, steps).At(step);
    } else if (member.is_object()) {
      MakeConstant(member, step, steps);
    }
  }
}

// Seconds of a step of this configuration, and into `validation` those of a validation.
double MeasureStep(const Configuration& config, const torch::Tensor& clips,
                   const std::vector<int64_t>& qualities, double& validation) {
  Trainer trainer(config);
  BatchLoader loader(config, 0);
  const int64_t together = std::max(kFewestSteps, config.training.local_steps);
  const auto take = [&] {  // up to a step that all ranks take together
    do trainer.TrainStep(loader.Next());
    while (trainer.step() % together != 0 || !trainer.RanksAgree());
    AnyRank(false);
  };
  take();  // memory is fetched and threads begin
  const auto start = Clock::now();
  const int64_t before = trainer.step();
  do take();
  while (AnyRank(SecondsSince(start) < kTrialSeconds));
  std::map<std::string, double> report = {
      {"seconds", SecondsSince(start) / static_cast<double>(trainer.step() - before)}};
  AverageReport(report);
  if (validation < 0 && IsFirstRank()) {
    const AloneGuard alone;
    const auto begun = Clock::now();
    trainer.ValidateAverage(clips, qualities);
    validation = SecondsSince(begun);
  }
  return report.at("seconds");
}

}  // namespace

nlohmann::json ConstantAt(const nlohmann::json& json, int64_t step) {
  nlohmann::json result = json;
  const auto steps = json.at("training").at("steps").get<int64_t>();
  MakeConstant(result, step, steps);
  auto& adversarial = result.at("adversarial");
  if (adversarial.at("start_step").get<int64_t>() <= step) {
    adversarial["start_step"] = 0;
  } else {
    result["losses"]["adversarial"] = 0;
    result["losses"]["feature_matching"] = 0;
  }
  return result;
}

int64_t StepsFor(double seconds, double step_seconds, double validation_seconds,
                 const LoopConfig& config) {
  const double each =
      step_seconds + validation_seconds / static_cast<double>(config.validate_every);
  const double fit = std::max(0.0, (seconds - validation_seconds) / each);
  const auto meetings = static_cast<int64_t>(fit) / config.local_steps;
  return std::max<int64_t>(1, meetings) * config.local_steps;
}

int64_t StepsThatFit(const Configuration& config, double seconds, const torch::Tensor& clips,
                     const std::vector<int64_t>& qualities) {
  const auto start = Clock::now();
  std::map<std::string, double> measured;  // by the configuration
  double validation = -1, sum = 0;
  int64_t parts = 0;
  for (const double share : {1.0 / 6, 1.0 / 2, 5.0 / 6}) {
    auto json =
        ConstantAt(config.json, std::llround(share * static_cast<double>(config.training.steps)));
    auto key = json;  // how large rates and weights are changes nothing of the time, but for zero
    key["optimizer"]["learning_rate"] = 0;
    key["adversarial"]["learning_rate"] = 0;
    for (auto& weight : key["losses"]) {
      if (weight.is_number_float() && weight.get<double>() > 0) weight = 1;
    }
    const auto [found, fresh] = measured.try_emplace(key.dump(), 0);
    if (fresh) found->second = MeasureStep(ParseConfiguration(json), clips, qualities, validation);
    sum += found->second;
    ++parts;
  }
  const double left = kMargin * seconds - SecondsSince(start);
  auto steps =
      torch::full({}, StepsFor(left, sum / static_cast<double>(parts), validation, config.training),
                  torch::dtype(torch::kInt64));
  CopyFromFirstRank({steps});
  return steps.item<int64_t>();
}

}  // namespace motet::trainer
