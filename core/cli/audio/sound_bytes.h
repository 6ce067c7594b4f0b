// The bytes of a sound file as libsndfile wants them: with positions, from a file or out of a pipe.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "audio/sound.h"
#include "files/input_file.h"
#include "motet/status.h"

namespace motet::cli {

// Positions count from where the input stood when it was opened. Of a pipe only the beginning is
// kept, which is what looking at it and opening it read: the rest comes once, in its order.
class SoundBytes {
 public:
  static constexpr uint64_t kNoEnd = std::numeric_limits<int64_t>::max() / 2;
  static constexpr size_t kMostKept = size_t{1} << 20;  // of a pipe

  explicit SoundBytes(InputFile file);
  SoundBytes(const SoundBytes&) = delete;
  SoundBytes& operator=(const SoundBytes&) = delete;

  const std::string& name() const { return file_.name(); }
  bool is_streamed() const { return !file_.is_regular(); }
  // Of the whole; kNoEnd if it is streamed.
  uint64_t bytes() const { return bytes_; }

  // Copies what lies at `at`, before anything was opened; less where the input ends, or where a
  // pipe would have to keep more than kMostKept. A failure to read is in failure().
  size_t Peek(uint64_t at, std::span<uint8_t> bytes);
  // Peek, and whether all of it is there.
  bool PeekAll(uint64_t at, std::span<uint8_t> bytes) { return Peek(at, bytes) == bytes.size(); }

  // Bytes that can be looked at without reading on.
  uint64_t kept_bytes() const { return is_streamed() ? kept_.size() : bytes_; }
  int descriptor() const { return file_.descriptor(); }

  // Puts all of a pipe into a temporary file, which has positions.
  Status Spool();

  // What libsndfile is to see in the place of the bytes at `at`.
  void Replace(uint64_t at, std::vector<uint8_t> bytes);
  // The part that libsndfile is to see as a whole file, with `front` before it.
  void Show(uint64_t begin, uint64_t end, std::vector<uint8_t> front = {});

  // Opens what is shown. `format`: all zeros, or of a file without a header. null: `why` is why
  // not, as the end of a sentence. This object stays in its place while the sound is open.
  Sound Open(SF_INFO* format, std::string* why);

  // Up to bytes.size() of the bytes that follow what was shown of a pipe, if they come at once.
  size_t ReadOn(std::span<uint8_t> bytes);
  // Reads a pipe to the end of what is shown of it. How many bytes it lacks.
  uint64_t ReadToEnd();
  // Of a file, or so far of a pipe.
  uint64_t read_bytes() const { return is_streamed() ? taken_ : bytes_; }

  const Status& failure() const { return failure_; }

 private:
  struct Patch {
    uint64_t at;
    std::vector<uint8_t> bytes;
  };
  static SoundBytes* Self(void* self) { return static_cast<SoundBytes*>(self); }

  uint64_t shown_bytes() const { return front_.size() + end_ - begin_; }
  sf_count_t Seek(sf_count_t offset, int whence);
  sf_count_t Read(std::span<uint8_t> bytes);
  size_t ReadAt(uint64_t at, std::span<uint8_t> bytes);
  size_t Take(std::span<uint8_t> bytes);

  InputFile file_;
  uint64_t base_ = 0;  // where a regular file stood
  uint64_t bytes_ = kNoEnd;
  std::vector<Patch> patches_;
  std::vector<uint8_t> front_;
  uint64_t begin_ = 0;
  uint64_t end_ = kNoEnd;
  uint64_t position_ = 0;  // in what is shown

  std::vector<uint8_t> kept_;  // beginning of a pipe
  uint64_t taken_ = 0;         // from the pipe
  bool keeps_ = true;
  Status failure_;
};

}  // namespace motet::cli
