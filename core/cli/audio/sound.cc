#include "audio/sound.h"

#include <cctype>
#include <mutex>
#include <string_view>

namespace motet::cli {
namespace {

std::string AsEndOfSentence(std::string_view text) {
  constexpr std::string_view kMark = "Error : ";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  while (!text.empty() &&
         (text.back() == '.' || std::isspace(static_cast<unsigned char>(text.back())) != 0))
    text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

Sound OpenSound(SF_VIRTUAL_IO& io, int mode, SF_INFO* facts, void* self, std::string* why) {
  // libsndfile has one place in the whole program for the reason why a file could not be opened.
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  Sound sound(sf_open_virtual(&io, mode, facts, self));
  if (!sound) *why = AsEndOfSentence(sf_strerror(nullptr));
  return sound;
}

std::string WhyNot(SNDFILE* sound) { return AsEndOfSentence(sf_strerror(sound)); }

}  // namespace motet::cli
