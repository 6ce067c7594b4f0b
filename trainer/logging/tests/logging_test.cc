// The log of a run: checksums and framing against published values, pictures and sounds that decode
// to what went in, and files that a resumed run carries on. That TensorBoard reads the event files
// is tested by tensorboard_test.sh.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "event.pb.h"
#include "logging/build_info.h"
#include "logging/crc32c.h"
#include "logging/record_file.h"
#include "logging/run_log.h"
#include "logging/spectrogram.h"
#include "support/work_folder.h"

namespace motet::logging {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using motet::testing::WorkFolder;

std::string ReadFile(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<float> Tone(double hz, std::size_t samples, double amplitude) {
  std::vector<float> tone(samples);
  for (std::size_t i = 0; i < samples; ++i)
    tone[i] =
        static_cast<float>(amplitude * std::sin(2 * M_PI * hz * static_cast<double>(i) / 44100));
  return tone;
}

TEST(Crc32cTest, GivesThePublishedValues) {
  // RFC 3720, B.4.
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  EXPECT_EQ(Crc32c(rising), 0x46DD794EU);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283U);
}

TEST(RecordFileTest, FramesAsTensorFlowDoes) {
  // TensorFlow's own files begin like this: 24 bytes, and the checksum of that number.
  const std::string record = FrameRecord(std::string(24, 'x'));
  ASSERT_EQ(record.size(), 8 + 4 + 24 + 4U);
  EXPECT_EQ(record.substr(0, 12), std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12));
  EXPECT_EQ(record.substr(12, 24), std::string(24, 'x'));
  EXPECT_NE(record.substr(36), FrameRecord(std::string(24, 'y')).substr(36));
}

TEST(ImageTest, PngDecodesToThePixelsThatWentIn) {
  RgbImage image{3, 2, {}};
  for (int i = 0; i < 18; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 14));
  const std::string bytes = EncodePng(image);
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_memory(&header, bytes.data(), bytes.size()), 0);
  EXPECT_EQ(header.width, 3U);
  EXPECT_EQ(header.height, 2U);
  header.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(header));
  ASSERT_NE(png_image_finish_read(&header, nullptr, pixels.data(), 0, nullptr), 0);
  EXPECT_EQ(pixels, image.pixels);
  image.pixels.pop_back();
  EXPECT_THROW(EncodePng(image), std::runtime_error);
}

TEST(SoundTest, WavDecodesToTheSamplesThatWentInAndClips) {
  const Sound sound{44100, {{0.0F, 0.5F, -0.25F, 2.0F}, {0.25F, -1.0F, 0.0F, -2.0F}}};
  const WorkFolder temp;
  fs::create_directories(temp.path());
  const fs::path path = temp.path() / "sound.wav";
  std::ofstream(path, std::ios::binary) << EncodeWav(sound);
  SF_INFO info{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  ASSERT_NE(file, nullptr);
  std::vector<float> samples(8);
  EXPECT_EQ(sf_readf_float(file, samples.data(), 4), 4);
  sf_close(file);
  EXPECT_EQ(info.samplerate, 44100);
  EXPECT_EQ(info.channels, 2);
  EXPECT_EQ(info.frames, 4);
  const std::vector<float> wanted = {0, 0.25F, 0.5F, -1, -0.25F, 0, 1, -1};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(samples[i], wanted[i], 1.1 / 32768) << i;
}

// The brightest row of a column, as a frequency.
double BrightestHz(const RgbImage& image, int column, const SpectrogramOptions& options) {
  int best = 0, brightness = -1;
  for (int row = 0; row < image.height; ++row) {
    const auto at = 3 * static_cast<std::size_t>(row * image.width + column);
    const int value = image.pixels[at] + image.pixels[at + 1] + image.pixels[at + 2];
    if (value > brightness) {
      brightness = value;
      best = image.height - 1 - row;
    }
  }
  return options.lowest_hz *
         std::pow(options.highest_hz / options.lowest_hz, (best + 0.5) / options.height);
}

TEST(SpectrogramTest, AToneStandsAtItsFrequencyAndSilenceIsBlack) {
  const SpectrogramOptions options;
  for (const double hz : {440.0, 2000.0, 10000.0}) {
    const RgbImage image = Spectrogram(Tone(hz, 22050, 0.1), 44100, options);
    EXPECT_EQ(image.width, (22050 - options.window) / options.hop + 1);
    // Within one bin and one row.
    EXPECT_NEAR(BrightestHz(image, image.width / 2, options), hz, 22 + 0.025 * hz);
  }
  const RgbImage silence = Spectrogram(std::vector<float>(100), 44100);
  EXPECT_EQ(silence.width, 1);
  EXPECT_LE(*std::ranges::max_element(silence.pixels), 4);
}

TEST(RunLogTest, WritesConfigurationProvenanceLinesAndRows) {
  const WorkFolder run;
  {
    RunLog log(run.path(), 0, {{"seed", 7}});
    log.Start({{"device", "cpu"}});
    log.Training({{"step", 20}, {"loss", 1.5}});
    log.Validation({{"step", 20}, {"mel", {{"6", 2.25}}}, {"perplexity", {100, 200.5}}});
  }
  EXPECT_EQ(json::parse(ReadFile(run.path() / "config.json")), json({{"seed", 7}}));
  const json starts = json::parse(ReadFile(run.path() / "run.json"));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0]["device"], "cpu");
  EXPECT_EQ(starts[0]["commit"], ProgramCommit());
  EXPECT_EQ(ReadFile(run.path() / "log.jsonl"),
            "{\"loss\":1.5,\"step\":20}\n"
            "{\"validation\":{\"mel\":{\"6\":2.25},\"perplexity\":[100,200.5],\"step\":20}}\n");
  EXPECT_EQ(ReadFile(run.path() / "metrics.csv"),
            "step,tag,value\n20,train/loss,1.5\n20,validation/mel/6,2.25\n"
            "20,validation/perplexity/0,100\n20,validation/perplexity/1,200.5\n");
}

TEST(RunLogTest, AResumedRunReadsLikeOneThatWasNeverStopped) {
  const WorkFolder whole, stopped;
  const auto line = [](int step) { return json{{"step", step}, {"loss", 1.0 / step}}; };
  const auto write = [&](const fs::path& run, int from, int to) {
    RunLog log(run, from, {});
    log.Start({});
    for (int step = from + 1; step <= to; ++step) {
      log.Training(line(step));
      if (step % 2 == 0) log.Validation(line(step));
    }
  };
  const fs::path resumed = stopped.path().string() + "-resumed";
  fs::remove_all(resumed);
  write(whole.path(), 0, 6);
  const std::string lines = ReadFile(whole.path() / "log.jsonl"),
                    csv = ReadFile(whole.path() / "metrics.csv");
  write(resumed, 0, 5);
  std::ofstream(resumed / "log.jsonl", std::ios::app)
      << "{\"step\": 6, \"lo";  // killed while writing
  std::ofstream(resumed / "metrics.csv", std::ios::app) << "6,train/l";
  write(resumed, 3, 6);
  EXPECT_EQ(ReadFile(resumed / "log.jsonl"), lines);
  EXPECT_EQ(ReadFile(resumed / "metrics.csv"), csv);
  EXPECT_EQ(json::parse(ReadFile(resumed / "run.json")).size(), 2U);
  fs::remove_all(resumed);
}

TEST(RunLogTest, AFolderThatCannotBeWrittenIsNamed) {
  const WorkFolder run;
  std::ofstream(run.path() / "tensorboard") << "a file in the way";
  try {
    RunLog(run.path(), 0, {});
    FAIL() << "no error";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("tensorboard"));
  }
}

TEST(BuildInfoTest, CommitIsAHashOrUnknown) {
  EXPECT_THAT(ProgramCommit(), ::testing::MatchesRegex("[0-9a-f]{40}(-modified)?|unknown"));
}

}  // namespace
}  // namespace motet::logging
