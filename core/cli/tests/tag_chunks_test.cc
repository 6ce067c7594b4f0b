// Tests that tags come in from containers that TagLib does not know, and that tags which come too
// late for a stream that is made as they come are named.
#include <gtest/gtest.h>
#include <taglib/aifffile.h>
#include <taglib/id3v2tag.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace motet::cli {
namespace {

using nlohmann::json;

class TagChunksTest : public ProgramTest {
 protected:
  json TagsOf(const std::string& name) const {
    const Outcome outcome = Run({"info", "--json", Path(name)});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false)["tags"];
  }

  Outcome Encode(const std::string& name, bool through_pipe = false) const {
    RunOptions options;
    options.standard_input = through_pipe ? Path(name) : "/dev/null";
    options.pipe_input = through_pipe;
    Outcome outcome =
        Run({"encode", "-f", through_pipe ? "-" : Path(name), Path("a.motet")}, options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome;
  }

  static std::string Chunk(const std::string& id, const std::string& payload) {
    std::string chunk = id;
    for (int i = 0; i < 4; ++i) chunk += static_cast<char>(payload.size() >> 8 * i & 0xFF);
    return chunk + payload + std::string(payload.size() % 2, '\0');
  }
  static std::string Number(uint64_t value, int bytes, bool big_endian) {
    std::string text;
    for (int i = 0; i < bytes; ++i)
      text += static_cast<char>(value >> 8 * (big_endian ? bytes - 1 - i : i) & 0xFF);
    return text;
  }
  static std::string Info() {
    return Chunk(
        "LIST", "INFO" + Chunk("INAM", "Gymnopédie") + Chunk("IART", "Satie") + Chunk("ITRK", "1"));
  }
  static const json& ExpectedTags() {
    static const json tags = {{"title", "Gymnopédie"}, {"artist", "Satie"}, {"tracknumber", "1"}};
    return tags;
  }

  // Mono of 16 bits, with chunks before and behind its samples.
  void WriteWav(const std::string& name, const std::string& before, const std::string& samples,
                const std::string& behind, const std::string& magic = "RIFF") const {
    const bool is_long = magic != "RIFF";
    const std::string format =
        Chunk("fmt ", Number(1, 2, false) + Number(1, 2, false) + Number(44100, 4, false) +
                          Number(88200, 4, false) + Number(2, 2, false) + Number(16, 2, false));
    std::string data = Chunk("data", samples);
    std::string sizes;
    if (is_long) {
      data.replace(4, 4, "\xFF\xFF\xFF\xFF");
      sizes = Chunk("ds64", Number(0, 8, false) + Number(samples.size(), 8, false) +
                                Number(samples.size() / 2, 8, false) + Number(0, 4, false));
    }
    const std::string rest = "WAVE" + sizes + format + before + data + behind;
    const std::string text =
        magic + (is_long ? "\xFF\xFF\xFF\xFF" : Number(rest.size(), 4, false)) + rest;
    WriteBytes(name, {text.begin(), text.end()});
  }
};

TEST_F(TagChunksTest, TheLongFormsOfWavHaveThemBeforeAndBehindTheSamples) {
  for (const char* magic : {"RF64", "BW64"}) {
    SCOPED_TRACE(magic);
    WriteWav("before.wav", Info(), std::string(10000, 'x'), "", magic);
    Encode("before.wav");
    EXPECT_EQ(TagsOf("a.motet"), ExpectedTags());
    Encode("before.wav", true);
    EXPECT_EQ(TagsOf("a.motet"), ExpectedTags()) << "through a pipe";
    WriteWav("behind.wav", "", std::string(10000, 'x'), Info(), magic);
    Encode("behind.wav");
    EXPECT_EQ(TagsOf("a.motet"), ExpectedTags());
  }
}

TEST_F(TagChunksTest, CafHasThemUnderNamesOfItsOwn) {
  const auto chunk = [](const std::string& id, const std::string& payload) {
    return id + Number(payload.size(), 8, true) + payload;
  };
  const std::string zero(1, '\0');
  const std::string info = Number(5, 4, true) + "TITLE" + zero + "Gymnopédie" + zero + "artist" +
                           zero + "Satie" + zero + "track number" + zero + "1" + zero + "comments" +
                           zero + "slow" + zero + "encoding application" + zero + "x" + zero;
  const std::string description = std::string("\x40\xE5\x88\x80\0\0\0\0", 8) + "lpcm" +
                                  Number(0, 4, true) + Number(2, 4, true) + Number(1, 4, true) +
                                  Number(1, 4, true) + Number(16, 4, true);
  const std::string caf = std::string("caff\0\1\0\0", 8) + chunk("desc", description) +
                          chunk("info", info) +
                          chunk("data", Number(0, 4, true) + std::string(10000, 'x'));
  WriteBytes("in.caf", {caf.begin(), caf.end()});
  json expected = ExpectedTags();
  expected["comment"] = "slow";
  for (const bool through_pipe : {false, true}) {
    const Outcome outcome = Encode("in.caf", through_pipe);
    EXPECT_NE(outcome.err.find("0.11 s"), std::string::npos) << outcome.err;
    EXPECT_EQ(TagsOf("a.motet"), expected);
  }
  // A chunk that says more than there is.
  std::string cut = caf;
  cut.replace(cut.find("slow"), 5, "slowx");
  WriteBytes("in.caf", {cut.begin(), cut.end()});
  Encode("in.caf");
  EXPECT_EQ(TagsOf("a.motet")["artist"], "Satie");
}

TEST_F(TagChunksTest, AiffHasThemAsTextBesideId3) {
  WriteAudio("in.aiff", 5000, 1);
  std::vector<uint8_t> aiff = ReadBytes("in.aiff");
  const std::string texts =
      std::string("NAME\0\0\0\4Caf\xE9", 12) + std::string("AUTH\0\0\0\5Satie\0", 14) +
      std::string("ANNO\0\0\0\4one ", 12) + std::string("ANNO\0\0\0\3two\0", 12);
  aiff.insert(aiff.begin() + 12, texts.begin(), texts.end());
  WriteBytes("in.aiff", aiff);
  for (const bool through_pipe : {false, true}) {
    Encode("in.aiff", through_pipe);
    EXPECT_EQ(TagsOf("a.motet"), json::parse(R"({"title": "Café", "artist": "Satie",
                                                 "comment": ["one ", "two"]})"));
  }
  TagLib::RIFF::AIFF::File file(Path("in.aiff").c_str());
  file.tag()->setTitle("Gnossienne");
  ASSERT_TRUE(file.save());
  Encode("in.aiff");
  EXPECT_EQ(TagsOf("a.motet")["title"], "Gnossienne");
  EXPECT_EQ(TagsOf("a.motet")["artist"], "Satie");
}

TEST_F(TagChunksTest, ThoseBehindTheSamplesOfAPipeAreNamed) {
  for (const size_t bytes : {10000u, 10001u}) {  // with a byte that fills up, and without
    SCOPED_TRACE(bytes);
    const std::string samples(bytes, 'x');
    WriteWav("in.wav", "", samples, Chunk("cue ", std::string(9000, 'c')) + Info());
    Encode("in.wav");
    EXPECT_EQ(TagsOf("a.motet"), ExpectedTags());
    const Outcome late = Encode("in.wav", true);
    EXPECT_EQ(TagsOf("a.motet"), json::object());
    EXPECT_NE(late.err.find("standard input has tags after its samples"), std::string::npos)
        << late.err;
    WriteWav("in.wav", Info(), samples, Chunk("cue ", std::string(9000, 'c')));
    const Outcome early = Encode("in.wav", true);
    EXPECT_EQ(TagsOf("a.motet"), ExpectedTags());
    EXPECT_EQ(early.err.find("motet: "), std::string::npos) << early.err;
  }
  const Outcome unwanted = Run({"encode", "-f", "--no-tags", "-", Path("a.motet")},
                               {.standard_input = Path("in.wav"), .pipe_input = true});
  EXPECT_EQ(unwanted.err.find("motet: "), std::string::npos) << unwanted.err;
}

}  // namespace
}  // namespace motet::cli
