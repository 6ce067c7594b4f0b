// Tests where the program finds the model that a stream names, and what it says when it finds none.
// The registry that the repository ships is compared with its models in tests/shipped.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "program.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

// Two streams of two models, neither of which is where the program looks by itself.
class ModelsTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    WriteAudio("in.wav", 20000);
    for (const auto& [name, model] :
         {std::pair("one.motet", TestModelPath()), {"other.motet", OtherModelPath()}}) {
      const Outcome outcome = Run({"encode", "-m", model, Path("in.wav"), Path(name)});
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    }
    fs::create_directories(Path("home/.local/share/motet"));
    fs::create_directories(Path("folder"));
  }

  // Nothing is in the places of this machine's user.
  RunOptions Environment(std::map<std::string, std::string> more = {}) const {
    more.insert({"HOME", Path("home")});
    more.insert({"XDG_DATA_HOME", ""});
    return {.use_model = false, .environment = std::move(more)};
  }
  bool Decodes(const std::string& name, const RunOptions& options) const {
    const Outcome outcome = Run({"decode", "-f", Path(name), Path("out.wav")}, options);
    EXPECT_EQ(outcome.exit_code == 0, Exists("out.wav")) << outcome.err;
    fs::remove(Path("out.wav"));
    return outcome.exit_code == 0;
  }
  void WriteRegistry(const std::string& text) const {
    std::ofstream(Path("folder/index.json")) << text;
  }
};

TEST_F(ModelsTest, AStreamFindsItsModelAmongOthers) {
  EXPECT_FALSE(Decodes("one.motet", Environment()));
  fs::copy_file(OtherModelPath(), Path("folder/a.motetmodel"));
  fs::copy_file(TestModelPath(), Path("folder/b.motetmodel"));
  std::ofstream(Path("folder/0.motetmodel")) << "no model";
  const RunOptions folder =
      Environment({{"MOTET_MODEL_PATH", Path("none") + "::" + Path("folder")}});
  EXPECT_TRUE(Decodes("one.motet", folder));
  EXPECT_TRUE(Decodes("other.motet", folder));
  const RunOptions file = Environment({{"MOTET_MODEL_PATH", Path("folder/b.motetmodel")}});
  EXPECT_TRUE(Decodes("one.motet", file));
  EXPECT_FALSE(Decodes("other.motet", file));
}

TEST_F(ModelsTest, TheUsersFolderIsLookedInto) {
  fs::copy_file(TestModelPath(), Path("home/.local/share/motet/any.motetmodel"));
  EXPECT_TRUE(Decodes("one.motet", Environment()));
  EXPECT_FALSE(Decodes("one.motet", Environment({{"XDG_DATA_HOME", Path("folder")}})));
  fs::create_directories(Path("folder/motet"));
  fs::copy_file(TestModelPath(), Path("folder/motet/any.motetmodel"));
  EXPECT_TRUE(Decodes("one.motet", Environment({{"XDG_DATA_HOME", Path("folder")}})));
}

TEST_F(ModelsTest, TheModelOfTheEnvironmentDoesNotHideThatOfTheStream) {
  const RunOptions options =
      Environment({{"MOTET_MODEL", TestModelPath()}, {"MOTET_MODEL_PATH", OtherModelPath()}});
  EXPECT_TRUE(Decodes("one.motet", options));
  EXPECT_TRUE(Decodes("other.motet", options));
}

TEST_F(ModelsTest, ANamedModelIsTheOne) {
  RunOptions options = Environment({{"MOTET_MODEL_PATH", OtherModelPath()}});
  ExpectFailure({"decode", "-m", TestModelPath(), Path("other.motet"), Path("x.wav")},
                {"was encoded with model ffffffffffffffff, but 'test' is model"}, options);
  ExpectFailure({"decode", "-m", Path("none"), Path("other.motet"), Path("x.wav")}, {"none"},
                options);
}

TEST_F(ModelsTest, EveryCommandThatDecodesFindsIt) {
  const RunOptions options = Environment({{"MOTET_MODEL_PATH", OtherModelPath()}});
  EXPECT_EQ(Run({"info", "--features", Path("other.motet")}, options).exit_code, 0);
  EXPECT_EQ(
      Run({"cut", Path("other.motet"), Path("part.motet"), "--end", "0.2"}, options).exit_code, 0);
  RunOptions piped = options;
  piped.standard_input = Path("other.motet");
  piped.pipe_input = true;
  const Outcome whole = Run({"decode", "--raw", Path("other.motet"), "-"}, options);
  const Outcome through_pipe = Run({"decode", "--raw", "-", "-"}, piped);
  EXPECT_EQ(through_pipe.exit_code, 0) << through_pipe.err;
  EXPECT_FALSE(whole.out.empty());
  EXPECT_EQ(through_pipe.out, whole.out);
}

TEST_F(ModelsTest, FilesOfSeveralModelsAreDecodedTogether) {
  const RunOptions options =
      Environment({{"MOTET_MODEL_PATH", TestModelPath() + ":" + OtherModelPath()}});
  const Outcome outcome =
      Run({"decode", "-o", Path("out"), Path("one.motet"), Path("other.motet")}, options);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(ReadAudioFacts(Path("out/one.wav")).samples, 20000);
  EXPECT_EQ(ReadAudioFacts(Path("out/other.wav")).samples, 20000);
}

TEST_F(ModelsTest, AModelThatIsNotThereIsNamedWithThePlacesAndWhatIsKnownOfIt) {
  const RunOptions options = Environment({{"MOTET_MODEL_PATH", Path("folder")}});
  const std::vector<std::string> decode = {"decode", Path("other.motet"), Path("x.wav")};
  const std::vector<std::string> always = {"other.motet",  "ffffffffffffffff",
                                           Path("folder"), Path("home/.local/share/motet"),
                                           "share/motet",  "--model"};
  const auto fails_with = [&](const std::string& words) {
    std::vector<std::string> all = always;
    all.push_back(words);
    ExpectFailure(decode, all, options);
  };
  fails_with("no registry knows that model");
  const std::string model = R"({"models": [{"name": "7", "identity": "ffffffffffffffff",
      "codec_identity": "ffffffffffffffff", "date": "2026-11-22", "licence": "MIT",
      "file": "motet-7.motetmodel", )";
  WriteRegistry(model + R"("released": "1.2.0"}]})");
  fails_with("it is model 7 of 2026-11-22, 'motet-7.motetmodel' of Motet 1.2.0");
  WriteRegistry(model + R"("released": null, "commit": "730607a"}]})");
  fails_with("never released: its file is models/motet-7.motetmodel in commit 730607a");
}

TEST_F(ModelsTest, ADamagedModelOrRegistryIsNamed) {
  fs::copy_file(OtherModelPath(), Path("folder/a.motetmodel"));
  fs::resize_file(Path("folder/a.motetmodel"), fs::file_size(OtherModelPath()) - 1);
  const RunOptions options = Environment({{"MOTET_MODEL_PATH", Path("folder")}});
  ExpectFailure({"decode", Path("other.motet"), Path("x.wav")}, {"a.motetmodel"}, options);
  for (const char* text : {"", "[]", "{\"models\": 3}", "{\"models\": [3]}",
                           "{\"models\": [{\"name\": \"7\", \"identity\": 7}]}"}) {
    WriteRegistry(text);
    const Outcome outcome = Run({"decode", Path("one.motet"), Path("x.wav")}, options);
    EXPECT_EQ(outcome.exit_code, 1) << text;
    EXPECT_NE(outcome.err.find("index.json"), std::string::npos) << text << outcome.err;
  }
}

}  // namespace
}  // namespace motet::cli
