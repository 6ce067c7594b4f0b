#include "data/stereo_effects.h"

#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <stdexcept>
#include <string>

namespace motet::data {
namespace {

// y[t] = b0 x[t] + b1 x[t-1] - a1 y[t-1]
struct Section {
  double b0, b1, a1;

  std::complex<double> Response(double radians) const {
    const auto delay = std::polar(1.0, -radians);
    return (b0 + b1 * delay) / (1.0 + a1 * delay);
  }
};

// The bilinear transform of (s + zero) / (s + pole), both in Hz. Without prewarping: what the
// transform bends just makes up for the sections that would follow beyond half the sample rate.
Section MakeSection(double zero_hz, double pole_hz, double sample_rate) {
  const double z = M_PI * zero_hz / sample_rate, p = M_PI * pole_hz / sample_rate;
  return {(1 + z) / (1 + p), (z - 1) / (1 + p), (p - 1) / (1 + p)};
}

std::vector<Section> TiltSections(double db_per_octave, double sample_rate) {
  // Closer sections ripple less; these keep within a quarter of a decibel of the line.
  constexpr double kLowestHz = 10, kHighestHz = 16000, kSpacing = 1.5;
  constexpr double kPivotHz = 1000;
  const double order = db_per_octave / (20 * std::log10(2.0));
  std::vector<Section> sections;
  for (double pole = kLowestHz; pole < kHighestHz; pole *= kSpacing)
    sections.push_back(MakeSection(pole * std::pow(kSpacing, -order), pole, sample_rate));
  double gain = 1;
  for (const Section& s : sections) gain *= std::abs(s.Response(2 * M_PI * kPivotHz / sample_rate));
  sections.front().b0 /= gain;
  sections.front().b1 /= gain;
  return sections;
}

}  // namespace

double AmplitudeOf(double db) { return std::pow(10.0, db / 20.0); }

void Scale(Stereo& audio, double factor) {
  const auto by = static_cast<float>(factor);
  for (float& sample : audio.left) sample *= by;
  for (float& sample : audio.right) sample *= by;
}

void InvertPolarity(Stereo& audio) { Scale(audio, -1.0); }

void SwapChannels(Stereo& audio) { std::swap(audio.left, audio.right); }

void SetWidth(Stereo& audio, double width) {
  const auto by = static_cast<float>(width);
  for (std::size_t i = 0; i < audio.left.size(); ++i) {
    const float mid = 0.5F * (audio.left[i] + audio.right[i]);
    const float side = 0.5F * (audio.left[i] - audio.right[i]) * by;
    audio.left[i] = mid + side;
    audio.right[i] = mid - side;
  }
}

void Tilt(Stereo& audio, double db_per_octave, int sample_rate) {
  const auto sections = TiltSections(db_per_octave, sample_rate);
  for (auto* channel : {&audio.left, &audio.right}) {
    for (const Section& section : sections) {
      double x1 = 0, y1 = 0;
      for (float& sample : *channel) {
        const double x = sample;
        y1 = section.b0 * x + section.b1 * x1 - section.a1 * y1;
        x1 = x;
        sample = static_cast<float>(y1);
      }
    }
  }
}

Stereo ChangeSpeed(const Stereo& audio, double factor, std::int64_t skip, std::int64_t frames) {
  // The frames before `skip` come out too, and are left away.
  const std::int64_t lead = std::llround(static_cast<double>(skip) / factor);
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  // Room for all that comes of the input: otherwise libsoxr keeps the end back.
  const auto all = static_cast<std::int64_t>(static_cast<double>(audio.frames()) / factor) + 2;
  Stereo out(static_cast<std::size_t>(std::max(all, lead + frames)));
  const float* in_channels[] = {audio.left.data(), audio.right.data()};
  float* out_channels[] = {out.left.data(), out.right.data()};
  std::size_t used = 0, made = 0;
  const soxr_error_t error =
      soxr_oneshot(factor, 1.0, 2, in_channels, audio.left.size(), &used, out_channels,
                   out.left.size(), &made, &io, &quality, nullptr);
  if (error != nullptr) throw std::runtime_error(std::string("cannot change speed: ") + error);
  for (auto* channel : {&out.left, &out.right}) {
    channel->erase(channel->begin(), channel->begin() + lead);
    channel->resize(static_cast<std::size_t>(frames));
  }
  return out;
}

void Add(Stereo& audio, const Stereo& other, double factor) {
  const auto by = static_cast<float>(factor);
  for (std::size_t i = 0; i < audio.left.size(); ++i) {
    audio.left[i] += by * other.left.at(i);
    audio.right[i] += by * other.right.at(i);
  }
}

float Peak(const Stereo& audio) {
  float highest = 0;
  for (const auto* channel : {&audio.left, &audio.right}) {
    for (const float sample : *channel) highest = std::max(highest, std::abs(sample));
  }
  return highest;
}

void LimitPeak(Stereo& audio, double peak) {
  const float highest = Peak(audio);
  if (highest > peak) Scale(audio, peak / highest);
}

}  // namespace motet::data
