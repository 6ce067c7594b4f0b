// The commands that write no file: info, bench and compare.
#include <CLI/CLI.hpp>
#include <memory>

#include "command_line/command.h"
#include "command_line/command_line.h"
#include "commands/commands.h"

namespace motet::cli {

void AddInfo(CLI::App& program, Runner* run) {
  Command* command = AddCommand(program, "info", "Say what .motet files and model files are");
  command->usage = {"[OPTIONS] FILE..."};
  command->details =
      "The length of a stream that is cut off is what its packets hold; decoding leaves out the "
      "codec's delay of it (52 ms with the shipped model).";
  command->examples = {{"motet info song.motet", "length, bit rate, quality, tags"},
                       {"motet info *.motet", "checks all of them, too"},
                       {"motet info --features --json song.motet", "chroma, onsets and timbre"}};
  const auto options = std::make_shared<InfoOptions>();
  command->add_option("FILE", options->inputs, "Files, - for a .motet stream on standard input")
      ->required()
      ->type_name("");
  AddJson(command, &options->json);
  CLI::Option* features = command->add_flag(
      "--features", options->features,
      "Print a stream's music features instead, one row for each half packet (CSV, or JSON)");
  AddStreamModel(command, &options->model)->needs(features);
  command->callback([options, run] {
    if (options->features && options->inputs.size() > 1)
      throw CLI::ValidationError("--features", "takes one file");
    *run = [options] { return options->features ? RunFeatures(*options) : RunInfo(*options); };
  });
}

void AddBench(CLI::App& program, Runner* run) {
  Command* command =
      AddCommand(program, "bench", "Measure the speed of encoding and decoding on one thread");
  command->usage = {"[OPTIONS] [FILE]"};
  command->examples = {{"motet bench --seconds 60 song.flac", "of a minute of this song"}};
  const auto options = std::make_shared<BenchOptions>();
  command->add_option("FILE", options->input, "Audio file (a synthetic piece if not given)");
  AddModel(command, &options->model);
  AddQuality(command, &options->quality);
  AddPrecision(command, &options->precision);
  command->add_option("--seconds", options->seconds, "Length of music, 0.1 to 600")
      ->check(Between(0.1, 600))
      ->capture_default_str()
      ->type_name("N");
  AddJson(command, &options->json);
  command->callback([options, run] { *run = [options] { return RunBench(*options); }; });
}

void AddCompare(CLI::App& program, Runner* run) {
  Command* command =
      AddCommand(program, "compare", "Measure how far a decoded file is from its original");
  command->usage = {"[OPTIONS] REF DEG"};
  command->details =
      "Mel and STFT distance (lower is better), SI-SDR, error of the stereo image, bandwidth, and "
      "whether the tones are there: by waveform (coherence) and by their places (fine structure).";
  command->examples = {{"motet compare song.flac song.wav", "as a table"},
                       {"motet compare --json song.flac song.wav", "for a script"}};
  const auto options = std::make_shared<CompareOptions>();
  command->add_option("REF", options->reference, "The original")->required();
  command->add_option("DEG", options->degraded, "The decoded file")->required();
  AddJson(command, &options->json);
  AddVerbosity(command);
  command->callback([options, run] { *run = [options] { return RunCompare(*options); }; });
}

}  // namespace motet::cli
