#include "audio/sound_reader.h"

#include <algorithm>
#include <utility>

#include "audio/tag_reader.h"

namespace motet::cli {
namespace {

// Samples that MPEG decoders may drop at both ends: the padding that the encoder added.
constexpr uint64_t kMpegPadding = uint64_t{4} * 1152;

SF_INFO RawFacts(const RawFormat& raw) {
  SF_INFO facts{};
  facts.samplerate = raw.sample_rate;
  facts.channels = raw.channels;
  const int coding = raw.is_float     ? SF_FORMAT_FLOAT
                     : raw.bits == 8  ? SF_FORMAT_PCM_U8
                     : raw.bits == 24 ? SF_FORMAT_PCM_24
                     : raw.bits == 32 ? SF_FORMAT_PCM_32
                                      : SF_FORMAT_PCM_16;
  facts.format = SF_FORMAT_RAW | coding | (raw.big_endian ? SF_ENDIAN_BIG : SF_ENDIAN_LITTLE);
  return facts;
}

}  // namespace

Status SoundReader::Refuse(StatusCode code, const std::string& what) const {
  return {code, bytes_.name() + " " + what};
}
std::string SoundReader::PartialHint() const {
  return source_.hints ? "; --partial encodes what is there" : "";
}
Status SoundReader::Truncated(const std::string& what) const {
  return Refuse(StatusCode::kTruncated, what + PartialHint());
}
void SoundReader::Note(const std::string& what) { notes_.push_back(bytes_.name() + " " + what); }

Status SoundReader::Open() {
  if (!source_.raw) {
    if (Status s = Examine(); !s.ok()) return s;
  }
  if (!layout_.cut.empty() && !source_.partial) return Truncated("is truncated: " + layout_.cut);
  if (source_.tags && !source_.raw) {
    FoundTags found = ReadTags(bytes_, *source_.tags);
    tags_ = std::move(found.tags);
    for (const std::string& note : found.notes) Note(note);
  }
  if (!layout_.links.empty()) bytes_.Show(layout_.links.front().begin, layout_.links.front().end);
  if (Status s = OpenLink(); !s.ok()) return s;
  for (const std::string& note : layout_.notes) Note(note);
  if (!layout_.cut.empty()) Note("is truncated: " + layout_.cut);
  return {};
}

Status SoundReader::Examine() {
  Result<SoundLayout> examined = cli::Examine(bytes_);
  if (examined.ok() && examined->must_seek) {
    if (Status s = bytes_.Spool(); !s.ok()) return s;
    examined = cli::Examine(bytes_);
  }
  if (!examined.ok()) return examined.status();
  layout_ = std::move(*examined);
  return {};
}

Status SoundReader::OpenLink() {
  const SF_INFO before = facts_;
  facts_ = source_.raw ? RawFacts(*source_.raw) : SF_INFO{};
  std::string why;
  sound_ = bytes_.Open(&facts_, &why);
  link_read_ = 0;
  if (!bytes_.failure().ok()) return bytes_.failure();
  if (!sound_) {
    return Refuse(StatusCode::kInvalidArgument,
                  "is not an audio file that can be read: " +
                      (layout_.container.empty() && !source_.raw ? "its format is unknown" : why));
  }
  if (before.channels != 0 &&
      (before.channels != facts_.channels || before.samplerate != facts_.samplerate)) {
    return Refuse(StatusCode::kInvalidArgument,
                  "has parts that differ: " + std::to_string(before.channels) + " channels at " +
                      std::to_string(before.samplerate) + " Hz, then " +
                      std::to_string(facts_.channels) + " at " + std::to_string(facts_.samplerate));
  }
  return {};
}

// Of the link. libsndfile gives the largest number for a FLAC file of unknown length.
uint64_t SoundReader::said_samples() const {
  if (!layout_.says_length || source_.raw || facts_.frames <= 0 ||
      facts_.frames >= SF_COUNT_MAX / 4)
    return 0;
  return static_cast<uint64_t>(facts_.frames);
}

uint64_t SoundReader::expected_samples() const {
  if (layout_.most_frames > 0) return layout_.most_frames;
  return layout_.links.size() <= 1 ? said_samples() : 0;
}

Result<size_t> SoundReader::Read(std::span<float> interleaved) {
  const auto room = static_cast<sf_count_t>(interleaved.size()) / facts_.channels;
  while (!at_end_) {
    const sf_count_t got = sf_readf_float(sound_.get(), interleaved.data(), room);
    if (!bytes_.failure().ok()) return bytes_.failure();
    if (got < 0 || sf_error(sound_.get()) != SF_ERR_NO_ERROR) {
      const std::string what = "cannot be read past sample " + std::to_string(read_ + link_read_) +
                               ": " + WhyNot(sound_.get());
      if (!source_.partial) return Refuse(StatusCode::kCorrupt, what + PartialHint());
      Note(what);
    }
    if (got > 0) {
      link_read_ += static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
    if (Status s = EndLink(); !s.ok()) return s;
  }
  return size_t{0};
}

// Goes on with the next part, or ends.
Status SoundReader::EndLink() {
  const uint64_t said = layout_.most_frames == 0 ? said_samples() : 0;
  if (said > link_read_) {
    const std::string what = "is truncated: it says " + std::to_string(said) + " samples, " +
                             std::to_string(link_read_) + " are there";
    if (!source_.partial) return Truncated(what);
    if (layout_.cut.empty()) Note(what);
  }
  if (layout_.says_length && !source_.raw && said <= link_read_) {
    const uint64_t missing = bytes_.ReadToEnd();
    if (!bytes_.failure().ok()) return bytes_.failure();
    const std::string what =
        "is truncated: it lacks " + std::to_string(missing) + " bytes of its samples";
    if (missing > 0 && !source_.partial) return Truncated(what);
    if (missing > 0) Note(what);
  }
  read_ += link_read_;
  if (++link_ < layout_.links.size()) {
    sound_.reset();
    bytes_.Show(layout_.links[link_].begin, layout_.links[link_].end);
    return OpenLink();
  }
  at_end_ = true;
  if (Status s = CheckRest(); !s.ok()) return s;
  CheckEnd();
  return {};
}

// What follows the samples of a pipe.
Status SoundReader::CheckRest() {
  if (source_.raw) return {};
  const SoundRest rest = ReadRest(bytes_, layout_);
  if (rest.is_there && !layout_.says_length) {
    return Refuse(StatusCode::kInvalidArgument,
                  "has more samples than a WAV header can count; write it as RF64, W64 or FLAC");
  }
  if (rest.is_unknown)
    Note("has bytes after the samples that its header counts; they were left out");
  if (rest.has_tags && source_.tags) {
    Note(
        "has tags after its samples, too late for the stream's header; they were left out (from a "
        "file they are read)");
  }
  return {};
}

void SoundReader::CheckEnd() {
  if (const uint64_t left = source_.raw ? bytes_.read_bytes() % source_.raw->frame_bytes() : 0;
      left > 0) {
    Note("ends with " + std::to_string(left) +
         " bytes that are no whole sample of all channels; they were left out");
  }
  if (layout_.most_frames > read_ + kMpegPadding) {
    Note("holds " + std::to_string(layout_.most_frames) + " samples of MPEG audio; only " +
         std::to_string(read_) + " of them could be read");
  }
  if (!layout_.says_length || (layout_.container.empty() && !source_.raw)) {
    Note("does not say how long it is; it was read to its end (" + std::to_string(read_) +
         " samples)");
  }
}

}  // namespace motet::cli
