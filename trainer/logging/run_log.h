// Everything that a run writes about itself, apart from checkpoints.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "logging/event_file.h"
#include "logging/sound.h"

namespace motet::logging {

// In the folder of a run:
//   config.json    the resolved configuration
//   run.json       a list: when, where, by which program and on what the run was started or resumed
//   log.jsonl      one JSON object per line, as given to Training() and Validation()
//   metrics.csv    the same numbers, a row each: step,tag,value
//   tensorboard/   the same numbers, sounds and spectrograms for TensorBoard
//
// A number's tag is its path in the line behind the kind: train/loss, validation/mel/6.
class RunLog {
 public:
  // `step`: where the run starts or goes on. What the files say of later steps is dropped, so that
  // a resumed run reads like one that was never stopped. Throws std::runtime_error that names the
  // file.
  RunLog(const std::filesystem::path& run, std::int64_t step, const nlohmann::json& configuration);

  // Appends `facts` to run.json, with time, host, version and commit added.
  void Start(nlohmann::json facts);

  // Lines are objects with a member "step"; numbers inside may nest in objects and lists.
  void Training(const nlohmann::json& line);
  void Validation(const nlohmann::json& line);

  // The decoded sound, both spectrograms (original above), and, with `with_original`, the original.
  void Sample(std::int64_t step, const std::string& name, const Sound& original,
              const Sound& decoded, bool with_original);

 private:
  void Numbers(std::int64_t step, const std::string& tag, const nlohmann::json& value);
  void Flush();

  std::filesystem::path run_;
  std::int64_t step_;
  std::ofstream lines_, csv_;
  EventFile events_;
};

}  // namespace motet::logging
