// Tests the loading of model files: what is in a model's info, the three storages, files on disk;
// and that every damage to a file is an error of one sentence that names file and cause. The
// configuration's own errors are tested in config_test.cc.
#include "motet/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "model_file/tensor_file.h"
#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/stream.h"
#include "random_model.h"
#include "sanitizer.h"

namespace motet {
namespace {

using testing::Storage;
using Bytes = std::vector<uint8_t>;

Status Load(const Bytes& bytes) { return Model::FromBytes(bytes, "m").status(); }

const testing::RandomTensors& SmallTensors() {
  static const testing::RandomTensors tensors = testing::MakeTensors(testing::kSmallConfig, 41);
  return tensors;
}

const Bytes& SmallFile() {
  static const Bytes file = testing::WriteModel(testing::kSmallConfig, SmallTensors());
  return file;
}

// The error of the small model with other tensors.
Status LoadWith(const testing::RandomTensors& tensors) {
  return Load(testing::WriteModel(testing::kSmallConfig, tensors));
}

// Of a file with an entropy model alone, and what a stream asks of it.
TEST(EntropyModelAlone, CodesStreamsAsTheWholeModelDoes) {
  const std::string json = testing::EntropyJson(testing::kBaseConfig);
  testing::RandomTensors tensors;
  testing::AddEntropyTensors(testing::kBaseConfig, 42, &tensors);
  const auto alone = Model::EntropyModelFromBytes(testing::WriteModelFile(json, tensors), "e");
  ASSERT_TRUE(alone.ok()) << alone.status().message();
  EXPECT_TRUE((*alone)->info().entropy_coding);
  EXPECT_EQ((*alone)->info().parameters, 0);
  EXPECT_EQ((*alone)->info().encoder_gmac_per_second, 0);

  testing::RandomTensors all = testing::MakeTensors(testing::kBaseConfig, 42);
  testing::AddEntropyTensors(testing::kBaseConfig, 42, &all);
  const auto whole = Model::FromBytes(testing::WriteModelFile(json, all), "w");
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  const auto stream = [](const std::shared_ptr<const Model>& model) {
    auto writer = StreamWriter::Create(MakeStreamHeader(*model, 6, 2, StreamCoding::kEntropy),
                                       kDefaultPacketsPerPage, model);
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    Bytes bytes = writer->HeaderBytes();
    EXPECT_TRUE(writer->Write(Bytes(14 * 100, 7), &bytes).ok());
    EXPECT_TRUE(writer->Finish(100000, &bytes).ok());
    return bytes;
  };
  EXPECT_EQ(stream(*alone), stream(*whole));

  for (const Status& status :
       {Encoder::Create(*alone, {}).status(), Decoder::Create(*alone, {}).status()}) {
    EXPECT_EQ(status.code(), StatusCode::kModelMismatch);
    EXPECT_NE(status.message().find("is missing"), std::string::npos) << status.message();
  }
}

TEST(EntropyModelAlone, IsNoWholeModel) {
  const std::string json = testing::EntropyJson(testing::kSmallConfig);
  testing::RandomTensors tensors;
  testing::AddEntropyTensors(testing::kSmallConfig, 42, &tensors);
  const Bytes alone = testing::WriteModelFile(json, tensors);
  EXPECT_EQ(Load(alone).code(), StatusCode::kModelMismatch);
  const Bytes whole = testing::RandomEntropyModel(testing::kSmallConfig, 42);
  EXPECT_EQ(Model::EntropyModelFromBytes(whole, "w").status().code(), StatusCode::kModelMismatch);
  const Status none = Model::EntropyModelFromBytes(SmallFile(), "n").status();
  EXPECT_EQ(none.code(), StatusCode::kModelMismatch);
  EXPECT_NE(none.message().find("no entropy model"), std::string::npos) << none.message();
  EXPECT_EQ(Model::EntropyModelFromBytes({}, "n").status().code(), StatusCode::kTruncated);
}

TEST(ModelInfo, IsCountedFromTheModel) {
  const auto model = Model::FromBytes(testing::RandomModel(testing::kBaseConfig, 42), "m");
  ASSERT_TRUE(model.ok()) << model.status().message();
  const ModelInfo& info = (*model)->info();
  EXPECT_EQ(info.name, "motet");
  EXPECT_EQ(info.identity, "0123456789abcdef");
  EXPECT_EQ(info.storage, "f32");
  EXPECT_EQ(info.sample_rate, 44100);
  EXPECT_EQ(info.channels, 2);
  EXPECT_EQ(info.packet_samples, 1024);
  EXPECT_EQ(info.max_quality, 12);
  EXPECT_EQ(info.default_quality, 6);
  int64_t parameters = 0;
  for (const auto& [name, tensor] : testing::MakeTensors(testing::kBaseConfig, 42)) {
    parameters += static_cast<int64_t>(tensor.values.size());
  }
  EXPECT_EQ(info.parameters, parameters);
  EXPECT_EQ(info.delay_samples, 2304);
  EXPECT_NEAR(info.latency_ms, 75.46, 0.01);
  EXPECT_NE((*model)->config_json().find("\"per_level\": 4"), std::string::npos);

  // By hand, from docs/ARCHITECTURE.md: multiply-adds of one packet.
  const auto blocks = [](double width, double count) {
    return count * (7 * width + 2 * 3 * width * width);
  };
  const auto latent = [](double width, double context) {
    const double features = width * 48 + 7 * 16;
    return features + (width + 48 + context) * 128 + 128 * 64;
  };
  const double search = 2 * (64 * 8 + 256 * 8);
  // Mid and side, as transforms of half the length in 8 stages (core/src/layers/fourier.cc).
  const double fourier = 2 * 2 * 256 * (8 + 2);
  const double encoder = 4 * (fourier + 1024 * 128 + blocks(128, 2) + latent(128, 64) + search) +
                         2 * (256 * 192 + blocks(192, 2) + latent(192, 64) + search + 64 * 128) +
                         384 * 256 + blocks(256, 2) + latent(256, 0) + search + 64 * 128;
  const double decoder =
      64 * 256 + blocks(256, 2) + 256 * 512 +
      2 * (64 * 256 + 17 * 512 + 256 + blocks(256, 2) + 256 * 384 + 64 * 64 + 64 * 17) + 64 * 128 +
      4 * (64 * 192 + 17 * 384 + 192 + blocks(192, 3) + 192 * 1028 + fourier);
  const double rate = 44100.0 / 1024 * 1e-9;
  EXPECT_NEAR(info.encoder_gmac_per_second, encoder * rate, 1e-9);
  EXPECT_NEAR(info.decoder_gmac_per_second, decoder * rate, 1e-9);
  EXPECT_LT(info.gmac_per_second(), 0.75);
}

TEST(ModelStorage, RoundsButDecodesAlike) {
  const auto decode = [](Storage storage, const char* name) {
    const auto model =
        Model::FromBytes(testing::WriteModel(testing::kSmallConfig, SmallTensors(), storage), "m");
    EXPECT_TRUE(model.ok()) << model.status().message();
    EXPECT_EQ((*model)->info().storage, name);
    Bytes packets(40 * 14);
    for (size_t i = 0; i < packets.size(); ++i) packets[i] = static_cast<uint8_t>(i * 37);
    auto decoder = Decoder::Create(*model, {});
    EXPECT_TRUE(decoder.ok());
    std::vector<float> left(40 * 64), right(40 * 64);
    float* const planes[] = {left.data(), right.data()};
    EXPECT_TRUE((*decoder)->Decode(packets, planes, left.size()).ok());
    return left;
  };
  const auto difference = [](const std::vector<float>& a, const std::vector<float>& b) {
    double error = 0, power = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      error += (a[i] - b[i]) * (a[i] - b[i]);
      power += a[i] * a[i];
    }
    return std::sqrt(error / power);
  };
  const auto exact = decode(Storage::kF32, "f32");
  // The random model's phases run over many turns, so small changes of weights are large ones of
  // sound.
  EXPECT_LT(difference(exact, decode(Storage::kF16, "f16")), 0.1);
  EXPECT_LT(difference(exact, decode(Storage::kInt8, "int8")), 1.0);
}

// A tensor [2, 2] of 32-bit words, then bytes.
bool IsFinite(core::DType dtype, const std::vector<float>& words, const Bytes& rest = {}) {
  Bytes data(4 * words.size());
  if (!words.empty()) std::memcpy(data.data(), words.data(), data.size());
  data.insert(data.end(), rest.begin(), rest.end());
  return core::StoredTensor{dtype, {2, 2}, data}.Finite();
}

TEST(ModelStorage, TellsWhatIsNoNumberOrInfinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kMost = std::numeric_limits<float>::max();
  using core::DType;
  EXPECT_TRUE(IsFinite(DType::kF32, {0, -kMost, kMost, 1e-40f}));
  EXPECT_FALSE(IsFinite(DType::kF32, {0, 0, 0, -kInfinity}));
  EXPECT_FALSE(IsFinite(DType::kF32, {std::nanf(""), 0, 0, 0}));
  EXPECT_TRUE(IsFinite(DType::kF16, {}, {0xFF, 0x7B, 0xFF, 0xFB, 0, 0, 1, 0}));
  EXPECT_FALSE(IsFinite(DType::kF16, {}, {0, 0, 0, 0, 0, 0, 0, 0x7C}));
  EXPECT_FALSE(IsFinite(DType::kF16, {}, {0x01, 0xFC, 0, 0, 0, 0, 0, 0}));
  // A scale for each row, then steps.
  EXPECT_TRUE(IsFinite(DType::kInt8, {1, 0}, {127, 0x80, 1, 2}));
  EXPECT_TRUE(IsFinite(DType::kInt8, {1, kMost}, {127, 0x80, 1, 0xFF}));
  EXPECT_FALSE(IsFinite(DType::kInt8, {1, kMost}, {127, 0x80, 1, 2}));
  EXPECT_FALSE(IsFinite(DType::kInt8, {kInfinity, 1}, {0, 0, 0, 0}));
}

TEST(ModelStorage, GivesTheValuesThatWereStored) {
  const testing::RandomTensors tensors = {
      {"matrix", {{2, 3}, {1.0f, -0.5f, 0.25f, 100.0f, -6e-5f, 0.0f}}}};
  for (const Storage storage : {Storage::kF32, Storage::kF16, Storage::kInt8}) {
    const Bytes bytes = testing::WriteModelFile("{}", tensors, storage);
    const auto file = core::TensorFile::Parse(bytes, "m");
    ASSERT_TRUE(file.ok()) << file.status().message();
    const core::StoredTensor& tensor = file->tensors().at("matrix");
    EXPECT_EQ(tensor.shape, (std::vector<size_t>{2, 3}));
    std::vector<float> values(6);
    EXPECT_TRUE(tensor.Finite());
    tensor.Decode(values.data());
    for (size_t i = 0; i < 6; ++i) {
      const float wanted = tensors.at("matrix").values[i];
      const double tolerance = storage == Storage::kF32   ? 0
                               : storage == Storage::kF16 ? 1e-3 * std::abs(wanted)
                                                          : (i < 3 ? 1.0 : 100.0) / 254;
      EXPECT_NEAR(values[i], wanted, tolerance + 1e-7) << i;
    }
  }
}

TEST(ModelFile, IsReadFromDisk) {
  const std::string path = ::testing::TempDir() + "core_model_test.motetmodel";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(SmallFile().data()),
             static_cast<std::streamsize>(SmallFile().size()));
  const auto model = Model::Load(path);
  EXPECT_TRUE(model.ok()) << model.status().message();
  std::ofstream(path, std::ios::binary).put('M');
  EXPECT_EQ(Model::Load(path).status().message(),
            path + ": ends after 1 bytes, within the header of 64");
  std::remove(path.c_str());
  const Status missing = Model::Load(path).status();
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_NE(missing.message().find(path + ": cannot be opened: "), std::string::npos);
  EXPECT_FALSE(Model::Load(::testing::TempDir()).ok()) << "a folder";
}

TEST(ModelFile, OfAnotherKindIsNotMotet) {
  Bytes file = SmallFile();
  file[3] = 'X';
  EXPECT_EQ(Load(file).code(), StatusCode::kNotMotet);
  EXPECT_EQ(Load(file).message(), "m: is not a Motet model (it does not begin with MOTETMDL)");
  EXPECT_EQ(Load(Bytes(1000, 'a')).code(), StatusCode::kNotMotet);
}

TEST(ModelFile, OfAnotherVersionIsUnsupported) {
  Bytes file = SmallFile();
  file[8] = 2;
  testing::RepairHeader(&file);
  EXPECT_EQ(Load(file).code(), StatusCode::kUnsupportedVersion);
  EXPECT_EQ(Load(file).message(),
            "m: has model format version 2, but this program reads version 1");
}

TEST(ModelFile, ThatEndsTooEarlyIsTruncated) {
  const Bytes& file = SmallFile();
  for (size_t size = 0; size < file.size(); size += size < 70 ? 1 : 997) {
    const Status status = Load(Bytes(file.begin(), file.begin() + static_cast<ptrdiff_t>(size)));
    EXPECT_EQ(status.code(), StatusCode::kTruncated) << size << " bytes: " << status.message();
  }
  Bytes longer = file;
  longer.push_back(0);
  EXPECT_EQ(Load(longer).code(), StatusCode::kCorrupt);
}

TEST(ModelFile, WithAFlippedBitAnywhereIsRefused) {
  Bytes file = SmallFile();
  const auto model = Model::FromBytes(file, "m");
  ASSERT_TRUE(model.ok());
  // Header, configuration and table bit by bit, then samples of the data and of the gaps: under the
  // sanitizers fewer.
  constexpr size_t kStep = MOTET_ADDRESS_SANITIZER != 0 ? 307 : 61;
  const size_t front = 64 + file[12] + 256u * file[13] + file[20] + 256u * file[21];
  for (size_t byte = 0; byte < file.size(); byte += byte < 64 ? 1 : byte < front ? 13 : kStep) {
    const auto bit = static_cast<uint8_t>(1u << (byte % 8));
    file[byte] ^= bit;
    const Status status = Load(file);
    EXPECT_FALSE(status.ok()) << "bit " << byte % 8 << " of byte " << byte;
    EXPECT_TRUE(status.message().starts_with("m: ")) << status.message();
    file[byte] ^= bit;
  }
}

TEST(ModelFile, WithWrongLengthsIsRefused) {
  // Each length in the header and in the first table entry, with right checksums.
  const size_t table = 64 + SmallFile()[12] + 256u * SmallFile()[13];
  std::vector<size_t> fields = {12, 13, 15, 16, 17, 19, 20, 21, 23, 24, 25, 28, 31};
  for (size_t i = 0; i < 60; ++i) fields.push_back(table + i);
  for (const size_t byte : fields) {
    for (const uint8_t change : {0x01, 0x80, 0xFF}) {
      Bytes file = SmallFile();
      file[byte] ^= change;
      testing::RepairHeader(&file);
      EXPECT_FALSE(Load(file).ok()) << "byte " << byte;
    }
  }
}

// The networks ask for exactly the tensors that model_config/ lists, whatever the configuration.
TEST(ModelTensors, AreThoseOfTheDescription) {
  const auto json = [](int per_level, int context, const std::string& lookahead) {
    std::string text = testing::kSmallConfig;
    const auto replace = [&text](const std::string& from, const std::string& to) {
      const size_t at = text.find(from);
      ASSERT_NE(at, std::string::npos) << from;
      text.replace(at, from.size(), to);
    };
    replace("\"per_level\": 4", "\"per_level\": " + std::to_string(per_level));
    replace("\"context\": 2", "\"context\": " + std::to_string(context));
    replace("[1, 3]", lookahead);
    return text;
  };
  for (const std::string& text : {std::string(testing::kBaseConfig), json(4, 2, "[]"),
                                  json(2, 1, "[0]"), json(3, 3, "[0, 1, 2]"), json(8, 3, "[1]")}) {
    const Status status = Load(testing::RandomModel(text, 1));
    EXPECT_TRUE(status.ok()) << status.message() << " of " << text;
  }
}

TEST(ModelTensors, ThatAreMissingAreNamed) {
  for (const auto& [name, tensor] : SmallTensors()) {
    testing::RandomTensors tensors = SmallTensors();
    tensors.erase(name);
    const Status status = LoadWith(tensors);
    EXPECT_EQ(status.code(), StatusCode::kModelMismatch);
    EXPECT_EQ(status.message(),
              "m: tensor '" + name + "' is missing, wanted " + core::ShapeText(tensor.shape));
  }
}

TEST(ModelTensors, OfAnotherShapeAreNamed) {
  testing::RandomTensors tensors = SmallTensors();
  auto& bias = tensors["decoder.head.bias"];
  bias.values.push_back(0);
  ++bias.shape[0];
  EXPECT_EQ(LoadWith(tensors).code(), StatusCode::kModelMismatch);
  EXPECT_EQ(LoadWith(tensors).message(),
            "m: tensor 'decoder.head.bias' has shape [69], wanted [68]");
  for (const auto& [name, tensor] : SmallTensors()) {
    tensors = SmallTensors();
    std::vector<size_t>& shape = tensors[name].shape;
    shape.insert(shape.begin(), 1);
    EXPECT_EQ(LoadWith(tensors).code(), StatusCode::kModelMismatch) << name;
  }
}

TEST(ModelTensors, ThatNobodyAskedForAreNamed) {
  testing::RandomTensors tensors = SmallTensors();
  tensors["encoder.fine.blocks.2.expand.bias"] = {{2}, {0, 0}};
  EXPECT_EQ(LoadWith(tensors).code(), StatusCode::kModelMismatch);
  EXPECT_EQ(LoadWith(tensors).message(),
            "m: tensor 'encoder.fine.blocks.2.expand.bias' [2] does not belong to this "
            "configuration");
}

TEST(ModelTensors, ThatAreNoNumbersAreNamed) {
  testing::RandomTensors tensors = SmallTensors();
  tensors["conditioning.mid.weight"].values[5] = std::nanf("");
  EXPECT_EQ(LoadWith(tensors).code(), StatusCode::kCorrupt);
  EXPECT_EQ(LoadWith(tensors).message(),
            "m: tensor 'conditioning.mid.weight' holds a value that is not a finite number");
}

TEST(ModelConfig, ThatIsBadNamesTheFile) {
  EXPECT_EQ(Load(testing::WriteModelFile("{]", SmallTensors())).message(),
            "m: the configuration is not valid JSON");
  EXPECT_EQ(Load(testing::WriteModelFile("{}", SmallTensors())).message(),
            "m: configuration: missing key 'model'");
}

}  // namespace
}  // namespace motet
