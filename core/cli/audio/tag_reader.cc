#include "audio/tag_reader.h"

#include <fmt/format.h>
#include <taglib/aifffile.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/infotag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/tbytevectorstream.h>
#include <taglib/tpropertymap.h>
#include <taglib/wavfile.h>
#include <taglib/xiphcomment.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "audio/chunk_tags.h"
#include "audio/picture.h"
#include "audio/tag_streams.h"
#include "audio/tags.h"

namespace motet::cli {
namespace {

constexpr size_t kMostValueBytes = 65536;
constexpr size_t kMostTagBytes = 900000;  // in a header of 1 MiB at most (docs/FORMAT.md)
// These tell of the file and not of the music.
constexpr std::array<std::string_view, 16> kOfTheFile = {"encoder",
                                                         "encoding",
                                                         "encodedby",
                                                         "encoder_options",
                                                         "encodersettings",
                                                         "encodingtime",
                                                         "length",
                                                         "waveformatextensible_channel_mask",
                                                         "coverart",
                                                         kPictureKey,
                                                         "encoding application",
                                                         "source encoder",
                                                         "channel layout",
                                                         "channel configuration",
                                                         "nominal bit rate",
                                                         "approximate duration in seconds"};

class Collector {
 public:
  explicit Collector(uint64_t most_picture_bytes) : most_picture_bytes_(most_picture_bytes) {}

  void Add(const TagLib::PropertyMap& properties) {
    for (const auto& [key, values] : properties) {
      const std::string name = Lower(Utf8(key));
      if (name.empty() || IsOfTheFile(name) || Has(name)) continue;
      for (const TagLib::String& value : values) AddText(name, Utf8(value));
    }
  }

  // Both, and not the first that is there.
  void Add(const TagLib::RIFF::WAV::File& wav) {
    Add(wav.ID3v2Tag()->properties());
    for (const auto& [key, field] : kInfoFields) {
      if (!Has(key)) AddText(key, Utf8(wav.InfoTag()->fieldText(field)));
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
    Keep(ToTag(picture));
  }

  void AddFrames(const TagLib::ID3v2::Tag* tag) {
    if (tag == nullptr) return;
    for (const TagLib::ID3v2::Frame* frame : tag->frameListMap()["APIC"]) {
      const auto* image = dynamic_cast<const TagLib::ID3v2::AttachedPictureFrame*>(frame);
      if (image != nullptr) AddPicture(*FromFrame(*image));
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
  static bool IsOfTheFile(const std::string& key) {
    return std::ranges::find(kOfTheFile, key) != kOfTheFile.end();
  }

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

void AddPictures(TagLib::File& file, Collector* collector) {
  if (auto* flac = dynamic_cast<TagLib::FLAC::File*>(&file)) {
    for (const TagLib::FLAC::Picture* picture : flac->pictureList())
      collector->AddPicture(*picture);
    collector->AddFrames(flac->ID3v2Tag());
  } else if (auto* mpeg = dynamic_cast<TagLib::MPEG::File*>(&file)) {
    collector->AddFrames(mpeg->ID3v2Tag());
  } else if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(&file)) {
    collector->AddFrames(wav->ID3v2Tag());
  } else if (auto* aiff = dynamic_cast<TagLib::RIFF::AIFF::File*>(&file)) {
    collector->AddFrames(aiff->tag());
  } else if (auto* xiph = dynamic_cast<TagLib::Ogg::XiphComment*>(file.tag())) {
    for (const TagLib::FLAC::Picture* picture : xiph->pictureList())
      collector->AddPicture(*picture);
  } else if (auto* mp4 = dynamic_cast<TagLib::MP4::File*>(&file)) {
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

void AddAll(TagLib::File* file, Collector* collector) {
  if (file == nullptr || !file->isValid()) return;
  if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(file)) {
    collector->Add(*wav);
  } else {
    collector->Add(file->properties());
  }
  AddPictures(*file, collector);
}

}  // namespace

FoundTags ReadTags(SoundBytes& bytes, uint64_t most_picture_bytes) {
  UseInfoText();
  Collector collector(most_picture_bytes);
  SoundTagStream stream(bytes);
  const TagLib::FileRef reference(&stream, false);
  AddAll(reference.file(), &collector);
  const ChunkTags others = ReadChunkTags(bytes);
  if (!others.wav.isEmpty()) {
    TagLib::ByteVectorStream as_wav(others.wav);
    TagLib::RIFF::WAV::File wav(&as_wav, false);
    AddAll(&wav, &collector);
  }
  collector.Add(others.texts);
  return collector.Finish();
}

}  // namespace motet::cli
