#include "motet/model.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "codec/decoder_network.h"
#include "codec/encoder_network.h"
#include "entropy_coding/entropy_model.h"
#include "model_config/parse.h"
#include "model_file/model_data.h"
#include "model_file/tensor_file.h"

namespace motet {
namespace {

using core::Buffer;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Status FileError(const std::string& path, const char* what, int error) {
  const StatusCode code = error == ENOENT ? StatusCode::kNotFound : StatusCode::kIo;
  return Status(code, path + ": " + what + ": " + std::strerror(error));
}

Status NoMemory(const std::string& name) {
  return Status(StatusCode::kOutOfMemory, name + ": no memory to load it");
}

// The size of a file, or a guess: pipes have none, and folders report the largest number.
size_t SizeHint(std::FILE* file) {
  constexpr int64_t kUnknown = 1 << 20, kHighest = 1 << 30;
  if (std::fseek(file, 0, SEEK_END) != 0) return kUnknown;
  const int64_t end = std::ftell(file);
  std::rewind(file);
  return static_cast<size_t>(end > 0 && end <= kHighest ? end : kUnknown);
}

// Grows as the file is read, should the hint be wrong.
Result<Buffer<uint8_t>> ReadFile(const std::string& path, size_t* size) {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return FileError(path, "cannot be opened", errno);
  Buffer<uint8_t> bytes;
  *size = 0;
  for (size_t room = SizeHint(file.get()) + 1;; room *= 2) {
    Buffer<uint8_t> larger;
    if (!larger.AllocateForOverwrite(room)) return NoMemory(path);
    if (*size > 0) std::memcpy(larger.data(), bytes.data(), *size);
    bytes = std::move(larger);
    errno = 0;
    *size += std::fread(bytes.data() + *size, 1, room - *size, file.get());
    if (std::ferror(file.get()) != 0) return FileError(path, "cannot be read", errno);
    if (*size < room) return bytes;
  }
}

Result<Buffer<uint8_t>> CopyOf(std::span<const uint8_t> bytes, const std::string& name) {
  Buffer<uint8_t> copy;
  if (!copy.AllocateForOverwrite(bytes.size())) return NoMemory(name);
  if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
  return copy;
}

const char* StorageName(const core::TensorFile& file) {
  auto storage = core::DType::kF32;
  // Those of the entropy model are int8 in every storage.
  for (const auto& [name, tensor] : file.tensors()) {
    if (!core::IsEntropyTensor(name)) storage = std::max(storage, tensor.dtype);
  }
  return core::DTypeName(storage);
}

// Builds a network of `quality` only to have every tensor checked that it asks for; returns its
// multiply-adds per packet.
template <typename Network>
Result<double> TryNetwork(Model::Data* data, int quality) {
  core::Builder builder(data->config, data->weights, /*max_packets=*/1);
  const Network network(builder, quality);
  if (!builder.status().ok()) return builder.status();
  return network.multiply_adds_per_packet();
}

// The highest quality uses every tensor; ModelInfo gives the multiply-adds of the default one.
template <typename Network>
Result<double> CheckNetwork(Model::Data* data) {
  Result<double> best = TryNetwork<Network>(data, static_cast<int>(data->config.max_quality()));
  if (!best.ok()) return best;
  return TryNetwork<Network>(data, static_cast<int>(data->config.default_quality));
}

// Multiply-adds per packet; zeros where there is no network.
struct Costs {
  double encoder = 0;
  double decoder = 0;
};

Result<Costs> CheckNetworks(Model::Data* data) {
  const Result<double> encoder = CheckNetwork<core::EncoderNetwork>(data);
  if (!encoder.ok()) return encoder.status();
  const Result<double> decoder = CheckNetwork<core::DecoderNetwork>(data);
  if (!decoder.ok()) return decoder.status();
  return Costs{*encoder, *decoder};
}

std::shared_ptr<const uint8_t> Shared(Buffer<uint8_t> bytes) {
  auto owner = std::make_shared<Buffer<uint8_t>>(std::move(bytes));
  return {owner, owner->data()};
}

enum class Parts { kAll, kEntropyModel };

// The model in the first `size` of `bytes`: these parts and no others, with every tensor checked.
Result<std::unique_ptr<Model::Data>> Check(std::shared_ptr<const uint8_t> bytes, size_t size,
                                           Parts parts, const std::string& name) {
  Result<core::TensorFile> file = core::TensorFile::Parse({bytes.get(), size}, name);
  if (!file.ok()) return file.status();
  const Parsed<ModelFileConfig> config = ParseModelFileConfig(file->json());
  if (!config.ok()) return Status(StatusCode::kCorrupt, name + ": " + config.fault);
  std::unique_ptr<Model::Data> data(
      new (std::nothrow) Model::Data(std::move(bytes), std::move(*file), config.value, name));
  if (data == nullptr) return NoMemory(name);

  data->weights.BeginCheck();
  Costs costs;
  if (parts == Parts::kAll) {
    const Result<Costs> checked = CheckNetworks(data.get());
    if (!checked.ok()) return checked.status();
    costs = *checked;
  } else if (!data->entropy) {
    return Status(StatusCode::kModelMismatch,
                  name + ": there is no entropy model in it, wanted one alone");
  }
  if (data->entropy) {
    if (Status status =
            core::CheckEntropyModel(data->weights, data->file, data->config, *data->entropy, name);
        !status.ok())
      return status;
  }
  if (Status status = data->weights.FinishCheck(); !status.ok()) return status;

  const ModelConfig& c = data->config;
  ModelInfo& info = data->info;
  info.name = c.name;
  info.identity = config.value.identity;
  info.codec_identity = data->entropy ? data->entropy->codec_identity : info.identity;
  info.storage = StorageName(data->file);
  info.sample_rate = static_cast<int>(c.sample_rate);
  info.channels = static_cast<int>(c.channels);
  info.packet_samples = static_cast<int>(c.packet);
  info.max_quality = static_cast<int>(c.max_quality());
  info.default_quality = static_cast<int>(c.default_quality);
  for (const auto& [tensor_name, tensor] : data->file.tensors()) {
    if (!core::IsEntropyTensor(tensor_name)) info.parameters += static_cast<int64_t>(tensor.size());
  }
  info.entropy_coding = data->entropy.has_value();
  info.delay_samples = static_cast<int>(c.delay());
  info.latency_ms = 1000.0 * static_cast<double>(c.delay() + c.packet) / c.sample_rate;
  info.encoder_preroll_packets = static_cast<int>(c.encoder_preroll());
  info.decoder_preroll_packets = static_cast<int>(c.decoder_preroll());
  info.encoder_gmac_per_second = costs.encoder * c.packets_per_second() * 1e-9;
  info.decoder_gmac_per_second = costs.decoder * c.packets_per_second() * 1e-9;
  return data;
}

}  // namespace

Model::Model(std::unique_ptr<const Data> data) : data_(std::move(data)) {}
Model::~Model() = default;

Result<std::shared_ptr<const Model>> Model::Make(Result<std::unique_ptr<Data>> data,
                                                 const std::string& name) {
  if (!data.ok()) return data.status();
  Model* model = new (std::nothrow) Model(std::move(*data));
  if (model == nullptr) return NoMemory(name);
  return std::shared_ptr<const Model>(model);
}

Result<std::shared_ptr<const Model>> Model::Load(const std::string& path) {
  size_t size = 0;
  Result<Buffer<uint8_t>> bytes = ReadFile(path, &size);
  if (!bytes.ok()) return bytes.status();
  return Make(Check(Shared(std::move(*bytes)), size, Parts::kAll, path), path);
}

Result<std::shared_ptr<const Model>> Model::FromBytes(std::span<const uint8_t> bytes,
                                                      const std::string& name) {
  Result<Buffer<uint8_t>> copy = CopyOf(bytes, name);
  if (!copy.ok()) return copy.status();
  return FromSharedBytes(Shared(std::move(*copy)), bytes.size(), name);
}

Result<std::shared_ptr<const Model>> Model::FromSharedBytes(std::shared_ptr<const uint8_t> bytes,
                                                            size_t size, const std::string& name) {
  return Make(Check(std::move(bytes), size, Parts::kAll, name), name);
}

Result<std::shared_ptr<const Model>> Model::EntropyModelFromBytes(std::span<const uint8_t> bytes,
                                                                  const std::string& name) {
  Result<Buffer<uint8_t>> copy = CopyOf(bytes, name);
  if (!copy.ok()) return copy.status();
  return Make(Check(Shared(std::move(*copy)), bytes.size(), Parts::kEntropyModel, name), name);
}

}  // namespace motet
