// One model of several that were trained from the same beginning.
#pragma once

#include <string>
#include <vector>

#include "trained_model.h"

namespace motet::exporter {

// The mean of their weights, tensor by tensor, codebooks and folded layers included, as in "model
// soups" (Wortsman et al. 2022): often better than each of them, where they lie in one valley. It
// has the facts of the first and, as `averaged`, the identities of all; no entropy model, because
// its codes are others. `names` stand for the models in errors. Throws std::runtime_error if there
// are fewer than two, or the configuration of one is not that of the first.
TrainedModel Average(const std::vector<TrainedModel>& models,
                     const std::vector<std::string>& names);

}  // namespace motet::exporter
