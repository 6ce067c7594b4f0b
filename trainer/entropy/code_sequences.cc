#include "entropy/code_sequences.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "motet/encoder.h"

namespace motet::trainer {
namespace {

constexpr int64_t kStretchFrames = 60 * data::kSampleRate;
constexpr int64_t kChunkFrames = data::kSampleRate;  // that an encoder is given at once

template <typename T>
T ValueOf(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().message());
  return std::move(result).value();
}

CodeSequence Encode(Encoder& encoder, const data::MusicDataset& dataset, const Stretch& stretch) {
  encoder.Reset();
  CodeSequence codes;
  std::vector<float> left(kChunkFrames), right(kChunkFrames);
  for (int64_t at = 0; at < stretch.frames; at += kChunkFrames) {
    const int64_t frames = std::min(kChunkFrames, stretch.frames - at);
    dataset.Read(stretch.track, stretch.start + at, frames, left.data(), right.data());
    const float* const pcm[] = {left.data(), right.data()};
    const size_t before = codes.size();
    codes.resize(before + encoder.MaxOutputBytes(static_cast<size_t>(frames)));
    const std::span<uint8_t> out = std::span(codes).subspan(before);
    codes.resize(before + ValueOf(encoder.Encode(pcm, static_cast<size_t>(frames), out)));
  }
  return codes;
}

}  // namespace

std::vector<Stretch> ChooseStretches(const data::MusicDataset& dataset, double hours) {
  std::vector<Stretch> all;
  int64_t frames = 0;
  for (size_t track = 0; track < dataset.tracks().size(); ++track) {
    if (dataset.PackageOf(track).weight <= 0 || !dataset.OtherStems(track).empty()) continue;
    const int64_t length = dataset.tracks()[track].frames;
    frames += length;
    for (int64_t start = 0; start < length; start += kStretchFrames) {
      all.push_back({track, start, std::min(kStretchFrames, length - start)});
    }
  }
  const double share = hours * 3600 * data::kSampleRate / static_cast<double>(frames);
  if (share >= 1) return all;
  std::vector<Stretch> chosen;
  double due = 0.5;
  for (const Stretch& stretch : all) {
    due += share;
    if (due < 1) continue;
    due -= 1;
    chosen.push_back(stretch);
  }
  return chosen;
}

std::vector<CodeSequence> EncodeStretches(const std::shared_ptr<const Model>& model,
                                          const data::MusicDataset& dataset,
                                          const std::vector<Stretch>& stretches, int threads,
                                          const std::function<void(double)>& on_progress) {
  std::vector<CodeSequence> sequences(stretches.size());
  std::atomic<size_t> next = 0;
  std::atomic<int64_t> frames = 0;
  std::mutex mutex;
  std::exception_ptr failure;  // the first; the others stop at the next stretch
  const auto work = [&](bool reports) {
    try {
      const auto encoder = ValueOf(Encoder::Create(model, {.quality = model->info().max_quality}));
      for (size_t i = next++; i < stretches.size(); i = next++) {
        sequences[i] = Encode(*encoder, dataset, stretches[i]);
        frames += stretches[i].frames;
        if (reports) on_progress(static_cast<double>(frames) / data::kSampleRate);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (failure == nullptr) failure = std::current_exception();
      next = stretches.size();
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work, false);
  work(true);
  for (std::thread& other : others) other.join();
  if (failure != nullptr) std::rethrow_exception(failure);
  return sequences;
}

}  // namespace motet::trainer
