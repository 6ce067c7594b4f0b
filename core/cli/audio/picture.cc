#include "audio/picture.h"

#include <taglib/tbytevector.h>

#include <string_view>
#include <utility>
#include <vector>

#include "audio/tags.h"
#include "errors.h"
#include "files/input_file.h"

namespace motet::cli {
namespace {

std::string MimeTypeOf(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return "image/png";
  if (bytes.starts_with("GIF8")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP")
    return "image/webp";
  return {};
}

}  // namespace

Result<StreamTag> ReadCover(const std::string& path) {
  const Result<std::vector<uint8_t>> bytes = ReadWhole(path, kMostPictureBytes);
  if (!bytes.ok()) return bytes.status();
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  const std::string type = MimeTypeOf(text);
  if (type.empty()) {
    return Status(StatusCode::kInvalidArgument,
                  InputName(path) + " is no picture: JPEG, PNG, GIF and WebP are known");
  }
  TagLib::FLAC::Picture picture;
  picture.setType(TagLib::FLAC::Picture::FrontCover);
  picture.setMimeType(type);
  picture.setData(TagLib::ByteVector(text.data(), static_cast<unsigned>(text.size())));
  return ToTag(picture);
}

StreamTag ToTag(const TagLib::FLAC::Picture& picture) {
  const TagLib::ByteVector text = picture.render().toBase64();
  return {kPictureKey, std::string(text.data(), text.size())};
}

std::unique_ptr<TagLib::FLAC::Picture> ToPicture(const StreamTag& tag) {
  if (tag.key != kPictureKey) return nullptr;
  const TagLib::ByteVector text(tag.value.data(), static_cast<unsigned>(tag.value.size()));
  auto picture = std::make_unique<TagLib::FLAC::Picture>();
  const bool is_one = picture->parse(TagLib::ByteVector::fromBase64(text));
  return is_one && !picture->data().isEmpty() ? std::move(picture) : nullptr;
}

std::unique_ptr<TagLib::FLAC::Picture> FromFrame(const TagLib::ID3v2::AttachedPictureFrame& frame) {
  auto picture = std::make_unique<TagLib::FLAC::Picture>();
  picture->setType(static_cast<TagLib::FLAC::Picture::Type>(frame.type()));
  picture->setMimeType(frame.mimeType());
  picture->setDescription(frame.description());
  picture->setData(frame.picture());
  return picture;
}

std::unique_ptr<TagLib::ID3v2::AttachedPictureFrame> ToFrame(const TagLib::FLAC::Picture& picture) {
  auto frame = std::make_unique<TagLib::ID3v2::AttachedPictureFrame>();
  frame->setType(static_cast<TagLib::ID3v2::AttachedPictureFrame::Type>(picture.type()));
  frame->setMimeType(picture.mimeType());
  frame->setDescription(picture.description());
  frame->setPicture(picture.data());
  return frame;
}

std::optional<PictureFacts> PictureOf(const StreamTag& tag) {
  const std::unique_ptr<TagLib::FLAC::Picture> picture = ToPicture(tag);
  if (!picture) return {};
  const bool is_front = picture->type() == TagLib::FLAC::Picture::FrontCover;
  return PictureFacts{.mime_type = Utf8(picture->mimeType()),
                      .kind = is_front ? "front cover" : "picture",
                      .bytes = picture->data().size()};
}

}  // namespace motet::cli
