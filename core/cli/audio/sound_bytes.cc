#include "audio/sound_bytes.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "errors.h"

namespace motet::cli {

SoundBytes::SoundBytes(InputFile file) : file_(std::move(file)) {
  if (is_streamed()) return;
  const off_t at = lseek(file_.descriptor(), 0, SEEK_CUR);
  base_ = at > 0 ? static_cast<uint64_t>(at) : 0;
  bytes_ = file_.bytes() - std::min(base_, file_.bytes());
  end_ = bytes_;
}

size_t SoundBytes::Take(std::span<uint8_t> bytes) {
  size_t count = 0;
  while (count < bytes.size() && failure_.ok()) {
    const Result<size_t> got = file_.Read(bytes.subspan(count));
    if (!got.ok()) failure_ = got.status();
    if (!got.ok() || *got == 0) break;
    count += *got;
  }
  taken_ += count;
  return count;
}

size_t SoundBytes::Peek(uint64_t at, std::span<uint8_t> bytes) {
  if (is_streamed() && at + bytes.size() > kMostKept) return 0;
  if (is_streamed() && kept_.size() < at + bytes.size()) {
    const size_t before = kept_.size();
    kept_.resize(at + bytes.size());
    kept_.resize(before + Take(std::span(kept_).subspan(before)));
  }
  return ReadAt(at, bytes);
}

// As libsndfile is to see it: with the patches.
size_t SoundBytes::ReadAt(uint64_t at, std::span<uint8_t> bytes) {
  size_t count = 0;
  if (is_streamed()) {
    if (at < kept_.size()) {
      count = std::min<uint64_t>(bytes.size(), kept_.size() - at);
      std::copy_n(kept_.begin() + static_cast<ptrdiff_t>(at), count, bytes.begin());
    }
    if (at + count == taken_ && count < bytes.size()) {
      const std::span<uint8_t> rest = bytes.subspan(count, Take(bytes.subspan(count)));
      if (keeps_) kept_.insert(kept_.end(), rest.begin(), rest.end());
      count += rest.size();
    }
  } else {
    while (count < bytes.size() && failure_.ok()) {
      const ssize_t got = pread(file_.descriptor(), bytes.data() + count, bytes.size() - count,
                                static_cast<off_t>(base_ + at + count));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) failure_ = SystemError("read", name(), errno);
      if (got <= 0) break;
      count += static_cast<size_t>(got);
    }
  }
  for (const Patch& patch : patches_) {
    for (size_t i = 0; i < patch.bytes.size(); ++i) {
      if (patch.at + i >= at && patch.at + i < at + count)
        bytes[patch.at + i - at] = patch.bytes[i];
    }
  }
  return count;
}

Status SoundBytes::Spool() {
  if (!is_streamed()) return {};
  if (Status s = file_.Spool(kept_); !s.ok()) return s;
  kept_ = {};
  bytes_ = end_ = file_.bytes();
  return {};
}

void SoundBytes::Replace(uint64_t at, std::vector<uint8_t> bytes) {
  patches_.push_back({at, std::move(bytes)});
}

void SoundBytes::Show(uint64_t begin, uint64_t end, std::vector<uint8_t> front) {
  begin_ = begin;
  end_ = std::max(begin, end);
  front_ = std::move(front);
}

Sound SoundBytes::Open(SF_INFO* format, std::string* why) {
  SF_VIRTUAL_IO io{};
  io.get_filelen = [](void* self) { return static_cast<sf_count_t>(Self(self)->shown_bytes()); };
  io.seek = [](sf_count_t offset, int whence, void* self) {
    return Self(self)->Seek(offset, whence);
  };
  io.tell = [](void* self) { return static_cast<sf_count_t>(Self(self)->position_); };
  io.read = [](void* to, sf_count_t count, void* self) {
    return Self(self)->Read({static_cast<uint8_t*>(to), static_cast<size_t>(count)});
  };
  io.write = [](const void*, sf_count_t, void*) { return sf_count_t{0}; };
  position_ = 0;
  keeps_ = true;
  Sound sound = OpenSound(io, SFM_READ, format, this, why);
  keeps_ = false;
  return sound;
}

sf_count_t SoundBytes::Seek(sf_count_t offset, int whence) {
  const uint64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position_ : shown_bytes();
  const sf_count_t place = static_cast<sf_count_t>(from) + offset;
  if (place < 0) return -1;
  position_ = static_cast<uint64_t>(place);
  return place;
}

sf_count_t SoundBytes::Read(std::span<uint8_t> bytes) {
  size_t count = 0;
  if (position_ < front_.size()) {
    count = std::min<uint64_t>(bytes.size(), front_.size() - position_);
    std::copy_n(front_.begin() + static_cast<ptrdiff_t>(position_), count, bytes.begin());
  }
  const uint64_t at = position_ + count - front_.size() + begin_;
  if (count < bytes.size() && at < end_)
    count += ReadAt(at, bytes.subspan(count, std::min<uint64_t>(bytes.size() - count, end_ - at)));
  position_ += count;
  return static_cast<sf_count_t>(count);
}

uint64_t SoundBytes::ReadToEnd() {
  if (!is_streamed()) return 0;
  for (std::vector<uint8_t> block(65536); taken_ < end_;) {
    if (Take(std::span(block).first(std::min<uint64_t>(block.size(), end_ - taken_))) == 0) break;
  }
  return end_ - std::min(taken_, end_);
}

size_t SoundBytes::ReadOn(std::span<uint8_t> bytes) {
  constexpr int kPatience = 100;  // ms: a writer may keep its end open
  pollfd state{.fd = file_.descriptor(), .events = POLLIN, .revents = 0};
  if (!is_streamed() || poll(&state, 1, kPatience) <= 0) return 0;
  return Take(bytes);
}

}  // namespace motet::cli
