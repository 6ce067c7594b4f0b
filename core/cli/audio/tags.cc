#include "audio/tags.h"

#include <taglib/infotag.h>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace motet::cli {
namespace {

// TagLib's handler has no virtual destructor, and none is destroyed through a pointer to it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class InfoText final : public TagLib::RIFF::Info::StringHandler {
 public:
  TagLib::String parse(const TagLib::ByteVector& data) const override { return Utf8OrLatin1(data); }
  TagLib::ByteVector render(const TagLib::String& text) const override {
    return text.data(TagLib::String::UTF8);
  }
};
#pragma GCC diagnostic pop

}  // namespace

std::vector<StreamTag> Override(std::vector<StreamTag> tags, const std::vector<StreamTag>& asked) {
  std::erase_if(tags, [&asked](const StreamTag& tag) {
    return std::ranges::any_of(asked, [&](const StreamTag& a) { return Lower(a.key) == tag.key; });
  });
  std::vector<StreamTag> all;
  std::ranges::copy_if(asked, std::back_inserter(all),
                       [](const StreamTag& tag) { return !tag.value.empty(); });
  all.insert(all.end(), tags.begin(), tags.end());
  return all;
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string Utf8(const TagLib::String& text) { return text.to8Bit(true); }

TagLib::String FromUtf8(const std::string& text) { return {text, TagLib::String::UTF8}; }

TagLib::String Utf8OrLatin1(const TagLib::ByteVector& bytes) {
  const TagLib::String utf8(bytes, TagLib::String::UTF8);
  return utf8.isEmpty() && !bytes.isEmpty() ? TagLib::String(bytes, TagLib::String::Latin1) : utf8;
}

void UseInfoText() {
  static const InfoText text;
  // Once: several threads may read at the same time.
  [[maybe_unused]] static const bool is_set =
      (TagLib::RIFF::Info::Tag::setStringHandler(&text), true);
}

}  // namespace motet::cli
