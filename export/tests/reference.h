// docs/ARCHITECTURE.md in plain loops and double precision: what every faster program is compared
// with.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model_config/model_config.h"
#include "weights.h"

namespace motet::exporter {

// Rows are frames, columns are channels.
struct Matrix {
  size_t rows = 0;
  size_t columns = 0;
  std::vector<double> values;

  Matrix() = default;
  Matrix(size_t r, size_t c) : rows(r), columns(c), values(r * c) {}
  double& at(size_t r, size_t c) { return values[r * columns + c]; }
  double at(size_t r, size_t c) const { return values[r * columns + c]; }
};

// Runs a network on whole signals. Takes the tensors of training as well as folded ones: a block's
// `scale` and a quantizer's `norm` are applied where they exist.
class Reference {
 public:
  Reference(Weights weights, ModelConfig config)
      : weights_(std::move(weights)), config_(std::move(config)) {}

  // audio [2][1024 P] -> codes [P, 28] row-major, in the order of the ladder.
  std::vector<int64_t> Encode(const std::array<std::vector<float>, 2>& audio) const;

  struct Decoded {
    std::array<std::vector<double>, 2> audio;
    Matrix features;
  };
  // Codes as above; `entries` (256) is absent.
  Decoded Decode(const std::vector<int64_t>& packets) const;

 private:
  using Codes =
      std::array<std::vector<std::vector<int64_t>>, kLevels>;  // [level][quantizer][frame]

  const std::vector<float>& W(const std::string& name) const;
  bool Has(const std::string& name) const { return weights_.contains(name); }
  Matrix Linear(const std::string& name, const Matrix& x) const;
  Matrix Depthwise(const std::string& name, const Matrix& x, size_t dilation) const;
  Matrix Down(const std::string& name, const Matrix& x) const;
  Matrix Up(const std::string& name, const Matrix& x) const;
  Matrix Film(const std::string& name, Matrix h, const Matrix& m) const;
  Matrix Blocks(const std::string& level_name, Matrix x, const LevelConfig& level) const;

  Matrix Analysis(const std::array<std::vector<float>, 2>& audio) const;
  Matrix Features(const std::string& name, const Matrix& h) const;
  Matrix Latent(const std::string& level_name, const Matrix& h, const Matrix* context) const;
  // Fills codes[level] and returns the sum of the first `context` outputs.
  Matrix Quantize(Level level, Matrix z, Codes& codes) const;
  Matrix Dequantize(Level level, const Codes& codes) const;
  std::array<std::vector<double>, 2> Synthesis(const Matrix& y) const;

  Weights weights_;
  ModelConfig config_;
};

}  // namespace motet::exporter
