// Tests what `motet decode --start --duration` promises: the very samples that stand there in the
// whole, from files and pipes, whatever the stream's header knows of its length.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "frames.h"
#include "program.h"

namespace motet::cli {
namespace {

constexpr size_t kFrames = 44100 * 9 + 17;

class ExcerptTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    WriteAudio("in.wav", kFrames);
    ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
    whole_ = Decode({Path("a.motet")});
    ASSERT_EQ(whole_.size(), kFrames * kFrameBytes);
  }

  std::vector<uint8_t> Decode(std::vector<std::string> arguments, const RunOptions& options = {}) {
    arguments.insert(arguments.begin(), {"decode", "-f", "--raw", "--float"});
    arguments.push_back(Path("out.raw"));
    const Outcome outcome = Run(arguments, options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return ReadBytes("out.raw");
  }

  // Of the whole, frames [begin, end).
  std::vector<uint8_t> Frames(size_t begin, size_t end) const {
    return FramesOf(whole_, begin, end);
  }

  std::vector<uint8_t> whole_;
};

TEST_F(ExcerptTest, IsWhatStandsThereInTheWhole) {
  struct Case {
    std::vector<std::string> options;
    size_t begin;
    size_t end;
  };
  const std::vector<Case> cases = {{{"--start", "0:05.5"}, 242550, kFrames},
                                   {{"--start", "5.5", "--duration", "2"}, 242550, 330750},
                                   {{"--duration", "1.25"}, 0, 55125},
                                   {{"--start", "8", "--duration", "60"}, 352800, kFrames},
                                   {{"--start", "0:00:00.01", "--duration", "0.001"}, 441, 485},
                                   {{"--start", "3", "--duration", "0"}, 132300, 132300}};
  for (const Case& c : cases) {
    std::vector<std::string> arguments = c.options;
    arguments.push_back(Path("a.motet"));
    EXPECT_EQ(Decode(arguments), Frames(c.begin, c.end)) << c.options[1];
    arguments.back() = "-";
    EXPECT_EQ(Decode(arguments, {.standard_input = Path("a.motet"), .pipe_input = true}),
              Frames(c.begin, c.end))
        << c.options[1] << " from a pipe";
  }
}

TEST_F(ExcerptTest, HasItsOwnLengthInTheHeader) {
  ASSERT_EQ(Run({"decode", "--start", "4", "--duration", "0.5", Path("a.motet"), Path("out.flac")})
                .exit_code,
            0);
  EXPECT_EQ(ReadAudioFacts(Path("out.flac")).samples, 22050);
}

// The bytes before the part are not read: they may be damaged.
TEST_F(ExcerptTest, ReadsNothingOfWhatLiesFarBefore) {
  std::vector<uint8_t> bytes = ReadBytes("a.motet");
  bytes[bytes.size() / 8] ^= 1;  // in the first of four pages
  WriteBytes("damaged.motet", bytes);
  EXPECT_EQ(Run({"decode", Path("damaged.motet"), Path("x.wav")}).exit_code, 1);
  EXPECT_EQ(Decode({"--start", "7", Path("damaged.motet")}), Frames(308700, kFrames));
}

TEST_F(ExcerptTest, BeyondTheEndIsAnError) {
  ExpectFailure({"decode", "--start", "9.5", Path("a.motet"), Path("out.wav")},
                {"a.motet", "9.00 s", "--start 9.5 s"});
  ExpectFailure({"decode", "--start", "1:00", "-", Path("out.wav")}, {"standard input", "60"},
                {.standard_input = Path("a.motet"), .pipe_input = true});
}

TEST_F(ExcerptTest, ATimeIsSecondsOrMinutesAndSeconds) {
  for (const char* wrong :
       {"", "x", "1:60", "1.5:2", ":3", "1:2:3:4", "-1", "1e3", "inf", "1::2"}) {
    const Outcome outcome =
        Run({"decode", std::string("--start=") + wrong, Path("a.motet"), Path("out.wav")});
    EXPECT_EQ(outcome.exit_code, 2) << wrong;
    EXPECT_NE(outcome.err.find("--start"), std::string::npos) << outcome.err;
    EXPECT_FALSE(Exists("out.wav"));
  }
}

}  // namespace
}  // namespace motet::cli
