// Options that say how audio is to be read and written.
#pragma once

#include <CLI/App.hpp>

#include "audio/audio_reader.h"

namespace motet::cli {

// Of a command that reads audio from files of other people.
void AddAudioOptions(CLI::App* command, AudioSource* source);

}  // namespace motet::cli
