// Tests each layer against the plain one of reference_codec.h on random data; that a layer gives
// the same bits however its input is cut into steps; and that Reset makes it as new. The layers
// work with the weights of a small random model, whose widths are odd on purpose.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "layers/analysis.h"
#include "layers/block.h"
#include "layers/conditioning.h"
#include "layers/delay.h"
#include "layers/depthwise.h"
#include "layers/feature_branch.h"
#include "layers/linear.h"
#include "layers/sparse_linear.h"
#include "layers/synthesis.h"
#include "random_model.h"
#include "reference_codec.h"

namespace motet::core {
namespace {

using testing::ReferenceCodec;
using testing::Rows;

constexpr size_t kMaxPackets = 8;

// Takes frames × in values, writes frames × out values.
using Step = std::function<void(size_t frames, const float* x, float* y)>;

Rows RandomRows(size_t frames, size_t channels, uint32_t seed) {
  std::mt19937 random(seed);
  Rows rows(frames, channels);
  for (double& value : rows.values) {
    value = static_cast<float>(random()) / 2147483648.0f - 1.0f;
  }
  return rows;
}

std::vector<float> RunLayer(const Step& step, const Rows& x, size_t out,
                            const std::vector<size_t>& cut) {
  const std::vector<float> input(x.values.begin(), x.values.end());
  std::vector<float> output(x.frames * out);
  for (size_t t = 0, i = 0; t < x.frames; ++i) {
    const size_t frames = std::min(cut[i % cut.size()], x.frames - t);
    // Of their own, so that reading or writing past the end is noticed.
    const std::vector<float> in(input.begin() + static_cast<ptrdiff_t>(t * x.channels),
                                input.begin() + static_cast<ptrdiff_t>((t + frames) * x.channels));
    std::vector<float> y(frames * out);
    step(frames, in.data(), y.data());
    std::copy(y.begin(), y.end(), output.begin() + static_cast<ptrdiff_t>(t * out));
    t += frames;
  }
  return output;
}

// What is made of several layers, to be reset as one.
struct AllLayers : Layer {
  explicit AllLayers(LayerList* list) : layers(list) {}
  void Reset() override { layers->Reset(); }
  LayerList* layers;
};

class Layers : public ::testing::Test {
 protected:
  Layers()
      : json_(testing::kSmallConfig),
        tensors_(testing::MakeTensors(json_, 7)),
        bytes_(testing::WriteModel(json_, tensors_)),
        file_(*TensorFile::Parse(bytes_, "small")),
        config_(testing::ConfigOf(json_)),
        reference_(config_, tensors_),
        weights_(&file_, "small"),
        builder_(config_, weights_, kMaxPackets) {}

  // Expects `step` to turn `x` into `wanted`, with the same bits for every cut and after a reset.
  void ExpectLayer(Layer* layer, const Step& step, const Rows& x, const Rows& wanted,
                   Level rate = kFine, double tolerance = 2e-6) {
    ASSERT_TRUE(builder_.status().ok()) << builder_.status().message();
    const auto unit = static_cast<size_t>(kFramesPerPacket[rate]);
    const size_t most = kMaxPackets * unit;
    const std::vector<float> y = RunLayer(step, x, wanted.channels, {most});
    ASSERT_EQ(y.size(), wanted.values.size());
    for (size_t i = 0; i < y.size(); ++i) {
      ASSERT_NEAR(y[i], wanted.values[i], tolerance * (1 + std::abs(wanted.values[i])))
          << "frame " << i / wanted.channels << ", channel " << i % wanted.channels;
    }
    for (const std::vector<size_t>& cut :
         {std::vector<size_t>{unit}, {3 * unit, unit, 5 * unit}, {unit, most}}) {
      layer->Reset();
      const std::vector<float> again = RunLayer(step, x, wanted.channels, cut);
      ASSERT_EQ(std::memcmp(again.data(), y.data(), y.size() * sizeof(float)), 0)
          << "cut into steps of " << cut[0] << " frames first";
    }
  }

  const std::string json_;
  const testing::RandomTensors tensors_;
  const std::vector<uint8_t> bytes_;
  const TensorFile file_;
  const ModelConfig config_;
  const ReferenceCodec reference_;
  Weights weights_;
  Builder builder_;
};

TEST_F(Layers, LinearIsAMatrixProduct) {
  for (const std::string name :
       {"encoder.embed", "encoder.fine.latent.hidden", "quantizer.fine.0.input", "decoder.head"}) {
    const std::vector<size_t> shape = tensors_.at(name + ".weight").shape;
    Linear linear(builder_, name, shape[1], shape[0], kFine);
    const Rows x = RandomRows(70, shape[1], 1);
    ExpectLayer(
        &linear, [&](size_t n, const float* in, float* out) { linear.Step(n, in, out); }, x,
        reference_.Linear(name, x));
    EXPECT_EQ(linear.multiply_adds(), static_cast<double>(shape[0] * shape[1]));
  }
}

TEST_F(Layers, SparseLinearAddsAMatrixProduct) {
  const std::string name = "encoder.embed";
  const std::vector<size_t> shape = tensors_.at(name + ".weight").shape;
  SparseLinear linear(builder_, name, shape[1], shape[0], kFine);
  Rows x = RandomRows(70, shape[1], 1);
  for (size_t i = 0; i < x.values.size(); ++i) x.values[i] *= i % 7 == 2;
  Rows wanted = reference_.Linear(name, x);
  for (double& value : wanted.values) value += 1;
  ExpectLayer(
      &linear,
      [&](size_t n, const float* in, float* out) {
        std::fill_n(out, n * shape[0], 1.0f);
        linear.Add(n, in, out);
      },
      x, wanted);
  EXPECT_EQ(linear.multiply_adds(), static_cast<double>(shape[0] * shape[1]));
}

TEST_F(Layers, LinearGivesARowTheSameBitsInABatchOfAnySize) {
  // The shapes of the base configuration, with every remainder of the kernels' row counts.
  const std::string base = testing::kBaseConfig;
  const testing::RandomTensors tensors = testing::MakeTensors(base, 8);
  const std::vector<uint8_t> bytes = testing::WriteModel(base, tensors);
  const TensorFile file = *TensorFile::Parse(bytes, "base");
  const ModelConfig config = testing::ConfigOf(base);
  Weights weights(&file, "base");
  for (const auto& [tensor, value] : tensors) {
    if (!tensor.ends_with(".bias") || tensor.find("depthwise") != std::string::npos ||
        tensor.find("harmonic") != std::string::npos) {
      continue;
    }
    const std::string name = tensor.substr(0, tensor.size() - 5);
    const std::vector<size_t> shape = tensors.at(name + ".weight").shape;
    Builder builder(config, weights, 1);
    Linear linear(builder, name, shape[1], shape[0], kCoarse);
    ASSERT_TRUE(builder.status().ok()) << builder.status().message();
    const Rows x = RandomRows(19, shape[1], 2);
    const Step step = [&](size_t n, const float* in, float* out) { linear.Step(n, in, out); };
    const std::vector<float> single = RunLayer(step, x, shape[0], {1});
    for (size_t rows = 2; rows <= x.frames; ++rows) {
      EXPECT_EQ(RunLayer(step, x, shape[0], {rows}), single)
          << name << ", " << rows << " rows at once";
    }
  }
}

// Steps that x is rounded to, 255 over its range, may move each product by half of one.
TEST_F(Layers, ProductsOfInt8AreWithinHalfAStepOfEachValue) {
  const std::string base = testing::kBaseConfig;
  const testing::RandomTensors tensors = testing::MakeTensors(base, 8);
  const std::vector<uint8_t> bytes = testing::WriteModel(base, tensors, testing::Storage::kInt8);
  const TensorFile file = *TensorFile::Parse(bytes, "base");
  const ModelConfig config = testing::ConfigOf(base);
  Weights weights(&file, "base");
  size_t products = 0;
  for (const auto& [tensor, value] : tensors) {
    if (!tensor.ends_with(".expand.weight") && !tensor.ends_with(".project.weight")) continue;
    const std::string name = tensor.substr(0, tensor.size() - 7);
    const size_t in = value.shape[1], out = value.shape[0];
    Builder builder(config, weights, 2);
    Linear exact(builder, name, in, out, kFine);
    Linear rounded(builder, name, in, out, kFine, Precision::kInt8);
    ASSERT_TRUE(builder.status().ok()) << builder.status().message();
    const std::vector<size_t> shape = {out, in};
    const float* w = *weights.Values(name + ".weight", shape);
    std::vector<double> sums(out);  // of magnitudes
    for (size_t i = 0; i < out * in; ++i) sums[i / in] += std::abs(w[i]);
    for (const double offset : {0.0, 0.9, 3.0}) {  // both signs, almost one, one
      Rows x = RandomRows(19, in, 3);
      for (double& v : x.values) v = static_cast<float>(v + offset);
      const auto all = [&](Linear& linear, const std::vector<size_t>& cut) {
        return RunLayer([&](size_t n, const float* a, float* b) { linear.Step(n, a, b); }, x, out,
                        cut);
      };
      const std::vector<float> wanted = all(exact, {8}), y = all(rounded, {8});
      double most = 0;
      for (size_t t = 0; t < x.frames; ++t) {
        const auto row = x.values.begin() + static_cast<ptrdiff_t>(t * in);
        const double range = std::max(0.0, *std::max_element(row, row + in)) -
                             std::min(0.0, *std::min_element(row, row + in));
        for (size_t o = 0; o < out; ++o) {
          const double error = std::abs(y[t * out + o] - wanted[t * out + o]);
          ASSERT_LE(error, range / 255 * sums[o] * 0.51 + 1e-5) << name << ", frame " << t;
          most = std::max(most, error);
        }
      }
      EXPECT_GT(most, 0) << name << ": nothing was rounded";
      for (const size_t rows : {1, 2, 5}) EXPECT_EQ(all(rounded, {rows}), y) << name;
    }
    ++products;
  }
  EXPECT_GT(products, 10u);
}

// Rows and columns that fill no tile, and rows longer than what a kernel looks at once.
TEST_F(Layers, ProductsOfInt8TakeAnyShape) {
  const size_t shapes[][2] = {{1, 1}, {3, 2}, {7, 17}, {8, 8}, {9, 33}, {67, 15}, {2051, 9}};
  testing::RandomTensors tensors = tensors_;
  for (const auto& [in, out] : shapes) {
    const std::string name = "p" + std::to_string(in);
    tensors[name + ".weight"] = {{out, in}, {}};
    tensors[name + ".bias"] = {{out}, {}};
    for (size_t i = 0; i < in * out; ++i)
      tensors[name + ".weight"].values.push_back(static_cast<float>(i * 7 % 255) - 127);
    for (size_t i = 0; i < out; ++i)
      tensors[name + ".bias"].values.push_back(static_cast<float>(i) / 2 - 3);
  }
  const std::vector<uint8_t> bytes = testing::WriteModel(json_, tensors, testing::Storage::kInt8);
  const TensorFile file = *TensorFile::Parse(bytes, "shapes");
  Weights weights(&file, "shapes");
  for (const auto& [in, out] : shapes) {
    const std::string name = "p" + std::to_string(in);
    Builder builder(config_, weights, 4);
    Linear linear(builder, name, in, out, kFine, Precision::kInt8);
    ASSERT_TRUE(builder.status().ok()) << builder.status().message();
    std::vector<float> x(16 * in), y(16 * out);
    for (size_t t = 0; t < 16; ++t) {
      for (size_t i = 0; i < in; ++i)
        x[t * in + i] = static_cast<float>(static_cast<int>((i * 31 + t * 11) % 256) - 127) / 2;
    }
    const std::vector<size_t> shape = {out, in}, length = {out};
    const float* const w = *weights.Values(name + ".weight", shape);
    const float* const bias = *weights.Values(name + ".bias", length);
    for (const size_t rows : {1, 2, 3, 4, 5, 10, 16}) {
      linear.Step(rows, x.data(), y.data());
      for (size_t t = 0; t < rows; ++t) {
        const float* const row = x.data() + t * in;
        const double range = std::max(0.0f, *std::max_element(row, row + in)) -
                             std::min(0.0f, *std::min_element(row, row + in));
        for (size_t o = 0; o < out; ++o) {
          double sum = bias[o], size = 0;
          for (size_t i = 0; i < in; ++i) {
            sum += static_cast<double>(w[o * in + i]) * static_cast<double>(row[i]);
            size += std::abs(w[o * in + i]);
          }
          ASSERT_NEAR(y[t * out + o], sum, 0.51 * range / 255 * size + 1e-4 * std::abs(sum) + 1e-3)
              << in << " x " << out << ", row " << t << " of " << rows << ", column " << o;
        }
      }
    }
  }
}

TEST_F(Layers, ProductsOfInt8AreThoseOfFloatsWhereTheFileHoldsFloats) {
  const std::string name = "decoder.fine.blocks.0.expand";
  const std::vector<size_t> shape = tensors_.at(name + ".weight").shape;
  Linear linear(builder_, name, shape[1], shape[0], kFine, Precision::kInt8);
  const Rows x = RandomRows(70, shape[1], 1);
  ExpectLayer(
      &linear, [&](size_t n, const float* in, float* out) { linear.Step(n, in, out); }, x,
      reference_.Linear(name, x));
}

TEST_F(Layers, DelayWaits) {
  for (const size_t frames : {0, 1, 5, 40}) {
    Delay delay(builder_, frames, 3, kFine);
    const Rows x = RandomRows(70, 3, 3);
    ExpectLayer(
        &delay,
        [&](size_t n, const float* in, float* out) {
          std::memcpy(out, delay.Step(n, in), n * 3 * sizeof(float));
        },
        x, ReferenceCodec::Delay(x, frames));
  }
}

TEST_F(Layers, DepthwiseIsACausalConvolution) {
  const std::string name = "encoder.fine.features.harmonic";
  const auto& features = config_.encoder.features;
  Depthwise depthwise(builder_, name, features.width, features.kernel, features.dilation, kFine);
  const Rows x = RandomRows(70, features.width, 4);
  ExpectLayer(
      &depthwise, [&](size_t n, const float* in, float* out) { depthwise.Step(n, in, out); }, x,
      reference_.Depthwise(name, x, features.dilation));
}

TEST_F(Layers, BlockLooksAhead) {
  for (size_t i = 0; i < config_.encoder.levels[kFine].lookahead.size(); ++i) {
    const std::string name = "encoder.fine.blocks." + std::to_string(i);
    const LevelConfig& level = config_.encoder.levels[kFine];
    BlockScratch scratch;
    scratch.Allocate(builder_, level.width, kFine);
    Block block(builder_, name, level.width, level.lookahead[i], kFine);
    LayerList layers = builder_.TakeLayers();
    AllLayers all(&layers);
    const Rows x = RandomRows(70, level.width, 5);
    ExpectLayer(
        &all,
        [&](size_t n, const float* in, float* out) {
          std::memcpy(out, in, n * level.width * sizeof(float));
          block.Step(n, out, scratch);
        },
        x, reference_.Block(name, x, level.lookahead[i]));
  }
}

TEST_F(Layers, FeatureBranchDescribesHarmonyRhythmAndTimbre) {
  const std::string name = "encoder.mid.features";
  const size_t width = config_.encoder.levels[kMid].width;
  FeatureBranch features(builder_, name, width, kMid);
  LayerList layers = builder_.TakeLayers();
  AllLayers all(&layers);
  const Rows x = RandomRows(50, width, 6);
  ExpectLayer(
      &all,
      [&](size_t n, const float* in, float* out) { features.Step(n, in, out, features.out()); }, x,
      reference_.Features(name, x), kMid, 1e-5);
}

TEST_F(Layers, FilmModulates) {
  const std::string name = "decoder.fine.film";
  const size_t width = config_.decoder.levels[kFine].width, features = config_.conditioning.total();
  Film film(builder_, name, width, kFine);
  const Rows m = RandomRows(70, features, 7), ones = [&] {
    Rows rows(70, width);
    for (double& value : rows.values) value = 1;
    return rows;
  }();
  ExpectLayer(
      &film,
      [&](size_t n, const float* in, float* out) {
        std::fill_n(out, n * width, 1.0f);
        film.Step(n, in, out);
      },
      m, reference_.Film(name, ones, m));
}

TEST_F(Layers, AnalysisGivesCompandedSpectra) {
  Analysis analysis(builder_);
  const size_t hop = config_.analysis.hop, window = config_.analysis.window;
  const Rows mid = RandomRows(70, hop, 8), side = RandomRows(70, hop, 9);
  Rows both(70, 2 * hop), wanted(70, 2 * window);
  const Rows spectra[] = {reference_.Spectrum(mid.values), reference_.Spectrum(side.values)};
  for (size_t t = 0; t < 70; ++t) {
    for (size_t i = 0; i < hop; ++i) {
      both.at(t, i) = mid.at(t, i);
      both.at(t, hop + i) = side.at(t, i);
    }
    for (size_t i = 0; i < window; ++i) {
      wanted.at(t, i) = spectra[0].at(t, i);
      wanted.at(t, window + i) = spectra[1].at(t, i);
    }
  }
  ExpectLayer(
      &analysis,
      [&](size_t n, const float* in, float* out) {
        std::vector<float> m, s;
        for (size_t t = 0; t < n; ++t) {
          const float* frame = in + t * 2 * hop;
          m.insert(m.end(), frame, frame + hop);
          s.insert(s.end(), frame + hop, frame + 2 * hop);
        }
        analysis.Step(n, m.data(), s.data(), out);
        analysis.Compand(n, out);
      },
      both, wanted, kFine, 2e-5);
}

TEST_F(Layers, SynthesisOverlapsAndAdds) {
  Synthesis synthesis(builder_);
  const size_t hop = config_.analysis.hop, row = 4 * config_.bins();
  Rows head = RandomRows(70, row, 10);
  // Magnitudes around the clamp, phases over many turns.
  for (size_t t = 0; t < head.frames; ++t) {
    for (size_t i = 0; i < row; ++i) {
      head.at(t, i) = static_cast<float>(head.at(t, i) * (i / config_.bins() % 2 == 0 ? 3 : 300));
    }
  }
  Rows wanted(70, 2 * hop);
  const std::vector<double> mid = reference_.Overlap(reference_.HeadSpectrum(head, 0));
  const std::vector<double> side =
      reference_.Overlap(reference_.HeadSpectrum(head, 2 * config_.bins()));
  for (size_t t = 0; t < 70; ++t) {
    for (size_t i = 0; i < hop; ++i) {
      wanted.at(t, i) = mid[t * hop + i];
      wanted.at(t, hop + i) = side[t * hop + i];
    }
  }
  ExpectLayer(
      &synthesis,
      [&](size_t n, const float* in, float* out) {
        std::vector<float> m(n * hop), s(n * hop);
        const std::vector<float> gains(n, 1.0f);
        synthesis.Step(n, in, gains.data(), /*tones=*/nullptr, /*bands=*/nullptr, m.data(),
                       s.data());
        for (size_t t = 0; t < n; ++t) {
          std::copy_n(m.data() + t * hop, hop, out + t * 2 * hop);
          std::copy_n(s.data() + t * hop, hop, out + t * 2 * hop + hop);
        }
      },
      head, wanted, kFine, 2e-5);
}

}  // namespace
}  // namespace motet::core
