// Runs a fuzz target over the files and folders that are named, for builds without libFuzzer: what
// was found once stays tested. Each input is also run with every byte changed in turn and cut off
// at several lengths, so that a small corpus goes far.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kChanges = 300;  // of one input, spread over its bytes

void Replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  const size_t step = bytes.size() / kChanges + 1;
  for (size_t at = 0; at < bytes.size(); at += step) {
    bytes[at] ^= static_cast<uint8_t>(1u << (at % 8));
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    bytes[at] ^= static_cast<uint8_t>(1u << (at % 8));
    const std::vector<uint8_t> prefix(
        bytes.begin(),
        bytes.begin() + static_cast<ptrdiff_t>(at));  // its own block: reading past it shows
    LLVMFuzzerTestOneInput(prefix.data(), prefix.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::filesystem::is_directory(argv[i])) {
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
        Replay(entry.path());
        ++files;
      }
    } else if (std::filesystem::is_regular_file(argv[i])) {
      Replay(argv[i]);
      ++files;
    }
  }
  std::printf("%zu inputs\n", files);
  return files > 0 ? 0 : 1;  // an empty corpus tests nothing
}
