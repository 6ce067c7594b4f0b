// Valid model files with random weights, for any configuration: what tests and benchmarks run on
// where a trained model is not needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "random_tensors.h"

namespace motet::testing {

// kSmallConfig or one of those with tones, with levels of bands from a quality on, and with a delay
// of 4n + 1 hops, which they need.
std::string WithBands(const std::string& small_config, int from_quality,
                      const std::string& edges = "[2, 3, 4, 9, 14]");

// Random tensors for the `model` object of a configuration, given as JSON text. Activations stay
// near 1, and the decoder's sound is of moderate level.
RandomTensors MakeTensors(const std::string& model_json, uint32_t seed);

enum class Storage : uint8_t { kF32 = 0, kF16 = 1, kInt8 = 2 };

// The bytes of a `.motetmodel` file with these tensors. Under f16 and int8, tensors of rank 1 and
// codebooks stay f32. The identity is 16 digits that depend on nothing.
std::vector<uint8_t> WriteModel(const std::string& model_json, const RandomTensors& tensors,
                                Storage storage = Storage::kF32);
// The same for the whole JSON of the file, valid or not.
std::vector<uint8_t> WriteModelFile(const std::string& json, const RandomTensors& tensors,
                                    Storage storage = Storage::kF32);

// Both steps at once.
std::vector<uint8_t> RandomModel(const std::string& model_json, uint32_t seed,
                                 Storage storage = Storage::kF32);

// The tensors of an entropy model beside those of a codec: integers, some of which predict a lot.
void AddEntropyTensors(const std::string& model_json, uint32_t seed, RandomTensors* tensors);
// The JSON of a model file with that entropy model.
std::string EntropyJson(const std::string& model_json);
// A whole model file with an entropy model, and with another identity.
std::vector<uint8_t> RandomEntropyModel(const std::string& model_json, uint32_t seed,
                                        Storage storage = Storage::kF32);

// Puts the right checksums into a model file that was altered on purpose.
void RepairHeader(std::vector<uint8_t>* file);

// Music-like stereo noise in -1…1: a few slides of tone, some noise, some silence.
std::vector<std::vector<float>> RandomSound(size_t samples, uint32_t seed);

}  // namespace motet::testing
