// Tests what becomes of samples on the way in and out: full scale, dither and gain; samples without
// a header; stereo from more channels; formats that the program ffmpeg reads.
#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <set>

#include "program.h"

namespace motet::cli {
namespace {

class SamplesTest : public ProgramTest {
 protected:
  void Encode(const std::string& input, const std::vector<std::string>& more = {},
              const std::string& output = "a.motet") const {
    std::vector<std::string> arguments = {"encode", "-f", Path(input), Path(output)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = Run(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  Outcome Decode(const std::string& output, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"decode", "-f", Path("a.motet"), Path(output)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome;
  }
  std::vector<float> Floats(const std::string& name) const {
    SF_INFO info{};
    SNDFILE* file = sf_open(Path(name).c_str(), SFM_READ, &info);
    if (file == nullptr) return {};
    std::vector<float> samples(static_cast<size_t>(info.frames * info.channels));
    sf_readf_float(file, samples.data(), info.frames);
    sf_close(file);
    return samples;
  }
  void WriteFloats(const std::string& name, const std::vector<float>& samples, int channels,
                   int format = SF_FORMAT_WAV | SF_FORMAT_FLOAT) const {
    SF_INFO info{};
    info.samplerate = 44100;
    info.channels = channels;
    info.format = format;
    SNDFILE* file = sf_open(Path(name).c_str(), SFM_WRITE, &info);
    ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
    sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
  }
};

TEST_F(SamplesTest, WhatIsNoFiniteNumberIsTakenAsZeroAndTold) {
  std::vector<float> samples(20000, 0.1f);
  samples[7] = std::numeric_limits<float>::quiet_NaN();
  WriteFloats("one.wav", samples, 2);
  samples[9999] = std::numeric_limits<float>::infinity();
  WriteFloats("two.wav", samples, 2);
  samples[7] = samples[9999] = 0;
  WriteFloats("none.wav", samples, 2);
  Encode("none.wav");
  const std::vector<uint8_t> wanted = ReadBytes("a.motet");
  const Outcome one = Run({"encode", "-f", Path("one.wav"), Path("a.motet")});
  EXPECT_NE(one.err.find("one.wav' has a sample that is not finite"), std::string::npos) << one.err;
  const Outcome two = Run({"encode", "-f", Path("two.wav"), Path("a.motet")});
  EXPECT_NE(two.err.find("2 samples that are not finite"), std::string::npos) << two.err;
  EXPECT_EQ(ReadBytes("a.motet"), wanted);
}

TEST_F(SamplesTest, BothPrecisionsGiveNearlyTheSameSound) {
  WriteAudio("in.wav", 44100);
  Encode("in.wav");
  const auto decode = [this](std::vector<std::string> options) {
    options.emplace_back("--float");
    Decode("out.wav", options);
    return Floats("out.wav");
  };
  const std::vector<float> int8 = decode({"--precision", "int8"});
  const std::vector<float> f32 = decode({"--precision", "f32"});
  EXPECT_EQ(decode({}), int8);
  ASSERT_EQ(int8.size(), f32.size());
  double sound = 0, difference = 0;
  for (size_t i = 0; i < f32.size(); ++i) {
    sound += std::pow(static_cast<double>(f32[i]), 2);
    difference += std::pow(static_cast<double>(int8[i]) - static_cast<double>(f32[i]), 2);
  }
  EXPECT_GT(difference, 0);
  EXPECT_LT(difference, sound / 100);
  const Outcome wrong = Run({"decode", "--precision", "f16", Path("a.motet"), Path("x.wav")});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("int8"), std::string::npos) << wrong.err;
}

// The random model's output is far from full scale; 40 dB lift it above.
TEST_F(SamplesTest, WhatIsTooLoudForSixteenBitsIsCountedAndSaid) {
  WriteAudio("in.wav", 50000);
  Encode("in.wav");
  Decode("float.wav", {"--float", "--gain", "40"});
  const std::vector<float> exact = Floats("float.wav");
  size_t over = 0;
  float peak = 0;
  for (const float sample : exact) {
    const double value = std::nearbyint(static_cast<double>(sample) * 32768);
    over += value > 32767 || value < -32768 ? 1 : 0;
    peak = std::max(peak, std::abs(sample));
  }
  ASSERT_GT(over, 0u) << "the test needs a louder model";
  const Outcome outcome = Decode("a.wav", {"--gain", "40"});
  EXPECT_NE(outcome.err.find(std::to_string(over) + " of " + std::to_string(exact.size())),
            std::string::npos)
      << over << ": " << outcome.err;
  EXPECT_NE(outcome.err.find("--headroom 0, "), std::string::npos) << outcome.err;
  // What it recommends is enough, and not much more than that.
  const size_t at = outcome.err.find("--gain ");
  ASSERT_NE(at, std::string::npos) << outcome.err;
  const double gain = std::atof(outcome.err.c_str() + at + 7);
  EXPECT_NEAR(gain, 40 - 20 * std::log10(static_cast<double>(peak)), 0.11);
  EXPECT_EQ(Decode("b.wav", {"--gain", std::to_string(gain)}).err.find("limited"),
            std::string::npos);
  EXPECT_EQ(Decode("c.wav", {"--gain", "40", "--float"}).err.find("limited"), std::string::npos);
}

// Peak of the sound against 1.0, full scale.
TEST_F(SamplesTest, HeadroomLowersAllOfWhatIsTooLoudAndNothingElse) {
  WriteAudio("in.wav", 50000);
  Encode("in.wav");
  const auto peak = [this](const std::string& name) {
    double largest = 0;
    for (const float sample : Floats(name))
      largest = std::max(largest, std::abs(static_cast<double>(sample)));
    return largest;
  };
  for (const std::vector<std::string>& samples :
       {std::vector<std::string>{}, {"--no-dither"}, {"--bits", "24"}, {"--float"}}) {
    SCOPED_TRACE(::testing::PrintToString(samples));
    for (const double headroom : {0.0, 6.0}) {
      std::vector<std::string> options = samples;
      options.insert(options.end(), {"--gain", "40", "--headroom", std::to_string(headroom)});
      const Outcome outcome = Decode("a.wav", options);
      EXPECT_EQ(outcome.err.find("limited"), std::string::npos) << outcome.err;
      if (samples != std::vector<std::string>{"--float"} || headroom > 0) {
        EXPECT_NE(outcome.err.find("lowered by "), std::string::npos) << outcome.err;
        EXPECT_NEAR(peak("a.wav"), std::pow(10, -headroom / 20), 0.0002);
      }
    }
  }
  // All of it alike, so that loud and soft parts keep their places.
  Decode("plain.wav", {"--float"});
  Decode("low.wav", {"--float", "--gain", "40", "--headroom", "6"});
  const std::vector<float> plain = Floats("plain.wav");
  const std::vector<float> low = Floats("low.wav");
  const double factor = peak("low.wav") / peak("plain.wav");
  for (size_t i = 0; i < plain.size(); ++i)
    ASSERT_NEAR(low[i], factor * static_cast<double>(plain[i]), 1e-6);
  // The peak is that of what is written.
  Decode("part.wav", {"--gain", "40", "--headroom", "6", "--start", "0.5", "--duration", "0.4"});
  EXPECT_EQ(ReadAudioFacts(Path("part.wav")).samples, 17640);
  EXPECT_NEAR(peak("part.wav"), std::pow(10, -6 / 20.0), 0.0002);
  // What has room stays as it is.
  Decode("b.wav", {"--headroom", "1"});
  Decode("c.wav");
  EXPECT_EQ(ReadBytes("b.wav"), ReadBytes("c.wav"));
}

TEST_F(SamplesTest, HeadroomIsLeftOfWhatComesThroughAPipeAndOfWhatIsDamaged) {
  WriteAudio("in.wav", 300000);
  Encode("in.wav");
  const std::vector<std::string> loud = {"--gain", "40", "--headroom", "3"};
  Decode("file.wav", loud);
  std::vector<std::string> arguments = {"decode", "-", Path("pipe.wav")};
  arguments.insert(arguments.end(), loud.begin(), loud.end());
  const Outcome outcome = Run(arguments, {.standard_input = Path("a.motet"), .pipe_input = true});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(ReadBytes("pipe.wav"), ReadBytes("file.wav"));

  std::vector<uint8_t> bytes = ReadBytes("a.motet");
  bytes[bytes.size() / 2] ^= 0xFF;
  WriteBytes("bad.motet", bytes);
  arguments = {"decode", Path("bad.motet"), Path("x.wav")};
  arguments.insert(arguments.end(), loud.begin(), loud.end());
  ExpectFailure(arguments, {"bad.motet", "--conceal"});
  arguments.emplace_back("--conceal");
  const Outcome concealed = Run(arguments);
  EXPECT_EQ(concealed.exit_code, 0) << concealed.err;
  EXPECT_NE(concealed.err.find("concealed, lowered by"), std::string::npos) << concealed.err;
  const size_t once = concealed.err.find("motet: ");
  EXPECT_EQ(concealed.err.find("motet: ", once + 1), std::string::npos)
      << "damage is told once: " << concealed.err;
}

TEST_F(SamplesTest, DitherIsOnForSixteenBitsAloneAndCanBeSwitchedOff) {
  WriteAudio("in.wav", 50000);
  Encode("in.wav");
  Decode("float.wav", {"--float"});
  Decode("dither.wav");
  Decode("again.wav");
  Decode("plain.wav", {"--no-dither"});
  Decode("24.wav", {"--bits", "24"});
  const std::vector<float> exact = Floats("float.wav");
  const auto error_in_steps = [&](const std::string& name, double scale) {
    const std::vector<float> samples = Floats(name);
    double largest = 0;
    double sum = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      const double error =
          (static_cast<double>(samples[i]) - static_cast<double>(exact[i])) * scale;
      largest = std::max(largest, std::abs(error));
      sum += error * error;
    }
    return std::pair(largest, sum / static_cast<double>(exact.size()));
  };
  EXPECT_LE(error_in_steps("plain.wav", 32768).first, 0.5001);
  EXPECT_LE(error_in_steps("24.wav", 8388608).first, 0.51);
  const auto [largest, power] = error_in_steps("dither.wav", 32768);
  EXPECT_GT(largest, 0.6);
  EXPECT_LE(largest, 1.5001);
  EXPECT_NEAR(power, 0.25, 0.02) << "a quarter of a squared step, whatever the signal";
  EXPECT_EQ(ReadBytes("dither.wav"), ReadBytes("again.wav"));
}

TEST_F(SamplesTest, WithoutAHeaderGoInAsTheyAreDescribed) {
  WriteAudio("in.wav", 20000);
  Encode("in.wav", {}, "wav.motet");
  const std::vector<uint8_t> expected = ReadBytes("wav.motet");
  const std::vector<float> samples = Floats("in.wav");
  struct Case {
    int format;
    std::vector<std::string> options;
  };
  for (const Case& c :
       {Case{SF_FORMAT_PCM_16, {}}, Case{SF_FORMAT_PCM_16 | SF_ENDIAN_BIG, {"--endian", "big"}},
        Case{SF_FORMAT_PCM_24, {"--bits", "24"}},
        Case{SF_FORMAT_PCM_32 | SF_ENDIAN_BIG, {"--bits", "32", "--endian", "big"}},
        Case{SF_FORMAT_FLOAT, {"--float"}}}) {
    SCOPED_TRACE(::testing::PrintToString(c.options));
    WriteFloats("in.pcm", samples, 2, SF_FORMAT_RAW | c.format);
    std::vector<std::string> options = c.options;
    options.insert(options.end(), {"--raw", "--rate", "44100", "--channels", "2"});
    Encode("in.pcm", options);
    EXPECT_EQ(ReadBytes("a.motet"), expected);
    std::vector<std::string> arguments = {"encode", "-f", "-", Path("pipe.motet")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_EQ(Run(arguments, {.standard_input = Path("in.pcm"), .pipe_input = true}).exit_code, 0);
    EXPECT_EQ(ReadBytes("pipe.motet"), expected);
  }
  std::vector<uint8_t> pcm = ReadBytes("in.pcm");
  pcm.resize(pcm.size() - 3);
  WriteBytes("in.pcm", pcm);
  const Outcome outcome =
      Run({"encode", "-f", "--raw", "--float", Path("in.pcm"), Path("a.motet")});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.err.find("5 bytes that are no whole sample"), std::string::npos) << outcome.err;
}

TEST_F(SamplesTest, WithoutAHeaderComeOutAsInWav) {
  WriteAudio("in.wav", 20000);
  Encode("in.wav");
  Decode("a.wav");
  Decode("a.pcm", {"--raw"});
  const std::vector<uint8_t> wav = ReadBytes("a.wav");
  const std::vector<uint8_t> pcm = ReadBytes("a.pcm");
  ASSERT_EQ(pcm.size(), 80000u);
  EXPECT_TRUE(std::equal(pcm.begin(), pcm.end(), wav.begin() + 44));
  Decode("b.pcm", {"--raw", "--endian", "big"});
  const std::vector<uint8_t> big = ReadBytes("b.pcm");
  ASSERT_EQ(big.size(), pcm.size());
  for (size_t i = 0; i < pcm.size(); i += 2) {
    ASSERT_EQ(big[i], pcm[i + 1]);
    ASSERT_EQ(big[i + 1], pcm[i]);
  }
  EXPECT_EQ(Run({"decode", "--raw", Path("a.motet"), "-"}).out.size(), pcm.size());
}

// In each file one channel sounds; ITU-R BS.775 says where it is to be heard.
TEST_F(SamplesTest, MoreChannelsBecomeStereoWhenAsked) {
  constexpr float kHalf = 0.70710678f;
  struct Case {
    int channels;
    int sounding;
    float left;  // factors before the common one
    float right;
    float sum = 1 + kHalf + kHalf;
  };
  for (const Case& c :
       {Case{6, 0, 1, 0}, Case{6, 1, 0, 1}, Case{6, 2, kHalf, kHalf}, Case{6, 3, 0, 0},
        Case{6, 4, kHalf, 0}, Case{6, 5, 0, kHalf}, Case{4, 3, 0, kHalf, 1 + kHalf},
        Case{3, 2, kHalf, kHalf, 1 + kHalf}, Case{5, 3, kHalf, 0}}) {
    SCOPED_TRACE(::testing::Message() << c.sounding << " of " << c.channels);
    constexpr size_t kFrames = 20000;
    const auto channels = static_cast<size_t>(c.channels);
    std::vector<float> many(kFrames * channels);
    std::vector<float> two(kFrames * 2);
    for (size_t i = 0; i < kFrames; ++i) {
      const auto x = static_cast<float>(0.5 * std::sin(0.03 * static_cast<double>(i)));
      many[i * channels + static_cast<size_t>(c.sounding)] = x;
      two[2 * i] = c.left / c.sum * x;
      two[2 * i + 1] = c.right / c.sum * x;
    }
    WriteFloats("many.wav", many, c.channels);
    WriteFloats("two.wav", two, 2);
    ExpectFailure({"encode", Path("many.wav"), Path("x.motet")}, {"channels", "--downmix"});
    Encode("two.wav", {}, "two.motet");
    Encode("many.wav", {"--downmix"});
    EXPECT_EQ(ReadBytes("a.motet"), ReadBytes("two.motet"));
  }
}

TEST_F(SamplesTest, FfmpegIsAskedOnlyWhenItIsToBe) {
  WriteAudio("in.wav", 20000);
  const std::string make = "ffmpeg -v error -y -i " + Path("in.wav");
  if (std::system(
          (make + " -c:a wavpack " + Path("in.wv") + " -c:a aac " + Path("in.m4a")).c_str()) != 0)
    GTEST_SKIP() << "no ffmpeg here";
  for (const char* name : {"in.wv", "in.m4a"}) {
    SCOPED_TRACE(name);
    ExpectFailure({"encode", Path(name), Path("x.motet")}, {name, "not an audio file", "--ffmpeg"});
    for (const bool through_pipe : {false, true}) {
      RunOptions options;
      options.standard_input = through_pipe ? Path(name) : "/dev/null";
      options.pipe_input = through_pipe;
      const Outcome outcome = Run(
          {"encode", "-f", "--ffmpeg", through_pipe ? "-" : Path(name), Path("a.motet")}, options);
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      EXPECT_NE(outcome.err.find("read by the program ffmpeg"), std::string::npos) << outcome.err;
      Decode("out.wav");
      EXPECT_NEAR(static_cast<double>(ReadAudioFacts(Path("out.wav")).samples), 20000, 2048);
    }
    std::vector<uint8_t> bytes = ReadBytes(name);
    bytes.resize(bytes.size() / 2);
    WriteBytes("cut", bytes);
    ExpectFailure({"encode", "--ffmpeg", Path("cut"), Path("x.motet")}, {"cut", "ffmpeg"});
  }
  // What libsndfile reads, it reads.
  const Outcome wav = Run({"encode", "-f", "--ffmpeg", Path("in.wav"), Path("a.motet")});
  EXPECT_EQ(wav.err.find("ffmpeg"), std::string::npos) << wav.err;
  WriteBytes("text", std::vector<uint8_t>(5000, 'a'));
  ExpectFailure({"encode", "--ffmpeg", Path("text"), Path("x.motet")}, {"text", "ffmpeg"});
}

}  // namespace
}  // namespace motet::cli
