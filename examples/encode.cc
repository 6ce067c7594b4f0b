// Writes a `.motet` stream in C++: raw PCM from standard input, 32-bit floats of 44.1 kHz stereo,
// interleaved.
//
//   ffmpeg -i song.flac -ar 44100 -ac 2 -f f32le - | encode motet.motetmodel song.motet
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "motet/core.h"

namespace {

constexpr size_t kFrames = 4096;  // read at once; any number will do

int Fail(const motet::Status& status) {
  std::fprintf(stderr, "encode: %s\n", status.message().c_str());
  return 1;
}

// Everything that is ready goes into the file.
bool Write(std::FILE* file, std::vector<uint8_t>& bytes) {
  const bool ok = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  bytes.clear();
  return ok;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: encode MODEL OUT.motet < PCM\n");
    return 2;
  }
  auto model = motet::Model::Load(argv[1]);
  if (!model.ok()) return Fail(model.status());
  auto encoder = motet::StreamEncoder::Create(
      *model, {.sample_rate = 44100, .channels = 2, .tags = {{"title", "From standard input"}}});
  if (!encoder.ok()) return Fail(encoder.status());
  std::FILE* file = std::fopen(argv[2], "wb");
  if (file == nullptr) {
    std::perror(argv[2]);
    return 1;
  }

  std::array<float, 2 * kFrames> interleaved;
  std::array<std::array<float, kFrames>, 2> planes;
  const std::array<const float*, 2> pcm = {planes[0].data(), planes[1].data()};
  std::vector<uint8_t> bytes;
  bool written = true;
  while (size_t frames = std::fread(interleaved.data(), 2 * sizeof(float), kFrames, stdin)) {
    for (size_t i = 0; i < frames; ++i) {
      planes[0][i] = interleaved[2 * i];
      planes[1][i] = interleaved[2 * i + 1];
    }
    if (auto s = (*encoder)->Encode(pcm.data(), frames, &bytes); !s.ok()) return Fail(s);
    written = written && Write(file, bytes);
  }
  if (auto s = (*encoder)->Finish(&bytes); !s.ok()) return Fail(s);
  written = written && Write(file, bytes);

  // The length is known now: the header says it from the beginning on, where the file lets us.
  bytes = (*encoder)->HeaderBytes();
  if (std::fseek(file, 0, SEEK_SET) == 0) written = written && Write(file, bytes);
  if (std::fclose(file) != 0 || !written) {
    std::perror(argv[2]);
    return 1;
  }
  std::fprintf(stderr, "%.2f s\n",
               static_cast<double>((*encoder)->samples()) / (*encoder)->header().sample_rate);
  return 0;
}
