#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "command_line/audio_options.h"
#include "command_line/command.h"
#include "command_line/command_line.h"
#include "commands/commands.h"

namespace motet::cli {
namespace {

// What was written, and what is not an option of encoding as it stands.
struct EncodeLine {
  EncodeOptions options;
  BatchOptions batch;
  std::string coding;
};

}  // namespace

void AddEncode(CLI::App& program, Runner* run) {
  Command* command = AddCommand(program, "encode", "Encode audio files");
  command->usage = {"[OPTIONS] IN OUT", "[OPTIONS] [-o DIR] FILE..."};
  command->details =
      "Takes whatever libsndfile reads, at any rate, mono or stereo. Without OUT, song.flac "
      "becomes song.motet beside it, unless that is there and not older. Of two names, the "
      "second is OUT if it is new and not called like music, or if it is a .motet file: no music "
      "is overwritten.";
  command->examples = {{"motet encode -q 9 song.flac song.motet", "one file"},
                       {"motet encode *.flac", "each beside its original"},
                       {"motet encode -o coded music", "a whole tree, into another"},
                       {"ffmpeg -i a.mkv -f wav - | motet encode - a.motet", "from a pipe"}};
  const auto line = std::make_shared<EncodeLine>();
  EncodeOptions& options = line->options;
  AddFiles(command, &line->batch, "Audio files or folders of them, - for standard input");
  AddModel(command, &options.model);
  AddQuality(command, &options.quality);
  command->add_option("--coding", line->coding, "How codes are written: entropy is smaller")
      ->check(CLI::IsMember({"entropy", "fixed"}))
      ->type_name("entropy|fixed");
  AddForce(command, &options.force);
  const Fill fill_source = AddSourceOptions(command, &options.audio);
  AddVerbosity(command);
  const Fill fill_tags = AddTagOptions(command, &options.audio, &options.tags, &options.cover);
  command->callback([line, command, run, fill_source, fill_tags] {
    EncodeOptions& asked = line->options;
    if (command->count("--coding") > 0)
      asked.coding = line->coding == "entropy" ? StreamCoding::kEntropy : StreamCoding::kFixedWidth;
    fill_source();
    fill_tags();
    line->batch.force = asked.force;
    const Result<bool> single = IsInAndOut(line->batch, EncodeRules());
    if (!single.ok()) {
      *run = [single] { return single.status(); };
    } else if (*single) {
      asked.input = line->batch.inputs[0];
      asked.output = line->batch.inputs[1];
      *run = [line] { return RunEncode(line->options); };
    } else {
      *run = [line] { return RunEncodeBatch(line->options, line->batch); };
    }
  });
}

}  // namespace motet::cli
