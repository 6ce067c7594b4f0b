// Speed of a training step of configs/base.json on one thread, against the time of its own matrix
// products at the speed that the BLAS reaches in the same run; and where the rest goes. Adversarial
// training is measured with the discriminators that the configuration lists, learning in every
// step.
//
// Usage: trainer_benchmark [THREADS [SECONDS]]: threads (1), and seconds per measurement (5).
#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>

#include "losses/losses.h"
#include "model/linear.h"
#include "model/tones.h"
#include "training/adversary.h"
#include "training/batch_loader.h"
#include "training/memory.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

// Seconds since some moment: processor time where one thread does everything, so that other
// programs on the machine do not count, and wall-clock time otherwise.
double Now(torch::Device device) {
  if (device.is_cpu() && torch::get_num_threads() == 1)
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Synchronise(torch::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize();
}

// Mean seconds of `action`, repeated for about `seconds` after a first call that is not counted.
double Measure(double seconds, torch::Device device, const std::function<void()>& action) {
  action();
  Synchronise(device);
  const double start = Now(device);
  double elapsed = 0;
  int64_t calls = 0;
  do {
    action();
    Synchronise(device);
    ++calls;
    elapsed = Now(device) - start;
  } while (elapsed < seconds);
  return elapsed / static_cast<double>(calls);
}

// FLOP/s of products [n, n]·[n, n].
double PeakFlops(torch::ScalarType type, torch::Device device, double seconds) {
  const int64_t n = device.is_cuda() ? 8192 : 1024;
  const auto a = torch::randn({n, n}, device).to(type), b = torch::randn({n, n}, device).to(type);
  const double size = static_cast<double>(n);
  return 2 * size * size * size / Measure(seconds, device, [&] { torch::mm(a, b); });
}

// Multiplications and additions of the codec's matrix products per packet, forward and backward:
// every weight of two dimensions meets one row per frame of its level, and in the backward pass
// twice, for its own gradient and for that of its input.
double Flops(const Codec& codec) {
  const ModelConfig& config = codec->config();
  const auto contains = [](const std::string& name, const std::string& part) {
    return name.find(part) != std::string::npos;
  };
  double flops = 0;
  for (const auto& item : codec->named_parameters()) {
    const std::string& name = item.key();
    if (item.value().dim() != 2 || contains(name, "depthwise") || contains(name, "harmonic"))
      continue;
    int64_t rows = kFramesPerPacket[kFine];  // encoder.embed, decoder.head
    for (int level = 0; level < kLevels; ++level) {
      if (contains(name, std::string(".") + kLevelNames[level] + "."))
        rows = kFramesPerPacket[level];
    }
    if (contains(name, "conditioning.output")) rows = kFramesPerPacket[kMid];
    if (contains(name, "decoder.tones")) rows = kFramesPerPacket[kCoarse];
    // Transposed convolutions multiply once per frame of the level above.
    if (contains(name, ".up.") || contains(name, ".context.")) rows /= 2;
    const int products = contains(name, "encoder.embed") ? 2 : 3;  // no gradient of the analysis
    flops += 2.0 * products * static_cast<double>(rows * item.value().numel());
  }
  const auto& q = config.quantizer;
  flops += 2.0 * static_cast<double>(q.entries * q.dim * q.per_level * (1 + 2 + 4));  // distances
  // Analysis forward; synthesis both ways; mid and side.
  const auto window = static_cast<double>(config.analysis.window);
  flops += 2.0 * (1 + 2) * 2 * window * window * static_cast<double>(kFramesPerPacket[kFine]);
  return flops;
}

struct Phases {
  double codec = 0, losses = 0, backward = 0;
};

// One generator step by its parts, timed apart. Spectral losses run their own backward pass inside
// `losses`, as in the trainer.
Phases MeasurePhases(Trainer& trainer, const torch::Tensor& x, double seconds) {
  Phases phases;
  const auto& config = trainer.config();
  const CodecLoss loss = [&] {
    CodecLoss made(config.losses, config.model);
    made.To(trainer.device());
    return made;
  }();
  const auto weights = config.losses.WeightsAt(0);
  const auto quality = torch::full({x.size(0)}, config.model.default_quality,
                                   torch::TensorOptions(torch::kInt64).device(trainer.device()));
  const int64_t delay = config.model.delay(), length = x.size(2) - delay;
  std::mt19937_64 random(1);
  trainer.codec()->train();
  phases.codec = Measure(seconds, trainer.device(), [&] { trainer.codec()(x, quality); });
  const auto decoded = trainer.codec()(x, quality).audio.narrow(2, delay, length).detach();
  phases.losses = Measure(seconds, trainer.device(), [&] {
    const auto heard = decoded.clone().set_requires_grad(true);
    const auto terms =
        loss.SignalTerms(x.narrow(2, 0, length), heard, weights, loss.Choose(weights, random));
    torch::autograd::grad({WeightedSum(terms, weights)}, {heard});
  });
  const double both = Measure(seconds, trainer.device(), [&] {
    const auto output = trainer.codec()(x, quality);
    torch::autograd::backward({output.audio}, {output.audio.detach()});
  });
  phases.backward = both - phases.codec;
  return phases;
}

int Run(int threads, double seconds) {
  torch::set_num_threads(threads);
  std::ifstream in(MOTET_BASE_CONFIG);
  auto json = nlohmann::json::parse(in);
  auto config = ParseConfiguration(json);
  Trainer trainer(config);
  const auto device = trainer.device();
  torch::manual_seed(1);
  const int64_t samples = PacketSamples(config.data.segment_seconds.At(0), config.model);
  const auto x = (0.1 * torch::randn({config.data.batch, 2, samples})).to(device);
  const double audio =
      static_cast<double>(x.size(0) * samples) / static_cast<double>(config.model.sample_rate);

  const double f32 = PeakFlops(torch::kFloat32, device, seconds / 2);
  const double bf16 = PeakFlops(torch::kBFloat16, device, seconds / 2);
  fmt::print(
      "device {}, {} threads; matrix products reach {:.0f} GFLOP/s in float32, {:.0f} in "
      "bfloat16\n",
      device.str(), torch::get_num_threads(), f32 / 1e9, bf16 / 1e9);

  const double step = Measure(seconds, device, [&] { trainer.TrainStep(x); });
  const double flops =
      Flops(trainer.codec()) * static_cast<double>(x.size(0) * samples / config.model.packet);
  const double peak = config.training.precision == "f32" ? f32 : bf16;
  fmt::print("step of the codec ({}): {:.0f} ms for {:.1f} s of sound, {:.1f} audio-s/s\n",
             config.training.precision, 1e3 * step, audio, audio / step);
  fmt::print(
      "its matrix products: {:.1f} GFLOP, {:.0f} GFLOP/s achieved, {:.0f} % of the step at "
      "the speed above\n",
      flops / 1e9, flops / step / 1e9, 100 * flops / peak / step);

  const Phases phases = MeasurePhases(trainer, x, seconds / 2);
  const auto share = [&](const char* name, double value) {
    fmt::print("  {:<34} {:6.0f} ms {:4.0f} %\n", name, 1e3 * value, 100 * value / step);
  };
  share("codec forward", phases.codec);
  share("codec backward", phases.backward);
  share("signal losses, both ways", phases.losses);
  share("features, optimizer, averages, rest",
        step - phases.codec - phases.backward - phases.losses);

  if (config.model.tones) {
    Tones tones(config.model);
    tones->to(device);
    const auto levels = tones->Pick(x);
    fmt::print("of the codec forward: choice of tones {:.0f} ms, their sound {:.0f} ms\n",
               1e3 * Measure(seconds / 2, device, [&] { tones->Pick(x); }),
               1e3 * Measure(seconds / 2, device, [&] { tones->Sound(levels, 0); }));
  }

  json["losses"]["adversarial"] = 1;
  json["losses"]["feature_matching"] = 1;
  json["adversarial"]["update_probability"] = 1;
  Trainer adversarial(ParseConfiguration(json));
  const double full = Measure(seconds, device, [&] { adversarial.TrainStep(x); });
  fmt::print("step with discriminators that learn: {:.0f} ms, {:.1f} audio-s/s\n", 1e3 * full,
             audio / full);
  return 0;
}

}  // namespace
}  // namespace motet::trainer

int main(int argc, char** argv) {
  motet::trainer::KeepMemory();
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
  if (threads < 1 || seconds <= 0) {
    fmt::print(stderr, "usage: trainer_benchmark [THREADS [SECONDS]]\n");
    return 2;
  }
  return motet::trainer::Run(threads, seconds);
}
