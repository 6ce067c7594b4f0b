// Runs a fuzz target over the files and folders that are named, for builds without libFuzzer: what
// was found once stays tested. Besides, each input is cut off at several lengths, and changed, with
// and without right checksums, at N places (-changes=N); and -runs=N changes them N times at
// random, the same in every run.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "target.h"

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

constexpr size_t kMostRandomChanges = 8;  // of one run

size_t executions = 0;

// From a block of its own, so that reading past the end shows.
void Run(const Bytes& bytes) {
  ++executions;
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void RunBothWays(Bytes bytes) {
  Run(bytes);
  motet::fuzz::RepairChecksums(bytes);
  Run(bytes);
}

void Replay(Bytes bytes, size_t changes) {
  Run(bytes);
  const size_t step = changes == 0 ? bytes.size() + 1 : bytes.size() / changes + 1;
  for (size_t at = step / 2; at < bytes.size(); at += step) {
    const auto bit = static_cast<uint8_t>(1u << (at % 8));
    bytes[at] ^= bit;
    RunBothWays(bytes);
    bytes[at] ^= bit;
    Run({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(at)});
  }
}

// A few bytes set, taken out, put in, or copied from elsewhere.
Bytes Changed(Bytes bytes, const Bytes& other, std::mt19937& random) {
  const auto below = [&random](size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (size_t changes = 1 + below(kMostRandomChanges); changes > 0 && !bytes.empty(); --changes) {
    const auto at = static_cast<ptrdiff_t>(below(bytes.size()));
    const auto count = static_cast<ptrdiff_t>(
        below(std::min<size_t>(40, bytes.size() - static_cast<size_t>(at) + 1)));
    switch (below(4)) {
      case 0:
        bytes[static_cast<size_t>(at)] = static_cast<uint8_t>(random());
        break;
      case 1:
        bytes.erase(bytes.begin() + at, bytes.begin() + at + count);
        break;
      case 2:
        bytes.insert(bytes.begin() + at, static_cast<size_t>(count),
                     static_cast<uint8_t>(random()));
        break;
      default: {
        const size_t from = below(other.size());
        const size_t size = std::min<size_t>(other.size() - from, 1 + below(100));
        bytes.insert(bytes.begin() + at, other.begin() + static_cast<ptrdiff_t>(from),
                     other.begin() + static_cast<ptrdiff_t>(from + size));
      }
    }
  }
  return bytes;
}

Bytes ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<fs::path> paths;
  size_t changes = 0;
  size_t runs = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "-changes=", 9) == 0) {
      changes = std::strtoull(argv[i] + 9, nullptr, 10);
    } else if (std::strncmp(argv[i], "-runs=", 6) == 0) {
      runs = std::strtoull(argv[i] + 6, nullptr, 10);
    } else if (fs::is_directory(argv[i])) {
      for (const fs::directory_entry& entry : fs::directory_iterator(argv[i]))
        paths.push_back(entry.path());
    } else if (fs::is_regular_file(argv[i])) {
      paths.emplace_back(argv[i]);
    } else {
      std::fprintf(stderr, "%s: neither a file nor a folder\n", argv[i]);
      return 2;
    }
  }
  std::ranges::sort(paths);
  std::vector<Bytes> inputs;
  for (const fs::path& path : paths) inputs.push_back(ReadFile(path));
  for (const Bytes& input : inputs) Replay(input, changes);
  std::mt19937 random(1);
  for (size_t run = 0; run < runs && !inputs.empty(); run += 2) {
    const Bytes& input = inputs[random() % inputs.size()];
    const Bytes& other = inputs[random() % inputs.size()];
    RunBothWays(Changed(input, other, random));
  }
  std::printf("%zu inputs, %zu executions\n", inputs.size(), executions);
  return inputs.empty() ? 1 : 0;  // an empty corpus tests nothing
}
