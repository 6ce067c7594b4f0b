// MPEG audio: frames without a header for the whole file. How many there are is counted here:
// libsndfile estimates it from the first of them and the size of the file, and reads no further.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "audio/sound_layout.h"

namespace motet::cli {
namespace {

struct Frame {
  size_t bytes = 0;
  uint64_t samples = 0;
  bool is_layer3 = false;
  size_t info_at = 0;  // where a count of the frames may stand in it
};

// ISO/IEC 11172-3 and 13818-3, 2.4.2.3. Nothing for a free format.
std::optional<Frame> ParseFrame(std::span<const uint8_t> head) {
  if (head.size() < 4 || head[0] != 0xFF || (head[1] & 0xE0) != 0xE0) return {};
  const int version = head[1] >> 3 & 3;  // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  const int layer = 4 - (head[1] >> 1 & 3);
  const size_t rate_index = head[2] >> 2 & 3u;
  const size_t bit_index = head[2] >> 4;
  if (version == 1 || layer == 4 || rate_index == 3 || bit_index == 0 || bit_index == 15) return {};
  constexpr std::array<std::array<int, 15>, 5> kKilobits = {
      {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
       {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
       {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
       {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}};
  const bool is_first = version == 3;
  const size_t row = is_first ? static_cast<size_t>(layer) - 1 : layer == 1 ? 3 : 4;
  const auto bits = static_cast<size_t>(kKilobits[row][bit_index]) * 1000;
  constexpr std::array<size_t, 3> kRates = {44100, 48000, 32000};
  const size_t rate = kRates[rate_index] / (is_first ? 1 : version == 2 ? 2 : 4);
  const size_t padding = head[2] >> 1 & 1u;
  Frame frame;
  frame.is_layer3 = layer == 3;
  frame.samples = layer == 1 ? 384 : layer == 3 && !is_first ? 576 : 1152;
  frame.bytes =
      layer == 1 ? (12 * bits / rate + padding) * 4 : frame.samples / 8 * bits / rate + padding;
  const bool is_mono = head[3] >> 6 == 3;
  frame.info_at = 4 + (is_first ? (is_mono ? 17 : 32) : (is_mono ? 9 : 17));
  return frame;
}

class MpegWalk {
 public:
  MpegWalk(SoundBytes& bytes, uint64_t begin, SoundLayout* layout)
      : bytes_(bytes), layout_(layout), at_(begin) {}

  Status Run() {
    layout_->container = "MPEG";
    layout_->says_length = false;
    Count();
    if (frames_ == 0 && (partial_ > 0 || said_.value_or(0) > 0)) {
      return {StatusCode::kTruncated,
              bytes_.name() + " is truncated: its first frame of MPEG audio is not complete"};
    }
    if (frames_ == 0) return {};
    layout_->most_frames = frames_ * first_.samples;
    if (said_) {
      layout_->says_length = true;
      if (frames_ + 1 < *said_) {
        layout_->cut = "its header says " + std::to_string(*said_) + " frames of MPEG audio, " +
                       std::to_string(frames_) + " are there";
      } else if (frames_ + 1 == *said_) {
        layout_->notes.push_back("lacks the last of the " + std::to_string(*said_) +
                                 " frames that its header counts");
      } else if (frames_ > *said_) {
        layout_->notes.push_back("has " + std::to_string(frames_) +
                                 " frames of MPEG audio where its header says " +
                                 std::to_string(*said_) + "; all of them were read");
      }
    }
    if (junk_ > 0) {
      layout_->notes.push_back("has " + std::to_string(junk_) +
                               " bytes that are no MPEG audio; they were left out");
    }
    if (partial_ > 0 && layout_->cut.empty()) {
      layout_->notes.push_back("is cut off in the middle of a frame, of which " +
                               std::to_string(partial_) + " bytes are there");
    }
    Show();
    return {};
  }

 private:
  void Count() {
    std::array<uint8_t, 10> head{};
    while (at_ < bytes_.bytes()) {
      const size_t got = bytes_.Peek(at_, head);
      const std::optional<Frame> frame = ParseFrame(std::span(head).first(got));
      if (!frame || !(in_step_ || IsFollowed(*frame))) {
        in_step_ = false;
        Skip(std::span(head).first(got));
        continue;
      }
      in_step_ = true;
      if (at_ + frame->bytes > bytes_.bytes()) {
        partial_ = bytes_.bytes() - at_;
        return;
      }
      if (frames_ == 0 && !has_info_) {
        first_ = *frame;
        first_at_ = at_;
        std::copy_n(head.begin(), 4, header_.begin());
        has_info_ = ReadInfo();
        if (!has_info_) ++frames_;
      } else {
        ++frames_;
      }
      at_ += frame->bytes;
    }
  }

  // Whether another frame, part of one, or the end follows: four bytes alone may be chance.
  bool IsFollowed(const Frame& frame) {
    std::array<uint8_t, 4> next{};
    const size_t got = bytes_.Peek(at_ + frame.bytes, next);
    if (got == next.size()) return ParseFrame(next).has_value();
    const bool is_part = got > 0 && next[0] == 0xFF && (got < 2 || (next[1] & 0xE0) == 0xE0);
    return frames_ > 0 || got == 0 || is_part;
  }

  // Over what is no frame: tags, zeros, one byte of anything else.
  void Skip(std::span<const uint8_t> head) {
    const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
    const uint64_t left = bytes_.bytes() - at_;
    std::array<uint8_t, 32> tag{};
    uint64_t size = 1;
    if (text.starts_with("TAG") && left == 128) {
      size = 128;
    } else if (text.starts_with("APETAGEX") && bytes_.PeekAll(at_, tag)) {
      size = NumberAt(tag, 12, 4, false) + 32;
    } else if (text.starts_with("LYRICSBEGI")) {
      size = left > 128 ? left - 128 : left;
    } else if (text.starts_with("ID3") && head.size() == 10) {
      size = 10 + ((head[6] & 0x7Fu) << 21 | (head[7] & 0x7Fu) << 14 | (head[8] & 0x7Fu) << 7 |
                   (head[9] & 0x7Fu));
    } else if (head[0] != 0 && frames_ > 0) {
      ++junk_;
    }
    at_ += std::min(size, left);
  }

  // A frame of no sound that counts the others, as LAME ("Xing", "Info") and Fraunhofer ("VBRI")
  // write it.
  bool ReadInfo() {
    std::array<uint8_t, 12> info{};
    if (first_.is_layer3 && bytes_.PeekAll(at_ + first_.info_at, info) &&
        (std::memcmp(info.data(), "Xing", 4) == 0 || std::memcmp(info.data(), "Info", 4) == 0)) {
      if ((info[7] & 1) == 0) return true;
      said_ = NumberAt(info, 8, 4, true);
      said_at_ = at_ + first_.info_at + 8;
      if ((info[7] & 2) != 0) said_bytes_at_ = *said_at_ + 4;
      return true;
    }
    std::array<uint8_t, 18> vbri{};
    if (!first_.is_layer3 || !bytes_.PeekAll(at_ + 36, vbri) ||
        std::memcmp(vbri.data(), "VBRI", 4) != 0)
      return false;
    said_ = NumberAt(vbri, 14, 4, true);
    return true;
  }

  // An empty tag in front, by which libsndfile knows MPEG audio; and so that the decoder reads all
  // of the frames, their count in its place, or a frame with it.
  void Show() {
    std::vector<uint8_t> front = {'I', 'D', '3', 4, 0, 0, 0, 0, 0, 54};
    front.resize(64);  // libsndfile loses its place behind a shorter one
    uint64_t begin = first_at_;
    if (said_at_) {
      bytes_.Replace(*said_at_, NumberBytes(frames_, 4, true));
      // Otherwise libmpg123 warns on standard error.
      if (said_bytes_at_)
        bytes_.Replace(*said_bytes_at_, NumberBytes(bytes_.bytes() - begin, 4, true));
    } else if (first_.is_layer3) {
      begin += has_info_ ? first_.bytes : 0;
      const std::vector<uint8_t> frame = CountingFrame();
      front.insert(front.end(), frame.begin(), frame.end());
    }
    bytes_.Show(begin, bytes_.bytes(), std::move(front));
  }

  std::vector<uint8_t> CountingFrame() const {
    constexpr std::array<uint8_t, 8> kMark = {'I', 'n', 'f', 'o', 0, 0, 0, 1};
    std::array<uint8_t, 4> header = header_;
    header[1] |= 1;                                                   // no checksum
    header[2] = static_cast<uint8_t>(9u << 4 | (header[2] & 0x0Du));  // room enough, no padding
    const std::optional<Frame> facts = ParseFrame(header);
    if (!facts) return {};
    std::vector<uint8_t> frame(facts->bytes);
    std::copy(header.begin(), header.end(), frame.begin());
    const auto place = frame.begin() + static_cast<ptrdiff_t>(facts->info_at);
    std::copy(kMark.begin(), kMark.end(), place);
    const std::vector<uint8_t> count = NumberBytes(frames_, 4, true);
    std::copy(count.begin(), count.end(), place + kMark.size());
    return frame;
  }

  SoundBytes& bytes_;
  SoundLayout* layout_;
  uint64_t at_;
  bool in_step_ = false;  // the last thing seen was a frame
  Frame first_;
  uint64_t first_at_ = 0;
  std::array<uint8_t, 4> header_{};
  bool has_info_ = false;
  std::optional<uint64_t> said_;
  std::optional<uint64_t> said_at_;
  std::optional<uint64_t> said_bytes_at_;
  uint64_t frames_ = 0;
  uint64_t junk_ = 0;
  uint64_t partial_ = 0;
};

}  // namespace

bool IsMpegFrame(std::span<const uint8_t> head) {
  return head.size() >= 4 && head[0] == 0xFF && (head[1] & 0xE0) == 0xE0 &&
         (head[1] & 0x18) != 0x08 && (head[1] & 0x06) != 0 && (head[2] & 0xF0) != 0xF0 &&
         (head[2] & 0x0C) != 0x0C;
}

Status ExamineMpeg(SoundBytes& bytes, uint64_t begin, SoundLayout* layout) {
  return MpegWalk(bytes, begin, layout).Run();
}

}  // namespace motet::cli
