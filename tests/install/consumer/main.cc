// A program outside Motet's tree: loads a model, codes one second of a sine and decodes it again;
// writes the sine as raw stereo PCM besides, for the programs of examples/.
// It tests that the installed headers and libraries are complete, not how the codec sounds.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include "motet/core.h"
#include "motet/motet.h"

namespace {

constexpr double kPi = 3.14159265358979323846;

int Fail(const motet::Status& status) {
  std::fprintf(stderr, "consumer: %s\n", status.message().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: consumer MODEL PCM\n");
    return 2;
  }
  auto model = motet::Model::Load(argv[1]);
  if (!model.ok()) return Fail(model.status());
  const motet::ModelInfo& info = (*model)->info();

  const auto frames = static_cast<size_t>(info.sample_rate);
  std::vector<float> sine(frames);
  for (size_t i = 0; i < frames; ++i) {
    sine[i] = static_cast<float>(
        0.5 * std::sin(2 * kPi * 440.0 * static_cast<double>(i) / info.sample_rate));
  }
  const float* const input[] = {sine.data(), sine.data()};

  std::FILE* file = std::fopen(argv[2], "wb");
  bool written = file != nullptr;
  for (const float sample : sine) {
    const float both[] = {sample, sample};
    written = written && std::fwrite(both, sizeof both, 1, file) == 1;
  }
  if (!written || std::fclose(file) != 0) {
    std::perror(argv[2]);
    return 1;
  }

  auto encoder = motet::Encoder::Create(*model, {});
  if (!encoder.ok()) return Fail(encoder.status());
  std::vector<uint8_t> packets((*encoder)->MaxOutputBytes(frames) + (*encoder)->MaxFlushBytes());
  auto encoded = (*encoder)->Encode(input, frames, packets);
  if (!encoded.ok()) return Fail(encoded.status());
  auto flushed = (*encoder)->Flush(std::span(packets).subspan(*encoded));
  if (!flushed.ok()) return Fail(flushed.status());
  packets.resize(*encoded + *flushed);

  auto decoder = motet::Decoder::Create(*model, {});
  if (!decoder.ok()) return Fail(decoder.status());
  const size_t capacity = packets.size() / static_cast<size_t>((*decoder)->packet_bytes()) *
                          static_cast<size_t>(info.packet_samples);
  std::vector<float> left(capacity);
  std::vector<float> right(capacity);
  float* const output[] = {left.data(), right.data()};
  auto decoded = (*decoder)->Decode(packets, output, capacity);
  if (!decoded.ok()) return Fail(decoded.status());

  double energy = 0;
  for (const float sample : left) energy += static_cast<double>(sample) * sample;
  std::printf("%zu samples -> %zu bytes -> %zu samples, RMS %.3f\n", frames, packets.size(),
              *decoded, std::sqrt(energy / static_cast<double>(left.size())));
  if (*decoded < frames || !(energy > 0)) {
    std::fprintf(stderr, "consumer: the sine did not come back\n");
    return 1;
  }
  return 0;
}
