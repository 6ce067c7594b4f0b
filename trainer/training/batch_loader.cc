#include "training/batch_loader.h"

#include <chrono>
#include <cmath>
#include <random>

namespace motet::trainer {
namespace {

constexpr int64_t kAhead = 4;  // batches

}  // namespace

int64_t PacketSamples(double seconds, const ModelConfig& model) {
  const double packets =
      seconds * static_cast<double>(model.sample_rate) / static_cast<double>(model.packet);
  return std::max<int64_t>(1, std::llround(packets)) * model.packet;
}

BatchLoader::BatchLoader(const Configuration& config, int64_t first_step)
    : dataset_(data::MusicDataset::Open(config.data.path, data::Split::kTrain)),
      model_(config.model),
      segment_seconds_(config.data.segment_seconds),
      batch_(config.data.batch),
      seed_(config.training.seed),
      overfit_one_batch_(config.training.overfit_one_batch),
      gain_db_(config.data.gain_db),
      silence_(config.data.silence),
      sampler_(dataset_, {.seed = static_cast<uint64_t>(config.training.seed),
                          // An excerpt is drawn for the longest segment, and its beginning used.
                          .frames = PacketSamples(segment_seconds_.highest(), config.model),
                          .cap_seconds = config.data.cap_seconds,
                          .min_bandwidth_hz = config.data.min_bandwidth_hz}),
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
  auto batch = torch::empty({batch_, 2, samples});
  std::mt19937_64 random(static_cast<uint64_t>(seed_) * 0x9e3779b97f4a7c15u +
                         static_cast<uint64_t>(step));
  std::uniform_real_distribution<double> uniform;
  for (int64_t i = 0; i < batch_; ++i) {
    const data::Excerpt excerpt = sampler_.At(static_cast<uint64_t>(step * batch_ + i));
    float* left = batch.data_ptr<float>() + 2 * i * samples;
    dataset_.Read(excerpt.track, excerpt.start, samples, left, left + samples);
    auto item = batch[i];
    item.mul_(std::pow(10.0, gain_db_ * (2 * uniform(random) - 1) / 20));
    if (uniform(random) < silence_) {
      const auto cut = static_cast<int64_t>(uniform(random) * static_cast<double>(samples));
      (uniform(random) < 0.5 ? item.narrow(1, 0, cut) : item.narrow(1, cut, samples - cut)).zero_();
    }
  }
  return batch;
}

void BatchLoader::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || next_claimed_ < next_taken_ + kAhead; });
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
