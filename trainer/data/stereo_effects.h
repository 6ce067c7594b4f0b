// Effects on stereo signals, for augmentation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace motet::data {

// Two channels, equally long, full scale 1.
struct Stereo {
  std::vector<float> left, right;

  explicit Stereo(std::size_t frames = 0) : left(frames), right(frames) {}
  std::int64_t frames() const { return static_cast<std::int64_t>(left.size()); }
};

// 10^(db/20)
double AmplitudeOf(double db);

// Scales both channels.
void Scale(Stereo& audio, double factor);
void InvertPolarity(Stereo& audio);
void SwapChannels(Stereo& audio);

// Scales the side signal (L-R)/2 and leaves the mid signal (L+R)/2: 0 is mono, 1 changes nothing.
void SetWidth(Stereo& audio, double width);

// Lets the spectrum rise by `db_per_octave` (or fall, where negative; less than 6 either way) from
// 30 Hz to 16 kHz, turning around 1 kHz. First-order sections evenly spaced in
// log frequency, after J. O. Smith
// and H. F. Smith, "Closed Form Fractional Integration and Differentiation via Real Exponentially
// Spaced Pole-Zero Pairs" (2016).
void Tilt(Stereo& audio, double db_per_octave, int sample_rate);

// Plays `factor` times as fast, pitch and all, with libsoxr's high-quality recipe. The first
// output frame is input frame `skip` (to within a frame); `frames` frames come out. Frames outside
// of `audio` count as silence. Throws std::runtime_error with libsoxr's reason.
Stereo ChangeSpeed(const Stereo& audio, double factor, std::int64_t skip, std::int64_t frames);

// Adds `factor` times the other, which must be as long.
void Add(Stereo& audio, const Stereo& other, double factor);

// The largest magnitude of both channels.
float Peak(const Stereo& audio);

// Turns down what exceeds `peak`, as a whole.
void LimitPeak(Stereo& audio, double peak);

}  // namespace motet::data
