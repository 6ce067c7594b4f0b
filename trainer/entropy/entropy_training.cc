#include "entropy/entropy_training.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "entropy/code_weights.h"

namespace motet::trainer {
namespace {

// Bits of all codes of a batch, as the range coder spends them.
double ExactBits(EntropyNetwork& network, size_t quantizer, const CodeBatch& batch) {
  const auto z = network->Logarithms(quantizer, batch.contexts).contiguous();
  const auto* row = z.data_ptr<float>();
  const auto* codes = batch.codes.data_ptr<int64_t>();
  double bits = 0;
  for (int64_t i = 0; i < z.size(0); ++i, row += z.size(1)) {
    std::array<int32_t, 256> integers;
    std::transform(row, row + z.size(1), integers.begin(),
                   [](float value) { return static_cast<int32_t>(value); });
    const auto weights = CodeWeights(integers);
    int64_t sum = 0;
    for (const int32_t weight : weights) sum += weight;
    bits += std::log2(static_cast<double>(sum) / weights[static_cast<size_t>(codes[i])]);
  }
  return bits;
}

// The lowest quality at which a quantizer has all of its codes and of their context.
int64_t FullQuality(const std::vector<CodedQuantizer>& quantizers, size_t index) {
  int64_t highest = quantizers[index].full_quality();
  for (const ContextCode& code : quantizers[index].context) {
    highest = std::max(highest, quantizers[static_cast<size_t>(code.quantizer)].full_quality());
  }
  return highest;
}

}  // namespace

void TrainEntropyNetwork(EntropyNetwork& network, const CodeExamples& examples,
                         const EntropyTrainingOptions& options,
                         const std::function<void(int64_t, double)>& on_step) {
  torch::optim::Adam optimizer(network->parameters(), options.learning_rate);
  const size_t quantizers = examples.quantizers().size();
  for (int64_t i = 0; i < options.steps; ++i) {
    const double passed = static_cast<double>(i) / static_cast<double>(options.steps);
    const double rate = options.learning_rate * (1 + std::cos(M_PI * passed)) / 2;
    for (auto& group : optimizer.param_groups()) {
      static_cast<torch::optim::AdamOptions&>(group.options()).lr(rate);
    }
    optimizer.zero_grad();
    double bits = 0;
    double codes = 0;
    for (size_t quantizer = 0; quantizer < quantizers; ++quantizer) {
      const CodeBatch batch =
          examples.Draw(quantizer, options.batch, options.seed, static_cast<uint64_t>(i));
      const auto loss = network->Bits(quantizer, batch.contexts, batch.codes);
      loss.backward();
      const auto frames = static_cast<double>(examples.quantizers()[quantizer].frames());
      bits += frames * loss.item<double>();
      codes += frames;
    }
    optimizer.step();
    network->Clamp();
    on_step(i + 1, bits / codes);
  }
}

EntropyFigures MeasureEntropyNetwork(EntropyNetwork& network,
                                     const std::optional<ToneWeights>& tones,
                                     const std::optional<SymbolWeights>& bands,
                                     const CodeExamples& examples,
                                     const std::function<void()>& on_sequence) {
  torch::NoGradGuard no_grad;
  const auto& quantizers = examples.quantizers();
  const ModelConfig& config = examples.config();
  EntropyFigures figures;
  figures.bits.assign(quantizers.size(), 0);
  figures.packet_bytes.assign(static_cast<size_t>(config.max_quality()), 0);
  double packets = 0;
  for (size_t sequence = 0; sequence < examples.sequences(); ++sequence) {
    on_sequence();
    const int64_t length = examples.packets(sequence);
    packets += static_cast<double>(length);
    for (int64_t first = 0; first < length; first += kPagePackets) {
      const int64_t count = std::min(kPagePackets, length - first);
      std::map<std::pair<size_t, int64_t>, double> known;  // by quantizer and quality
      const auto page = examples.Packets(sequence, first, count);
      const double tone_bits = tones ? ToneBits(*tones, config, page) : 0;
      const double band_bits = bands ? BandBits(*bands, config, page) : 0;
      figures.tone_bits += tone_bits;
      figures.band_bits += band_bits;
      for (int64_t quality = 1; quality <= config.max_quality(); ++quality) {
        double page_bits = (config.has_tones(quality) ? tone_bits : 0) +
                           (config.has_bands(quality) ? band_bits : 0);
        for (size_t i = 0; i < quantizers.size(); ++i) {
          if (quantizers[i].first_quality() > quality) continue;
          const int64_t seen = std::min(quality, FullQuality(quantizers, i));
          const auto [found, is_new] = known.try_emplace({i, seen}, 0.0);
          if (is_new)
            found->second = ExactBits(network, i, examples.Page(i, sequence, first, count, seen));
          page_bits += found->second;
          if (quality == config.max_quality()) figures.bits[i] += found->second;
        }
        figures.packet_bytes[static_cast<size_t>(quality) - 1] += std::min(
            std::ceil(page_bits / 8), static_cast<double>(count * config.packet_bytes(quality)));
      }
    }
  }
  for (size_t i = 0; i < quantizers.size(); ++i)
    figures.bits[i] /= packets * static_cast<double>(quantizers[i].frames());
  for (double& bytes : figures.packet_bytes) bytes /= packets;
  figures.tone_bits /= packets;
  figures.band_bits /= packets;
  return figures;
}

}  // namespace motet::trainer
