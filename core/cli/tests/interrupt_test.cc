// Tests that a signal that ends the program leaves no part of a file behind, and that the program
// still dies of that signal.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "program.h"
#include "running_program.h"

namespace motet::cli {
namespace {

class InterruptTest : public ProgramTest {
 protected:
  bool HasPart() const {
    return std::ranges::any_of(Files(), [](const std::string& n) { return n.ends_with(".part"); });
  }
};

TEST_F(InterruptTest, NoSignalThatEndsTheProgramLeavesAPartOfAFile) {
  WriteAudio("in.wav", 44100);
  const std::vector<uint8_t> wav = ReadBytes("in.wav");
  for (const int signal_number :
       {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2,
        SIGPOLL, SIGPWR, SIGSTKFLT, SIGABRT, SIGSYS, SIGTRAP, SIGRTMIN, SIGRTMAX}) {
    SCOPED_TRACE(strsignal(signal_number));
    RunningProgram program({"encode", "-", "out.motet"}, folder_.string());
    program.Feed(std::span(wav).first(wav.size() / 2));  // and it waits for the rest
    ASSERT_TRUE(WaitUntil([this] { return HasPart(); }));
    program.Signal(signal_number);
    const int status = program.Wait();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal_number) << status;
    EXPECT_EQ(Files(), std::vector<std::string>{"in.wav"});
  }
}

TEST_F(InterruptTest, DecodingToo) {
  WriteAudio("in.wav", 400000);
  ASSERT_EQ(Run({"encode", Path("in.wav"), Path("in.motet")}).exit_code, 0);
  const std::vector<uint8_t> stream = ReadBytes("in.motet");
  const std::vector<std::string> before = Files();
  for (const char* output : {"out.wav", "out.flac"}) {
    RunningProgram program({"decode", "-", output}, folder_.string());
    program.Feed(std::span(stream).first(stream.size() / 2));
    ASSERT_TRUE(WaitUntil([this] { return HasPart(); }));
    program.Signal(SIGQUIT);
    EXPECT_TRUE(WIFSIGNALED(program.Wait()));
    EXPECT_EQ(Files(), before) << output;
  }
}

TEST_F(InterruptTest, ASignalThatIsIgnoredStaysIgnored) {
  WriteAudio("in.wav", 44100);
  const std::vector<uint8_t> wav = ReadBytes("in.wav");
  void (*before)(int) = std::signal(SIGHUP, SIG_IGN);  // as nohup does
  RunningProgram program({"encode", "-", "out.motet"}, folder_.string());
  std::signal(SIGHUP, before);
  program.Feed(std::span(wav).first(wav.size() / 2));
  ASSERT_TRUE(WaitUntil([this] { return HasPart(); }));
  program.Signal(SIGHUP);
  program.Feed(std::span(wav).subspan(wav.size() / 2));
  program.EndInput();
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_TRUE(Exists("out.motet"));
}

}  // namespace
}  // namespace motet::cli
