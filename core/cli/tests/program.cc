#include "program.h"

#include <fcntl.h>
#include <sndfile.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "program_arguments.h"
#include "sanitizer.h"

namespace motet::cli {
namespace {

namespace fs = std::filesystem;

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Redirect(const std::string& path, int flags, int to) {
  const int descriptor = open(path.c_str(), flags, 0644);
  if (descriptor < 0 || dup2(descriptor, to) < 0) _exit(126);
  close(descriptor);
}

}  // namespace

void ProgramTest::SetUp() {
  std::string pattern = (fs::temp_directory_path() / "motet-test-XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
}

void ProgramTest::TearDown() {
  std::error_code error;
  fs::remove_all(folder_, error);
}

std::vector<std::string> ProgramTest::Files() const {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

Outcome ProgramTest::Run(const std::vector<std::string>& arguments,
                         const RunOptions& options) const {
  const fs::path logs =
      folder_.string() +
      ".logs";  // beside the folder, so that Files() shows the program's doing alone
  fs::create_directories(logs);
  const std::string out = (logs / "out").string();
  const std::string err = (logs / "err").string();
  const std::string model = TestModelPath();
  const ProgramArguments command(arguments);
  int pipe_ends[2] = {-1, -1};
  const bool is_fed = options.pipe_input || options.socket_input;
  if (options.pipe_input && pipe(pipe_ends) != 0) return {};
  if (options.socket_input && socketpair(AF_UNIX, SOCK_STREAM, 0, pipe_ends) != 0) return {};

  const pid_t child = fork();
  if (child == 0) {
    if (is_fed) {
      dup2(pipe_ends[0], STDIN_FILENO);
      close(pipe_ends[0]);
      close(pipe_ends[1]);
    } else {
      Redirect(options.standard_input, O_RDONLY, STDIN_FILENO);
    }
    Redirect(out, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    Redirect(err, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    if (options.use_model) setenv("MOTET_MODEL", model.c_str(), 1);
    if (!options.use_model) unsetenv("MOTET_MODEL");
    if (!options.temporary_folder.empty()) setenv("TMPDIR", options.temporary_folder.c_str(), 1);
    for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
    if (options.file_limit > 0) {
      const rlimit limit{options.file_limit, options.file_limit};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    execv(command.program(), command.argv());
    _exit(127);
  }
  if (is_fed) {
    close(pipe_ends[0]);
    const std::string bytes = Slurp(options.standard_input);
    // The program may end before it has read everything.
    void (*before)(int) = std::signal(SIGPIPE, SIG_IGN);
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t put =
          write(pipe_ends[1], bytes.data() + at, std::min<size_t>(bytes.size() - at, 1000));
      if (put <= 0) break;
      at += static_cast<size_t>(put);
    }
    std::signal(SIGPIPE, before);
    close(pipe_ends[1]);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  Outcome outcome{.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                  .out = Slurp(out),
                  .err = Slurp(err),
                  .peak_kib = usage.ru_maxrss};
  fs::remove_all(logs);
  return outcome;
}

void ProgramTest::ExpectFailure(const std::vector<std::string>& arguments,
                                const std::vector<std::string>& words,
                                const RunOptions& options) const {
  const std::vector<std::string> before = Files();
  const Outcome outcome = Run(arguments, options);
  std::ostringstream command;
  for (const std::string& argument : arguments) command << argument << ' ';
  EXPECT_EQ(outcome.exit_code, 1) << command.str() << outcome.err;
  EXPECT_EQ(outcome.err.rfind("motet: ", 0), 0u) << outcome.err;
  EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << "one sentence: " << outcome.err;
  for (const std::string& word : words)
    EXPECT_NE(outcome.err.find(word), std::string::npos)
        << "no '" << word << "' in: " << outcome.err;
  EXPECT_EQ(Files(), before) << command.str() << "left something behind";
}

void ProgramTest::WriteAudio(const std::string& name, size_t samples, int channels,
                             int rate) const {
  SF_INFO facts{};
  facts.samplerate = rate;
  facts.channels = channels;
  const std::string suffix = fs::path(name).extension().string();
  facts.format = suffix == ".flac"   ? SF_FORMAT_FLAC | SF_FORMAT_PCM_16
                 : suffix == ".ogg"  ? SF_FORMAT_OGG | SF_FORMAT_VORBIS
                 : suffix == ".opus" ? SF_FORMAT_OGG | SF_FORMAT_OPUS
                 : suffix == ".mp3"  ? SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III
                 : suffix == ".rf64" ? SF_FORMAT_RF64 | SF_FORMAT_PCM_16
                 : suffix == ".aiff" ? SF_FORMAT_AIFF | SF_FORMAT_PCM_16
                                     : SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open(Path(name).c_str(), SFM_WRITE, &facts);
  ASSERT_NE(file, nullptr) << name << ": " << sf_strerror(nullptr);
  std::vector<float> frame(static_cast<size_t>(channels));
  for (size_t i = 0; i < samples; ++i) {
    for (size_t channel = 0; channel < frame.size(); ++channel) {
      frame[channel] =
          static_cast<float>(0.4 * std::sin(0.03 * static_cast<double>((channel + 1) * i)));
    }
    sf_writef_float(file, frame.data(), 1);
  }
  ASSERT_EQ(sf_close(file), 0);
}

void ProgramTest::WriteBytes(const std::string& name, const std::vector<uint8_t>& bytes) const {
  std::ofstream(folder_ / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

std::vector<uint8_t> ProgramTest::ReadBytes(const std::string& name) const {
  const std::string text = Slurp(folder_ / name);
  return {text.begin(), text.end()};
}

AudioFacts ReadAudioFacts(const std::string& path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) return {};
  AudioFacts facts{
      .samples = 0, .channels = info.channels, .rate = info.samplerate, .format = info.format};
  std::vector<float> block(4096 * static_cast<size_t>(info.channels));
  for (sf_count_t got = 0; (got = sf_readf_float(file, block.data(), 4096)) > 0;) {
    facts.samples += got;
    for (sf_count_t i = 0; i < got * info.channels; ++i)
      facts.peak =
          std::max(facts.peak, std::abs(static_cast<double>(block[static_cast<size_t>(i)])));
  }
  sf_close(file);
  return facts;
}

bool UnderSanitizer() { return MOTET_ADDRESS_SANITIZER != 0; }

}  // namespace motet::cli
