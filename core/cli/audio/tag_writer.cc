#include "audio/tag_writer.h"

#include <taglib/flacfile.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2tag.h>
#include <taglib/infotag.h>
#include <taglib/tpropertymap.h>
#include <taglib/xiphcomment.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "audio/picture.h"
#include "audio/tag_streams.h"
#include "audio/tags.h"

namespace motet::cli {
namespace {

TagLib::PropertyMap Properties(const std::vector<StreamTag>& tags) {
  TagLib::PropertyMap properties;
  for (const StreamTag& tag : tags) {
    if (!ToPicture(tag)) properties.insert(FromUtf8(tag.key).upper(), FromUtf8(tag.value));
  }
  return properties;
}

void AppendChunk(const char* id, const TagLib::ByteVector& payload, std::vector<uint8_t>* chunks) {
  chunks->insert(chunks->end(), id, id + 4);
  for (int i = 0; i < 4; ++i) chunks->push_back(static_cast<uint8_t>(payload.size() >> (8 * i)));
  chunks->insert(chunks->end(), payload.begin(), payload.end());
  if (payload.size() % 2 == 1) chunks->push_back(0);
}

}  // namespace

std::vector<uint8_t> WavTagChunks(const std::vector<StreamTag>& tags) {
  UseInfoText();
  TagLib::RIFF::Info::Tag info;
  bool has_more = false;  // than INFO can say
  for (const StreamTag& tag : tags) {
    const auto* const field = std::ranges::find_if(
        kInfoFields, [&tag](const auto& named) { return tag.key == named.first; });
    if (field == kInfoFields.end() || !info.fieldText(field->second).isEmpty()) {
      has_more = true;
    } else {
      info.setFieldText(field->second, FromUtf8(tag.value));
    }
  }
  std::vector<uint8_t> chunks;
  if (!info.isEmpty() || !tags.empty()) AppendChunk("LIST", info.render(), &chunks);
  if (!has_more) return chunks;
  TagLib::ID3v2::Tag id3;
  id3.setProperties(Properties(tags));
  for (const StreamTag& tag : tags) {
    const std::unique_ptr<TagLib::FLAC::Picture> picture = ToPicture(tag);
    if (!picture) continue;
    id3.addFrame(ToFrame(*picture).release());  // which owns it
  }
  AppendChunk("id3 ", id3.render(), &chunks);
  return chunks;
}

Status WriteFlacTags(OutputFile& file, const std::vector<StreamTag>& tags) {
  OutputTagStream stream(file);
  TagLib::FLAC::File flac(&stream, TagLib::ID3v2::FrameFactory::instance(), false);
  if (!flac.isValid()) {
    return stream.status().ok()
               ? Status(StatusCode::kInternal, "tags cannot be written to " + file.name())
               : stream.status();
  }
  flac.xiphComment(true)->setProperties(Properties(tags));
  for (const StreamTag& tag : tags) {
    if (std::unique_ptr<TagLib::FLAC::Picture> picture = ToPicture(tag))
      flac.addPicture(picture.release());  // which the file owns
  }
  const bool is_saved = flac.save();
  if (!stream.status().ok()) return stream.status();
  return is_saved ? Status()
                  : Status(StatusCode::kInternal, "tags cannot be written to " + file.name());
}

}  // namespace motet::cli
