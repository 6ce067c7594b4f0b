// A trained model: its configuration and weights, loaded once, shared by any number of encoders and
// decoders, of any threads. It holds the file's bytes, and unpacks what a part of the codec needs
// when the first of its kind is created.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "motet/export.h"
#include "motet/status.h"

namespace motet {

// What a model is, as counted from its own configuration and tensors.
struct ModelInfo {
  std::string name;
  std::string identity;  // 16 hexadecimal digits: what decoding depends on (docs/FORMAT.md)
  // The identity of the same model without its entropy model (equal to `identity` if it has none):
  // all that fixed-width streams depend on.
  std::string codec_identity;
  std::string storage;          // "f32", "f16" or "int8"
  int sample_rate = 0;          // Hz
  int channels = 0;             // of the network: 2
  int packet_samples = 0;       // 1024
  int max_quality = 0;          // steps of the ladder: 12
  int default_quality = 0;      // 6
  int64_t parameters = 0;       // trained values of encoder, quantizers and decoder, after folding;
                                // fixed STFT bases are not counted
  bool entropy_coding = false;  // whether it has an entropy model: StreamCoding::kEntropy
  int delay_samples = 0;        // the output is the input so many samples later
  double latency_ms = 0;        // delay plus one packet
  // Packets after which encoder and decoder are as if they had seen all that came before: a part of
  // a stream that begins so many packets early comes out bit for bit the same from there on.
  // Decoders must begin with a packet of even number besides: phases of tones recur every two
  // packets.
  int encoder_preroll_packets = 0;
  int decoder_preroll_packets = 0;
  // Multiply-adds per second of stereo audio at the default quality, counted by the layers.
  double encoder_gmac_per_second = 0;
  double decoder_gmac_per_second = 0;
  double gmac_per_second() const { return encoder_gmac_per_second + decoder_gmac_per_second; }
};

class MOTET_API Model {
 public:
  // Reads a `.motetmodel` file and checks every tensor against the configuration. Errors name the
  // file and the tensor.
  static Result<std::shared_ptr<const Model>> Load(const std::string& path);
  // The same from memory; `name` stands for the file in errors. The bytes are not needed
  // afterwards.
  static Result<std::shared_ptr<const Model>> FromBytes(std::span<const uint8_t> bytes,
                                                        const std::string& name);
  // The same without a copy: the model holds the bytes as long as it lives, and nobody may change
  // them.
  static Result<std::shared_ptr<const Model>> FromSharedBytes(std::shared_ptr<const uint8_t> bytes,
                                                              size_t size, const std::string& name);
  // Of a file with the entropy model alone, which motet-export writes beside the ONNX graphs: all
  // that StreamWriter and StreamReader ask of a model. It has no networks: encoders and decoders of
  // it are kModelMismatch, and figures about them in info() are 0. A whole model file is refused.
  static Result<std::shared_ptr<const Model>> EntropyModelFromBytes(std::span<const uint8_t> bytes,
                                                                    const std::string& name);
  ~Model();

  const ModelInfo& info() const;  // valid as long as the model
  // Bytes of one packet at quality 1..max_quality (14 at quality 6). 0 for a quality that does not
  // exist.
  int PacketBytes(int quality) const;
  // The file's whole JSON as text: model, identity, info.
  const std::string& config_json() const;

  struct MOTET_HIDDEN Data;  // private to core/src
  const Data& data() const { return *data_; }

 private:
  explicit Model(std::unique_ptr<const Data> data);
  static Result<std::shared_ptr<const Model>> Make(Result<std::unique_ptr<Data>> data,
                                                   const std::string& name);
  std::unique_ptr<const Data> data_;
};

}  // namespace motet
