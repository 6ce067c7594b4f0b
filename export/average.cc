#include "average.h"

#include <stdexcept>

#include "identity.h"

namespace motet::exporter {

TrainedModel Average(const std::vector<TrainedModel>& models,
                     const std::vector<std::string>& names) {
  if (models.size() < 2) throw std::runtime_error("an average is of two models or more");
  TrainedModel average = models.front();
  average.entropy.reset();
  average.info["averaged"] = nlohmann::json::array();
  for (size_t i = 0; i < models.size(); ++i) {
    if (models[i].config_json != average.config_json) {
      throw std::runtime_error(names[i] + ": its configuration is not that of " + names.front() +
                               ", so that there is no mean of their weights");
    }
    for (size_t j = 0; j < i; ++j) {
      if (models[j].identity == models[i].identity)
        throw std::runtime_error(names[i] + ": is the same model as " + names[j]);
    }
    average.info["averaged"].push_back(models[i].identity);
  }
  for (auto& [name, weight] : average.weights) {
    for (size_t value = 0; value < weight.values.size(); ++value) {
      double sum = 0;
      for (const TrainedModel& model : models)
        sum += static_cast<double>(model.weights.at(name).values[value]);
      weight.values[value] = static_cast<float>(sum / static_cast<double>(models.size()));
    }
  }
  average.identity = Identity(average.config_json, average.weights);
  return average;
}

}  // namespace motet::exporter
