// How near the codec is to what this processor can do: each matrix product of encoder and decoder
// with its multiply-adds, bytes and time, the best rate that a product of floats and one of int8
// reaches in the same run, and what else a step takes. Processor time, medians.
//
// Usage: roofline MODEL [json]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec/decoder_network.h"
#include "codec/encoder_network.h"
#include "layers/analysis.h"
#include "layers/linear.h"
#include "layers/synthesis.h"
#include "model_file/model_data.h"
#include "motet/model.h"

namespace motet::core {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kQuality = 6;
constexpr int kRuns = 41;

double Now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<float> Noise(size_t count) {
  std::vector<float> values(count);
  uint32_t noise = 1;
  for (float& value : values) {
    noise = noise * 1664525u + 1013904223u;
    value = static_cast<float>(noise >> 8) / (1 << 23) - 1;
  }
  return values;
}

struct Product {
  std::string name;
  std::unique_ptr<Linear> linear;
  Precision precision;
  size_t rows;  // of a step of kMaxBatchPackets
  std::vector<double> seconds;
  double multiply_adds() const { return static_cast<double>(rows * linear->in() * linear->out()); }
  double bytes() const {
    const size_t in = linear->in(), out = linear->out();
    const size_t weight = precision == Precision::kInt8 ? 1 : sizeof(float);
    return static_cast<double>(weight * in * out + sizeof(float) * (out + rows * (in + out)));
  }
};

Level LevelOf(const std::string& name) {
  for (const Level level : {kCoarse, kMid, kFine}) {
    if (name.find("." + std::string(kLevelNames[level]) + ".") != std::string::npos) return level;
  }
  if (name == "conditioning.coarse") return kCoarse;
  return name.find("conditioning") == 0 ? kMid : kFine;  // kFine: encoder.embed, decoder.head
}

bool Contains(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

// Whether a packet of the quality needs a quantizer.
bool Needed(const std::string& name, const ModelConfig& config) {
  if (!Contains(name, "quantizer.")) return true;
  const std::vector<LadderQuantizer> all = config.quantizers();
  return std::any_of(all.begin(), all.end(), [&](const LadderQuantizer& each) {
    return each.first_quality() <= kQuality &&
           Contains(name, ("quantizer." + each.name() + ".input").c_str());
  });
}

// The products of encoder or decoder, of all matrices in the model file that belong to it.
std::vector<Product> Products(const Model::Data& data, Builder& builder, bool encoder) {
  std::vector<Product> products;
  for (const auto& [tensor, stored] : data.file.tensors()) {
    constexpr std::string_view kEnding = ".weight";
    if (!tensor.ends_with(kEnding) || stored.shape.size() != 2) continue;
    const std::string name = tensor.substr(0, tensor.size() - kEnding.size());
    if (Contains(name, "depthwise") || Contains(name, "harmonic") || Contains(name, "entropy."))
      continue;
    if (name == "decoder.tones" || name == "decoder.bands") continue;  // columns are added up
    const bool is_input = Contains(name, "quantizer.") && Contains(name, ".input");
    if (Contains(name, "quantizer.") && !is_input) continue;  // outputs are looked up
    if ((Contains(name, "encoder.") || is_input) != encoder || !Needed(name, data.config)) continue;
    const Level level = LevelOf(name);
    const bool has_precision =
        Contains(name, "decoder.") && (Contains(name, ".blocks.") || Contains(name, ".up"));
    const Precision precision = has_precision ? builder.precision() : Precision::kFloat32;
    size_t rows = builder.max_frames(level);
    if (Contains(name, ".up") || Contains(name, ".context")) rows /= 2;
    products.push_back({name,
                        std::make_unique<Linear>(builder, name, stored.shape[1], stored.shape[0],
                                                 level, precision),
                        precision,
                        rows,
                        {}});
  }
  return products;
}

// Each product in turn, so that the caches hold what they would hold in the codec.
void Measure(std::vector<Product>& products) {
  const std::vector<float> x = Noise(1 << 20);
  std::vector<float> y(1 << 20);
  for (int run = 0; run < kRuns; ++run) {
    for (Product& product : products) {
      const double begin = Now();
      product.linear->Step(product.rows, x.data(), y.data());
      product.seconds.push_back(Now() - begin);
    }
  }
}

double MedianOf(const std::function<void()>& step) {
  std::vector<double> seconds;
  for (int run = 0; run < kRuns; ++run) {
    const double begin = Now();
    step();
    seconds.push_back(Now() - begin);
  }
  return Median(seconds);
}

// The best rate of one product of this kind alone, again and again, multiply-adds per second; 0
// without one.
double BestRate(std::vector<Product>& products, Precision precision) {
  const std::vector<float> x = Noise(1 << 20);
  std::vector<float> y(1 << 20);
  double best = 0;
  for (Product& product : products) {
    if (product.precision != precision) continue;
    const double seconds =
        MedianOf([&] { product.linear->Step(product.rows, x.data(), y.data()); });
    best = std::max(best, product.multiply_adds() / seconds);
  }
  return best;
}

Json Report(const char* what, const Model::Data& data, bool encoder) {
  Builder builder(data.config, data.weights, kMaxBatchPackets,
                  encoder ? Precision::kFloat32 : DecoderOptions().precision);
  std::vector<Product> products = Products(data, builder, encoder);
  const size_t samples = kMaxBatchPackets * static_cast<size_t>(data.config.packet);
  const std::vector<float> mid = Noise(samples), side = Noise(samples + 1);
  std::vector<float> out[] = {std::vector<float>(samples), std::vector<float>(samples)};
  std::vector<float> spectrum(builder.max_frames(kFine) * 2 * data.config.analysis.window + 4096);
  std::vector<uint8_t> bytes(kMaxBatchPackets * data.config.packet_bytes(kQuality));
  const std::vector<float> gains(kMaxBatchPackets, 1.0f);

  EncoderNetwork encoder_network(builder, kQuality);
  DecoderNetwork decoder_network(builder, kQuality);
  Analysis analysis(builder);
  Synthesis synthesis(builder);
  if (!builder.status().ok()) {
    std::fprintf(stderr, "roofline: %s\n", builder.status().message().c_str());
    std::exit(1);
  }
  const size_t frames = builder.max_frames(kFine);
  const std::vector<float> head = Noise(frames * 2 * 2 * (data.config.analysis.window / 2 + 1));
  const std::vector<float> frame_gains(frames, 1.0f);
  const double step = MedianOf([&] {
    if (encoder) {
      encoder_network.Step(kMaxBatchPackets, mid.data(), side.data(), bytes.data());
    } else {
      decoder_network.Step(kMaxBatchPackets, bytes.data(), gains.data(), out[0].data(),
                           out[1].data());
    }
  });
  const double fourier = MedianOf([&] {
    if (encoder) {
      analysis.Step(frames, mid.data(), side.data(), spectrum.data());
      analysis.Compand(frames, spectrum.data());
    } else {
      synthesis.Step(frames, head.data(), frame_gains.data(), /*tones=*/nullptr, /*bands=*/nullptr,
                     out[0].data(), out[1].data());
    }
  });
  Measure(products);
  const double best = BestRate(products, Precision::kFloat32);
  const double best_int8 = BestRate(products, Precision::kInt8);
  Json layers = Json::array();
  double sum = 0, needed = 0;
  for (const Product& product : products) {
    const double seconds = Median(product.seconds);
    sum += seconds;
    needed += product.multiply_adds() / (product.precision == Precision::kInt8 ? best_int8 : best);
    layers.push_back({{"layer", product.name},
                      {"precision", PrecisionName(product.precision)},
                      {"rows", product.rows},
                      {"multiply_adds", product.multiply_adds()},
                      {"bytes", product.bytes()},
                      {"us", 1e6 * seconds},
                      {"gmac_per_s", 1e-9 * product.multiply_adds() / seconds},
                      {"share", seconds / step}});
  }
  return {{"network", what},
          {"packets", kMaxBatchPackets},
          {"step_us", 1e6 * step},
          {"best_gmac_per_s", 1e-9 * best},
          {"best_int8_gmac_per_s", 1e-9 * best_int8},
          {"products_us", 1e6 * sum},
          {"fourier_us", 1e6 * fourier},
          {"rest_us", 1e6 * (step - sum - fourier)},
          {"share_needed_at_best_rate", needed / step},
          {"layers", layers}};
}

void Print(const Json& report) {
  std::printf("\n%-34s %4s %5s %10s %9s %9s %7s %7s\n",
              report["network"].get<std::string>().c_str(), "", "rows", "MMAC", "KB", "us",
              "GMAC/s", "share");
  for (const Json& layer : report["layers"]) {
    std::printf("%-34s %4s %5d %10.2f %9.0f %9.1f %7.1f %6.1f%%\n",
                layer["layer"].get<std::string>().c_str(),
                layer["precision"].get<std::string>().c_str(), layer["rows"].get<int>(),
                1e-6 * layer["multiply_adds"].get<double>(), 1e-3 * layer["bytes"].get<double>(),
                layer["us"].get<double>(), layer["gmac_per_s"].get<double>(),
                100 * layer["share"].get<double>());
  }
  const auto value = [&](const char* key) { return report[key].get<double>(); };
  std::printf("a step of %d packets %.0f us: products %.0f, Fourier transforms %.0f, rest %.0f\n",
              report["packets"].get<int>(), value("step_us"), value("products_us"),
              value("fourier_us"), value("rest_us"));
  std::printf("best product %.1f GMAC/s, of int8 %.1f: products need %.0f %% of the step so\n",
              value("best_gmac_per_s"), value("best_int8_gmac_per_s"),
              100 * value("share_needed_at_best_rate"));
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "roofline: wanted MODEL [json]\n");
    return 1;
  }
  const Result<std::shared_ptr<const Model>> model = Model::Load(argv[1]);
  if (!model.ok()) {
    std::fprintf(stderr, "roofline: %s\n", model.status().message().c_str());
    return 1;
  }
  const Json reports = {Report("encoder", (*model)->data(), true),
                        Report("decoder", (*model)->data(), false)};
  if (argc > 2) {
    std::printf("%s\n", reports.dump().c_str());
    return 0;
  }
  for (const Json& report : reports) Print(report);
  return 0;
}

}  // namespace
}  // namespace motet::core

int main(int argc, char** argv) { return motet::core::Main(argc, argv); }
