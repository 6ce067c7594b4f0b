// The model as data: what the `model` object of a configuration, a checkpoint or a model file says
// (docs/ARCHITECTURE.md, "Configuration"). Sizes are signed, because they are computed with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace motet {

// Levels of the hierarchy, always in the order coarse, mid, fine.
enum Level { kCoarse = 0, kMid = 1, kFine = 2 };
inline constexpr int kLevels = 3;
inline constexpr std::array<Level, kLevels> kCoarseToFine = {kCoarse, kMid, kFine};
inline constexpr std::array<const char*, kLevels> kLevelNames = {"coarse", "mid", "fine"};
// Frames per packet of a level.
inline constexpr std::array<int64_t, kLevels> kFramesPerPacket = {1, 2, 4};
inline constexpr int64_t kMaxPerLevel = 8;  // quantizers

struct LevelConfig {
  int64_t width = 0;               // channels
  std::vector<int64_t> lookahead;  // frames, one entry per block

  int64_t total_lookahead() const;
};
using LevelConfigs = std::array<LevelConfig, kLevels>;

// Frames, at the level's own rate, by which a level of the encoder or the decoder is delayed for
// the lookahead of the coarser ones, so that all describe the same time.
int64_t LevelDelay(Level level, const LevelConfigs& levels);

// Codes that a step of the ladder adds to a packet: those of a quantizer, in all frames or in every
// other one.
struct LadderCodes {
  Level level = kCoarse;
  int64_t quantizer = 0;         // of the level
  int64_t first = 0, every = 1;  // frames `first`, `first + every`, …

  int64_t count() const { return (kFramesPerPacket[level] - first + every - 1) / every; }
  std::string name() const;  // "mid.1", "fine.2 even"
};

// One step of the quality ladder: what it adds, in the order of the packet.
using LadderStep = std::vector<LadderCodes>;
std::string NameOf(const LadderStep& step);  // "coarse.2, coarse.3"
// The inverse; nothing if the text is no such name.
std::optional<LadderStep> LadderStepOf(std::string_view name);

// A quantizer and where its codes are in a packet.
struct LadderQuantizer {
  struct Place {
    int64_t quality = 0;  // the lowest one that has the code
    int64_t offset = 0;   // of it in the packet
  };

  Level level = kCoarse;
  int64_t quantizer = 0;      // of the level
  int64_t stage = 0;          // of `context` quantizers of each level
  std::vector<Place> places;  // of the codes of a packet's frames

  int64_t frames() const { return static_cast<int64_t>(places.size()); }
  // The lowest qualities that have some of the codes, and all of them.
  int64_t first_quality() const;
  int64_t full_quality() const;
  // Whether all codes come with one quality, one after another.
  bool whole() const;
  std::string name() const;  // "mid.1"
};

// Tones that a packet carries behind the codes of a quality: peaks of the spectrum in windows of
// two packets, where line k lies at k · rate/window (docs/ARCHITECTURE.md, "Tones").
struct TonesConfig {
  static constexpr int64_t kMaxLines = 255;  // a line is a byte, and 0 none
  static constexpr int64_t kMaxCount = 64;   // a packet has at most 255 bytes
  static constexpr int64_t kLevels = 32;
  static constexpr int64_t kRounds = 16;   // of the choice, which reaches back as many packets
  static constexpr double kFloorDb = -66;  // of full scale: the lowest level
  static constexpr int64_t kMaxPhases = 16, kMaxPans = 15;

  int64_t first = 0, lines = 0;  // which lines can be tones
  int64_t count = 0;             // in a packet, at most
  double step_db = 0;            // of their levels
  int64_t from_quality = 0;
  // In a turn, a power of two. 1: phases are not said; each line has its own, which goes on for
  // ever.
  int64_t phases = 1;
  int64_t pans = 1;  // from right to left, an odd number; 1: all are in the middle

  // What is said of a tone besides line and level: `pan · phases + phase`.
  int64_t places() const { return phases * pans; }
  // The tone in left less that in right, as a share of their sum: -1 on the right, 1 on the left.
  double side(int64_t pan) const {
    const int64_t middle = pans / 2;
    return middle == 0 ? 0 : static_cast<double>(pan - middle) / static_cast<double>(middle);
  }
  int64_t bytes_each() const { return places() == 1 ? 2 : 3; }
  int64_t bytes() const { return bytes_each() * count; }  // in a packet
  // What the decoder is told of a packet: the level of each line and, with pans, where it is.
  int64_t row() const { return (pans == 1 ? 1 : 2) * lines; }
  double level_db(int64_t level) const { return kFloorDb + step_db * static_cast<double>(level); }
  // The phase of line k at the beginning of the stream, in 1/window turns.
  static int64_t Phase(int64_t line, int64_t window);
};

// Levels of bands that a packet carries behind the codes (and the tones) of a quality, to which the
// decoder brings its sound (docs/ARCHITECTURE.md, "Levels of bands").
struct BandsConfig {
  static constexpr size_t kMaxCount = 32;
  static constexpr int64_t kLevels = 32;   // 0: nothing is said of the band
  static constexpr double kFloorDb = -93;  // of full scale; the lowest level is a step above it

  std::vector<int64_t>
      edges;  // bins of the analysis: band i has those from edges[i] to edges[i+1]-1
  double step_db = 0;
  int64_t from_quality = 0;

  int64_t count() const { return static_cast<int64_t>(edges.size()) - 1; }
  int64_t bytes() const { return count(); }  // in a packet
  double level_db(int64_t level) const { return kFloorDb + step_db * static_cast<double>(level); }
};

struct ModelConfig {
  std::string name;
  int64_t sample_rate = 0;  // Hz
  int64_t channels = 0;
  int64_t packet = 0;  // samples, 4 hops
  struct {
    std::string type;             // "stft"
    int64_t window = 0, hop = 0;  // samples, window = 2 hops
    double power = 0, epsilon = 0;
  } analysis;
  struct {
    LevelConfigs levels;
    struct {
      int64_t width = 0, kernel = 0, dilation = 0;
    } features;
    int64_t latent_hidden = 0;
  } encoder;
  struct {
    int64_t latent = 0, dim = 0, entries = 0, per_level = 0, context = 0;
  } quantizer;
  struct {
    LevelConfigs levels;
  } decoder;
  struct {
    int64_t kernel = 0, expansion = 0;
  } block;
  struct {
    int64_t hidden = 0, chroma = 0, onset = 0, timbre = 0;
    int64_t total() const { return chroma + onset + timbre; }
  } conditioning;
  struct {
    std::string type;             // "istft"; "mdct" for experiments of the trainer
    int64_t window = 0, hop = 0;  // samples, those of the analysis
    double max_log_magnitude = 0;
  } synthesis;
  int64_t default_quality = 0;
  // The ladder of models that say it; empty: stage after stage, level after level, each quantizer a
  // step.
  std::vector<LadderStep> own_ladder;
  std::optional<TonesConfig> tones;  // of models that have them
  std::optional<BandsConfig> bands;  // of models that have them

  int64_t bins() const { return analysis.window / 2 + 1; }
  // Values of the decoder's head for each frame and channel: log-magnitudes and phases of an
  // inverse STFT, or MDCT coefficients.
  int64_t head_values() const { return synthesis.type == "mdct" ? synthesis.hop : 2 * bins(); }
  int64_t max_quality() const {
    return own_ladder.empty() ? kLevels * quantizer.per_level
                              : static_cast<int64_t>(own_ladder.size());
  }
  double packets_per_second() const {
    return static_cast<double>(sample_rate) / static_cast<double>(packet);
  }
  // Fine frames by which the decoder's head lags the codes.
  int64_t decoder_lookahead() const;
  // Samples by which the output lags the input.
  int64_t delay() const;
  // How many packets encoder and decoder must have seen before what they give is the same as in the
  // whole stream: bounds on how far back their layers reach. A decoder of tones besides begins at a
  // packet of even number.
  int64_t encoder_preroll() const;
  int64_t decoder_preroll() const;
  // The ladder of qualities: entry q-1 is what quality q adds.
  std::vector<LadderStep> ladder() const;
  // All quantizers, stage after stage; in a stage coarse, mid, fine.
  std::vector<LadderQuantizer> quantizers() const;
  // Whether packets of a quality carry tones, and where in the packet those then begin.
  bool has_tones(int64_t quality) const;
  int64_t tones_offset() const;
  // The same for levels of bands.
  bool has_bands(int64_t quality) const;
  int64_t bands_offset() const;
  // Packets after which the decoder gives the sound of the levels of bands of a packet.
  int64_t bands_delay() const;
  // Bytes of a packet, for a quality in 1..max_quality().
  int64_t packet_bytes(int64_t quality) const;
};

// Sizes of the entropy model (docs/FORMAT.md, "Entropy coding").
struct EntropyConfig {
  static constexpr int64_t kMaxEmbedding = 64;
  static constexpr int64_t kMaxHidden = 512;

  int64_t embedding = 0;       // values for a code of context
  int64_t hidden = 0;          // values between the two layers
  std::string codec_identity;  // 16 hexadecimal digits: of the model without it
};

}  // namespace motet
