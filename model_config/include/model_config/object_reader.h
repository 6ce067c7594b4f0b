// Strict reading of JSON objects: every key is asked for once, and the rest are errors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model_config/nearest.h"

namespace motet {

// Reads the members of one object. Each fault is reported to `OnFault`, one sentence that names
// the key; what was asked for is then 0 or empty. `Json` is a parameter, because programs that
// throw and libraries that do not must not share its code (model_config/CMakeLists.txt).
template <typename Json, typename OnFault>
class ObjectReader {
 public:
  // `path` names the object in messages and is empty for the whole text. No object: its absence was
  // a fault already.
  ObjectReader(const Json* object, std::string path, OnFault on_fault)
      : object_(object), path_(std::move(path)), on_fault_(std::move(on_fault)) {
    if (object_ != nullptr && !object_->is_object()) {
      object_ = nullptr;
      Fail(path_.empty() ? "the configuration is not an object"
                         : "'" + path_ + "' is not an object");
    }
  }

  // The member, or null after a fault.
  const Json* Member(const char* key) {
    const Json* member = Known(key);
    if (object_ != nullptr && member == nullptr) Fail("missing key '" + Path(key) + "'");
    return member;
  }

  ObjectReader Object(const char* key) { return {Member(key), Path(key), on_fault_}; }

  // A part that may be absent: nothing if there is no such key.
  std::optional<ObjectReader> Optional(const char* key) {
    const Json* member = Known(key);
    if (member == nullptr) return std::nullopt;
    return ObjectReader(member, Path(key), on_fault_);
  }

  int64_t Integer(const char* key, int64_t min, int64_t max) {
    const Json* member = Member(key);
    return member == nullptr ? 0 : CheckInteger(*member, "'" + Path(key) + "'", min, max);
  }

  // A key that may be absent: then `absent`.
  int64_t IntegerOr(const char* key, int64_t absent, int64_t min, int64_t max) {
    const Json* member = Known(key);
    return member == nullptr ? absent : CheckInteger(*member, "'" + Path(key) + "'", min, max);
  }

  double Number(const char* key, double min, double max) {
    const Json* member = Member(key);
    if (member == nullptr) return 0;
    const double value = member->is_number() ? member->template get<double>() : NAN;
    if (value >= min && value <= max) return value;
    std::string wanted = "a number";
    if (std::isfinite(min) || std::isfinite(max))
      wanted += " from " + Shown(Json(min)) + " to " + Shown(Json(max));
    Refuse(key, *member, wanted);
    return 0;
  }

  bool Flag(const char* key) {
    const Json* member = Member(key);
    if (member == nullptr) return false;
    if (member->is_boolean()) return member->template get<bool>();
    Refuse(key, *member, "true or false");
    return false;
  }

  std::string Text(const char* key) {
    const Json* member = Member(key);
    if (member == nullptr) return {};
    if (const auto* text = member->template get_ptr<const typename Json::string_t*>()) return *text;
    Refuse(key, *member, "a string");
    return {};
  }

  // One of the words in `known`, which is not empty.
  std::string Choice(const char* key, const std::vector<std::string>& known) {
    const Json* member = Member(key);
    if (member == nullptr) return {};
    const auto* const text = member->template get_ptr<const typename Json::string_t*>();
    std::string list;
    for (const std::string& word : known) {
      if (text != nullptr && *text == word) return word;
      list += (list.empty() ? "" : &word == &known.back() ? " or " : ", ") + ("\"" + word + "\"");
    }
    Refuse(key, *member, list);
    return {};
  }

  // A list of whole numbers from 0 to `max`.
  std::vector<int64_t> Integers(const char* key, size_t max_length, int64_t max) {
    std::vector<int64_t> values;
    const Json* member = Member(key);
    if (member == nullptr) return values;
    if (!member->is_array() || member->size() > max_length) {
      Refuse(key, *member, "a list of at most " + std::to_string(max_length) + " integers");
      return values;
    }
    for (const Json& entry : *member) {
      values.push_back(CheckInteger(entry, "an entry of '" + Path(key) + "'", 0, max));
    }
    return values;
  }

  // A list of strings that may be absent, and is then empty.
  std::vector<std::string> TextsOr(const char* key, size_t max_length) {
    const Json* member = Known(key);
    if (member == nullptr) return {};
    std::vector<std::string> texts;
    if (!member->is_array() || member->empty() || member->size() > max_length) {
      Refuse(key, *member, "a list of 1 to " + std::to_string(max_length) + " strings");
      return {};
    }
    for (const Json& entry : *member) {
      const auto* const text = entry.template get_ptr<const typename Json::string_t*>();
      if (text == nullptr) {
        Fail("an entry of '" + Path(key) + "' is " + Shown(entry) + ", wanted a string");
        return {};
      }
      texts.push_back(*text);
    }
    return texts;
  }

  // The member must be there; its value is not looked at.
  void Ignore(const char* key) { (void)Member(key); }

  // To be called last: members that nobody asked for are faults.
  void Done() {
    if (object_ == nullptr) return;
    for (const auto& [key, value] : object_->items()) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      const std::string nearest = Nearest(key, known_);
      Fail("unknown key '" + Path(Printable(key)) + "'" +
           (nearest.empty() ? "" : "; did you mean '" + Path(nearest) + "'?"));
    }
  }

  // The key with what it lies in: "encoder.mid.width".
  std::string Path(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

  // A value of the wrong type or out of range.
  void Refuse(const char* key, const Json& found, const std::string& wanted) {
    Fail("'" + Path(key) + "' is " + Shown(found) + ", wanted " + wanted);
  }
  void Fail(const std::string& what) { on_fault_(what); }

 private:
  const Json* Known(const char* key) {
    if (object_ == nullptr) return nullptr;
    known_.emplace_back(key);
    const auto found = object_->find(key);
    return found == object_->end() ? nullptr : &*found;
  }

  int64_t CheckInteger(const Json& value, const std::string& what, int64_t min, int64_t max) {
    // Numbers above the range of int64_t are unsigned; what they become is below 0.
    if (value.is_number_integer()) {
      const auto number = value.template get<int64_t>();
      const bool wraps = value.is_number_unsigned() && number < 0;
      if (!wraps && number >= min && number <= max) return number;
    }
    std::string wanted = std::to_string(min);
    if (max != min) wanted += " to " + std::to_string(max);
    Fail(what + " is " + Shown(value) + ", wanted " + wanted);
    return min;
  }

  // A value for an error message: never long, and printable ASCII.
  static std::string Shown(const Json& value) {
    // Their text is made by recursion, as deep as a hostile file nests them.
    if (value.is_array()) return "a list";
    if (value.is_object()) return "an object";
    return Shortened(value.dump(-1, ' ', true, Json::error_handler_t::replace));
  }
  // The same for a key that the file chose, without quotation marks.
  static std::string Printable(const std::string& key) {
    const std::string text = Json(key).dump(-1, ' ', true, Json::error_handler_t::replace);
    return Shortened(text.substr(1, text.size() - 2));
  }
  static std::string Shortened(const std::string& text) {
    return text.size() > 40 ? text.substr(0, 37) + "..." : text;
  }

  const Json* object_;
  std::string path_;
  OnFault on_fault_;
  std::vector<std::string> known_;
};

}  // namespace motet
