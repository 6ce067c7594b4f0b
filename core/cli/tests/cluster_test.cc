// Tests that the lines of docs/BATCH.md for GNU parallel and for Slurm do as they stand there:
// every file of a tree once, with the bits that it has alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "program.h"
#include "shell.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

// The block of code in docs/BATCH.md that contains `word`.
std::string Block(const std::string& word) {
  std::ifstream file(MOTET_DOCS "/BATCH.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  for (size_t begin = page.find("```"); begin != std::string::npos;) {
    begin = page.find('\n', begin) + 1;
    const size_t end = page.find("```", begin);
    const std::string block = page.substr(begin, end - begin);
    if (block.find(word) != std::string::npos) return block;
    begin = page.find("```", end + 3);
  }
  ADD_FAILURE() << "no block with '" << word << "'";
  return {};
}

class ClusterTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    if (!HasProgram("parallel")) GTEST_SKIP() << "GNU parallel is not installed";
    setenv("MOTET_MODEL", TestModelPath().c_str(), 1);
    fs::create_directories(Path("music/an album"));
    for (const char* name : {"one", "two", "an album/three (live)", "an album/it's four", "five"})
      WriteAudio("music/" + std::string(name) + ".flac", 5000);
    ASSERT_EQ(Run({"encode", "-o", Path("expected/music"), Path("music")}).exit_code, 0);
  }

  void ExpectAllCoded() const {
    size_t files = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(Path("expected"))) {
      if (!entry.is_regular_file()) continue;
      const std::string name = fs::relative(entry.path(), Path("expected")).string();
      EXPECT_EQ(ReadBytes("coded/" + name), ReadBytes("expected/" + name)) << name;
      ++files;
    }
    EXPECT_EQ(files, 5u);
  }
};

TEST_F(ClusterTest, GnuParallelEncodesATree) {
  Shell(folder_.string(), Block("parallel motet"));
  ExpectAllCoded();
}

TEST_F(ClusterTest, AnArrayOfSlurmEncodesEachFileOnce) {
  const std::string script = Block("#SBATCH");
  ASSERT_EQ(script.rfind("#!/bin/bash\n", 0), 0u);
  WriteBytes("encode.sh", {script.begin(), script.end()});
  size_t coded = 0;
  for (int task = 0; task < 3; ++task) {
    Shell(folder_.string(), "SLURM_ARRAY_TASK_COUNT=3 SLURM_CPUS_PER_TASK=2 SLURM_ARRAY_TASK_ID=" +
                                std::to_string(task) + " bash encode.sh");
    const auto files = static_cast<size_t>(std::ranges::count_if(
        fs::recursive_directory_iterator(Path("coded")),
        [](const fs::directory_entry& entry) { return entry.is_regular_file(); }));
    EXPECT_GT(files, coded) << "task " << task << " did its share";
    EXPECT_LT(files, coded + 3);
    coded = files;
  }
  ExpectAllCoded();
}

}  // namespace
}  // namespace motet::cli
