// Codes with their contexts: drawn for training, or of whole pages.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <vector>

#include "entropy/code_sequences.h"
#include "entropy/coded_quantizer.h"

namespace motet::trainer {

struct CodeBatch {
  torch::Tensor contexts;  // [n, C], int64: codes or kAbsentCode
  torch::Tensor codes;     // [n], int64
};

class CodeExamples {
 public:
  // Throws std::runtime_error if no sequence is longer than what a context reaches back.
  CodeExamples(ModelConfig config, std::vector<CodeSequence> sequences);

  // `count` codes of a quantizer from anywhere, a function of seed and number alone. Half of them
  // see every code, the others those of a quality drawn from all that have the code itself. A tenth
  // lie in one of the first packets of a page; the others see a page that began long before.
  CodeBatch Draw(size_t quantizer, int64_t count, uint64_t seed, uint64_t number) const;

  // All codes of a quantizer that `quality` has in a page of `packets` packets from `first` on.
  CodeBatch Page(size_t quantizer, size_t sequence, int64_t first, int64_t packets,
                 int64_t quality) const;

  // Up to `packets` whole packets, as many as there are from `first` on.
  std::span<const uint8_t> Packets(size_t sequence, int64_t first, int64_t packets) const;

  const ModelConfig& config() const { return config_; }
  const std::vector<CodedQuantizer>& quantizers() const { return quantizers_; }
  size_t sequences() const { return sequences_.size(); }
  int64_t packets(size_t sequence) const;

 private:
  // The code that is to be said: frame `frame` of packet `packet`.
  struct Place {
    const CodeSequence& codes;
    int64_t page = 0;     // the packet that the page begins with
    int64_t quality = 0;  // the codes that are there
    int64_t packet = 0, frame = 0;
  };
  // Writes the context of a code of `own`, and returns the code.
  int64_t Fill(const CodedQuantizer& own, const Place& place, int64_t* context) const;

  ModelConfig config_;
  std::vector<CodedQuantizer> quantizers_;
  std::vector<CodeSequence> sequences_;
  int64_t packet_bytes_;
  std::vector<int64_t> ends_;  // by sequence: packets in it and before it that have a full context
};

}  // namespace motet::trainer
