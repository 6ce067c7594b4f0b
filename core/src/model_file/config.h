// The architecture as data: the JSON of a model file (docs/ARCHITECTURE.md, "Configuration").
// Names and ranges are those of trainer/model/config.h.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "motet/status.h"

namespace motet::core {

// Levels of the hierarchy, always in the order coarse, mid, fine.
enum Level { kCoarse = 0, kMid = 1, kFine = 2 };
inline constexpr int kLevels = 3;
inline constexpr std::array<Level, kLevels> kCoarseToFine = {kCoarse, kMid, kFine};
inline constexpr std::array<const char*, kLevels> kLevelNames = {"coarse", "mid", "fine"};
// Frames per packet of a level.
inline constexpr std::array<size_t, kLevels> kFramesPerPacket = {1, 2, 4};

struct LevelConfig {
  size_t width = 0;               // channels
  std::vector<size_t> lookahead;  // frames, one entry per block

  size_t total_lookahead() const;
};

// One step of the quality ladder: the quantizer that it adds and the codes of it in a packet.
struct LadderStep {
  Level level = kCoarse;
  size_t quantizer = 0;
  size_t codes = 0;
  size_t offset = 0;  // of the first code in the packet
  size_t stage = 0;   // of `context` quantizers of each level
};

struct ModelConfig {
  std::string name;
  int sample_rate = 0;  // Hz
  int channels = 0;
  size_t packet = 0;  // samples, 4 hops
  struct {
    size_t window = 0, hop = 0;  // samples, window = 2 hops; the synthesis has the same
    double power = 0, epsilon = 0;
  } analysis;
  struct {
    std::array<LevelConfig, kLevels> levels;
    struct {
      size_t width = 0, kernel = 0, dilation = 0;
    } features;
    size_t latent_hidden = 0;
  } encoder;
  struct {
    size_t latent = 0, dim = 0, entries = 0, per_level = 0, context = 0;
  } quantizer;
  struct {
    std::array<LevelConfig, kLevels> levels;
  } decoder;
  struct {
    size_t kernel = 0, expansion = 0;
  } block;
  struct {
    size_t hidden = 0, chroma = 0, onset = 0, timbre = 0;
    size_t total() const { return chroma + onset + timbre; }
  } conditioning;
  struct {
    double max_log_magnitude = 0;
  } synthesis;
  int default_quality = 0;

  size_t bins() const { return analysis.window / 2 + 1; }
  int max_quality() const { return static_cast<int>(kLevels * quantizer.per_level); }
  double packets_per_second() const { return sample_rate / static_cast<double>(packet); }
  // Fine frames by which the decoder's head lags the codes.
  size_t decoder_lookahead() const;
  // Samples by which the output lags the input.
  size_t delay() const;
  // Packets that encoder and decoder must have seen before their next packet is the one of a whole
  // stream: bounds on how far back their layers reach.
  size_t encoder_preroll() const;
  size_t decoder_preroll() const;
  // The ladder of qualities: entry q-1 is what quality q adds.
  std::vector<LadderStep> ladder() const;
  // Bytes of a packet, for a quality in 1..max_quality().
  size_t packet_bytes(int quality) const;
};

// Sizes of the entropy model (docs/FORMAT.md, "Entropy coding"); 0 if the file has none.
struct EntropyConfig {
  size_t embedding = 0, hidden = 0;
  std::string codec_identity;  // 16 hexadecimal digits: of the model without it
};

// The whole JSON of a model file.
struct ModelFileConfig {
  ModelConfig model;
  EntropyConfig entropy;
  std::string identity;  // 16 hexadecimal digits
};

// kCorrupt with the first key that is missing, unknown, of the wrong type or out of range. `name`
// stands for the file in errors.
Result<ModelFileConfig> ParseModelFileConfig(std::string_view json, const std::string& name);

}  // namespace motet::core
