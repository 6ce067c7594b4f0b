// motet-train: learns a codec from a dataset that motet-data collected.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <optional>

#include "data/number_option.h"
#include "distributed/launch.h"
#include "distributed/ranks.h"
#include "logging/run_log.h"
#include "named_program.h"
#include "training/batch_loader.h"
#include "training/checkpoint.h"
#include "training/fit.h"
#include "training/interrupt.h"
#include "training/memory.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

using Clock = std::chrono::steady_clock;
double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

// What all threads of this process have used.
double ProcessorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string Duration(double seconds) {
  const auto s = static_cast<int64_t>(seconds);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// "[####------]"
std::string Bar(int64_t done, int64_t all) {
  constexpr int64_t kWidth = 20;
  const int64_t full = all > 0 ? std::clamp<int64_t>(done * kWidth / all, 0, kWidth) : kWidth;
  return "[" + std::string(static_cast<size_t>(full), '#') +
         std::string(static_cast<size_t>(kWidth - full), '-') + "]";
}

struct Arguments {
  std::vector<std::filesystem::path> configs;
  std::vector<std::string> settings;
  std::filesystem::path out, init;
  bool resume = false, fit = false;
  double hours = 0, cpu_hours = 0;
  int64_t processes = 1;
};

// x [2, n]
logging::Sound ToSound(const torch::Tensor& x, int64_t sample_rate) {
  logging::Sound sound{static_cast<int>(sample_rate), {}};
  for (int64_t c = 0; c < x.size(0); ++c) {
    const auto channel = x[c].to(torch::kCPU, torch::kFloat32).contiguous();
    sound.channels.emplace_back(channel.data_ptr<float>(),
                                channel.data_ptr<float>() + channel.numel());
  }
  return sound;
}

Configuration Prepare(const Arguments& arguments, std::filesystem::path& checkpoint) {
  if (!arguments.resume) {
    if (!ListCheckpoints(arguments.out).empty()) {
      throw std::runtime_error(
          fmt::format("{}: holds a run already; go on with --resume, or choose another --out",
                      arguments.out.string()));
    }
    return LoadConfiguration(arguments.configs, arguments.settings);
  }
  const auto found = NewestCheckpoint(arguments.out, std::cerr);
  checkpoint = found.path;
  nlohmann::json json = found.json.at("configuration");
  AddLaterKeys(json);
  ApplySettings(json, arguments.settings);
  return ParseConfiguration(json);
}

int Train(const Arguments& arguments) {
  const auto begun = Clock::now();
  std::filesystem::path checkpoint;
  const Rank rank = RankFromEnvironment();
  Configuration prepared = Prepare(arguments, checkpoint);
  JoinRanks(rank, ChooseDevice(prepared.training.device, rank));
  const auto clips =
      ValidationClips(data::MusicDataset::Open(prepared.data.path, data::Split::kValidation),
                      prepared.training.validation_clips,
                      PacketSamples(prepared.training.validation_seconds, prepared.model));
  const auto highest = prepared.model.max_quality();
  const std::vector<int64_t> qualities = {std::min<int64_t>(3, highest),
                                          prepared.model.default_quality, highest};
  if (arguments.fit) {
    auto json = prepared.json;
    json["training"]["steps"] = StepsThatFit(
        prepared, arguments.hours * 3600 - Seconds(Clock::now() - begun), clips, qualities);
    prepared = ParseConfiguration(json);
  }
  Trainer trainer(std::move(prepared));
  const Configuration& config = trainer.config();
  if (!checkpoint.empty()) trainer.Resume(checkpoint);
  if (!arguments.init.empty()) {
    const auto new_blocks = trainer.Initialise(arguments.init);
    if (IsFirstRank() && !new_blocks.empty())
      fmt::print(stderr, "{} has no {}: they begin as blocks that change nothing\n",
                 arguments.init.string(), fmt::join(new_blocks, ", "));
  }
  ExpectSameOnAllRanks(trainer.step(), "the step to go on from");
  if (IsFirstRank())
    fmt::print(stderr,
               "{} parameters, delay {} samples, device {}, {} threads; {} processes; from step {} "
               "to {}\n",
               trainer.parameters(), config.model.delay(), trainer.device().str(),
               torch::get_num_threads(), rank.count, trainer.step(), config.training.steps);

  std::optional<logging::RunLog> log;
  if (IsFirstRank()) {
    log.emplace(arguments.out, trainer.step(), config.json);
    log->Start({{"device", trainer.device().str()},
                {"processes", rank.count},
                {"threads", torch::get_num_threads()},
                {"libtorch", TORCH_VERSION},
                {"parameters", trainer.parameters()}});
  }
  BatchLoader loader(config, trainer.step());

  const auto start = Clock::now();
  const double audio_before = trainer.audio_seconds();
  const int64_t first_step = trainer.step();
  double training_seconds = 0;
  std::map<std::string, double> sums;
  std::map<std::string, int64_t> counts;
  bool originals_logged = trainer.step() > 0;
  const bool terminal = isatty(STDERR_FILENO) != 0;

  int64_t validated = -1;  // the last step that was
  const auto validate = [&] {
    if (!IsFirstRank() || validated == trainer.step()) return;
    validated = trainer.step();
    const AloneGuard alone;
    const auto result = trainer.ValidateAverage(clips, qualities);
    auto line = result.ToJson();
    line["step"] = trainer.step();
    line["audio_seconds"] = trainer.audio_seconds();
    line["cpu_seconds"] = ProcessorSeconds();
    log->Validation(line);
    for (size_t i = 0; i < result.decoded.size(); ++i) {
      log->Sample(trainer.step(), fmt::format("clip{}", i),
                  ToSound(clips[static_cast<int64_t>(i)], config.model.sample_rate),
                  ToSound(result.decoded[i], config.model.sample_rate), !originals_logged);
    }
    originals_logged = true;
    std::string perplexity;
    for (const double value : result.perplexity) perplexity += fmt::format(" {:.0f}", value);
    fmt::print(stderr,
               "{}step {} validation: mel q{} {:.3f} q{} {:.3f} q{} {:.3f}, SI-SDR {:.2f} dB, "
               "perplexity{}\n",
               terminal ? "\r\033[K" : "", trainer.step(), qualities[0],
               result.mel.at(qualities[0]), qualities[1], result.mel.at(qualities[1]), highest,
               result.mel.at(highest), result.si_sdr.at(qualities[1]), perplexity);
    const double mel = result.mel.at(config.model.default_quality);
    if (mel < trainer.best_mel()) {
      trainer.set_best_mel(mel);
      trainer.Checkpoint(arguments.out / "best.ckpt");
    }
  };
  const auto save = [&] {
    if (rank.count > 1)
      ExpectSameOnAllRanks(trainer.Fingerprint(), "the fingerprint of the weights");
    if (!IsFirstRank()) return;
    trainer.Checkpoint(CheckpointPath(arguments.out, trainer.step()));
    RemoveOldCheckpoints(arguments.out, config.training.keep_checkpoints);
  };

  while (trainer.step() < config.training.steps) {
    const auto before = Clock::now();
    const int64_t skipped = trainer.skipped_steps();
    for (const auto& [name, value] : trainer.TrainStep(loader.Next())) {
      sums[name] += value;
      ++counts[name];  // not every step has every term
    }
    if (IsFirstRank() && trainer.skipped_steps() > skipped)
      fmt::print(stderr, "{}skipped {}\n", terminal ? "\r\033[K" : "", trainer.last_skipped());
    training_seconds += Seconds(Clock::now() - before);
    const double elapsed = Seconds(Clock::now() - start);
    if (IsFirstRank() && trainer.step() % config.training.log_every == 0) {
      const double speed = (trainer.audio_seconds() - audio_before) / training_seconds;
      const double left = static_cast<double>(config.training.steps - trainer.step()) *
                          training_seconds / static_cast<double>(trainer.step() - first_step);
      nlohmann::json line = {{"step", trainer.step()},
                             {"audio_seconds", trainer.audio_seconds()},
                             {"seconds", elapsed},
                             {"cpu_seconds", ProcessorSeconds()},
                             {"audio_seconds_per_second", speed},
                             {"loader_waited_seconds", loader.waited_seconds()},
                             {"skipped_steps", trainer.skipped_steps()}};
      std::string text;
      for (const auto& [name, value] : sums) {
        const double mean = value / static_cast<double>(counts[name]);
        line[name] = mean;
        text += fmt::format(" {} {:.4g}", name, mean);
      }
      log->Training(line);
      fmt::print(
          stderr,
          "{}{} step {}/{}{} | {:.1f} audio-s/s, loader waited {:.1f} s, skipped {}, {} left{}",
          terminal ? "\r\033[K" : "", Bar(trainer.step(), config.training.steps), trainer.step(),
          config.training.steps, text, speed, loader.waited_seconds(), trainer.skipped_steps(),
          Duration(left), terminal ? "" : "\n");
      std::fflush(stderr);
      sums.clear();
      counts.clear();
    }
    // In this order: a checkpoint knows the best mel distance of its own step, too.
    if (trainer.step() % config.training.validate_every == 0) validate();
    if (trainer.step() % config.training.checkpoint_every == 0) save();
    const bool late =
        (arguments.hours > 0 && Seconds(Clock::now() - begun) > arguments.hours * 3600) ||
        (arguments.cpu_hours > 0 && ProcessorSeconds() > arguments.cpu_hours * 3600);
    if (trainer.RanksAgree() && AnyRank(late || interrupted != 0)) break;  // all at the same step
  }
  validate();
  save();
  LeaveRanks();
  if (!log) return 0;
  fmt::print(stderr,
             "{}step {}: {:.0f} audio-seconds seen, best mel distance {:.4f}; checkpoint in {}\n",
             terminal ? "\r\033[K" : "", trainer.step(), trainer.audio_seconds(),
             trainer.best_mel(), arguments.out.string());
  return 0;
}

int Main(int argc, char** argv) {
  KeepMemory();
  CLI::App app("Learns a Motet codec from music that `motet-data collect` gathered.");
  NameProgram(app, "motet-train");
  Arguments arguments;
  auto* config = app.add_option("-c,--config", arguments.configs,
                                "Configuration files (JSON); later ones override earlier ones")
                     ->check(CLI::ExistingFile);
  app.add_option("-s,--set", arguments.settings,
                 "Override one value, as in --set optimizer.learning_rate=1e-4");
  app.add_option("-o,--out", arguments.out,
                 "Folder of the run: checkpoints, log, resolved configuration")
      ->required();
  auto* resume = app.add_flag("--resume", arguments.resume,
                              "Go on from the newest checkpoint in --out, with its configuration");
  app.add_option(
         "--init", arguments.init,
         "Start from the weights of a checkpoint or .motetmodel, with a fresh optimizer; blocks "
         "that it lacks begin as ones that change nothing")
      ->check(CLI::ExistingFile)
      ->excludes(resume);
  auto* hours = app.add_option("--hours", arguments.hours,
                               "Stop after this much wall-clock time, with a checkpoint")
                    ->check(data::MoreThanNothing());
  app.add_flag("--fit", arguments.fit,
               "Measure the speed first, and set training.steps so that the run, and with it all "
               "that is scheduled as shares of it, ends after --hours")
      ->needs(hours)
      ->excludes(resume);
  app.add_option("--cpu-hours", arguments.cpu_hours,
                 "Stop after this much processor time, counted over all threads of the process")
      ->check(data::MoreThanNothing());
  app.add_option("--processes", arguments.processes,
                 "Train with this many processes of this machine, which share its cores or take a "
                 "GPU each; for CPUs, see training.local_steps")
      ->check(CLI::Range(1, 1024));
  config->excludes(resume);
  try {
    app.parse(argc, argv);
    if (!arguments.resume && arguments.configs.empty())
      throw CLI::RequiredError("--config (or --resume)");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (IsLauncher(arguments.processes)) {
    std::filesystem::path checkpoint;
    Prepare(arguments, checkpoint);  // mistakes are told once, and not by every process
    return LaunchRanks(arguments.processes, argv);
  }
  CatchInterrupts();  // an end with a checkpoint
  return Train(arguments);
}

}  // namespace
}  // namespace motet::trainer

int main(int argc, char** argv) {
  try {
    return motet::trainer::Main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "motet-train: {}\n", error.what());
    return 1;
  }
}
