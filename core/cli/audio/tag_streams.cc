#include "audio/tag_streams.h"

#include <algorithm>
#include <span>
#include <vector>

// TagLib counts in long.
// NOLINTBEGIN(google-runtime-int)
namespace motet::cli {
namespace {

constexpr uint64_t kMostRead = uint64_t{1} << 26;  // no tag is larger; a size that lies may be
constexpr size_t kShiftBlock = size_t{1} << 20;

long SeekFrom(TagLib::IOStream::Position from, long position, long length) {
  return from == TagLib::IOStream::Beginning ? 0
         : from == TagLib::IOStream::Current ? position
                                             : length;
}

std::span<uint8_t> Writable(TagLib::ByteVector& bytes) {
  return {reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

TagLib::ByteVector SoundTagStream::readBlock(unsigned long length) {
  const uint64_t all = bytes_.kept_bytes();
  const auto at = static_cast<uint64_t>(std::max(0L, position_));
  const uint64_t count = std::min({uint64_t{length}, kMostRead, all - std::min(at, all)});
  TagLib::ByteVector block(static_cast<unsigned>(count), '\0');
  if (count > 0) block.resize(static_cast<unsigned>(bytes_.Peek(at, Writable(block))));
  position_ += static_cast<long>(block.size());
  return block;
}

void SoundTagStream::seek(long offset, Position p) {
  position_ = std::max(0L, SeekFrom(p, position_, length()) + offset);
}

TagLib::ByteVector OutputTagStream::readBlock(unsigned long length) {
  const uint64_t left = file_.bytes() - std::min<uint64_t>(file_.bytes(), position_);
  TagLib::ByteVector block(static_cast<unsigned>(std::min<uint64_t>(length, left)), '\0');
  if (block.isEmpty()) return block;
  const Result<size_t> got = file_.ReadAt(static_cast<uint64_t>(position_), Writable(block));
  if (!got.ok() && status_.ok()) status_ = got.status();
  block.resize(got.ok() ? static_cast<unsigned>(*got) : 0);
  position_ += static_cast<long>(block.size());
  return block;
}

void OutputTagStream::writeBlock(const TagLib::ByteVector& data) {
  if (!status_.ok()) return;
  status_ = file_.WriteAt(static_cast<uint64_t>(position_),
                          {reinterpret_cast<const uint8_t*>(data.data()), data.size()});
  position_ += static_cast<long>(data.size());
}

// What follows moves, its last bytes first.
void OutputTagStream::insert(const TagLib::ByteVector& data, unsigned long start,
                             unsigned long replace) {
  if (data.size() < replace) return removeBlock(start, replace);
  const uint64_t shift = data.size() - replace;
  std::vector<uint8_t> block(kShiftBlock);
  for (uint64_t end = file_.bytes(); shift > 0 && status_.ok() && end > start + replace;) {
    const uint64_t begin = std::max<uint64_t>(start + replace, end - std::min(end, kShiftBlock));
    const std::span<uint8_t> moved = std::span(block).first(end - begin);
    const Result<size_t> got = file_.ReadAt(begin, moved);
    if (!got.ok() || *got != moved.size()) {
      status_ = got.ok() ? Status(StatusCode::kIo, "cannot read " + file_.name()) : got.status();
      return;
    }
    status_ = file_.WriteAt(begin + shift, moved);
    end = begin;
  }
  position_ = static_cast<long>(start);
  writeBlock(data);
}

void OutputTagStream::removeBlock(unsigned long, unsigned long) { truncate(0); }

void OutputTagStream::truncate(long) {
  status_ = Status(StatusCode::kInternal, "tags would make " + file_.name() + " shorter");
}

void OutputTagStream::seek(long offset, Position p) {
  position_ = std::max(0L, SeekFrom(p, position_, length()) + offset);
}

}  // namespace motet::cli
// NOLINTEND(google-runtime-int)
