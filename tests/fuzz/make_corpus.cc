// Writes the seeds that fuzzing starts from into two folders: streams of all shapes, and small
// models of every storage.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "motet/model.h"
#include "motet/stream.h"
#include "random_model.h"

namespace {

namespace fs = std::filesystem;

bool Save(const fs::path& path, const std::vector<uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

std::vector<uint8_t> MakeStream(size_t packets, int packets_per_page, uint64_t samples,
                                std::vector<motet::StreamTag> tags,
                                std::shared_ptr<const motet::Model> model = nullptr) {
  motet::Result<motet::StreamWriter> writer = motet::StreamWriter::Create(
      {.quality = 1,
       .packet_bytes = 1,
       .coding =
           model == nullptr ? motet::StreamCoding::kFixedWidth : motet::StreamCoding::kEntropy,
       .samples = samples,
       .model_identity = model == nullptr ? "0123456789abcdef" : model->info().identity,
       .tags = std::move(tags)},
      packets_per_page, std::move(model));
  if (!writer.ok()) return {};
  std::vector<uint8_t> bytes = writer->HeaderBytes();
  const std::vector<uint8_t> codes(packets, 0x4D);
  if (!writer->Write(codes, &bytes).ok() || !writer->Finish(1000, &bytes).ok()) return {};
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: make_corpus STREAM_FOLDER MODEL_FOLDER\n");
    return 2;
  }
  const fs::path streams = argv[1];
  const fs::path models = argv[2];
  fs::create_directories(streams);
  fs::create_directories(models);

  std::vector<uint8_t> damaged = MakeStream(20, 4, 1000, {});
  bool ok = !damaged.empty();
  if (ok) damaged[80] ^= 1;
  ok = ok && Save(streams / "empty", MakeStream(0, 4, 1000, {}));
  ok = ok && Save(streams / "pages", MakeStream(20, 4, motet::kUnknownSamples, {}));
  ok = ok && Save(streams / "tags", MakeStream(3, 255, 1000, {{"title", "é"}, {"artist", ""}}));
  ok = ok && Save(streams / "damaged", damaged);
  using motet::testing::Storage;
  const std::vector<uint8_t> with_entropy =
      motet::testing::RandomEntropyModel(motet::testing::kSmallConfig, 1);
  const auto model = motet::Model::FromBytes(with_entropy, "model");
  ok = ok && model.ok() && Save(streams / "entropy", MakeStream(40, 10, 1000, {}, *model));
  ok = ok && Save(models / "entropy", with_entropy);
  ok = ok && Save(models / "f32",
                  motet::testing::RandomModel(motet::testing::kSmallConfig, 1, Storage::kF32));
  ok = ok && Save(models / "f16",
                  motet::testing::RandomModel(motet::testing::kSmallConfig, 1, Storage::kF16));
  ok = ok && Save(models / "int8",
                  motet::testing::RandomModel(motet::testing::kSmallConfig, 1, Storage::kInt8));
  if (!ok) std::fprintf(stderr, "make_corpus: a seed could not be written\n");
  return ok ? 0 : 1;
}
