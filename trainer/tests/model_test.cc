// What the trainer's model promises to the exporter and the core: perfect reconstruction of the
// fixed transforms, causality with a known delay, a decoder that sees bytes alone, codes of a low
// quality that are a prefix of those of a high one, and codebooks that follow the data. Agreement
// with core and ONNX is tested in tests/agreement.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "model/analysis.h"
#include "model/block.h"
#include "model/codec.h"
#include "model/conditioning.h"
#include "model/feature_branch.h"
#include "model/rounding.h"
#include "model/synthesis.h"
#include "model/tensor_storage.h"
#include "model_config/tensors.h"
#include "random_tensors.h"
#include "tests/tiny_model.h"
#include "training/config.h"

namespace motet::trainer {
namespace {

torch::Tensor Music(int64_t items, int64_t packets) {
  const auto t = torch::arange(packets * 1024, torch::kFloat32) / 44100;
  auto x = torch::empty({items, 2, packets * 1024});
  for (int64_t i = 0; i < items; ++i) {
    const double pitch = 220 * std::pow(2.0, static_cast<double>(i) / 3);
    x[i][0] = 0.3 * torch::sin(2 * M_PI * pitch * t) + 0.05 * torch::randn_like(t);
    x[i][1] = 0.3 * torch::sin(3 * M_PI * pitch * t) + 0.05 * torch::randn_like(t);
  }
  return x;
}

// A codec whose codebooks have seen data.
Codec TrainedCodec(const ModelConfig& config = TinyModel()) {
  torch::manual_seed(5);
  Codec codec(config);
  for (int i = 0; i < 3; ++i) codec(Music(2, 40), torch::full({2}, config.max_quality()));
  codec->eval();
  return codec;
}

// The codec has exactly the tensors that model_config/ lists, those that the exporter folds, and
// state that only training needs.
TEST(Tensors, AreThoseOfTheDescription) {
  const std::filesystem::path configs = std::filesystem::path(MOTET_TRAINER_SOURCE) / "configs";
  std::vector<ModelConfig> models = {TinyModel()};
  for (const char* file : {"model/small.json", "model/tiny.json"})
    models.push_back(LoadConfiguration({configs / "base.json", configs / file}, {}).model);
  models.push_back(LoadConfiguration({configs / "base.json"},
                                     {"model.quantizer.per_level=3", "model.quantizer.context=1",
                                      "model.ladder=null", "model.encoder.coarse.lookahead=[]"})
                       .model);
  const std::string tones =
      R"({"first": 40, "lines": 240, "count": 8, "step_db": 6, "from_quality": 6})";
  models.push_back(LoadConfiguration({configs / "base.json"}, {"model.tones=" + tones}).model);
  models.push_back(ParseModelConfig(WithBandsJson(TinyModelWithTonesJson())));
  models.push_back(ParseModelConfig(WithBandsJson(TinyModelJson())));
  models.push_back(ParseModelConfig(WithLadderJson(TinyModelJson(), testing::kScatteredLadder)));
  for (const ModelConfig& config : models) {
    TensorShapes wanted = ModelTensors(config), found;
    wanted.merge(FoldedTensors(config));
    Codec codec(config);
    for (const auto& tensor : codec->named_parameters())
      found[tensor.key()] = tensor.value().sizes().vec();
    for (const auto& tensor : codec->named_buffers()) {
      const std::string& name = tensor.key();
      const bool state = name.ends_with(".basis") || name.find(".ema.") != std::string::npos;
      if (!state) found[name] = tensor.value().sizes().vec();
    }
    EXPECT_EQ(found, wanted) << config.name;
  }
}

TEST(Transforms, AnalysisAndSynthesisBasesReconstructPerfectly) {
  const auto x = torch::randn({512 * 8}, torch::kFloat32);
  const auto frames = x.unfold(0, 512, 256);
  const auto pieces =
      torch::matmul(torch::matmul(frames, AnalysisBasis(512).t()), SynthesisBasis(512));
  auto y = torch::zeros_like(x);
  for (int64_t t = 0; t < pieces.size(0); ++t) y.narrow(0, 256 * t, 512).add_(pieces[t]);
  const auto inside = (y - x).narrow(0, 256, 512 * 8 - 512).abs().max().item<float>();
  EXPECT_LT(inside, 1e-5);
}

TEST(Transforms, AnalysisRowHoldsTheDefinedBins) {
  // A cosine at bin 8 and a sine at bin 9 of the second frame, from the definition by hand.
  const auto config = TinyModel();
  const auto n = torch::arange(512, torch::kFloat64);
  const auto signal = torch::cos(2 * M_PI * 8 * n / 512) + 0.5 * torch::sin(2 * M_PI * 9 * n / 512);
  const auto row = torch::matmul(AnalysisBasis(512).to(torch::kFloat64), signal);
  const auto w = torch::sin(M_PI * n / 512);
  const double re8 = (w * signal * torch::cos(2 * M_PI * 8 * n / 512)).sum().item<double>() / 16;
  const double im9 = -(w * signal * torch::sin(2 * M_PI * 9 * n / 512)).sum().item<double>() / 16;
  EXPECT_NEAR(row[8].item<double>(), re8, 1e-4);
  EXPECT_NEAR(row[257 + 8].item<double>(), im9, 1e-4);
}

// Rows that are not companded, of silence before the beginning, too.
TEST(Transforms, SpectrumIsThatOfTheAnalysisBasis) {
  torch::manual_seed(7);
  const auto x = torch::randn({2, 2, 256 * 6});
  const auto rows = SpectrumOf(MidSide(x), 512, 256);
  ASSERT_EQ(rows.sizes(), (std::vector<int64_t>{2, 6, 2, 512}));
  const auto frames = torch::constant_pad_nd(MidSide(x), {256, 0}).unfold(2, 512, 256);
  const auto wanted = torch::matmul(frames, AnalysisBasis(512).t()).permute({0, 2, 1, 3});
  EXPECT_LT((rows - wanted).abs().max().item<float>(), 1e-4);
}

TEST(Transforms, SpectrumComesBackAsItsSoundAHopLater) {
  Synthesis synthesis(TinyModel());
  torch::manual_seed(7);
  const auto x = torch::randn({2, 2, 256 * 12});
  const auto y = synthesis->Sound(SpectrumOf(MidSide(x), 512, 256));
  ASSERT_EQ(y.sizes(), x.sizes());
  const auto wanted = torch::constant_pad_nd(x, {256, 0}).narrow(2, 0, 256 * 12);
  EXPECT_LT((y - wanted).abs().max().item<float>(), 1e-5);
}

TEST(Transforms, HeadIsMagnitudesUpToALimitAndPhases) {
  Synthesis synthesis(TinyModel());
  torch::manual_seed(7);
  const auto y = 3 * torch::randn({1, 8, 1028});
  const auto rows = synthesis->Spectrum(y).to(torch::kFloat64);
  ASSERT_EQ(rows.sizes(), (std::vector<int64_t>{1, 8, 2, 512}));
  const auto head = y.to(torch::kFloat64).reshape({1, 8, 2, 2, 257});
  const auto magnitude = torch::exp(head.select(3, 0).clamp_max(5)), phase = head.select(3, 1);
  const auto imaginary = (magnitude * torch::sin(phase)).slice(-1, 1, 256);
  const auto wanted = torch::cat({magnitude * torch::cos(phase), imaginary}, -1);
  EXPECT_LT((rows - wanted).abs().max().item<double>(), 1e-4);
  EXPECT_GT(head.select(3, 0).max().item<double>(), 5);
  EXPECT_TRUE(synthesis(y).equal(synthesis->Sound(synthesis->Spectrum(y))));
}

TEST(Transforms, MdctHeadTurnsCompandedCoefficientsIntoTheirSignal) {
  auto config = TinyModel();
  config.synthesis.type = "mdct";
  config.synthesis.max_log_magnitude = 8;
  const int64_t window = config.synthesis.window, hop = config.synthesis.hop, hops = 12;
  torch::manual_seed(8);
  const auto x = torch::randn({1, 2, hop * hops});
  const auto bins = torch::matmul(MidSide(x).unfold(2, window, hop), MdctBasis(window).t());
  const auto companded = torch::sign(bins) * torch::log1p(100 * bins.abs());
  const auto y = companded.permute({0, 2, 1, 3}).reshape({1, hops - 1, config.channels * hop});
  Synthesis synthesis(config);
  const auto decoded = synthesis(y);
  // The first hop lacks its other half; each comes one hop late.
  const int64_t whole = hop * (hops - 2);
  EXPECT_LT((decoded.narrow(2, hop, whole) - x.narrow(2, hop, whole)).abs().max().item<float>(),
            1e-4);
  // A head of loud coefficients is limited, each at its own sign.
  const auto loud = synthesis(companded.new_full(y.sizes(), -30));
  const auto limit = synthesis(companded.new_full(y.sizes(), -8));
  EXPECT_TRUE(loud.equal(limit));
}

TEST(Codec, WithAnMdctHeadLearnsFromItsAudio) {
  auto config = TinyModel();
  config.synthesis.type = "mdct";
  torch::manual_seed(9);
  Codec codec(config);
  const auto result = codec(Music(2, 12), torch::full({2}, 12));
  result.audio.square().sum().backward();
  EXPECT_EQ(codec->named_parameters()["decoder.head.weight"].size(0), 2 * config.synthesis.hop);
  EXPECT_GT(codec->named_parameters()["decoder.head.weight"].grad().abs().max().item<float>(), 0);
}

TEST(Codec, IsCausalAndPrefixOfInputGivesPrefixOfPackets) {
  auto codec = TrainedCodec();
  const auto x = Music(1, 24);
  const auto whole = codec->Encode(x);
  const auto part = codec->Encode(x.narrow(2, 0, 16 * 1024));
  EXPECT_TRUE(torch::equal(whole.narrow(1, 0, 16), part));
  const auto audio = codec->Decode(whole);
  const auto audio_part = codec->Decode(part);
  EXPECT_LT((audio.narrow(2, 0, 16 * 1024) - audio_part).abs().max().item<float>(), 1e-5);
}

TEST(Codec, DecoderSeesOnlyBytes) {
  // The reconstruction that training reports is what the packets alone decode to.
  auto codec = TrainedCodec();
  torch::NoGradGuard no_grad;
  const auto x = Music(2, 24);
  const std::vector<int64_t> bytes = {1, 2, 4, 6, 10, 14, 15, 16, 18, 20, 24, 28};
  for (int64_t quality = 1; quality <= 12; ++quality) {
    const auto output = codec(x, torch::full({2}, quality));
    const auto packets = codec->Encode(x).narrow(2, 0, bytes[static_cast<size_t>(quality - 1)]);
    EXPECT_LT((codec->Decode(packets) - output.audio).abs().max().item<float>(), 1e-4)
        << "quality " << quality;
  }
}

// Items of one batch at all qualities, some of which have half of a quantizer's codes.
TEST(Codec, DecoderSeesOnlyBytesOfALadderOfItsOwn) {
  const nlohmann::json more =
      WithBandsJson(TinyModelWithTonesJson({{"from_quality", 9}}), {{"from_quality", 9}});
  const std::vector<std::pair<nlohmann::json, std::vector<int64_t>>> models = {
      {WithLadderJson(TinyModelJson(), testing::kLadder),
       {1, 2, 4, 6, 10, 14, 16, 18, 20, 22, 26, 28}},
      {WithLadderJson(TinyModelJson(), testing::kScatteredLadder),
       {4, 6, 10, 13, 15, 17, 21, 22, 26, 27, 28}},
      {WithLadderJson(more, testing::kLadder), {1, 2, 4, 6, 10, 14, 16, 18, 33, 35, 39, 41}}};
  for (const auto& [json, bytes] : models) {
    auto codec = TrainedCodec(ParseModelConfig(json));
    torch::NoGradGuard no_grad;
    const auto qualities = static_cast<int64_t>(bytes.size());
    ASSERT_EQ(codec->config().max_quality(), qualities);
    const auto x = Music(1, 24).repeat({qualities, 1, 1});
    const auto output = codec(x, torch::arange(1, qualities + 1));
    const auto packets = codec->Encode(x);
    for (int64_t i = 0; i < qualities; ++i) {
      const auto given = packets.narrow(0, i, 1).narrow(2, 0, bytes[static_cast<size_t>(i)]);
      const auto found = codec->Decode(given), wanted = output.audio.narrow(0, i, 1);
      EXPECT_LT((found - wanted).abs().max().item<float>(), 1e-4) << "quality " << i + 1;
      if (i == 0) continue;
      const auto below = output.audio.narrow(0, i - 1, 1);
      EXPECT_GT((wanted - below).abs().max().item<float>(), 1e-3) << "quality " << i + 1;
    }
  }
}

// By their places: fine.2 comes in two halves, and mid.3 last.
TEST(Codec, PacketsAreInTheOrderOfTheLadder) {
  auto codec = TrainedCodec(ParseModelConfig(WithLadderJson(TinyModelJson(), testing::kLadder)));
  torch::NoGradGuard no_grad;
  const auto x = Music(2, 24);
  const auto codes = codec(x, torch::full({2}, 12)).codes;
  const auto of_packet = [&](Level level, int64_t quantizer) {  // [2, 24, frames]
    return codes[level][quantizer].reshape({2, 24, kFramesPerPacket[level]});
  };
  const auto packets = codec->Encode(x).to(torch::kInt64);
  EXPECT_TRUE(packets.narrow(2, 0, 1).equal(of_packet(kCoarse, 0)));
  EXPECT_TRUE(packets.narrow(2, 10, 4).equal(of_packet(kFine, 1)));
  EXPECT_TRUE(packets.narrow(2, 14, 1).equal(of_packet(kCoarse, 2)));
  EXPECT_TRUE(packets.narrow(2, 15, 1).equal(of_packet(kCoarse, 3)));
  EXPECT_TRUE(packets.narrow(2, 16, 2).equal(of_packet(kMid, 2)));
  const auto fine_2 = of_packet(kFine, 2);
  for (const auto& [offset, frame] :
       std::vector<std::pair<int64_t, int64_t>>{{18, 0}, {19, 2}, {20, 1}, {21, 3}})
    EXPECT_TRUE(packets.select(2, offset).equal(fine_2.select(2, frame))) << offset;
  EXPECT_TRUE(packets.narrow(2, 22, 4).equal(of_packet(kFine, 3)));
  EXPECT_TRUE(packets.narrow(2, 26, 2).equal(of_packet(kMid, 3)));
}

TEST(Codec, GradientReachesAQuantizerOfWhichHalfIsGiven) {
  torch::manual_seed(6);
  Codec codec(ParseModelConfig(WithLadderJson(TinyModelJson(), testing::kLadder)));
  for (const int64_t quality : {8, 9, 11}) {
    codec->zero_grad();
    codec(Music(2, 40), torch::full({2}, quality)).audio.square().mean().backward();
    const auto gradient = [&](const char* quantizer) {
      const auto grad = codec->named_parameters()[quantizer].grad();
      return grad.defined() ? grad.abs().sum().item<float>() : 0;
    };
    EXPECT_EQ(gradient("quantizer.fine.2.output.weight") > 0, quality >= 9);
    EXPECT_EQ(gradient("quantizer.fine.3.output.weight") > 0, quality >= 11);
  }
}

TEST(Codec, PacketsOfNoQualityAreRefused) {
  auto codec = TrainedCodec();
  EXPECT_THROW(codec->Decode(torch::zeros({1, 4, 3}, torch::kUInt8)), std::runtime_error);
}

TEST(Codec, GradientReachesEveryParameterAtTheHighestQuality) {
  torch::manual_seed(6);
  Codec codec(TinyModel());
  const auto output = codec(Music(2, 40), torch::full({2}, 12));
  (output.audio.square().mean() + output.quantizer.commitment).backward();
  for (const auto& item : codec->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().sum().item<float>(), 0) << item.key();
  }
}

// One codebook on r [B, T, D], as in a step of training.
Quantized Train(Quantizer& quantizer, const torch::Tensor& r) {
  const auto result = quantizer(r);
  Follow({quantizer.ptr()}, {result});
  return result;
}

TEST(Quantizer, CodebookFollowsItsData) {
  torch::manual_seed(7);
  Quantizer quantizer(OneCodebookModel());
  const auto r = torch::randn({4, 512, TinyModel().quantizer.latent});
  const double before = LossesOf({Train(quantizer, r)}).commitment.item<double>();
  for (int i = 0; i < 200; ++i) Train(quantizer, r);
  const auto after = quantizer(r);
  EXPECT_LT(LossesOf({after}).commitment.item<double>(), 0.9 * before);
  EXPECT_GT(Perplexity(torch::bincount(after.codes.flatten(), {}, 256)), 128);
}

TEST(Quantizer, LargerBatchesMoveNoEntryThatIsInUse) {
  // The counts of entries lag behind: after one step on batches of 16 times the size, as in a run
  // that begins from a model file, entries that serve are not taken for dead ones.
  torch::manual_seed(8);
  Quantizer quantizer(OneCodebookModel());
  const auto r = torch::randn({4, 512, TinyModel().quantizer.latent});
  for (int i = 0; i < 300; ++i) Train(quantizer, r);
  const auto before = quantizer->named_buffers()["0.codebook"].clone();
  Train(quantizer, r.repeat({16, 1, 1}));
  const auto moved = (quantizer->named_buffers()["0.codebook"] - before).norm(2, 1);
  const auto far = (moved > 0.5 * before.norm(2, 1)).sum().item<int64_t>();
  EXPECT_LT(far, before.size(0) / 20);
}

TEST(Quantizer, DecorrelationTellsCopiesFromIndependentDimensions) {
  // 0 for independent dimensions, 1 when every dimension is a copy of one.
  torch::manual_seed(9);
  Quantizer quantizer(OneCodebookModel());
  const auto r = torch::randn({4, 512, TinyModel().quantizer.latent});
  EXPECT_LT(LossesOf({quantizer(r)}).decorrelation.item<double>(), 0.5);
  torch::NoGradGuard no_grad;
  auto weight = quantizer->named_parameters()["0.input.weight"];
  weight.copy_(weight[0].expand_as(weight).clone());
  EXPECT_GT(LossesOf({quantizer(r)}).decorrelation.item<double>(), 0.99);
}

TEST(Quantizer, PerplexityOfKnownHistograms) {
  EXPECT_NEAR(Perplexity(torch::ones({256})), 256, 1e-9);
  EXPECT_NEAR(Perplexity(torch::tensor({5.0, 0.0, 0.0})), 1, 1e-9);
  EXPECT_NEAR(Perplexity(torch::tensor({1.0, 1.0, 2.0})), std::exp(1.5 * std::log(2.0)), 1e-9);
}

// In float64, where gradients differ by rounding alone. `layer` and `plain` are functions of x and
// of the parameters of `module`.
void ExpectSameGradients(torch::nn::Module& module, const torch::Tensor& x,
                         const std::function<torch::Tensor()>& layer,
                         const std::function<torch::Tensor()>& plain, const std::string& what) {
  std::vector<torch::Tensor> inputs = module.parameters();
  inputs.push_back(x);
  const auto found = layer(), wanted = plain();
  EXPECT_LT((found - wanted).abs().max().item<double>(), 1e-12) << what;
  const auto along = torch::randn_like(wanted);
  const auto found_gradients = torch::autograd::grad({(found * along).sum()}, inputs);
  const auto wanted_gradients = torch::autograd::grad({(wanted * along).sum()}, inputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_GT(wanted_gradients[i].abs().max().item<double>(), 1e-6) << what << " " << i;
    EXPECT_LT((found_gradients[i] - wanted_gradients[i]).abs().max().item<double>(), 1e-10)
        << what << " " << i;
  }
}

// The causal depthwise convolution, tap by tap.
torch::Tensor PlainDepthwise(const torch::Tensor& x, const torch::Tensor& weight,
                             const torch::Tensor& bias, int64_t dilation) {
  auto y = bias.expand_as(x);
  for (int64_t k = 0; k < weight.size(0); ++k) {
    const int64_t late = (weight.size(0) - 1 - k) * dilation;
    y = y + torch::constant_pad_nd(x, {0, 0, late, 0}).narrow(1, 0, x.size(1)) * weight[k];
  }
  return y;
}

torch::Tensor PlainNorm(const torch::Tensor& x) {
  const auto around = x - x.mean(2, true);
  return around / (around.square().mean(2, true) + 1e-5).sqrt();
}

TEST(Layers, GradientsOfABlockAreThoseOfItsSingleOperations) {
  torch::manual_seed(11);
  for (const int64_t lookahead : {0, 1, 9, 30}) {
    Block block(12, TinyModel(), lookahead);
    block->to(torch::kFloat64);
    const auto x = torch::randn({2, 20, 12}, torch::kFloat64).set_requires_grad(true);
    const auto p = block->named_parameters();
    const auto plain = [&] {
      const auto u = PlainNorm(PlainDepthwise(x, p["depthwise.weight"], p["depthwise.bias"], 1));
      const auto v = torch::gelu(torch::matmul(u, p["expand.weight"].t()) + p["expand.bias"]);
      const auto y = torch::matmul(v, p["project.weight"].t()) + p["project.bias"];
      const auto late = torch::constant_pad_nd(x, {0, 0, lookahead, 0}).narrow(1, 0, x.size(1));
      return late + y * p["scale"];
    };
    for (const bool training : {true, false}) {
      block->train(training);
      ExpectSameGradients(
          *block, x, [&] { return block(x); }, plain, "lookahead " + std::to_string(lookahead));
    }
  }
}

TEST(Layers, GradientsOfAFeatureBranchAreThoseOfItsSingleOperations) {
  torch::manual_seed(12);
  FeatureBranch branch(12, TinyModel());
  branch->to(torch::kFloat64);
  const auto x = torch::randn({2, 40, 12}, torch::kFloat64).set_requires_grad(true);
  const auto p = branch->named_parameters();
  const auto plain = [&] {
    const auto thirds = (torch::matmul(x, p["reduce.weight"].t()) + p["reduce.bias"]).chunk(3, 2);
    const auto before = torch::constant_pad_nd(thirds[1], {0, 0, 1, 0}).narrow(1, 0, x.size(1));
    return torch::gelu(
        torch::cat({PlainDepthwise(thirds[0], p["harmonic.weight"], p["harmonic.bias"],
                                   TinyModel().encoder.features.dilation),
                    thirds[1] - before, PlainNorm(thirds[2])},
                   2));
  };
  for (const bool training : {true, false}) {
    branch->train(training);
    ExpectSameGradients(
        *branch, x, [&] { return branch(x); }, plain, "features");
  }
}

TEST(Layers, GradientsOfAModulationAreThoseOfItsSingleOperations) {
  torch::manual_seed(13);
  Film film(5, 8);
  film->to(torch::kFloat64);
  const auto h = torch::randn({2, 6, 8}, torch::kFloat64);
  const auto m = torch::randn({2, 6, 5}, torch::kFloat64).set_requires_grad(true);
  const auto plain = [&] {
    const auto parts = (torch::matmul(m, film->weight.t()) + film->bias).chunk(2, 2);
    return h * (1 + parts[0]) + parts[1];
  };
  ExpectSameGradients(
      *film, m, [&] { return film(h, m); }, plain, "m");
  const auto at = h.clone().set_requires_grad(true);
  const auto parts = (torch::matmul(m, film->weight.t()) + film->bias).chunk(2, 2);
  EXPECT_TRUE(torch::allclose(torch::autograd::grad({film(at, m).sum()}, {at})[0], 1 + parts[0]));
}

TEST(Layers, GradientsOfStridedConvolutionsAreThoseOfTheirSingleOperations) {
  torch::manual_seed(14);
  const auto x = torch::randn({2, 6, 8}, torch::kFloat64).set_requires_grad(true);
  Down down(8, 5);
  Up up(8, 5);
  for (const bool training : {true, false}) {
    down->to(torch::kFloat64);
    down->train(training);
    ExpectSameGradients(
        *down, x, [&] { return down(x); },
        [&] {
          return torch::matmul(x.reshape({2, 3, 16}), down->weight.t()) + down->bias;
        },
        "down");
    up->to(torch::kFloat64);
    up->train(training);
    ExpectSameGradients(
        *up, x, [&] { return up(x); },
        [&] {
          return (torch::matmul(x, up->weight.t()) + up->bias).reshape({2, 12, 5});
        },
        "up");
  }
}

TEST(Layers, GradientsOfTheSynthesisAreThoseOfItsSingleOperations) {
  torch::manual_seed(15);
  const auto config = TinyModel();
  const int64_t window = config.synthesis.window, hop = window / 2, bins = hop + 1;
  Synthesis synthesis(config);
  synthesis->to(torch::kFloat64);
  auto y = torch::randn({2, 4, 4 * bins}, torch::kFloat64);
  y.narrow(2, 0, 9).fill_(config.synthesis.max_log_magnitude + 1);  // too loud
  y.set_requires_grad(true);
  const auto plain = [&] {
    const auto polar = y.reshape({2, 4, 2, 2, bins});
    const auto magnitude =
        torch::exp(torch::clamp_max(polar.select(3, 0), config.synthesis.max_log_magnitude));
    const auto phase = polar.select(3, 1);
    const auto rows = torch::cat(
        {magnitude * torch::cos(phase), (magnitude * torch::sin(phase)).narrow(3, 1, bins - 2)}, 3);
    const auto frames = torch::matmul(rows, SynthesisBasis(window).to(torch::kFloat64));
    auto sound =
        torch::constant_pad_nd(frames.narrow(1, 0, 3).narrow(3, hop, hop), {0, 0, 0, 0, 1, 0}) +
        frames.narrow(3, 0, hop);
    sound = sound.permute({0, 2, 1, 3}).reshape({2, 2, 4 * hop});
    const auto mid = sound.select(1, 0), side = sound.select(1, 1);
    return torch::stack({mid + side, mid - side}, 1) * std::sqrt(0.5);
  };
  ExpectSameGradients(
      *synthesis, y, [&] { return synthesis(y); }, plain, "synthesis");
}

TEST(Layers, BFloat16ProductsStayNearFloat32) {
  torch::manual_seed(8);
  Linear linear(64, 96);
  const auto x = torch::randn({3, 50, 64}, torch::requires_grad());
  const auto run = [&](Precision precision) {
    SetTrainingPrecision(precision);
    const auto y = linear(x);
    const auto gradients =
        torch::autograd::grad({y.square().sum()}, {x, linear->weight, linear->bias});
    SetTrainingPrecision(Precision::kFloat32);
    return std::vector<torch::Tensor>{y, gradients[0], gradients[1], gradients[2]};
  };
  const auto exact = run(Precision::kFloat32), low = run(Precision::kBFloat16);
  linear->eval();
  EXPECT_LT((linear(x) - exact[0]).abs().max().item<float>(), 1e-5);
  for (size_t i = 0; i < exact.size(); ++i) {
    EXPECT_LT(((exact[i] - low[i]).norm() / exact[i].norm()).item<float>(), 0.02) << i;
  }
}

TEST(Layers, WeightsAreRoundedAsAModelFileKeepsThem) {
  torch::manual_seed(9);
  auto weight = torch::randn({5, 37});
  weight[2].zero_();
  weight[3][7] = 40;  // beside which the others of its row are few steps
  const auto rounded = RoundedToInt8(weight);
  const std::span<const float> values(weight.data_ptr<float>(), 5 * 37);
  const std::vector<float> kept = LoadFloats(StoreFloats("weight", {5, 37}, values, DType::kInt8));
  const auto wanted = torch::from_blob(const_cast<float*>(kept.data()), {5, 37});
  // Quotients may be rounded otherwise at a tie.
  EXPECT_LT((rounded - wanted).abs().max().item<float>(), 1e-6);
  EXPECT_GT((rounded - weight).abs().max().item<float>(), 1e-3);
  EXPECT_TRUE(torch::equal(RoundedToInt8(rounded), rounded) ||
              (RoundedToInt8(rounded) - rounded).abs().max().item<float>() < 1e-6);
}

}  // namespace
}  // namespace motet::trainer
