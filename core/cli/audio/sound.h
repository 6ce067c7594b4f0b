// Files of libsndfile, which several threads may open at once.
#pragma once

#include <sndfile.h>

#include <memory>
#include <string>

namespace motet::cli {

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using Sound = std::unique_ptr<SNDFILE, CloseSound>;

// Opens what `io` reads or writes for `self`. null: `why` is why not, as the end of a sentence.
Sound OpenSound(SF_VIRTUAL_IO& io, int mode, SF_INFO* facts, void* self, std::string* why);

// What went wrong last with an open sound, as the end of a sentence.
std::string WhyNot(SNDFILE* sound);

}  // namespace motet::cli
