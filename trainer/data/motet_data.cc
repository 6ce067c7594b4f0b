// motet-data: makes, describes and excerpts the dataset that motet-train reads.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "data/audio_file.h"
#include "data/collect.h"
#include "data/export_attacks.h"
#include "data/export_clips.h"
#include "data/music_dataset.h"
#include "data/number_option.h"
#include "data/pack.h"
#include "data/summary.h"
#include "named_program.h"

namespace {

namespace data = motet::data;

// A line on the terminal that says what was done last, while there is a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet) : shown_(isatty(STDERR_FILENO) != 0 && !quiet) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }

  std::function<void(int, int, const std::string&)> Callback() const {
    if (!shown_) return {};
    return [](int done, int total, const std::string& name) {
      constexpr std::size_t kNameWidth = 50;
      const std::string shown =
          name.size() > kNameWidth ? "..." + name.substr(name.size() - kNameWidth + 3) : name;
      fmt::print(stderr, "\r\033[K{:>5}/{} {}", done, total, shown);
      std::fflush(stderr);
    };
  }

 private:
  bool shown_;
};

// What `work` makes of options, while it says how far it is.
template <typename Options, typename Work>
auto ShowingProgress(Options& options, bool quiet, const Work& work) {
  const ProgressLine line(quiet);
  options.on_progress = line.Callback();
  return work(options);
}

void RunCollect(data::CollectOptions& options, bool quiet) {
  const data::CollectReport report = ShowingProgress(options, quiet, data::Collect);
  for (const std::string& failure : report.failures) {
    fmt::print(stderr, "motet-data: skipped: {}\n", failure);
  }
  if (!quiet) fmt::print("{}", data::FormatSummary(data::Summarize(report.manifest)));
}

void RunInfo(const std::string& dir, bool json) {
  const auto summary = data::Summarize(data::Manifest::Load(dir));
  fmt::print("{}", json ? summary.dump(2) + "\n" : data::FormatSummary(summary));
}

struct ExcerptRequest {
  std::string dir;
  std::string track;
  std::string out;
  double start = 0.0;
  double seconds = 10.0;
};

void RunExportExcerpt(const ExcerptRequest& request) {
  const auto dataset = data::MusicDataset::Open(request.dir);
  const auto start = static_cast<std::int64_t>(std::llround(request.start * data::kSampleRate));
  const auto frames = static_cast<std::int64_t>(std::llround(request.seconds * data::kSampleRate));
  const auto samples = dataset.ReadPcm(dataset.IndexOf(request.track), start, frames);
  data::WriteFlac(request.out, samples, data::kChannels, data::kSampleRate);
}

void RunExportClips(const std::string& dir, const std::string& split,
                    const data::ClipOptions& options) {
  const auto dataset = data::MusicDataset::Open(dir, data::ParseSplit(split));
  for (const auto& path : data::ExportClips(dataset, options)) fmt::print("{}\n", path.string());
}

void RunPack(const std::string& dir, data::PackOptions& options) {
  const auto pack_all = [&dir](const data::PackOptions& all) { return data::PackMusic(dir, all); };
  const std::vector<data::Pack> packs = ShowingProgress(options, /*quiet=*/false, pack_all);
  for (const data::Pack& pack : packs) {
    fmt::print("{}: {} pieces, {:.2f} h, {:.1f} MiB\n", pack.path.string(), pack.pieces,
               pack.seconds / 3600, static_cast<double>(pack.bytes) / (1 << 20));
  }
}

void RunUnpack(data::UnpackOptions& options) {
  ShowingProgress(options, /*quiet=*/false, data::UnpackMusic);
  fmt::print("{}", data::FormatSummary(data::Summarize(data::Manifest::Load(options.out))));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Collects music into the dataset that motet-train reads.");
  motet::trainer::NameProgram(app, "motet-data");
  app.require_subcommand(1);

  data::CollectOptions options;
  options.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool quiet = false;
  CLI::App* collect = app.add_subcommand("collect", "Collect stereo music into shards");
  collect->add_option("IN", options.inputs, "Folders, one per package of music")->required();
  collect->add_option("-o,--out", options.out, "Dataset folder to make")->required();
  collect->add_option("--min-seconds", options.min_seconds, "Skip shorter files")
      ->capture_default_str()
      ->check(data::NotNegative());
  collect->add_option("-j,--jobs", options.jobs, "Files decoded at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  collect->add_flag("-f,--force", options.force, "Replace the dataset if it exists");
  collect->add_flag("-q,--quiet", quiet, "Print errors only");

  std::string info_dir;
  bool json = false;
  CLI::App* info = app.add_subcommand("info", "Print what a dataset holds");
  info->add_option("DIR", info_dir, "Dataset folder")->required();
  info->add_flag("--json", json, "As JSON");

  ExcerptRequest request;
  CLI::App* excerpt = app.add_subcommand("export-excerpt", "Write part of a track as 16-bit FLAC");
  excerpt->add_option("DIR", request.dir, "Dataset folder")->required();
  excerpt->add_option("--track", request.track, "Name of the track")->required();
  excerpt->add_option("--start", request.start, "Start in seconds")
      ->capture_default_str()
      ->check(data::NotNegative());
  excerpt->add_option("--seconds", request.seconds, "Length in seconds")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  excerpt->add_option("-o,--out", request.out, "FLAC file to write")->required();

  std::string clips_dir;
  std::string split = "test";
  data::ClipOptions clip_options;
  CLI::App* clips = app.add_subcommand(
      "export-clips", "Write clips of all tracks of a split as 16-bit FLAC, and print their names");
  clips->add_option("DIR", clips_dir, "Dataset folder")->required();
  clips->add_option("--split", split, "Of which tracks")
      ->capture_default_str()
      ->check(CLI::IsMember({"train", "validation", "test"}));
  clips
      ->add_option("--per-track", clip_options.per_track,
                   "Clips of each track; number i of n begins i/(n+1) of the way through it")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  clips->add_option("--seconds", clip_options.seconds, "Length in seconds")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  clips
      ->add_option(
          "--clipped", clip_options.clipped_db,
          "As loud masters: turned up to full scale and by this many dB more, cut off there")
      ->check(CLI::Range(0.0, 60.0));
  clips->add_option("-o,--out", clip_options.out, "Folder to make")->required();

  data::AttackOptions attack_options;
  CLI::App* attacks = app.add_subcommand(
      "export-attacks",
      "Write clips of clicks, bursts and damped sinusoids in silence as 16-bit FLAC, and print "
      "their names");
  attacks->add_option("--clips", attack_options.clips, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  attacks->add_option("--seconds", attack_options.seconds, "Length in seconds")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  attacks->add_option("-o,--out", attack_options.out, "Folder to make")->required();

  std::string pack_dir;
  data::PackOptions pack_options;
  pack_options.jobs = options.jobs;
  CLI::App* pack = app.add_subcommand(
      "pack", "Write excerpts of all tracks as Ogg Opus, to carry to a machine without a network");
  pack->add_option("DIR", pack_dir, "Dataset folder")->required();
  pack->add_option("--hours", pack_options.hours, "Of music for training, in all packs together")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  pack->add_option("--pack-mib", pack_options.pack_mib, "MiB that a pack has at most")
      ->capture_default_str()
      ->check(data::MoreThanNothing());
  pack->add_option("-j,--jobs", pack_options.jobs, "Files encoded at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  pack->add_option("-o,--out", pack_options.out, "Folder to make, of a folder for each pack")
      ->required();

  data::UnpackOptions unpack_options;
  unpack_options.jobs = options.jobs;
  CLI::App* unpack = app.add_subcommand("unpack", "Make a dataset of packs");
  unpack->add_option("PACK", unpack_options.packs, "Folders that `motet-data pack` made")
      ->required();
  unpack->add_option("-o,--out", unpack_options.out, "Dataset folder to make")->required();
  unpack->add_option("-j,--jobs", unpack_options.jobs, "Files decoded at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  unpack->add_flag("-f,--force", unpack_options.force, "Replace the dataset if it exists");

  const auto is_first_word = [&](const CLI::App* command) {
    return command->get_name() == argv[1];
  };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_first_word).empty()) {
    fmt::print(stderr, "motet-data: there is no command '{}'; motet-data --help lists them\n",
               argv[1]);
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    if (*collect) RunCollect(options, quiet);
    if (*pack) RunPack(pack_dir, pack_options);
    if (*unpack) RunUnpack(unpack_options);
    if (*info) RunInfo(info_dir, json);
    if (*excerpt) RunExportExcerpt(request);
    if (*clips) RunExportClips(clips_dir, split, clip_options);
    if (*attacks) {
      for (const auto& path : data::ExportAttacks(attack_options))
        fmt::print("{}\n", path.string());
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "motet-data: {}\n", error.what());
    return 1;
  }
  return 0;
}
