// Stereo from more channels, by ITU-R BS.775.
#pragma once

#include <sndfile.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "motet/status.h"

namespace motet::cli {

// What a channel is; the numbers of libsndfile's channel maps are translated into these.
enum class Speaker {
  kLeft,
  kRight,
  kCentre,
  kLowFrequency,
  kSurroundLeft,
  kSurroundRight,
  kSurround,  // one in the back, in the middle
  kMono,
  kUnknown
};

// The speakers of a file of that many channels that says nothing of them. WAV's order: left, right,
// centre, low frequency, surrounds; Xiph's (Vorbis and Opus): left, centre, right, surrounds, low
// frequency. Empty: no order is customary.
std::vector<Speaker> UsualSpeakers(int channels, bool xiph_order);

class Downmix {
 public:
  // Annex 4 of ITU-R BS.775-3: left and right as they are, centre and surrounds at -3 dB, a single
  // surround at -6 dB, low frequencies left out; then divided by the largest sum of
  // factors, so that nothing becomes louder than full scale. kInvalidArgument for other speakers.
  static Result<Downmix> Create(const std::vector<Speaker>& speakers);

  // Of a file, which says what its speakers are, or has them in the usual order.
  static Result<Downmix> OfSound(SNDFILE* sound, const SF_INFO& facts);

  // Frames of all channels to frames of two, in place.
  void Run(float* interleaved, size_t frames) const;

 private:
  struct Factors {
    float left = 0;
    float right = 0;
  };
  explicit Downmix(std::vector<Factors> factors) : factors_(std::move(factors)) {}
  std::vector<Factors> factors_;  // of each channel
};

}  // namespace motet::cli
