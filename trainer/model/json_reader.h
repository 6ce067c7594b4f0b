// Strict reading of JSON objects: every key is asked for once, and the rest are errors.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/nearest.h"

namespace motet::trainer {

[[noreturn]] inline void FailConfig(const std::string& what) {
  throw std::runtime_error("configuration: " + what);
}

// Reads the members of one JSON object and complains about those nobody asked for.
class ObjectReader {
 public:
  ObjectReader(const nlohmann::json& object, std::string path)
      : object_(object), path_(std::move(path)) {
    if (!object.is_object()) FailConfig("'" + path_ + "' must be an object");
  }

  const nlohmann::json& Member(const char* key) {
    seen_.insert(key);
    const auto it = object_.find(key);
    if (it == object_.end()) FailConfig("key '" + Path(key) + "' is missing");
    return *it;
  }

  int64_t Integer(const char* key, int64_t low, int64_t high) {
    const nlohmann::json& value = Member(key);
    if (!value.is_number_integer())
      FailConfig("'" + Path(key) + "' must be an integer, not " + value.dump());
    const auto number = value.get<int64_t>();
    if (number < low || number > high) {
      FailConfig("'" + Path(key) + "' is " + value.dump() + ", wanted " + std::to_string(low) +
                 ".." + std::to_string(high));
    }
    return number;
  }

  double Number(const char* key) {
    const nlohmann::json& value = Member(key);
    if (!value.is_number()) FailConfig("'" + Path(key) + "' must be a number, not " + value.dump());
    return value.get<double>();
  }

  double Number(const char* key, double low, double high) {
    const double number = Number(key);
    if (!(number >= low && number <= high)) {
      FailConfig("'" + Path(key) + "' is " + Member(key).dump() + ", wanted " +
                 nlohmann::json(low).dump() + " to " + nlohmann::json(high).dump());
    }
    return number;
  }

  std::string Text(const char* key) {
    const nlohmann::json& value = Member(key);
    if (!value.is_string()) FailConfig("'" + Path(key) + "' must be a string, not " + value.dump());
    return value.get<std::string>();
  }

  bool Flag(const char* key) {
    const nlohmann::json& value = Member(key);
    if (!value.is_boolean())
      FailConfig("'" + Path(key) + "' must be true or false, not " + value.dump());
    return value.get<bool>();
  }

  std::string Choice(const char* key, const std::vector<std::string>& known) {
    const std::string value = Text(key);
    std::string list;
    for (const auto& candidate : known) {
      if (value == candidate) return value;
      list += (list.empty() ? "" : candidate == known.back() ? " or " : ", ") + candidate;
    }
    FailConfig("'" + Path(key) + "' is '" + value + "', wanted " + list);
  }

  ObjectReader Object(const char* key) { return {Member(key), Path(key)}; }

  void Done() const {
    for (const auto& [key, value] : object_.items()) {
      if (seen_.count(key)) continue;
      const std::string nearest = Nearest(key, seen_);
      FailConfig("unknown key '" + Path(key) + "'" +
                 (nearest.empty() ? "" : "; did you mean '" + Path(nearest) + "'?"));
    }
  }

  // "losses.mel", for messages.
  std::string Path(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

 private:
  const nlohmann::json& object_;
  std::string path_;
  std::set<std::string> seen_;
};

}  // namespace motet::trainer
