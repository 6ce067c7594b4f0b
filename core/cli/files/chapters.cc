#include "files/chapters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <regex>
#include <utility>

namespace motet::cli {
namespace {

constexpr size_t kMostChapters = 1000;

std::optional<double> SecondsOf(const std::string& text) {
  static const std::regex form(R"((\d{1,6}):([0-5]?\d):([0-5]?\d(\.\d{1,9})?))");
  std::smatch match;
  if (!std::regex_match(text, match, form)) return std::nullopt;
  return 3600 * std::stod(match[1]) + 60 * std::stod(match[2]) + std::stod(match[3]);
}

}  // namespace

std::vector<Chapter> TakeChapters(std::vector<StreamTag>* tags) {
  static const std::regex time_key(R"(chapter\d{3})", std::regex::icase);
  std::map<std::string, Chapter> found;  // by key
  for (const StreamTag& tag : *tags) {
    if (!std::regex_match(tag.key, time_key)) continue;
    if (const std::optional<double> seconds = SecondsOf(tag.value)) found[tag.key] = {*seconds, ""};
  }
  std::erase_if(*tags, [&found](const StreamTag& tag) {
    constexpr size_t kKeySize = sizeof("chapter001") - 1;
    const auto of = found.find(tag.key.substr(0, kKeySize));
    if (of == found.end()) return false;
    if (tag.key.size() == kKeySize) return SecondsOf(tag.value).has_value();
    std::string rest = tag.key.substr(kKeySize);
    std::ranges::transform(rest, rest.begin(), [](char c) { return c | 0x20; });
    if (rest != "name") return false;
    of->second.name = tag.value;
    return true;
  });
  std::vector<Chapter> chapters;
  chapters.reserve(found.size());
  for (auto& [key, chapter] : found) chapters.push_back(std::move(chapter));
  std::ranges::stable_sort(chapters, {}, &Chapter::seconds);
  return chapters;
}

std::string ChapterTime(double seconds) {
  // Rounded down, so that a chapter loses none of its sound; times of whole samples as they are.
  const auto thousandths = static_cast<uint64_t>(std::floor(seconds * 1000 + 1e-4));
  return fmt::format("{:02}:{:02}:{:02}.{:03}", thousandths / 3600000, thousandths / 60000 % 60,
                     thousandths / 1000 % 60, thousandths % 1000);
}

bool AddChapters(const std::vector<Chapter>& chapters, std::vector<StreamTag>* tags) {
  if (chapters.size() > kMostChapters) return false;
  for (size_t i = 0; i < chapters.size(); ++i) {
    const std::string key = fmt::format("chapter{:03}", i);
    tags->push_back({key, ChapterTime(chapters[i].seconds)});
    if (!chapters[i].name.empty()) tags->push_back({key + "name", chapters[i].name});
  }
  return true;
}

std::vector<Chapter> ChaptersOf(const std::vector<Chapter>& chapters, double begin, double end) {
  std::vector<Chapter> within;
  for (const Chapter& chapter : chapters) {
    if (chapter.seconds >= end) break;
    const double seconds = std::max(chapter.seconds - begin, 0.0);
    if (seconds == 0) within.clear();  // it begins before those that do not
    within.push_back({seconds, chapter.name});
  }
  return within;
}

}  // namespace motet::cli
