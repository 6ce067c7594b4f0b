#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "command_line/command_line.h"
#include "commands/commands.h"

namespace motet::cli {
namespace {

std::string AudioOutput(const std::string& path) {
  if (ContainerOf(path)) return {};
  return "'" + path +
         "' names no format that can be written: use .wav, .flac, or - for WAV on standard output";
}

struct DecodeLine {
  DecodeOptions options;
  int bits = 16;
  bool as_float = false;
};

}  // namespace

void AddDecode(CLI::App& program, Runner* run) {
  CLI::App* command = program.add_subcommand("decode", "Decode a .motet file to WAV or FLAC");
  const auto line = std::make_shared<DecodeLine>();
  DecodeOptions& options = line->options;
  command->add_option("IN", options.input, ".motet file, - for standard input")->required();
  command->add_option("OUT", options.output, ".wav or .flac file, - for WAV on standard output")
      ->required()
      ->check(AudioOutput);
  AddModel(command, &options.model);
  AddForce(command, &options.force);
  CLI::Option* bits =
      command->add_option("--bits", line->bits, "Bits of a sample: 16 (default) or 24")
          ->check(CLI::IsMember({16, 24}))
          ->type_name("N");
  command->add_flag("--float", line->as_float, "32-bit float samples (WAV only)")->excludes(bits);
  command->add_flag("--conceal", options.conceal,
                    "Decode what can be had of a damaged file, with the gaps concealed");
  command->callback([line, run] {
    DecodeOptions& asked = line->options;
    if (line->as_float && ContainerOf(asked.output) == Container::kFlac)
      throw CLI::ValidationError("--float", "FLAC has no float samples");
    asked.format = line->as_float     ? SampleFormat::kFloat
                   : line->bits == 24 ? SampleFormat::kPcm24
                                      : SampleFormat::kPcm16;
    *run = [line] { return RunDecode(line->options); };
  });
}

}  // namespace motet::cli
