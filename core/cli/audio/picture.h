// Pictures in tags: covers.
#pragma once

#include <taglib/attachedpictureframe.h>
#include <taglib/flacpicture.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

constexpr const char* kPictureKey = "metadata_block_picture";

constexpr uint64_t kMostPictureBytes = 640 * 1024;  // that fit into a header (docs/FORMAT.md)

// A file as front cover: JPEG, PNG, GIF or WebP of at most kMostPictureBytes.
Result<StreamTag> ReadCover(const std::string& path);

StreamTag ToTag(const TagLib::FLAC::Picture& picture);
// Null if the tag holds no picture.
std::unique_ptr<TagLib::FLAC::Picture> ToPicture(const StreamTag& tag);

// As ID3 has them.
std::unique_ptr<TagLib::FLAC::Picture> FromFrame(const TagLib::ID3v2::AttachedPictureFrame& frame);
std::unique_ptr<TagLib::ID3v2::AttachedPictureFrame> ToFrame(const TagLib::FLAC::Picture& picture);

struct PictureFacts {
  std::string mime_type;
  std::string kind;  // "front cover"
  uint64_t bytes = 0;
};
// None if the tag holds no picture.
std::optional<PictureFacts> PictureOf(const StreamTag& tag);

}  // namespace motet::cli
