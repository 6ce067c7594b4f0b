// Several ranks train as one: two processes that talk through Gloo see the losses of one process
// with twice the batch, their weights and codebooks stay the same bit for bit, entries that die are
// placed anew on both alike, and the program motet-train runs, stops and resumes as two processes.
//
// The test starts itself again as a rank: MOTET_TEST_ROLE says what the process is to do.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "data/manifest.h"
#include "distributed/launch.h"
#include "distributed/ranks.h"
#include "model/quantizer.h"
#include "tests/tiny_model.h"
#include "training/checkpoint.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kRanks = 2, kItemsPerRank = 4, kSteps = 20, kLocalSteps = 5, kLocalRunSteps = 30;
constexpr int64_t kAdversarialSteps = 12;  // each takes thrice as long

json TinyJson() {
  std::ifstream in(fs::path(MOTET_TRAINER_SOURCE) / "configs" / "base.json");
  json root = json::parse(in);
  root["model"] = TinyModelJson();
  root["training"]["steps"] = 100;
  root["training"]["device"] = "cpu";
  root["training"]["precision"] = "f32";
  // Sums in another order round otherwise, and at last a frame takes another code. Small steps keep
  // such differences small for as long as the test looks.
  root["optimizer"]["learning_rate"] = 3e-5;
  return root;
}

// Noise and a tone per item, [items, 2, n].
torch::Tensor GlobalBatch(int64_t step) {
  constexpr int64_t kSamples = 1024 * 16;
  std::vector<torch::Tensor> items;
  for (int64_t i = 0; i < kRanks * kItemsPerRank; ++i) {
    auto generator = at::detail::createCPUGenerator(static_cast<uint64_t>(1000 * step + i));
    const auto noise = torch::randn({2, kSamples}, generator) * 0.05;
    const auto t = torch::arange(kSamples, torch::kFloat32) / 44100;
    items.push_back(noise +
                    0.3 * torch::sin(2 * M_PI * (220.0 + 100.0 * static_cast<double>(i)) * t));
  }
  return torch::stack(items);
}

torch::Tensor OwnPart(const torch::Tensor& batch) {
  return batch.chunk(ThisRank().count).at(static_cast<size_t>(ThisRank().index));
}

// --- What a rank does, writing its results to `out`
// -------------------------------------------------

// With discriminators and the balancer, whose moving norms are sums over ranks too.
json AdversarialJson() {
  json root = TinyJson();
  root["losses"]["balancer"] = true;
  root["losses"]["adversarial"] = 0.3;
  root["losses"]["feature_matching"] = 0.3;
  root["adversarial"]["width"] = 4;
  root["adversarial"]["learning_rate"] = 1e-4;
  root["adversarial"]["update_probability"] = 0.7;  // all ranks must draw alike
  return root;
}

void TrainRank(const json& configuration, int64_t steps, const fs::path& out) {
  Trainer trainer(ParseConfiguration(configuration));
  std::vector<double> losses;
  for (int64_t step = 0; step < steps; ++step)
    losses.push_back(trainer.TrainStep(OwnPart(GlobalBatch(step))).at("loss"));
  std::vector<NamedTensor> tensors = {
      StoreTensor("losses", torch::tensor(losses, torch::kFloat64)),
      StoreTensor("fingerprint", torch::tensor(trainer.Fingerprint(), torch::kInt64))};
  for (const auto& [name, tensor] : NamedState(*trainer.codec()))
    tensors.push_back(StoreTensor(name, tensor));
  WriteTensorFile(out.string(), "{}", tensors);
}

// Local steps: what every step leaves behind, and the loss of the averaged weights.
json LocalJson() {
  json root = TinyJson();
  root["optimizer"]["learning_rate"] = 3e-4;
  root["optimizer"]["warmup_steps"] = 0;
  root["training"]["steps"] = kLocalRunSteps;
  root["training"]["local_steps"] = kLocalSteps;
  root["training"]["checkpoint_every"] = root["training"]["validate_every"] = kLocalSteps;
  return root;
}

void LocalRank(const fs::path& out) {
  Trainer trainer(ParseConfiguration(LocalJson()));
  std::vector<int64_t> fingerprints, agreed;
  std::vector<double> losses;
  for (int64_t step = 0; step < kLocalRunSteps; ++step) {
    losses.push_back(trainer.TrainStep(OwnPart(GlobalBatch(step))).at("loss"));
    fingerprints.push_back(trainer.Fingerprint());
    agreed.push_back(trainer.RanksAgree() ? 1 : 0);
  }
  WriteTensorFile(out.string(), "{}",
                  {StoreTensor("fingerprints", torch::tensor(fingerprints, torch::kInt64)),
                   StoreTensor("agreed", torch::tensor(agreed, torch::kInt64)),
                   StoreTensor("losses", torch::tensor(losses, torch::kFloat64)),
                   StoreTensor("seconds", torch::tensor(trainer.audio_seconds()))});
}

// A codebook alone, on few rows in two clusters that move: entries die and are placed anew.
void CodebookRank(const fs::path& out) {
  torch::manual_seed(5);
  Quantizer quantizer(OneCodebookModel());
  quantizer->train();
  int64_t restarts = 0;
  for (int64_t step = 0; step < 200; ++step) {
    auto generator = at::detail::createCPUGenerator(static_cast<uint64_t>(step));
    const auto rows = torch::randn({4, 16, TinyModel().quantizer.latent}, generator) +
                      std::sin(0.05 * static_cast<double>(step));
    const auto before = quantizer->named_buffers()["0.codebook"].clone();
    Follow({quantizer.ptr()}, {quantizer(OwnPart(rows))});
    // Following moves an entry by a hundredth; only a new place is far away.
    const auto moved = (quantizer->named_buffers()["0.codebook"] - before).norm(2, 1) > 0.7;
    if (step > 0) restarts += moved.sum().item<int64_t>();
  }
  WriteTensorFile(out.string(), "{}",
                  {StoreTensor("codebook", quantizer->named_buffers()["0.codebook"]),
                   StoreTensor("restarts", torch::tensor(restarts, torch::kInt64))});
}

// Collectives, and the gradient of a mean over ranks.
void CollectiveRank(const fs::path& out) {
  const auto index = static_cast<double>(ThisRank().index);
  auto w = torch::full({3}, 2.0, torch::requires_grad());
  const auto x = torch::full({3}, 1 + index);
  // Loss of rank r: (r+1) · mean over ranks of w·x, so the mean of losses is 1.5 · w · mean(x).
  ((1 + index) * MeanOverRanks(w * x)).sum().backward();
  AverageOverRanks({w.grad()});
  const auto mean = torch::tensor({index, 3.0}), of_many = torch::full({2 << 20}, index);
  AverageOverRanks({mean, of_many});  // of more than one bucket
  std::map<std::string, double> report = {{"a", index}, {"b", 10 * index}};
  AverageReport(report);
  const auto rows = torch::arange(4, torch::kFloat32).reshape({2, 2}) + 4 * index;
  const auto chosen = RowsOfAllRanks(rows, torch::tensor({3, 0, 2}));
  if (IsFirstRank()) {
    const AloneGuard alone;  // the other rank takes no part
    if (MeanOverRanks(x).data_ptr() != x.data_ptr() || !IsApart())
      throw std::runtime_error("not alone");
  }
  if (IsApart()) throw std::runtime_error("still alone");
  const bool any = AnyRank(index == 1), none = AnyRank(false);
  std::string error;
  try {
    ExpectSameOnAllRanks(7 + ThisRank().index, "the answer");
  } catch (const std::runtime_error& caught) {
    error = caught.what();
  }
  WriteTensorFile(
      out.string(), json(error).dump(),
      {StoreTensor("gradient", w.grad()),
       StoreTensor("report", torch::tensor({report["a"], report["b"]})), StoreTensor("mean", mean),
       StoreTensor("of_many", of_many), StoreTensor("rows", chosen),
       StoreTensor("any", torch::tensor({any ? 1 : 0, none ? 1 : 0}, torch::kInt64))});
}

// --- Starting ranks
// ----------------------------------------------------------------------------------

// Runs a program as `count` ranks and returns their exit codes.
std::vector<int> RunRanks(int64_t count, const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& environment = {}) {
  const std::string port = std::to_string(FreePort());
  std::vector<pid_t> processes;
  for (int64_t rank = 0; rank < count; ++rank) {
    const pid_t process = fork();
    if (process == 0) {
      setenv("RANK", std::to_string(rank).c_str(), 1);
      setenv("LOCAL_RANK", std::to_string(rank).c_str(), 1);
      setenv("WORLD_SIZE", std::to_string(count).c_str(), 1);
      setenv("MASTER_ADDR", "127.0.0.1", 1);
      setenv("MASTER_PORT", port.c_str(), 1);
      setenv("GLOO_SOCKET_IFNAME", "lo", 1);
      setenv("OMP_NUM_THREADS", "1", 1);
      setenv("OPENBLAS_NUM_THREADS", "1", 1);
      for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
      std::vector<char*> arguments;
      for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
      arguments.push_back(nullptr);
      alarm(300);  // no rank outlives a test that hangs
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    processes.push_back(process);
  }
  std::vector<int> codes;
  for (const pid_t process : processes) {
    int status = 0;
    waitpid(process, &status, 0);
    codes.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
  return codes;
}

class DistributedTest : public testing::Test {
 protected:
  DistributedTest()
      : dir_(fs::path(testing::TempDir()) /
             fs::path(testing::UnitTest::GetInstance()->current_test_info()->name()).filename()) {
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  ~DistributedTest() override { fs::remove_all(dir_); }

  // What each rank of `count` wrote when it did `role`.
  std::vector<TensorFile> Results(const std::string& role, int64_t count) const {
    const fs::path out = dir_ / (role + std::to_string(count));
    const auto codes = RunRanks(count, {"/proc/self/exe"},
                                {{"MOTET_TEST_ROLE", role}, {"MOTET_TEST_OUT", out.string()}});
    std::vector<TensorFile> files;
    for (int64_t rank = 0; rank < count; ++rank) {
      EXPECT_EQ(codes[static_cast<size_t>(rank)], 0) << role << ", rank " << rank;
      files.push_back(ReadTensorFile(out.string() + "." + std::to_string(rank)));
    }
    return files;
  }

  fs::path dir_;
};

torch::Tensor Tensor(const TensorFile& file, const std::string& name) {
  return LoadTensor(*file.Find(name));
}

// --- Tests
// -------------------------------------------------------------------------------------------

TEST_F(DistributedTest, CollectivesAgreeWithTheirDefinitions) {
  const auto ranks = Results("collectives", 2);
  for (size_t r = 0; r < 2; ++r) {
    EXPECT_TRUE(torch::allclose(Tensor(ranks[r], "gradient"), torch::full({3}, 2.25)))
        << Tensor(ranks[r], "gradient");
    EXPECT_TRUE(torch::allclose(Tensor(ranks[r], "report"), torch::tensor({0.5, 5.0})));
    EXPECT_TRUE(torch::equal(Tensor(ranks[r], "mean"), torch::tensor({0.5F, 3.0F})));
    EXPECT_TRUE(torch::equal(Tensor(ranks[r], "of_many"), torch::full({2 << 20}, 0.5F)));
    EXPECT_TRUE(torch::equal(Tensor(ranks[r], "rows"),
                             torch::tensor({{6.0F, 7.0F}, {0.0F, 1.0F}, {4.0F, 5.0F}})));
    EXPECT_TRUE(torch::equal(Tensor(ranks[r], "any"), torch::tensor({1, 0}, torch::kInt64)));
    EXPECT_EQ(json::parse(ranks[r].json), "the answer is " + std::to_string(7 + r) + " on rank " +
                                              std::to_string(r) + " and 7 on rank 0");
  }
}

// What `role` learns on two ranks is what it learns on one with the double batch.
class DistributedTraining : public DistributedTest,
                            public testing::WithParamInterface<const char*> {};

TEST_P(DistributedTraining, TwoRanksLearnAsOneWithTwiceTheBatchAndHoldTheSameBits) {
  const auto one = Results(GetParam(), 1), two = Results(GetParam(), 2);
  const auto wanted = Tensor(one[0], "losses"), found = Tensor(two[0], "losses");
  const double difference = ((found - wanted).abs() / wanted).max().item<double>();
  RecordProperty("largest_relative_difference", std::to_string(difference));
  std::cout << "largest relative difference of the loss over " << wanted.numel()
            << " steps: " << difference << "\n";
  EXPECT_LT(difference, 1e-3);

  // Weights and codebooks are the same on both, bit for bit.
  EXPECT_TRUE(torch::equal(Tensor(two[0], "losses"), Tensor(two[1], "losses")));
  EXPECT_TRUE(torch::equal(Tensor(two[0], "fingerprint"), Tensor(two[1], "fingerprint")));
  int64_t codebooks = 0;
  for (const auto& tensor : two[0].tensors) {
    const NamedTensor* other = two[1].Find(tensor.name);
    ASSERT_NE(other, nullptr) << tensor.name;
    EXPECT_EQ(tensor.data, other->data) << tensor.name;
    codebooks += tensor.name.find(".codebook") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(codebooks, 12);
}

INSTANTIATE_TEST_SUITE_P(Ranks, DistributedTraining, testing::Values("training", "adversarial"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(DistributedTest, RanksThatTakeLocalStepsMeetAndLearnAsWellAsOneWithTwiceTheBatch) {
  const auto one = Results("local", 1), two = Results("local", 2);
  const auto agreed = Tensor(two[0], "agreed");
  const auto same = Tensor(two[0], "fingerprints") == Tensor(two[1], "fingerprints");
  for (int64_t step = 0; step < kLocalRunSteps; ++step) {
    const bool meets = step == 0 || (step + 1) % kLocalSteps == 0;
    EXPECT_EQ(agreed[step].item<int64_t>() == 1, meets) << "step " << step;
    EXPECT_EQ(same[step].item<bool>(), meets) << "step " << step;
  }
  EXPECT_TRUE(torch::equal(Tensor(one[0], "seconds"), Tensor(two[0], "seconds")));
  // Steps that are taken together report the loss of the whole batch.
  const auto wanted = Tensor(one[0], "losses"), found = Tensor(two[0], "losses");
  EXPECT_LT(wanted[kLocalRunSteps - 1].item<double>(), 0.9 * wanted[0].item<double>());
  for (int64_t step = kLocalSteps - 1; step < kLocalRunSteps; step += kLocalSteps) {
    const double ratio = found[step].item<double>() / wanted[step].item<double>();
    EXPECT_NEAR(ratio, 1, 0.05) << "step " << step;
  }
}

TEST_F(DistributedTest, DeadEntriesAreReplacedAlikeOnAllRanksAndAsOnOne) {
  const auto one = Results("codebook", 1), two = Results("codebook", 2);
  EXPECT_GT(Tensor(one[0], "restarts").item<int64_t>(), 20);
  EXPECT_EQ(two[0].Find("codebook")->data, two[1].Find("codebook")->data);
  const double difference =
      (Tensor(one[0], "codebook") - Tensor(two[0], "codebook")).abs().max().item<double>();
  EXPECT_LT(difference, 1e-3);
}

void ExpectSameTensors(const fs::path& first, const fs::path& second) {
  const auto wanted = ReadTensorFile(first.string()), found = ReadTensorFile(second.string());
  ASSERT_EQ(wanted.tensors.size(), found.tensors.size());
  for (const auto& tensor : wanted.tensors)
    EXPECT_EQ(tensor.data, found.Find(tensor.name)->data) << tensor.name;
}

// A dataset of noise: one track to train on, one to validate with.
void MakeDataset(const fs::path& dir) {
  fs::create_directories(dir);
  data::Manifest manifest;
  manifest.packages = {{"noise", "", "", "", 1.0, false}};
  constexpr int64_t kFrames = 5 * data::kSampleRate;
  for (const auto split : {data::Split::kTrain, data::Split::kValidation}) {
    data::Track track;
    track.name = "noise/" + std::to_string(manifest.tracks.size());
    track.package = "noise";
    track.split = split;
    track.offset = static_cast<int64_t>(manifest.tracks.size()) * kFrames;
    track.frames = kFrames;
    track.bandwidth_hz = 22000;
    manifest.tracks.push_back(track);
  }
  manifest.shards = {{"shard-00000.pcm", 2 * kFrames}};
  manifest.Save(dir);
  std::ofstream shard(dir / "shard-00000.pcm", std::ios::binary);
  std::minstd_rand random(1);
  for (int64_t i = 0; i < 4 * kFrames; ++i) {
    const auto sample = static_cast<int16_t>(static_cast<int>(random() % 8001) - 4000);
    shard.write(reinterpret_cast<const char*>(&sample), sizeof(sample));
  }
}

// Four steps on that dataset.
json SmallRunJson(const fs::path& dataset) {
  json root = TinyJson();
  root["data"]["path"] = dataset.string();
  root["data"]["segment_seconds"] = 0.3;
  root["data"]["batch"] = 2;
  root["data"]["threads"] = 1;
  root["optimizer"]["warmup_steps"] = 0;
  root["optimizer"]["decay"] = "constant";  // or the first two steps would depend on the last one
  root["training"]["steps"] = 4;
  root["training"]["log_every"] = 1;
  root["training"]["checkpoint_every"] = 2;
  root["training"]["validation_clips"] = 1;
  root["training"]["validation_seconds"] = 0.5;
  return root;
}

TEST_F(DistributedTest, TheProgramTrainsAndResumesAsTwoProcesses) {
  MakeDataset(dir_ / "data");
  json root = SmallRunJson(dir_ / "data");
  const auto write = [&](const std::string& name, int64_t batch) {
    root["data"]["batch"] = batch;
    std::ofstream(dir_ / name) << root.dump();
    return (dir_ / name).string();
  };
  const std::string two = write("two.json", 2), one = write("one.json", 4);
  const auto run = [&](int64_t ranks, const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {MOTET_TRAIN};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return RunRanks(ranks, command);
  };
  const std::string out2 = (dir_ / "run2").string(), out1 = (dir_ / "run1").string();
  const std::vector<int> fine = {0, 0};
  ASSERT_EQ(run(2, {"-c", two, "-o", out2, "-s", "training.steps=2"}), fine);
  ASSERT_EQ(run(2, {"--resume", "-o", out2, "-s", "training.steps=4"}), fine);
  ASSERT_EQ(run(1, {"-c", one, "-o", out1}), std::vector<int>{0});

  // One writer: each step stands once in the log, and as in the run of one process.
  const auto losses = [](const std::string& out) {
    std::vector<double> values;
    std::ifstream in(fs::path(out) / "log.jsonl");
    for (std::string line; std::getline(in, line);) {
      const auto parsed = json::parse(line);
      if (parsed.contains("loss")) values.push_back(parsed["loss"]);
    }
    return values;
  };
  const auto found = losses(out2), wanted = losses(out1);
  ASSERT_EQ(found.size(), 4U);
  ASSERT_EQ(wanted.size(), 4U);
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[i] / wanted[i], 1, 1e-3) << "step " << i + 1;
  const auto starts = json::parse(std::ifstream(fs::path(out2) / "run.json"));
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_EQ(starts[1]["processes"], 2);
  EXPECT_EQ(starts[1]["step"], 2);
  EXPECT_EQ(ListCheckpoints(out2).size(), 2U);

  // One process that is stopped and resumed ends with the same bits as one that is not.
  const std::string halves = (dir_ / "halves").string();
  ASSERT_EQ(run(1, {"-c", one, "-o", halves, "-s", "training.steps=2"}), std::vector<int>{0});
  ASSERT_EQ(run(1, {"--resume", "-o", halves, "-s", "training.steps=4"}), std::vector<int>{0});
  ExpectSameTensors(CheckpointPath(out1, 4), CheckpointPath(halves, 4));
}

// Runs motet-train as a user does, without the variables of a launcher, and returns its exit code.
// If asked to, it sends a SIGTERM when the run in that folder has a checkpoint.
int RunProgram(const std::vector<std::string>& arguments, const fs::path& stop_in = {}) {
  std::vector<char*> list = {const_cast<char*>(MOTET_TRAIN)};
  for (const auto& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
  list.push_back(nullptr);
  const pid_t process = fork();
  if (process == 0) {
    for (const char* name : {"RANK", "LOCAL_RANK", "WORLD_SIZE"}) unsetenv(name);
    alarm(300);
    execv(list[0], list.data());
    _exit(127);
  }
  int status = 0;
  pid_t ended = 0;
  while (!stop_in.empty() && ended == 0 && ListCheckpoints(stop_in).empty()) {
    usleep(20000);
    ended = waitpid(process, &status, WNOHANG);
  }
  if (ended == 0) {
    if (!stop_in.empty()) kill(process, SIGTERM);
    waitpid(process, &status, 0);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(DistributedTest, TheProgramStartsItsProcessesItself) {
  MakeDataset(dir_ / "data");
  json root = SmallRunJson(dir_ / "data");
  std::ofstream(dir_ / "config.json") << root.dump();
  const auto run = [&](const std::string& name, std::vector<std::string> more, bool stop = false) {
    more.insert(more.end(), {"--processes", "2", "-o", (dir_ / name).string()});
    return RunProgram(more, stop ? dir_ / name : fs::path());
  };
  const std::vector<std::string> local = {"-c", (dir_ / "config.json").string(),
                                          "-s", "training.local_steps=2",
                                          "-s", "training.validate_every=2"};
  const auto with = [&](const std::string& setting) {
    auto list = local;
    list.insert(list.end(), {"-s", setting});
    return list;
  };
  // With local steps, too, a run that stops and goes on ends with the same bits: checkpoints lie
  // where the ranks meet.
  ASSERT_EQ(run("through", local), 0);
  ASSERT_EQ(run("parts", with("training.steps=2")), 0);
  ASSERT_EQ(run("parts", {"--resume", "-s", "training.steps=4"}), 0);
  ExpectSameTensors(CheckpointPath(dir_ / "through", 4), CheckpointPath(dir_ / "parts", 4));
  const auto starts = json::parse(std::ifstream(dir_ / "through" / "run.json"));
  EXPECT_EQ(starts[0]["processes"], 2);

  // Asked to stop, both stop at the same step, with a checkpoint.
  EXPECT_EQ(run("stopped", with("training.steps=100000"), /*stop=*/true), 0);
  const auto checkpoints = ListCheckpoints(dir_ / "stopped");
  ASSERT_FALSE(checkpoints.empty());
  EXPECT_LT(checkpoints.back(), CheckpointPath(dir_ / "stopped", 100000));

  // Mistakes, of all and of one.
  EXPECT_EQ(run("wrong", with("training.stepz=1")), 1);
  EXPECT_EQ(run("through", local), 1);  // holds a run already
  fs::remove(dir_ / "data" / "shard-00000.pcm");
  EXPECT_EQ(run("empty", local), 1);
}

// --- The environment
// -------------------------------------------------------------------------------

class RankEnvironmentTest : public testing::Test {
 protected:
  void SetUp() override { Clear(); }
  void TearDown() override { Clear(); }
  static void Clear() {
    for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK"}) unsetenv(name);
  }
  static std::string Error() {
    try {
      RankFromEnvironment();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "no error";
  }
};

TEST_F(RankEnvironmentTest, WithoutVariablesThereIsOneRank) {
  EXPECT_EQ(RankFromEnvironment().count, 1);
  EXPECT_EQ(RankFromEnvironment().index, 0);
}

TEST_F(RankEnvironmentTest, ReadsWhatTorchrunSets) {
  setenv("RANK", "5", 1);
  setenv("WORLD_SIZE", "8", 1);
  setenv("LOCAL_RANK", "1", 1);
  const Rank rank = RankFromEnvironment();
  EXPECT_EQ(rank.index, 5);
  EXPECT_EQ(rank.count, 8);
  EXPECT_EQ(rank.local, 1);
}

TEST_F(RankEnvironmentTest, NamesTheVariableThatIsMissingOrWrong) {
  setenv("WORLD_SIZE", "2", 1);
  EXPECT_NE(Error().find("RANK is missing"), std::string::npos) << Error();
  setenv("RANK", "2", 1);
  EXPECT_NE(Error().find("RANK is '2', wanted 0..1"), std::string::npos) << Error();
  setenv("WORLD_SIZE", "two", 1);
  EXPECT_NE(Error().find("WORLD_SIZE is 'two'"), std::string::npos) << Error();
  unsetenv("WORLD_SIZE");
  EXPECT_NE(Error().find("WORLD_SIZE is missing"), std::string::npos) << Error();
}

int RunRole(const std::string& role, const std::string& out) {
  torch::set_num_threads(1);
  const Rank rank = RankFromEnvironment();
  JoinRanks(rank, torch::kCPU);
  const std::string file = out + "." + std::to_string(rank.index);
  if (role == "training") TrainRank(TinyJson(), kSteps, file);
  if (role == "adversarial") TrainRank(AdversarialJson(), kAdversarialSteps, file);
  if (role == "local") LocalRank(file);
  if (role == "codebook") CodebookRank(file);
  if (role == "collectives") CollectiveRank(file);
  LeaveRanks();
  return 0;
}

}  // namespace
}  // namespace motet::trainer

int main(int argc, char** argv) {
  const char *role = std::getenv("MOTET_TEST_ROLE"), *out = std::getenv("MOTET_TEST_OUT");
  if (role != nullptr && out != nullptr) {
    try {
      return motet::trainer::RunRole(role, out);
    } catch (const std::exception& error) {
      std::cerr << "rank " << std::getenv("RANK") << ": " << error.what() << "\n";
      return 1;
    }
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
