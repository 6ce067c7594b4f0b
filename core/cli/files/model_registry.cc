#include "files/model_registry.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "files/input_file.h"

namespace motet::cli {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxRegistryBytes = 1 << 20;

// A text; "" where it is null or missing and need not be there.
bool Get(const Json& json, const char* key, bool is_needed, std::string* text) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return !is_needed;
  if (!found->is_string()) return false;
  *text = found->get<std::string>();
  return !text->empty();
}

}  // namespace

Result<std::vector<RegisteredModel>> ReadRegistry(const std::string& path) {
  const Result<std::vector<uint8_t>> bytes = ReadWhole(path, kMaxRegistryBytes);
  if (!bytes.ok()) return bytes.status();
  const Json json = Json::parse(*bytes, nullptr, false);
  const auto list = json.is_object() ? json.find("models") : json.end();
  if (list == json.end() || !list->is_array())
    return Status(StatusCode::kCorrupt, "'" + path + "' is no JSON object with a list 'models'");
  std::vector<RegisteredModel> models;
  for (const Json& entry : *list) {
    RegisteredModel model;
    const auto refuse = [&](const char* key) {
      return Status(StatusCode::kCorrupt,
                    fmt::format("'{}': '{}' of model {} is no text", path, key, models.size()));
    };
    if (!entry.is_object()) return refuse("name");
    for (const auto& [key, is_needed, text] : {std::tuple("name", true, &model.name),
                                               {"identity", true, &model.identity},
                                               {"codec_identity", true, &model.codec_identity},
                                               {"date", true, &model.date},
                                               {"licence", true, &model.licence},
                                               {"file", true, &model.file},
                                               {"released", false, &model.released},
                                               {"commit", false, &model.commit}}) {
      if (!Get(entry, key, is_needed, text)) return refuse(key);
    }
    models.push_back(std::move(model));
  }
  return models;
}

std::string DescribeModel(const std::vector<RegisteredModel>& models, const std::string& identity) {
  for (const RegisteredModel& model : models) {
    if (identity != model.identity && identity != model.codec_identity) continue;
    const std::string which = fmt::format("it is model {} of {}", model.name, model.date);
    if (!model.released.empty())
      return fmt::format("{}, '{}' of Motet {}", which, model.file, model.released);
    if (!model.commit.empty())
      return fmt::format(
          "{}, which was never released: its file is models/{} in commit {} of Motet's repository",
          which, model.file, model.commit);
    return fmt::format("{}, '{}'", which, model.file);
  }
  return {};
}

}  // namespace motet::cli
