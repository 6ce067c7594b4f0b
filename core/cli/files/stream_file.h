// A `.motet` file or pipe as a sequence of events that never asks for input.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "files/feeder.h"
#include "files/model_finder.h"
#include "motet/model.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

class StreamFile {
 public:
  // Without a model: entropy-coded packets are only counted.
  static Result<StreamFile> Open(const std::string& path);
  // With the model that the stream names.
  static Result<StreamFile> Open(const std::string& path, ModelFinder& models);

  // The next event other than kNeedInput.
  Result<StreamEvent> Next();

  const StreamReader& reader() const { return reader_; }
  const std::shared_ptr<const Model>& model() const { return model_; }  // null without one
  uint64_t bytes_read() const { return input_.bytes_read(); }
  // Of the whole file; 0 for a pipe.
  uint64_t file_bytes() const { return input_.file().bytes(); }

 private:
  StreamFile(Feeder input, const std::string& path, std::shared_ptr<const Model> model);

  Feeder input_;
  std::shared_ptr<const Model> model_;
  StreamReader reader_;
};

}  // namespace motet::cli
