// The trainer's own codec and core, from the same model file, on the shipped excerpts: the same
// codes and tones but for near-ties, and the sound that the trainer reconstructs is what core
// decodes from the bytes. Left out: ONNX, which motet_agreement_test compares with core.
#include <gtest/gtest.h>
#include <motet/decoder.h>
#include <motet/encoder.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "model/codec.h"
#include "model/tensor_file.h"
#include "support/excerpts.h"
#include "support/work_folder.h"
#include "training/checkpoint.h"

namespace motet {
namespace {

constexpr double kTolerance = 1e-4;  // of full scale
// Share of packets that may differ: a near tie of a coarse code changes all codes that build on it.
constexpr double kNearTies = 0.005;
constexpr int64_t kPacket = 1024;  // samples

using testing::Take;

// Whole packets of a stereo file: [1, 2, samples].
torch::Tensor ReadPackets(const std::string& path) {
  const testing::Stereo audio = testing::ReadStereo(path);
  const auto whole = static_cast<int64_t>(audio[0].size()) / kPacket * kPacket;
  return torch::stack({torch::tensor(audio[0]), torch::tensor(audio[1])})
      .narrow(1, 0, whole)
      .contiguous()
      .unsqueeze(0);
}

enum class Variant { kShipped, kWithoutTones, kOwnLadder };

// The shipped model without its tones and its levels of bands.
void WriteWithoutTones(const std::string& path) {
  trainer::TensorFile file = trainer::ReadTensorFile(MOTET_SHIPPED_MODEL);
  auto json = nlohmann::json::parse(file.json);
  for (const char* part : {"tones", "bands"}) json.at("model").erase(part);
  json.erase("entropy");  // which codes them
  std::erase_if(file.tensors, [](const trainer::NamedTensor& tensor) {
    return tensor.name.starts_with("entropy.") || tensor.name.starts_with("decoder.tones.") ||
           tensor.name.starts_with("decoder.bands.");
  });
  trainer::WriteTensorFile(path, json.dump(), file.tensors);
}

// The shipped model with another order of its codes, in which a quantizer comes by halves.
void WriteWithLadder(const std::string& path) {
  trainer::TensorFile file = trainer::ReadTensorFile(MOTET_SHIPPED_MODEL);
  auto json = nlohmann::json::parse(file.json);
  json.at("model")["ladder"] = {
      "coarse.0",           "coarse.1", "mid.0",       "mid.1",      "fine.0",     "fine.1",
      "coarse.2, coarse.3", "mid.2",    "fine.2 even", "fine.2 odd", "fine.3 odd", "mid.3",
      "fine.3 even"};
  trainer::WriteTensorFile(path, json.dump(), file.tensors);
}

// An excerpt and a model.
class TrainerAgreement : public ::testing::TestWithParam<std::tuple<const char*, Variant>> {
 protected:
  void SetUp() override {
    const auto [excerpt, variant] = GetParam();
    const testing::WorkFolder folder;
    std::string path = MOTET_SHIPPED_MODEL;
    if (variant != Variant::kShipped) path = folder / "variant.motetmodel";
    if (variant == Variant::kWithoutTones) WriteWithoutTones(path);
    if (variant == Variant::kOwnLadder) WriteWithLadder(path);
    const auto json = nlohmann::json::parse(trainer::ReadTensorFile(path).json);
    codec_ = trainer::Codec(trainer::ParseModelConfig(json.at("model")));
    trainer::LoadWeights(*codec_, path);
    codec_->eval();
    model_ = Take(Model::Load(path));
    ASSERT_EQ(codec_->config().tones.has_value(), variant != Variant::kWithoutTones);
    audio_ = ReadPackets(std::string(MOTET_TEST_DATA) + "/" + excerpt + ".flac");
  }

  // What core makes of the audio: [1, packets, packet bytes].
  torch::Tensor CoreEncode(int quality) const {
    const auto encoder = Take(Encoder::Create(model_, {.quality = quality, .channels = 2}));
    const int64_t samples = audio_.size(2);
    const float* pcm[] = {audio_[0][0].data_ptr<float>(), audio_[0][1].data_ptr<float>()};
    std::vector<uint8_t> out(encoder->MaxOutputBytes(static_cast<size_t>(samples)));
    const size_t bytes = Take(encoder->Encode(pcm, static_cast<size_t>(samples), out));
    return torch::tensor(torch::ArrayRef<uint8_t>(out.data(), bytes), torch::kUInt8)
        .reshape({1, samples / kPacket, -1});
  }

  torch::Tensor CoreDecode(const torch::Tensor& packets, int quality) const {
    const auto decoder = Take(Decoder::Create(
        model_, {.quality = quality, .channels = 2, .precision = Precision::kFloat32}));
    const auto bytes = packets.contiguous();
    auto audio = torch::zeros({1, 2, bytes.size(1) * kPacket});
    float* pcm[] = {audio[0][0].data_ptr<float>(), audio[0][1].data_ptr<float>()};
    const auto frames =
        Take(decoder->Decode({bytes.data_ptr<uint8_t>(), static_cast<size_t>(bytes.numel())}, pcm,
                             static_cast<size_t>(audio.size(2))));
    EXPECT_EQ(static_cast<int64_t>(frames), audio.size(2));
    return audio;
  }

  trainer::Codec codec_{nullptr};
  std::shared_ptr<const Model> model_;
  torch::Tensor audio_;
};

TEST_P(TrainerAgreement, PacketsAreTheSameButForNearTies) {
  const auto wanted = codec_->Encode(audio_), found = CoreEncode(model_->info().max_quality);
  ASSERT_EQ(wanted.sizes(), found.sizes());
  if (const ModelConfig& config = codec_->config(); config.tones) {
    const auto tones = found.narrow(2, config.tones_offset(), config.tones->bytes());
    EXPECT_GT(tones.ne(0).any(2).sum().item<int64_t>(), found.size(1) / 2) << "packets with tones";
  }
  const auto differ = wanted.ne(found);  // [1, packets, bytes]
  const auto packets = differ.any(2);
  const auto different = packets.sum().item<int64_t>();
  const double share = static_cast<double>(different) / static_cast<double>(packets.numel());
  std::printf("packets: %lld of %lld differ, in %lld bytes\n", static_cast<long long>(different),
              static_cast<long long>(packets.numel()),
              static_cast<long long>(differ.sum().item<int64_t>()));
  EXPECT_LE(share, kNearTies);

  // Near ties they must be: what core says of a packet that differs, the trainer says of the same
  // sound when it is a hundred-thousandth louder or softer, with noise of -130 dB.
  torch::manual_seed(3);
  auto unexplained = packets;
  for (int k = -10; k <= 10 && unexplained.any().item<bool>(); ++k) {
    const auto noise = 3e-7 * torch::randn_like(audio_);
    const auto nearly = codec_->Encode(audio_ * (1 + k * 1e-6) + noise);
    unexplained = unexplained.logical_and(nearly.ne(found).any(2));
  }
  EXPECT_EQ(unexplained.sum().item<int64_t>(), 0) << "packets";
}

TEST_P(TrainerAgreement, CoreDecodesTheTrainersReconstructionFromTheBytes) {
  torch::NoGradGuard no_grad;
  const int64_t delay = codec_->config().delay(), length = audio_.size(2) - delay;
  for (const int quality : {1, 3, 6, 9, model_->info().max_quality}) {
    // The trainer's path from samples to samples, as its losses see it.
    const auto reported = codec_(audio_, torch::full({1}, quality)).audio.narrow(2, delay, length);
    const auto packets = codec_->Encode(audio_).narrow(2, 0, model_->PacketBytes(quality));
    const auto decoded = CoreDecode(packets, quality).narrow(2, delay, length);
    const double worst = (reported - decoded).abs().max().item<double>();
    std::printf("quality %d: largest difference %.2e, peak %.3f\n", quality, worst,
                reported.abs().max().item<double>());
    EXPECT_LE(worst, kTolerance) << "quality " << quality;
  }
}

INSTANTIATE_TEST_SUITE_P(Excerpts, TrainerAgreement,
                         ::testing::Combine(::testing::Values("excerpt", "ivory", "irelands-coast"),
                                            ::testing::Values(Variant::kShipped,
                                                              Variant::kWithoutTones,
                                                              Variant::kOwnLadder)),
                         [](const auto& info) {
                           std::string name = std::get<0>(info.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           const Variant variant = std::get<1>(info.param);
                           if (variant == Variant::kWithoutTones) name += "_without_tones";
                           if (variant == Variant::kOwnLadder) name += "_own_ladder";
                           return name;
                         });

}  // namespace
}  // namespace motet
