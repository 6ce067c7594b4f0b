// A file of the web, through the program curl, which runs beside this one.
#pragma once

#include <sys/types.h>

#include <string>

#include "motet/status.h"

namespace motet::cli {

bool IsUrl(const std::string& text);  // of http or https

class Download {
 public:
  // kNotFound if curl is not installed.
  static Result<Download> Start(const std::string& url);
  Download(Download&& other) noexcept;
  Download& operator=(Download&&) = delete;
  ~Download();

  // A pipe that gives what comes, as a file that can be opened.
  const std::string& path() const { return path_; }

  // After the pipe's end: whether that was the end of the file. kIo with curl's reason if not.
  Status Finish();

 private:
  Download() = default;
  std::string url_;
  std::string path_;
  int descriptor_ = -1;
  pid_t process_ = -1;
};

}  // namespace motet::cli
