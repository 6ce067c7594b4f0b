#include "audio/downmix.h"

#include <algorithm>
#include <string>
#include <utility>

namespace motet::cli {
namespace {

Speaker SpeakerOf(int place) {
  switch (place) {
    case SF_CHANNEL_MAP_MONO:
      return Speaker::kMono;
    case SF_CHANNEL_MAP_LEFT:
    case SF_CHANNEL_MAP_FRONT_LEFT:
    case SF_CHANNEL_MAP_FRONT_LEFT_OF_CENTER:
      return Speaker::kLeft;
    case SF_CHANNEL_MAP_RIGHT:
    case SF_CHANNEL_MAP_FRONT_RIGHT:
    case SF_CHANNEL_MAP_FRONT_RIGHT_OF_CENTER:
      return Speaker::kRight;
    case SF_CHANNEL_MAP_CENTER:
    case SF_CHANNEL_MAP_FRONT_CENTER:
      return Speaker::kCentre;
    case SF_CHANNEL_MAP_LFE:
      return Speaker::kLowFrequency;
    case SF_CHANNEL_MAP_REAR_LEFT:
    case SF_CHANNEL_MAP_SIDE_LEFT:
      return Speaker::kSurroundLeft;
    case SF_CHANNEL_MAP_REAR_RIGHT:
    case SF_CHANNEL_MAP_SIDE_RIGHT:
      return Speaker::kSurroundRight;
    case SF_CHANNEL_MAP_REAR_CENTER:
      return Speaker::kSurround;
    default:
      return Speaker::kUnknown;
  }
}

}  // namespace

std::vector<Speaker> UsualSpeakers(int channels, bool xiph_order) {
  using enum Speaker;
  if (xiph_order && channels != 4) {  // Vorbis I specification, 4.3.9
    if (channels < 3 || channels > 8) return {};
    std::vector<Speaker> speakers = {kLeft, kCentre, kRight};
    if (channels >= 5) speakers.insert(speakers.end(), {kSurroundLeft, kSurroundRight});
    if (channels == 7) speakers.push_back(kSurround);
    if (channels == 8) speakers.insert(speakers.end(), {kSurroundLeft, kSurroundRight});
    if (channels >= 6) speakers.push_back(kLowFrequency);
    return speakers;
  }
  switch (channels) {
    case 3:
      return {kLeft, kRight, kCentre};
    case 4:
      return {kLeft, kRight, kSurroundLeft, kSurroundRight};
    case 5:
      return {kLeft, kRight, kCentre, kSurroundLeft, kSurroundRight};
    case 6:
      return {kLeft, kRight, kCentre, kLowFrequency, kSurroundLeft, kSurroundRight};
    case 7:
      return {kLeft, kRight, kCentre, kLowFrequency, kSurround, kSurroundLeft, kSurroundRight};
    case 8:
      return {kLeft,         kRight,         kCentre,       kLowFrequency,
              kSurroundLeft, kSurroundRight, kSurroundLeft, kSurroundRight};
    default:
      return {};
  }
}

Result<Downmix> Downmix::OfSound(SNDFILE* sound, const SF_INFO& facts) {
  std::vector<int> places(static_cast<size_t>(facts.channels));
  std::vector<Speaker> speakers;
  if (sf_command(sound, SFC_GET_CHANNEL_MAP_INFO, places.data(),
                 static_cast<int>(places.size() * sizeof(int))) == SF_TRUE) {
    for (const int place : places) speakers.push_back(SpeakerOf(place));
  } else {
    const bool is_ogg = (facts.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG;
    speakers = UsualSpeakers(facts.channels, is_ogg);
  }
  if (speakers.empty()) {
    return Status(
        StatusCode::kInvalidArgument,
        "nothing says which speakers its " + std::to_string(facts.channels) + " channels are for");
  }
  return Create(speakers);
}

Result<Downmix> Downmix::Create(const std::vector<Speaker>& speakers) {
  constexpr float kHalfPower = 0.70710678f;
  std::vector<Factors> factors;
  float left = 0;
  float right = 0;
  for (const Speaker speaker : speakers) {
    Factors f;
    switch (speaker) {
      case Speaker::kLeft:
        f = {1, 0};
        break;
      case Speaker::kRight:
        f = {0, 1};
        break;
      case Speaker::kCentre:
      case Speaker::kMono:
        f = {kHalfPower, kHalfPower};
        break;
      case Speaker::kSurroundLeft:
        f = {kHalfPower, 0};
        break;
      case Speaker::kSurroundRight:
        f = {0, kHalfPower};
        break;
      case Speaker::kSurround:
        f = {0.5f, 0.5f};
        break;
      case Speaker::kLowFrequency:
        break;
      case Speaker::kUnknown:
        return Status(StatusCode::kInvalidArgument,
                      "the place of one of its speakers is not known");
    }
    factors.push_back(f);
    left += f.left;
    right += f.right;
  }
  const float largest = std::max({left, right, 1.0f});
  for (Factors& f : factors) f = {f.left / largest, f.right / largest};
  return Downmix(std::move(factors));
}

void Downmix::Run(float* interleaved, size_t frames) const {
  const float* from = interleaved;
  for (size_t i = 0; i < frames; ++i) {
    float left = 0;
    float right = 0;
    for (const Factors& f : factors_) {
      left += f.left * *from;
      right += f.right * *from++;
    }
    interleaved[2 * i] = left;
    interleaved[2 * i + 1] = right;
  }
}

}  // namespace motet::cli
