// The program `ffmpeg`, where it is installed, for what libsndfile does not read.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "motet/status.h"

namespace motet::cli {

class Ffmpeg {
 public:
  // Begins to decode what the descriptor of a regular file holds. kNotFound: it is not installed.
  static Result<std::unique_ptr<Ffmpeg>> Start(int descriptor, const std::string& name);
  // Ends it if it has not ended.
  ~Ffmpeg();
  Ffmpeg(const Ffmpeg&) = delete;
  Ffmpeg& operator=(const Ffmpeg&) = delete;

  // The end of a pipe from which WAV comes, of float samples; for the caller to close.
  int TakeOutput();

  // Waits for its end, after all was read. kInvalidArgument with ffmpeg's own message if it failed,
  // or skipped a part that it could not read.
  Status Finish();

 private:
  explicit Ffmpeg(std::string name) : name_(std::move(name)) {}
  std::string name_;
  pid_t process_ = -1;
  int output_ = -1;
  int words_ = -1;  // a file for its messages
};

}  // namespace motet::cli
