// What the tests of this folder share: files to read, noise, error messages.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "support/work_folder.h"

namespace motet::data::testing {

using motet::testing::WorkFolder;

// White noise of about -22 dB, as 16-bit samples; other seeds are other noise.
std::vector<std::int16_t> Noise(std::size_t count, std::uint32_t seed);

// Writes interleaved 16-bit audio; the suffix of `path` (.wav or .flac) is its form. Makes the
// folder.
void WriteAudio(const std::filesystem::path& path, const std::vector<std::int16_t>& samples,
                int channels, int sample_rate);

// Writes `text`, making the folder.
void WriteText(const std::filesystem::path& path, const std::string& text);

std::string ReadText(const std::filesystem::path& path);

// Writes an archive with one member, `name`, that holds the bytes of `file`.
void WriteZip(const std::filesystem::path& path, const std::string& name,
              const std::filesystem::path& file);

// What std::runtime_error says when `action` throws it; empty if it does not throw.
std::string ErrorOf(const std::function<void()>& action);

}  // namespace motet::data::testing
