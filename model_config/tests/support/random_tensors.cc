#include "random_tensors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "model_config/parse.h"

namespace motet::testing {

const char* const kBaseConfig = R"({
  "name": "motet", "sample_rate": 44100, "channels": 2, "packet": 1024,
  "analysis":  {"type": "stft", "window": 512, "hop": 256, "power": 0.4, "epsilon": 1e-8},
  "encoder": {
    "coarse": {"width": 256, "lookahead": [0, 0]},
    "mid":    {"width": 192, "lookahead": [0, 0]},
    "fine":   {"width": 128, "lookahead": [1, 1]},
    "features": {"width": 16, "kernel": 7, "dilation": 4},
    "latent": {"hidden": 128}
  },
  "quantizer": {"latent": 64, "dim": 8, "entries": 256, "per_level": 4, "context": 2},
  "decoder": {
    "coarse": {"width": 256, "lookahead": [1, 0]},
    "mid":    {"width": 256, "lookahead": [0, 0]},
    "fine":   {"width": 192, "lookahead": [1, 1, 0]}
  },
  "block": {"kernel": 7, "expansion": 3},
  "conditioning": {"hidden": 64, "chroma": 12, "onset": 1, "timbre": 4},
  "synthesis": {"type": "istft", "window": 512, "hop": 256, "max_log_magnitude": 5.0},
  "default_quality": 6
})";

namespace {

constexpr char kSmallBegins[] = R"({
  "name": "small", "sample_rate": 44100, "channels": 2, "packet": 64,
  "analysis":  {"type": "stft", "window": 32, "hop": 16, "power": 0.4, "epsilon": 1e-8},
  "encoder": {
    "coarse": {"width": 24, "lookahead": [1, 0]},
    "mid":    {"width": 19, "lookahead": [2]},
    "fine":   {"width": 17, "lookahead": [1, 3]},
    "features": {"width": 5, "kernel": 3, "dilation": 4},
    "latent": {"hidden": 33}
  },
  "quantizer": {"latent": 12, "dim": 5, "entries": 256, "per_level": 4, "context": 2},
  "decoder": {
    "coarse": {"width": 34, "lookahead": [1, 2]},
    "mid":    {"width": 21, "lookahead": [1]},
    "fine":   {"width": 18, "lookahead": [0, 2, 1]}
  },
  "block": {"kernel": 7, "expansion": 2},
  "conditioning": {"hidden": 9, "chroma": 12, "onset": 1, "timbre": 4},
  "synthesis": {"type": "istft", "window": 32, "hop": 16, "max_log_magnitude": 2.0},
  "default_quality": 6)";
constexpr char kSmallEnds[] = "}";
constexpr char kTonesEnd[] = R"(,
  "tones": {"first": 3, "lines": 40, "count": 5, "step_db": 2.5, "from_quality": 4}
})";
constexpr char kPlacedTonesEnd[] = R"(,
  "tones": {"first": 3, "lines": 40, "count": 5, "step_db": 2.5, "from_quality": 4, "phases": 4, "pans": 5}
})";

// Joined by the compiler, so that tests can use it before `main`.
template <size_t A, size_t B>
constexpr std::array<char, A + B - 1> Joined(const char (&a)[A], const char (&b)[B]) {
  std::array<char, A + B - 1> both{};
  std::copy(a, a + A - 1, both.begin());
  std::copy(b, b + B, both.begin() + A - 1);
  return both;
}

constexpr auto kSmall = Joined(kSmallBegins, kSmallEnds);
constexpr auto kSmallWithTones = Joined(kSmallBegins, kTonesEnd);
constexpr auto kSmallWithPlacedTones = Joined(kSmallBegins, kPlacedTonesEnd);

}  // namespace

const char* const kSmallConfig = kSmall.data();
const char* const kTonesConfig = kSmallWithTones.data();
const char* const kPlacedTonesConfig = kSmallWithPlacedTones.data();

std::string WithLadder(const std::string& model_json, const std::string& ladder) {
  const size_t begin = model_json.find('{') + 1;
  return model_json.substr(0, begin) + "\"ladder\": " + ladder + "," + model_json.substr(begin);
}

ModelConfig ConfigOf(const std::string& model_json) {
  const Parsed<ModelConfig> config = ParseModelConfig(model_json);
  if (!config.ok()) {
    std::fprintf(stderr, "%s\n", config.fault.c_str());
    std::abort();
  }
  return config.value;
}

RandomTensor EvenlySpread(std::mt19937& random, const std::vector<int64_t>& shape,
                          double deviation) {
  RandomTensor tensor{{shape.begin(), shape.end()}, {}};
  size_t size = 1;
  for (const size_t extent : tensor.shape) size *= extent;
  tensor.values.resize(size);
  const double bound = std::sqrt(3.0) * deviation;
  for (float& value : tensor.values) {
    // Not std::uniform_real_distribution, which differs between libraries.
    const double unit = static_cast<double>(random()) / 4294967295.0;
    value = static_cast<float>((2 * unit - 1) * bound);
  }
  return tensor;
}

RandomTensors EvenTensors(std::mt19937& random, const ModelConfig& config) {
  RandomTensors tensors;
  for (const auto& [name, shape] : ModelTensors(config)) {
    double deviation = 0.1;
    if (name.ends_with(".codebook")) {
      deviation = 1;
    } else if (name.ends_with(".weight")) {
      // [kernel, channels] of a depthwise convolution, else [out, in].
      const bool depthwise =
          name.ends_with(".depthwise.weight") || name.ends_with(".harmonic.weight");
      deviation = 1 / std::sqrt(static_cast<double>(shape[depthwise ? 0 : 1]));
    }
    tensors[name] = EvenlySpread(random, shape, deviation);
  }
  return tensors;
}

}  // namespace motet::testing
