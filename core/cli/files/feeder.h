// The bytes of a file or pipe, for whoever asks for input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "files/input_file.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

class Feeder {
 public:
  // Reads `chunk_bytes` at once.
  explicit Feeder(InputFile file, size_t chunk_bytes = 65536)
      : file_(std::move(file)), chunk_(chunk_bytes) {}

  // Gives a StreamReader or StreamDecoder that asked for input more bytes, or says that there are
  // none.
  template <typename Consumer>
  Status Feed(Consumer& consumer) {
    if (unread_.empty()) {
      const Result<size_t> got = file_.Read(chunk_);
      if (!got.ok()) return got.status();
      unread_ = std::span(chunk_).first(*got);
      bytes_read_ += *got;
    }
    if (unread_.empty()) {
      consumer.Finish();
    } else {
      unread_ = unread_.subspan(consumer.Push(unread_));
    }
    return {};
  }

  // The header of the stream that begins here, which is called before anything is fed; its bytes
  // are fed all the same. Errors are those of StreamReader; `name` stands for the stream in them.
  Result<StreamHeader> ReadHeader(const std::string& name);

  // Of a regular file: gives the bytes from `offset` on next.
  Status SeekTo(uint64_t offset) {
    unread_ = {};
    return file_.SeekTo(offset);
  }

  // To read it all once more. For a pipe, which is put into a temporary file, this is called before
  // anything is read.
  Status MakeRewindable() {
    if (file_.is_regular()) return {};
    was_regular_ = false;
    return file_.Spool({});
  }
  // Whether it can be opened once more instead.
  bool was_regular() const { return was_regular_; }
  Status Rewind() {
    unread_ = {};
    bytes_read_ = 0;
    return file_.Rewind();
  }

  uint64_t bytes_read() const { return bytes_read_; }
  const InputFile& file() const { return file_; }

 private:
  InputFile file_;
  std::vector<uint8_t> chunk_;
  std::vector<uint8_t> header_;      // and what was read with it, until it is fed
  std::span<const uint8_t> unread_;  // of chunk_ or header_
  uint64_t bytes_read_ = 0;
  bool was_regular_ = true;
};

}  // namespace motet::cli
