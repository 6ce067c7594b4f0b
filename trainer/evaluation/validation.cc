#include "evaluation/validation.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

namespace motet::trainer {
namespace {

double StftMean(SpectrumPair& spectra) {
  double sum = 0;
  for (const int64_t window : StftWindows()) {
    const auto distance = StftDistance::Of(spectra.At(window), {});
    sum += (distance.log + distance.linear).item<double>();
  }
  return sum / static_cast<double>(StftWindows().size());
}

}  // namespace

nlohmann::json ValidationResult::ToJson() const {
  nlohmann::json json;
  for (const auto& [quality, value] : mel) json["mel"][std::to_string(quality)] = value;
  for (const auto& [quality, value] : stft) json["stft"][std::to_string(quality)] = value;
  for (const auto& [quality, value] : si_sdr) json["si_sdr"][std::to_string(quality)] = value;
  json["perplexity"] = perplexity;
  json["bits"] = bits;
  return json;
}

torch::Tensor ValidationClips(const data::MusicDataset& dataset, int64_t clips, int64_t samples) {
  std::vector<size_t> usable;
  for (size_t i = 0; i < dataset.tracks().size(); ++i) {
    if (dataset.tracks()[i].frames >= samples) usable.push_back(i);
  }
  if (usable.empty())
    throw std::runtime_error(fmt::format("no validation track is as long as {} samples", samples));
  auto result = torch::empty({clips, 2, samples});
  const auto count = static_cast<int64_t>(usable.size());
  for (int64_t i = 0; i < clips; ++i) {
    const int64_t place = i * count / clips;
    const size_t track = usable[static_cast<size_t>(place)];
    const int64_t room = dataset.tracks()[track].frames - samples;
    // Quarters of a track serve up to three clips; more of them lie evenly.
    const int64_t first = (place * clips + count - 1) / count;
    const int64_t after = ((place + 1) * clips + count - 1) / count;
    const int64_t start =
        after - first <= 3 ? room * (1 + i % 3) / 4 : room * (1 + i - first) / (1 + after - first);
    float* left = result.data_ptr<float>() + 2 * i * samples;
    dataset.Read(track, start, samples, left, left + samples);
  }
  return result;
}

double SiSdr(const torch::Tensor& reference, const torch::Tensor& estimate) {
  const auto x = (reference - reference.mean()).flatten().to(torch::kFloat64);
  const auto y = (estimate - estimate.mean()).flatten().to(torch::kFloat64);
  const auto scaled = x.dot(y) / (x.dot(x) + 1e-8) * x;
  const auto noise = y - scaled;
  return (10 * torch::log10((scaled.dot(scaled) + 1e-8) / (noise.dot(noise) + 1e-8)))
      .item<double>();
}

ValidationResult Validate(Codec& codec, const torch::Tensor& clips,
                          const std::vector<int64_t>& qualities, const MelDistance& mel) {
  torch::NoGradGuard no_grad;
  codec->eval();
  const ModelConfig& config = codec->config();
  const auto device = codec->parameters().front().device();
  const int64_t count = clips.size(0), samples = clips.size(2), delay = config.delay();
  const int64_t padded = (samples + delay + config.packet - 1) / config.packet * config.packet;
  const auto quantizers = config.quantizers();
  const std::set<int64_t> measured(qualities.begin(), qualities.end());
  ValidationResult result;
  std::vector<torch::Tensor> histograms(quantizers.size(),
                                        torch::zeros({config.quantizer.entries}, torch::kInt64));
  for (int64_t i = 0; i < count; ++i) {
    const auto x = clips.narrow(0, i, 1).to(device);
    const auto whole = torch::constant_pad_nd(x, {0, padded - samples});
    const auto packets = codec->Encode(whole);
    const auto bytes = packets.to(torch::kCPU, torch::kInt64);
    for (size_t j = 0; j < quantizers.size(); ++j) {
      for (const auto& place : quantizers[j].places) {
        const auto codes = bytes.select(2, place.offset).flatten();
        histograms[j] = histograms[j] + torch::bincount(codes, {}, config.quantizer.entries);
      }
    }
    for (const int64_t quality : measured) {
      const auto y = codec->Decode(packets.narrow(2, 0, config.packet_bytes(quality)))
                         .narrow(2, delay, samples);
      SpectrumPair spectra(x[0], y[0]);
      result.mel[quality] += mel.All(spectra).item<double>() / static_cast<double>(count);
      result.stft[quality] += StftMean(spectra) / static_cast<double>(count);
      result.si_sdr[quality] += SiSdr(x[0], y[0]) / static_cast<double>(count);
      if (i < kKeptClips && quality == config.default_quality)
        result.decoded.push_back(y[0].to(torch::kCPU));
    }
  }
  for (const auto& histogram : histograms) {
    result.perplexity.push_back(Perplexity(histogram));
    result.bits.push_back(std::log2(result.perplexity.back()));
  }
  codec->train();
  return result;
}

}  // namespace motet::trainer
