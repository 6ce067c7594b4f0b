#include "command_line/audio_options.h"

#include <CLI/CLI.hpp>

namespace motet::cli {

void AddAudioOptions(CLI::App* command, AudioSource* source) {
  source->hints = true;
  command->add_flag("--partial", source->partial, "Encode what is there of a file that is cut off");
  command->add_flag("--downmix", source->downmix, "Make stereo of more channels (ITU-R BS.775)");
}

}  // namespace motet::cli
