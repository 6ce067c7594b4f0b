// Tests that no part of an audio file is encoded as if it were the whole: every container that
// libsndfile can write here, in every coding, cut at several places, as a file and through a pipe;
// headers that were never completed; files one after another in one. Whatever the container, the
// program says what is missing and ends with 1, or reads all there is and says so.
#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

#include "program.h"

namespace motet::cli {
namespace {

constexpr size_t kSamples = 20000;

class CutAudioTest : public ProgramTest {
 protected:
  struct Encoded {
    int exit_code = -1;
    uint64_t samples = 0;
    std::vector<std::string> said;  // lines that begin with the program's name
  };

  Encoded Encode(const std::string& name, bool through_pipe,
                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"encode", "-f", through_pipe ? "-" : Path(name),
                                          Path("x.motet")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::filesystem::remove(Path("x.motet"));
    RunOptions options;
    if (through_pipe) {
      options.standard_input = Path(name);
      options.pipe_input = true;
    }
    const Outcome outcome = Run(arguments, options);
    Encoded encoded{.exit_code = outcome.exit_code, .samples = 0, .said = {}};
    std::istringstream lines(outcome.err);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("motet: ")) {
        encoded.said.push_back(line);
      } else {
        EXPECT_NE(line.find(" -> "), std::string::npos) << "a library speaks itself: " << line;
      }
    }
    const std::vector<uint8_t> stream = ReadBytes("x.motet");
    for (size_t i = 0; i < 8 && stream.size() >= 8; ++i)  // the end page's payload
      encoded.samples |= uint64_t{stream[stream.size() - 8 + i]} << (8 * i);
    return encoded;
  }

  // All of a file, and every part of it.
  void Check(const std::string& name, const std::vector<double>& parts) {
    SCOPED_TRACE(name);
    const std::vector<uint8_t> bytes = ReadBytes(name);
    const Encoded whole = Encode(name, false);
    ASSERT_EQ(whole.exit_code, 0) << ::testing::PrintToString(whole.said);
    EXPECT_GE(whole.samples, kSamples * 99 / 100) << "HTK has no exact rates";
    for (const double part : parts) {
      const size_t size =
          std::min(static_cast<size_t>(part * static_cast<double>(bytes.size())), bytes.size() - 1);
      WriteBytes("cut", {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)});
      for (const bool through_pipe : {false, true}) {
        SCOPED_TRACE(::testing::Message() << size << " of " << bytes.size() << " bytes"
                                          << (through_pipe ? " through a pipe" : ""));
        const Encoded cut = Encode("cut", through_pipe);
        if (cut.exit_code == 0) {
          EXPECT_TRUE(!cut.said.empty() || cut.samples == whole.samples)
              << cut.samples << " samples of " << whole.samples << ", and not a word";
        } else {
          EXPECT_EQ(cut.exit_code, 1);
          EXPECT_EQ(cut.said.size(), 1u);
        }
      }
    }
  }

  // False if libsndfile cannot write this.
  bool Write(const std::string& name, int format, size_t samples = kSamples) const {
    for (const int channels : {2, 1}) {
      for (const int rate : {44100, 8000, 48000}) {
        SF_INFO facts{};
        facts.samplerate = rate;
        facts.channels = channels;
        facts.format = format;
        if (sf_format_check(&facts) == 0) continue;
        SNDFILE* file = sf_open(Path(name).c_str(), SFM_WRITE, &facts);
        if (file == nullptr) continue;
        std::vector<float> music(samples * static_cast<size_t>(channels));
        for (size_t i = 0; i < music.size(); ++i)
          music[i] = static_cast<float>(0.4 * std::sin(0.05 * static_cast<double>(i)));
        const bool is_written =
            sf_writef_float(file, music.data(), static_cast<sf_count_t>(samples)) ==
            static_cast<sf_count_t>(samples);
        if (sf_close(file) == 0 && is_written && ReadAudioFacts(Path(name)).samples > 0)
          return true;
      }
    }
    return false;
  }
};

std::vector<int> FormatsOf(int count_command, int format_command) {
  int count = 0;
  sf_command(nullptr, count_command, &count, sizeof(count));
  std::vector<int> formats;
  for (int i = 0; i < count; ++i) {
    SF_FORMAT_INFO info{};
    info.format = i;
    sf_command(nullptr, format_command, &info, sizeof(info));
    formats.push_back(info.format);
  }
  return formats;
}

// Of a name that a message can show.
std::string FileName(int format) {
  SF_FORMAT_INFO info{};
  info.format = format & SF_FORMAT_TYPEMASK;
  sf_command(nullptr, SFC_GET_FORMAT_INFO, &info, sizeof(info));
  std::string name = std::string("coding") + std::to_string(format & SF_FORMAT_SUBMASK) + "." +
                     (info.extension != nullptr ? info.extension : "");
  return name;
}

TEST_F(CutAudioTest, NoPartOfAnyContainerPassesForTheWholeInSilence) {
  size_t tried = 0;
  for (const int container : FormatsOf(SFC_GET_FORMAT_MAJOR_COUNT, SFC_GET_FORMAT_MAJOR)) {
    // A headerless file cannot be known; SD2 keeps its header in another file.
    if (container == SF_FORMAT_RAW || container == SF_FORMAT_SD2) continue;
    bool is_first = true;
    for (const int coding : FormatsOf(SFC_GET_FORMAT_SUBTYPE_COUNT, SFC_GET_FORMAT_SUBTYPE)) {
      const std::string name = FileName(container | coding);
      if (!Write(name, container | coding)) continue;
      if (is_first) {
        Check(name, UnderSanitizer() ? std::vector<double>{0.5}
                                     : std::vector<double>{0.004, 0.1, 0.5, 0.9, 1.0});
        ++tried;
      } else if (!UnderSanitizer()) {
        Check(name, {0.6});
      }
      is_first = false;
      std::filesystem::remove(Path(name));
      if (HasFailure()) return;
    }
    EXPECT_FALSE(is_first) << std::hex << container << " in no coding";
  }
  EXPECT_GE(tried, 20u) << "containers";
}

TEST_F(CutAudioTest, BothByteOrdersOfWavAndAuAreKnown) {
  ASSERT_TRUE(Write("big.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG));
  Check("big.wav", {0.5});
  ASSERT_TRUE(Write("little.au", SF_FORMAT_AU | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE));
  Check("little.au", {0.5});
}

// What is missing is said in numbers, and --partial takes the rest.
TEST_F(CutAudioTest, PartialEncodesWhatIsThereAndSaysWhatIsMissing) {
  for (const int format : {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_AIFF | SF_FORMAT_PCM_16,
                           SF_FORMAT_W64 | SF_FORMAT_PCM_16, SF_FORMAT_AU | SF_FORMAT_PCM_16}) {
    ASSERT_TRUE(Write("in", format));
    std::vector<uint8_t> bytes = ReadBytes("in");
    bytes.resize(bytes.size() - 40000);
    WriteBytes("cut", bytes);
    for (const bool through_pipe : {false, true}) {
      const Encoded refused = Encode("cut", through_pipe);
      EXPECT_EQ(refused.exit_code, 1);
      EXPECT_NE(refused.said.at(0).find("truncated"), std::string::npos) << refused.said[0];
      EXPECT_NE(refused.said.at(0).find("--partial"), std::string::npos) << refused.said[0];
      const Encoded partial = Encode("cut", through_pipe, {"--partial"});
      EXPECT_EQ(partial.exit_code, 0);
      EXPECT_EQ(partial.samples, kSamples - 10000);
      ASSERT_EQ(partial.said.size(), 1u);
      EXPECT_NE(partial.said[0].find("truncated"), std::string::npos) << partial.said[0];
    }
  }
  ASSERT_TRUE(Write("in", SF_FORMAT_FLAC | SF_FORMAT_PCM_16));
  std::vector<uint8_t> flac = ReadBytes("in");
  flac.resize(flac.size() / 2);
  WriteBytes("cut", flac);
  const Encoded refused = Encode("cut", false);
  EXPECT_NE(refused.said.at(0).find("--partial"), std::string::npos) << refused.said[0];
  const Encoded partial = Encode("cut", false, {"--partial"});
  EXPECT_EQ(partial.exit_code, 0);
  EXPECT_GT(partial.samples, 0u);
  EXPECT_FALSE(partial.said.empty());
}

// libmpg123 would warn on standard error of its own of a size in the header that does not hold.
TEST_F(CutAudioTest, PartOfAnMp3IsEncodedWithoutAWordFromItsLibrary) {
  if (!Write("in.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 200000))
    GTEST_SKIP() << "this libsndfile writes no MP3";
  std::vector<uint8_t> bytes = ReadBytes("in.mp3");
  std::vector<uint8_t> twice = bytes;
  twice.insert(twice.end(), bytes.begin(), bytes.end());
  WriteBytes("twice", twice);
  EXPECT_EQ(Encode("twice", false).said.size(), 1u);
  bytes.resize(bytes.size() / 2);
  WriteBytes("cut", bytes);
  EXPECT_EQ(Encode("cut", false, {"--partial"}).said.size(), 1u);
}

// As a recorder leaves it that was killed, and a program that writes to a pipe.
TEST_F(CutAudioTest, AHeaderThatWasNeverCompletedIsReadToTheEndOfTheFile) {
  struct Case {
    const char* name;
    int format;
    std::string before;  // the size in question follows this
    std::vector<uint8_t> size;
  };
  const std::vector<uint8_t> zero(4, 0), ones(4, 0xFF);
  for (const Case& c : {
           Case{"zero.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, "data", zero},
           Case{"ones.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, "data", ones},
           Case{"big.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG, "data", zero},
           Case{"zero.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, "", {}},
           Case{"zero.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, "SSND", zero},
           Case{"sox.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, "SSND", {0x7F, 0, 0, 8}},
           Case{"ones.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, ".snd", {}},
           Case{"zero.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, "data", {}},
           Case{"ones.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, "data",
                std::vector<uint8_t>(8, 0xFF)},
       }) {
    SCOPED_TRACE(c.name);
    ASSERT_TRUE(Write(c.name, c.format));
    std::vector<uint8_t> bytes = ReadBytes(c.name);
    const auto set = [&bytes](const std::string& after, ptrdiff_t skip,
                              const std::vector<uint8_t>& value) {
      const auto at = std::search(bytes.begin(), bytes.end(), after.begin(), after.end());
      ASSERT_NE(at, bytes.end());
      std::copy(value.begin(), value.end(), at + static_cast<ptrdiff_t>(after.size()) + skip);
    };
    const std::string name = c.name;
    if (name == "zero.rf64") set("ds64", 4, std::vector<uint8_t>(24, 0));
    if (name == "ones.au") set(".snd", 4, ones);
    if (name == "zero.w64") set("data", 12, std::vector<uint8_t>(8, 0));
    if (!c.size.empty()) set(c.before, 0, c.size);
    if (name == "zero.aiff") set("COMM", 6, zero);  // samples, too
    // The size of the whole says 0, 36 or the truth.
    std::vector<std::vector<uint8_t>> whole_sizes = {{bytes.begin() + 4, bytes.begin() + 8}};
    if (name == "zero.wav" || name == "zero.aiff") {
      whole_sizes.push_back({0, 0, 0, 0});
      whole_sizes.push_back({36, 0, 0, 0});
    }
    for (const std::vector<uint8_t>& whole_size : whole_sizes) {
      std::copy(whole_size.begin(), whole_size.end(), bytes.begin() + 4);
      WriteBytes(name, bytes);
      for (const bool through_pipe : {false, true}) {
        const Encoded encoded = Encode(name, through_pipe);
        EXPECT_EQ(encoded.exit_code, 0) << ::testing::PrintToString(encoded.said);
        EXPECT_EQ(encoded.samples, kSamples);
        ASSERT_EQ(encoded.said.size(), 1u);
        EXPECT_NE(encoded.said[0].find("does not say how long it is"), std::string::npos);
      }
    }
  }
}

TEST_F(CutAudioTest, AnEmptyFileWithOtherChunksIsEmpty) {
  ASSERT_TRUE(Write("in.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16));
  std::vector<uint8_t> wav = ReadBytes("in.wav");
  wav.resize(44);
  std::fill_n(wav.begin() + 40, 4, uint8_t{0});
  const std::string list = std::string("LIST\x0E\0\0\0INFOINAM\2\0\0\0a\0", 22);
  wav.insert(wav.end(), list.begin(), list.end());
  WriteBytes("empty.wav", wav);
  for (const bool through_pipe : {false, true}) {
    const Encoded encoded = Encode("empty.wav", through_pipe);
    EXPECT_EQ(encoded.exit_code, 0);
    EXPECT_EQ(encoded.samples, 0u);
    EXPECT_TRUE(encoded.said.empty()) << encoded.said[0];
  }
}

TEST_F(CutAudioTest, FilesOneAfterAnotherAreReadOneAfterAnotherOrNamed) {
  struct Case {
    const char* name;
    int format;
    uint64_t samples;  // of two
  };
  for (const Case& c : {Case{"a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 2 * kSamples},
                        Case{"a.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 0},
                        Case{"a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 2 * kSamples},
                        Case{"a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 0},
                        Case{"a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, kSamples},
                        Case{"a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, kSamples},
                        Case{"a.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, kSamples},
                        Case{"a.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, kSamples},
                        Case{"a.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, kSamples}}) {
    if (!Write(c.name, c.format)) continue;
    SCOPED_TRACE(c.name);
    const uint64_t single = Encode(c.name, false).samples;
    std::vector<uint8_t> bytes = ReadBytes(c.name);
    const std::vector<uint8_t> once = bytes;
    bytes.insert(bytes.end(), once.begin(), once.end());
    WriteBytes(c.name, bytes);
    for (const bool through_pipe : {false, true}) {
      const Encoded encoded = Encode(c.name, through_pipe);
      EXPECT_EQ(encoded.exit_code, 0) << ::testing::PrintToString(encoded.said);
      EXPECT_FALSE(encoded.said.empty());
      if (c.samples > 0) {
        EXPECT_EQ(encoded.samples, c.samples);
      } else {
        EXPECT_GE(encoded.samples, 2 * single) << "both";
      }
    }
  }
}

TEST_F(CutAudioTest, OggLinksThatDifferAreRefused) {
  WriteAudio("a.ogg", kSamples, 2);
  WriteAudio("b.ogg", kSamples, 1);
  std::vector<uint8_t> bytes = ReadBytes("a.ogg");
  const std::vector<uint8_t> second = ReadBytes("b.ogg");
  bytes.insert(bytes.end(), second.begin(), second.end());
  WriteBytes("both.ogg", bytes);
  ExpectFailure({"encode", Path("both.ogg"), Path("x.motet")},
                {"both.ogg", "2 channels", "then 1"});
}

TEST_F(CutAudioTest, APageThatIsMissingFromOggIsSaid) {
  WriteAudio("in.ogg", 400000);
  std::vector<uint8_t> ogg = ReadBytes("in.ogg");
  std::vector<ptrdiff_t> pages;
  const std::string magic = "OggS";
  for (auto at = ogg.begin(); at != ogg.end(); ++at) {
    at = std::search(at, ogg.end(), magic.begin(), magic.end());
    if (at == ogg.end()) break;
    pages.push_back(at - ogg.begin());
  }
  ASSERT_GE(pages.size(), 6u);
  std::vector<uint8_t> damaged = ogg;
  damaged[static_cast<size_t>(pages[4]) + 100] ^= 1;
  WriteBytes("damaged.ogg", damaged);
  ogg.erase(ogg.begin() + pages[4], ogg.begin() + pages[5]);
  WriteBytes("lacks.ogg", ogg);
  for (const char* name : {"damaged.ogg", "lacks.ogg"}) {
    const Encoded encoded = Encode(name, false);
    EXPECT_FALSE(encoded.said.empty()) << name;
  }
}

// Frames of many bits in front, few behind: libsndfile takes the first for the mean.
TEST_F(CutAudioTest, AllOfAnMp3OfVaryingRateAndNoLengthIsRead) {
  SF_INFO facts{};
  facts.samplerate = 44100;
  facts.channels = 2;
  facts.format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
  if (sf_format_check(&facts) == 0) GTEST_SKIP() << "this libsndfile writes no MP3";
  std::vector<uint8_t> joined;
  for (const double level : {0.0, 1.0}) {  // of compression
    SNDFILE* file = sf_open(Path("part.mp3").c_str(), SFM_WRITE, &facts);
    ASSERT_NE(file, nullptr);
    int mode = SF_BITRATE_MODE_CONSTANT;
    double compression = level;
    sf_command(file, SFC_SET_BITRATE_MODE, &mode, sizeof(mode));
    sf_command(file, SFC_SET_COMPRESSION_LEVEL, &compression, sizeof(compression));
    const std::vector<float> music((level < 0.5 ? 20000 : 200000) * 2, 0.1f);
    sf_writef_float(file, music.data(), static_cast<sf_count_t>(music.size() / 2));
    sf_close(file);
    std::vector<uint8_t> part = ReadBytes("part.mp3");
    const std::string mark = level < 0.5 ? "Info" : "none";
    const auto at = std::search(part.begin(), part.end(), mark.begin(), mark.end());
    if (at != part.end()) std::fill_n(at, 4, uint8_t{0});  // a frame like any other
    joined.insert(joined.end(), part.begin(), part.end());
  }
  WriteBytes("in.mp3", joined);
  const Encoded encoded = Encode("in.mp3", false);
  EXPECT_EQ(encoded.exit_code, 0);
  EXPECT_GE(encoded.samples, 220000u);
}

TEST_F(CutAudioTest, Bw64IsRf64ByAnotherName) {
  ASSERT_TRUE(Write("in.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16));
  std::vector<uint8_t> bytes = ReadBytes("in.rf64");
  std::copy_n("BW64", 4, bytes.begin());
  WriteBytes("in.bw64", bytes);
  for (const bool through_pipe : {false, true}) {
    const Encoded encoded = Encode("in.bw64", through_pipe);
    EXPECT_EQ(encoded.exit_code, 0);
    EXPECT_EQ(encoded.samples, kSamples);
    EXPECT_TRUE(encoded.said.empty());
  }
  Check("in.bw64", {0.5});
}

}  // namespace
}  // namespace motet::cli
