// Tests that what a stream claims never decides what the program allocates: every command that
// reads streams is run, in this process, on golden streams of every kind and on such whose few
// bytes claim much, and allocates at most a fixed number of bytes and some for each byte of the
// file. All that is asked for counts, whether it is freed again or not.
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "hostile_streams.h"
#include "motet/model.h"
#include "motet_cli.h"
#include "sanitizer.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

// Standard output and standard error to nowhere while it lives.
class Quiet {
 public:
  Quiet() {
    std::fflush(nullptr);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (const int descriptor : {1, 2}) {
      kept_[descriptor - 1] = dup(descriptor);
      dup2(nowhere, descriptor);
    }
    close(nowhere);
  }
  ~Quiet() {
    std::fflush(nullptr);
    for (const int descriptor : {1, 2}) {
      dup2(kept_[descriptor - 1], descriptor);
      close(kept_[descriptor - 1]);
    }
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  int kept_[2];
};

class ProgramClaims : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path golden = MOTET_GOLDEN_FILES;
    const std::string model = (golden / "model.motetmodel").string();
    setenv("MOTET_MODEL", model.c_str(), 1);
    folder_ = fs::temp_directory_path() / ("motet-claims-" + std::to_string(getpid()));
    fs::create_directories(folder_);
    streams_ = testing::HostileStreams(*Model::Load(model));
    const std::vector<testing::NamedStream> more = testing::SomeGoldenStreams(golden);
    streams_.insert(streams_.end(), more.begin(), more.end());
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Runs the program with these words, INPUT and OUTPUT being files.
  int64_t Allocated(const std::vector<std::string>& words) const {
    std::vector<std::string> arguments = {"motet"};
    for (const std::string& word : words) {
      arguments.push_back(
          word == "INPUT" ? (folder_ / "in.motet").string()
          : word == "OUTPUT"
              ? (folder_ / (words.front() == "cut" ? "out.motet" : "out.wav")).string()
              : word);
    }
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const Quiet quiet;
    const int64_t before = testing::AllocationsSoFar().bytes;
    RunMotet(static_cast<int>(arguments.size()), pointers.data());
    return testing::AllocationsSoFar().bytes - before;
  }

  void ExpectBounded(const std::vector<std::string>& words, int64_t fixed, int64_t per_byte) const {
    std::string command;
    for (const std::string& word : words) command += word + " ";
    int64_t most = -1'000'000'000;
    std::string worst;
    // Under the sanitizers, where each takes four times as long, a third of them.
    constexpr size_t kStep = MOTET_ADDRESS_SANITIZER != 0 ? 3 : 1;
    for (size_t i = 0; i < streams_.size(); i += kStep) {
      const testing::NamedStream& stream = streams_[i];
      std::ofstream(folder_ / "in.motet", std::ios::binary)
          .write(reinterpret_cast<const char*>(stream.bytes.data()),
                 static_cast<std::streamsize>(stream.bytes.size()));
      const int64_t allocated = Allocated(words);
      const auto size = static_cast<int64_t>(stream.bytes.size());
      EXPECT_LE(allocated, fixed + per_byte * size)
          << command << ": " << stream.name << ", " << size << " bytes";
      if (allocated - per_byte * size > most) {
        most = allocated - per_byte * size;
        worst =
            std::to_string(allocated) + " bytes for " + std::to_string(size) + ", " + stream.name;
      }
    }
    std::printf("%-52s most: %s\n", command.c_str(), worst.c_str());
  }

  fs::path folder_;
  std::vector<testing::NamedStream> streams_;
};

// Most of it is what the model unpacks for entropy coding at quality 12.
constexpr int64_t kFixed = 50'000'000;
constexpr int64_t kPerByte = 200;

TEST_F(ProgramClaims, NeverDecideWhatInfoAllocates) {
  ExpectBounded({"info", "INPUT"}, kFixed, kPerByte);
  ExpectBounded({"info", "--json", "INPUT"}, kFixed, kPerByte);
  ExpectBounded({"info", "INPUT", "INPUT"}, kFixed, 2 * kPerByte);
  ExpectBounded({"info", "--features", "INPUT"}, kFixed, kPerByte);
}

TEST_F(ProgramClaims, NeverDecideWhatDecodeAllocates) {
  ExpectBounded({"decode", "-f", "INPUT", "OUTPUT"}, kFixed, kPerByte);
  ExpectBounded({"decode", "-f", "--conceal", "INPUT", "OUTPUT"}, kFixed, kPerByte);
  ExpectBounded({"decode", "-f", "--conceal", "--headroom", "1", "INPUT", "OUTPUT"}, kFixed,
                2 * kPerByte);
  ExpectBounded({"decode", "-f", "--conceal", "--start", "2000", "INPUT", "OUTPUT"}, kFixed,
                kPerByte);
}

TEST_F(ProgramClaims, NeverDecideWhatCutAllocates) {
  ExpectBounded({"cut", "-f", "INPUT", "OUTPUT", "--start", "0.05"}, kFixed, kPerByte);
  ExpectBounded({"cut", "-f", "INPUT", "OUTPUT", "--start", "2000"}, kFixed, kPerByte);
}

TEST_F(ProgramClaims, NeverDecideWhatPlayAllocates) {
  if (MOTET_ADDRESS_SANITIZER != 0) GTEST_SKIP() << "SDL keeps what it allocates";
  if (void* sdl = dlopen("libSDL2-2.0.so.0", RTLD_NOW); sdl == nullptr)
    GTEST_SKIP() << "SDL 2 is not installed";
  setenv("SDL_AUDIODRIVER", "disk", 1);
  setenv("SDL_DISKAUDIOFILE", "/dev/null", 1);
  setenv("SDL_DISKAUDIODELAY", "0", 1);  // as fast as it goes
  streams_ = testing::HostileStreams(*Model::Load(std::getenv("MOTET_MODEL")));
  // A queue of SDL's besides, which takes what is played.
  ExpectBounded({"play", "INPUT"}, kFixed, 10 * kPerByte);
}

}  // namespace
}  // namespace motet::cli

int main(int argc, char** argv) {
  if (!motet::testing::CountXnnpackAllocations()) return 1;
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
