// Tests what `motet cut` promises: a stream that decodes to exactly the samples that stand there in
// the original, again and again, whatever the coding and whether from a file or a pipe.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "frames.h"
#include "program.h"

namespace motet::cli {
namespace {

constexpr size_t kFrames = 44100 * 9 + 17;

class CutTest : public ProgramTest {
 protected:
  void MakeStream(const std::vector<std::string>& options = {}) {
    WriteAudio("in.wav", kFrames);
    std::vector<std::string> line = {"encode", "-f", "--title", "Whole"};
    line.insert(line.end(), options.begin(), options.end());
    line.insert(line.end(), {Path("in.wav"), Path("a.motet")});
    ASSERT_EQ(Run(line).exit_code, 0);
  }
  std::vector<uint8_t> Decode(const std::string& name) {
    const Outcome outcome =
        Run({"decode", "-f", "--raw", "--float", Path(name), Path(name + ".raw")});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return ReadBytes(name + ".raw");
  }
};

TEST_F(CutTest, ThePartDecodesToTheSamplesThatStandThere) {
  for (const std::vector<std::string>& coding :
       {std::vector<std::string>{"--coding", "fixed"}, std::vector<std::string>{"-q", "9"}}) {
    MakeStream(coding);
    const std::vector<uint8_t> whole = Decode("a.motet");
    struct Case {
      std::vector<std::string> options;
      size_t begin;
      size_t end;
    };
    for (const Case& c : std::vector<Case>{{{"--start", "3", "--end", "0:05.5"}, 132300, 242550},
                                           {{"--start", "0.01"}, 441, kFrames},
                                           {{"--end", "2"}, 0, 88200},
                                           {{"--start", "1", "--duration", "1"}, 44100, 88200},
                                           {{"--start", "8.99", "--end", "100"}, 396459, kFrames},
                                           {{}, 0, kFrames}}) {
      std::vector<std::string> line = {"cut", "-f"};
      line.insert(line.end(), c.options.begin(), c.options.end());
      line.insert(line.end(), {Path("a.motet"), Path("part.motet")});
      const Outcome outcome = Run(line);
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      EXPECT_EQ(Decode("part.motet"), FramesOf(whole, c.begin, c.end)) << c.begin;
      const std::vector<uint8_t> from_file = ReadBytes("part.motet");

      *(line.end() - 2) = "-";
      ASSERT_EQ(Run(line, {.standard_input = Path("a.motet"), .pipe_input = true}).exit_code, 0);
      EXPECT_EQ(ReadBytes("part.motet"), from_file);
    }
    EXPECT_LT(ReadBytes("part.motet").size(), ReadBytes("a.motet").size() + 100);
  }
}

TEST_F(CutTest, APartOfAPartIsAPart) {
  MakeStream();
  const std::vector<uint8_t> whole = Decode("a.motet");
  ASSERT_EQ(Run({"cut", "--start", "2", Path("a.motet"), Path("b.motet")}).exit_code, 0);
  ASSERT_EQ(
      Run({"cut", "--start", "3", "--end", "4.5", Path("b.motet"), Path("c.motet")}).exit_code, 0);
  EXPECT_EQ(Decode("c.motet"), FramesOf(whole, 220500, 286650));
}

TEST_F(CutTest, ThePartKeepsThePhasesOfTones) {
  const RunOptions with_tones = {.use_model = false,
                                 .environment = {{"MOTET_MODEL", TonesModelPath()}}};
  // At this rate its sinusoids lie near lines of odd number, whose phases change from packet to
  // packet.
  WriteAudio("in.wav", kFrames, 2, 48000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}, with_tones).exit_code, 0);
  const auto decode = [&](const std::string& name) {
    const Outcome outcome =
        Run({"decode", "-f", "--raw", "--float", Path(name), Path(name + ".raw")}, with_tones);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return ReadBytes(name + ".raw");
  };
  const std::vector<uint8_t> whole = decode("a.motet");
  for (const size_t hundredths : {100u, 103u}) {  // in a packet of odd number and one of even
    const size_t begin = hundredths * 441;
    const std::string start = std::to_string(static_cast<double>(hundredths) / 100);
    ASSERT_EQ(Run({"cut", "-f", "--start", start, Path("a.motet"), Path("b.motet")}, with_tones)
                  .exit_code,
              0);
    EXPECT_EQ(decode("b.motet"), FramesOf(whole, begin, whole.size() / kFrameBytes)) << start;
  }
}

TEST_F(CutTest, ThePartIsSmallKeepsTheTagsAndKnowsItsLength) {
  MakeStream();
  ASSERT_EQ(Run({"cut", "--start", "4", "--end", "5", Path("a.motet"), Path("b.motet")}).exit_code,
            0);
  EXPECT_LT(ReadBytes("b.motet").size(), ReadBytes("a.motet").size() / 4);
  const Outcome info = Run({"info", Path("b.motet")});
  EXPECT_NE(info.out.find("44100 samples (1.00 s)"), std::string::npos) << info.out;
  EXPECT_NE(info.out.find("Whole"), std::string::npos) << info.out;
}

TEST_F(CutTest, WhatCannotBeCutIsRefusedAndNothingIsLeftBehind) {
  MakeStream();
  const std::string in = Path("a.motet");
  const std::string out = Path("b.motet");
  ExpectFailure({"cut", "--start", "10", in, out}, {"a.motet", "--start 10 s", "9.00 s"});
  ExpectFailure({"cut", "--start", "3", "--end", "3", in, out}, {"--start 3 s", "--end 3 s"});
  EXPECT_EQ(Run({"cut", "--end", "3", "--duration", "3", in, out}).exit_code, 2);
  ExpectFailure({"cut", "--start", "1:00", "-", out}, {"standard input", "--start 60 s"},
                {.standard_input = in, .pipe_input = true});
  ExpectFailure({"cut", "--end", "3", in, in}, {"a.motet"});
  std::vector<uint8_t> bytes = ReadBytes("a.motet");
  bytes[bytes.size() / 2] ^= 1;
  WriteBytes("damaged.motet", bytes);
  ExpectFailure({"cut", Path("damaged.motet"), out}, {"damaged.motet", "are lost"});
  ExpectFailure({"cut", "--start", "4.5", Path("damaged.motet"), out}, {"damaged.motet", "lost"});
  WriteBytes("cut.motet",
             {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(bytes.size() / 3)});
  ExpectFailure({"cut", Path("cut.motet"), out}, {"cut.motet", "too early"});
}

}  // namespace
}  // namespace motet::cli
