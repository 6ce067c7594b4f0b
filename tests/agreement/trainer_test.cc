// The trainer's own codec and core, from the same model file, on the shipped excerpts: the same
// codes but for near-ties, and the sound that the trainer reconstructs is what core decodes from
// the bytes. Left out: ONNX, which motet_agreement_test compares with core.
#include <gtest/gtest.h>
#include <motet/decoder.h>
#include <motet/encoder.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "model/codec.h"
#include "support/excerpts.h"
#include "training/checkpoint.h"

namespace motet {
namespace {

constexpr double kTolerance = 1e-4;  // of full scale
constexpr double kNearTies = 0.001;  // share of codes that may differ
constexpr int64_t kPacket = 1024;    // samples

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

class TrainerAgreement : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto json = nlohmann::json::parse(trainer::ReadTensorFile(MOTET_SHIPPED_MODEL).json);
    codec_ = trainer::Codec(trainer::ParseModelConfig(json.at("model")));
    trainer::LoadWeights(*codec_, MOTET_SHIPPED_MODEL);
    codec_->eval();
    model_ = Take(Model::Load(MOTET_SHIPPED_MODEL));
    audio_ = ReadPackets(std::string(MOTET_TEST_DATA) + "/" + GetParam() + ".flac");
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
    const auto decoder = Take(Decoder::Create(model_, {.quality = quality, .channels = 2}));
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

TEST_P(TrainerAgreement, CodesAreTheSameButForNearTies) {
  const auto wanted = codec_->Encode(audio_), found = CoreEncode(12);
  ASSERT_EQ(wanted.sizes(), found.sizes());
  const auto differ = wanted.ne(found);  // [1, packets, codes]
  const auto different = differ.sum().item<int64_t>();
  const double share = static_cast<double>(different) / static_cast<double>(wanted.numel());
  std::printf("codes: %lld of %lld differ (%.4f %%)\n", static_cast<long long>(different),
              static_cast<long long>(wanted.numel()), 100 * share);
  EXPECT_LE(share, kNearTies);

  // Near ties they must be: what core says of a packet that differs, the trainer says of the same
  // sound when it is a hundred-thousandth louder or softer.
  auto unexplained = differ.any(2);
  for (int k = -10; k <= 10 && unexplained.any().item<bool>(); ++k) {
    const auto nearly = codec_->Encode(audio_ * (1 + k * 1e-6));
    unexplained = unexplained.logical_and(nearly.ne(found).any(2));
  }
  EXPECT_EQ(unexplained.sum().item<int64_t>(), 0) << "packets";
}

TEST_P(TrainerAgreement, CoreDecodesTheTrainersReconstructionFromTheBytes) {
  torch::NoGradGuard no_grad;
  const int64_t delay = codec_->config().delay(), length = audio_.size(2) - delay;
  for (const int quality : {1, 3, 6, 12}) {
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
                         ::testing::Values("excerpt", "ivory", "irelands-coast"),
                         [](const auto& info) {
                           return std::string(info.param) == "irelands-coast" ? "irelands_coast"
                                                                              : info.param;
                         });

}  // namespace
}  // namespace motet
