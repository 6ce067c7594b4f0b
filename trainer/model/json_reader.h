// Strict reading of JSON objects for code that throws.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "model_config/nearest.h"
#include "model_config/object_reader.h"

namespace motet::trainer {

[[noreturn]] inline void FailConfig(const std::string& what) {
  throw std::runtime_error("configuration: " + what);
}

struct ThrowFault {
  [[noreturn]] void operator()(const std::string& what) const { FailConfig(what); }
};

// Reads the members of one JSON object. Throws std::runtime_error with the first fault.
class ObjectReader : public motet::ObjectReader<nlohmann::json, ThrowFault> {
  using Base = motet::ObjectReader<nlohmann::json, ThrowFault>;

 public:
  ObjectReader(const nlohmann::json& object, std::string path)
      : Base(&object, std::move(path), ThrowFault{}) {}

  const nlohmann::json& Member(const char* key) { return *Base::Member(key); }
  ObjectReader Object(const char* key) { return {Member(key), Path(key)}; }

  using Base::Number;
  double Number(const char* key) {
    constexpr double kAny = std::numeric_limits<double>::infinity();
    return Number(key, -kAny, kAny);
  }
};

}  // namespace motet::trainer
