// Event files that TensorBoard reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "logging/image.h"
#include "logging/record_file.h"
#include "logging/sound.h"

namespace motet::logging {

// One file of events of a run. Files of one folder are one run to TensorBoard.
class EventFile {
 public:
  // Makes folder and file, DIR/events.out.tfevents.<seconds>.<host>.<process>. TensorBoard then
  // forgets what earlier files of the folder say of steps from `first_step` on: a run that goes on
  // from a checkpoint repeats the steps after it. Throws std::runtime_error that names the file.
  EventFile(const std::filesystem::path& dir, std::int64_t first_step);

  void Scalar(const std::string& tag, std::int64_t step, double value);
  void Image(const std::string& tag, std::int64_t step, const RgbImage& image);
  void Audio(const std::string& tag, std::int64_t step, const Sound& sound);
  // Markdown.
  void Text(const std::string& tag, std::int64_t step, const std::string& text);
  void Flush() { file_.Flush(); }

 private:
  RecordFile file_;
};

}  // namespace motet::logging
