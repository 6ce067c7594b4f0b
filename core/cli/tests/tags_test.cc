// Tests that tags pass from audio files into streams and out again: with TagLib beside the program
// as a second witness, from files and from pipes; that options override and leave them out; and
// that what cannot be taken along is named.
#include <gtest/gtest.h>
#include <sndfile.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/tpropertymap.h>
#include <taglib/wavfile.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace motet::cli {
namespace {

using nlohmann::json;

TagLib::PropertyMap SomeTags() {
  const auto utf8 = [](const char* text) { return TagLib::String(text, TagLib::String::UTF8); };
  TagLib::PropertyMap tags;
  tags.insert("TITLE", utf8("Gymnopédie № 1"));
  tags.insert("ARTIST", utf8("Erik Satie"));
  tags.insert("ALBUM", utf8("Trois Gymnopédies"));
  tags.insert("TRACKNUMBER", utf8("1/3"));
  tags.insert("DATE", utf8("1888"));
  tags.insert("GENRE", utf8("Classical"));
  tags.insert("COMMENT", utf8("lent et douloureux"));
  return tags;
}
const char* const kSomeTags =
    R"({"title": "Gymnopédie № 1", "artist": "Erik Satie", "album": "Trois Gymnopédies",
        "tracknumber": "1/3", "date": "1888", "genre": "Classical",
        "comment": "lent et douloureux"})";

class TagsTest : public ProgramTest {
 protected:
  json Info(const std::string& name) const {
    const Outcome outcome = Run({"info", "--json", Path(name)});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false);
  }
  json TagsOf(const std::string& name) const { return Info(name)["tags"]; }

  void WriteTagged(const std::string& name, const TagLib::PropertyMap& tags) const {
    const bool is_opus = name.ends_with(".opus");  // which knows no 44100 Hz
    WriteAudio(name, 5000, 2, is_opus ? 48000 : 44100);
    TagLib::FileRef file(Path(name).c_str());
    ASSERT_FALSE(file.isNull()) << name;
    file.file()->setProperties(tags);
    ASSERT_TRUE(file.save());
  }
};

TEST_F(TagsTest, ComeIntoTheStreamFromEveryFormatThatHasThem) {
  const json expected = json::parse(kSomeTags);
  for (const char* name : {"in.flac", "in.ogg", "in.opus", "in.mp3", "in.wav", "in.aiff"}) {
    SCOPED_TRACE(name);
    WriteTagged(name, SomeTags());
    for (const bool through_pipe : {false, true}) {
      // Of WAV and AIFF, which are read as they come, TagLib writes the tags behind the samples.
      const std::string suffix = std::filesystem::path(name).extension();
      if (through_pipe && (suffix == ".wav" || suffix == ".aiff")) continue;
      RunOptions options;
      options.standard_input = through_pipe ? Path(name) : "/dev/null";
      options.pipe_input = through_pipe;
      const Outcome outcome =
          Run({"encode", "-f", through_pipe ? "-" : Path(name), Path("a.motet")}, options);
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      EXPECT_EQ(TagsOf("a.motet"), expected);
    }
  }
}

TEST_F(TagsTest, ComeThroughAPipeOfWavThatHasThemInFront) {
  WriteTagged("in.flac", SomeTags());
  ASSERT_EQ(Run({"encode", Path("in.flac"), Path("a.motet")}).exit_code, 0);
  // What decoding writes into a pipe is such a file.
  const Outcome decoded = Run({"decode", Path("a.motet"), "-"});
  WriteBytes("front.wav", {decoded.out.begin(), decoded.out.end()});
  const Outcome again = Run({"encode", "-", Path("again.motet")},
                            {.standard_input = Path("front.wav"), .pipe_input = true});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(TagsOf("again.motet"), json::parse(kSomeTags));
}

TEST_F(TagsTest, GoOutAgainIntoFlacAndWav) {
  TagLib::PropertyMap tags = SomeTags();
  tags.insert("REPLAYGAIN_TRACK_GAIN", TagLib::String("-6.20 dB"));
  WriteTagged("in.flac", tags);
  ASSERT_EQ(Run({"encode", Path("in.flac"), Path("a.motet")}).exit_code, 0);
  for (const char* name : {"out.flac", "out.wav"}) {
    const Outcome outcome = Run({"decode", Path("a.motet"), Path(name)});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(ReadAudioFacts(Path(name)).samples, 5000) << name;
    TagLib::FileRef file(Path(name).c_str());
    const TagLib::PropertyMap found = file.file()->properties();
    for (const auto& [key, values] : tags)
      EXPECT_EQ(found[key].toString().to8Bit(true), values.toString().to8Bit(true))
          << name << " " << key.to8Bit(true);
  }
  // Programs that know INFO alone find the usual ones.
  TagLib::RIFF::WAV::File wav(Path("out.wav").c_str());
  EXPECT_EQ(wav.InfoTag()->title().to8Bit(true), "Gymnopédie № 1");
  EXPECT_EQ(wav.InfoTag()->album().to8Bit(true), "Trois Gymnopédies");
}

TEST_F(TagsTest, DoNotChangeTheSound) {
  WriteTagged("in.flac", SomeTags());
  ASSERT_EQ(Run({"encode", Path("in.flac"), Path("a.motet")}).exit_code, 0);
  ASSERT_EQ(Run({"encode", "--no-tags", Path("in.flac"), Path("b.motet")}).exit_code, 0);
  EXPECT_EQ(TagsOf("b.motet"), json::object());
  for (const char* suffix : {".wav", ".flac"}) {
    const std::string with = Path(std::string("a") + suffix);
    const std::string without = Path(std::string("b") + suffix);
    ASSERT_EQ(Run({"decode", Path("a.motet"), with}).exit_code, 0);
    ASSERT_EQ(Run({"decode", Path("b.motet"), without}).exit_code, 0);
    EXPECT_EQ(ReadAudioFacts(with).peak, ReadAudioFacts(without).peak);
    ASSERT_EQ(Run({"decode", "-f", "--no-tags", Path("a.motet"), with}).exit_code, 0);
    EXPECT_EQ(ReadBytes(std::string("a") + suffix), ReadBytes(std::string("b") + suffix));
  }
}

TEST_F(TagsTest, OptionsTakeThePlaceOfTheFilesOwn) {
  TagLib::PropertyMap tags = SomeTags();
  tags.insert("GENRE", TagLib::String("Piano"));  // a second value
  WriteTagged("in.flac", tags);
  ASSERT_EQ(Run({"encode", "--title", "Another", "--genre", "Slow", "--tag", "mood=sad", "--track",
                 "7", Path("in.flac"), Path("a.motet")})
                .exit_code,
            0);
  json expected = json::parse(kSomeTags);
  expected["title"] = "Another";
  expected["genre"] = "Slow";
  expected["mood"] = "sad";
  expected["tracknumber"] = "7";
  EXPECT_EQ(TagsOf("a.motet"), expected);
  ASSERT_EQ(Run({"encode", "-f", "--no-tags", "--title", "Alone", Path("in.flac"), Path("a.motet")})
                .exit_code,
            0);
  EXPECT_EQ(TagsOf("a.motet"), json::parse(R"({"title": "Alone"})"));
}

TEST_F(TagsTest, AnEmptyValueTakesATagAway) {
  WriteTagged("in.flac", SomeTags());
  json expected = json::parse(kSomeTags);
  expected.erase("artist");
  expected.erase("genre");
  ASSERT_EQ(
      Run({"encode", "--artist=", "--tag", "genre=", Path("in.flac"), Path("a.motet")}).exit_code,
      0);
  EXPECT_EQ(TagsOf("a.motet"), expected);
  expected.erase("title");
  ASSERT_EQ(Run({"encode", "-f", "--artist", "", "--genre=", "--title", "", Path("in.flac"),
                 Path("a.motet")})
                .exit_code,
            0);
  EXPECT_EQ(TagsOf("a.motet"), expected);
}

// Opus counts in 256ths of a decibel towards -23 LUFS, ReplayGain towards 5 dB more.
TEST_F(TagsTest, TheGainOfOpusBecomesReplayGain) {
  TagLib::PropertyMap tags;
  tags.insert("R128_TRACK_GAIN", TagLib::String("-2560"));
  WriteTagged("in.opus", tags);
  ASSERT_EQ(Run({"encode", Path("in.opus"), Path("a.motet")}).exit_code, 0);
  EXPECT_EQ(TagsOf("a.motet"), json::parse(R"({"replaygain_track_gain": "-5.00 dB"})"));
}

TEST_F(TagsTest, TextThatIsNotUtf8IsTakenForLatin1) {
  WriteAudio("in.wav", 1000);
  std::vector<uint8_t> wav = ReadBytes("in.wav");
  const std::string list = std::string("LIST\x12\0\0\0INFOINAM\6\0\0\0Caf\xE9\0\0", 26);
  wav.insert(wav.end(), list.begin(), list.end());
  WriteBytes("in.wav", wav);
  const Outcome outcome = Run({"encode", Path("in.wav"), Path("a.motet")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(TagsOf("a.motet")["title"], "Café");
}

TEST_F(TagsTest, ADescriptionIsAComment) {
  TagLib::PropertyMap tags;
  tags.insert("DESCRIPTION", TagLib::String("slow"));
  WriteTagged("in.flac", tags);
  ASSERT_EQ(Run({"encode", Path("in.flac"), Path("a.motet")}).exit_code, 0);
  EXPECT_EQ(TagsOf("a.motet"), json::parse(R"({"comment": "slow"})"));
}

TEST_F(TagsTest, ATagThatIsTooLongIsNamed) {
  TagLib::PropertyMap tags = SomeTags();
  tags.insert("LYRICS", TagLib::String(std::string(100000, 'l')));
  WriteTagged("in.flac", tags);
  const Outcome outcome = Run({"encode", Path("in.flac"), Path("a.motet")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("'lyrics' of 100000 bytes"), std::string::npos) << outcome.err;
  EXPECT_EQ(TagsOf("a.motet"), json::parse(kSomeTags));
}

}  // namespace
}  // namespace motet::cli
