#include "command_line/audio_options.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/picture.h"
#include "audio/tags.h"
#include "command_line/command_line.h"

namespace motet::cli {
namespace {

std::string KeyAndValue(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) return {};
  return "'" + text + "' is no tag: write KEY=VALUE";
}

CLI::Option* AddEndian(CLI::App* command, std::string* endian) {
  return command->add_option("--endian", *endian, "Byte order of --raw (default: little)")
      ->check(CLI::IsMember({"little", "big"}))
      ->type_name("little|big");
}

}  // namespace

Fill AddSourceOptions(CLI::App* command, AudioSource* source) {
  struct Raw {
    bool asked = false;
    std::string endian = "little";
    RawFormat format;
  };
  const auto raw = std::make_shared<Raw>();
  source->hints = true;
  command->add_flag("--partial", source->partial, "Encode what is there of a truncated file");
  command->add_flag("--downmix", source->downmix, "Make stereo of more channels (ITU-R BS.775)");
  command->add_flag("--ffmpeg", source->ffmpeg, "Read AAC, WavPack ... with the program ffmpeg");

  CLI::Option* flag = command->add_flag("--raw", raw->asked, "IN is samples without a header");
  std::vector<CLI::Option*> more = {
      command->add_option("--rate", raw->format.sample_rate, "Rate of --raw (default: 44100)")
          ->check(Between(1000, 768000))
          ->type_name("HZ"),
      command->add_option("--channels", raw->format.channels, "Channels of --raw (default: 2)")
          ->check(Between(1, 8))
          ->type_name("N"),
      command->add_option("--bits", raw->format.bits, "Bits of --raw (default: 16; 8: no sign)")
          ->check(CLI::IsMember({8, 16, 24, 32}))
          ->type_name("8|16|24|32"),
      command->add_flag("--float", raw->format.is_float, "Samples of --raw are 32-bit floats"),
      AddEndian(command, &raw->endian)};
  more[3]->excludes(more[2]);
  flag->group("No header");
  for (CLI::Option* option : more) option->needs(flag)->group("No header");
  return [raw, source] {
    if (!raw->asked) return;
    raw->format.big_endian = raw->endian == "big";
    if (raw->format.is_float) raw->format.bits = 32;
    source->raw = raw->format;
  };
}

FillSamples AddSampleOptions(CLI::App* command, AudioFormat* format,
                             std::optional<double>* headroom) {
  struct Samples {
    int bits = 16;
    bool is_float = false;
    bool no_dither = false;
    double gain = 0;
    bool is_raw = false;
    std::string endian = "little";
  };
  const auto samples = std::make_shared<Samples>();
  CLI::Option* bits = command->add_option("--bits", samples->bits, "Bits of a sample (default: 16)")
                          ->check(CLI::IsMember({16, 24}))
                          ->type_name("16|24");
  command->add_flag("--float", samples->is_float, "32-bit float samples (WAV only)")
      ->excludes(bits);
  command->add_flag("--no-dither", samples->no_dither, "Round to 16 bits without dither");
  command->add_option("--gain", samples->gain, "Gain: louder, or quieter if below 0")
      ->check(Between(-60, 60))
      ->type_name("DB");
  command
      ->add_option("--headroom", *headroom,
                   "Lower all of a file whose peak is less than DB below full scale (0: what would "
                   "be limited)")
      ->check(Between(0, 60))
      ->type_name("DB");
  CLI::Option* flag =
      command->add_flag("--raw", samples->is_raw, "OUT is to be samples without a header")
          ->group("No header");
  AddEndian(command, &samples->endian)->needs(flag)->group("No header");
  return [samples, format](const std::string& output) {
    const std::optional<Container> container =
        samples->is_raw ? Container::kRaw : ContainerOf(output);
    if (!container) {
      throw CLI::ValidationError(
          "OUT", "'" + output +
                     "' names no format that can be written: use .wav, .flac, or - for WAV on "
                     "standard output");
    }
    if (samples->is_float && container == Container::kFlac)
      throw CLI::ValidationError("--float", "FLAC has no float samples");
    format->container = *container;
    format->samples = samples->is_float     ? SampleFormat::kFloat
                      : samples->bits == 24 ? SampleFormat::kPcm24
                                            : SampleFormat::kPcm16;
    format->dither = !samples->no_dither;
    format->gain = static_cast<float>(std::pow(10.0, samples->gain / 20));
    format->big_endian = samples->endian == "big";
  };
}

Fill AddTagOptions(CLI::App* command, AudioSource* source, std::vector<StreamTag>* tags,
                   std::string* cover) {
  struct Named {
    const char* option;
    const char* key;
    std::string value = {};
    CLI::Option* written = nullptr;
  };
  struct Tags {
    std::array<Named, 7> named = {{{"--title", "title"},
                                   {"--artist", "artist"},
                                   {"--album", "album"},
                                   {"--track", "tracknumber"},
                                   {"--date", "date"},
                                   {"--genre", "genre"},
                                   {"--comment", "comment"}}};
    std::vector<std::string> others;
    bool no_tags = false;
    uint64_t cover_kib = 64;
  };
  const auto asked = std::make_shared<Tags>();
  for (Named& named : asked->named) {
    named.written = command->add_option(named.option, named.value, std::string("Tag: ") + named.key)
                        ->type_name("TEXT")
                        ->group("Tags");
  }
  command->add_option("--tag", asked->others, "Any other tag; may be repeated")
      ->type_name("KEY=VALUE")
      ->group("Tags")
      ->allow_extra_args(false)  // files may follow
      ->check(KeyAndValue);
  command->add_option("--cover", *cover, "A picture for the front cover (JPEG, PNG, GIF, WebP)")
      ->type_name("FILE")
      ->group("Tags");
  command->add_flag("--no-tags", asked->no_tags, "Leave the file's own tags and pictures out")
      ->group("Tags");
  command
      ->add_option("--cover-limit", asked->cover_kib,
                   "The largest picture to keep, in KiB (default: 64, at most 640)")
      ->check(Between(0, kMostPictureBytes / 1024.0))
      ->type_name("KIB")
      ->group("Tags");
  return [asked, source, tags] {
    if (!asked->no_tags) source->tags = asked->cover_kib * 1024;
    for (const Named& named : asked->named) {
      if (named.written->count() > 0) tags->push_back({named.key, named.value});
    }
    for (const std::string& tag : asked->others)
      tags->push_back({Lower(tag.substr(0, tag.find('='))), tag.substr(tag.find('=') + 1)});
  };
}

}  // namespace motet::cli
