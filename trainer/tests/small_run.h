// A training configuration and batches small enough for tests.
#pragma once

#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/tiny_model.h"

namespace motet::trainer {

inline nlohmann::json BaseJson() {
  std::ifstream in(std::filesystem::path(MOTET_TRAINER_SOURCE) / "configs" / "base.json");
  return nlohmann::json::parse(in);
}

// The settings of base.json around the tiny model.
inline nlohmann::json SmallRunJson() {
  auto json = BaseJson();
  json["model"] = TinyModelJson();
  json["training"]["steps"] = 100;
  json["training"]["device"] = "cpu";
  json["optimizer"]["warmup_steps"] = 5;
  json["optimizer"]["learning_rate"] = 2e-3;
  return json;
}

// Half a second of a tone in noise, other noise for other numbers: [2, 2, 24 packets].
inline torch::Tensor SmallBatch(int64_t number) {
  torch::manual_seed(100 + number);
  const auto noise = torch::randn({2, 2, 1024 * 24}) * 0.05;
  const auto t = torch::arange(1024 * 24, torch::kFloat32) / 44100;
  return noise + 0.3 * torch::sin(2 * M_PI * 330 * t);
}

inline std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace motet::trainer
