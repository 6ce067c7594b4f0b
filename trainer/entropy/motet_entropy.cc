// motet-entropy: gives a model file an entropy model, learned from music that motet-data collected.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "data/music_dataset.h"
#include "data/number_option.h"
#include "entropy/band_weights.h"
#include "entropy/code_examples.h"
#include "entropy/code_sequences.h"
#include "entropy/entropy_model.h"
#include "entropy/entropy_network.h"
#include "entropy/entropy_training.h"
#include "entropy/tone_weights.h"
#include "model/config.h"
#include "model/tensor_file.h"
#include "model_config/band_symbols.h"
#include "motet/model.h"
#include "named_program.h"
#include "training/interrupt.h"
#include "training/memory.h"

namespace motet::trainer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kValidationShare = 0.1;  // music to measure on, of that to learn from

struct Interrupted {};
void StopIfInterrupted() {
  if (interrupted != 0) throw Interrupted();
}

struct Arguments {
  fs::path model, dataset, out;
  bool force = false;
  double hours = 10;
  EntropySizes sizes = {.embedding = 16, .hidden = 60};  // half a megabyte
  EntropyTrainingOptions training;
  int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
};

// A line on standard error that is written over; where it goes to a file, one more every minute.
class Progress {
 public:
  void Show(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    fmt::print(stderr, "{}{}{}", Erase(), text, terminal_ ? "" : "\n");
    std::fflush(stderr);
    next_ = now + interval_;
  }
  // Leaves `text` in the place of the line.
  void Finish(const std::string& text) { fmt::print(stderr, "{}{}\n", Erase(), text); }

 private:
  const char* Erase() const { return terminal_ ? "\r\033[K" : ""; }

  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  const std::chrono::milliseconds interval_{terminal_ ? 200 : 60000};
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + interval_;
};

// What would fail after minutes of work fails at once.
void CheckPlaceOf(const Arguments& arguments) {
  const std::string out = arguments.out.string();
  const fs::path place = CheckOutput(out, arguments.force);
  const fs::path folder = place.has_parent_path() ? place.parent_path() : ".";
  if (access(folder.c_str(), W_OK) != 0)
    throw std::runtime_error(fmt::format("{}: cannot write to '{}'", out, folder.string()));
}

// A model file without the entropy model that it may have.
struct Codec {
  json meta;  // the file's JSON
  ModelConfig config;
  std::string identity;              // of the codec alone
  std::vector<NamedTensor> tensors;  // as in the file
  std::shared_ptr<const Model> model;
};

Codec LoadCodec(const std::string& path) {
  auto loaded = Model::Load(path);
  if (!loaded.ok()) throw std::runtime_error(loaded.status().message());
  TensorFile file = ReadTensorFile(path);
  try {
    Codec codec;
    codec.model = std::move(loaded).value();
    codec.meta = json::parse(file.json);
    const ModelFileConfig config = ParseModelFileConfig(file.json);
    codec.config = config.model;
    codec.identity =
        config.entropy ? ReadEntropyModel(file, config).codec_identity : config.identity;
    std::erase_if(file.tensors, [](const auto& tensor) { return IsEntropyTensor(tensor.name); });
    codec.tensors = std::move(file.tensors);
    return codec;
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

CodeExamples Examples(const Codec& codec, const Arguments& arguments, data::Split split,
                      double hours, Progress& progress) {
  const std::string name(data::SplitName(split));
  const auto dataset = data::MusicDataset::Open(arguments.dataset, split);
  const auto stretches = ChooseStretches(dataset, hours);
  double seconds = 0;
  for (const Stretch& stretch : stretches)
    seconds += static_cast<double>(stretch.frames) / data::kSampleRate;
  auto sequences =
      EncodeStretches(codec.model, dataset, stretches, arguments.threads, [&](double done) {
        StopIfInterrupted();
        progress.Show(fmt::format("encoding {} music: {:.2f} of {:.2f} h", name, done / 3600,
                                  seconds / 3600));
      });
  progress.Finish(fmt::format("encoded {:.2f} h of {} music", seconds / 3600, name));
  try {
    return {codec.config, std::move(sequences)};
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("{}: its split '{}' {}", arguments.dataset.string(), name, error.what()));
  }
}

double Hours(const CodeExamples& examples) {
  const ModelConfig& config = examples.config();
  int64_t packets = 0;
  for (size_t i = 0; i < examples.sequences(); ++i) packets += examples.packets(i);
  return static_cast<double>(packets * config.packet) / static_cast<double>(config.sample_rate) /
         3600;
}

// Share of the bytes that packets of a quality lose.
double Saved(const EntropyFigures& figures, const ModelConfig& config, int64_t quality) {
  return 1 - figures.packet_bytes[static_cast<size_t>(quality) - 1] /
                 static_cast<double>(config.packet_bytes(quality));
}

// Bits for a code of a step of the ladder, as the mean over those that it adds.
double BitsPerCode(const LadderStep& step, const EntropyFigures& figures,
                   const std::vector<LadderQuantizer>& quantizers) {
  double bits = 0, count = 0;
  for (const LadderCodes& codes : step) {
    for (size_t i = 0; i < quantizers.size(); ++i) {
      if (quantizers[i].level != codes.level || quantizers[i].quantizer != codes.quantizer)
        continue;
      bits += figures.bits[i] * static_cast<double>(codes.count());
      count += static_cast<double>(codes.count());
    }
  }
  return bits / count;
}

void PrintFigures(const EntropyFigures& figures, const ModelConfig& config) {
  const auto ladder = config.ladder();
  fmt::print("quality  adds                  bits per code  bytes of a packet  saved\n");
  for (size_t i = 0; i < ladder.size(); ++i) {
    const auto quality = static_cast<int64_t>(i) + 1;
    const int64_t bytes = config.packet_bytes(quality);
    fmt::print("{:7}  {:20}  {:13.3f}  {:3} -> {:10.3f}  {:5.3f} = {:.1f} %\n", quality,
               NameOf(ladder[i]), BitsPerCode(ladder[i], figures, config.quantizers()), bytes,
               figures.packet_bytes[i], static_cast<double>(bytes) - figures.packet_bytes[i],
               100 * Saved(figures, config, quality));
  }
  if (config.tones) {
    fmt::print("tones: {:.2f} bits for the {} bytes of a packet, from quality {} on\n",
               figures.tone_bits, config.tones->bytes(), config.tones->from_quality);
  }
  if (config.bands) {
    fmt::print("levels of bands: {:.2f} bits for the {} bytes of a packet, from quality {} on\n",
               figures.band_bits, config.bands->bytes(), config.bands->from_quality);
  }
}

// The facts about an entropy model that go into the model file.
json Facts(const EntropyFigures& figures, const CodeExamples& examples,
           const EntropyTrainingOptions& training) {
  const auto round_to = [](double value, double steps) {
    return std::round(value * steps) / steps;
  };
  json saved = json::object();
  const ModelConfig& config = examples.config();
  const int64_t highest = config.max_quality();
  for (const int64_t quality : {std::min<int64_t>(3, highest), config.default_quality, highest})
    saved[std::to_string(quality)] = round_to(Saved(figures, config, quality), 1e4);
  json facts = {
      {"hours", round_to(Hours(examples), 100)}, {"steps", training.steps}, {"saved", saved}};
  if (config.tones) facts["tone_bits"] = round_to(figures.tone_bits, 100);
  if (config.bands) facts["band_bits"] = round_to(figures.band_bits, 100);
  return facts;
}

int Run(const Arguments& arguments) {
  CheckPlaceOf(arguments);
  Codec codec = LoadCodec(arguments.model.string());
  CheckEntropySizes(arguments.sizes, codec.config);
  Progress progress;
  const CodeExamples examples =
      Examples(codec, arguments, data::Split::kTrain, arguments.hours, progress);
  const CodeExamples unseen = Examples(codec, arguments, data::Split::kValidation,
                                       kValidationShare * arguments.hours, progress);

  torch::set_num_threads(arguments.threads);
  torch::manual_seed(arguments.training.seed);
  EntropyNetwork network(examples.quantizers(), arguments.sizes);
  const auto begin = std::chrono::steady_clock::now();
  double average = 8;  // bits, moving
  TrainEntropyNetwork(network, examples, arguments.training, [&](int64_t step, double bits) {
    StopIfInterrupted();
    average += std::max(0.02, 1.0 / static_cast<double>(step)) * (bits - average);
    progress.Show(fmt::format("training: step {} of {}, {:.3f} bits per code", step,
                              arguments.training.steps, average));
  });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  progress.Finish(fmt::format("trained {} steps in {:.0f} s: {:.3f} bits per code",
                              arguments.training.steps, took.count(), average));

  std::optional<ToneWeights> tones;
  if (codec.config.tones) tones = CountTones(examples);
  std::optional<SymbolWeights> bands;
  if (codec.config.bands) bands = CountBands(examples);
  const EntropyFigures figures =
      MeasureEntropyNetwork(network, tones, bands, unseen, StopIfInterrupted);
  PrintFigures(figures, codec.config);

  EntropyModel model = network->ToModel();
  if (tones) model.tensors.merge(tones->ToTensors(*codec.config.tones));
  if (bands) model.tensors[kBandTable] = bands->ToTensor();
  model.codec_identity = codec.identity;
  CheckEntropyModel(model, codec.config);
  codec.meta["identity"] = model.Identity();
  codec.meta["entropy"] = model.ToJson();
  codec.meta["info"]["entropy"] = Facts(figures, examples, arguments.training);
  for (NamedTensor& tensor : model.Stored()) codec.tensors.push_back(std::move(tensor));
  StopIfInterrupted();
  WriteTensorFile(arguments.out.string(), codec.meta.dump(), codec.tensors);
  fmt::print("{}: identity {}, {:.2f} MB\n", arguments.out.string(), model.Identity(),
             static_cast<double>(fs::file_size(arguments.out)) / 1e6);
  return 0;
}

int Main(int argc, char** argv) {
  KeepMemory();
  CLI::App app(
      "Learns how likely each code of a model is after those before it, so that streams get "
      "smaller, and writes the model with what was learned. The codec itself stays as it is.");
  NameProgram(app, "motet-entropy");
  Arguments arguments;
  app.add_option("MODEL", arguments.model,
                 "Model file (.motetmodel); an entropy model that it has is replaced")
      ->required();
  app.add_option("DATASET", arguments.dataset, "Dataset folder that `motet-data collect` made")
      ->required();
  app.add_option("-o,--out", arguments.out, "Model file to write (.motetmodel)")->required();
  app.add_flag("-f,--force", arguments.force, "Replace the file if it exists");
  app.add_option("--hours", arguments.hours,
                 "Music to learn from at most, from all of the training split; a tenth as much of "
                 "the validation split is measured")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  app.add_option("--steps", arguments.training.steps, "Steps of the optimizer")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--batch", arguments.training.batch, "Codes of each quantizer in a step")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--learning-rate", arguments.training.learning_rate,
                 "At first; it falls to 0 along a cosine")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  app.add_option("--embedding", arguments.sizes.embedding, "Values for each code of context")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  app.add_option("--hidden", arguments.sizes.hidden, "Hidden values of each network")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  app.add_option("--seed", arguments.training.seed, "Of the first weights and of the examples")
      ->capture_default_str();
  app.add_option("--threads", arguments.threads, "Threads to work with")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  CatchInterrupts();  // an end that leaves nothing behind
  return Run(arguments);
}

}  // namespace
}  // namespace motet::trainer

int main(int argc, char** argv) {
  try {
    return motet::trainer::Main(argc, argv);
  } catch (const motet::trainer::Interrupted&) {
    fmt::print(stderr, "\nmotet-entropy: interrupted; nothing was written\n");
    // The caller shall see what ended the program.
    const int signal = motet::trainer::interrupted;
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  } catch (const std::exception& error) {
    fmt::print(stderr, "motet-entropy: {}\n", error.what());
  }
  return 1;
}
