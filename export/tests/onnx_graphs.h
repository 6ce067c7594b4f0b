// Both ONNX graphs of a random model, run by ONNX Runtime and compared with the reference codec.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "folding.h"
#include "graph/decoder.h"
#include "graph/encoder.h"
#include "graph/onnx_file.h"
#include "graph/quantizer.h"
#include "identity.h"
#include "onnx_runtime.h"
#include "random_network.h"
#include "reference.h"
#include "support/work_folder.h"

namespace motet::exporter {

class OnnxGraphs : public ::testing::Test {
 protected:
  static constexpr double kTolerance = 1e-4;  // of full scale

  // Both graphs of a random model.
  void Build(const nlohmann::json& config) {
    model_.config_json = config;
    model_.config = trainer::ParseModelConfig(config);
    model_.weights = Fold(RandomTraining(model_.config, 5), model_.config);
    model_.identity = Identity(model_.config_json, model_.weights);
    row_bytes_ = static_cast<size_t>(RowBytes(model_.config));
    WriteOnnxFile(Path("encoder.onnx"), EncoderGraph(model_));
    WriteOnnxFile(Path("decoder.onnx"), DecoderGraph(model_));
  }
  std::string Path(const char* name) const { return folder_ / name; }

  void ExpectSameCodes(const std::array<std::vector<float>, 2>& audio) const {
    const auto wanted = Reference(model_.weights, model_.config).Encode(audio);
    const auto found = OnnxRuntime(folder_.path().string()).Encode(Path("encoder.onnx"), audio);
    ASSERT_EQ(found.size(), wanted.size());
    size_t different = 0;
    for (size_t i = 0; i < wanted.size(); ++i) different += found[i] != wanted[i];
    // Near-ties may fall the other way in single precision.
    EXPECT_LE(different, wanted.size() / 1000);
  }

  // Returns the loudest sample, so that a test can tell that there was something to hear.
  double ExpectSameSound(const std::vector<int64_t>& packets) const {
    const auto wanted = Reference(model_.weights, model_.config).Decode(packets);
    const auto found =
        OnnxRuntime(folder_.path().string()).Decode(Path("decoder.onnx"), packets, row_bytes_);
    EXPECT_EQ(found.features.size(), wanted.features.size());
    for (size_t i = 0; i < found.features.size(); ++i) {
      EXPECT_NEAR(found.features[i], wanted.features[i], kTolerance) << "feature " << i;
    }
    double peak = 0;
    double worst = 0;
    for (size_t channel = 0; channel < 2; ++channel) {
      EXPECT_EQ(found.audio[channel].size(), wanted.audio[channel].size());
      for (size_t n = 0; n < found.audio[channel].size(); ++n) {
        peak = std::max(peak, std::abs(wanted.audio[channel][n]));
        worst = std::max(worst, std::abs(found.audio[channel][n] - wanted.audio[channel][n]));
      }
    }
    EXPECT_LE(worst, kTolerance);
    RecordProperty("worst_sample_error", std::to_string(worst));
    return peak;
  }

  TrainedModel model_;
  size_t row_bytes_ = 0;
  const motet::testing::WorkFolder folder_;
};

#define SKIP_WITHOUT_ONNX_RUNTIME() \
  if (!OnnxRuntime::Missing().empty()) GTEST_SKIP() << OnnxRuntime::Missing()

}  // namespace motet::exporter
