// Tests what the program promises about the coding of streams: entropy coding where the model can,
// unless fixed width is asked for; the same sound and features from both; facts about a stream
// without its model.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace motet::cli {
namespace {

class CodingTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    WriteAudio("in.wav", 200000);
  }
  Outcome Encode(const std::string& name, const std::string& model,
                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"encode", "-m", model, Path("in.wav"), Path(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  nlohmann::json Info(const std::string& name) const {
    const Outcome outcome = Run({"info", "--json", Path(name)}, {.use_model = false});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out, nullptr, false);
  }
};

TEST_F(CodingTest, IsEntropyWhereTheModelCanAndFixedOtherwiseOrIfAskedFor) {
  ASSERT_EQ(Encode("entropy.motet", EntropyModelPath()).exit_code, 0);
  ASSERT_EQ(Encode("named.motet", EntropyModelPath(), {"--coding", "entropy"}).exit_code, 0);
  ASSERT_EQ(Encode("fixed.motet", EntropyModelPath(), {"--coding", "fixed"}).exit_code, 0);
  ASSERT_EQ(Encode("plain.motet", TestModelPath()).exit_code, 0);
  EXPECT_EQ(Info("entropy.motet")["coding"], "entropy");
  EXPECT_EQ(ReadBytes("named.motet"), ReadBytes("entropy.motet"));
  EXPECT_EQ(Info("fixed.motet")["coding"], "fixed");
  EXPECT_EQ(ReadBytes("plain.motet"), ReadBytes("fixed.motet"));
  EXPECT_EQ(Info("entropy.motet")["packets"], Info("fixed.motet")["packets"]);
  EXPECT_EQ(Info("entropy.motet")["complete"], true);
  EXPECT_LE(Info("entropy.motet")["bytes"], Info("fixed.motet")["bytes"]);
  EXPECT_NE(Run({"info", Path("entropy.motet")}).out.find("entropy coding"), std::string::npos);
}

TEST_F(CodingTest, SoundsAndDescribesTheSame) {
  ASSERT_EQ(Encode("entropy.motet", EntropyModelPath()).exit_code, 0);
  ASSERT_EQ(Encode("fixed.motet", EntropyModelPath(), {"--coding", "fixed"}).exit_code, 0);
  for (const char* name : {"entropy", "fixed"}) {
    ASSERT_EQ(Run({"decode", "-m", EntropyModelPath(), Path(std::string(name) + ".motet"),
                   Path(std::string(name) + ".wav")})
                  .exit_code,
              0);
  }
  EXPECT_EQ(ReadBytes("entropy.wav"), ReadBytes("fixed.wav"));
  const auto features = [this](const std::string& name) {
    return Run({"info", "--features", "-m", EntropyModelPath(), Path(name)}).out;
  };
  EXPECT_FALSE(features("fixed.motet").empty());
  EXPECT_EQ(features("entropy.motet"), features("fixed.motet"));
}

TEST_F(CodingTest, AModelSaysWhetherItCan) {
  const auto can = [this](const std::string& model) {
    return nlohmann::json::parse(Run({"info", "--json", model}).out, nullptr,
                                 false)["entropy_coding"];
  };
  EXPECT_EQ(can(EntropyModelPath()), true);
  EXPECT_EQ(can(TestModelPath()), false);
}

TEST_F(CodingTest, WhatAModelCannotIsRefused) {
  std::filesystem::remove(Path("in.wav"));
  WriteAudio("a.wav", 1000);
  const auto arguments = [this](const std::string& coding) {
    return std::vector<std::string>{"encode", "-m",          TestModelPath(), "--coding",
                                    coding,   Path("a.wav"), Path("a.motet")};
  };
  const Outcome refused = Run(arguments("entropy"));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("has no entropy model"), std::string::npos) << refused.err;
  EXPECT_FALSE(Exists("a.motet"));
  EXPECT_EQ(Run(arguments("huffman")).exit_code, 2);
}

}  // namespace
}  // namespace motet::cli
