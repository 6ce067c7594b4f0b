// Tests what `motet encode` and `motet decode` promise on good input: what goes in comes back in
// its exact length, with its channels and at 44.1 kHz, through files and through pipes, in the
// format asked for; and nothing is overwritten unasked. How it sounds is not tested here.
#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "program.h"

namespace motet::cli {
namespace {

class EncodeDecodeTest : public ProgramTest {};

TEST_F(EncodeDecodeTest, TheDecodedLengthEqualsTheInputLengthExactly) {
  for (const int channels : {1, 2}) {
    for (const size_t samples : {0u, 1u, 255u, 1023u, 1024u, 1025u, 441000u}) {
      SCOPED_TRACE(::testing::Message() << samples << " samples, " << channels << " channels");
      WriteAudio("in.wav", samples, channels);
      const Outcome encoded = Run({"encode", "-f", Path("in.wav"), Path("a.motet")});
      ASSERT_EQ(encoded.exit_code, 0) << encoded.err;
      const Outcome decoded = Run({"decode", "-f", Path("a.motet"), Path("out.wav")});
      ASSERT_EQ(decoded.exit_code, 0) << decoded.err;
      const AudioFacts facts = ReadAudioFacts(Path("out.wav"));
      EXPECT_EQ(facts.samples, static_cast<int64_t>(samples));
      EXPECT_EQ(facts.channels, channels);
      EXPECT_EQ(facts.rate, 44100);
    }
  }
}

TEST_F(EncodeDecodeTest, OtherRatesBecome44100HertzOfTheRoundedLength) {
  struct Case {
    int rate;
    size_t samples;
    int64_t expected;
  };
  for (const Case& c : {Case{48000, 48000, 44100}, Case{48000, 1, 1}, Case{48000, 12345, 11342},
                        Case{22050, 1000, 2000}, Case{8000, 777, 4283}, Case{96000, 100001, 45938},
                        Case{192000, 1, 0}, Case{44101, 44101, 44100}, Case{48000, 0, 0}}) {
    SCOPED_TRACE(::testing::Message() << c.samples << " samples at " << c.rate << " Hz");
    WriteAudio("in.wav", c.samples, 2, c.rate);
    ASSERT_EQ(Run({"encode", "-f", Path("in.wav"), Path("a.motet")}).exit_code, 0);
    ASSERT_EQ(Run({"decode", "-f", Path("a.motet"), Path("out.wav")}).exit_code, 0);
    EXPECT_EQ(ReadAudioFacts(Path("out.wav")).samples, c.expected);
  }
}

TEST_F(EncodeDecodeTest, ReadsTheFormatsOfLibsndfile) {
  for (const char* name : {"in.flac", "in.ogg", "in.aiff"}) {
    WriteAudio(name, 5000);
    EXPECT_EQ(Run({"encode", "-f", Path(name), Path("a.motet")}).exit_code, 0) << name;
    ASSERT_EQ(Run({"decode", "-f", Path("a.motet"), Path("out.wav")}).exit_code, 0) << name;
    EXPECT_EQ(ReadAudioFacts(Path("out.wav")).samples, 5000) << name;
  }
}

// libsndfile guesses the length of such a file from its size: it counts the tag as music.
TEST_F(EncodeDecodeTest, ReadsMp3WithALargeTagAndNoLength) {
  SF_INFO facts{};
  facts.samplerate = 44100;
  facts.channels = 2;
  facts.format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
  if (sf_format_check(&facts) == 0) GTEST_SKIP() << "this libsndfile writes no MP3";
  WriteAudio("in.mp3", 50000);
  std::vector<uint8_t> mp3 = ReadBytes("in.mp3");
  constexpr ptrdiff_t kLengthFrame = 144 * 128000 / 44100;  // the first, of 128 kbit/s: no sound
  ASSERT_EQ(std::string(mp3.begin() + 36, mp3.begin() + 40), "Xing");
  std::vector<uint8_t> tag = {'I', 'D', '3', 3, 0, 0, 0, 64, 0, 0};  // of 64 * 2^14 bytes
  tag.resize(tag.size() + (size_t{64} << 14));
  mp3.erase(mp3.begin(), mp3.begin() + kLengthFrame);
  mp3.insert(mp3.begin(), tag.begin(), tag.end());
  WriteBytes("tag.mp3", mp3);
  const Outcome outcome = Run({"encode", Path("tag.mp3"), Path("a.motet")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  ASSERT_EQ(Run({"decode", Path("a.motet"), Path("out.wav")}).exit_code, 0);
  const int64_t samples = ReadAudioFacts(Path("out.wav")).samples;
  EXPECT_GE(samples, 50000);
  EXPECT_LE(samples, 50000 + 4 * 1152) << "what the MP3 encoder added, in frames of 1152";
}

TEST_F(EncodeDecodeTest, WritesTheFormatAskedFor) {
  WriteAudio("in.wav", 5000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  struct Case {
    const char* name;
    std::vector<std::string> options;
    int format;
  };
  for (const Case& c : {Case{"a.wav", {}, SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                        Case{"b.WAV", {"--bits", "24"}, SF_FORMAT_WAV | SF_FORMAT_PCM_24},
                        Case{"c.wav", {"--float"}, SF_FORMAT_WAV | SF_FORMAT_FLOAT},
                        Case{"d.flac", {}, SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
                        Case{"e.flac", {"--bits=24"}, SF_FORMAT_FLAC | SF_FORMAT_PCM_24}}) {
    std::vector<std::string> arguments = {"decode", Path("a.motet"), Path(c.name)};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const AudioFacts facts = ReadAudioFacts(Path(c.name));
    EXPECT_EQ(facts.format, c.format) << c.name;
    EXPECT_EQ(facts.samples, 5000) << c.name;
    EXPECT_GT(facts.peak, 0) << c.name;
  }
}

TEST_F(EncodeDecodeTest, AnEmptyPieceSurvivesAsFlac) {
  WriteAudio("in.wav", 0);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  ASSERT_EQ(Run({"decode", Path("a.motet"), Path("out.flac")}).exit_code, 0);
  EXPECT_EQ(ReadAudioFacts(Path("out.flac")).samples, 0);
  EXPECT_EQ(Run({"encode", Path("out.flac"), Path("again.motet")}).exit_code, 0);
}

TEST_F(EncodeDecodeTest, TheSameInputGivesTheSameBytesAndNoOtherFiles) {
  WriteAudio("in.wav", 50000);
  for (const char* name : {"a", "b"}) {
    ASSERT_EQ(Run({"encode", Path("in.wav"), Path(std::string(name) + ".motet")}).exit_code, 0);
    ASSERT_EQ(
        Run({"decode", "--float", Path("a.motet"), Path(std::string(name) + ".wav")}).exit_code, 0);
  }
  EXPECT_EQ(ReadBytes("a.motet"), ReadBytes("b.motet"));
  EXPECT_EQ(ReadBytes("a.wav"), ReadBytes("b.wav"));
  EXPECT_EQ(Files(), (std::vector<std::string>{"a.motet", "a.wav", "b.motet", "b.wav", "in.wav"}));
}

TEST_F(EncodeDecodeTest, PipesGiveTheSameSoundAsFiles) {
  WriteAudio("in.wav", 50000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("file.motet")}).exit_code, 0);
  const Outcome encoded =
      Run({"encode", "-", "-"}, {.standard_input = Path("in.wav"), .pipe_input = true});
  ASSERT_EQ(encoded.exit_code, 0) << encoded.err;
  WriteBytes("pipe.motet", {encoded.out.begin(), encoded.out.end()});
  // The header of a pipe does not know the length; the rest is the same.
  const std::vector<uint8_t> from_file = ReadBytes("file.motet");
  ASSERT_EQ(encoded.out.size(), from_file.size());
  EXPECT_TRUE(
      std::equal(from_file.begin() + 54, from_file.end(), ReadBytes("pipe.motet").begin() + 54));

  for (const char* format : {"--bits=16", "--bits=24", "--float"}) {
    SCOPED_TRACE(format);
    ASSERT_EQ(Run({"decode", "-f", format, Path("file.motet"), Path("file.wav")}).exit_code, 0);
    for (const char* source : {"file.motet", "pipe.motet"}) {
      const Outcome decoded =
          Run({"decode", format, "-", "-"}, {.standard_input = Path(source), .pipe_input = true});
      ASSERT_EQ(decoded.exit_code, 0) << decoded.err;
      WriteBytes("pipe.wav", {decoded.out.begin(), decoded.out.end()});
      const AudioFacts facts = ReadAudioFacts(Path("pipe.wav"));
      EXPECT_EQ(facts.samples, 50000) << source;
      EXPECT_EQ(facts.format, ReadAudioFacts(Path("file.wav")).format);
      EXPECT_EQ(facts.peak, ReadAudioFacts(Path("file.wav")).peak);
    }
  }
  // And what a pipe wrote is audio that a pipe can read.
  EXPECT_EQ(Run({"encode", "-", Path("again.motet")},
                {.standard_input = Path("pipe.wav"), .pipe_input = true})
                .exit_code,
            0);
}

// libsndfile must seek in some formats; and a WAV header without a length is one.
TEST_F(EncodeDecodeTest, EveryFormatThatAFileMayHaveComesThroughPipesToo) {
  WriteAudio("in.wav", 50000);
  std::vector<uint8_t> wav = ReadBytes("in.wav");
  std::fill_n(wav.begin() + 40, 4, uint8_t{0});
  WriteBytes("unknown.wav", wav);
  for (const char* name : {"in.flac", "in.ogg", "in.mp3", "in.aiff", "in.rf64"})
    WriteAudio(name, 50000);
  for (const char* name :
       {"in.wav", "unknown.wav", "in.flac", "in.ogg", "in.mp3", "in.aiff", "in.rf64"}) {
    ASSERT_EQ(Run({"encode", "-f", Path(name), Path("file.motet")}).exit_code, 0) << name;
    const std::vector<uint8_t> from_file = ReadBytes("file.motet");
    std::filesystem::create_directory(Path("spool"));
    for (const bool is_socket : {false, true}) {
      SCOPED_TRACE(::testing::Message() << name << (is_socket ? ", socket" : ", pipe"));
      const Outcome outcome =
          Run({"encode", "-f", "-", Path("pipe.motet")}, {.standard_input = Path(name),
                                                          .pipe_input = !is_socket,
                                                          .socket_input = is_socket,
                                                          .temporary_folder = Path("spool")});
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      EXPECT_EQ(ReadBytes("pipe.motet"), from_file);
      EXPECT_TRUE(std::filesystem::is_empty(Path("spool")));
    }
  }
}

// A WAV file that may have to hold more than 4 GiB begins with room for the sizes of RF64 (EBU Tech
// 3306).
TEST_F(EncodeDecodeTest, AFileOfUnknownLengthHasRoomForLongSizes) {
  for (const size_t samples : {0u, 5000u}) {
    WriteAudio("in.wav", samples);
    const Outcome encoded = Run({"encode", Path("in.wav"), "-"});
    WriteBytes("unknown.motet", {encoded.out.begin(), encoded.out.end()});
    for (const char* format : {"--bits=16", "--bits=24", "--float"}) {
      SCOPED_TRACE(::testing::Message() << samples << " samples, " << format);
      const Outcome outcome = Run({"decode", "-f", format, Path("unknown.motet"), Path("out.wav")});
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      const std::vector<uint8_t> wav = ReadBytes("out.wav");
      ASSERT_GE(wav.size(), 48u);
      EXPECT_EQ(std::string(wav.begin(), wav.begin() + 4), "RIFF");
      EXPECT_EQ(std::string(wav.begin() + 8, wav.begin() + 16), "WAVEJUNK");
      EXPECT_EQ(wav[16], 28) << "bytes of the chunk";
      const AudioFacts unknown = ReadAudioFacts(Path("out.wav"));
      ASSERT_EQ(Run({"encode", "-f", Path("in.wav"), Path("known.motet")}).exit_code, 0);
      ASSERT_EQ(Run({"decode", "-f", format, Path("known.motet"), Path("out.wav")}).exit_code, 0);
      const AudioFacts known = ReadAudioFacts(Path("out.wav"));
      EXPECT_EQ(unknown.samples, static_cast<int64_t>(samples));
      EXPECT_EQ(unknown.format, known.format);
      EXPECT_EQ(unknown.peak, known.peak);
    }
  }
}

TEST_F(EncodeDecodeTest, AHigherQualityIsALargerFile) {
  WriteAudio("in.wav", 50000);
  size_t last = 0;
  for (int quality = 1; quality <= 12; ++quality) {
    ASSERT_EQ(Run({"encode", "-f", "-q", std::to_string(quality), Path("in.wav"), Path("a.motet")})
                  .exit_code,
              0);
    EXPECT_GT(ReadBytes("a.motet").size(), last);
    last = ReadBytes("a.motet").size();
    ASSERT_EQ(Run({"decode", "-f", Path("a.motet"), Path("a.wav")}).exit_code, 0) << quality;
  }
}

TEST_F(EncodeDecodeTest, AnExistingOutputStaysUnlessForced) {
  WriteAudio("in.wav", 1000);
  WriteBytes("a.motet", {1, 2, 3});
  ExpectFailure({"encode", Path("in.wav"), Path("a.motet")}, {"a.motet", "exists", "--force"});
  EXPECT_EQ(ReadBytes("a.motet").size(), 3u);
  EXPECT_EQ(Run({"encode", "--force", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  EXPECT_GT(ReadBytes("a.motet").size(), 3u);
  WriteBytes("a.wav", {1, 2, 3});
  ExpectFailure({"decode", Path("a.motet"), Path("a.wav")}, {"a.wav", "exists"});
}

// As cp does it: the link stays, and leads to the new file.
TEST_F(EncodeDecodeTest, ASymbolicLinkAsOutputStaysALinkThoughItLeadsToNothingYet) {
  namespace fs = std::filesystem;
  WriteAudio("in.wav", 1000);
  fs::create_directory(Path("folder"));
  fs::create_symlink("folder/real.motet", Path("relative.motet"));
  fs::create_symlink(Path("folder/other.motet"), Path("absolute.motet"));
  fs::create_symlink("relative.motet", Path("chain.motet"));
  for (const auto& [link, target] : {std::pair("relative.motet", "folder/real.motet"),
                                     {"absolute.motet", "folder/other.motet"},
                                     {"chain.motet", "folder/real.motet"}}) {
    SCOPED_TRACE(link);
    fs::remove(Path(target));
    const Outcome fresh = Run({"encode", Path("in.wav"), Path(link)});
    EXPECT_EQ(fresh.exit_code, 0) << fresh.err;
    EXPECT_TRUE(fs::is_symlink(Path(link)));
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(Path(target))));
    EXPECT_EQ(Run({"encode", "-f", Path("in.wav"), Path(link)}).exit_code, 0) << "again";
    EXPECT_TRUE(fs::is_symlink(Path(link)));
  }
  EXPECT_EQ(Run({"decode", Path("chain.motet"), Path("out.wav")}).exit_code, 0);
  fs::create_symlink("none/real.motet", Path("lost.motet"));
  ExpectFailure({"encode", Path("in.wav"), Path("lost.motet")}, {"lost.motet", "No such file"});
  fs::create_symlink("round.motet", Path("round.motet"));
  ExpectFailure({"encode", Path("in.wav"), Path("round.motet")}, {"round.motet", "symbolic links"});
}

// As in a container, where the program has the same process id each time.
TEST_F(EncodeDecodeTest, ATemporaryFileThatWasLeftBehindIsInNobodysWay) {
  WriteAudio("in.wav", 1000);
  const std::string command =
      "cd " + folder_.string() + " && echo old > .a.motet.$$.part && " +
      "echo old > .a.motet.$$.1.part && exec env MOTET_MODEL=" + TestModelPath() + " " +
      MOTET_PROGRAM + " encode in.wav a.motet 2> log";
  EXPECT_EQ(std::system(("sh -c '" + command + "'").c_str()), 0);
  const std::vector<uint8_t> log = ReadBytes("log");
  EXPECT_TRUE(Exists("a.motet")) << std::string(log.begin(), log.end());
  EXPECT_EQ(Files().size(), 5u) << "a.motet, in.wav, log, and the two that were there";
}

TEST_F(EncodeDecodeTest, SaysInOneLineWhatItDid) {
  WriteAudio("in.wav", 441000);
  const Outcome encoded = Run({"encode", Path("in.wav"), Path("a.motet")});
  EXPECT_EQ(encoded.out, "");
  EXPECT_EQ(std::count(encoded.err.begin(), encoded.err.end(), '\n'), 1) << encoded.err;
  for (const char* word : {"a.motet", "10.00 s", "bytes", ":1", "kbit/s", "x real time"})
    EXPECT_NE(encoded.err.find(word), std::string::npos) << encoded.err;
  EXPECT_EQ(encoded.err.find('\r'), std::string::npos) << "a progress line without a terminal";
}

TEST_F(EncodeDecodeTest, DevicesAreWrittenDirectly) {
  WriteAudio("in.wav", 1000);
  EXPECT_EQ(Run({"encode", Path("in.wav"), "/dev/null"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace motet::cli
