// Tests that every bad input is one sentence with file and cause, exit code 1, and no file left
// behind; and that a command line that makes no sense is exit code 2. Damaged pages are tested here
// as a person meets them, bit by bit in core/tests/stream/stream_reader_test.cc.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>

#include "program.h"

namespace motet::cli {
namespace {

class BadInputTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    WriteAudio("in.wav", 200000);
    ASSERT_EQ(Run({"encode", Path("in.wav"), Path("good.motet")}).exit_code, 0);
    stream_ = ReadBytes("good.motet");
  }

  void WriteStream(const std::string& name, const std::vector<uint8_t>& bytes) {
    WriteBytes(name, bytes);
  }

  std::vector<uint8_t> stream_;
};

TEST_F(BadInputTest, AudioThatCannotBeRead) {
  ExpectFailure({"encode", Path("none.wav"), Path("x.motet")}, {"none.wav", "No such file"});
  WriteBytes("empty.wav", {});
  ExpectFailure({"encode", Path("empty.wav"), Path("x.motet")}, {"empty.wav", "empty"});
  WriteBytes("text.wav", std::vector<uint8_t>(5000, 'a'));
  ExpectFailure({"encode", Path("text.wav"), Path("x.motet")}, {"text.wav", "not an audio file"});
  ExpectFailure({"encode", folder_.string(), Path("x.motet")}, {"directory"});
  ExpectFailure({"encode", Path("good.motet"), Path("x.motet")},
                {"good.motet", "not an audio file"});
  ExpectFailure({"encode", "-", Path("x.motet")}, {"standard input"});
  WriteAudio("six.wav", 100, 6);
  ExpectFailure({"encode", Path("six.wav"), Path("x.motet")},
                {"six.wav", "6 channels", "mono and stereo"});
  WriteAudio("slow.wav", 100, 1, 900);
  ExpectFailure({"encode", Path("slow.wav"), Path("x.motet")}, {"slow.wav", "900 Hz"});
}

TEST_F(BadInputTest, AudioThatIsCutOff) {
  std::vector<uint8_t> wav = ReadBytes("in.wav");
  wav.resize(wav.size() / 2);
  WriteBytes("cut.wav", wav);
  ExpectFailure({"encode", Path("cut.wav"), Path("x.motet")}, {"cut.wav", "truncated"});
  ExpectFailure({"encode", "-", Path("x.motet")}, {"standard input", "truncated"},
                {.standard_input = Path("cut.wav"), .pipe_input = true});
  wav.resize(30);
  WriteBytes("cut.wav", wav);
  ExpectFailure({"encode", Path("cut.wav"), Path("x.motet")}, {"cut.wav"});
  WriteAudio("in.flac", 200000);
  std::vector<uint8_t> flac = ReadBytes("in.flac");
  flac.resize(flac.size() / 2);
  WriteBytes("cut.flac", flac);
  ExpectFailure({"encode", Path("cut.flac"), Path("x.motet")}, {"cut.flac"});
}

TEST_F(BadInputTest, AudioThatCannotBeReadFromAPipe) {
  WriteBytes("empty.wav", {});
  WriteBytes("short.wav", {'f', 'L'});
  WriteBytes("text.wav", std::vector<uint8_t>(5000, 'a'));
  const auto refused = [&](const char* name, const std::vector<std::string>& words,
                           const std::string& temporary_folder, uint64_t file_limit) {
    SCOPED_TRACE(name);
    ExpectFailure({"encode", "-", Path("x.motet")}, words,
                  {.standard_input = Path(name),
                   .pipe_input = true,
                   .temporary_folder = temporary_folder,
                   .file_limit = file_limit});
  };
  refused("empty.wav", {"standard input", "empty"}, folder_.string(), 0);
  refused("short.wav", {"standard input", "not an audio file"}, folder_.string(), 0);
  refused("text.wav", {"standard input", "not an audio file"}, folder_.string(), 0);
  WriteAudio("in.flac", 200000);
  std::vector<uint8_t> flac = ReadBytes("in.flac");
  flac.resize(flac.size() / 2);
  WriteBytes("cut.flac", flac);
  refused("cut.flac", {"standard input", "cannot be read"}, folder_.string(), 0);
  refused("in.flac", {"temporary file", "No such file or directory"}, Path("none"), 0);
  refused("in.flac", {"temporary file", "too large"}, folder_.string(), 10000);
}

TEST_F(BadInputTest, LongWavWhoseSizeDoesNotHold) {
  WriteAudio("in.rf64", 5000);
  std::vector<uint8_t> rf64 = ReadBytes("in.rf64");
  EXPECT_EQ(Run({"encode", Path("in.rf64"), Path("rf64.motet")}).exit_code, 0);
  rf64.resize(rf64.size() / 2);
  WriteBytes("cut.rf64", rf64);
  ExpectFailure({"encode", Path("cut.rf64"), Path("x.motet")},
                {"cut.rf64", "truncated", "20000 bytes"});

  std::vector<uint8_t> wav = ReadBytes("in.wav");
  const auto write_size = [&](uint32_t size) {
    for (size_t i = 0; i < 4; ++i) wav[40 + i] = static_cast<uint8_t>(size >> (8 * i));
    WriteBytes("size.wav", wav);
  };
  ASSERT_EQ(std::string(wav.begin() + 36, wav.begin() + 40), "data");
  for (const uint32_t size : {0x90000000u, 0x80000004u, 0xFFFFEFFCu}) {
    write_size(size);
    ExpectFailure({"encode", Path("size.wav"), Path("x.motet")},
                  {"size.wav", "truncated", std::to_string(size) + " bytes"});
  }
  // What programs write that do not know the size is no promise.
  for (const uint32_t size : {0x7FFFF000u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFF000u, 0xFFFFFFFFu}) {
    write_size(size);
    const Outcome outcome = Run({"encode", "-f", Path("size.wav"), Path("size.motet")});
    EXPECT_EQ(outcome.exit_code, 0) << size << outcome.err;
    EXPECT_EQ(ReadBytes("size.motet"), stream_) << size;
  }
  // But where more follows, libsndfile would stop. The file has a hole: it takes no space.
  for (const uint32_t size : {0x7FFFF000u, 0xFFFFFFFFu}) {
    write_size(size);
    std::filesystem::resize_file(Path("size.wav"), uint64_t{size} + 1000000);
    ExpectFailure({"encode", Path("size.wav"), Path("x.motet")},
                  {"size.wav", "WAV header", "RF64, W64 or FLAC"});
  }
}

TEST_F(BadInputTest, ModelsThatCannotBeUsed) {
  const std::string model = TestModelPath();
  const std::string out = Path("x.motet");
  ExpectFailure({"encode", "-m", Path("none.motetmodel"), Path("in.wav"), out},
                {"none.motetmodel"});
  ExpectFailure({"encode", "-m", Path("in.wav"), Path("in.wav"), out}, {"in.wav"});
  ExpectFailure({"info", Path("in.wav")}, {"in.wav", "neither"});
  std::ifstream file(model, std::ios::binary);
  const std::vector<uint8_t> good((std::istreambuf_iterator<char>(file)), {});
  const auto refused = [&](const std::vector<uint8_t>& bytes) {
    WriteBytes("bad.motetmodel", bytes);
    ExpectFailure({"encode", "-m", Path("bad.motetmodel"), Path("in.wav"), out},
                  {"bad.motetmodel"});
    ExpectFailure({"decode", "-m", Path("bad.motetmodel"), Path("good.motet"), Path("x.wav")},
                  {"bad.motetmodel"});
    ExpectFailure({"info", Path("bad.motetmodel")}, {"bad.motetmodel"});
  };
  refused({});
  refused({good.begin(), good.begin() + 5});
  refused({good.begin(), good.begin() + 64});
  refused({good.begin(), good.end() - 100});
  for (const size_t at : {size_t{0}, size_t{8}, size_t{12}, size_t{16}, size_t{24}, size_t{70},
                          good.size() / 2}) {  // magic, version, sizes, JSON, weights
    std::vector<uint8_t> bytes = good;
    bytes[at] ^= 1;
    SCOPED_TRACE(at);
    refused(bytes);
  }
}

TEST_F(BadInputTest, StreamsThatCannotBeRead) {
  const std::string out = Path("x.wav");
  ExpectFailure({"decode", Path("none.motet"), out}, {"none.motet", "No such file"});
  WriteStream("empty.motet", {});
  ExpectFailure({"decode", Path("empty.motet"), out}, {"empty.motet", "empty"});
  ExpectFailure({"decode", Path("in.wav"), out}, {"in.wav", "not a motet stream"});
  ExpectFailure({"decode", TestModelPath(), out}, {"not a motet stream"});
  std::vector<uint8_t> bytes = stream_;
  bytes[8] = 7;
  WriteStream("newer.motet", bytes);
  ExpectFailure({"decode", Path("newer.motet"), out}, {"newer.motet", "version 7"});
  bytes = stream_;
  bytes[30] ^= 1;
  WriteStream("header.motet", bytes);
  ExpectFailure({"decode", Path("header.motet"), out}, {"header.motet", "damaged header"});
  for (const size_t size : {size_t{5}, size_t{40}, size_t{54}, size_t{100}, stream_.size() - 1}) {
    WriteStream("cut.motet", {stream_.begin(), stream_.begin() + static_cast<ptrdiff_t>(size)});
    ExpectFailure({"decode", Path("cut.motet"), out}, {"cut.motet", "ends"});
    ExpectFailure({"decode", Path("cut.motet"), Path("x.flac")}, {"cut.motet", "ends"});
  }
}

TEST_F(BadInputTest, AStreamOfAnotherModelNamesBothIdentities) {
  ExpectFailure({"decode", "-m", OtherModelPath(), Path("good.motet"), Path("x.wav")},
                {"good.motet", "ffffffffffffffff", "was encoded with model"});
}

TEST_F(BadInputTest, ADamagedStreamFailsUnlessItIsToBeConcealed) {
  std::vector<uint8_t> bytes = stream_;
  bytes[54 + 14 + 20] ^= 1;  // in the first page of packets
  WriteStream("damaged.motet", bytes);
  ExpectFailure({"decode", Path("damaged.motet"), Path("x.wav")},
                {"damaged.motet", "packets 0 to 127", "--conceal"});
  const Outcome outcome =
      Run({"decode", "--conceal", "--max-gap", "inf", Path("damaged.motet"), Path("x.wav")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("packets 0 to 127"), std::string::npos) << outcome.err;
  EXPECT_EQ(ReadAudioFacts(Path("x.wav")).samples, 200000) << "a gap does not shift what follows";

  const Outcome info = Run({"info", Path("damaged.motet")});
  EXPECT_EQ(info.exit_code, 1);
  EXPECT_NE(info.err.find("128 packets are lost"), std::string::npos) << info.err;
}

TEST_F(BadInputTest, FeaturesOfAStreamWithAPageMissingFail) {
  std::vector<uint8_t> bytes = stream_;
  bytes.erase(bytes.begin() + 54, bytes.begin() + 54 + 14 + 128 * 14);  // the first page, whole
  WriteStream("page.motet", bytes);
  const Outcome outcome = Run({"info", "--features", Path("page.motet")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("128 packets are lost"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("0 bytes belong to no page"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("\n2.9722,"), std::string::npos) << "what follows has its time";
}

TEST_F(BadInputTest, AStreamThatEndsEarlyIsDecodedUpToThereWhenConcealed) {
  WriteStream("cut.motet", {stream_.begin(), stream_.begin() + 54 + 14 + 128 * 14 + 100});
  const Outcome outcome = Run({"decode", "--conceal", Path("cut.motet"), Path("x.wav")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const int64_t samples = ReadAudioFacts(Path("x.wav")).samples;
  EXPECT_LE(samples, 128 * 1024);
  EXPECT_GE(samples, 128 * 1024 - 8192) << "all but the delay";
  WriteStream("cut.motet", {stream_.begin(), stream_.begin() + 100});
  ExpectFailure({"decode", "--conceal", "-f", Path("cut.motet"), Path("x.wav")}, {"cut.motet"});
}

TEST_F(BadInputTest, ForeignBytesBetweenPagesAreDamageToo) {
  std::vector<uint8_t> bytes = stream_;
  bytes.insert(bytes.begin() + 54, 100, uint8_t{7});
  WriteStream("foreign.motet", bytes);
  ExpectFailure({"decode", Path("foreign.motet"), Path("x.wav")}, {"foreign.motet", "100 bytes"});
  EXPECT_EQ(Run({"decode", "--conceal", Path("foreign.motet"), Path("x.wav")}).exit_code, 0);
}

TEST_F(BadInputTest, NoRandomDamageCrashesOrPassesUnnoticed) {
  std::mt19937 random(3);
  for (int i = 0; i < (UnderSanitizer() ? 10 : 40); ++i) {
    std::vector<uint8_t> bytes = stream_;
    bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1u << (random() % 8));
    WriteStream("flipped.motet", bytes);
    ExpectFailure({"decode", Path("flipped.motet"), Path("x.wav")}, {"flipped.motet"});
    const Outcome outcome = Run({"decode", "--conceal", Path("flipped.motet"), Path("y.wav")});
    EXPECT_TRUE(outcome.exit_code == 0 || outcome.exit_code == 1) << outcome.err;
    EXPECT_EQ(Exists("y.wav"), outcome.exit_code == 0);
    std::filesystem::remove(Path("y.wav"));
  }
}

TEST_F(BadInputTest, OutputsThatCannotBeWritten) {
  ExpectFailure({"encode", Path("in.wav"), Path("none/x.motet")}, {"none/x.motet", "No such file"});
  ExpectFailure({"encode", Path("in.wav"), folder_.string()}, {"directory"});
  ExpectFailure({"encode", Path("in.wav"), Path("in.wav/x.motet")},
                {"in.wav/x.motet", "Not a directory"});
  ExpectFailure({"decode", Path("good.motet"), Path("none/x.wav")}, {"none/x.wav", "No such file"});
  if (geteuid() != 0) {
    std::filesystem::create_directory(Path("closed"));
    std::filesystem::permissions(
        Path("closed"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    ExpectFailure({"encode", Path("in.wav"), Path("closed/x.motet")},
                  {"closed/x.motet", "Permission denied"});
  }
}

TEST_F(BadInputTest, TheInputIsNeverTheOutput) {
  std::filesystem::copy_file(Path("in.wav"), Path("same.wav"));
  std::filesystem::create_hard_link(Path("same.wav"), Path("link.wav"));
  const std::vector<uint8_t> before = ReadBytes("same.wav");
  ExpectFailure({"encode", "-f", Path("same.wav"), Path("same.wav")}, {"same.wav", "same file"});
  ExpectFailure({"encode", "-f", Path("same.wav"), Path("link.wav")}, {"link.wav", "same file"});
  EXPECT_EQ(ReadBytes("same.wav"), before);
}

TEST_F(BadInputTest, AFullDiskIsReported) {
  ExpectFailure({"encode", Path("in.wav"), "/dev/full"}, {"/dev/full", "No space left"});
  ExpectFailure({"decode", Path("good.motet"), "-"}, {}, {.file_limit = 1000});
  // A file that may not grow stands for a disk that fills up half way.
  ExpectFailure({"encode", Path("in.wav"), Path("x.motet")}, {"x.motet", "File too large"},
                {.file_limit = 1000});
  ExpectFailure({"decode", Path("good.motet"), Path("x.wav")}, {"x.wav", "File too large"},
                {.file_limit = 100000});
  ExpectFailure({"decode", Path("good.motet"), Path("x.flac")}, {"x.flac", "File too large"},
                {.file_limit = 10000});
}

TEST_F(BadInputTest, CommandLinesThatMakeNoSenseAreUsageErrors) {
  const std::string in = Path("in.wav");
  const std::string out = Path("x.motet");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"sing"},
           {"--what"},
           {"encode"},
           {"encode", "-"},
           {"encode", "-j", "0", in},
           {"encode", "-o", out, in},
           {"encode", "--what", in, out},
           {"encode", "-q", "0", in, out},
           {"encode", "-q", "13", in, out},
           {"encode", "-q", "high", in, out},
           {"encode", "-q", "1.5", in, out},
           {"encode", "--tag", "nothing", in, out},
           {"encode", "--tag", "=value", in, out},
           {"decode", Path("good.motet"), Path("x.mp3")},
           {"decode", Path("good.motet"), Path("x")},
           {"decode", "--conceal", "--max-gap", "-1", Path("good.motet"), Path("x.wav")},
           {"decode", "--conceal", "--max-gap", "nan", Path("good.motet"), Path("x.wav")},
           {"cut", "--end", "1", Path("good.motet"), Path("x.wav")},
           {"decode", "--bits", "8", Path("good.motet"), Path("x.wav")},
           {"decode", "--float", "--bits", "24", Path("good.motet"), Path("x.wav")},
           {"decode", "--float", Path("good.motet"), Path("x.flac")},
           {"bench", "--seconds", "0"},
           {"bench", "--seconds", "-1"},
           {"compare", in},
       }) {
    const std::vector<std::string> before = Files();
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << ::testing::PrintToString(arguments) << outcome.err;
    EXPECT_EQ(outcome.err.rfind("motet: ", 0), 0u) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(Files(), before);
  }
  for (const char* word : {"sing", "--what"}) {
    const Outcome unknown = Run({word, in});
    EXPECT_NE(unknown.err.find("'" + std::string(word) + "'"), std::string::npos) << unknown.err;
    EXPECT_NE(unknown.err.find("encode, decode"), std::string::npos) << unknown.err;
  }
  EXPECT_NE(Run({"encode", "--what"}).err.find("(see motet encode --help)"), std::string::npos);
  const Outcome suffix = Run({"decode", Path("good.motet"), Path("x.mp3")});
  for (const char* word : {"x.mp3", ".wav", ".flac"})
    EXPECT_NE(suffix.err.find(word), std::string::npos) << suffix.err;
}

TEST_F(BadInputTest, TagsThatAreNotTextAreRefused) {
  ExpectFailure({"encode", "--title", "\xFF\xFE", Path("in.wav"), Path("x.motet")},
                {"title", "UTF-8"});
}

}  // namespace
}  // namespace motet::cli
