// A `.motet` file or pipe as a sequence of events that never asks for input.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "files/feeder.h"
#include "motet/model.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

class StreamFile {
 public:
  // `model` is for entropy-coded packets, which are only counted without it.
  static Result<StreamFile> Open(const std::string& path,
                                 std::shared_ptr<const Model> model = nullptr);

  // The next event other than kNeedInput.
  Result<StreamEvent> Next();

  const StreamReader& reader() const { return reader_; }
  uint64_t bytes_read() const { return input_.bytes_read(); }
  // Of the whole file; 0 for a pipe.
  uint64_t file_bytes() const { return input_.file().bytes(); }

 private:
  StreamFile(InputFile file, StreamReader reader);

  Feeder input_;
  StreamReader reader_;
};

}  // namespace motet::cli
