// How many steps a run can take in a given time.
#pragma once

#include <torch/torch.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "training/config.h"

namespace motet::trainer {

// A configuration in which everything is all the time as `json` has it at a step: what is scheduled
// there is a number, and discriminators are there from the beginning or never.
nlohmann::json ConstantAt(const nlohmann::json& json, int64_t step);

// Steps of `step_seconds`, and a validation of `validation_seconds` after each
// `training.validate_every` of them and at the end, that fit into `seconds`: a multiple of
// `training.local_steps`, and one of these at least.
int64_t StepsFor(double seconds, double step_seconds, double validation_seconds,
                 const LoopConfig& config);

// The same for the run that a configuration describes, with the rest of `seconds` that measuring
// leaves. Steps are measured for some ten seconds each as they are early, in the middle and late in
// the run, where these differ, on the configuration's own data and with all ranks; a validation of
// `clips` once. Steps that the configuration gives as numbers are taken as parts of its
// `training.steps`. The same on every rank.
int64_t StepsThatFit(const Configuration& config, double seconds, const torch::Tensor& clips,
                     const std::vector<int64_t>& qualities);

}  // namespace motet::trainer
