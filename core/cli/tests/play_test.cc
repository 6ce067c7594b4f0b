// Tests what `motet play` promises: what sounds is what `motet decode` gives, it sounds before the
// file has come as a whole, and what stands in its way is one sentence. SDL writes the sound into a
// file here instead of a device.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "program.h"
#include "running_program.h"

namespace motet::cli {
namespace {

// Serves bytes over HTTP on this machine, to one client; "404" instead of nothing.
class OneFileServer {
 public:
  explicit OneFileServer(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/song.motet";
    thread_ = std::jthread([this] { Serve(); });
  }
  ~OneFileServer() {
    shutdown(listener_, SHUT_RDWR);  // wakes accept
    thread_.join();
    close(listener_);
  }
  OneFileServer(const OneFileServer&) = delete;
  OneFileServer& operator=(const OneFileServer&) = delete;

  const std::string& url() const { return url_; }

 private:
  void Serve() const {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    char request[4096];
    (void)!read(client, request, sizeof(request));
    std::string answer =
        bytes_.empty() ? "HTTP/1.0 404 Not Found\r\n\r\n" : "HTTP/1.0 200 OK\r\n\r\n";
    answer.append(bytes_.begin(), bytes_.end());
    send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    close(client);
  }

  std::vector<uint8_t> bytes_;
  int listener_ = -1;
  std::string url_;
  std::jthread thread_;
};

class PlayTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    setenv("SDL_AUDIODRIVER", "disk", 1);
    setenv("SDL_DISKAUDIOFILE", Path("played").c_str(), 1);
    void* sdl = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
    if (sdl == nullptr) GTEST_SKIP() << "SDL 2 is not installed";
    dlclose(sdl);
    WriteAudio("in.wav", 60000);
    ASSERT_EQ(Run({"encode", Path("in.wav"), Path("song.motet")}).exit_code, 0);
  }

  // Samples that are not 0: SDL fills up with silence when it has nothing.
  static std::vector<float> Sounding(const std::vector<uint8_t>& bytes, size_t begin = 0) {
    std::vector<float> samples((bytes.size() - begin) / sizeof(float));
    if (samples.empty()) return samples;  // nothing is written yet
    std::memcpy(samples.data(), bytes.data() + begin, samples.size() * sizeof(float));
    std::erase(samples, 0.0f);
    return samples;
  }

  // What decode gives, with the samples of the WAV file that are sound.
  std::vector<float> Decoded() {
    EXPECT_EQ(Run({"decode", "-f", "--float", Path("song.motet"), Path("decoded.wav")}).exit_code,
              0);
    const std::vector<uint8_t> wav = ReadBytes("decoded.wav");
    const std::string text(wav.begin(), wav.end());
    return Sounding(wav, text.find("data") + 8);
  }
};

TEST_F(PlayTest, WhatSoundsIsWhatDecodeGives) {
  const Outcome outcome = Run({"play", Path("song.motet")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("1.36 s, stereo"), std::string::npos) << outcome.err;
  const std::vector<float> decoded = Decoded();
  ASSERT_GT(decoded.size(), 100000u);
  EXPECT_EQ(Sounding(ReadBytes("played")), decoded);
  setenv("SDL_AUDIODRIVER", "dummy", 1);  // the other one talks
  EXPECT_EQ(Run({"play", "--quiet", Path("song.motet")}).err, "");
}

TEST_F(PlayTest, ItSoundsBeforeTheRestHasComeAndAnInterruptEndsIt) {
  WriteAudio("long.wav", 1000000);
  ASSERT_EQ(Run({"encode", Path("long.wav"), Path("long.motet")}).exit_code, 0);
  const std::vector<uint8_t> stream = ReadBytes("long.motet");
  RunningProgram program({"play", "-"}, folder_.string());
  program.Feed(std::span(stream).first(stream.size() / 2));  // and no more
  ASSERT_TRUE(
      WaitUntil([this] { return Exists("played") && !Sounding(ReadBytes("played")).empty(); }));
  program.Signal(SIGINT);
  const int status = program.Wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
}

TEST_F(PlayTest, AUrlPlaysThroughCurl) {
  if (std::system("curl --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "curl is not installed";
  const OneFileServer server(ReadBytes("song.motet"));
  const Outcome outcome = Run({"play", server.url()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(Sounding(ReadBytes("played")), Decoded());
  const OneFileServer missing({});
  const Outcome failure = Run({"play", missing.url()});
  EXPECT_EQ(failure.exit_code, 1);
  EXPECT_NE(failure.err.find("could not be fetched"), std::string::npos) << failure.err;
  EXPECT_NE(failure.err.find("404"), std::string::npos) << failure.err;
}

TEST_F(PlayTest, WhatStandsInItsWayIsOneSentence) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nonexistent", 1);
  ExpectFailure({"play", "https://127.0.0.1/song.motet"}, {"https://127.0.0.1", "curl"});
  setenv("PATH", path.c_str(), 1);
  ExpectFailure({"play", Path("in.wav")}, {"in.wav", "not a motet stream"});
  ExpectFailure({"play", Path("none.motet")}, {"none.motet", "No such file"});
  setenv("SDL_AUDIODRIVER", "none of this name", 1);
  ExpectFailure({"play", Path("song.motet")}, {"sound device", "none of this name"});
}

TEST_F(PlayTest, AStreamThatEndsEarlyIsPlayedAsFarAsItGoesAndThatIsTold) {
  WriteAudio("long.wav", 200000);
  ASSERT_EQ(Run({"encode", Path("long.wav"), Path("cut.motet")}).exit_code, 0);
  std::vector<uint8_t> cut = ReadBytes("cut.motet");
  cut.resize(54 + 14 + 128 * 14 + 100);
  WriteBytes("cut.motet", cut);
  const Outcome outcome = Run({"play", Path("cut.motet")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("cut.motet"), std::string::npos) << outcome.err;
  EXPECT_GT(Sounding(ReadBytes("played")).size(), 100u * 1024);
}

}  // namespace
}  // namespace motet::cli
