// Tests what `motet info`, `motet bench`, `motet compare` and the search for a model promise to
// scripts: JSON with these names, and numbers that fit the files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "motet/stream.h"
#include "program.h"

namespace motet::cli {
namespace {

using nlohmann::json;

class InfoTest : public ProgramTest {
 protected:
  json RunJson(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false);
  }
};

TEST_F(InfoTest, OfAModelCountsWhatItCosts) {
  const json info = RunJson({"info", TestModelPath()});
  EXPECT_EQ(info["kind"], "model");
  EXPECT_EQ(info["name"], "test");
  EXPECT_EQ(info["storage"], "int8");
  EXPECT_EQ(info["identity"].get<std::string>().size(), 16u);
  EXPECT_EQ(info["bytes"], std::filesystem::file_size(TestModelPath()));
  EXPECT_EQ(info["sample_rate"], 44100);
  EXPECT_EQ(info["packet_samples"], 1024);
  EXPECT_EQ(info["max_quality"], 12);
  EXPECT_EQ(info["default_quality"], 6);
  EXPECT_GT(info["parameters"], 0);
  EXPECT_GT(info["gmac_per_second"], 0.0);
  EXPECT_DOUBLE_EQ(info["gmac_per_second"], info["encoder_gmac_per_second"].get<double>() +
                                                info["decoder_gmac_per_second"].get<double>());
  EXPECT_NEAR(info["latency_ms"], (info["delay_samples"].get<double>() + 1024) / 44.1, 0.01);
}

TEST_F(InfoTest, OfAStreamFitsTheFile) {
  WriteAudio("in.wav", 441000);
  ASSERT_EQ(
      Run({"encode", "-q", "8", "--title", "Trois Gymnopédies", "--artist", "Satie", "--tag",
           "YEAR=1888", "--tag", "genre=a", "--tag", "genre=b=c", Path("in.wav"), Path("a.motet")})
          .exit_code,
      0);
  const json info = RunJson({"info", Path("a.motet")});
  const auto bytes = static_cast<double>(ReadBytes("a.motet").size());
  EXPECT_EQ(info["kind"], "stream");
  EXPECT_EQ(info["version"], 0);
  EXPECT_EQ(info["complete"], true);
  EXPECT_EQ(info["sample_rate"], 44100);
  EXPECT_EQ(info["channels"], 2);
  EXPECT_EQ(info["samples"], 441000);
  EXPECT_DOUBLE_EQ(info["seconds"], 10.0);
  EXPECT_EQ(info["quality"], 8);
  EXPECT_EQ(info["bytes"], bytes);
  EXPECT_NEAR(info["bitrate_kbps"], bytes * 8 / 10 / 1000, 1e-9);
  EXPECT_NEAR(info["ratio"], 441000 * 4 / bytes, 1e-9);
  EXPECT_EQ(info["packet_bytes"], 16);
  EXPECT_EQ(info["model"], RunJson({"info", TestModelPath()})["identity"]);
  EXPECT_EQ(
      info["tags"],
      json::parse(
          R"({"title": "Trois Gymnopédies", "artist": "Satie", "year": "1888", "genre": ["a", "b=c"]})"));
  const uint64_t packets = info["packets"];
  EXPECT_GE(packets * 1024, 441000u);
  EXPECT_EQ(info["pages"], (packets + 127) / 128 + 1);

  const Outcome text = Run({"info", Path("a.motet")});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.out.find("Trois Gymnopédies"), std::string::npos);
}

TEST_F(InfoTest, OfManyFilesNamesEachAndReadsTheOthersWhereOneIsBad) {
  WriteAudio("in.wav", 5000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  ASSERT_EQ(Run({"encode", "-q", "1", Path("in.wav"), Path("b.motet")}).exit_code, 0);
  const Outcome text = Run({"info", Path("a.motet"), Path("b.motet")});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_EQ(text.out, Path("a.motet") + "\n" + Run({"info", Path("a.motet")}).out + "\n" +
                          Path("b.motet") + "\n" + Run({"info", Path("b.motet")}).out);
  const Outcome bad = Run({"info", "--json", Path("a.motet"), Path("in.wav"), Path("b.motet")});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_NE(bad.err.find("in.wav' is neither"), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("1 of 3 files"), std::string::npos) << bad.err;
  const json all = json::parse(bad.out, nullptr, false);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["file"], Path("a.motet"));
  EXPECT_FALSE(all[0].contains("error"));
  EXPECT_EQ(all[1]["file"], Path("in.wav"));
  EXPECT_NE(all[1]["error"].get<std::string>().find("is neither"), std::string::npos);
  EXPECT_EQ(all[2]["quality"], 1);
  EXPECT_EQ(Run({"info", "--features", Path("a.motet"), Path("b.motet")}).exit_code, 2);
}

TEST_F(InfoTest, OfAnOptionThatIsGivenTwiceTheLastCounts) {
  WriteAudio("in.wav", 5000);
  ASSERT_EQ(Run({"encode", "-q", "3", "--quality", "9", Path("in.wav"), Path("a.motet")}).exit_code,
            0);
  EXPECT_EQ(RunJson({"info", Path("a.motet")})["quality"], 9);
}

TEST_F(InfoTest, WhatFollowsAStreamIsToldAndDoesNotCount) {
  WriteAudio("in.wav", 5000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  const json whole = RunJson({"info", Path("a.motet")});
  EXPECT_EQ(whole["trailing_bytes"], 0);
  std::vector<uint8_t> bytes = ReadBytes("a.motet");
  bytes.resize(bytes.size() + 1000, 'x');
  WriteBytes("a.motet", bytes);
  const json longer = RunJson({"info", Path("a.motet")});
  EXPECT_EQ(longer["trailing_bytes"], 1000);
  EXPECT_EQ(longer["bitrate_kbps"], whole["bitrate_kbps"]);
  const Outcome told = Run({"info", Path("a.motet")});
  EXPECT_NE(told.err.find("goes on for 1000 bytes behind its end"), std::string::npos) << told.err;
}

TEST_F(InfoTest, TagsCannotControlTheTerminal) {
  WriteAudio("in.wav", 100);
  ASSERT_EQ(Run({"encode", "--title", "\x1b[2J", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  EXPECT_EQ(Run({"info", Path("a.motet")}).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(RunJson({"info", Path("a.motet")})["tags"]["title"], "\x1b[2J");
  ASSERT_EQ(
      Run({"encode", "-f", "--tag", "lyrics=la\r\nlo", Path("in.wav"), Path("a.motet")}).exit_code,
      0);
  EXPECT_NE(Run({"info", Path("a.motet")}).out.find("\nlyrics       la\n             lo\n"),
            std::string::npos);
  // U+009B, the same in one character; U+00BF and U+00DB share a byte with it.
  ASSERT_EQ(
      Run({"encode", "-f", "--title", "\u009B2J ¿Û", Path("in.wav"), Path("a.motet")}).exit_code,
      0);
  EXPECT_NE(Run({"info", Path("a.motet")}).out.find("title        ?2J ¿Û\n"), std::string::npos);
}

TEST_F(InfoTest, OfAStreamThatComesThroughAPipeByName) {
  WriteAudio("in.wav", 50000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  const RunOptions pipe = {.standard_input = Path("a.motet"), .pipe_input = true};
  const Outcome outcome = Run({"info", "/dev/stdin"}, pipe);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, Run({"info", Path("a.motet")}).out);
}

TEST_F(InfoTest, OfAStreamOfUnknownLengthCountsWhatIsLostToo) {
  WriteAudio("in.wav", 400000);
  const std::string whole = Run({"encode", Path("in.wav"), "-"}).out;
  constexpr size_t kHeader = 54, kPage = 14 + 128 * 14;
  ASSERT_GT(whole.size(), kHeader + 3 * kPage);
  // Without its first page, and without what follows the third: nothing says how long it is.
  std::ofstream(Path("a.motet"), std::ios::binary)
      << whole.substr(0, kHeader) << whole.substr(kHeader + kPage, 2 * kPage);
  const json info = json::parse(Run({"info", "--json", Path("a.motet")}).out);
  EXPECT_EQ(info["complete"], false);
  EXPECT_EQ(info["samples"], 3 * 128 * 1024);
}

TEST_F(InfoTest, OfACutStreamSaysTheRateOfWhatIsLeft) {
  WriteAudio("in.wav", 400000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  const json whole = RunJson({"info", Path("a.motet")});
  EXPECT_EQ(whole["samples"], 400000);
  constexpr size_t kHeader = 54, kPage = 14 + 128 * 14;
  std::filesystem::resize_file(Path("a.motet"), kHeader + 2 * kPage);
  const json cut = json::parse(Run({"info", "--json", Path("a.motet")}).out);
  EXPECT_EQ(cut["complete"], false);
  EXPECT_EQ(cut["samples"], 2 * 128 * 1024);
  EXPECT_NEAR(cut["bitrate_kbps"].get<double>(), whole["bitrate_kbps"].get<double>(), 0.2);
}

TEST_F(InfoTest, ALengthThatThePacketsCannotHoldIsAnError) {
  WriteAudio("in.wav", 50000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  const std::vector<uint8_t> bytes = ReadBytes("a.motet");
  StreamReader reader("a");
  ASSERT_EQ(reader.Push(bytes), bytes.size());
  ASSERT_TRUE(reader.Next().ok());
  StreamHeader header = reader.header();
  header.samples = kUnknownSamples;
  Result<StreamWriter> writer = StreamWriter::Create(header, 128);
  ASSERT_TRUE(writer.ok());
  std::vector<uint8_t> lying = writer->HeaderBytes();
  const Result<StreamEvent> packets = reader.Next();
  ASSERT_TRUE(packets.ok());
  ASSERT_TRUE(writer->Write(packets->packets, &lying).ok());
  ASSERT_TRUE(writer->Finish(packets->count * 1024 + 1, &lying).ok());
  WriteBytes("lying.motet", lying);
  ExpectFailure({"info", Path("lying.motet")}, {"lying.motet", "contradicts itself"});
}

TEST_F(InfoTest, FeaturesOfAPartBeginAndEndWithIt) {
  WriteAudio("in.wav", 150000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  ASSERT_EQ(Run({"cut", "--start", "1.5", Path("a.motet"), Path("part.motet")}).exit_code, 0);
  const json whole = RunJson({"info", "--features", Path("a.motet")})["rows"];
  const json part = RunJson({"info", "--features", Path("part.motet")})["rows"];
  ASSERT_EQ(part.size(), 164u);  // ceil((150000 - 66150) / 512)
  EXPECT_EQ(part[0][0], 0.0);
  // 1.5 s are 129.2 rows. The first rows of a part have seen less before them.
  for (size_t row = 60; row < part.size(); ++row) {
    for (size_t i = 1; i < 18; ++i) EXPECT_EQ(part[row][i], whole[row + 129][i]) << row << " " << i;
  }
}

TEST_F(InfoTest, FeaturesAreTwoRowsOfSeventeenValuesForEachPacketOfTheSound) {
  WriteAudio("in.wav", 50000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("a.motet")}).exit_code, 0);
  constexpr size_t kRows = 98;  // of half packets, as many as 50000 samples begin
  const json features = RunJson({"info", "--features", Path("a.motet")});
  ASSERT_EQ(features["names"].size(), 18u);
  EXPECT_EQ(features["names"][0], "seconds");
  EXPECT_EQ(features["names"][13], "onset");
  ASSERT_EQ(features["rows"].size(), kRows);
  for (const json& row : features["rows"]) {
    ASSERT_EQ(row.size(), 18u);
    for (size_t i = 1; i < row.size(); ++i) ASSERT_TRUE(row[i] >= 0.0 && row[i] <= 1.0);
  }
  const Outcome csv = Run({"info", "--features", Path("a.motet")});
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), static_cast<ptrdiff_t>(kRows + 1));
  ExpectFailure({"info", "--features", "-m", OtherModelPath(), Path("a.motet")},
                {"was encoded with model"});
}

TEST_F(InfoTest, BenchReportsSpeedAndMemory) {
  const json bench = RunJson({"bench", "--seconds", "0.5"});
  EXPECT_GT(bench["encode_x_real_time"], 0.0);
  EXPECT_GT(bench["decode_x_real_time"], 0.0);
  EXPECT_GT(bench["peak_memory_mib"], 0.0);
  EXPECT_EQ(bench["threads"], 1);
  WriteAudio("in.wav", 44100, 1);
  EXPECT_DOUBLE_EQ(RunJson({"bench", Path("in.wav")})["seconds"], 1.0);
}

TEST_F(InfoTest, CompareIsZeroForEqualFilesAndNotForOthers) {
  WriteAudio("a.wav", 44100);
  WriteAudio("mono.wav", 44100, 1);
  const json same = RunJson({"compare", Path("a.wav"), Path("a.wav")});
  EXPECT_EQ(same["mel"], 0.0);
  EXPECT_EQ(same["stft"], 0.0);
  EXPECT_GT(same["si_sdr_db"], 80.0);
  EXPECT_EQ(same["samples"], 44100);
  EXPECT_GT(RunJson({"compare", Path("a.wav"), Path("mono.wav")})["mel"], 0.0);
  WriteAudio("empty.wav", 0);
  ExpectFailure({"compare", Path("a.wav"), Path("empty.wav")},
                {"empty.wav", "no samples in common"});
}

TEST_F(InfoTest, CompareSaysHowMuchOfTheTonesIsThereBandByBand) {
  WriteAudio("a.wav", 44100);
  const json tonal = RunJson({"compare", Path("a.wav"), Path("a.wav")})["tonal"];
  EXPECT_EQ(tonal["band_edges_hz"], json({90, 430, 860, 1550, 3000, 6000}));
  for (const char* row : {"coherence", "fine"}) {
    ASSERT_EQ(tonal[row].size(), 5u);
    for (const double value : tonal[row]) EXPECT_NEAR(value, 1, 1e-9) << row;
  }
  const Outcome text = Run({"compare", Path("a.wav"), Path("a.wav")});
  for (const char* words : {"coherence   ", "fine structure ", "0.09-0.43", "3.00-6.00", "1.000"})
    EXPECT_NE(text.out.find(words), std::string::npos) << text.out;
}

TEST_F(InfoTest, CompareSaysOfSilenceThatNothingIsDefined) {
  WriteAudio("a.wav", 16384);
  std::vector<uint8_t> wav = ReadBytes("a.wav");
  std::fill(wav.begin() + 44, wav.end(), uint8_t{0});
  WriteBytes("silence.wav", wav);
  for (const auto& [reference, degraded] : {std::pair("silence.wav", "silence.wav"),
                                            {"silence.wav", "a.wav"},
                                            {"a.wav", "silence.wav"}}) {
    SCOPED_TRACE(::testing::Message() << reference << " " << degraded);
    const json found = RunJson({"compare", Path(reference), Path(degraded)});
    EXPECT_TRUE(found["si_sdr_db"].is_null());
    EXPECT_TRUE(found["tonal"]["coherence"][0].is_null());
    const Outcome text = Run({"compare", Path(reference), Path(degraded)});
    EXPECT_NE(text.out.find("SI-SDR           n/a"), std::string::npos) << text.out;
  }
}

TEST_F(InfoTest, HelpAndVersionAreNoErrors) {
  for (const char* option : {"--help", "--version"}) {
    const Outcome outcome = Run({option}, {.use_model = false});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.out.find("motet"), std::string::npos);
  }
}

// A copy of the program in a prefix of its own.
TEST_F(InfoTest, TheModelOfTheSamePrefixIsFoundWithoutAFlag) {
  namespace fs = std::filesystem;
  fs::create_directories(Path("bin"));
  fs::create_directories(Path("share/motet"));
  fs::copy_file(MOTET_PROGRAM, Path("bin/motet"));
  fs::copy_file(TestModelPath(), Path("share/motet/motet.motetmodel"));
  const auto run = [&] {
    const std::string command = "env -u MOTET_MODEL " + Path("bin/motet") +
                                " bench --seconds 0.1 --json > " + Path("log") + " 2>&1";
    const int code = std::system(command.c_str());
    const std::vector<uint8_t> log = ReadBytes("log");
    return std::pair(code, std::string(log.begin(), log.end()));
  };
  const auto [found, report] = run();
  EXPECT_EQ(found, 0) << report;
  EXPECT_EQ(json::parse(report, nullptr, false)["model"], "test");
  fs::remove(Path("share/motet/motet.motetmodel"));
  if (const auto [missing, sentence] = run();
      missing != 0) {  // unless the machine has one installed
    EXPECT_NE(sentence.find("no model found"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("--model"), std::string::npos) << sentence;
  }
}

}  // namespace
}  // namespace motet::cli
