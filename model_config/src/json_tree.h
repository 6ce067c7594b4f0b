// JSON text as a value, without exceptions.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace motet {

// Makes a value of what the library's parser finds. Its json::parse would do the same, with a
// callback for each value that nobody wants here and that takes 4 KB of a WebAssembly module.
class JsonTree final : public nlohmann::json::json_sax_t {
 public:
  using json = nlohmann::json;

  // Nothing if the text is not valid JSON.
  static std::optional<json> Of(std::string_view text) {
    JsonTree tree;
    if (!json::sax_parse(text, &tree)) return std::nullopt;
    return std::move(tree.root_);
  }

  bool null() override { return Put(nullptr); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(json::number_integer_t value) override { return Put(value); }
  bool number_unsigned(json::number_unsigned_t value) override { return Put(value); }
  bool number_float(json::number_float_t value, const std::string& /*text*/) override {
    return Put(value);
  }
  bool string(std::string& value) override { return Put(std::move(value)); }
  bool binary(json::binary_t& /*value*/) override { return false; }  // there is none in text
  bool start_object(size_t /*size*/) override { return Open(json::object()); }
  bool key(std::string& name) override {
    name_ = std::move(name);
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(size_t /*size*/) override { return Open(json::array()); }
  bool end_array() override { return Close(); }
  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const json::exception& /*error*/) override {
    return false;
  }

 private:
  bool Put(json value) {
    Place() = std::move(value);
    return true;
  }
  bool Open(json value) {
    json& place = Place();
    place = std::move(value);
    open_.push_back(&place);
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  // Where the next value goes. What is open is not moved until it is closed.
  json& Place() {
    if (open_.empty()) return root_;
    json& parent = *open_.back();
    if (parent.is_object()) return parent[name_];
    parent.push_back(nullptr);
    return parent.back();
  }

  json root_;
  std::vector<json*> open_;  // from the outermost on
  std::string name_;         // of the next value of an object
};

}  // namespace motet
