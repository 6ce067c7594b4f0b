#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "audio/audio_reader.h"
#include "audio/planar.h"
#include "commands/commands.h"
#include "errors.h"
#include "metrics/metrics.h"
#include "progress.h"

namespace motet::cli {
namespace {

constexpr size_t kBlock = 16384;

}  // namespace

Status RunCompare(const CompareOptions& options) {
  Result<std::unique_ptr<AudioReader>> reference =
      AudioReader::Open(options.reference, metrics::kSampleRate);
  if (!reference.ok()) return reference.status();
  Result<std::unique_ptr<AudioReader>> degraded =
      AudioReader::Open(options.degraded, metrics::kSampleRate);
  if (!degraded.ok()) return degraded.status();

  const int channels = std::max((*reference)->channels(), (*degraded)->channels());
  metrics::Comparison comparison(channels);
  Progress progress("Comparing", (*reference)->expected_samples());
  Planar a(2, kBlock);
  Planar b(2, kBlock);
  uint64_t reference_samples = 0;
  uint64_t degraded_samples = 0;
  for (;;) {
    const Result<size_t> got_a = (*reference)->Read(a.channels(), kBlock);
    if (!got_a.ok()) return got_a.status();
    const Result<size_t> got_b = (*degraded)->Read(b.channels(), kBlock);
    if (!got_b.ok()) return got_b.status();
    reference_samples += *got_a;
    degraded_samples += *got_b;
    if (*got_a == 0 && *got_b == 0) break;
    // A mono file stands for two equal channels.
    const float* const x[2] = {a.channels()[0], a.channels()[(*reference)->channels() - 1]};
    const float* const y[2] = {b.channels()[0], b.channels()[(*degraded)->channels() - 1]};
    comparison.Push(x, y, std::min(*got_a, *got_b));
    progress.Update(reference_samples);
  }
  progress.Clear();
  const metrics::Distances distances = comparison.Finish();
  if (distances.samples == 0) {
    return {StatusCode::kInvalidArgument, InputName(options.reference) + " and " +
                                              InputName(options.degraded) +
                                              " have no samples in common"};
  }
  if (reference_samples != degraded_samples) {
    fmt::print(
        stderr,
        "motet: the files differ in length ({} and {} samples); compared as far as both go\n",
        reference_samples, degraded_samples);
  }
  if (options.json) {
    const nlohmann::ordered_json json = {
        {"mel", distances.mel},
        {"mel_mid_side", distances.mel_mid_side},
        {"stft", distances.stft},
        {"si_sdr_db", distances.si_sdr_db},
        {"coherence_error", distances.coherence_error},
        {"bandwidth_hz", distances.bandwidth_hz},
        {"reference_bandwidth_hz", distances.reference_bandwidth_hz},
        {"samples", distances.samples},
        {"seconds", static_cast<double>(distances.samples) / metrics::kSampleRate},
        {"channels", channels}};
    fmt::print("{}\n", json.dump(2));
    return {};
  }
  fmt::print("mel distance     {:.4f}\n", distances.mel);
  if (channels == 2) fmt::print("  of mid/side    {:.4f}\n", distances.mel_mid_side);
  fmt::print("STFT distance    {:.4f}\nSI-SDR           {:.2f} dB\n", distances.stft,
             distances.si_sdr_db);
  if (channels == 2) fmt::print("coherence error  {:.4f}\n", distances.coherence_error);
  fmt::print("bandwidth        {:.1f} of {:.1f} kHz\n", distances.bandwidth_hz / 1000,
             distances.reference_bandwidth_hz / 1000);
  return {};
}

}  // namespace motet::cli
