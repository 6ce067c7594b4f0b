// The whole network once more, as docs/ARCHITECTURE.md states it: in double precision, offline, on
// whole signals, with plain loops. Slow, and meant to be obviously right. Core and the ONNX graphs
// are compared with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model_config/model_config.h"
#include "random_tensors.h"
#include "reference_bands.h"
#include "reference_tones.h"
#include "rows.h"

namespace motet::testing {

// codes[level][quantizer][frame], and the tones and the levels of bands of each packet, if the
// model has them.
struct Codes : std::array<std::vector<std::vector<int>>, kLevels> {
  static constexpr int kAbsent = -1;  // a code that the packet lacks

  std::vector<PacketTones> tones;
  std::vector<PacketLevels> bands;
};

// Takes the tensors of a model file, or those of training: a block's `scale` and the `norm` in
// front of a codebook (FoldedTensors) are applied where they exist. Keeps references to its
// arguments.
class ReferenceCodec {
 public:
  ReferenceCodec(const ModelConfig& config, const RandomTensors& tensors)
      : config_(config), tensors_(tensors) {}

  // All codes, tones and levels of a signal of whole packets.
  Codes Encode(const std::vector<std::vector<float>>& pcm) const;
  // Packets of `quality` from all of them, one after another.
  std::vector<uint8_t> Packets(const Codes& codes, int quality) const;
  // Left and right, delayed, of packets of `quality`.
  std::array<std::vector<double>, 2> Decode(const std::vector<uint8_t>& packets, int quality) const;
  // The tones that packets of `quality` carry: none below `from_quality`.
  std::vector<PacketTones> Tones(const std::vector<uint8_t>& packets, int quality) const;
  // The music features that packets predict, at the mid rate.
  Rows Features(const std::vector<uint8_t>& packets, int quality) const;

  // Elementary layers.
  static Rows Norm(const Rows& x);
  static Rows Gelu(const Rows& x);
  static Rows Delay(const Rows& x, size_t frames);
  Rows Linear(const std::string& name, const Rows& x) const;
  Rows Depthwise(const std::string& name, const Rows& x, size_t dilation) const;
  Rows Down(const std::string& name, const Rows& x) const;
  Rows Up(const std::string& name, const Rows& x) const;
  Rows Block(const std::string& name, const Rows& x, size_t lookahead) const;
  Rows Features(const std::string& name, const Rows& h) const;
  Rows Film(const std::string& name, const Rows& h, const Rows& m) const;
  // Of one channel, mid or side: rows of real and imaginary parts, companded as the encoder takes
  // them, and as they are.
  Rows Spectrum(const std::vector<double>& x) const;
  Rows Transform(const std::vector<double>& x) const;
  // The same of one channel whose log-magnitudes and phases begin at `first` in rows of the head;
  // and the samples that rows of Transform stand for, a hop later.
  Rows HeadSpectrum(const Rows& head, size_t first) const;
  std::vector<double> Overlap(const Rows& spectrum) const;

 private:
  const RandomTensor& Get(const std::string& name) const { return tensors_.at(name); }
  Rows Blocks(const std::string& name, const LevelConfig& level, Rows x) const;
  Rows NormalisedInput(const std::string& quantizer, const Rows& r) const;
  Rows CodeVector(const std::string& quantizer, const std::vector<int>& codes) const;
  Codes Read(const std::vector<uint8_t>& packets, int quality) const;
  std::array<Rows, kLevels> Latents(const Codes& codes) const;
  Rows ToneRows(const std::vector<PacketTones>& packets) const;
  Rows Conditioning(const std::array<Rows, kLevels>& zq) const;

  const ModelConfig& config_;
  const RandomTensors& tensors_;
};

}  // namespace motet::testing
