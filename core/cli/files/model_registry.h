// The list of all models that there were (models/index.json; models/README.md describes it).
#pragma once

#include <string>
#include <vector>

#include "motet/status.h"

namespace motet::cli {

inline constexpr const char* kRegistryFileName = "index.json";

struct RegisteredModel {
  std::string name;
  std::string identity;        // 16 hexadecimal digits, which streams name
  std::string codec_identity;  // of its streams of fixed width
  std::string date;            // when it was made: 2026-11-28
  std::string licence;
  std::string file;      // beside the registry
  std::string released;  // the first version of Motet that has it; empty: none has
  std::string commit;    // of Motet's repository that has the file; empty: it lies there still
};

// The newest comes first. kCorrupt names what is wrong and where.
Result<std::vector<RegisteredModel>> ReadRegistry(const std::string& path);

// What a registry knows of a model, as a part of a sentence: "it is model 14 of 2026-11-23, …".
// Empty if the model is none of these.
std::string DescribeModel(const std::vector<RegisteredModel>& models, const std::string& identity);

}  // namespace motet::cli
