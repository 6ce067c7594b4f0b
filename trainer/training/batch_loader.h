// Batches of random excerpts, prepared ahead by threads.
#pragma once

#include <torch/torch.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "data/augmentation.h"
#include "data/excerpt_sampler.h"
#include "distributed/ranks.h"
#include "training/config.h"

namespace motet::trainer {

// Rank r of w takes excerpts (n·w + r)·batch … of batch n, so that several processes see what one
// with w times the batch would. Batch n is a function of the configuration's seed and n alone, so
// that a resumed run sees what an uninterrupted one would.
class BatchLoader {
 public:
  BatchLoader(const Configuration& config, int64_t first_step);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  // The batch of the next step: [batch, 2, samples of a segment at that step] in −1…1. Rethrows
  // what went wrong in a thread.
  torch::Tensor Next();
  // Seconds that Next() has waited in all: near zero unless loading is the bottleneck.
  double waited_seconds() const { return waited_seconds_; }

 private:
  void Work();
  torch::Tensor Load(int64_t step) const;

  ModelConfig model_;
  Schedule segment_seconds_;
  int64_t batch_;
  bool overfit_one_batch_;
  int64_t ahead_;  // batches that may be ready or in preparation: at least one for each thread
  Rank rank_;
  torch::Device device_;  // that batches are for; they are on the host
  data::AugmentedExcerpts excerpts_;
  double waited_seconds_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int64_t, torch::Tensor> ready_;
  int64_t next_claimed_, next_taken_;
  bool stopping_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

// Whole packets in `seconds`, as samples.
int64_t PacketSamples(double seconds, const ModelConfig& model);

}  // namespace motet::trainer
