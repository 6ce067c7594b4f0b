#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "audio/audio_reader.h"
#include "audio/planar.h"
#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "metrics/metrics.h"
#include "metrics/onsets.h"
#include "progress.h"

namespace motet::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kBlock = 16384;

Json ToJson(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

// An array of values of which some are not defined.
template <typename Values>
Json RowJson(const Values& values) {
  Json array = Json::array();
  for (const std::optional<double>& value : values) array.push_back(ToJson(value));
  return array;
}

Json TransientsJson(const metrics::TransientSmear& smear) {
  constexpr double kFrameMs = 1000.0 * metrics::kOnsetHop / metrics::kSampleRate;
  return {{"f_score", ToJson(smear.f_score())},
          {"onsets", smear.reference_onsets},
          {"decoded_onsets", smear.degraded_onsets},
          {"matched", smear.matched},
          {"before_db", ToJson(smear.before_db)},
          {"first_ms", kFrameMs * static_cast<double>(metrics::kFirstOnsetLag)},
          {"step_ms", kFrameMs},
          {"error_db", RowJson(smear.error_db)}};
}

void PrintJson(const metrics::Distances& distances, int channels) {
  const Json json = {{"mel", distances.mel},
                     {"mel_evaluation", distances.mel_evaluation},
                     {"mel_mid_side", distances.mel_mid_side},
                     {"stft", distances.stft},
                     {"si_sdr_db", ToJson(distances.si_sdr_db)},
                     {"level_db", ToJson(distances.level_db)},
                     {"loudness_lu", ToJson(distances.loudness.difference())},
                     {"reference_loudness_lufs", ToJson(distances.loudness.reference)},
                     {"coherence_error", distances.coherence_error},
                     {"bandwidth_hz", distances.bandwidth_hz},
                     {"reference_bandwidth_hz", distances.reference_bandwidth_hz},
                     {"tonal",
                      {{"band_edges_hz", metrics::kTonalEdgesHz},
                       {"coherence", RowJson(distances.tonal_coherence)},
                       {"fine", RowJson(distances.tonal_fine)}}},
                     {"bands",
                      {{"centres_hz", metrics::kLevelBandsHz},
                       {"bias_db", ToJson(distances.bands.bias_db())},
                       {"level_db", RowJson(distances.bands.level_db)},
                       {"error_db", RowJson(distances.bands.error_db)}}},
                     {"transients", TransientsJson(distances.transients)},
                     {"alignment",
                      {{"likeness", ToJson(distances.alignment.likeness)},
                       {"offset_samples", distances.alignment.offset}}},
                     {"samples", distances.samples},
                     {"seconds", static_cast<double>(distances.samples) / metrics::kSampleRate},
                     {"channels", channels}};
  fmt::print("{}\n", json.dump(2));
}

// A value for each band, "n/a" where it is not defined.
void PrintRow(const char* name, const metrics::TonalRow& values) {
  fmt::print("{}", name);
  for (const std::optional<double>& value : values)
    fmt::print(" {:>9}", value ? fmt::format("{:.3f}", *value) : "n/a");
  fmt::print("\n");
}

void Print(const metrics::Distances& distances, int channels) {
  fmt::print("mel distance     {:.4f}\n", distances.mel);
  fmt::print("  evaluation's   {:.4f}\n", distances.mel_evaluation);
  if (channels == 2) fmt::print("  of mid/side    {:.4f}\n", distances.mel_mid_side);
  fmt::print("STFT distance    {:.4f}\n", distances.stft);
  if (distances.si_sdr_db) {
    fmt::print("SI-SDR           {:.2f} dB\n", *distances.si_sdr_db);
  } else {
    fmt::print("SI-SDR           n/a: one or both are silent\n");
  }
  if (distances.level_db) {
    fmt::print("level            {:+.2f} dB\n", *distances.level_db);
  } else {
    fmt::print("level            n/a: one or both are silent\n");
  }
  if (const auto difference = distances.loudness.difference())
    fmt::print("loudness         {:+.2f} LU\n", *difference);
  if (const auto bias = distances.bands.bias_db())
    fmt::print("  bias by bands  {:.2f} dB\n", *bias);
  const metrics::TransientSmear& transients = distances.transients;
  if (const auto f_score = transients.f_score()) {
    fmt::print("onsets           {:.3f} (F-score of {})\n", *f_score, transients.reference_onsets);
    fmt::print("  energy before  {:+.1f} dB\n", *transients.before_db);
  }
  if (channels == 2) fmt::print("coherence error  {:.4f}\n", distances.coherence_error);
  fmt::print("bandwidth        {:.1f} of {:.1f} kHz\n", distances.bandwidth_hz / 1000,
             distances.reference_bandwidth_hz / 1000);
  fmt::print("tones, by kHz    ");
  for (size_t i = 0; i < metrics::kTonalBands; ++i) {
    fmt::print(" {:>9}", fmt::format("{:.2f}-{:.2f}", metrics::kTonalEdgesHz[i] / 1000,
                                     metrics::kTonalEdgesHz[i + 1] / 1000));
  }
  fmt::print("\n");
  PrintRow("  coherence      ", distances.tonal_coherence);
  PrintRow("  fine structure ", distances.tonal_fine);
}

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
  std::optional<FileProgress> progress("Comparing");
  progress->Begin((*reference)->expected_samples());
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
    progress->Update(reference_samples);
  }
  progress.reset();
  for (const auto* reader : {reference->get(), degraded->get()}) {
    for (const std::string& note : reader->notes()) Warn(note);
  }
  const metrics::Distances distances = comparison.Finish();
  if (distances.samples == 0) {
    return {StatusCode::kInvalidArgument, InputName(options.reference) + " and " +
                                              InputName(options.degraded) +
                                              " have no samples in common"};
  }
  if (reference_samples != degraded_samples) {
    Warn(fmt::format("the files differ in length ({} and {} samples); compared as far as both go",
                     reference_samples, degraded_samples));
  }
  if (const ptrdiff_t offset = distances.alignment.offset; offset != 0) {
    Warn(fmt::format("{} is {} samples {} against {}", InputName(options.degraded),
                     std::abs(offset), offset > 0 ? "late" : "early",
                     InputName(options.reference)));
  }
  // A waveform that is there says more than spectrograms, which of a single tone hardly change.
  if (distances.alignment.unlike() && distances.si_sdr_db.value_or(-1) < 0) {
    Warn(fmt::format("{} and {} do not seem to be the same music (likeness {:.2f})",
                     InputName(options.reference), InputName(options.degraded),
                     *distances.alignment.likeness));
  }
  if (options.json) {
    PrintJson(distances, channels);
  } else {
    Print(distances, channels);
  }
  return {};
}

}  // namespace motet::cli
