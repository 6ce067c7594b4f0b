#include "layers/tones.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "layers/decibels.h"
#include "model_config/tone_bytes.h"
#include "model_config/tone_choice.h"
#include "model_config/turns.h"

namespace motet::core {
namespace {

constexpr auto kSilence = static_cast<float>(tone_choice::kSilence);
constexpr auto kBegins = static_cast<float>(tone_choice::kBegins);
constexpr auto kGoesOn = static_cast<float>(tone_choice::kGoesOn);
constexpr auto kBonusGoesOn = static_cast<float>(tone_choice::kBonusGoesOn);
constexpr auto kBonusLasts = static_cast<float>(tone_choice::kBonusLasts);
constexpr auto kBonusLow = static_cast<float>(tone_choice::kBonusLow);
constexpr auto kQuieter = static_cast<float>(tone_choice::kQuieter);
constexpr auto kLeast = static_cast<float>(tone_choice::kLeast);
constexpr size_t kAround = tone_choice::kSurroundings;
constexpr size_t kBlock = 32;  // samples

constexpr double kHalfRoot = 0.70710678118654752;

double Hann(size_t n, size_t window) {
  return 0.5 - 0.5 * CosineOfTurns(static_cast<double>(n) / static_cast<double>(window));
}

}  // namespace

bool TonePicker::Kept::operator==(const Kept& other) const {
  return count == other.count &&
         std::equal(line.begin(), line.begin() + static_cast<ptrdiff_t>(count), other.line.begin());
}

TonePicker::TonePicker(Builder& builder)
    : tones_(*builder.config().tones),
      packet_(builder.config().packet),
      window_(2 * packet_),
      first_bin_(std::max<int64_t>(0, tones_.first - 1 - static_cast<int64_t>(kAround))),
      bins_(std::min<size_t>(packet_, tones_.first + tones_.lines + kAround) + 1 - first_bin_) {
  builder.Register(this, kCoarse);
  mid_.Allocate(builder, packet_, builder.max_packets() * packet_, 1);
  if (tones_.pans > 1) side_.Allocate(builder, packet_, builder.max_packets() * packet_, 1);
  builder.Allocate(&windows_, kFourierRows * window_);
  builder.Allocate(&taper_, window_);
  builder.Allocate(&turns_, 2 * window_);
  builder.Allocate(&scratch_, 2 * window_ * kFourierRows);
  builder.Allocate(&spectra_, kFourierRows * window_);
  builder.Allocate(&level_, bins_);
  builder.Allocate(&peaks_, 2);
  builder.Allocate(&before_, kRounds + 1);
  builder.Allocate(&kept_, kRounds + 1);
  if (!builder.status().ok()) return;
  const auto size = static_cast<double>(window_);
  for (size_t n = 0; n < window_; ++n) {
    const double turn = static_cast<double>(n) / size;
    // 4/window for the amplitude of a sinusoid, a half for the transform's scale, and (L + R)/2 is
    // mid/√2.
    taper_[n] = static_cast<float>(2 / size * kHalfRoot * Hann(n, window_));
    turns_[n] = static_cast<float>(CosineOfTurns(turn));
    turns_[window_ + n] = static_cast<float>(SineOfTurns(turn));
  }
  Forget();
}

void TonePicker::Step(size_t packets, const float* mid, const float* side, uint8_t* bytes,
                      size_t stride) {
  const bool has_sides = tones_.pans > 1;
  const float* const signal = mid_.Push(packets * packet_, mid);
  const float* const side_signal = has_sides ? side_.Push(packets * packet_, side) : nullptr;
  // Those of side are transformed behind those of mid.
  const size_t most = kFourierRows / (has_sides ? 2 : 1);
  for (size_t done = 0; done < packets; done += most) {
    const size_t rows = std::min(packets - done, most);
    TakeWindows(signal + done * packet_, rows, windows_.data());
    if (has_sides)
      TakeWindows(side_signal + done * packet_, rows, windows_.data() + rows * window_);
    kernels_.fourier(windows_.data(), has_sides ? 2 * rows : rows, window_, taper_.data(),
                     turns_.data(), scratch_.data(), spectra_.data());
    for (size_t row = 0; row < rows; ++row) {
      const float* const spectrum = spectra_.data() + row * window_;
      Peaks& next = peaks_[1 - newer_];
      Analyse(spectrum, &next);
      if (tones_.places() > 1) Keep(spectrum, &next.mid);
      if (has_sides) Keep(spectrum + rows * window_, &next.side);
      Choose(peaks_[newer_], next, bytes + (done + row) * stride);
      newer_ = 1 - newer_;
    }
  }
}

void TonePicker::TakeWindows(const float* signal, size_t rows, float* windows) const {
  for (size_t row = 0; row < rows; ++row)
    std::memcpy(windows + row * window_, signal + row * packet_, window_ * sizeof(float));
}

void TonePicker::Keep(const float* spectrum, Spectrum* kept) const {
  const auto first = static_cast<size_t>(tones_.first), lines = static_cast<size_t>(tones_.lines);
  std::copy_n(spectrum + first, lines, kept->re.begin());
  std::copy_n(spectrum + packet_ + first, lines, kept->im.begin());
}

uint8_t TonePicker::PlaceOf(const Peaks& peaks, size_t line) const {
  const float re = peaks.mid.re[line], im = peaks.mid.im[line];
  const auto phases = static_cast<size_t>(tones_.phases);
  size_t phase = 0;
  float nearest = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < phases; ++i) {
    const size_t turn = i * window_ / phases;
    const float along = re * turns_[turn] + im * turns_[window_ + turn];
    if (along <= nearest) continue;
    nearest = along;
    phase = i;
  }
  if (tones_.pans == 1) return static_cast<uint8_t>(phase);
  const float product = peaks.side.re[line] * re + peaks.side.im[line] * im;
  const float balance = std::clamp(product / (re * re + im * im), -1.0f, 1.0f);
  const int64_t steps = tones_.pans / 2;
  const auto middle = static_cast<float>(steps);
  const auto pan = static_cast<size_t>(std::round(balance * middle) + middle);
  return static_cast<uint8_t>(pan * phases + phase);
}

// spectrum: real parts of bins 0…window/2, imaginary ones of 1…window/2-1.
void TonePicker::Analyse(const float* spectrum, Peaks* peaks) {
  const float* const re = spectrum + first_bin_;
  const float* const im = spectrum + packet_ + first_bin_;
  const size_t inner = std::min(bins_, packet_ - first_bin_);
  for (size_t i = 0; i < inner; ++i) level_[i] = std::sqrt(re[i] * re[i] + im[i] * im[i]);
  // The first bin and the last have no imaginary part.
  if (first_bin_ == 0) level_[0] = std::abs(spectrum[0]);
  if (inner < bins_) level_[inner] = std::abs(spectrum[packet_]);
  for (size_t i = 0; i < bins_; ++i) level_[i] += kSilence;
  kernels_.decibels(level_.data(), bins_);
  const auto first = static_cast<size_t>(tones_.first), lines = static_cast<size_t>(tones_.lines);
  // The level of one bin after another less the mean of its surroundings, whose sum moves along: in
  // double precision, so that nothing of what has left it stays.
  size_t bin = first - 1;
  const auto begin = [&] { return bin - std::min(bin, kAround); };
  const auto end = [&] { return std::min(packet_, bin + kAround) + 1; };
  double sum = 0;
  for (size_t i = begin(); i < end(); ++i) sum += level_[i - first_bin_];
  const auto next_stands = [&] {
    const double mean = sum / static_cast<double>(end() - begin());
    const float stands = level_[bin - first_bin_] - static_cast<float>(mean);
    if (bin >= kAround) sum -= level_[bin - kAround - first_bin_];
    ++bin;
    if (const size_t last = bin + kAround - first_bin_; last < bins_) sum += level_[last];
    return stands;
  };
  float below = next_stands(), here = next_stands();
  peaks->loudest = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < lines; ++i) {
    const float above = next_stands();
    const float level = level_[first + i - first_bin_];
    peaks->level[i] = level;
    peaks->loudest = std::max(peaks->loudest, level);
    peaks->stands[i] = here;
    const bool is_peak = here >= below && here >= above && here > kBegins &&
                         level > static_cast<float>(TonesConfig::kFloorDb);
    peaks->is_peak[i] = is_peak ? 1 : 0;
    below = here;
    here = above;
  }
}

void TonePicker::Choose(const Peaks& now, const Peaks& next, uint8_t* bytes) {
  const auto lines = static_cast<size_t>(tones_.lines);
  beginning_count_ = 0;
  for (size_t i = 0; i < lines; ++i) {
    is_near_next_[i] = next.is_peak[i] | (i > 0 ? next.is_peak[i - 1] : 0) |
                       (i + 1 < lines ? next.is_peak[i + 1] : 0);
    if (now.is_peak[i] != 0 && is_near_next_[i] != 0) {
      beginning_[beginning_count_++] = static_cast<uint8_t>(i);
    }
  }
  for (size_t round = 1; round <= kRounds; ++round) {
    if (round > 1 && before_[round - 1] == before_[round - 2]) {
      kept_[round] = kept_[round - 1];
    } else {
      Select(now, before_[round - 1], &kept_[round]);
    }
  }
  std::copy(kept_.begin(), kept_.end(), before_.begin());
  const Kept& kept = kept_[kRounds];
  std::array<Tone, kLines> tones;
  for (size_t i = 0; i < kept.count; ++i) {
    const size_t line = kept.line[i];
    const float level = (now.level[line] - static_cast<float>(TonesConfig::kFloorDb)) /
                        static_cast<float>(tones_.step_db);
    tones[line].level = static_cast<uint8_t>(
        std::clamp(std::round(level), 0.0f, static_cast<float>(TonesConfig::kLevels - 1)));
    if (tones_.places() > 1) tones[line].place = PlaceOf(now, line);
  }
  WriteTones(tones_, {tones.data(), lines}, bytes);
}

// What a round keeps, when it kept `before` in the packet before.
void TonePicker::Select(const Peaks& now, const Kept& before, Kept* kept) {
  std::array<Candidate, TonesConfig::kMaxCount> best;  // by score
  const auto most = static_cast<size_t>(tones_.count);
  const float slope = kBonusLow / static_cast<float>(tones_.lines);
  size_t count = 0;
  for (size_t i = 0, j = 0; i < beginning_count_ || j < before.count;) {
    const size_t begins = i < beginning_count_ ? beginning_[i] : kLines;
    const size_t was = j < before.count ? before.line[j] : kLines;
    const size_t line = std::min(begins, was);
    if (begins == line) ++i;
    if (was == line) ++j;
    const bool may_go_on =
        now.stands[line] > kGoesOn && now.level[line] > static_cast<float>(TonesConfig::kFloorDb);
    if (begins != line && !may_go_on) continue;
    const float score = now.stands[line] - kQuieter * (now.loudest - now.level[line]) +
                        (was == line ? kBonusGoesOn : 0) +
                        (is_near_next_[line] != 0 ? kBonusLasts : 0) +
                        (kBonusLow - slope * static_cast<float>(line));
    if (score < kLeast) continue;
    // They come in the order of lines: of equals the lower one is there already, and stays.
    size_t at = count;
    while (at > 0 && best[at - 1].score < score) --at;
    if (at == most) continue;
    if (count < most) ++count;
    for (size_t k = count - 1; k > at; --k) best[k] = best[k - 1];
    best[at] = {.score = score, .line = static_cast<uint8_t>(line)};
  }
  for (size_t i = 0; i < count; ++i) {
    size_t at = i;
    for (; at > 0 && kept->line[at - 1] > best[i].line; --at) kept->line[at] = kept->line[at - 1];
    kept->line[at] = best[i].line;
  }
  kept->count = count;
}

void TonePicker::Reset() {
  mid_.Reset();
  if (tones_.pans > 1) side_.Reset();
  Forget();
}

void TonePicker::Forget() {
  // The window before the beginning, which is silent, has no peaks.
  for (Peaks& peaks : peaks_) {
    peaks.loudest = kSilence;
    kernels_.decibels(&peaks.loudest, 1);
    peaks.level.fill(peaks.loudest);
    peaks.stands.fill(0);
    peaks.is_peak.fill(0);
    for (Spectrum* spectrum : {&peaks.mid, &peaks.side}) {
      spectrum->re.fill(0);
      spectrum->im.fill(0);
    }
  }
  for (Kept& kept : before_) kept.count = 0;
  std::copy(before_.begin(), before_.end(), kept_.begin());
}

double TonePicker::multiply_adds() const {
  // As those of Fourier.
  const size_t stages = std::bit_width(packet_) - 1;
  return static_cast<double>((tones_.pans > 1 ? 2 : 1) * 2 * packet_ * (stages + 2));
}

ToneSound::ToneSound(Builder& builder, size_t early)
    : tones_(*builder.config().tones),
      packet_(builder.config().packet),
      window_(2 * packet_),
      first_line_(tones_.first),
      lines_(tones_.lines) {
  builder.Register(this, kCoarse);
  builder.Allocate(&rise_, packet_);
  builder.Allocate(&before_, lines_);
  builder.Allocate(&cosines_, window_);
  builder.Allocate(&sines_, window_);
  // A packet's window begins so long after the packet.
  const size_t wait = builder.config().delay() - window_ - early;
  mid_.Allocate(builder, wait, builder.max_packets() * packet_, 1);
  if (tones_.pans > 1) side_.Allocate(builder, wait, builder.max_packets() * packet_, 1);
  if (!builder.status().ok()) return;
  for (size_t n = 0; n < packet_; ++n) rise_[n] = static_cast<float>(Hann(n, window_));
  for (size_t n = 0; n < window_; ++n) {
    const double turn = static_cast<double>(n) / static_cast<double>(window_);
    cosines_[n] = static_cast<float>(CosineOfTurns(turn));
    sines_[n] = static_cast<float>(SineOfTurns(turn));
  }
  for (size_t i = 0; i < lines_; ++i) {
    phases_[i] = static_cast<uint32_t>(
        TonesConfig::Phase(static_cast<int64_t>(first_line_ + i), static_cast<int64_t>(window_)));
  }
  for (size_t l = 0; l < amplitudes_.size(); ++l) {
    // Equally in left and right: √2 of it in mid.
    const double level = tones_.level_db(static_cast<int64_t>(l));
    amplitudes_[l] = static_cast<float>(Amplitude(level) / kHalfRoot);
  }
}

void ToneSound::Step(size_t packets, const Tone* tones, const float* gains, float* mid,
                     float* side) {
  const size_t samples = packets * packet_;
  const auto fresh = [samples](History& sound) {
    float* const added = sound.Extend(samples);
    std::memset(added, 0, samples * sizeof(float));
    return added;
  };
  const bool has_sides = tones_.pans > 1;
  float* const to_mid = fresh(mid_);
  float* const to_side = has_sides ? fresh(side_) : nullptr;
  for (size_t p = 0; p < packets; ++p, tones += lines_) {
    for (size_t line = 0; line < lines_; ++line) {
      if (!tones[line].is_there() && before_[line].amplitude == 0) continue;  // most of them
      const Voice now = VoiceOf(line, tones[line], gains[p]);
      if (now.amplitude != 0 || before_[line].amplitude != 0) {
        AddLine(line, before_[line], now, to_mid + p * packet_,
                has_sides ? to_side + p * packet_ : nullptr);
      }
      before_[line] = now;
    }
    odd_ = !odd_;
  }
  kernels_.add(mid, mid_.oldest(), mid, samples);
  if (has_sides) kernels_.add(side, side_.oldest(), side, samples);
}

ToneSound::Voice ToneSound::VoiceOf(size_t line, const Tone& tone, float gain) const {
  if (!tone.is_there()) return {};
  const auto phases = static_cast<size_t>(tones_.phases);
  Voice voice;
  voice.amplitude = amplitudes_[tone.level] * gain;
  voice.share = static_cast<float>(tones_.side(static_cast<int64_t>(tone.place / phases)));
  if (phases > 1) {
    voice.at = tone.place % phases * window_ / phases;
  } else {
    voice.at = odd_ ? InSecondHalf(line, phases_[line]) : phases_[line];
  }
  return voice;
}

// In a packet the line makes k/2 turns.
size_t ToneSound::InSecondHalf(size_t line, size_t at) const {
  return Wrap(at + ((first_line_ + line) % 2 == 1 ? packet_ : 0));
}

// Adds a line of which `before` ends and `now` begins in the course of a packet.
void ToneSound::AddLine(size_t line, const Voice& before, const Voice& now, float* mid,
                        float* side) const {
  Voice ending = before;
  ending.at = InSecondHalf(line, before.at);
  const bool goes_on = ending.at == now.at && ending.share == now.share;
  if (goes_on || before.amplitude == 0) {
    AddVoice(line, now, before.amplitude, now.amplitude, mid, side);
    return;
  }
  AddVoice(line, ending, ending.amplitude, 0, mid, side);
  if (now.amplitude != 0) AddVoice(line, now, 0, now.amplitude, mid, side);
}

// Adds a line whose amplitude goes from `before` to `now` in the course of a packet.
void ToneSound::AddVoice(size_t line, const Voice& voice, float before, float now, float* mid,
                         float* side) const {
  const size_t k = first_line_ + line;
  // cos(a + b) = cos a cos b - sin a sin b: a where a block begins, b within it.
  float cosines[kBlock], sines[kBlock];
  for (size_t i = 0, at = 0; i < kBlock; ++i, at = Wrap(at + k)) {
    cosines[i] = cosines_[at];
    sines[i] = sines_[at];
  }
  const float change = now - before;
  const size_t block_steps = k * kBlock % window_;
  size_t at = voice.at;
  for (size_t begin = 0; begin < packet_; begin += kBlock, at = Wrap(at + block_steps)) {
    kernels_.sinusoid(rise_.data() + begin, before, change, cosines, sines, cosines_[at],
                      sines_[at], voice.share, mid + begin,
                      side == nullptr ? nullptr : side + begin, std::min(kBlock, packet_ - begin));
  }
}

void ToneSound::Reset() {
  before_.Clear();
  mid_.Reset();
  if (tones_.pans > 1) side_.Reset();
  odd_ = false;
}

double ToneSound::multiply_adds() const {
  // Of as many tones as there may be, which change with every packet.
  const double outputs = tones_.pans > 1 ? 5 : 4;
  return static_cast<double>(2 * tones_.count) * outputs * static_cast<double>(packet_);
}

}  // namespace motet::core
