// A `.motet` file or pipe as samples: a StreamDecoder that never asks for input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "files/feeder.h"
#include "files/model_finder.h"
#include "motet/model.h"
#include "motet/status.h"
#include "motet/stream_decoder.h"

namespace motet::cli {

class DecodedFile {
 public:
  struct Options {
    size_t chunk_bytes = 65536;  // that are read at once
    bool is_read_twice = false;  // a pipe then goes through a temporary file
    StreamDecoderOptions decoder = {};
  };
  // Reads the header and finds the model that it names. `name` stands for the stream in errors; "-"
  // is standard input.
  static Result<std::unique_ptr<DecodedFile>> Open(InputFile file, const std::string& name,
                                                   ModelFinder& models, const Options& options);

  // The next block other than kNeedInput.
  Result<StreamBlock> Next();

  // Everything once more, if that was asked for.
  Status Rewind();

  // After the header: whether the file is regular and can be searched, and goes on at this sample
  // (StreamDecoder::Seek).
  bool is_seekable() const { return input_.file().is_regular() && !is_standard_input_; }
  Status Seek(uint64_t sample);

  const StreamDecoder& decoder() const { return *decoder_; }
  uint64_t bytes_read() const { return input_.bytes_read(); }

 private:
  DecodedFile(InputFile file, const std::string& name, const Options& options);
  Status CreateDecoder();

  Feeder input_;
  bool is_standard_input_;  // which may stand anywhere
  std::string name_;
  std::shared_ptr<const Model> model_;
  StreamDecoderOptions options_;
  std::unique_ptr<StreamDecoder> decoder_;
};

}  // namespace motet::cli
