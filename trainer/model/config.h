// The architecture as data: the `model` object of a configuration, a checkpoint or a model file
// (docs/ARCHITECTURE.md).
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace motet::trainer {

// Levels of the hierarchy, always in the order coarse, mid, fine.
enum Level { kCoarse = 0, kMid = 1, kFine = 2 };
inline constexpr int kLevels = 3;
inline constexpr std::array<const char*, kLevels> kLevelNames = {"coarse", "mid", "fine"};
// Frames per packet of a level.
inline constexpr std::array<int64_t, kLevels> kFramesPerPacket = {1, 2, 4};

struct LevelConfig {
  int64_t width = 0;               // channels
  std::vector<int64_t> lookahead;  // frames, one entry per block

  int64_t total_lookahead() const;
};

struct ModelConfig {
  std::string name;
  int64_t sample_rate = 0;  // Hz
  int64_t channels = 0;
  int64_t packet = 0;  // samples
  struct {
    std::string type;
    int64_t window = 0, hop = 0;  // samples
    double power = 0, epsilon = 0;
  } analysis;
  struct {
    std::array<LevelConfig, kLevels> levels;
    struct {
      int64_t width = 0, kernel = 0, dilation = 0;
    } features;
    int64_t latent_hidden = 0;
  } encoder;
  struct {
    int64_t latent = 0, dim = 0, entries = 0, per_level = 0, context = 0;
  } quantizer;
  struct {
    std::array<LevelConfig, kLevels> levels;
  } decoder;
  struct {
    int64_t kernel = 0, expansion = 0;
  } block;
  struct {
    int64_t hidden = 0, chroma = 0, onset = 0, timbre = 0;
    int64_t total() const { return chroma + onset + timbre; }
  } conditioning;
  struct {
    std::string type;  // "istft"; "mdct" for experiments: neither core nor exporter knows it
    int64_t window = 0, hop = 0;
    double max_log_magnitude = 0;
  } synthesis;
  int64_t default_quality = 0;

  int64_t bins() const { return analysis.window / 2 + 1; }
  // Values of the decoder's head for each frame and channel: log-magnitudes and phases of an
  // inverse STFT, or MDCT coefficients.
  int64_t head_values() const { return synthesis.type == "mdct" ? synthesis.hop : 2 * bins(); }
  // Samples by which the output lags the input.
  int64_t delay() const;
  // The ladder of qualities: entry q-1 is the quantizer (level, index) that quality q adds.
  std::vector<std::pair<Level, int64_t>> ladder() const;
};

// Throws std::runtime_error that names the first key that is missing, unknown, of the wrong type or
// out of range.
ModelConfig ParseModelConfig(const nlohmann::json& json);

}  // namespace motet::trainer
