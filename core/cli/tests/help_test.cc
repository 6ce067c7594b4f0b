// Tests that help fits on a screen and has examples, that the manual page and the completions are
// made of the same description, and that each is what its reader takes.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "program.h"
#include "shell.h"

namespace motet::cli {
namespace {

const std::vector<std::string> kCommands = {"encode", "decode",  "cut",   "cat",        "play",
                                            "info",   "compare", "bench", "completion", "help"};

class HelpTest : public ProgramTest {
 protected:
  std::string Print(const std::vector<std::string>& arguments) const {
    const Outcome outcome = Run(arguments, {.use_model = false});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }

  std::string Shell(const std::string& lines) const { return cli::Shell(folder_.string(), lines); }
};

TEST_F(HelpTest, EveryHelpFitsOnAScreenAndHasExamples) {
  std::vector<std::vector<std::string>> lines = {{"--help"}};
  for (const std::string& command : kCommands) lines.push_back({command, "--help"});
  for (const std::vector<std::string>& line : lines) {
    SCOPED_TRACE(line.front());
    const std::string help = Print(line);
    std::istringstream stream(help);
    int count = 0;
    for (std::string text; std::getline(stream, text); ++count) EXPECT_LE(text.size(), 80u) << text;
    EXPECT_LE(count, 40) << help;
    EXPECT_NE(help.find("Usage: motet"), std::string::npos);
    if (line.front() != "help") {
      EXPECT_NE(help.find("Examples:\n  "), std::string::npos) << help;
    }
  }
}

TEST_F(HelpTest, HelpOfACommandIsThatCommandsHelp) {
  EXPECT_EQ(Print({"help"}), Print({"--help"}));
  EXPECT_EQ(Print({"help", "encode"}), Print({"encode", "--help"}));
  EXPECT_EQ(Run({"help", "sing"}).exit_code, 2);
  for (const std::string& command : kCommands)
    EXPECT_NE(Print({"--help"}).find("\n  " + command + " "), std::string::npos) << command;
}

TEST_F(HelpTest, TheManualPageHasEveryOptionAndIsSoundRoff) {
  const std::string page = Print({"help", "--man"});
  for (const std::string& command : kCommands) {
    EXPECT_NE(page.find(".SS " + command + "\n"), std::string::npos) << command;
    std::istringstream help(Print({command, "--help"}));
    for (std::string word; help >> word;) {
      if (!word.starts_with("--")) continue;
      std::string roff;
      for (const char c : word.substr(0, word.find_first_of(",.;:)")))
        roff += c == '-' ? "\\-" : std::string(1, c);
      EXPECT_NE(page.find(roff), std::string::npos) << command << " " << word;
    }
  }
  if (!HasProgram("groff")) GTEST_SKIP() << "groff is not installed";
  WriteBytes("motet.1", {page.begin(), page.end()});
  EXPECT_EQ(Shell("groff -man -ww -z motet.1"), "") << "warnings";
  const std::string text = Shell("groff -man -Tascii -P-cbou motet.1");
  for (const char* words :
       {"NAME", "motet encode -o coded music", "--quality N", "EXIT STATUS", "MOTET_MODEL"})
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
}

TEST_F(HelpTest, BashCompletes) {
  if (!HasProgram("bash")) GTEST_SKIP() << "bash is not installed";
  std::filesystem::create_directory(Path("music"));
  WriteBytes("song.motet", {});
  WriteBytes("complete.bash", [this] {
    const std::string text = Print({"completion", "bash"}) + R"(
compopt() { :; }  # only a shell with a person at it has that
complete_line() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _motet; echo "${COMPREPLY[*]}"
}
complete_line motet enc
complete_line motet encode --qua
complete_line motet encode --coding ''
complete_line motet encode -o ''
complete_line motet play so
complete_line motet completion ''
complete_line motet encode -q ''
)";
    return std::vector<uint8_t>(text.begin(), text.end());
  }());
  EXPECT_EQ(Shell("bash complete.bash"),
            "encode\n--quality\nentropy fixed\nmusic\nsong.motet\nbash zsh fish\n\n");
}

TEST_F(HelpTest, FishCompletes) {
  if (!HasProgram("fish")) GTEST_SKIP() << "fish is not installed";
  Shell("motet completion fish > motet.fish");
  const std::string text = Shell(
      "fish -N -c 'source motet.fish; for line in \"motet enc\" \"motet encode --qua\" "
      "\"motet encode --coding \"; complete -C$line; end'");
  EXPECT_EQ(text.rfind("encode\tEncode audio files\n--quality\t", 0), 0u) << text;
  EXPECT_NE(text.find("\nentropy\t"), std::string::npos) << text;
  EXPECT_NE(text.find("\nfixed\t"), std::string::npos) << text;
}

TEST_F(HelpTest, ZshCompletes) {
  if (!HasProgram("zsh")) GTEST_SKIP() << "zsh is not installed";
  Shell("mkdir -p functions && motet completion zsh > functions/_motet");
  EXPECT_EQ(Shell("zsh -n functions/_motet"), "");
  // A zsh in a terminal of its own, in which Tab is pressed.
  const std::string script = R"(zmodload zsh/zpty
zpty shell 'TERM=dumb PS1=READY zsh -f -i'
zpty -w shell 'fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u; zstyle ":completion:*" list-separator :'
zpty -n -w shell $'motet enco\t-q 3 --codi\tfix\t#'
text=; for i in {1..300}; do
  if zpty -r -t shell part; then text+=$part; else sleep 0.1; fi
  [[ $text == *fixed* ]] && break
done
print -r -- $text
zpty -d shell
)";
  WriteBytes("complete.zsh", {script.begin(), script.end()});
  const std::string text = Shell("zsh -f complete.zsh");
  for (const char* word : {"encode", "--coding", "fixed"})
    EXPECT_NE(text.find(word), std::string::npos) << word << " in " << text;
}

}  // namespace
}  // namespace motet::cli
