// A training step makes few calls and does not ask the device for values: a GPU waits for the host
// otherwise. Calls are counted where they can be, on a CPU, nested ones and those of the backward
// pass among them, in bfloat16 and for the model of base.json; the size of a batch does not matter.
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>

#include "tests/small_run.h"
#include "training/trainer.h"

namespace motet::trainer {
namespace {

std::atomic<int64_t> calls{0}, waits{0};

// What copies a value or a shape to the host makes it wait for a GPU. The report is one copy, which
// these do not count.
bool Waits(const std::string& name) {
  static const std::set<std::string> waiting = {
      "aten::_local_scalar_dense", "aten::nonzero", "aten::bincount",
      "aten::masked_select",       "aten::unique",  "aten::equal",
      "aten::is_nonzero"};
  return waiting.count(name) > 0;
}

struct Counts {
  int64_t calls = 0, waits = 0;
};

Counts Count(const std::function<void()>& action) {
  calls = waits = 0;
  const auto handle =
      at::addGlobalCallback(at::RecordFunctionCallback([](const at::RecordFunction& function)
                                                           -> std::unique_ptr<at::ObserverContext> {
                              ++calls;
                              if (Waits(function.name())) ++waits;
                              return nullptr;
                            }).scopes({at::RecordScope::FUNCTION}));
  action();
  at::removeCallback(handle);
  return {calls, waits};
}

Counts OfAStep(nlohmann::json json, int64_t steps) {
  json["training"]["device"] = "cpu";
  Trainer trainer(ParseConfiguration(json));
  trainer.TrainStep(SmallBatch(0));  // places codebooks and makes constants
  // The scales of the spectra that are drawn differ, and with them the calls.
  Counts most;
  for (int64_t step = 1; step <= steps; ++step) {
    const auto now = Count([&] { trainer.TrainStep(SmallBatch(step)); });
    most = {std::max(most.calls, now.calls), std::max(most.waits, now.waits)};
  }
  return most;
}

TEST(LeanStep, WaitsAreCounted) {
  EXPECT_EQ(Count([] { torch::ones({}).item<float>(); }).waits, 1);
}

TEST(LeanStep, OfTheCodec) {
  const auto counts = OfAStep(BaseJson(), 4);
  RecordProperty("calls", static_cast<int>(counts.calls));
  EXPECT_LE(counts.calls, 5950);
  EXPECT_EQ(counts.waits, 0);
}

TEST(LeanStep, WithDiscriminatorsThatLearn) {
  auto json = BaseJson();
  json["losses"]["adversarial"] = 1;
  json["losses"]["feature_matching"] = 1;
  json["adversarial"]["update_probability"] = 1;
  const auto counts = OfAStep(json, 2);
  RecordProperty("calls", static_cast<int>(counts.calls));
  EXPECT_LE(counts.calls, 9500);
  EXPECT_EQ(counts.waits, 0);
}

}  // namespace
}  // namespace motet::trainer
