// The program motet-entropy on a tiny model and a few seconds of steady tones: what it writes, and
// what it says and leaves when something is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <motet/model.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "data/audio_file.h"
#include "data/collect.h"
#include "entropy/entropy_model.h"
#include "model/fnv1a.h"
#include "model/tensor_file.h"
#include "random_model.h"
#include "support/work_folder.h"
#include "tests/tiny_model.h"

namespace motet::trainer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

// A tone of which a whole number of periods fits a packet: the codec says the same again and again.
// Songs of other numbers differ in one sample, because collecting leaves out what is there already.
std::vector<int16_t> Tone(int number) {
  std::vector<int16_t> samples;
  for (int n = 0; n < 2 * 44100; ++n) {
    const double sample = 8000 * std::sin(2 * M_PI * 8 * n / 1024);
    samples.insert(samples.end(), {static_cast<int16_t>(sample), static_cast<int16_t>(sample / 2)});
  }
  samples[0] = static_cast<int16_t>(number);
  return samples;
}

std::string Slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class MotetEntropyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<motet::testing::WorkFolder>();
    fs::create_directories(Path("songs"));
    // Names decide on the split: two songs to learn from, one to measure on.
    int learned = 0, measured = 0;
    for (int i = 0; learned < 2 || measured < 1; ++i) {
      const std::string name = "song" + std::to_string(i) + ".flac";
      const data::Split split = data::SplitOf("songs/" + name);
      const bool wanted = split == data::Split::kTrain
                              ? learned++ < 2
                              : split == data::Split::kValidation && measured++ < 1;
      if (wanted) data::WriteFlac(Path("songs/" + name), Tone(i), 2, 44100);
    }
    data::CollectOptions options;
    options.inputs = {Path("songs")};
    options.out = Path("dataset");
    options.min_seconds = 1;
    data::Collect(options);
    WriteModel("m", TinyModelJson());
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string Path(const std::string& name) { return *folder_ / name; }

  static std::string Command(const std::string& arguments) {
    return "cd '" + folder_->path().string() + "' && exec '" MOTET_ENTROPY "' " + arguments +
           " 2>&1";
  }
  // Writes a random model of this configuration.
  static void WriteModel(const std::string& name, const json& config) {
    const auto bytes = motet::testing::RandomModel(config.dump(), 1);
    std::ofstream(Path(name), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  // Runs `motet-entropy arguments` in the folder; its output is in said_.
  int Run(const std::string& arguments) {
    return folder_->Run("'" MOTET_ENTROPY "' " + arguments, said_);
  }
  static size_t Files() {
    return static_cast<size_t>(std::distance(fs::recursive_directory_iterator(folder_->path()),
                                             fs::recursive_directory_iterator()));
  }

  static inline const std::string kSmall =
      " --steps 120 --batch 32 --embedding 4 --hidden 8 --learning-rate 0.02 --threads 1";
  static inline std::unique_ptr<const motet::testing::WorkFolder> folder_;
  std::string said_;
};

TEST_F(MotetEntropyTest, AddsAnEntropyModelAndLeavesTheCodecAsItIs) {
  ASSERT_EQ(Run("m dataset -o one" + kSmall), 0) << said_;
  const TensorFile before = ReadTensorFile(Path("m"));
  const TensorFile after = ReadTensorFile(Path("one"));
  const json old_meta = json::parse(before.json);
  const json meta = json::parse(after.json);
  EXPECT_EQ(meta["model"], old_meta["model"]);
  EXPECT_EQ(meta["entropy"]["codec_identity"], old_meta["identity"]);
  EXPECT_EQ(meta["entropy"]["embedding"], 4);
  EXPECT_EQ(meta["entropy"]["hidden"], 8);
  for (size_t i = 0; i < before.tensors.size(); ++i) {
    const NamedTensor* tensor = after.Find(before.tensors[i].name);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->dtype, before.tensors[i].dtype);
    EXPECT_EQ(tensor->shape, before.tensors[i].shape);
    EXPECT_EQ(tensor->data, before.tensors[i].data);
  }
  EXPECT_EQ(after.tensors.size(), before.tensors.size() + 12 * 5);

  // The identity, hashed by hand.
  const auto model = ReadEntropyModel(after, ParseModelFileConfig(after.json));
  const auto codec = old_meta["identity"].get<std::string>();
  Fnv1a hash;
  hash.Add(std::as_bytes(std::span(codec)));
  for (const auto& [name, tensor] : model.tensors) {
    hash.Add(std::as_bytes(std::span(name)));
    hash.Add(std::as_bytes(std::span(tensor.values)));
  }
  EXPECT_EQ(meta["identity"], hash.digits());

  const auto loaded = Model::Load(Path("one"));
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_EQ((*loaded)->info().identity, meta["identity"]);
  EXPECT_TRUE((*loaded)->info().entropy_coding);
}

TEST_F(MotetEntropyTest, CountsTheTonesOfAModelThatHasSome) {
  WriteModel("t", TinyModelWithTonesJson({{"first", 10}}));
  ASSERT_EQ(Run("t dataset -o with" + kSmall), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("tones: "));
  EXPECT_THAT(said_, HasSubstr(" bits for the 8 bytes of a packet, from quality 6 on"));
  EXPECT_THAT(said_, HasSubstr("      5  fine.0 ")) << said_;
  const TensorFile file = ReadTensorFile(Path("with"));
  const json meta = json::parse(file.json);
  const auto model = ReadEntropyModel(file, ParseModelFileConfig(file.json));
  EXPECT_EQ(model.tensors.size(), 12 * 5 + 2);
  // The songs are one sine in line 16, the seventh that may be a tone, which goes on at its level.
  const auto& flags = model.tensors.at("entropy.tones.flags").values;
  const auto& levels = model.tensors.at("entropy.tones.levels").values;
  EXPECT_EQ(flags[2 * 1 + 1], 65535);
  EXPECT_LT(flags[2 * 1], 65535 / 20);
  EXPECT_EQ(flags[2 * 0], 65535);
  EXPECT_EQ(levels[0], 65535);
  EXPECT_LT(meta["info"]["entropy"]["tone_bits"].get<double>(), 8);
  EXPECT_GT(meta["info"]["entropy"]["saved"]["6"].get<double>(), 0.5) << said_;
  const auto loaded = Model::Load(Path("with"));
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_EQ((*loaded)->info().identity, model.Identity());
}

TEST_F(MotetEntropyTest, CountsTheLevelsOfBandsOfAModelThatHasSome) {
  // The songs are one sine at bin 4; there is nothing in the other band.
  WriteModel("b", WithBandsJson(TinyModelJson(), {{"edges", {2, 8, 20}}}));
  ASSERT_EQ(Run("b dataset -o banded" + kSmall), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("levels of bands: "));
  EXPECT_THAT(said_, HasSubstr(" bits for the 2 bytes of a packet, from quality 6 on"));
  const TensorFile file = ReadTensorFile(Path("banded"));
  const json meta = json::parse(file.json);
  const auto model = ReadEntropyModel(file, ParseModelFileConfig(file.json));
  EXPECT_EQ(model.tensors.size(), 12 * 5 + 1);
  const NamedTensor* stored = file.Find("entropy.bands.levels");
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->dtype, DType::kF32);
  EXPECT_EQ(stored->shape, std::vector<int64_t>{108 * 32});
  // Of the lowest band, in context 106, the same level as before.
  const auto& levels = model.tensors.at("entropy.bands.levels").values;
  EXPECT_EQ(levels[106 * 32], 65535);
  for (size_t symbol = 1; symbol < 32; ++symbol)
    EXPECT_LT(levels[106 * 32 + symbol], 65535 / 20) << symbol;
  EXPECT_LT(meta["info"]["entropy"]["band_bits"].get<double>(), 4);
  EXPECT_FALSE(meta["info"]["entropy"].contains("tone_bits"));
  EXPECT_GT(meta["info"]["entropy"]["saved"]["6"].get<double>(), 0.5) << said_;
  const auto loaded = Model::Load(Path("banded"));
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_EQ((*loaded)->info().identity, model.Identity());
}

TEST_F(MotetEntropyTest, TellsTheBytesOfEachStepOfALadder) {
  WriteModel("l", WithLadderJson(TinyModelJson(), motet::testing::kLadder));
  ASSERT_EQ(Run("l dataset -o laddered" + kSmall), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("      7  coarse.2, coarse.3  "));
  EXPECT_THAT(said_, HasSubstr("      9  fine.2 even  "));
  EXPECT_THAT(said_, HasSubstr("     10  fine.2 odd  "));
  EXPECT_THAT(said_, HasSubstr("   22 -> "));
  const json facts = json::parse(ReadTensorFile(Path("laddered")).json).at("info").at("entropy");
  EXPECT_GT(facts["saved"]["12"].get<double>(), 0.5) << said_;
  const auto loaded = Model::Load(Path("laddered"));
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_EQ((*loaded)->PacketBytes(9), 20);
}

TEST_F(MotetEntropyTest, TellsQualitiesThatAShortLadderHas) {
  const char* const ladder = R"(["coarse.0, coarse.1, mid.0, mid.1, fine.0, fine.1",
    "coarse.2, coarse.3, mid.2, mid.3, fine.2, fine.3"])";
  json config = WithLadderJson(TinyModelJson(), ladder);
  config["default_quality"] = 1;
  WriteModel("s", config);
  ASSERT_EQ(Run("s dataset -o short" + kSmall), 0) << said_;
  const json facts = json::parse(ReadTensorFile(Path("short")).json).at("info").at("entropy");
  EXPECT_EQ(facts["saved"].size(), 2U);
  EXPECT_GT(facts["saved"]["2"].get<double>(), 0.5) << said_;
}

TEST_F(MotetEntropyTest, SavesBytesOfMusicThatItCanPredict) {
  ASSERT_EQ(Run("m dataset -o two" + kSmall), 0) << said_;
  const json facts = json::parse(ReadTensorFile(Path("two")).json).at("info").at("entropy");
  EXPECT_EQ(facts["steps"], 120);
  for (const char* quality : {"3", "6", "12"})
    EXPECT_GT(facts["saved"][quality].get<double>(), 0.5) << said_;
  EXPECT_THAT(said_, HasSubstr("coarse.0"));
  EXPECT_THAT(said_, HasSubstr("fine.3"));
}

TEST_F(MotetEntropyTest, TheSameWorkGivesTheSameFileAndReplacesAnOlderEntropyModel) {
  ASSERT_EQ(Run("m dataset -o three" + kSmall), 0) << said_;
  ASSERT_EQ(Run("m dataset -o four" + kSmall), 0) << said_;
  EXPECT_EQ(Slurp(Path("four")), Slurp(Path("three")));
  ASSERT_EQ(Run("m dataset -o four -f --seed 2" + kSmall), 0) << said_;
  EXPECT_NE(Slurp(Path("four")), Slurp(Path("three")));
  ASSERT_EQ(Run("four dataset -o four -f" + kSmall), 0) << said_;
  EXPECT_EQ(Slurp(Path("four")), Slurp(Path("three")));
}

TEST_F(MotetEntropyTest, FailsWithOneSentenceAndNoFile) {
  std::ofstream(Path("noise")) << std::string(1000, 'x');
  fs::create_directories(Path("empty"));
  const size_t files = Files();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"none dataset -o o", "none"},
      {"noise dataset -o o", "noise"},
      {"m empty -o o", "manifest.json"},
      {"m dataset -o m", "m: exists already; --force replaces it"},
      {"m dataset -o dataset -f", "dataset: is a folder, wanted a file"},
      {"m dataset -o no/such/o", "no/such/o: there is no folder 'no/such'"},
      {"m dataset -o o --embedding 45", "embedding is 45, wanted 1 to 44"},
      {"m dataset -o o --hidden 513", "hidden is 513, wanted 1 to 512"},
      {"m dataset -o o --hours 1e-9", "split 'train' holds no music"}};
  for (const auto& [arguments, words] : cases) {
    EXPECT_EQ(Run(arguments), 1) << arguments;
    EXPECT_THAT(said_, HasSubstr(words));
    EXPECT_THAT(said_, HasSubstr("motet-entropy: "));
    EXPECT_EQ(said_.rfind("motet-entropy: "), said_.find("motet-entropy: ")) << said_;
    EXPECT_EQ(Files(), files) << arguments;
  }
}

TEST_F(MotetEntropyTest, LeavesNothingBehindWhenInterrupted) {
  const size_t files = Files();
  const pid_t child = fork();
  if (child == 0) {
    const std::string command =
        Command("m dataset -o o --steps 1000000 --embedding 4 --hidden 8 --threads 1 >/dev/null");
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  std::this_thread::sleep_for(std::chrono::seconds(3));
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
  EXPECT_EQ(Files(), files);
}

TEST_F(MotetEntropyTest, SaysHowItIsUsed) {
  EXPECT_EQ(Run("--help"), 0);
  EXPECT_THAT(said_, HasSubstr("--hours"));
  EXPECT_EQ(Run(""), 2);
  EXPECT_EQ(Run("m dataset"), 2);
  EXPECT_EQ(Run("m dataset -o o --steps 0"), 2);
  EXPECT_EQ(Run("m dataset -o o --faster"), 2);
}

}  // namespace
}  // namespace motet::trainer
