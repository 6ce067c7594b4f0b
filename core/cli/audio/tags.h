// Tags as a stream has them: keys are the names of Vorbis comments in small letters (title, artist,
// album, tracknumber, date, genre, comment, replaygain_track_gain …), a picture is the value of
// `metadata_block_picture` (RFC 9639, 8.8, in base64), as in Ogg.
#pragma once

#include <taglib/tbytevector.h>
#include <taglib/tstring.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "motet/stream.h"

namespace motet::cli {

// `tags`, where those in `asked` take the place of all that have the same key; one without a value
// takes them away.
std::vector<StreamTag> Override(std::vector<StreamTag> tags, const std::vector<StreamTag>& asked);

std::string Lower(std::string text);  // ASCII alone
std::string Utf8(const TagLib::String& text);
TagLib::String FromUtf8(const std::string& text);

// The fields of INFO in WAV; ITRK is what other programs write for IPRT.
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

// Of what says nothing of its characters: UTF-8 where it is, else Latin-1.
TagLib::String Utf8OrLatin1(const TagLib::ByteVector& bytes);
// Has TagLib read INFO so, and write it as UTF-8.
void UseInfoText();

}  // namespace motet::cli
