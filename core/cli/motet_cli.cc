#include "motet_cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <new>

#include "commands/commands.h"

namespace motet::cli {
namespace {

std::string AudioOutput(const std::string& path) {
  if (ContainerOf(path)) return {};
  return "'" + path +
         "' names no format that can be written: use .wav, .flac, or - for WAV on standard output";
}

std::string KeyAndValue(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) return {};
  return "'" + text + "' is no tag: write KEY=VALUE";
}

CLI::Option* AddModel(CLI::App* command, std::string* model) {
  return command
      ->add_option("-m,--model", *model, "Model file (else $MOTET_MODEL, else the shipped one)")
      ->type_name("FILE");
}

void AddQuality(CLI::App* command, int* quality) {
  command
      ->add_option("-q,--quality", *quality,
                   "1 (smallest) to 12 (best); the model's default if not given")
      ->check(CLI::Range(1, 12))
      ->type_name("N");
}

void AddForce(CLI::App* command, bool* force) {
  command->add_flag("-f,--force", *force, "Replace an existing OUT");
}

void AddJson(CLI::App* command, bool* json) { command->add_flag("--json", *json, "Print JSON"); }

// The command line, and what it asked for.
struct CommandLine {
  CLI::App app{"Motet: a neural codec for music", "motet"};
  EncodeOptions encode;
  std::string coding;
  std::string title;
  std::string artist;
  std::vector<std::string> tags;
  DecodeOptions decode;
  int bits = 16;
  bool as_float = false;
  InfoOptions info;
  BenchOptions bench;
  CompareOptions compare;
  std::function<Status()> run;

  CommandLine() {
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("motet ") + MOTET_VERSION);
    app.failure_message([](const CLI::App*, const CLI::Error& error) {
      return fmt::format("motet: {} (see motet --help)\n", error.what());
    });
    AddEncode();
    AddDecode();
    AddInfo();
    AddBench();
    AddCompare();
  }

  void AddEncode() {
    CLI::App* command = app.add_subcommand(
        "encode", "Encode an audio file (any that libsndfile reads, any rate, mono or stereo)");
    command->add_option("IN", encode.input, "Audio file, - for standard input")->required();
    command->add_option("OUT", encode.output, ".motet file, - for standard output")->required();
    AddModel(command, &encode.model);
    AddQuality(command, &encode.quality);
    command
        ->add_option(
            "--coding", coding,
            "How codes are written: entropy (smaller; default where the model can) or fixed")
        ->check(CLI::IsMember({"entropy", "fixed"}))
        ->type_name("NAME");
    AddForce(command, &encode.force);
    command->add_option("--title", title, "Tag: title")->type_name("TEXT");
    command->add_option("--artist", artist, "Tag: artist")->type_name("TEXT");
    command->add_option("--tag", tags, "Any other tag; may be repeated")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->check(KeyAndValue);
    command->callback([this, command] {
      if (command->count("--coding") > 0)
        encode.coding = coding == "entropy" ? StreamCoding::kEntropy : StreamCoding::kFixedWidth;
      if (command->count("--title") > 0) encode.tags.push_back({"title", title});
      if (command->count("--artist") > 0) encode.tags.push_back({"artist", artist});
      for (const std::string& tag : tags)
        encode.tags.push_back({tag.substr(0, tag.find('=')), tag.substr(tag.find('=') + 1)});
      run = [this] { return RunEncode(encode); };
    });
  }

  void AddDecode() {
    CLI::App* command = app.add_subcommand("decode", "Decode a .motet file to WAV or FLAC");
    command->add_option("IN", decode.input, ".motet file, - for standard input")->required();
    command->add_option("OUT", decode.output, ".wav or .flac file, - for WAV on standard output")
        ->required()
        ->check(AudioOutput);
    AddModel(command, &decode.model);
    AddForce(command, &decode.force);
    CLI::Option* bits_option =
        command->add_option("--bits", bits, "Bits of a sample: 16 (default) or 24")
            ->check(CLI::IsMember({16, 24}))
            ->type_name("N");
    command->add_flag("--float", as_float, "32-bit float samples (WAV only)")
        ->excludes(bits_option);
    command->add_flag("--conceal", decode.conceal,
                      "Decode what can be had of a damaged file, with the gaps concealed");
    command->callback([this] {
      if (as_float && ContainerOf(decode.output) == Container::kFlac)
        throw CLI::ValidationError("--float", "FLAC has no float samples");
      decode.format = as_float     ? SampleFormat::kFloat
                      : bits == 24 ? SampleFormat::kPcm24
                                   : SampleFormat::kPcm16;
      run = [this] { return RunDecode(decode); };
    });
  }

  void AddInfo() {
    CLI::App* command = app.add_subcommand("info", "Say what a .motet file or a model file is");
    command->add_option("FILE", info.input, "File, - for a .motet stream on standard input")
        ->required();
    AddJson(command, &info.json);
    CLI::Option* features = command->add_flag(
        "--features", info.features,
        "Print a stream's music features instead, one row for each half packet (CSV, or JSON)");
    AddModel(command, &info.model)->needs(features);
    command->callback(
        [this] { run = [this] { return info.features ? RunFeatures(info) : RunInfo(info); }; });
  }

  void AddBench() {
    CLI::App* command =
        app.add_subcommand("bench", "Measure the speed of encoding and decoding on one thread");
    command->add_option("FILE", bench.input, "Audio file (a synthetic piece if not given)");
    AddModel(command, &bench.model);
    AddQuality(command, &bench.quality);
    command->add_option("--seconds", bench.seconds, "Length of music, 0.1 to 600")
        ->check(CLI::Range(0.1, 600.0))
        ->capture_default_str()
        ->type_name("N");
    AddJson(command, &bench.json);
    command->callback([this] { run = [this] { return RunBench(bench); }; });
  }

  void AddCompare() {
    CLI::App* command =
        app.add_subcommand("compare", "Measure how far a decoded file is from its original");
    command->add_option("REF", compare.reference, "The original")->required();
    command->add_option("DEG", compare.degraded, "What became of it")->required();
    AddJson(command, &compare.json);
    command->callback([this] { run = [this] { return RunCompare(compare); }; });
  }
};

int Run(int argc, char** argv) {
  CommandLine line;
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return line.app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  Status status = line.run();
  // What was printed must have arrived: a full disk behind standard output is a failure too.
  if (status.ok() && std::fflush(stdout) != 0)
    status = Status(StatusCode::kIo, "cannot write standard output");
  if (status.ok()) return kExitOk;
  fmt::print(stderr, "motet: {}\n", status.message());
  return kExitFailure;
}

}  // namespace

int RunMotet(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("motet: out of memory\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "motet: %s\n", error.what());
  }
  return kExitFailure;
}

}  // namespace motet::cli
