// The training loop: configurations are checked, a step lowers the loss on its own batch, and a run
// that is stopped and resumed ends exactly where an uninterrupted one does.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/tiny_model.h"
#include "training/checkpoint.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

namespace fs = std::filesystem;

nlohmann::json BaseJson() {
  std::ifstream in(fs::path(MOTET_TRAINER_SOURCE) / "configs" / "base.json");
  return nlohmann::json::parse(in);
}

Configuration TinyConfiguration() {
  auto json = BaseJson();
  json["model"] = TinyModelJson();
  json["training"]["steps"] = 100;
  json["training"]["device"] = "cpu";
  json["optimizer"]["warmup_steps"] = 5;
  json["optimizer"]["learning_rate"] = 2e-3;
  return ParseConfiguration(json);
}

torch::Tensor Batch(int64_t number) {
  torch::manual_seed(100 + number);
  const auto state = torch::randn({2, 2, 1024 * 24}) * 0.05;
  const auto t = torch::arange(1024 * 24, torch::kFloat32) / 44100;
  return state + 0.3 * torch::sin(2 * M_PI * 330 * t);
}

fs::path TempFile(const std::string& name) { return fs::path(testing::TempDir()) / name; }

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
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
  EXPECT_NE(ErrorOf([&] { ParseConfiguration(json); }).find("'losses.mel' is missing"),
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

TEST(Schedule, IsPiecewiseLinearWithJumps) {
  const auto schedule = Schedule::Parse(
      nlohmann::json::parse("[[10, 1], [20, 2], [20, 5], [40, 3]]"), "losses.mel", 0, 10);
  EXPECT_FALSE(schedule.constant());
  const std::vector<std::pair<int64_t, double>> expected = {{0, 1},  {10, 1}, {15, 1.5}, {19, 1.9},
                                                            {20, 5}, {30, 4}, {40, 3},   {1000, 3}};
  for (const auto& [step, value] : expected) EXPECT_NEAR(schedule.At(step), value, 1e-12) << step;
  EXPECT_EQ(Schedule::Parse(2.5, "", 0, 10).At(7), 2.5);
}

TEST(Schedule, MistakesAreNamed) {
  const auto error = [](const char* text) {
    return ErrorOf([&] { Schedule::Parse(nlohmann::json::parse(text), "losses.mel", 0, 10); });
  };
  for (const char* text : {"11", "-1", "\"much\"", "[]", "[[0, 1], 3]", "[[0, 1, 2]]", "[[-1, 1]]",
                           "[[0.5, 1]]", "[[9, 1], [8, 1]]", "[[0, 11]]", "{}"}) {
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

TEST(Training, ResumeIsExact) {
  const auto path = TempFile("resume.ckpt");
  torch::set_num_threads(1);
  const auto weights = [](Trainer& trainer) {
    std::vector<torch::Tensor> all;
    for (const auto& [name, tensor] : NamedState(*trainer.codec()))
      all.push_back(tensor.detach().clone().flatten().to(torch::kFloat64));
    return torch::cat(all);
  };
  // Batches must not draw from the generator that the trainer resumes, so they are made beforehand.
  std::vector<torch::Tensor> batches;
  for (int i = 0; i < 6; ++i) batches.push_back(Batch(i));

  Trainer whole(TinyConfiguration());
  for (int i = 0; i < 6; ++i) {
    whole.TrainStep(batches[static_cast<size_t>(i)]);
    if (i == 2) whole.Checkpoint(path);
  }
  const auto expected = weights(whole);

  Trainer resumed(TinyConfiguration());
  resumed.Resume(path);
  EXPECT_EQ(resumed.step(), 3);
  for (int i = 3; i < 6; ++i) resumed.TrainStep(batches[static_cast<size_t>(i)]);
  EXPECT_TRUE(torch::equal(weights(resumed), expected));
  EXPECT_EQ(resumed.audio_seconds(), whole.audio_seconds());
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
