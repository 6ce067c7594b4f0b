#include <CLI/CLI.hpp>
#include <limits>
#include <memory>
#include <string>

#include "command_line/audio_options.h"
#include "command_line/command.h"
#include "command_line/command_line.h"
#include "commands/commands.h"

namespace motet::cli {
namespace {

struct DecodeLine {
  DecodeOptions options;
  BatchOptions batch;
  std::string format = "wav";
};

}  // namespace

void AddDecode(CLI::App& program, Runner* run) {
  Command* command = AddCommand(program, "decode", "Decode .motet files to WAV or FLAC");
  command->usage = {"[OPTIONS] IN OUT", "[OPTIONS] [-o DIR] FILE..."};
  command->details =
      "OUT ends in .wav or .flac, or is - for WAV on standard output. Without it, song.motet "
      "becomes song.wav beside it. Audio that is there already may be the original: only -f "
      "replaces it.";
  command->examples = {
      {"motet decode song.motet song.flac", "one file"},
      {"motet decode --format flac -o decoded coded", "a whole tree, into another"},
      {"motet decode song.motet - | aplay", "into a pipe"}};
  const auto line = std::make_shared<DecodeLine>();
  DecodeOptions& options = line->options;
  AddFiles(command, &line->batch, ".motet files or folders of them, - for standard input");
  command->add_option("--format", line->format, "Format where no OUT says it (default: wav)")
      ->check(CLI::IsMember({"wav", "flac"}))
      ->type_name("wav|flac");
  AddStreamModel(command, &options.model);
  AddForce(command, &options.force);
  AddVerbosity(command);
  const FillSamples fill_samples = AddSampleOptions(command, &options.audio, &options.headroom);
  AddTime(command, "--start", &options.start, "Decode from there on: 62.5 or 1:02.5");
  AddTime(command, "--duration", &options.duration, "Decode so much");
  command->add_flag("--conceal", options.conceal,
                    "Decode what is left of a damaged file, and conceal the gaps");
  command
      ->add_option("--max-gap", options.max_gap,
                   "With --conceal: the longest gap that is concealed, in seconds; inf for any")
      ->check(Between(0, std::numeric_limits<double>::infinity()))
      ->capture_default_str()
      ->needs("--conceal");
  AddPrecision(command, &options.precision);
  command->add_flag("!--no-tags", options.has_tags, "Leave the stream's tags out");
  command->callback([line, command, run, fill_samples] {
    DecodeOptions& asked = line->options;
    line->batch.force = asked.force;
    asked.suffix = "." + line->format;
    const Result<bool> single = IsInAndOut(line->batch, DecodeRules(asked.suffix));
    if (!single.ok()) {
      *run = [single] { return single.status(); };
      return;
    }
    std::string name = "x" + asked.suffix;
    if (*single) {
      asked.input = line->batch.inputs[0];
      name = asked.output = line->batch.inputs[1];
      if (command->count("--format") > 0 &&
          (name == "-" ? line->format != "wav" : !HasSuffix(name, {asked.suffix})))
        throw CLI::ValidationError("--format", "is for where no OUT says it, here '" + name + "'");
    }
    fill_samples(name);
    if (!*single && asked.audio.container == Container::kRaw)
      throw CLI::ValidationError("--raw", "OUT is missing");
    *run = [line, in_and_out = *single] {
      return in_and_out ? RunDecode(line->options) : RunDecodeBatch(line->options, line->batch);
    };
  });
}

}  // namespace motet::cli
