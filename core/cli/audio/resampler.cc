#include "audio/resampler.h"

#include <soxr.h>

#include <algorithm>
#include <string>

namespace motet::cli {
namespace {

Status Failure(const char* why) {
  return {StatusCode::kInternal, std::string("cannot be resampled: ") + why};
}

}  // namespace

void Resampler::Delete::operator()(soxr* resampler) const { soxr_delete(resampler); }

uint64_t Resampler::Length(uint64_t samples, int from, int to) {
  const auto rate = static_cast<uint64_t>(from);
  return (samples * static_cast<uint64_t>(to) + rate / 2) / rate;
}

Result<std::unique_ptr<Resampler>> Resampler::Create(int from, int to, int channels) {
  soxr_error_t error = nullptr;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  std::unique_ptr<Resampler> made(new Resampler(from, to, channels));
  made->soxr_.reset(
      soxr_create(from, to, static_cast<unsigned>(channels), &error, &io, &quality, &runtime));
  if (error != nullptr || !made->soxr_) return Failure(error != nullptr ? error : "no resampler");
  return made;
}

Result<Resampler::Amounts> Resampler::Run(std::span<const float> from, std::span<float> to) {
  Amounts amounts;
  const soxr_error_t error =
      soxr_process(soxr_.get(), from.data(), from.size() / width_, &amounts.taken, to.data(),
                   to.size() / width_, &amounts.made);
  if (error != nullptr) return Failure(error);
  taken_ += amounts.taken;
  made_ += amounts.made;
  return amounts;
}

Result<size_t> Resampler::Flush(std::span<float> to) {
  size_t made = 0;
  size_t taken = 0;
  const soxr_error_t error =
      soxr_process(soxr_.get(), nullptr, 0, &taken, to.data(), to.size() / width_, &made);
  if (error != nullptr) return Failure(error);
  // libsoxr ends a sample early or late.
  const uint64_t left = Length(taken_, from_, to_) - made_;
  if (made == 0) {
    made = std::min<uint64_t>(to.size() / width_, left);
    std::fill_n(to.begin(), made * width_, 0.0f);
  }
  made = std::min<uint64_t>(made, left);
  made_ += made;
  return made;
}

}  // namespace motet::cli
