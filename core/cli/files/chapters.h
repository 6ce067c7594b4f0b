// Chapters of a stream, as tags of the form that Vorbis comments have for them: `chapter001` is a
// time, 00:03:12.345, `chapter001name` a title (https://wiki.xiph.org/Chapter_Extension).
#pragma once

#include <string>
#include <vector>

#include "motet/stream.h"

namespace motet::cli {

struct Chapter {
  double seconds = 0;  // where it begins
  std::string name;    // empty: it has none
  bool operator==(const Chapter&) const = default;
};

// Takes them out of `tags`, in the order of their times. What does not have the form of a time
// stays an ordinary tag.
std::vector<Chapter> TakeChapters(std::vector<StreamTag>* tags);

// Adds them to `tags`; of more than 1000, which the form has no numbers for, none: false.
bool AddChapters(const std::vector<Chapter>& chapters, std::vector<StreamTag>* tags);

// As it stands in the tags.
std::string ChapterTime(double seconds);

// Those of the seconds from `begin` up to `end`, counted from `begin`: the chapter that began
// before begins with them.
std::vector<Chapter> ChaptersOf(const std::vector<Chapter>& chapters, double begin, double end);

}  // namespace motet::cli
