// One run of the codec in LibTorch, on one thread, as JSON: what `./dev bench` puts beside Motet's
// own inference. Codes and samples alone; processor time.
//
// Usage: torch_codec_benchmark MODEL MUSIC: MUSIC is interleaved stereo of 32-bit floats at the
// model's rate.
#include <fmt/format.h>
#include <sys/resource.h>
#include <torch/torch.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "model/codec.h"
#include "training/checkpoint.h"

namespace motet::trainer {
namespace {

constexpr int64_t kPacket = 1024;
constexpr int64_t kQuality = 6;

double Now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

torch::Tensor ReadMusic(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  const auto frames = static_cast<int64_t>(bytes.size() / (2 * sizeof(float)));
  return torch::from_blob(bytes.data(), {frames, 2})
      .narrow(0, 0, frames / kPacket * kPacket)
      .t()
      .contiguous()
      .unsqueeze(0);
}

int Main(const char* model, const char* music) {
  torch::NoGradGuard no_grad;
  torch::set_num_threads(1);
  const torch::Tensor audio = ReadMusic(music);
  const double seconds = static_cast<double>(audio.size(2)) / 44100;
  const double begin = Now();
  const auto json = nlohmann::json::parse(ReadTensorFile(model).json);
  Codec codec(ParseModelConfig(json.at("model")));
  LoadWeights(*codec, model);
  codec->eval();
  codec->Encode(audio.narrow(2, 0, kPacket));
  const double start_up = Now() - begin;
  const int64_t bytes = codec->config().packet_bytes(kQuality);
  const auto encode = [&] { return codec->Encode(audio).narrow(2, 0, bytes).contiguous(); };
  codec->Decode(encode());
  const double encode_begin = Now();
  const torch::Tensor packets = encode();
  const double decode_begin = Now();
  codec->Decode(packets);
  const double end = Now();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      R"({{"start_up_ms":{:.3f},"fixed":{{"encode":{:.3f},"decode":{:.3f}}},"peak_mb":{:.1f}}})"
      "\n",
      1e3 * start_up, seconds / (decode_begin - encode_begin), seconds / (end - decode_begin),
      static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

}  // namespace
}  // namespace motet::trainer

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "torch_codec_benchmark: wanted MODEL MUSIC\n");
    return 1;
  }
  return motet::trainer::Main(argv[1], argv[2]);
}
