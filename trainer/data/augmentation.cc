#include "data/augmentation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/counter_random.h"
#include "data/transients.h"

namespace motet::data {
namespace {

// Each effect draws from a stream of its own: another probability of one changes no other.
enum Purpose : std::uint64_t {
  kSpeed,
  kStems,
  kMix,
  kWidth,
  kTilt,
  kSwap,
  kPolarity,
  kGain,
  kSilence,
  kClipping,
  kTransients,
};

// The excerpt that is mixed into excerpt n has number n + 2^62, which no step reaches.
constexpr std::uint64_t kOther = std::uint64_t{1} << 62;

// Frames before and after, so that the resampler does not see the excerpt's edges.
constexpr std::int64_t kMargin = 256;

void Silence(Stereo& audio, CounterRandom& random) {
  const auto cut =
      static_cast<std::ptrdiff_t>(random.Uniform(0, static_cast<double>(audio.frames())));
  const bool fade_in = random.Chance(0.5);
  for (auto* channel : {&audio.left, &audio.right}) {
    const auto middle = channel->begin() + cut;
    std::fill(fade_in ? channel->begin() : middle, fade_in ? middle : channel->end(), 0.0F);
  }
}

void Clip(Stereo& audio, double db) {
  const float peak = Peak(audio);
  if (peak == 0) return;
  Scale(audio, AmplitudeOf(db) / static_cast<double>(peak));
  for (auto* channel : {&audio.left, &audio.right}) {
    for (float& sample : *channel) sample = std::clamp(sample, -1.0F, 1.0F);
  }
}

}  // namespace

AugmentedExcerpts::AugmentedExcerpts(MusicDataset dataset, const ExcerptSampler& sampler,
                                     const AugmentationOptions& options, std::uint64_t seed)
    : dataset_(std::move(dataset)), sampler_(sampler), options_(options), seed_(seed) {}

Stereo AugmentedExcerpts::Read(std::size_t track, std::int64_t start, std::int64_t frames,
                               std::uint64_t n) const {
  Stereo audio(static_cast<std::size_t>(frames));
  dataset_.Read(track, start, frames, audio.left.data(), audio.right.data());
  CounterRandom random(seed_, n, kStems);
  if (!random.Chance(options_.stems_probability)) return audio;
  const auto& others = dataset_.OtherStems(track);
  if (others.empty()) return audio;
  const auto factor = [&] {
    return AmplitudeOf(random.Uniform(-options_.stems_db, options_.stems_db));
  };
  Scale(audio, factor());
  for (const std::size_t other : others) {
    Stereo stem(static_cast<std::size_t>(frames));
    dataset_.Read(other, start, frames, stem.left.data(), stem.right.data());
    Add(audio, stem, factor());
  }
  return audio;
}

Stereo AugmentedExcerpts::Source(const Excerpt& excerpt, std::uint64_t n, std::int64_t frames,
                                 double speed) const {
  const std::int64_t all = dataset_.tracks().at(excerpt.track).frames;
  const auto needed = static_cast<std::int64_t>(std::ceil(static_cast<double>(frames) * speed)) + 1;
  if (speed == 1.0 || needed > all) return Read(excerpt.track, excerpt.start, frames, n);
  // A faster excerpt is longer than the one that was drawn, so it may have to begin earlier.
  const std::int64_t start = std::min(excerpt.start, all - needed);
  const std::int64_t from = std::max<std::int64_t>(0, start - kMargin);
  const std::int64_t to = std::min(all, start + needed + kMargin);
  return ChangeSpeed(Read(excerpt.track, from, to - from, n), speed, start - from, frames);
}

Stereo AugmentedExcerpts::Load(std::uint64_t n, std::int64_t frames) const {
  CounterRandom speed(seed_, n, kSpeed);
  const double percent = speed.Chance(options_.speed_probability)
                             ? speed.Uniform(-options_.speed_percent, options_.speed_percent)
                             : 0.0;
  Stereo audio = Source(sampler_.At(n), n, frames, 1 + percent / 100);

  if (CounterRandom random(seed_, n, kMix); random.Chance(options_.mix_probability)) {
    const Stereo other = Source(sampler_.At(n + kOther), n + kOther, frames, 1.0);
    Add(audio, other, AmplitudeOf(-random.Uniform(0, options_.mix_db)));
  }
  if (CounterRandom random(seed_, n, kWidth); random.Chance(options_.width_probability)) {
    SetWidth(audio, options_.width_low *
                        std::pow(options_.width_high / options_.width_low, random.Uniform(0, 1)));
  }
  if (CounterRandom random(seed_, n, kTilt); random.Chance(options_.tilt_probability)) {
    Tilt(audio, random.Uniform(-options_.tilt_db_per_octave, options_.tilt_db_per_octave),
         kSampleRate);
  }
  if (CounterRandom(seed_, n, kSwap).Chance(options_.swap_probability)) SwapChannels(audio);
  if (CounterRandom(seed_, n, kPolarity).Chance(options_.polarity_probability))
    InvertPolarity(audio);
  if (CounterRandom random(seed_, n, kGain); random.Chance(options_.gain_probability))
    Scale(audio, AmplitudeOf(random.Uniform(-options_.gain_db, options_.gain_db)));
  if (CounterRandom random(seed_, n, kTransients); random.Chance(options_.transients_probability)) {
    if (random.Chance(options_.transients_alone)) Scale(audio, 0);
    AddTransients(audio, kSampleRate, random);
  }
  if (options_.peak > 0) LimitPeak(audio, options_.peak);
  if (CounterRandom random(seed_, n, kClipping); random.Chance(options_.clipping_probability))
    Clip(audio, random.Uniform(0, options_.clipping_db));
  if (CounterRandom random(seed_, n, kSilence); random.Chance(options_.silence_probability))
    Silence(audio, random);
  return audio;
}

}  // namespace motet::data
