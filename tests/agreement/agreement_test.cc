// Two programs, one codec: core and the ONNX graphs, from the same model file, give the same codes
// and the same sound.
//   motet_agreement_test [--model FILE] [--audio FILE]... [--seconds N]
// Without --model: the shipped model, else random weights. Without --audio: the shipped excerpts
// one after another; none at all (--audio '') is a synthetic signal. Left out: agreement with the
// trainer, and whether the sound is any good.
#include <gtest/gtest.h>
#include <motet/decoder.h>
#include <motet/encoder.h>
#include <motet/feature_reader.h>
#include <motet/model.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "folding.h"
#include "graph/decoder.h"
#include "graph/encoder.h"
#include "graph/onnx_file.h"
#include "graph/quantizer.h"
#include "identity.h"
#include "onnx_runtime.h"
#include "random_network.h"
#include "support/excerpts.h"
#include "support/work_folder.h"
#include "trained_model.h"

namespace motet {
namespace {

using exporter::OnnxRuntime;
using exporter::TrainedModel;
using testing::Stereo;
using testing::Take;
using testing::WorkFolder;

constexpr double kTolerance = 1e-4;  // of full scale
constexpr double kNearTies = 0.001;  // share of codes that may differ
constexpr size_t kPacket = 1024;     // samples
constexpr int64_t kAbsent = 256;     // in the ONNX decoder's input

struct Options {
  std::string model;
  std::vector<std::string> audio;  // one after another
  double seconds = 30;
};
Options options;

TrainedModel RandomModel() {
  TrainedModel model;
  std::ifstream config(MOTET_BASE_CONFIG);
  model.config_json = nlohmann::json::parse(config).at("model");
  model.config = trainer::ParseModelConfig(model.config_json);
  model.weights = exporter::Fold(exporter::RandomTraining(model.config, 3), model.config);
  model.identity = exporter::Identity(model.config_json, model.weights);
  return model;
}

// Appends a file to `audio`, which then holds `limit` samples at most.
void AppendAudio(const std::string& path, size_t limit, Stereo& audio) {
  SF_INFO info = {};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  const auto channels = static_cast<size_t>(info.channels);
  const size_t samples = limit - std::min(limit, audio[0].size());
  std::vector<float> frames(samples * channels);
  const sf_count_t read = sf_readf_float(file, frames.data(), static_cast<sf_count_t>(samples));
  sf_close(file);
  for (size_t n = 0; n < static_cast<size_t>(read); ++n) {
    audio[0].push_back(frames[n * channels]);
    audio[1].push_back(frames[n * channels + channels - 1]);
  }
}

// Everything that the tests compare, computed once.
class Agreement : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!OnnxRuntime::Missing().empty()) return;
    folder_ = std::make_unique<WorkFolder>();
    const TrainedModel trained =
        options.model.empty() ? RandomModel() : exporter::LoadTrainedModel(options.model);
    const std::string model_path =
        options.model.empty() ? Path("random.motetmodel") : options.model;
    if (options.model.empty()) exporter::WriteModelFile(model_path, trained, trainer::DType::kF32);
    exporter::WriteOnnxFile(Path("encoder.onnx"), exporter::EncoderGraph(trained));
    exporter::WriteOnnxFile(Path("decoder.onnx"), exporter::DecoderGraph(trained));
    model_ = Take(Model::Load(model_path));
    columns_ = static_cast<size_t>(exporter::RowBytes(trained.config));

    const auto wanted = static_cast<size_t>(options.seconds * trained.config.sample_rate);
    if (options.audio.empty()) audio_ = exporter::TestSignal(wanted / kPacket + 1, 4);
    for (const std::string& path : options.audio) AppendAudio(path, wanted, audio_);
    packets_ = audio_[0].size() / kPacket;
    for (auto& channel : audio_) channel.resize(packets_ * kPacket);
    std::printf("%s, %s: %zu packets, %.1f s\n",
                options.model.empty() ? "random weights" : options.model.c_str(),
                options.audio.empty() ? "synthetic signal" : "music", packets_,
                static_cast<double>(packets_ * kPacket) / trained.config.sample_rate);
    core_codes_ = CoreEncode();
  }
  static void TearDownTestSuite() { folder_.reset(); }
  void SetUp() override {
    if (!OnnxRuntime::Missing().empty()) GTEST_SKIP() << OnnxRuntime::Missing();
  }

  static std::string Path(const char* name) { return *folder_ / name; }

  // Packets of the highest quality: all columns.
  static std::vector<uint8_t> CoreEncode() {
    const auto encoder =
        Take(Encoder::Create(model_, {.quality = model_->info().max_quality, .channels = 2}));
    const float* pcm[] = {audio_[0].data(), audio_[1].data()};
    std::vector<uint8_t> out(encoder->MaxOutputBytes(audio_[0].size()));
    out.resize(Take(encoder->Encode(pcm, audio_[0].size(), out)));
    return out;
  }

  // The first packet_bytes of every packet that core wrote.
  static std::vector<uint8_t> PacketsOf(int quality) {
    const auto bytes = static_cast<size_t>(model_->PacketBytes(quality));
    std::vector<uint8_t> packets;
    for (size_t p = 0; p < packets_; ++p) {
      const auto begin = core_codes_.begin() + static_cast<std::ptrdiff_t>(p * columns_);
      packets.insert(packets.end(), begin, begin + static_cast<std::ptrdiff_t>(bytes));
    }
    return packets;
  }

  static OnnxRuntime::Decoded OnnxDecode(int quality) {
    const auto bytes = static_cast<size_t>(model_->PacketBytes(quality));
    std::vector<int64_t> codes(packets_ * columns_, kAbsent);
    for (size_t i = 0; i < codes.size(); ++i) {
      if (i % columns_ < bytes) codes[i] = core_codes_[i];
    }
    return OnnxRuntime(folder_->path().string()).Decode(Path("decoder.onnx"), codes, columns_);
  }

  static std::unique_ptr<const WorkFolder> folder_;
  static std::shared_ptr<const Model> model_;
  static size_t columns_;
  static size_t packets_;
  static Stereo audio_;
  static std::vector<uint8_t> core_codes_;
};

std::unique_ptr<const WorkFolder> Agreement::folder_;
std::shared_ptr<const Model> Agreement::model_;
size_t Agreement::columns_ = 0;
size_t Agreement::packets_ = 0;
Stereo Agreement::audio_;
std::vector<uint8_t> Agreement::core_codes_;

TEST_F(Agreement, CodesAreTheSameButForNearTies) {
  const auto found = OnnxRuntime(folder_->path().string()).Encode(Path("encoder.onnx"), audio_);
  ASSERT_EQ(core_codes_.size(), packets_ * columns_);
  ASSERT_EQ(found.size(), core_codes_.size());
  size_t different = 0;
  for (size_t i = 0; i < found.size(); ++i) different += found[i] != core_codes_[i];
  const double share = static_cast<double>(different) / static_cast<double>(found.size());
  std::printf("codes: %zu of %zu differ (%.4f %%)\n", different, found.size(), 100 * share);
  EXPECT_LE(share, kNearTies);
}

TEST_F(Agreement, TheSameCodesGiveTheSameSoundAtEveryQuality) {
  // What comes before is the codec's delay, which every program drops and core keeps silent.
  const auto delay = static_cast<size_t>(model_->info().delay_samples);
  const int highest = model_->info().max_quality;
  for (const int quality : {1, 3, model_->info().default_quality, std::min(9, highest), highest}) {
    const auto found = OnnxDecode(quality);
    const auto decoder = Take(Decoder::Create(
        model_, {.quality = quality, .channels = 2, .precision = Precision::kFloat32}));
    Stereo wanted = {std::vector<float>(packets_ * kPacket),
                     std::vector<float>(packets_ * kPacket)};
    float* pcm[] = {wanted[0].data(), wanted[1].data()};
    ASSERT_EQ(Take(decoder->Decode(PacketsOf(quality), pcm, wanted[0].size())), wanted[0].size());
    double worst = 0;
    double peak = 0;
    for (size_t channel = 0; channel < 2; ++channel) {
      ASSERT_EQ(found.audio[channel].size(), wanted[channel].size());
      for (size_t n = delay; n < wanted[channel].size(); ++n) {
        peak = std::max(peak, std::abs(double{wanted[channel][n]}));
        worst = std::max(worst, std::abs(double{found.audio[channel][n]} - wanted[channel][n]));
      }
    }
    std::printf("quality %d: largest difference %.2e, peak %.3f\n", quality, worst, peak);
    EXPECT_LE(worst, kTolerance) << "quality " << quality;
    EXPECT_GT(peak, 0);
  }
}

TEST_F(Agreement, TheSameCodesGiveTheSameMusicFeatures) {
  const int quality = model_->info().default_quality;
  const auto found = OnnxDecode(quality).features;
  const auto reader = Take(FeatureReader::Create(model_, quality));
  std::vector<float> wanted(packets_ * FeatureReader::kRowsPerPacket * FeatureReader::kFeatures);
  ASSERT_EQ(Take(reader->Read(PacketsOf(quality), wanted)),
            packets_ * FeatureReader::kRowsPerPacket);
  ASSERT_EQ(found.size(), wanted.size());
  double worst = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    worst = std::max(worst, std::abs(double{found[i]} - wanted[i]));
  }
  std::printf("features: largest difference %.2e\n", worst);
  EXPECT_LE(worst, kTolerance);
}

// Where ctest runs this, the shipped files stand in for the options.
std::string ShippedModel() {
  return std::filesystem::exists(MOTET_SHIPPED_MODEL) ? MOTET_SHIPPED_MODEL : "";
}
std::vector<std::string> ShippedAudio() {
  std::vector<std::string> paths;
  for (const char* name : {"excerpt", "ivory", "irelands-coast"}) {
    paths.push_back(std::string(MOTET_TEST_DATA) + "/" + name + ".flac");
  }
  return paths;
}

}  // namespace
}  // namespace motet

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  using motet::options;
  options.model = motet::ShippedModel();
  bool default_audio = true;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (i + 1 < argc && name == "--model") {
      options.model = argv[++i];
    } else if (i + 1 < argc && name == "--audio") {
      default_audio = false;
      if (*argv[++i] != '\0') options.audio.emplace_back(argv[i]);
    } else if (i + 1 < argc && name == "--seconds") {
      options.seconds = std::atof(argv[++i]);
    } else {
      std::fprintf(stderr, "usage: %s [--model FILE] [--audio FILE]... [--seconds N]\n", argv[0]);
      return 2;
    }
  }
  if (default_audio) options.audio = motet::ShippedAudio();
  return RUN_ALL_TESTS();
}
