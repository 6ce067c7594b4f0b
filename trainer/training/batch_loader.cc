#include "training/batch_loader.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace motet::trainer {
namespace {

constexpr int64_t kAhead = 4;  // batches, if there are no more threads than that

}  // namespace

int64_t PacketSamples(double seconds, const ModelConfig& model) {
  const double packets =
      seconds * static_cast<double>(model.sample_rate) / static_cast<double>(model.packet);
  return std::max<int64_t>(1, std::llround(packets)) * model.packet;
}

namespace {

data::AugmentedExcerpts OpenExcerpts(const Configuration& config) {
  auto dataset = data::MusicDataset::Open(config.data.path, data::Split::kTrain);
  const auto seed = static_cast<uint64_t>(config.training.seed);
  // An excerpt is drawn for the longest segment, and its beginning used.
  const int64_t longest = PacketSamples(config.data.segment_seconds.highest(), config.model);
  const data::ExcerptSampler sampler(dataset, {.seed = seed,
                                               .frames = longest,
                                               .cap_seconds = config.data.cap_seconds,
                                               .track_balance = config.data.track_balance,
                                               .min_bandwidth_hz = config.data.min_bandwidth_hz,
                                               .bandwidth_balance = config.data.bandwidth_balance});
  return {std::move(dataset), sampler, config.data.augmentation, seed};
}

}  // namespace

BatchLoader::BatchLoader(const Configuration& config, int64_t first_step)
    : model_(config.model),
      segment_seconds_(config.data.segment_seconds),
      batch_(config.data.batch),
      overfit_one_batch_(config.training.overfit_one_batch),
      ahead_(std::max(kAhead, config.data.threads)),
      rank_(ThisRank()),
      device_(ChooseDevice(config.training.device, rank_)),
      excerpts_(OpenExcerpts(config)),
      next_claimed_(first_step),
      next_taken_(first_step) {
  for (int64_t i = 0; i < config.data.threads; ++i) threads_.emplace_back([this] { Work(); });
}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

torch::Tensor BatchLoader::Load(int64_t step) const {
  const int64_t samples = PacketSamples(segment_seconds_.At(step), model_);
  // From memory that stays where it is a GPU takes copies while the host goes on.
  auto batch =
      torch::empty({batch_, 2, samples}, torch::TensorOptions().pinned_memory(device_.is_cuda()));
  const int64_t first = (step * rank_.count + rank_.index) * batch_;
  for (int64_t i = 0; i < batch_; ++i) {
    const data::Stereo audio = excerpts_.Load(static_cast<uint64_t>(first + i), samples);
    float* left = batch.data_ptr<float>() + 2 * i * samples;
    std::copy(audio.left.begin(), audio.left.end(), left);
    std::copy(audio.right.begin(), audio.right.end(), left + samples);
  }
  return batch;
}

void BatchLoader::Work() {
  const c10::DeviceGuard device(device_);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || next_claimed_ < next_taken_ + ahead_; });
    if (stopping_) return;
    const int64_t step = next_claimed_++;
    lock.unlock();
    torch::Tensor batch;
    std::exception_ptr error;
    try {
      batch = Load(overfit_one_batch_ ? 0 : step);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error) error_ = error;
    ready_[step] = std::move(batch);
    changed_.notify_all();
    if (error) return;
  }
}

torch::Tensor BatchLoader::Next() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return error_ || ready_.count(next_taken_) > 0; });
  if (error_) std::rethrow_exception(error_);
  auto batch = std::move(ready_[next_taken_]);
  ready_.erase(next_taken_++);
  changed_.notify_all();
  waited_seconds_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return batch;
}

}  // namespace motet::trainer
