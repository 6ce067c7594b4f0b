// Tests what `motet cat` promises: a stream that decodes to exactly the samples of the others, one
// after another, which can be cut, sought in and joined again; and clear refusals.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "frames.h"
#include "motet/stream.h"
#include "program.h"

namespace motet::cli {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kFirst = 44100 * 3 + 17;
constexpr size_t kSecond = 44100 * 2 + 5;

class CatTest : public ProgramTest {
 protected:
  void Encode(const std::string& name, size_t frames, const std::vector<std::string>& options = {},
              int channels = 2) {
    WriteAudio("in.wav", frames, channels);
    std::vector<std::string> line = {"encode", "-f"};
    line.insert(line.end(), options.begin(), options.end());
    line.insert(line.end(), {Path("in.wav"), Path(name)});
    ASSERT_EQ(Run(line).exit_code, 0);
  }
  void MakeTwo(const std::vector<std::string>& options = {}) {
    Encode("a.motet", kFirst, options);
    Encode("b.motet", kSecond, options);
  }
  Outcome Do(std::vector<std::string> line, const RunOptions& options = {}) {
    const Outcome outcome = Run(line, options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome;
  }
  Bytes Decode(const std::string& name, const std::vector<std::string>& options = {}) {
    std::vector<std::string> line = {"decode", "-f", "--raw", "--float"};
    line.insert(line.end(), options.begin(), options.end());
    line.insert(line.end(), {Path(name), Path(name + ".raw")});
    Do(line);
    return ReadBytes(name + ".raw");
  }
  nlohmann::json Info(const std::string& name) {
    return nlohmann::json::parse(Do({"info", "--json", Path(name)}).out, nullptr, false);
  }
};

Bytes operator+(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// The sound without what is mixed of two parts behind these frames, where they meet.
Bytes WithoutFades(Bytes sound, const std::vector<size_t>& joins) {
  for (const size_t join : joins) {
    const auto at = sound.begin() + static_cast<ptrdiff_t>(join * kFrameBytes);
    std::fill_n(at, kJoinFadeSamples * kFrameBytes, uint8_t{0});
  }
  return sound;
}

TEST_F(CatTest, TheWholeDecodesToTheSamplesOfAll) {
  for (const std::vector<std::string>& coding :
       {std::vector<std::string>{"--coding", "fixed"}, std::vector<std::string>{"-q", "9"}}) {
    MakeTwo(coding);
    const Bytes wanted = Decode("a.motet") + Decode("b.motet") + Decode("a.motet");
    Do({"cat", "-f", Path("a.motet"), Path("b.motet"), Path("a.motet"), Path("all.motet")});
    const std::vector<size_t> joins = {kFirst, kFirst + kSecond};
    EXPECT_EQ(WithoutFades(Decode("all.motet"), joins), WithoutFades(wanted, joins));
    EXPECT_NE(Decode("all.motet"), wanted);
    const nlohmann::json info = Info("all.motet");
    EXPECT_EQ(info["samples"], 2 * kFirst + kSecond);
    EXPECT_EQ(info["complete"], true);
    ASSERT_EQ(info["parts"].size(), 3u);
    EXPECT_EQ(info["parts"][1]["samples"], kSecond);
    const size_t sum = 2 * ReadBytes("a.motet").size() + ReadBytes("b.motet").size();
    EXPECT_LT(ReadBytes("all.motet").size(), sum + 100);
  }
}

TEST_F(CatTest, ReadsAndWritesPipes) {
  MakeTwo();
  Do({"cat", Path("a.motet"), Path("b.motet"), Path("all.motet")});
  Do({"cat", Path("a.motet"), "-", Path("piped.motet")},
     {.standard_input = Path("b.motet"), .pipe_input = true});
  // Of what came through a pipe the name of the chapter is another.
  EXPECT_EQ(Decode("piped.motet"), Decode("all.motet"));
  EXPECT_EQ(Info("piped.motet")["parts"], Info("all.motet")["parts"]);
}

TEST_F(CatTest, TheWholeCanBeCutSoughtInAndJoinedAgain) {
  MakeTwo();
  Do({"cat", Path("a.motet"), Path("b.motet"), Path("all.motet")});
  const Bytes all = Decode("all.motet");
  struct Case {
    std::string start, end;
    size_t begin, stop;
  };
  for (const Case& c : std::vector<Case>{{"1", "4", 44100, 176400},
                                         {"2.99", "3.01", 131859, 132741},
                                         {"0", "2", 0, 88200},
                                         {"3.5", "100", 154350, kFirst + kSecond}}) {
    Do({"cut", "-f", "--start", c.start, "--end", c.end, Path("all.motet"), Path("part.motet")});
    const Bytes wanted = FramesOf(all, c.begin, c.stop);
    EXPECT_EQ(Decode("part.motet"), wanted) << c.start;
    const std::string length = std::to_string(static_cast<double>(c.stop - c.begin) / 44100);
    EXPECT_EQ(Decode("all.motet", {"--start", c.start, "--duration", length}), wanted) << c.start;
  }
  Do({"cut", "--start", "2.5", Path("all.motet"), Path("tail.motet")});
  Do({"cat", Path("all.motet"), Path("tail.motet"), Path("b.motet"), Path("more.motet")});
  EXPECT_EQ(Info("more.motet")["parts"].size(), 5u);
  // What was cut begins as in the whole.
  const size_t last = 2 * (kFirst + kSecond) - 110250;
  EXPECT_EQ(
      WithoutFades(Decode("more.motet"), {last}),
      WithoutFades(all + FramesOf(all, 110250, kFirst + kSecond) + Decode("b.motet"), {last}));
}

TEST_F(CatTest, WhatWasCutApartIsWholeAgain) {
  Encode("a.motet", kFirst);
  Do({"cut", "--end", "1.23", Path("a.motet"), Path("1.motet")});
  Do({"cut", "--start", "1.23", Path("a.motet"), Path("2.motet")});
  Do({"cat", Path("1.motet"), Path("2.motet"), Path("again.motet")});
  EXPECT_EQ(Decode("again.motet"), Decode("a.motet"));
}

TEST_F(CatTest, AcrossAPartThatWasCutTheWholeCanBeCut) {
  Encode("a.motet", kFirst);
  for (const char* start : {"1", "1.01", "1.02", "1.03"}) {
    Do({"cut", "-f", "--start", start, Path("a.motet"), Path("tail.motet")});
    Do({"cat", "-f", Path("a.motet"), Path("tail.motet"), Path("a.motet"), Path("all.motet")});
    const Bytes all = Decode("all.motet");
    Do({"cut", "-f", "--start", "2", "--end", "6", Path("all.motet"), Path("part.motet")});
    EXPECT_EQ(Decode("part.motet"), FramesOf(all, 88200, 264600)) << start;
  }
}

TEST_F(CatTest, KeepsTheTagsThatAllHaveAndMakesChaptersOfTitles) {
  Encode("a.motet", kFirst, {"--title", "One", "--tag", "album=Both", "--tag", "tracknumber=1"});
  Encode("b.motet", kSecond, {"--title", "Two", "--tag", "album=Both", "--tag", "tracknumber=2"});
  Encode("c.motet", 44100, {"--tag", "album=Both"});
  Do({"cat", Path("a.motet"), Path("b.motet"), Path("two.motet")});
  Do({"cat", Path("two.motet"), Path("c.motet"), Path("all.motet")});
  EXPECT_EQ(Info("all.motet")["tags"], nlohmann::json({{"album", "Both"},
                                                       {"chapter000", "00:00:00.000"},
                                                       {"chapter000name", "One"},
                                                       {"chapter001", "00:00:03.000"},
                                                       {"chapter001name", "Two"},
                                                       {"chapter002", "00:00:05.000"},
                                                       {"chapter002name", "c"}}));
  const std::string out = Do({"info", Path("all.motet")}).out;
  EXPECT_NE(out.find("parts        3, joined"), std::string::npos) << out;
  EXPECT_NE(out.find("chapter      00:00:03.000 Two"), std::string::npos) << out;

  Do({"cut", "--start", "3.5", "--end", "5.5", Path("all.motet"), Path("part.motet")});
  EXPECT_EQ(Info("part.motet")["tags"], nlohmann::json({{"album", "Both"},
                                                        {"chapter000", "00:00:00.000"},
                                                        {"chapter000name", "Two"},
                                                        {"chapter001", "00:00:01.500"},
                                                        {"chapter001name", "c"}}));
}

TEST_F(CatTest, LeavesOutWhatIsOfOneTrackAndHasAChapterWithoutNameForAPipe) {
  const std::vector<std::string> tags = {
      "--title", "Same",          "--tag", "artist=Both",
      "--tag",   "tracknumber=1", "--tag", "replaygain_track_gain=-1 dB"};
  Encode("a.motet", kFirst, tags);
  Encode("b.motet", kSecond);
  Do({"cat", Path("a.motet"), Path("a.motet"), Path("all.motet")});
  EXPECT_EQ(Info("all.motet")["tags"], nlohmann::json({{"artist", "Both"},
                                                       {"chapter000", "00:00:00.000"},
                                                       {"chapter000name", "Same"},
                                                       {"chapter001", "00:00:03.000"},
                                                       {"chapter001name", "Same"}}));
  Do({"cat", Path("a.motet"), "-", Path("piped.motet")}, {.standard_input = Path("b.motet")});
  EXPECT_EQ(Info("piped.motet")["tags"], nlohmann::json({{"chapter000", "00:00:00.000"},
                                                         {"chapter000name", "Same"},
                                                         {"chapter001", "00:00:03.000"}}));
}

TEST_F(CatTest, NamesOfFilesMayHaveAnyBytes) {
  MakeTwo();
  const std::string name = Path("b\xFF.motet");
  std::filesystem::rename(Path("b.motet"), name);
  Do({"cat", Path("a.motet"), name, Path("all.motet")});
  EXPECT_EQ(Info("all.motet")["tags"]["chapter001name"], "b\u00FF");
}

TEST_F(CatTest, OfMoreThanAThousandPartsThereAreNoChaptersAndThatIsSaid) {
  Encode("a.motet", 100);
  std::vector<std::string> line = {"cat", "-f"};
  for (int i = 0; i < 11; ++i) line.push_back(Path("a.motet"));
  line.push_back(Path("b.motet"));
  Do(line);
  std::fill_n(line.begin() + 2, 11, Path("b.motet"));
  line.back() = Path("c.motet");
  Do(line);
  std::fill_n(line.begin() + 2, 11, Path("c.motet"));
  line.back() = Path("d.motet");
  const Outcome outcome = Do(line);
  EXPECT_NE(outcome.err.find("1331 parts"), std::string::npos) << outcome.err;
  const nlohmann::json info = Info("d.motet");
  EXPECT_EQ(info["parts"].size(), 1331u);
  EXPECT_EQ(info["samples"], 133100);
  EXPECT_TRUE(info["tags"].empty());
  EXPECT_EQ(Decode("d.motet").size(), 133100 * kFrameBytes);
}

TEST_F(CatTest, APartThatIsDecodedHasItsOwnChapters) {
  MakeTwo({"--tag", "album=Both"});
  Do({"cat", Path("a.motet"), Path("b.motet"), Path("all.motet")});
  Do({"decode", "--start", "2", "--duration", "2", Path("all.motet"), Path("part.flac")});
  Do({"encode", Path("part.flac"), Path("part.motet")});
  EXPECT_EQ(Info("part.motet")["tags"], nlohmann::json({{"album", "Both"},
                                                        {"chapter000", "00:00:00.000"},
                                                        {"chapter000name", "a"},
                                                        {"chapter001", "00:00:01.000"},
                                                        {"chapter001name", "b"}}));
}

TEST_F(CatTest, WhatIsEntropyCodedStaysSo) {
  const RunOptions with_entropy = {.use_model = false,
                                   .environment = {{"MOTET_MODEL", TonesModelPath()}}};
  WriteAudio("in.wav", kFirst);
  Do({"encode", "--coding", "fixed", Path("in.wav"), Path("a.motet")}, with_entropy);
  Do({"encode", "--coding", "entropy", Path("in.wav"), Path("b.motet")}, with_entropy);
  Do({"cat", Path("a.motet"), Path("b.motet"), Path("all.motet")}, with_entropy);
  EXPECT_EQ(Info("all.motet")["coding"], "entropy");
  EXPECT_EQ(Info("all.motet")["model"], Info("b.motet")["model"]);
}

TEST_F(CatTest, OneThatIsCutOffSaysHowMuchIsThere) {
  Encode("a.motet", 100);
  Encode("b.motet", kFirst);
  Do({"cat", Path("a.motet"), Path("a.motet"), Path("b.motet"), Path("all.motet")});
  Bytes bytes = ReadBytes("all.motet");
  bytes.resize(bytes.size() - 22);  // without its end page
  WriteBytes("cut.motet", bytes);
  const Outcome outcome = Run({"info", "--json", Path("cut.motet")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["samples"], kFirst + 200);
}

TEST_F(CatTest, OneWithoutSoundAddsNothing) {
  MakeTwo();
  Encode("none.motet", 0);
  const Outcome told =
      Do({"cat", Path("none.motet"), Path("a.motet"), Path("none.motet"), Path("all.motet")});
  EXPECT_NE(told.err.find("none.motet' has no samples"), std::string::npos) << told.err;
  EXPECT_EQ(Decode("all.motet"), Decode("a.motet"));
  EXPECT_TRUE(Info("all.motet")["parts"].empty());
  ExpectFailure({"cat", Path("none.motet"), Path("none.motet"), Path("no.motet")}, {"no sound"});
}

TEST_F(CatTest, FeaturesHaveTheTimesOfTheWhole) {
  MakeTwo();
  Do({"cat", Path("a.motet"), Path("b.motet"), Path("all.motet")});
  const auto rows = [this](const std::string& name) {
    return nlohmann::json::parse(Do({"info", "--features", "--json", Path(name)}).out)["rows"];
  };
  const nlohmann::json all = rows("all.motet");
  const nlohmann::json second = rows("b.motet");
  EXPECT_EQ(all.size(), (kFirst + kSecond + 511) / 512);
  const size_t at = (kFirst + 256) / 512;  // the row that is nearest to its beginning
  EXPECT_EQ(all[0], rows("a.motet")[0]);
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_NEAR(all[at + i][0].get<double>(), static_cast<double>(at + i) * 512 / 44100, 1e-4);
    for (size_t value = 1; value < second[i].size(); ++value)
      EXPECT_EQ(all[at + i][value], second[i][value]);
  }
}

TEST_F(CatTest, WhatCannotBeJoinedIsRefusedAndNothingIsLeftBehind) {
  MakeTwo();
  const std::string a = Path("a.motet");
  const std::string out = Path("all.motet");
  Encode("q.motet", 44100, {"-q", "3"});
  ExpectFailure({"cat", a, Path("q.motet"), out},
                {"q.motet' is of quality 3", "a.motet' of quality 6"});
  Encode("mono.motet", 44100, {}, 1);
  ExpectFailure({"cat", a, Path("mono.motet"), out}, {"mono.motet' is mono", "a.motet' stereo"});
  ExpectFailure({"cat", a, Path("gone.motet"), out}, {"gone.motet"});
  ExpectFailure({"cat", a, Path("b.motet")}, {"b.motet' is there already", "OUT forgotten"});
  WriteBytes("two.motet", ReadBytes("a.motet") + ReadBytes("b.motet"));
  ExpectFailure({"cat", a, Path("two.motet"), out}, {"two.motet' goes on behind its end"});
  ExpectFailure({"cat", "-f", a, Path("b.motet"), a}, {"a.motet"});
  Bytes bytes = ReadBytes("b.motet");
  bytes[bytes.size() / 2] ^= 1;
  WriteBytes("damaged.motet", bytes);
  ExpectFailure({"cat", a, Path("damaged.motet"), out}, {"damaged.motet", "are lost"});
  WriteBytes("short.motet",
             {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(bytes.size() / 3)});
  ExpectFailure({"cat", a, Path("short.motet"), out}, {"short.motet", "too early"});
  EXPECT_FALSE(Exists("all.motet"));
  EXPECT_EQ(Run({"cat", a, out}).exit_code, 0) << "one is a copy";
  EXPECT_EQ(Run({"cat", a}).exit_code, 2);
  EXPECT_EQ(Run({"cat", a, Path("b.motet"), Path("all.wav")}).exit_code, 2);
}

}  // namespace
}  // namespace motet::cli
