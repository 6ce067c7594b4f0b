#include "random_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>
#include <utility>

#include "arithmetic/crc32.h"

namespace motet::testing {

namespace {

constexpr char kIdentity[] = "0123456789abcdef";
constexpr char kEntropyIdentity[] = "fedcba9876543210";
constexpr size_t kEmbedding = 6, kHidden = 24;  // of entropy models

std::string FileJson(const std::string& model_json, const std::string& more = "",
                     const std::string& identity = kIdentity) {
  return R"({"model": )" + model_json + R"(, "identity": ")" + identity +
         R"(", "info": {"steps": 0})" + more + "}";
}

void Scale(RandomTensor& tensor, float factor) {
  for (float& value : tensor.values) value *= factor;
}

template <typename T>
void Append(std::vector<uint8_t>* bytes, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes->push_back(static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}

// All at once: most tests make a model of millions of weights, and under the sanitizers each call
// costs.
template <typename T>
void AppendAll(std::vector<uint8_t>* bytes, const std::vector<T>& values) {
  static_assert(std::endian::native == std::endian::little, "files have the low byte first");
  const size_t size = bytes->size();
  bytes->resize(size + sizeof(T) * values.size());
  if (!values.empty()) std::memcpy(bytes->data() + size, values.data(), sizeof(T) * values.size());
}

void Put32(std::vector<uint8_t>* bytes, size_t offset, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) (*bytes)[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}

uint32_t Get32(const std::vector<uint8_t>& bytes, size_t offset) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= uint32_t{bytes[offset + i]} << (8 * i);
  return value;
}

// To the nearest binary16, for values of moderate size.
uint16_t Half(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::abs(static_cast<double>(value));
  if (magnitude < 0x1p-14) return static_cast<uint16_t>(sign | std::lround(magnitude * 0x1p24));
  int exponent = 0;
  const double fraction = std::frexp(magnitude, &exponent);  // 0.5…1
  const auto rounded = std::lround(fraction * 2048);         // 1024…2048, which carries rightly
  return static_cast<uint16_t>(sign | ((exponent + 13) * 1024 + rounded));
}

// Int8 with a scale for each row, or of 1 for `integers`.
std::vector<uint8_t> StoredData(const RandomTensor& tensor, Storage storage, bool integers) {
  std::vector<uint8_t> data;
  if (storage == Storage::kF32) {
    AppendAll(&data, tensor.values);
  } else if (storage == Storage::kF16) {
    std::vector<uint16_t> halves(tensor.values.size());
    std::transform(tensor.values.begin(), tensor.values.end(), halves.begin(), Half);
    AppendAll(&data, halves);
  } else if (integers) {
    const size_t rows = tensor.shape[0];
    data.resize(4 * rows);
    for (size_t r = 0; r < rows; ++r) Put32(&data, 4 * r, 0x3F800000);  // 1.0F
    for (const float value : tensor.values)
      data.push_back(static_cast<uint8_t>(static_cast<int8_t>(value)));
  } else {
    const size_t rows = tensor.shape[0], row = tensor.values.size() / rows;
    std::vector<float> scales(rows);
    std::vector<int8_t> steps(tensor.values.size());
    for (size_t r = 0; r < rows; ++r) {
      const std::span values = std::span(tensor.values).subspan(r * row, row);
      float peak = 1e-20f;
      for (const float value : values) peak = std::max(peak, std::abs(value));
      const float scale = scales[r] = peak / 127;
      std::transform(
          values.begin(), values.end(), steps.begin() + static_cast<ptrdiff_t>(r * row),
          [scale](float value) { return static_cast<int8_t>(std::lround(value / scale)); });
    }
    AppendAll(&data, scales);
    AppendAll(&data, steps);
  }
  return data;
}

size_t Align(size_t offset) { return (offset + 63) / 64 * 64; }

}  // namespace

std::string WithBands(const std::string& small_config, int from_quality, const std::string& edges) {
  std::string config = small_config;
  const auto replace = [&config](std::string_view what, const std::string& with) {
    config.replace(config.find(what), what.size(), with);
  };
  replace(R"("width": 17, "lookahead": [1, 3])", R"("width": 17, "lookahead": [1, 2])");
  replace(R"("synthesis")", R"("bands": {"edges": )" + edges +
                                R"(, "step_db": 2.5, "from_quality": )" +
                                std::to_string(from_quality) + R"(}, "synthesis")");
  return config;
}

RandomTensors MakeTensors(const std::string& model_json, uint32_t seed) {
  const ModelConfig config = ConfigOf(model_json);
  std::mt19937 random(seed);
  RandomTensors tensors = EvenTensors(random, config);
  for (auto& [name, tensor] : tensors) {
    if (name == "encoder.embed.weight") Scale(tensor, 3);
    if (name.ends_with(".latent.output.weight")) Scale(tensor, 2);
    if (name.ends_with(".project.weight")) Scale(tensor, 0.7F);
    if (name.ends_with(".film.weight")) Scale(tensor, 0.3F);
  }

  // Quieter magnitudes, and phases over many turns.
  const auto bins = static_cast<size_t>(config.bins());
  const auto width = static_cast<size_t>(config.decoder.levels[kFine].width);
  for (size_t row = 0; row < 4 * bins; ++row) {
    const bool phase = row / bins % 2 == 1;
    if (!phase) tensors["decoder.head.bias"].values[row] -= 3;
    if (!phase) continue;
    float* weights = tensors["decoder.head.weight"].values.data() + row * width;
    std::for_each(weights, weights + width, [](float& weight) { weight *= 10; });
  }
  return tensors;
}

std::vector<uint8_t> WriteModelFile(const std::string& json, const RandomTensors& tensors,
                                    Storage storage) {
  std::vector<std::pair<Storage, std::vector<uint8_t>>> parts;
  size_t table_bytes = 0;
  for (const auto& [name, tensor] : tensors) {
    const bool exact = tensor.shape.size() < 2 || std::string_view(name).ends_with(".codebook");
    const bool integers = std::string_view(name).starts_with("entropy.");
    const Storage stored = exact ? Storage::kF32 : integers ? Storage::kInt8 : storage;
    parts.emplace_back(stored, StoredData(tensor, stored, integers));
    table_bytes += 2 + name.size() + 2 + 4 * tensor.shape.size() + 20;
  }

  std::vector<uint8_t> file(64);
  for (const char c : json) file.push_back(static_cast<uint8_t>(c));
  size_t offset = Align(file.size() + table_bytes), i = 0;
  for (const auto& [name, tensor] : tensors) {
    const auto& [dtype, data] = parts[i++];
    Append(&file, static_cast<uint16_t>(name.size()));
    file.insert(file.end(), name.begin(), name.end());
    Append(&file, static_cast<uint8_t>(dtype));
    Append(&file, static_cast<uint8_t>(tensor.shape.size()));
    for (const size_t extent : tensor.shape) Append(&file, static_cast<uint32_t>(extent));
    Append(&file, static_cast<uint64_t>(offset));
    Append(&file, static_cast<uint64_t>(data.size()));
    Append(&file, Crc32(data));
    offset = Align(offset + data.size());
  }
  for (const auto& part : parts) {
    file.resize(Align(file.size()));
    file.insert(file.end(), part.second.begin(), part.second.end());
  }

  std::memcpy(file.data(), "MOTETMDL", 8);
  Put32(&file, 8, 1);
  Put32(&file, 12, static_cast<uint32_t>(json.size()));
  Put32(&file, 16, static_cast<uint32_t>(tensors.size()));
  Put32(&file, 20, static_cast<uint32_t>(table_bytes));
  Put32(&file, 24, static_cast<uint32_t>(file.size()));
  RepairHeader(&file);
  return file;
}

std::vector<uint8_t> WriteModel(const std::string& model_json, const RandomTensors& tensors,
                                Storage storage) {
  return WriteModelFile(FileJson(model_json), tensors, storage);
}

std::vector<uint8_t> RandomModel(const std::string& model_json, uint32_t seed, Storage storage) {
  return WriteModel(model_json, MakeTensors(model_json, seed), storage);
}

void AddEntropyTensors(const std::string& model_json, uint32_t seed, RandomTensors* tensors) {
  const ModelConfig config = ConfigOf(model_json);
  const std::vector<LadderQuantizer> quantizers = config.quantizers();
  std::mt19937 random(seed);
  const auto add = [&](const std::string& name, std::vector<size_t> shape, int bound) {
    RandomTensor tensor{std::move(shape), {}};
    size_t size = 1;
    for (const size_t extent : tensor.shape) size *= extent;
    for (size_t i = 0; i < size; ++i) {
      const auto span = static_cast<uint32_t>(2 * bound + 1);
      tensor.values.push_back(static_cast<float>(static_cast<int>(random() % span) - bound));
    }
    (*tensors)[name] = std::move(tensor);
  };
  // Codes of context by quantizer, for per_level 4 and context 2 (docs/FORMAT.md).
  constexpr size_t kContext[] = {17, 18, 13, 14, 13, 14, 21, 22, 17, 18, 17, 18};
  for (size_t i = 0; i < quantizers.size(); ++i) {
    const std::string name = "entropy." + quantizers[i].name();
    add(name + ".embedding", {257, kEmbedding}, 127);
    add(name + ".hidden.weight", {kHidden, kContext[i] * kEmbedding}, 127);
    add(name + ".hidden.bias", {kHidden}, 20000);
    add(name + ".output.weight", {256, kHidden}, 60);
    add(name + ".output.bias", {256}, 2000);
  }
  std::vector<std::pair<const char*, size_t>> tables;
  if (config.tones) {
    const auto phases = static_cast<size_t>(config.tones->phases),
               pans = static_cast<size_t>(config.tones->pans);
    tables = {{"entropy.tones.flags", 128}, {"entropy.tones.levels", 96}};
    if (phases > 1) tables.emplace_back("entropy.tones.phases", (3 + phases) * phases);
    if (pans > 1) tables.emplace_back("entropy.tones.pans", (1 + pans) * pans);
  }
  if (config.bands) tables.emplace_back("entropy.bands.levels", 3456);
  for (const auto& [name, size] : tables) {
    add(name, {size}, 32767);
    for (float& weight : (*tensors)[name].values) weight += 32768;  // 1…65535
  }
}

std::string EntropyJson(const std::string& model_json) {
  return FileJson(model_json,
                  R"(, "entropy": {"embedding": )" + std::to_string(kEmbedding) +
                      R"(, "hidden": )" + std::to_string(kHidden) + R"(, "codec_identity": ")" +
                      kIdentity + "\"}",
                  kEntropyIdentity);
}

std::vector<uint8_t> RandomEntropyModel(const std::string& model_json, uint32_t seed,
                                        Storage storage) {
  RandomTensors tensors = MakeTensors(model_json, seed);
  AddEntropyTensors(model_json, seed, &tensors);
  return WriteModelFile(EntropyJson(model_json), tensors, storage);
}

void RepairHeader(std::vector<uint8_t>* file) {
  const size_t front = static_cast<size_t>(Get32(*file, 12)) + Get32(*file, 20);
  Put32(file, 32, Crc32(std::span(*file).subspan(64, std::min(front, file->size() - 64))));
  Put32(file, 60, Crc32(std::span(*file).first(60)));
}

std::vector<std::vector<float>> RandomSound(size_t samples, uint32_t seed) {
  std::mt19937 random(seed);
  const auto uniform = [&random] { return static_cast<double>(random()) / 4294967295.0; };
  std::vector<std::vector<float>> pcm(2, std::vector<float>(samples));
  double phase[3] = {}, step[3] = {}, level[3] = {}, noise = 0;
  for (size_t i = 0; i < samples; ++i) {
    if (i % 3000 == 0) {
      for (int v = 0; v < 3; ++v) {
        step[v] = 0.005 * std::pow(100.0, uniform());
        level[v] = uniform() < 0.3 ? 0 : 0.25 * uniform();
      }
      noise = uniform() < 0.5 ? 0 : 0.1 * uniform();
    }
    double left = 0, right = 0;
    for (int v = 0; v < 3; ++v) {
      phase[v] += step[v];
      const double tone = level[v] * std::sin(phase[v]);
      left += tone;
      right += tone * (0.3 + 0.35 * v);
    }
    pcm[0][i] = static_cast<float>(left + noise * (2 * uniform() - 1));
    pcm[1][i] = static_cast<float>(right + noise * (2 * uniform() - 1));
  }
  return pcm;
}

}  // namespace motet::testing
