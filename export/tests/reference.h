// The reference codec (model_config/tests/support) on the exporter's weights, with packets as rows
// of the ONNX graphs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/config.h"
#include "random_tensors.h"
#include "weights.h"

namespace motet::exporter {

class Reference {
 public:
  // Folded weights, or those of training.
  Reference(const Weights& weights, ModelConfig config);

  // audio [2][1024 P] -> codes [P, codes of a packet], row-major, in the order of the ladder.
  std::vector<int64_t> Encode(const std::array<std::vector<float>, 2>& audio) const;

  struct Decoded {
    std::array<std::vector<double>, 2> audio;
    std::vector<double> features;  // [2 P, 17], row-major
  };
  // Codes as above. `entries` (256) is absent; the same codes are absent from all packets.
  Decoded Decode(const std::vector<int64_t>& packets) const;

 private:
  ModelConfig config_;
  testing::RandomTensors tensors_;
};

}  // namespace motet::exporter
