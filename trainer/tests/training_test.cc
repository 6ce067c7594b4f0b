// The training loop: configurations are checked, a step lowers the loss on its own batch, and a run
// that is stopped and resumed, or killed while it writes, goes on exactly where it was. Adversarial
// training is tested in adversarial_test.cc.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "data/audio_file.h"
#include "data/collect.h"
#include "model/linear.h"
#include "model/rounding.h"
#include "random_tensors.h"
#include "tests/small_run.h"
#include "training/batch_loader.h"
#include "training/checkpoint.h"
#include "training/fit.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

namespace fs = std::filesystem;

Configuration TinyConfiguration() { return ParseConfiguration(SmallRunJson()); }
torch::Tensor Batch(int64_t number) { return SmallBatch(number); }

// A path of this run of the tests; the same in the process that a death test starts.
fs::path TempFile(const std::string& name) {
  setenv("MOTET_TEST_RUN", std::to_string(getpid()).c_str(), /*overwrite=*/0);
  return fs::path(::testing::TempDir()) /
         (std::string("motet-") + getenv("MOTET_TEST_RUN") + "-" + name);
}

TEST(Configuration, BaseIsCompleteAndWithinTheBudget) {
  const auto config = ParseConfiguration(BaseJson());
  const Trainer trainer(config);
  EXPECT_GE(trainer.parameters(), 4'000'000);
  EXPECT_LE(trainer.parameters(), 4'800'000);
  EXPECT_LE(static_cast<double>(config.model.delay() + config.model.packet) / 44.1, 80.0);  // ms
}

TEST(Configuration, UnknownKeysAreErrorsThatSuggestTheNearest) {
  auto json = BaseJson();
  const auto unknown = ErrorOf([&] { ApplySettings(json, {"optimizer.learning_rat=1"}); });
  EXPECT_NE(unknown.find("optimizer.learning_rat"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("did you mean 'optimizer.learning_rate'"), std::string::npos) << unknown;
  json["model"]["decoder"]["extra"] = 1;
  EXPECT_NE(ErrorOf([&] { ParseConfiguration(json); }).find("decoder.extra"), std::string::npos);
  json = BaseJson();
  json["losses"].erase("mel");
  EXPECT_NE(ErrorOf([&] { ParseConfiguration(json); }).find("missing key 'losses.mel'"),
            std::string::npos);
  EXPECT_NE(ErrorOf([&] { LoadConfiguration({"/nowhere.json"}, {}); }).find("/nowhere.json"),
            std::string::npos);
}

TEST(Configuration, OldCheckpointsConfigurationGetsTheKeysThatCameLater) {
  auto json = BaseJson();
  for (const char* key : {"waveform_l2", "harmonic", "mid_side_share"}) json["losses"].erase(key);
  json["optimizer"].erase("decay");
  json["losses"]["mel"] = 1.5;
  AddLaterKeys(json);
  ApplySettings(json, {"losses.harmonic=0.25"});
  const auto config = ParseConfiguration(json);
  EXPECT_EQ(config.losses.WeightsAt(0).at("mel"), 1.5);
  EXPECT_EQ(config.losses.WeightsAt(0).at("waveform_l2"), 0);
  EXPECT_EQ(config.losses.WeightsAt(0).at("harmonic"), 0.25);
  EXPECT_EQ(config.optimizer.decay, "cosine");
}

// The first configuration that had losses, as it was committed. Who adds a key to configs/base.json
// and forgets kLaterKeys (training/config.cc) makes checkpoints like it unreadable.
TEST(Configuration, TheFirstConfigurationIsStillComplete) {
  std::ifstream in(fs::path(MOTET_TRAINER_SOURCE) / "tests/data/first_configuration.json");
  auto json = nlohmann::json::parse(in);
  AddLaterKeys(json);
  const auto config = ParseConfiguration(json);
  EXPECT_EQ(config.losses.WeightsAt(0).at("mel"), json["losses"]["mel"]);
  EXPECT_EQ(config.training.learn, "all");
  auto complete = ParseConfiguration(BaseJson()).json;
  // Parts that a model may lack, as this one does.
  for (const char* part : {"tones", "bands", "ladder"}) complete["model"].erase(part);
  complete.merge_patch(json);
  EXPECT_EQ(complete, json) << "no value of base.json comes from elsewhere";
}

TEST(Schedule, IsPiecewiseLinearWithJumps) {
  const auto schedule = Schedule::Parse(
      nlohmann::json::parse("[[10, 1], [20, 2], [20, 5], [40, 3]]"), "losses.mel", 0, 10, 100);
  EXPECT_FALSE(schedule.constant());
  const std::vector<std::pair<int64_t, double>> expected = {{0, 1},  {10, 1}, {15, 1.5}, {19, 1.9},
                                                            {20, 5}, {30, 4}, {40, 3},   {1000, 3}};
  for (const auto& [step, value] : expected) EXPECT_NEAR(schedule.At(step), value, 1e-12) << step;
  EXPECT_EQ(Schedule::Parse(2.5, "", 0, 10, 100).At(7), 2.5);
}

TEST(Schedule, StepsThatAreFractionsAreSharesOfTheRun) {
  const auto json = nlohmann::json::parse("[[0.0, 1], [0.35, 3], [1, 5]]");
  const auto schedule = Schedule::Parse(json, "losses.mel", 0, 10, 200);
  for (const auto& [step, value] : std::vector<std::pair<int64_t, double>>{
           {0, 1}, {35, 2}, {70, 3}, {135, 4}, {200, 5}, {201, 5}})
    EXPECT_NEAR(schedule.At(step), value, 1e-12) << step;
  // Everything that may be scheduled has its shares of `training.steps`.
  auto whole = SmallRunJson();
  whole["training"]["steps"] = 40;
  const auto points = nlohmann::json::parse("[[0.5, 0.5], [0.5, 0.75]]");
  whole["losses"]["mel"] = whole["adversarial"]["learning_rate"] = points;
  whole["adversarial"]["update_probability"] = whole["data"]["segment_seconds"] = points;
  whole["optimizer"]["learning_rate"] = whole["training"]["default_quality_share"] = points;
  whole["training"]["highest_quality_share"] = points;
  const auto config = ParseConfiguration(whole);
  for (const Schedule& each :
       {config.losses.weights.at("mel"), config.adversarial.learning_rate,
        config.adversarial.update_probability, config.data.segment_seconds,
        config.optimizer.learning_rate, config.training.default_quality_share,
        config.training.highest_quality_share}) {
    EXPECT_EQ(each.At(19), 0.5);
    EXPECT_EQ(each.At(20), 0.75);
  }
  EXPECT_EQ(config.json["losses"]["mel"], points);  // a checkpoint keeps shares
}

TEST(Fit, TakesWholeMeetingsAndLeavesTimeForValidations) {
  LoopConfig loop;
  loop.validate_every = 128;
  loop.local_steps = 1;
  // A validation of 2 s at the end and one after each 128 steps of an eighth of a second.
  EXPECT_EQ(StepsFor(2 + 10000 * (0.125 + 2.0 / 128), 0.125, 2, loop), 10000);
  loop.local_steps = 25;
  EXPECT_EQ(StepsFor(1409, 0.125, 2, loop), 10000);
  EXPECT_EQ(StepsFor(-5, 0.125, 2, loop), 25);
}

TEST(Fit, MeasuresStepsAsTheyAreThen) {
  auto json = SmallRunJson();
  json["losses"]["adversarial"] = nlohmann::json::parse("[[0.5, 0], [0.5, 2]]");
  json["data"]["segment_seconds"] = nlohmann::json::parse("[[0, 0.5], [100, 1.5]]");
  json["adversarial"]["start_step"] = 60;
  EXPECT_NO_THROW(ParseConfiguration(ConstantAt(json, 0)));
  EXPECT_FALSE(ParseConfiguration(ConstantAt(json, 55)).adversarial.enabled);
  const auto late = ParseConfiguration(ConstantAt(json, 70));
  EXPECT_TRUE(late.adversarial.enabled);
  EXPECT_EQ(late.adversarial.start_step, 0);
  EXPECT_EQ(late.losses.weights.at("adversarial").At(0), 2);
  EXPECT_NEAR(late.data.segment_seconds.At(0), 1.2, 1e-12);
}

TEST(Schedule, MistakesAreNamed) {
  const auto error = [](const char* text) {
    return ErrorOf([&] { Schedule::Parse(nlohmann::json::parse(text), "losses.mel", 0, 10, 100); });
  };
  for (const char* text : {"11", "-1", "\"much\"", "[]", "[[0, 1], 3]", "[[0, 1, 2]]", "[[-1, 1]]",
                           "[[0.5, 1], [2, 1]]", "[[-0.5, 1]]", "[[0.5, 1], [0.4, 1]]",
                           "[[9, 1], [8, 1]]", "[[0, 11]]", "{}"}) {
    EXPECT_NE(error(text).find("'losses.mel'"), std::string::npos) << text << ": " << error(text);
  }
}

TEST(Curriculum, ScheduledSettingsActAndAreReported) {
  auto json = TinyConfiguration().json;
  json["losses"]["mel"] = nlohmann::json::parse("[[0, 1], [2, 1], [2, 0]]");
  json["training"]["highest_quality_share"] = nlohmann::json::parse("[[0, 0], [10, 1]]");
  Trainer trainer(ParseConfiguration(json));
  const auto first = trainer.TrainStep(Batch(0));
  EXPECT_EQ(first.at("losses.mel"), 1);
  EXPECT_EQ(first.count("mel"), 1);
  trainer.TrainStep(Batch(1));
  const auto third = trainer.TrainStep(Batch(2));
  EXPECT_EQ(third.at("losses.mel"), 0);
  EXPECT_EQ(third.count("mel"), 0);  // a term of weight 0 is not computed
  EXPECT_NEAR(third.at("training.highest_quality_share"), 0.2, 1e-12);
  EXPECT_EQ(third.count("losses.waveform"), 0);  // not scheduled
}

TEST(Curriculum, LearningRateWarmsUpAndDecaysAsConfigured) {
  OptimizerConfig optimizer;
  optimizer.learning_rate = 1e-3;
  optimizer.final_learning_rate = 1e-5;
  optimizer.warmup_steps = 10;
  const auto at = [&](const char* decay, int64_t step) {
    optimizer.decay = decay;
    return optimizer.LearningRateAt(step, 110);
  };
  for (const char* decay : {"cosine", "exponential", "constant"}) {
    EXPECT_NEAR(at(decay, 4), 5e-4, 1e-12) << decay;
    EXPECT_NEAR(at(decay, 10), 1e-3, 1e-12) << decay;
  }
  EXPECT_NEAR(at("cosine", 60), (1e-3 + 1e-5) / 2, 1e-12);
  EXPECT_NEAR(at("exponential", 60), 1e-4, 1e-12);  // halfway, the geometric mean
  EXPECT_NEAR(at("constant", 60), 1e-3, 1e-12);
  EXPECT_NEAR(at("cosine", 110), 1e-5, 1e-12);
  EXPECT_NEAR(at("exponential", 500), 1e-5, 1e-12);
}

TEST(Training, LowersTheLossOnOneBatch) {
  Trainer trainer(TinyConfiguration());
  double first = 0, last = 0;
  for (int i = 0; i < 60; ++i) {
    const auto report = trainer.TrainStep(Batch(0));
    if (i < 10) first += report.at("loss");
    if (i >= 50) last += report.at("loss");
  }
  EXPECT_LT(last, 0.6 * first);
  EXPECT_EQ(trainer.skipped_steps(), 0);
}

// Every setting that has a state of its own.
nlohmann::json EverythingJson() {
  auto json = SmallRunJson();
  json["losses"]["adversarial"] = 0.5;
  json["losses"]["feature_matching"] = nlohmann::json::parse("[[0, 0.5], [6, 1]]");
  json["losses"]["codebook"] = 1;
  json["losses"]["harmonic"] = 0.1;
  json["losses"]["balancer"] = true;
  json["adversarial"]["waveform_factors"] = {4};
  json["adversarial"]["spectrum_windows"] = {512};
  json["adversarial"]["mdct_windows"] = {256};
  json["adversarial"]["width"] = 4;
  json["optimizer"]["type"] = "muon";
  json["training"]["codebooks"] = "learned";
  json["training"]["loss_scaling"] = "on";
  json["training"]["accumulate"] = 2;
  return json;
}

class Resume : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Training, Resume, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Everything" : "Base"; });

TEST_P(Resume, IsExact) {
  const auto json = GetParam() ? EverythingJson() : SmallRunJson();
  const auto path = TempFile(GetParam() ? "everything.ckpt" : "base.ckpt");
  torch::set_num_threads(1);
  // Batches must not draw from the generator that the trainer resumes, so they are made beforehand.
  std::vector<torch::Tensor> batches;
  for (int i = 0; i < 6; ++i) batches.push_back(Batch(i));

  Trainer whole(ParseConfiguration(json));
  for (int i = 0; i < 6; ++i) {
    whole.TrainStep(batches[static_cast<size_t>(i)]);
    if (i == 2) whole.Checkpoint(path);
  }
  const auto end = TempFile("end.ckpt"), resumed_end = TempFile("resumed-end.ckpt");
  whole.Checkpoint(end);

  Trainer resumed(ParseConfiguration(json));
  resumed.Resume(path);
  EXPECT_EQ(resumed.step(), 3);
  for (int i = 3; i < 6; ++i) resumed.TrainStep(batches[static_cast<size_t>(i)]);
  resumed.Checkpoint(resumed_end);

  // The whole state: weights, averages, moments, codebooks, discriminators, random numbers.
  const auto expected = ReadTensorFile(end.string()), found = ReadTensorFile(resumed_end.string());
  EXPECT_EQ(found.json, expected.json);
  ASSERT_EQ(found.tensors.size(), expected.tensors.size());
  for (size_t i = 0; i < expected.tensors.size(); ++i) {
    EXPECT_EQ(found.tensors[i].name, expected.tensors[i].name);
    EXPECT_EQ(found.tensors[i].data, expected.tensors[i].data) << expected.tensors[i].name;
  }
  if (GetParam()) {
    EXPECT_NE(expected.Find("discriminator.optimizer.exp_avg.spectrum_512.0.direction"), nullptr);
    EXPECT_NE(expected.Find("optimizer.exp_avg.quantizer.mid.1.codebook"), nullptr);
    EXPECT_NE(expected.Find("optimizer.momentum.decoder.mid.up.weight"), nullptr);
    EXPECT_NE(expected.json.find("\"balancer\":{\"adversarial\":["), std::string::npos);
  }
}

TEST(Training, MuonGoesOnFromACheckpointOfAdamW) {
  auto json = SmallRunJson();
  json["optimizer"]["type"] = "adamw";
  const auto path = TempFile("adamw.ckpt");
  Trainer before(ParseConfiguration(json));
  for (int i = 0; i < 3; ++i) before.TrainStep(Batch(i));
  before.Checkpoint(path);
  json["optimizer"]["type"] = "muon";
  Trainer after(ParseConfiguration(json));
  after.Resume(path);
  EXPECT_EQ(after.step(), 3);
  double first = 0, last = 0;
  for (int i = 0; i < 30; ++i) {
    const double loss = after.TrainStep(Batch(0)).at("loss");
    if (i < 5) first += loss;
    if (i >= 25) last += loss;
  }
  EXPECT_LT(last, 0.9 * first);
}

TEST(Training, ProductsSeeRoundedWeightsAndTheWeightsLearnNevertheless) {
  torch::set_num_threads(1);
  auto json = SmallRunJson();
  json["training"]["precision"] = "f32";
  Trainer plain(ParseConfiguration(json));
  json["training"]["weights"] = "int8";
  Trainer rounded(ParseConfiguration(json));
  const auto path = TempFile("rounded.ckpt");
  rounded.Checkpoint(path);
  Trainer same(ParseConfiguration(json));
  same.Initialise(path);
  plain.Initialise(path);
  {
    torch::NoGradGuard no_grad;
    for (const auto& module : plain.codec()->modules()) {
      auto* linear = module->as<LinearImpl>();
      if (linear != nullptr) linear->weight.copy_(RoundedToInt8(linear->weight));
    }
  }
  const double loss = same.TrainStep(Batch(0)).at("loss");
  EXPECT_NEAR(loss, plain.TrainStep(Batch(0)).at("loss"), 1e-5 * loss);
  double last = 0;
  for (int i = 0; i < 30; ++i) last = same.TrainStep(Batch(0)).at("loss");
  EXPECT_LT(last, 0.9 * loss);
}

TEST(Training, LossScaleChangesNoBit) {
  // A power of two, so that float32 gradients come back exactly.
  torch::set_num_threads(1);
  const auto weights_after = [](const char* scaling) {
    auto json = SmallRunJson();
    json["training"]["loss_scaling"] = scaling;
    json["training"]["precision"] = "f32";
    Trainer trainer(ParseConfiguration(json));
    for (int i = 0; i < 3; ++i) trainer.TrainStep(Batch(i));
    std::vector<torch::Tensor> all;
    for (const auto& parameter : trainer.codec()->parameters())
      all.push_back(parameter.detach().flatten());
    return torch::cat(all);
  };
  EXPECT_TRUE(torch::equal(weights_after("on"), weights_after("off")));
}

// The tiny model with one more block at two levels, one of which looks ahead.
nlohmann::json GrownJson() {
  auto json = SmallRunJson();
  json["model"]["encoder"]["mid"]["lookahead"] = {0, 0};
  json["model"]["decoder"]["fine"]["lookahead"] = {1, 1};
  return json;
}

// What a trainer's codec makes of a batch at quality 6, without the codec's delay.
torch::Tensor Decoded(Trainer& trainer, int64_t samples) {
  torch::NoGradGuard no_grad;
  trainer.codec()->eval();
  const auto x = Batch(7);
  return trainer.codec()(x, torch::full({x.size(0)}, 6))
      .audio.narrow(2, trainer.config().model.delay(), samples);
}

TEST(Initialise, BlocksThatTheFileLacksChangeNothingAtFirst) {
  torch::set_num_threads(1);
  auto json = SmallRunJson();
  json["training"]["precision"] = "f32";
  Trainer small(ParseConfiguration(json));
  for (int i = 0; i < 3; ++i) small.TrainStep(Batch(i));
  const auto path = TempFile("small.ckpt");
  small.Checkpoint(path);
  Trainer same(ParseConfiguration(json));
  EXPECT_TRUE(same.Initialise(path).empty());

  json = GrownJson();
  json["training"]["precision"] = "f32";
  Trainer grown(ParseConfiguration(json));
  const std::vector<std::string> expected = {"decoder.fine.blocks.1", "encoder.mid.blocks.1"};
  EXPECT_EQ(grown.Initialise(path), expected);
  EXPECT_GT(grown.parameters(), same.parameters());
  EXPECT_GT(grown.config().model.delay(), same.config().model.delay());
  const int64_t samples = 1024 * 8;
  const auto wanted = Decoded(same, samples);
  const double peak = wanted.abs().max().item<double>();
  EXPECT_GT(peak, 1e-3);
  // Frames fall on other rows of the products, which round differently.
  EXPECT_LT((Decoded(grown, samples) - wanted).abs().max().item<double>(), 1e-4 * peak);

  // And they learn.
  grown.TrainStep(Batch(0));
  EXPECT_GT(grown.codec()
                ->named_parameters()["decoder.fine.blocks.1.project.weight"]
                .abs()
                .max()
                .item<double>(),
            0);
}

TEST(Training, ADecoderLearnsAloneAndCodesStay) {
  torch::set_num_threads(1);
  Trainer all(TinyConfiguration());
  for (int i = 0; i < 3; ++i) all.TrainStep(Batch(i));
  const auto path = TempFile("all.ckpt");
  all.Checkpoint(path);

  auto json = SmallRunJson();
  json["training"]["learn"] = "decoder";
  Trainer alone(ParseConfiguration(json));
  alone.Initialise(path);
  EXPECT_LT(alone.parameters(), all.parameters());
  std::map<std::string, torch::Tensor> before;
  for (const auto& [name, tensor] : NamedState(*alone.codec())) before[name] = tensor.clone();
  const auto codes = alone.codec()->Encode(Batch(7));
  for (int i = 0; i < 3; ++i) {
    const auto report = alone.TrainStep(Batch(i));
    EXPECT_GT(report.at("gradient_norm"), 0);
  }
  alone.codec()->eval();
  EXPECT_TRUE(torch::equal(alone.codec()->Encode(Batch(7)), codes));
  bool decoder_changed = false;
  for (const auto& [name, tensor] : NamedState(*alone.codec())) {
    const bool same = torch::equal(before.at(name), tensor);
    if (name.starts_with("encoder.") || name.starts_with("quantizer.")) {
      EXPECT_TRUE(same) << name;
    } else {
      decoder_changed = decoder_changed || !same;
    }
  }
  EXPECT_TRUE(decoder_changed);

  // It is resumed as what it was.
  const auto own = TempFile("alone.ckpt");
  alone.Checkpoint(own);
  Trainer again(ParseConfiguration(json));
  again.Resume(own);
  EXPECT_EQ(again.Fingerprint(), alone.Fingerprint());

  json["training"]["codebooks"] = "learned";
  json["losses"]["codebook"] = 1.0;
  EXPECT_NE(ErrorOf([&] { ParseConfiguration(json); }).find("'training.learn'"), std::string::npos);
}

TEST(Initialise, ModelsThatDoNotFitAreRefused) {
  const auto path = TempFile("grown.ckpt");
  Trainer grown(ParseConfiguration(GrownJson()));
  grown.Checkpoint(path);
  Trainer small(TinyConfiguration());
  const auto larger = ErrorOf([&] { small.Initialise(path); });
  EXPECT_NE(larger.find(path.string()), std::string::npos) << larger;
  EXPECT_NE(larger.find("blocks.1."), std::string::npos) << larger;
  EXPECT_NE(larger.find("has no place in the configured model"), std::string::npos) << larger;

  auto json = GrownJson();
  json["model"]["decoder"]["fine"]["width"] = 48;
  Trainer wider(ParseConfiguration(json));
  const auto shape = ErrorOf([&] { wider.Initialise(path); });
  EXPECT_NE(shape.find("wanted"), std::string::npos) << shape;
}

TEST(Initialise, AnEntropyModelIsLeftAside) {
  torch::set_num_threads(1);
  Trainer trained(TinyConfiguration());
  trained.TrainStep(Batch(0));
  const auto path = TempFile("model.ckpt");
  trained.Checkpoint(path);
  // A model file: the weights by their own names.
  TensorFile file = ReadTensorFile(path.string());
  const std::string prefix = "model.";
  std::erase_if(file.tensors,
                [&](const NamedTensor& tensor) { return !tensor.name.starts_with(prefix); });
  for (NamedTensor& tensor : file.tensors) tensor.name.erase(0, prefix.size());
  WriteTensorFile(path.string(), file.json, file.tensors);
  Trainer without(TinyConfiguration());
  EXPECT_TRUE(without.Initialise(path).empty());

  file.tensors.push_back(StoreTensor("entropy.coarse.0.embedding", torch::zeros({257, 4})));
  WriteTensorFile(path.string(), file.json, file.tensors);
  Trainer with(TinyConfiguration());
  EXPECT_TRUE(with.Initialise(path).empty());
  EXPECT_EQ(with.Fingerprint(), without.Fingerprint());

  file.tensors.back().name = "entropic.coarse.0.embedding";
  WriteTensorFile(path.string(), file.json, file.tensors);
  const auto error = ErrorOf([&] { with.Initialise(path); });
  EXPECT_NE(error.find("'entropic.coarse.0.embedding' has no place"), std::string::npos) << error;
  fs::remove(path);
}

TEST(LossScaler, HalvesOnOverflowAndDoublesAfter2000GoodSteps) {
  LossScaler scaler(true);
  EXPECT_EQ(scaler.scale(), 65536);
  EXPECT_TRUE(scaler.Update(false));
  EXPECT_EQ(scaler.scale(), 32768);
  for (int i = 0; i < 1999; ++i) EXPECT_FALSE(scaler.Update(true));
  LossScaler restored(true);
  restored.Restore(scaler.State());
  EXPECT_EQ(restored.scale(), 32768);
  restored.Update(true);
  EXPECT_EQ(restored.scale(), 65536);
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(restored.Update(false));
  EXPECT_FALSE(restored.Update(false));  // at 1 it is no overflow any more
  EXPECT_EQ(restored.scale(), 1);
  LossScaler off(false);
  EXPECT_FALSE(off.Update(false));
  EXPECT_EQ(off.scale(), 1);
}

TEST(Training, HalfPrecisionOnTheCpuIsRefused) {
  auto json = SmallRunJson();
  json["training"]["precision"] = "fp16";
  EXPECT_NE(ErrorOf([&] { Trainer trainer(ParseConfiguration(json)); }).find("bf16 can do it"),
            std::string::npos);
}

TEST(Training, AccumulatedGradientIsThatOfTheWholeBatch) {
  // Codebooks that stay, since otherwise the second part would see what the first one made of them,
  // and a loss that is a mean over items.
  auto json = SmallRunJson();
  for (const char* name :
       {"mel", "stft_log", "stft_linear", "waveform", "features", "decorrelation", "commitment"})
    json["losses"][name] = 0;
  json["losses"]["waveform_l2"] = 1;
  json["training"]["precision"] = "f32";
  json["training"]["default_quality_share"] = 1;
  json["training"]["highest_quality_share"] = 0;
  json["training"]["learn"] = "decoder";
  json["optimizer"]["clip"] = 1e9;
  Trainer begun(ParseConfiguration(json));
  for (int i = 0; i < 3; ++i) begun.TrainStep(Batch(i));
  const auto path = TempFile("begun.ckpt");
  begun.Checkpoint(path);
  const auto gradient = [&](int64_t parts, double& loss) {
    json["training"]["accumulate"] = parts;
    Trainer trainer(ParseConfiguration(json));
    trainer.Resume(path);
    loss = trainer.TrainStep(Batch(1)).at("loss");
    std::vector<torch::Tensor> all;
    for (const auto& parameter : trainer.codec()->parameters())
      if (parameter.grad().defined()) all.push_back(parameter.grad().flatten());
    return torch::cat(all);
  };
  double whole_loss = 0, parts_loss = 0;
  const auto whole = gradient(1, whole_loss), parts = gradient(2, parts_loss);
  EXPECT_GT(whole.norm().item<double>(), 0);
  EXPECT_NEAR(parts_loss, whole_loss, 1e-4 * whole_loss);
  EXPECT_LT(((parts - whole).norm() / whole.norm()).item<double>(), 1e-3);
}

TEST(Training, StepThatIsNotFiniteIsSkipped) {
  Trainer trainer(TinyConfiguration());
  trainer.TrainStep(Batch(0));
  const auto before = trainer.codec()->parameters().front().detach().clone();
  auto bad = Batch(1);
  bad[0][0][5000] = std::nanf("");
  trainer.TrainStep(bad);
  EXPECT_EQ(trainer.skipped_steps(), 1);
  EXPECT_TRUE(torch::equal(trainer.codec()->parameters().front(), before));
  trainer.TrainStep(Batch(2));  // neither weights nor codebooks remember the bad batch
  EXPECT_EQ(trainer.skipped_steps(), 1);
}

// A dataset of eight tracks of noise, a second and a half each.
fs::path NoiseDataset() {
  const auto folder = TempFile("noise"), songs = folder / "songs";
  fs::create_directories(songs);
  std::mt19937 random(1);
  for (int track = 0; track < 8; ++track) {
    std::vector<int16_t> samples(2 * 66150);
    for (auto& sample : samples) sample = static_cast<int16_t>(random() % 8192) - 4096;
    data::WriteFlac(songs / (std::to_string(track) + ".flac"), samples, 2, 44100);
  }
  data::CollectOptions options;
  options.inputs = {songs};
  options.out = folder / "dataset";
  options.min_seconds = 1;
  data::Collect(options);
  return options.out;
}

TEST(BatchLoader, OverfitsOneBatchAndFollowsTheSegmentSchedule) {
  const auto dataset = NoiseDataset();
  auto json = SmallRunJson();
  json["data"]["path"] = dataset.string();
  json["data"]["batch"] = 2;
  json["data"]["min_bandwidth_hz"] = 0;
  json["data"]["segment_seconds"] = nlohmann::json::parse("[[0, 0.5], [1, 0.5], [1, 1.0]]");
  {
    BatchLoader loader(ParseConfiguration(json), 0);
    const auto first = loader.Next(), second = loader.Next();
    EXPECT_EQ(first.sizes(), torch::IntArrayRef({2, 2, 22 * 1024}));
    EXPECT_EQ(second.sizes(), torch::IntArrayRef({2, 2, 43 * 1024}));
    EXPECT_FALSE(torch::equal(first, second.narrow(2, 0, 22 * 1024)));
  }
  json["training"]["overfit_one_batch"] = true;
  BatchLoader loader(ParseConfiguration(json), 7);  // a run that goes on sees the same one
  const auto first = loader.Next();
  EXPECT_TRUE(torch::equal(loader.Next(), first));
  BatchLoader begun(ParseConfiguration(json), 0);
  EXPECT_TRUE(torch::equal(begun.Next(), first));
  fs::remove_all(dataset.parent_path());
}

TEST(Validation, ClipsAreDifferentHoweverManyATrackGives) {
  const auto folder = NoiseDataset();
  const auto dataset = data::MusicDataset::Open(folder, data::Split::kTrain);
  const auto tracks = static_cast<int64_t>(dataset.tracks().size());
  for (const int64_t count : {tracks, 3 * tracks, 5 * tracks + 1}) {
    const auto clips = ValidationClips(dataset, count, 8192);
    ASSERT_EQ(clips.size(0), count);
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t j = 0; j < i; ++j)
        EXPECT_FALSE(torch::equal(clips[i], clips[j])) << j << " and " << i << " of " << count;
    }
  }
  fs::remove_all(folder.parent_path());
}

TEST(Training, SkippedStepIsExplainedAndTooManyEndTheRun) {
  auto json = SmallRunJson();
  json["training"]["max_skipped"] = 3;
  Trainer trainer(ParseConfiguration(json));
  trainer.TrainStep(Batch(0));
  EXPECT_EQ(trainer.last_skipped(), "");
  auto bad = Batch(1);
  bad[1][1][300] = std::nanf("");
  trainer.TrainStep(bad);
  EXPECT_EQ(trainer.last_skipped().rfind("step 1: loss term ", 0), 0) << trainer.last_skipped();
  EXPECT_NE(trainer.last_skipped().find("waveform is nan"), std::string::npos);
  EXPECT_NE(trainer.last_skipped().find("the gradient of "), std::string::npos);
  trainer.TrainStep(Batch(2));  // a good step in between starts the count anew
  trainer.TrainStep(bad);
  trainer.TrainStep(bad);
  const auto message = ErrorOf([&] { trainer.TrainStep(bad); });
  EXPECT_EQ(message.rfind("3 steps in a row were not finite; step 5: ", 0), 0) << message;
}

TEST(Training, CodebooksAreAveragesOrLearned) {
  auto json = SmallRunJson();
  json["training"]["codebooks"] = "learned";
  EXPECT_NE(ErrorOf([&] { ParseConfiguration(json); }).find("'losses.codebook'"),
            std::string::npos);
  json["losses"]["codebook"] = 1;
  Trainer trainer(ParseConfiguration(json));
  Trainer averaged(TinyConfiguration()), learned(ParseConfiguration(json));
  const auto entries = [](Trainer& trainer) {
    return trainer.codec()->named_buffers()["quantizer.fine.0.codebook"];
  };
  averaged.TrainStep(Batch(0));
  EXPECT_FALSE(entries(averaged).grad().defined());
  EXPECT_EQ(learned.TrainStep(Batch(0)).count("codebook"), 1);
  EXPECT_GT(entries(learned).grad().abs().sum().item<float>(), 0);
}

TEST(Quantizer, LearnedEntriesDescendToTheirData) {
  torch::manual_seed(7);
  Quantizer quantizer(OneCodebookModel());
  torch::optim::AdamW optimizer({quantizer->at(0)->LearnEntries()},
                                torch::optim::AdamWOptions(0.02));
  const auto r = torch::randn({4, 512, TinyModel().quantizer.latent});
  double before = 0, after = 0;
  for (int i = 0; i < 200; ++i) {
    const auto quantized = quantizer(r);
    const auto result = LossesOf({quantized});
    after = result.codebook.item<double>();
    EXPECT_NEAR(after, result.commitment.item<double>(), 1e-6);  // the same distance
    Follow({quantizer.ptr()}, {quantized});
    if (i == 0) before = after;
    optimizer.zero_grad();
    result.codebook.backward();
    optimizer.step();
  }
  EXPECT_LT(after, 0.9 * before);
  EXPECT_GT(Perplexity(torch::bincount(quantizer(r).codes.flatten(), {}, 256)), 128);
}

TEST(Validation, MeasuresWhatTheBytesDecodeTo) {
  Trainer trainer(TinyConfiguration());
  for (int i = 0; i < 3; ++i) trainer.TrainStep(Batch(i));
  auto& codec = trainer.codec();
  const MelDistance mel(44100);
  const auto clips = Batch(100);
  const auto result = Validate(codec, clips, {12}, mel);
  ASSERT_EQ(result.bits.size(), 12);
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_NEAR(std::exp2(result.bits[i]), result.perplexity[i], 1e-9);
    EXPECT_LE(result.bits[i], 8);
  }
  codec->eval();
  const int64_t samples = clips.size(2), delay = trainer.config().model.delay();
  const int64_t padding = (delay + 1023) / 1024 * 1024;
  double log = 0, linear = 0;
  for (int64_t i = 0; i < clips.size(0); ++i) {
    const auto x = clips.narrow(0, i, 1);
    const auto y = codec->Decode(codec->Encode(torch::constant_pad_nd(x, {0, padding})));
    SpectrumPair spectra(x[0], y.narrow(2, delay, samples)[0]);
    for (const int64_t window : {2048, 1024, 512, 256}) {
      const auto distance = StftDistance::Of(spectra.At(window), {});
      log += distance.log.item<double>() / 8;
      linear += distance.linear.item<double>() / 8;
    }
  }
  EXPECT_NEAR(result.stft.at(12), log + linear, 1e-5);
  EXPECT_EQ(result.ToJson().at("stft").at("12").get<double>(), result.stft.at(12));
  EXPECT_EQ(result.ToJson().at("bits").size(), 12);
}

// Of quantizers, wherever in the packet their codes are.
TEST(Validation, PerplexitiesAreThoseOfQuantizers) {
  torch::manual_seed(11);
  Codec codec(ParseModelConfig(WithLadderJson(TinyModelJson(), motet::testing::kLadder)));
  for (int i = 0; i < 3; ++i) codec(Batch(i), torch::full({2}, 12));
  const auto clips = Batch(100);
  const auto result = Validate(codec, clips, {9}, MelDistance(44100));
  const std::vector<std::pair<Level, int64_t>> quantizers = {
      {kCoarse, 0}, {kCoarse, 1}, {kMid, 0}, {kMid, 1}, {kFine, 0}, {kFine, 1},
      {kCoarse, 2}, {kCoarse, 3}, {kMid, 2}, {kMid, 3}, {kFine, 2}, {kFine, 3}};
  ASSERT_EQ(result.perplexity.size(), quantizers.size());
  codec->eval();
  torch::NoGradGuard no_grad;
  const int64_t padding = (codec->config().delay() + 1023) / 1024 * 1024;
  const auto output = codec(torch::constant_pad_nd(clips, {0, padding}), torch::full({2}, 9));
  for (size_t i = 0; i < quantizers.size(); ++i) {
    const auto& [level, quantizer] = quantizers[i];
    const auto histogram = torch::bincount(output.codes[level][quantizer].flatten(), {}, 256);
    EXPECT_NEAR(result.perplexity[i], Perplexity(histogram), 1e-9) << i;
  }
}

// A run names 3, its default and its highest quality, which may be the same.
TEST(Validation, AQualityThatIsNamedTwiceIsMeasuredOnce) {
  Trainer trainer(TinyConfiguration());
  trainer.TrainStep(Batch(0));
  const MelDistance mel(44100);
  const auto once = Validate(trainer.codec(), Batch(100), {3, 6}, mel);
  const auto twice = Validate(trainer.codec(), Batch(100), {3, 6, 6}, mel);
  EXPECT_EQ(twice.mel, once.mel);
  EXPECT_EQ(twice.stft, once.stft);
  EXPECT_EQ(twice.si_sdr, once.si_sdr);
  EXPECT_EQ(twice.decoded.size(), once.decoded.size());
}

// Writes checkpoints of a run as fast as it can until it is killed from within, the given time into
// the writing of the fourth.
[[noreturn]] void WriteCheckpointsUntilKilled(const fs::path& run, int microseconds) {
  Trainer trainer(TinyConfiguration());
  std::atomic<int> written{0};
  std::thread([&] {
    while (written < 3) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    kill(getpid(), SIGKILL);
  }).detach();
  for (;; ++written) trainer.Checkpoint(CheckpointPath(run, written));
}

TEST(Checkpoint, KilledWhileWritingLeavesTheOnesBeforeWhole) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  std::map<int, fs::path> runs;  // named here, before the first child inherits the names' prefix
  for (const int delay : {1000, 5000, 12000})
    runs[delay] = TempFile("killed-" + std::to_string(delay));
  for (const auto& [delay, run] : runs)
    EXPECT_EXIT(WriteCheckpointsUntilKilled(run, delay), ::testing::KilledBySignal(SIGKILL), "");
  for (const auto& [delay, run] : runs) {
    std::ostringstream complaints;
    const auto found = NewestCheckpoint(run, complaints);
    EXPECT_EQ(complaints.str(), "");  // none is half written
    EXPECT_GE(found.path, CheckpointPath(run, 2));
    Trainer resumed(ParseConfiguration(found.json.at("configuration")));
    resumed.Resume(found.path);
    resumed.TrainStep(Batch(0));
    EXPECT_EQ(resumed.skipped_steps(), 0);
    RemoveOldCheckpoints(run, 1);
    int64_t left = 0;  // what the killed writer had begun is gone too
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(run / "checkpoints")) ++left;
    EXPECT_EQ(left, 1);
    fs::remove_all(run);
  }
}

TEST(Checkpoint, DamagedNewestIsPassedOver) {
  const auto run = TempFile("damaged");
  Trainer trainer(TinyConfiguration());
  for (int step = 0; step < 2; ++step) trainer.Checkpoint(CheckpointPath(run, step));
  fs::resize_file(CheckpointPath(run, 1), fs::file_size(CheckpointPath(run, 1)) / 2);
  std::ostringstream complaints;
  EXPECT_EQ(NewestCheckpoint(run, complaints).path, CheckpointPath(run, 0));
  EXPECT_NE(complaints.str().find("step-00000001.ckpt"), std::string::npos);
  EXPECT_NE(complaints.str().find("trying the checkpoint before it"), std::string::npos);
  EXPECT_NE(
      ErrorOf([&] { NewestCheckpoint(TempFile("nothing"), complaints); }).find("no checkpoint"),
      std::string::npos);
  fs::remove_all(run);
}

TEST(Checkpoint, MissingOrMisshapenTensorIsNamed) {
  const auto path = TempFile("broken.ckpt");
  Trainer trainer(TinyConfiguration());
  trainer.Checkpoint(path);
  auto file = ReadTensorFile(path.string());
  auto it = std::find_if(file.tensors.begin(), file.tensors.end(),
                         [](const auto& t) { return t.name == "model.decoder.head.weight"; });
  ASSERT_NE(it, file.tensors.end());
  file.tensors.erase(it);
  WriteTensorFile(path.string(), file.json, file.tensors);
  const auto message = ErrorOf([&] { Trainer(TinyConfiguration()).Resume(path); });
  EXPECT_NE(message.find("broken.ckpt: tensor 'model.decoder.head.weight' is missing"),
            std::string::npos)
      << message;
}

}  // namespace
}  // namespace motet::trainer
