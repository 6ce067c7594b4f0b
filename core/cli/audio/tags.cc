#include "audio/tags.h"

#include <fmt/format.h>
#include <taglib/aifffile.h>
#include <taglib/apetag.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/infotag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/tpropertymap.h>
#include <taglib/wavfile.h>
#include <taglib/xiphcomment.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "audio/tag_streams.h"

namespace motet::cli {
namespace {

constexpr const char* kPicture = "metadata_block_picture";
constexpr size_t kMostValueBytes = 65536;
constexpr size_t kMostTagBytes = 900000;  // in a header of 1 MiB at most (docs/FORMAT.md)
// These tell of the file and not of the music.
constexpr std::array<std::string_view, 10> kOfTheFile = {
    "encoder",         "encoding",     "encodedby", "encoder_options",
    "encodersettings", "encodingtime", "length",    "waveformatextensible_channel_mask",
    "coverart",        kPicture};

// Of INFO; ITRK is what other programs write for IPRT.
constexpr std::array<std::pair<const char*, const char*>, 9> kInfoFields = {
    {{"title", "INAM"},
     {"artist", "IART"},
     {"album", "IPRD"},
     {"comment", "ICMT"},
     {"date", "ICRD"},
     {"genre", "IGNR"},
     {"tracknumber", "IPRT"},
     {"tracknumber", "ITRK"},
     {"copyright", "ICOP"}}};

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}
std::string Utf8(const TagLib::String& text) { return text.to8Bit(true); }
TagLib::String FromUtf8(const std::string& text) { return {text, TagLib::String::UTF8}; }

// INFO says nothing of its characters: UTF-8 where it is, else Latin-1.
class InfoText final : public TagLib::RIFF::Info::StringHandler {
 public:
  TagLib::String parse(const TagLib::ByteVector& data) const override {
    const TagLib::String utf8(data, TagLib::String::UTF8);
    return utf8.isEmpty() && !data.isEmpty() ? TagLib::String(data, TagLib::String::Latin1) : utf8;
  }
  TagLib::ByteVector render(const TagLib::String& text) const override {
    return text.data(TagLib::String::UTF8);
  }
};

class Collector {
 public:
  explicit Collector(uint64_t most_picture_bytes) : most_picture_bytes_(most_picture_bytes) {}

  void Add(const TagLib::PropertyMap& properties) {
    for (const auto& [key, values] : properties) {
      const std::string name = Lower(Utf8(key));
      if (name.empty() || std::ranges::find(kOfTheFile, name) != kOfTheFile.end() || Has(name))
        continue;
      for (const TagLib::String& value : values) AddText(name, Utf8(value));
    }
  }

  void AddPicture(const TagLib::FLAC::Picture& picture) {
    const uint64_t bytes = picture.data().size();
    if (bytes == 0) return;
    if (bytes > most_picture_bytes_) {
      found_.notes.push_back(
          fmt::format("has a picture of {} bytes, which was left out: the most is {} bytes "
                      "(--cover-limit)",
                      bytes, most_picture_bytes_));
      return;
    }
    const TagLib::ByteVector text = picture.render().toBase64();
    Keep({kPicture, std::string(text.data(), text.size())});
  }

  void AddFrames(const TagLib::ID3v2::Tag* tag) {
    if (tag == nullptr) return;
    for (const TagLib::ID3v2::Frame* frame : tag->frameListMap()["APIC"]) {
      const auto* image = dynamic_cast<const TagLib::ID3v2::AttachedPictureFrame*>(frame);
      if (image == nullptr) continue;
      TagLib::FLAC::Picture picture;
      picture.setType(static_cast<TagLib::FLAC::Picture::Type>(image->type()));
      picture.setMimeType(image->mimeType());
      picture.setDescription(image->description());
      picture.setData(image->picture());
      AddPicture(picture);
    }
  }

  void Add(const TagLib::RIFF::Info::Tag& info) {
    for (const auto& [key, field] : kInfoFields) {
      if (!Has(key)) AddText(key, Utf8(info.fieldText(field)));
    }
  }

  // RFC 7845, 5.2.1: 256ths of a decibel towards -23 LUFS; ReplayGain is 5 dB above.
  FoundTags Finish() {
    for (const char* what : {"track", "album"}) {
      const std::string key = fmt::format("r128_{}_gain", what);
      const auto at = std::ranges::find(found_.tags, key, &StreamTag::key);
      if (at == found_.tags.end()) continue;
      const double decibels = std::strtod(at->value.c_str(), nullptr) / 256 + 5;
      const std::string usual = fmt::format("replaygain_{}_gain", what);
      if (Has(usual)) {
        found_.tags.erase(at);
      } else {
        *at = {usual, fmt::format("{:.2f} dB", decibels)};
      }
    }
    // What Vorbis comments call a description, ID3 and INFO call a comment.
    const auto description = std::ranges::find(found_.tags, "description", &StreamTag::key);
    if (description != found_.tags.end() && !Has("comment")) description->key = "comment";
    return std::move(found_);
  }

 private:
  bool Has(const std::string& key) const {
    return std::ranges::find(found_.tags, key, &StreamTag::key) != found_.tags.end();
  }

  void AddText(const std::string& key, const std::string& value) {
    if (value.empty()) return;
    if (value.size() <= kMostValueBytes) return Keep({key, value});
    found_.notes.push_back(
        fmt::format("has a tag '{}' of {} bytes, which was left out: the most is {}", key,
                    value.size(), kMostValueBytes));
  }

  void Keep(StreamTag tag) {
    const size_t size = tag.key.size() + tag.value.size() + 6;
    if (size_ + size > kMostTagBytes) {
      found_.notes.push_back(
          fmt::format("has more than {} bytes of tags; '{}' was left out", kMostTagBytes, tag.key));
      return;
    }
    size_ += size;
    found_.tags.push_back(std::move(tag));
  }

  uint64_t most_picture_bytes_;
  size_t size_ = 0;
  FoundTags found_;
};

void AddPictures(TagLib::File* file, Collector* collector) {
  if (auto* flac = dynamic_cast<TagLib::FLAC::File*>(file)) {
    for (const TagLib::FLAC::Picture* picture : flac->pictureList())
      collector->AddPicture(*picture);
    collector->AddFrames(flac->ID3v2Tag());
  } else if (auto* mpeg = dynamic_cast<TagLib::MPEG::File*>(file)) {
    collector->AddFrames(mpeg->ID3v2Tag());
  } else if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(file)) {
    collector->AddFrames(wav->ID3v2Tag());
  } else if (auto* aiff = dynamic_cast<TagLib::RIFF::AIFF::File*>(file)) {
    collector->AddFrames(aiff->tag());
  } else if (auto* xiph = dynamic_cast<TagLib::Ogg::XiphComment*>(file->tag())) {
    for (const TagLib::FLAC::Picture* picture : xiph->pictureList())
      collector->AddPicture(*picture);
  } else if (auto* mp4 = dynamic_cast<TagLib::MP4::File*>(file)) {
    if (mp4->tag() == nullptr || !mp4->tag()->contains("covr")) return;
    for (const TagLib::MP4::CoverArt& cover : mp4->tag()->item("covr").toCoverArtList()) {
      TagLib::FLAC::Picture picture;
      picture.setType(TagLib::FLAC::Picture::FrontCover);
      picture.setMimeType(cover.format() == TagLib::MP4::CoverArt::PNG ? "image/png"
                                                                       : "image/jpeg");
      picture.setData(cover.data());
      collector->AddPicture(picture);
    }
  }
}

// Null if the tag holds no picture.
std::unique_ptr<TagLib::FLAC::Picture> DecodePicture(const StreamTag& tag) {
  if (tag.key != kPicture) return nullptr;
  const TagLib::ByteVector text(tag.value.data(), static_cast<unsigned>(tag.value.size()));
  auto picture = std::make_unique<TagLib::FLAC::Picture>();
  const bool is_one = picture->parse(TagLib::ByteVector::fromBase64(text));
  return is_one && !picture->data().isEmpty() ? std::move(picture) : nullptr;
}

TagLib::PropertyMap Properties(const std::vector<StreamTag>& tags) {
  TagLib::PropertyMap properties;
  for (const StreamTag& tag : tags) {
    if (!DecodePicture(tag)) properties.insert(FromUtf8(tag.key).upper(), FromUtf8(tag.value));
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

FoundTags ReadTags(SoundBytes& bytes, uint64_t most_picture_bytes) {
  static const InfoText info_text;
  TagLib::RIFF::Info::Tag::setStringHandler(&info_text);
  SoundTagStream stream(bytes);
  Collector collector(most_picture_bytes);
  const TagLib::FileRef reference(&stream, false);
  TagLib::File* file = reference.file();
  if (file == nullptr || !file->isValid()) return collector.Finish();
  if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(file)) {  // both, not the first
    collector.Add(wav->ID3v2Tag()->properties());
    collector.Add(*wav->InfoTag());
  } else {
    collector.Add(file->properties());
  }
  AddPictures(file, &collector);
  return collector.Finish();
}

std::vector<StreamTag> TagsOfSound(SNDFILE* sound) {
  constexpr std::array<std::pair<int, const char*>, 8> kStrings = {
      {{SF_STR_TITLE, "title"},
       {SF_STR_ARTIST, "artist"},
       {SF_STR_ALBUM, "album"},
       {SF_STR_TRACKNUMBER, "tracknumber"},
       {SF_STR_DATE, "date"},
       {SF_STR_GENRE, "genre"},
       {SF_STR_COMMENT, "comment"},
       {SF_STR_COPYRIGHT, "copyright"}}};
  std::vector<StreamTag> tags;
  for (const auto& [number, key] : kStrings) {
    const char* value = sf_get_string(sound, number);
    if (value == nullptr || *value == '\0') continue;
    const std::string utf8 = Utf8(TagLib::String(value, TagLib::String::UTF8));
    tags.push_back({key, utf8.empty() ? Utf8(TagLib::String(value)) : utf8});
  }
  return tags;
}

std::vector<StreamTag> Override(std::vector<StreamTag> tags, const std::vector<StreamTag>& asked) {
  std::erase_if(tags, [&asked](const StreamTag& tag) {
    return std::ranges::any_of(asked, [&](const StreamTag& a) { return Lower(a.key) == tag.key; });
  });
  std::vector<StreamTag> all = asked;
  all.insert(all.end(), tags.begin(), tags.end());
  return all;
}

std::vector<uint8_t> WavTagChunks(const std::vector<StreamTag>& tags) {
  static const InfoText info_text;
  TagLib::RIFF::Info::Tag::setStringHandler(&info_text);
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
    const std::unique_ptr<TagLib::FLAC::Picture> picture = DecodePicture(tag);
    if (!picture) continue;
    auto frame = std::make_unique<TagLib::ID3v2::AttachedPictureFrame>();
    frame->setType(static_cast<TagLib::ID3v2::AttachedPictureFrame::Type>(picture->type()));
    frame->setMimeType(picture->mimeType());
    frame->setDescription(picture->description());
    frame->setPicture(picture->data());
    id3.addFrame(frame.release());  // which owns it
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
    if (std::unique_ptr<TagLib::FLAC::Picture> picture = DecodePicture(tag))
      flac.addPicture(picture.release());  // which the file owns
  }
  const bool is_saved = flac.save();
  if (!stream.status().ok()) return stream.status();
  return is_saved ? Status()
                  : Status(StatusCode::kInternal, "tags cannot be written to " + file.name());
}

std::optional<PictureFacts> PictureOf(const StreamTag& tag) {
  const std::unique_ptr<TagLib::FLAC::Picture> picture = DecodePicture(tag);
  if (!picture) return {};
  const bool is_front = picture->type() == TagLib::FLAC::Picture::FrontCover;
  return PictureFacts{.mime_type = Utf8(picture->mimeType()),
                      .kind = is_front ? "front cover" : "picture",
                      .bytes = picture->data().size()};
}

}  // namespace motet::cli
