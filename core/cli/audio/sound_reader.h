// The samples of a sound file as they are in it, and never part of them as if it were all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audio/audio_source.h"
#include "audio/sound.h"
#include "audio/sound_bytes.h"
#include "audio/sound_layout.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

// At the file's own rate, with all of its channels. Files one after another in one (FLAC, Ogg) are
// read one after another, if rate and channels are the same.
class SoundReader {
 public:
  // `bytes` and `source` stay while this is used. Of the source, what tells how libsndfile is to
  // read: raw, partial, tags, hints.
  SoundReader(SoundBytes& bytes, const AudioSource& source) : bytes_(bytes), source_(source) {}

  // Finds out what the file is, and puts a pipe into a temporary file if it must. kTruncated for
  // less than the file says, unless partial is asked for; kInvalidArgument or kCorrupt for what
  // libsndfile cannot read.
  Status Open();

  // Interleaved, as many samples per channel as there is room for; 0 at the end. kTruncated as
  // above, where it shows only now.
  Result<size_t> Read(std::span<float> interleaved);

  const SF_INFO& facts() const { return facts_; }
  SNDFILE* sound() const { return sound_.get(); }
  // Samples per channel in all, as the file says; 0 if it does not.
  uint64_t expected_samples() const;
  const std::vector<StreamTag>& tags() const { return tags_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Status Refuse(StatusCode code, const std::string& what) const;
  Status Truncated(const std::string& what) const;
  std::string PartialHint() const;
  void Note(const std::string& what);

  Status Examine();
  Status OpenLink();
  uint64_t said_samples() const;
  Status EndLink();
  void CheckEnd();
  Status CheckRest();

  SoundBytes& bytes_;
  const AudioSource& source_;
  SoundLayout layout_;
  SF_INFO facts_{};
  Sound sound_;
  size_t link_ = 0;
  uint64_t link_read_ = 0;  // samples per channel from it
  uint64_t read_ = 0;       // from those before it
  bool at_end_ = false;
  std::vector<StreamTag> tags_;
  std::vector<std::string> notes_;
};

}  // namespace motet::cli
