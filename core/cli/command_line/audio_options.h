// Options that say how audio is to be read and written, and with which tags.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audio/audio_reader.h"
#include "audio/audio_writer.h"

namespace motet::cli {

// Each describes its options and returns what is to be called when the command line was read, which
// fills in the rest, or throws CLI::ValidationError.
using Fill = std::function<void()>;

// Of a command that reads audio files of other people.
Fill AddSourceOptions(CLI::App* command, AudioSource* source);
// Of one that writes audio; what is to be called takes the name of an output. `headroom` in
// decibels.
using FillSamples = std::function<void(const std::string& output)>;
FillSamples AddSampleOptions(CLI::App* command, AudioFormat* format,
                             std::optional<double>* headroom);
// Of one that writes a stream: whether the tags of the source are wanted, and others, and a
// picture.
Fill AddTagOptions(CLI::App* command, AudioSource* source, std::vector<StreamTag>* tags,
                   std::string* cover);

}  // namespace motet::cli
