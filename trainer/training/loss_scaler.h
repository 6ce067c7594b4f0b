// Dynamic loss scaling for products in fp16, whose range ends at 65504 and 6e-8 (Micikevicius et
// al. 2018, "Mixed Precision Training").
#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace motet::trainer {

// Losses are multiplied by a power of two before the gradient is taken, and the gradient is divided
// by it again. An overflow halves the scale; 2000 steps without one double it.
class LossScaler {
 public:
  explicit LossScaler(bool enabled) : enabled_(enabled), scale_(enabled ? 65536 : 1) {}

  bool enabled() const { return enabled_; }
  double scale() const { return scale_; }

  // Once per step, after looking at the gradient. True if a gradient that is not finite is no more
  // than an overflow, which a smaller scale may cure.
  bool Update(bool finite) {
    if (!enabled_) return false;
    if (finite) {
      if (++good_steps_ >= kPatience) {
        scale_ = std::min(scale_ * 2, kLargest);
        good_steps_ = 0;
      }
      return false;
    }
    good_steps_ = 0;
    if (scale_ <= 1) return false;
    scale_ /= 2;
    return true;
  }

  nlohmann::json State() const { return {{"scale", scale_}, {"good_steps", good_steps_}}; }
  void Restore(const nlohmann::json& state) {
    if (!enabled_) return;
    scale_ = state.at("scale").get<double>();
    good_steps_ = state.at("good_steps").get<int64_t>();
  }

 private:
  static constexpr int64_t kPatience = 2000;
  static constexpr double kLargest = 16777216;
  bool enabled_;
  double scale_;
  int64_t good_steps_ = 0;
};

}  // namespace motet::trainer
