// Tests that pictures in tags pass from audio files into streams and out again, up to a limit, and
// that another one takes their place when asked.
#include <gtest/gtest.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/mpegfile.h>
#include <taglib/wavfile.h>
#include <taglib/xiphcomment.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "program.h"

namespace motet::cli {
namespace {

using nlohmann::json;

class PicturesTest : public ProgramTest {
 protected:
  json Info(const std::string& name) const {
    const Outcome outcome = Run({"info", "--json", Path(name)});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false);
  }

  // A FLAC file with a picture of that many bytes.
  void WritePicture(const std::string& name, size_t bytes) const {
    WriteAudio(name, 5000);
    TagLib::FLAC::File file(Path(name).c_str());
    file.tag()->setTitle("Song");
    auto* picture = new TagLib::FLAC::Picture;
    picture->setType(TagLib::FLAC::Picture::FrontCover);
    picture->setMimeType("image/png");
    picture->setData(TagLib::ByteVector(static_cast<unsigned>(bytes), '\x89'));
    file.addPicture(picture);  // which the file owns now
    ASSERT_TRUE(file.save());
  }
};

TEST_F(PicturesTest, AreTakenAlongUpToTheLimitAndNamedBeyondIt) {
  WritePicture("small.flac", 40000);
  const Outcome small = Run({"encode", Path("small.flac"), Path("small.motet")});
  ASSERT_EQ(small.exit_code, 0) << small.err;
  EXPECT_EQ(small.err.find("picture"), std::string::npos) << small.err;
  EXPECT_EQ(Info("small.motet")["pictures"],
            json::parse(R"([{"kind": "front cover", "type": "image/png", "bytes": 40000}])"));
  EXPECT_NE(Run({"info", Path("small.motet")}).out.find("front cover  image/png, 40000 bytes"),
            std::string::npos);
  ASSERT_EQ(Run({"decode", Path("small.motet"), Path("out.flac")}).exit_code, 0);
  TagLib::FLAC::File flac(Path("out.flac").c_str());
  ASSERT_EQ(flac.pictureList().size(), 1u);
  EXPECT_EQ(flac.pictureList()[0]->data().size(), 40000u);
  ASSERT_EQ(Run({"decode", Path("small.motet"), Path("out.wav")}).exit_code, 0);
  TagLib::RIFF::WAV::File wav(Path("out.wav").c_str());
  ASSERT_EQ(wav.ID3v2Tag()->frameListMap()["APIC"].size(), 1u);

  WritePicture("large.flac", 100000);
  const Outcome large = Run({"encode", Path("large.flac"), Path("large.motet")});
  ASSERT_EQ(large.exit_code, 0) << large.err;
  for (const char* word : {"large.flac", "picture of 100000 bytes", "65536", "--cover-limit"})
    EXPECT_NE(large.err.find(word), std::string::npos) << large.err;
  EXPECT_EQ(Info("large.motet")["pictures"], json::array());
  ASSERT_EQ(Run({"encode", "-f", "--cover-limit", "640", Path("large.flac"), Path("large.motet")})
                .exit_code,
            0);
  EXPECT_EQ(Info("large.motet")["pictures"].size(), 1u);
}

TEST_F(PicturesTest, ACoverTakesThePlaceOfTheFilesOwn) {
  WritePicture("in.flac", 40000);
  std::vector<uint8_t> jpeg(5000, 'j');
  std::ranges::copy(std::array<uint8_t, 3>{0xFF, 0xD8, 0xFF}, jpeg.begin());
  WriteBytes("cover.jpg", jpeg);
  ASSERT_EQ(
      Run({"encode", "--cover", Path("cover.jpg"), Path("in.flac"), Path("a.motet")}).exit_code, 0);
  EXPECT_EQ(Info("a.motet")["pictures"],
            json::parse(R"([{"kind": "front cover", "type": "image/jpeg", "bytes": 5000}])"));
  EXPECT_EQ(Info("a.motet")["tags"], json::parse(R"({"title": "Song"})"));
  ASSERT_EQ(Run({"decode", Path("a.motet"), Path("out.flac")}).exit_code, 0);
  TagLib::FLAC::File flac(Path("out.flac").c_str());
  ASSERT_EQ(flac.pictureList().size(), 1u);
  EXPECT_EQ(flac.pictureList()[0]->data(),
            TagLib::ByteVector(reinterpret_cast<const char*>(jpeg.data()), 5000));
  std::filesystem::remove(Path("a.motet"));

  WriteBytes("large.jpg", std::vector<uint8_t>(655361, 0xFF));
  ExpectFailure({"encode", "--cover", Path("large.jpg"), Path("in.flac"), Path("x.motet")},
                {"large.jpg", "655360"});
  ExpectFailure({"encode", "--cover", Path("in.flac"), Path("in.flac"), Path("x.motet")},
                {"in.flac", "no picture"});
  ExpectFailure({"encode", "--cover", Path("none.jpg"), "-o", Path("x"), Path("in.flac")},
                {"none.jpg", "No such file"});
}

TEST_F(PicturesTest, OfMp3AndOggAreFoundToo) {
  WriteAudio("in.mp3", 5000);
  {
    TagLib::MPEG::File mp3(Path("in.mp3").c_str());
    auto* frame = new TagLib::ID3v2::AttachedPictureFrame;
    frame->setMimeType("image/jpeg");
    frame->setPicture(TagLib::ByteVector(300U, 'j'));
    mp3.ID3v2Tag(true)->addFrame(frame);  // which the tag owns now
    ASSERT_TRUE(mp3.save());
  }
  ASSERT_EQ(Run({"encode", Path("in.mp3"), Path("a.motet")}).exit_code, 0);
  EXPECT_EQ(Info("a.motet")["pictures"][0]["bytes"], 300);
  WriteAudio("in.ogg", 5000);
  {
    TagLib::FileRef ogg(Path("in.ogg").c_str());
    auto* picture = new TagLib::FLAC::Picture;
    picture->setMimeType("image/jpeg");
    picture->setData(TagLib::ByteVector(400U, 'j'));
    dynamic_cast<TagLib::Ogg::XiphComment*>(ogg.tag())->addPicture(picture);
    ASSERT_TRUE(ogg.save());
  }
  ASSERT_EQ(Run({"encode", "-f", Path("in.ogg"), Path("a.motet")}).exit_code, 0);
  EXPECT_EQ(Info("a.motet")["pictures"][0]["bytes"], 400);
}

TEST_F(PicturesTest, AFullDiskWhileTagsAreWrittenLeavesNothing) {
  WritePicture("in.flac", 60000);
  ASSERT_EQ(Run({"encode", Path("in.flac"), Path("a.motet")}).exit_code, 0);
  ExpectFailure({"decode", Path("a.motet"), Path("x.flac")}, {"x.flac", "File too large"},
                {.file_limit = 40000});
  ExpectFailure({"decode", Path("a.motet"), Path("x.wav")}, {"x.wav", "File too large"},
                {.file_limit = 40000});
}

}  // namespace
}  // namespace motet::cli
