// Tests what `motet encode` and `motet decode` promise of many files: each becomes what it would
// alone, several at once or one by one; what is there stays unless its input is newer; no music is
// overwritten; what cannot be read is told at the end and keeps nothing else from being done.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "program.h"
#include "running_program.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

class BatchTest : public ProgramTest {
 protected:
  // Names of all files below, with their folders, sorted.
  std::vector<std::string> Tree(const std::string& below = "") const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_ / below)) {
      if (entry.is_regular_file())
        names.push_back(fs::relative(entry.path(), folder_ / below).string());
    }
    std::ranges::sort(names);
    return names;
  }

  // An album in two folders, with what else lies there.
  void WriteAlbum() const {
    fs::create_directories(Path("music/one"));
    fs::create_directories(Path("music/two"));
    WriteAudio("music/one/a.flac", 30000);
    WriteAudio("music/one/b.wav", 20000, 1);
    WriteAudio("music/two/a.ogg", 10000);
    WriteAudio("music/two/C.WAV", 5000);
    WriteAudio("music/two/.hidden.wav", 5000);
    WriteBytes("music/two/cover.jpg", {1, 2, 3});
    WriteBytes("music/one/a.log", {1, 2, 3});
  }

  Outcome RunOk(const std::vector<std::string>& arguments) const {
    Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome;
  }

  void ExpectTold(const Outcome& outcome, const std::vector<std::string>& words) const {
    for (const std::string& word : words)
      EXPECT_NE(outcome.err.find(word), std::string::npos)
          << "no '" << word << "': " << outcome.err;
  }

  void MakeOlder(const std::string& name) const {
    fs::last_write_time(Path(name), fs::last_write_time(Path(name)) - std::chrono::hours(1));
  }
};

TEST_F(BatchTest, FilesWithoutAnOutputGetOneBesideThem) {
  WriteAudio("song.flac", 5000);
  WriteAudio("other.wav", 5000);
  WriteAudio("no suffix. really", 5000);
  RunOk({"encode", Path("song.flac")});
  RunOk({"encode", Path("song.flac"), Path("other.wav"), Path("no suffix. really")});
  RunOk({"decode", Path("song.motet"), Path("no suffix. really.motet")});
  EXPECT_EQ(Files(), (std::vector<std::string>{"no suffix. really", "no suffix. really.motet",
                                               "no suffix. really.wav", "other.motet", "other.wav",
                                               "song.flac", "song.motet", "song.wav"}));
}

TEST_F(BatchTest, AFolderIsMirroredAndWhatIsNoMusicStays) {
  WriteAlbum();
  RunOk({"encode", "-o", Path("coded"), Path("music")});
  EXPECT_EQ(Tree("coded"),
            (std::vector<std::string>{"one/a.motet", "one/b.motet", "two/C.motet", "two/a.motet"}));
  RunOk({"decode", "--format", "flac", "-o", Path("decoded"), Path("coded")});
  for (const std::string& out : {Path("x.wav"), Path("x"), std::string("-")})
    EXPECT_EQ(Run({"decode", "--format", "flac", Path("x.motet"), out}).exit_code, 2) << out;
  EXPECT_EQ(Tree("decoded"),
            (std::vector<std::string>{"one/a.flac", "one/b.flac", "two/C.flac", "two/a.flac"}));
  EXPECT_EQ(ReadAudioFacts(Path("decoded/one/b.flac")).samples, 20000);
  EXPECT_EQ(ReadAudioFacts(Path("decoded/one/b.flac")).channels, 1);
  // A file has no tree: it gets its own name there.
  RunOk({"encode", "-o", Path("flat"), Path("music/one/a.flac"), Path("music/two/C.WAV")});
  EXPECT_EQ(Tree("flat"), (std::vector<std::string>{"C.motet", "a.motet"}));
}

TEST_F(BatchTest, TheBitsAreThoseOfEachFileAlone) {
  WriteAlbum();
  RunOk({"encode", "-q", "9", Path("music/one/a.flac"), Path("alone.motet")});
  RunOk({"encode", "-q", "9", "-j", "1", "-o", Path("one"), Path("music")});
  RunOk({"encode", "-q", "9", "-j", "4", "-o", Path("four"), Path("music")});
  RunOk({"decode", "-j", "1", "-o", Path("one"), Path("one")});
  RunOk({"decode", "-j", "4", "-o", Path("four"), Path("four")});
  EXPECT_EQ(ReadBytes("one/one/a.motet"), ReadBytes("alone.motet"));
  ASSERT_EQ(Tree("one").size(), 8u);
  ASSERT_EQ(Tree("four"), Tree("one"));
  for (const std::string& name : Tree("one"))
    EXPECT_EQ(ReadBytes("one/" + name), ReadBytes("four/" + name)) << name;
}

TEST_F(BatchTest, WhatIsThereIsEncodedAnewOnlyIfItsInputIsNewer) {
  WriteAudio("song.wav", 5000);
  RunOk({"encode", Path("song.wav")});
  const std::vector<uint8_t> first = ReadBytes("song.motet");
  ExpectTold(RunOk({"encode", "-q", "12", Path("song.wav")}), {"song.motet", "already", "-f"});
  EXPECT_EQ(ReadBytes("song.motet"), first);
  MakeOlder("song.motet");
  RunOk({"encode", "-q", "12", Path("song.wav")});
  EXPECT_GT(ReadBytes("song.motet").size(), first.size());
  RunOk({"encode", "-f", Path("song.wav")});
  EXPECT_EQ(ReadBytes("song.motet"), first);
}

// song.wav beside song.motet may be what song.motet was made of.
TEST_F(BatchTest, DecodingReplacesNoMusicThatIsThere) {
  WriteAudio("song.wav", 5000);
  RunOk({"encode", Path("song.wav")});
  const std::vector<uint8_t> original = ReadBytes("song.wav");
  RunOk({"decode", Path("song.motet")});
  EXPECT_EQ(ReadBytes("song.wav"), original);
  MakeOlder("song.wav");
  ExpectTold(RunOk({"decode", Path("song.motet")}), {"song.wav", "original", "-f"});
  EXPECT_EQ(ReadBytes("song.wav"), original);
  RunOk({"decode", "-f", Path("song.motet")});
  EXPECT_NE(ReadBytes("song.wav"), original);
}

TEST_F(BatchTest, TwoMusicFilesAreTwoInputs) {
  WriteAudio("a.wav", 5000);
  WriteAudio("b.wav", 6000);
  const std::vector<uint8_t> b = ReadBytes("b.wav");
  RunOk({"encode", "-f", Path("a.wav"), Path("b.wav")});
  EXPECT_EQ(ReadBytes("b.wav"), b);
  EXPECT_EQ(Files(), (std::vector<std::string>{"a.motet", "a.wav", "b.motet", "b.wav"}));
  RunOk({"decode", "-o", Path("out"), Path("a.motet"), Path("b.motet")});
  EXPECT_EQ(Tree("out"), (std::vector<std::string>{"a.wav", "b.wav"}));
  // A slip in the second name makes no .motet stream that is called .wav.
  const Outcome missing = Run({"encode", Path("a.wav"), Path("c.wav")});
  EXPECT_EQ(missing.exit_code, 1);
  ExpectTold(missing, {"c.wav", "No such file"});
  EXPECT_FALSE(Exists("c.wav"));
  EXPECT_FALSE(Exists("c.motet"));
}

TEST_F(BatchTest, ASecondNameThatIsNoMusicIsTheOutput) {
  WriteAudio("a.wav", 5000);
  RunOk({"encode", Path("a.wav"), Path("b.MOTET")});
  RunOk({"encode", Path("a.wav"), Path("stream.bin")});
  RunOk({"encode", "-f", Path("a.wav"), Path("stream.bin")});
  WriteBytes("made by mktemp", {});
  RunOk({"encode", "-f", Path("a.wav"), Path("made by mktemp")});
  EXPECT_EQ(ReadBytes("made by mktemp"), ReadBytes("b.MOTET"));
  EXPECT_EQ(Files().size(), 4u);
}

TEST_F(BatchTest, WhatDecodingWroteUnderAnyNameIsItsOutputAgain) {
  WriteAudio("song.wav", 5000);
  RunOk({"encode", Path("song.wav"), Path("song.motet")});
  RunOk({"decode", "--raw", Path("song.motet"), Path("song.pcm")});
  const Outcome again = Run({"decode", "--raw", Path("song.motet"), Path("song.pcm")});
  EXPECT_EQ(again.exit_code, 1);
  ExpectTold(again, {"song.pcm' exists already", "--force"});
  RunOk({"decode", "-f", "--raw", Path("song.motet"), Path("song.pcm")});
  const Outcome plain = Run({"decode", "-f", Path("song.motet"), Path("song.pcm")});
  EXPECT_EQ(plain.exit_code, 2);
  ExpectTold(plain, {"song.pcm' names no format"});
  EXPECT_EQ(Files(), (std::vector<std::string>{"song.motet", "song.pcm", "song.wav"}));
}

TEST_F(BatchTest, AFolderAsTheSecondOfTwoIsAskedAbout) {
  WriteAudio("a.wav", 5000);
  fs::create_directory(Path("folder"));
  WriteAudio("folder/b.wav", 5000);
  ExpectFailure({"encode", Path("a.wav"), Path("folder")}, {"directory", "-o"});
  EXPECT_EQ(Tree("folder").size(), 1u);
  EXPECT_EQ(Run({"encode", "-o", Path("x.motet"), Path("a.wav")}).exit_code, 2);
  EXPECT_EQ(Run({"decode", "-o", Path("x.wav"), Path("a.motet")}).exit_code, 2);
  EXPECT_EQ(Run({"decode", "-"}).exit_code, 2);
}

TEST_F(BatchTest, BadFilesAreToldAtTheEndAndTheRestIsDone) {
  WriteAlbum();
  std::vector<uint8_t> cut = ReadBytes("music/one/b.wav");
  cut.resize(cut.size() / 2);
  WriteBytes("music/one/cut.wav", cut);
  WriteBytes("music/two/text.flac", std::vector<uint8_t>(1000, 'a'));
  const Outcome outcome = Run({"encode", Path("music"), Path("none.wav")});
  EXPECT_EQ(outcome.exit_code, 1);
  ExpectTold(outcome, {"4 files encoded", "cut.wav", "truncated", "text.flac", "none.wav",
                       "motet: 3 of 7 files could not be encoded\n"});
  EXPECT_TRUE(outcome.err.ends_with("could not be encoded\n")) << outcome.err;
  EXPECT_TRUE(Exists("music/one/a.motet"));
  EXPECT_TRUE(Exists("music/two/C.motet"));
  EXPECT_FALSE(Exists("music/one/cut.motet"));
  const Outcome again = Run({"encode", "--quiet", Path("music")});
  EXPECT_EQ(std::ranges::count(again.err, '\n'), 3) << "two files and a sum: " << again.err;
}

TEST_F(BatchTest, TwoInputsDoNotBecomeOneFile) {
  WriteAudio("song.wav", 5000);
  WriteAudio("song.flac", 5000);
  WriteAudio("other.wav", 5000);
  const Outcome outcome =
      Run({"encode", Path("song.wav"), Path("song.flac"), Path("other.wav"), Path("other.wav")});
  EXPECT_EQ(outcome.exit_code, 1);
  ExpectTold(outcome, {"song.wav", "song.flac", "song.motet", "2 of 3 files"});
  EXPECT_FALSE(Exists("song.motet"));
  EXPECT_TRUE(Exists("other.motet")) << "named twice, but one file";
}

TEST_F(BatchTest, WhatIsNoStreamIsNotReplacedThoughItIsCalledSo) {
  WriteBytes("song.motet", {1, 2, 3, 4, 5, 6, 7, 8, 9});
  WriteAudio("song.wav", 5000);
  MakeOlder("song.motet");
  ExpectFailure({"encode", Path("song.wav")}, {"song.motet", "no motet stream", "--force"});
  fs::create_directory(Path("empty"));
  ExpectFailure({"encode", Path("empty")}, {"empty", "no audio files"});
  ExpectFailure({"encode", "-o", Path("song.wav"), Path("song.wav")}, {"song.wav", "directory"});
  ExpectFailure({"encode", "-", Path("song.wav"), Path("empty")}, {"standard input"});
}

TEST_F(BatchTest, AFolderThatCannotBeMadeIsToldOnce) {
  WriteAlbum();
  WriteBytes("file", {1});
  for (const std::string folder : {"file", "file/below"}) {
    const Outcome outcome = Run({"encode", "-o", Path(folder), Path("music")});
    EXPECT_EQ(outcome.exit_code, 1);
    ExpectTold(outcome, {"motet: cannot ", "'" + Path(folder) + "'", "Not a directory"});
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
  }
}

TEST_F(BatchTest, VerboseNamesAFileOnce) {
  WriteAudio("song.wav", 5000);
  const Outcome outcome = RunOk({"encode", "--verbose", Path("song.wav")});
  const size_t at = outcome.err.find(" -> ");
  ASSERT_NE(at, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find(" -> ", at + 1), std::string::npos) << outcome.err;
}

TEST_F(BatchTest, QuietSaysNothingAndVerboseNamesEachFile) {
  WriteAlbum();
  EXPECT_EQ(RunOk({"encode", "--quiet", Path("music")}).err, "");
  EXPECT_EQ(RunOk({"decode", "--quiet", Path("music/one/a.motet"), Path("a.wav")}).err, "");
  const Outcome brief = RunOk({"encode", "-f", Path("music")});
  EXPECT_EQ(std::ranges::count(brief.err, '\n'), 1) << brief.err;
  ExpectTold(brief, {"4 files encoded", "x real time"});
  ExpectTold(RunOk({"encode", "-f", "--verbose", Path("music")}),
             {"one/a.flac", "one/b.wav", "two/a.ogg", "two/C.WAV"});
  EXPECT_EQ(Run({"encode", "--quiet", "--verbose", Path("music")}).exit_code, 2);
}

TEST_F(BatchTest, AnInterruptLeavesWholeFilesOnly) {
  std::vector<std::string> arguments = {"encode", "-j", "3"};
  constexpr int kFiles = 20;
  WriteAudio("in.wav", 150000);
  for (int i = 0; i < kFiles; ++i) {
    arguments.push_back("in" + std::to_string(10 + i) + ".wav");
    fs::copy_file(Path("in.wav"), Path(arguments.back()));
  }
  RunningProgram program(arguments, folder_.string());
  const auto count = [this](const char* suffix) {
    return std::ranges::count_if(Files(),
                                 [&](const std::string& name) { return name.ends_with(suffix); });
  };
  ASSERT_TRUE(WaitUntil([&] { return count(".motet") >= 2; }));
  program.Signal(SIGINT);
  EXPECT_TRUE(WIFSIGNALED(program.Wait()));
  EXPECT_EQ(count(".part"), 0);
  EXPECT_LT(count(".motet"), kFiles);
  for (const std::string& name : Files()) {
    if (name.ends_with(".motet")) {
      RunOk({"info", Path(name)});
    }
  }
  arguments.push_back("--quiet");
  for (size_t i = 3; i < arguments.size() - 1; ++i) arguments[i] = Path(arguments[i]);
  RunOk(arguments);
  EXPECT_EQ(count(".motet"), kFiles) << "the next run does the rest";
}

}  // namespace
}  // namespace motet::cli
