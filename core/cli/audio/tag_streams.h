// What TagLib reads and writes, as it wants it.
#pragma once

#include <taglib/tiostream.h>

#include "audio/sound_bytes.h"
#include "files/output_file.h"
#include "motet/status.h"

// TagLib counts in long.
// NOLINTBEGIN(google-runtime-int)
namespace motet::cli {

// The bytes of a sound file, for reading; of a pipe those that were kept.
class SoundTagStream final : public TagLib::IOStream {
 public:
  explicit SoundTagStream(SoundBytes& bytes) : bytes_(bytes) {}

  TagLib::FileName name() const override { return ""; }
  TagLib::ByteVector readBlock(unsigned long length) override;
  void writeBlock(const TagLib::ByteVector&) override {}
  void insert(const TagLib::ByteVector&, unsigned long, unsigned long) override {}
  void removeBlock(unsigned long, unsigned long) override {}
  bool readOnly() const override { return true; }
  bool isOpen() const override { return true; }
  void seek(long offset, Position p) override;
  long tell() const override { return position_; }
  long length() override { return static_cast<long>(bytes_.kept_bytes()); }
  void truncate(long) override {}

 private:
  SoundBytes& bytes_;
  long position_ = 0;
};

// An output that is not yet in its place.
class OutputTagStream final : public TagLib::IOStream {
 public:
  explicit OutputTagStream(OutputFile& file) : file_(file) {}
  const Status& status() const { return status_; }

  TagLib::FileName name() const override { return ""; }
  TagLib::ByteVector readBlock(unsigned long length) override;
  void writeBlock(const TagLib::ByteVector& data) override;
  void insert(const TagLib::ByteVector& data, unsigned long start, unsigned long replace) override;
  void removeBlock(unsigned long start, unsigned long length) override;
  bool readOnly() const override { return false; }
  bool isOpen() const override { return true; }
  void seek(long offset, Position p) override;
  long tell() const override { return position_; }
  long length() override { return static_cast<long>(file_.bytes()); }
  void truncate(long length) override;

 private:
  OutputFile& file_;
  Status status_;
  long position_ = 0;
};

}  // namespace motet::cli
// NOLINTEND(google-runtime-int)
