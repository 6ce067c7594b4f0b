#include "training/step_graph.h"

#ifdef MOTET_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAStream.h>
#endif

#include <utility>

#include "training/to_device.h"

namespace motet::trainer {

#ifdef MOTET_CUDA_GRAPHS

namespace {

// Runs that fetch memory, choose algorithms and make constants, before one is recorded.
constexpr int64_t kRunsBefore = 3;
// Each recording keeps memory for itself. Where scales are drawn there are hundreds of keys.
constexpr size_t kMostRecordings = 8, kMostKeys = 64;

}  // namespace

struct StepGraph::Recording {
  at::cuda::CUDAGraph graph;
  Tensors inputs;  // where it reads them
  LossTerms terms;
};

bool StepGraph::CanRecord(torch::Device device) { return device.is_cuda(); }

StepGraph::StepGraph(torch::Device device) : device_(device) {
  c10::cuda::setCurrentCUDAStream(
      c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index()));
}

StepGraph::~StepGraph() = default;

std::unique_ptr<StepGraph::Recording> StepGraph::Record(const Tensors& inputs, const Work& work) {
  auto recording = std::make_unique<Recording>();
  for (const auto& input : inputs) recording->inputs.push_back(input.clone());
  // They take turns, so all can use the same memory.
  const auto pool =
      recordings_.empty() ? c10::MempoolId_t{0, 0} : recordings_.begin()->second->graph.pool();
  // Relaxed: threads of the backward pass may fetch memory meanwhile.
  recording->graph.capture_begin(pool, cudaStreamCaptureModeRelaxed);
  try {
    recording->terms = work(recording->inputs);
  } catch (...) {
    try {
      recording->graph.capture_end();
    } catch (const std::exception&) {  // says that recording failed, which is known
    }
    throw;
  }
  recording->graph.capture_end();
  return recording;
}

LossTerms StepGraph::Run(const std::string& key, const Tensors& inputs, const Work& work) {
  auto found = recordings_.find(key);
  if (found == recordings_.end()) {
    const auto ready = OnDevice(inputs);
    if (!why_not_.empty()) return work(ready);
    if (runs_[key]++ < kRunsBefore) {
      if (runs_.size() > kMostKeys) why_not_ = "steps differ too much from one another";
      return work(ready);
    }
    if (recordings_.size() == kMostRecordings) {
      why_not_ = "there are more kinds of steps than are recorded";
      return work(ready);
    }
    try {
      found = recordings_.emplace(key, Record(ready, work)).first;
    } catch (const std::exception& error) {
      why_not_ = error.what();
      return work(ready);
    }
  }
  auto& recording = *found->second;
  for (size_t i = 0; i < inputs.size(); ++i) CopyToDevice(inputs[i], recording.inputs[i]);
  recording.graph.replay();
  return recording.terms;
}

#else

struct StepGraph::Recording {};

bool StepGraph::CanRecord(torch::Device /*device*/) { return false; }
StepGraph::StepGraph(torch::Device device)
    : device_(device), why_not_("built without the headers of CUDA") {}
StepGraph::~StepGraph() = default;

LossTerms StepGraph::Run(const std::string& /*key*/, const Tensors& inputs, const Work& work) {
  return work(OnDevice(inputs));
}

#endif

StepGraph::Tensors StepGraph::OnDevice(const Tensors& inputs) const {
  Tensors result;
  for (const auto& input : inputs) result.push_back(ToDevice(input, device_));
  return result;
}

}  // namespace motet::trainer
