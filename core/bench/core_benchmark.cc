// Speed of the elementwise loops, of single layers at several batch sizes, and of the whole codec,
// on one thread, with random weights of the base configuration.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "arithmetic/kernels.h"
#include "layers/bands.h"
#include "layers/block.h"
#include "layers/linear.h"
#include "layers/tones.h"
#include "model_config/tone_bytes.h"
#include "model_file/model_data.h"
#include "model_file/tensor_file.h"
#include "motet/decoder.h"
#include "motet/encoder.h"
#include "random_model.h"

namespace motet {
namespace {

std::vector<float> Random(size_t count) {
  std::mt19937 random(1);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random()) / 2147483648.0f - 1.0f;
  return values;
}

const std::vector<uint8_t>& ModelBytes() {
  static const std::vector<uint8_t> bytes = testing::RandomModel(testing::kBaseConfig, 1);
  return bytes;
}

std::shared_ptr<const Model> BaseModel() {
  static const std::shared_ptr<const Model> model = *Model::FromBytes(ModelBytes(), "random");
  return model;
}

// Weights and a builder for layers of the base model.
struct BaseModelBuilder {
  BaseModelBuilder()
      : file(*core::TensorFile::Parse(ModelBytes(), "random")),
        config(testing::ConfigOf(testing::kBaseConfig)),
        weights(&file, "random"),
        builder(config, weights, core::kMaxBatchPackets) {}
  core::TensorFile file;
  ModelConfig config;
  core::Weights weights;
  core::Builder builder;
};

void CountMultiplyAdds(benchmark::State& state, double per_iteration) {
  state.counters["MAC"] =
      benchmark::Counter(per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

void BM_Gelu(benchmark::State& state) {
  const core::Kernels* sets[core::kKernelSets];
  const size_t count = core::AllKernels(sets), set = static_cast<size_t>(state.range(0));
  if (set >= count) return state.SkipWithError("not for this processor");
  std::vector<float> x = Random(4096);
  for (auto _ : state) {
    sets[set]->gelu(x.data(), x.size());
    benchmark::DoNotOptimize(x.data());
  }
  state.SetLabel(sets[set]->name);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 4096);
}
BENCHMARK(BM_Gelu)->DenseRange(0, core::kKernelSets - 1);

void BM_NearestCode(benchmark::State& state) {
  const core::Kernels* sets[core::kKernelSets];
  const size_t count = core::AllKernels(sets), set = static_cast<size_t>(state.range(0));
  if (set >= count) return state.SkipWithError("not for this processor");
  const std::vector<float> e = Random(64 * 8), codebook = Random(256 * 8);
  std::vector<uint8_t> codes(64);
  for (auto _ : state) {
    sets[set]->nearest(e.data(), codebook.data(), 64, 8, codes.data());
    benchmark::DoNotOptimize(codes.data());
  }
  state.SetLabel(sets[set]->name);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 64);
}
BENCHMARK(BM_NearestCode)->DenseRange(0, core::kKernelSets - 1);

void BM_Linear(benchmark::State& state) {
  BaseModelBuilder workshop;
  core::Linear linear(workshop.builder, "decoder.fine.blocks.0.expand", 192, 576, kFine);
  const auto rows = static_cast<size_t>(state.range(0));
  const std::vector<float> x = Random(rows * 192 + 32);
  std::vector<float> y(rows * 576);
  for (auto _ : state) {
    linear.Step(rows, x.data(), y.data());
    benchmark::DoNotOptimize(y.data());
  }
  CountMultiplyAdds(state, static_cast<double>(rows) * 192 * 576);
}
BENCHMARK(BM_Linear)->ArgName("rows")->Arg(1)->Arg(4)->Arg(16)->Arg(28)->Arg(112);

void BM_Block(benchmark::State& state) {
  BaseModelBuilder workshop;
  core::Block block(workshop.builder, "decoder.fine.blocks.0", 192, 1, kFine);
  core::BlockScratch scratch;
  scratch.Allocate(workshop.builder, 192, kFine);
  const auto frames = static_cast<size_t>(state.range(0));
  const std::vector<float> x = Random(frames * 192);
  for (auto _ : state) {
    std::vector<float> y = x;
    block.Step(frames, y.data(), scratch);
    benchmark::DoNotOptimize(y.data());
  }
  CountMultiplyAdds(state, static_cast<double>(frames) * (7 * 192 + 2 * 192 * 576));
}
BENCHMARK(BM_Block)->ArgName("frames")->Arg(4)->Arg(28)->Arg(112);

// The tones of 28 packets: their choice from music-like sound, and the sound of as many as there
// may be.
struct TonesBuilder {
  TonesBuilder() : weights(&file, "random"), builder(config, weights, core::kMaxBatchPackets) {
    config.tones = {.first = 40,
                    .lines = 240,
                    .count = 8,
                    .step_db = 3,
                    .from_quality = 6,
                    .phases = 8,
                    .pans = 5};
  }
  core::TensorFile file = *core::TensorFile::Parse(ModelBytes(), "random");
  ModelConfig config = testing::ConfigOf(testing::kBaseConfig);
  core::Weights weights;
  core::Builder builder;
};

void BM_TonePicker(benchmark::State& state) {
  TonesBuilder workshop;
  core::TonePicker picker(workshop.builder);
  const auto packets = static_cast<size_t>(state.range(0));
  const auto pcm = testing::RandomSound(packets * 1024, 1);
  std::vector<uint8_t> bytes(packets * 24);
  for (auto _ : state) {
    picker.Step(packets, pcm[0].data(), pcm[1].data(), bytes.data(), 24);
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(packets));
}
BENCHMARK(BM_TonePicker)->ArgName("packets")->Arg(1)->Arg(28);

std::vector<Tone> EightTones(size_t packets) {
  std::vector<Tone> tones(packets * 240);
  for (size_t p = 0; p < packets; ++p) {
    for (size_t i = 0; i < 8; ++i) tones[p * 240 + 30 * i + p % 2] = {.level = 15, .place = 9};
  }
  return tones;
}

void BM_ToneSound(benchmark::State& state) {
  TonesBuilder workshop;
  core::ToneSound sound(workshop.builder, /*early=*/0);
  const auto packets = static_cast<size_t>(state.range(0));
  const std::vector<Tone> tones = EightTones(packets);
  const std::vector<float> gains(packets, 1);
  std::vector<float> mid(packets * 1024), side(mid);
  for (auto _ : state) {
    sound.Step(packets, tones.data(), gains.data(), mid.data(), side.data());
    benchmark::DoNotOptimize(mid.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(packets));
}
BENCHMARK(BM_ToneSound)->ArgName("packets")->Arg(1)->Arg(28);

// The levels of bands, as they are measured and as a decoder is brought to them.
struct BandsBuilder : TonesBuilder {
  BandsBuilder() {
    config.bands = BandsConfig{.edges = {10, 12, 13, 15,  18,  21,  24,  28,  32,  37,  43,  50, 58,
                                         67, 77, 89, 104, 120, 139, 161, 186, 208, 220, 232, 256},
                               .step_db = 3,
                               .from_quality = 6};
  }
  size_t bands() const { return static_cast<size_t>(config.bands->count()); }
  static constexpr size_t kRow = 1024, kFrames = 4;  // values of mid and side
};

void BM_BandMeter(benchmark::State& state) {
  BandsBuilder workshop;
  const core::BandMeter meter(workshop.builder);
  const auto packets = static_cast<size_t>(state.range(0));
  const std::vector<float> spectrum = Random(packets * BandsBuilder::kFrames * BandsBuilder::kRow);
  std::vector<uint8_t> bytes(packets * workshop.bands());
  for (auto _ : state) {
    meter.Step(packets, spectrum.data(), BandsBuilder::kRow, bytes.data(), workshop.bands());
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(packets));
}
BENCHMARK(BM_BandMeter)->ArgName("packets")->Arg(1)->Arg(28);

void BM_BandGains(benchmark::State& state) {
  BandsBuilder workshop;
  core::BandGains gains(workshop.builder);
  const auto packets = static_cast<size_t>(state.range(0));
  // High, so that the rows, which are used again, do not fade.
  const std::vector<uint8_t> levels(packets * workshop.bands(), 31);
  std::vector<float> spectrum = Random(packets * BandsBuilder::kFrames * BandsBuilder::kRow);
  for (auto _ : state) {
    gains.Expect(packets, levels.data());
    gains.Apply(packets, spectrum.data(), BandsBuilder::kRow);
    benchmark::DoNotOptimize(spectrum.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(packets));
}
BENCHMARK(BM_BandGains)->ArgName("packets")->Arg(1)->Arg(28);

void CountRealTime(benchmark::State& state, size_t samples) {
  state.counters["x_real_time"] = benchmark::Counter(static_cast<double>(samples) / 44100,
                                                     benchmark::Counter::kIsIterationInvariantRate);
}

void BM_Encode(benchmark::State& state) {
  const auto chunk = static_cast<size_t>(state.range(0));
  const auto encoder =
      std::move(*Encoder::Create(BaseModel(), {static_cast<int>(state.range(1)), 2}));
  const auto pcm = testing::RandomSound(chunk, 1);
  const float* const planes[] = {pcm[0].data(), pcm[1].data()};
  std::vector<uint8_t> out(encoder->MaxOutputBytes(chunk));
  for (auto _ : state) {
    if (!encoder->Encode(planes, chunk, out).ok()) return state.SkipWithError("refused");
  }
  CountRealTime(state, chunk);
}
BENCHMARK(BM_Encode)
    ->ArgNames({"samples", "quality"})
    ->Args({1024, 6})
    ->Args({65536, 6})
    ->Args({65536, 12});

void BM_Decode(benchmark::State& state) {
  const auto packets = static_cast<size_t>(state.range(0));
  const auto decoder =
      std::move(*Decoder::Create(BaseModel(), {static_cast<int>(state.range(1)), 2}));
  std::vector<uint8_t> bytes(packets * static_cast<size_t>(decoder->packet_bytes()));
  std::mt19937 random(1);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  std::vector<std::vector<float>> sound(2, std::vector<float>(packets * 1024));
  float* const planes[] = {sound[0].data(), sound[1].data()};
  for (auto _ : state) {
    if (!decoder->Decode(bytes, planes, packets * 1024).ok()) return state.SkipWithError("refused");
  }
  CountRealTime(state, packets * 1024);
}
BENCHMARK(BM_Decode)->ArgNames({"packets", "quality"})->Args({1, 6})->Args({64, 6})->Args({64, 12});

void BM_LoadModel(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Model::FromBytes(ModelBytes(), "random"));
}
BENCHMARK(BM_LoadModel)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motet
