#include "layers/bands.h"

#include <algorithm>
#include <cmath>

#include "layers/decibels.h"
#include "model_config/band_levels.h"

namespace motet::core {
namespace {

using namespace band_levels;

constexpr size_t kRows = 4;  // of a packet

// The imaginary parts of bins 1…window/2 - 1 follow those of all real ones.
size_t ImaginaryPart(const ModelConfig& config) { return static_cast<size_t>(config.bins()) - 1; }

// Calls on_value(value&) for the real and imaginary parts of bins begin…end - 1 of a packet.
template <typename Value, typename OnValue>
void ForBand(int64_t begin, int64_t end, size_t imaginary, Value* rows, size_t row_stride,
             const OnValue& on_value) {
  for (size_t row = 0; row < kRows; ++row, rows += row_stride) {
    for (auto bin = static_cast<size_t>(begin); bin < static_cast<size_t>(end); ++bin) {
      on_value(rows[bin]);
      on_value(rows[imaginary + bin]);
    }
  }
}

float EnergyOf(int64_t begin, int64_t end, size_t imaginary, const float* rows, size_t row_stride) {
  float energy = 0;
  ForBand(begin, end, imaginary, rows, row_stride,
          [&energy](float value) { energy += value * value; });
  return energy;
}

}  // namespace

BandMeter::BandMeter(Builder& builder)
    : edges_(builder.config().bands->edges),
      imaginary_(ImaginaryPart(builder.config())),
      scale_(1 / static_cast<float>(builder.config().packet)),
      step_db_(static_cast<float>(builder.config().bands->step_db)) {
  builder.Register(this, kCoarse);
}

void BandMeter::Step(size_t packets, const float* spectrum, size_t row_stride, uint8_t* bytes,
                     size_t stride) const {
  for (size_t p = 0; p < packets; ++p) {
    std::array<float, BandsConfig::kMaxCount> twice;  // the level in dB, times two
    const size_t count = edges_.size() - 1;
    for (size_t band = 0; band < count; ++band) {
      const float energy =
          EnergyOf(edges_[band], edges_[band + 1], imaginary_, spectrum, row_stride);
      twice[band] = energy * scale_ + static_cast<float>(kSilence);
    }
    kernels_.decibels(twice.data(), count);
    for (size_t band = 0; band < count; ++band) {
      const float level =
          (0.5f * twice[band] - static_cast<float>(BandsConfig::kFloorDb)) / step_db_;
      bytes[band] = static_cast<uint8_t>(
          std::clamp(std::round(level), 0.0f, static_cast<float>(BandsConfig::kLevels - 1)));
    }
    spectrum += kRows * row_stride;
    bytes += stride;
  }
}

BandGains::BandGains(Builder& builder)
    : edges_(builder.config().bands->edges),
      bands_(static_cast<size_t>(builder.config().bands->count())),
      imaginary_(ImaginaryPart(builder.config())),
      silence_(static_cast<float>(static_cast<double>(builder.config().packet) * kSilence)),
      delay_(builder, static_cast<size_t>(builder.config().bands_delay()), bands_, kCoarse) {
  builder.Register(this, kCoarse);
  const ModelConfig& config = builder.config();
  builder.Allocate(&wanted_, builder.max_packets() * bands_);
  const auto packet = static_cast<double>(config.packet);
  for (size_t l = 0; l < energies_.size(); ++l) {
    const double db = config.bands->level_db(static_cast<int64_t>(l));
    energies_[l] = l == 0 ? 0 : static_cast<float>(packet * Power(db));
  }
}

void BandGains::Expect(size_t packets, const uint8_t* levels) {
  for (size_t i = 0; i < packets * bands_; ++i)
    wanted_[i] = energies_[std::min<size_t>(levels[i], energies_.size() - 1)];
  wanted_now_ = delay_.Step(packets, wanted_.data());
}

void BandGains::Apply(size_t packets, float* spectrum, size_t row_stride) const {
  constexpr auto kMost = static_cast<float>(kMaxGain);
  for (size_t i = 0; i < packets * bands_; ++i) {
    if (wanted_now_[i] == 0) continue;
    const size_t band = i % bands_;
    float* const rows = spectrum + i / bands_ * kRows * row_stride;
    const float own = EnergyOf(edges_[band], edges_[band + 1], imaginary_, rows, row_stride);
    const float gain = std::clamp(std::sqrt(wanted_now_[i] / (own + silence_)), 1 / kMost, kMost);
    ForBand(edges_[band], edges_[band + 1], imaginary_, rows, row_stride,
            [gain](float& value) { value *= gain; });
  }
}

}  // namespace motet::core
