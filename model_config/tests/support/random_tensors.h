// Random weights for any configuration: what tests and benchmarks run on where a trained model is
// not needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "model_config/tensors.h"

namespace motet::testing {

// The configuration of docs/ARCHITECTURE.md.
extern const char* const kBaseConfig;
// A small one with odd widths and lookahead at every level; hop 16.
extern const char* const kSmallConfig;
// The same with tones: 5 of 40 lines, from quality 4 on.
extern const char* const kTonesConfig;
extern const char* const kPlacedTonesConfig;  // the same, with phases and pans

// Ladders of models with four quantizers per level. Whole quantizers, two at once, and halves:
inline constexpr char kLadder[] = R"(["coarse.0", "coarse.1", "mid.0", "mid.1", "fine.0", "fine.1",
  "coarse.2, coarse.3", "mid.2", "fine.2 even", "fine.2 odd", "fine.3", "mid.3"])";
// As far from the usual order as the rules allow: fine first, halves in either order and with other
// codes between them. 11 qualities.
inline constexpr char kScatteredLadder[] = R"(["fine.0", "coarse.0, mid.0 odd",
  "fine.1 odd, fine.1 even", "mid.0 even, mid.1", "coarse.1, coarse.2", "fine.2 even",
  "fine.3 even, mid.2", "coarse.3", "fine.2 odd, fine.3 odd", "mid.3 odd", "mid.3 even"])";
// A configuration that has none, with a ladder.
std::string WithLadder(const std::string& model_json, const std::string& ladder);

// What the text of a `model` object says, which must be a valid one.
ModelConfig ConfigOf(const std::string& model_json);

struct RandomTensor {
  std::vector<size_t> shape;
  std::vector<float> values;  // row-major
};
using RandomTensors = std::map<std::string, RandomTensor>;

// Values spread evenly with the given standard deviation: the same for the same state of `random`,
// on every machine.
RandomTensor EvenlySpread(std::mt19937& random, const std::vector<int64_t>& shape,
                          double deviation);

// All of ModelTensors(config), such that no layer makes what goes through it much louder or softer:
// weights by the number of a layer's inputs, biases of 0.1, entries of codebooks of 1.
RandomTensors EvenTensors(std::mt19937& random, const ModelConfig& config);

}  // namespace motet::testing
