// A `.motet` file or pipe as a sequence of events that never asks for input.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "files/input_file.h"
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
  uint64_t bytes_read() const { return bytes_read_; }
  // Of the whole file; 0 for a pipe.
  uint64_t file_bytes() const { return file_.bytes(); }

 private:
  StreamFile(InputFile file, StreamReader reader);

  InputFile file_;
  StreamReader reader_;
  std::vector<uint8_t> chunk_;
  size_t chunk_begin_ = 0;  // of what the reader has not taken yet
  size_t chunk_end_ = 0;
  uint64_t bytes_read_ = 0;
};

}  // namespace motet::cli
