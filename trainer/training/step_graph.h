// What a step asks of a GPU, recorded as a CUDA graph: thousands of kernels start with one call of
// the host, which takes longer to ask for them than the GPU to compute them.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "losses/losses.h"

namespace motet::trainer {

class StepGraph {
 public:
  using Tensors = std::vector<torch::Tensor>;
  // Computes loss terms from inputs on the device and whatever else keeps its place in memory. It
  // must neither wait for the device nor decide anything by values on it.
  using Work = std::function<LossTerms(const Tensors& inputs)>;

  // Whether this program was built to record on such a device.
  static bool CanRecord(torch::Device device);
  // From now on this thread's calls go to a stream of its own, which recording asks for.
  explicit StepGraph(torch::Device device);
  ~StepGraph();
  StepGraph(const StepGraph&) = delete;
  StepGraph& operator=(const StepGraph&) = delete;

  // The terms of `work` for these inputs, which may lie on the host. Works that do the same for
  // inputs of the same shapes have the same key; the first ones run as they are, the next one is
  // recorded, and from then on the recording runs: terms are where they were, with new values. If
  // recording fails, or keys are too many, works run as they are from then on; see why_not().
  LossTerms Run(const std::string& key, const Tensors& inputs, const Work& work);

  // Why works are not recorded; empty as long as they are.
  const std::string& why_not() const { return why_not_; }

 private:
  struct Recording;
  // Throws c10::Error.
  std::unique_ptr<Recording> Record(const Tensors& inputs, const Work& work);
  Tensors OnDevice(const Tensors& inputs) const;

  torch::Device device_;
  std::map<std::string, int64_t> runs_;  // of works that are not recorded, by key
  std::map<std::string, std::unique_ptr<Recording>> recordings_;
  std::string why_not_;
};

}  // namespace motet::trainer
