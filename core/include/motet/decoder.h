// Packets in, PCM out, in chunks of any number of packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "motet/export.h"
#include "motet/model.h"
#include "motet/status.h"

namespace motet {

// With what the large matrix products of a decoder are computed.
enum class Precision {
  // 8-bit integers with sums of 32 bits, where the model file holds int8: up to twice as fast.
  // Activations are rounded to 255 steps of each frame's range. What comes out differs from that of
  // kFloat32, and between processors, by something 32 to 50 dB below the sound; no measure of
  // quality differs (docs/lab/2026-11-29-products-of-int8.md).
  kInt8,
  // 32-bit floats: the reference, within 1e-4 of the ONNX graphs on every processor.
  kFloat32,
};

// "f32" or "int8".
MOTET_API const char* PrecisionName(Precision precision);

struct DecoderOptions {
  int quality = 0;   // of the packets that come in: 1..12, 0 = the model's default
  int channels = 2;  // of the PCM that goes out: 1 (the mean of both) or 2
  Precision precision = Precision::kInt8;
};

// One stream's decoder. Allocates when created and never again; not thread-safe, but independent of
// other decoders. The output depends on the packets alone, never on how they were grouped. Its
// first ModelInfo::delay_samples frames are the codec's delay, which the caller drops. The first
// packet that it gets should be one of even number in its stream
// (ModelInfo::decoder_preroll_packets).
class MOTET_API Decoder {
 public:
  // kInvalidArgument for a null model, or a quality or a number of channels that does not exist;
  // kOutOfMemory; kInternal if XNNPACK refuses an operator.
  static Result<std::unique_ptr<Decoder>> Create(std::shared_ptr<const Model> model,
                                                 const DecoderOptions& options);
  ~Decoder();

  // Decodes `packets` (a multiple of packet_bytes()) to packet_samples frames each at the model's
  // rate, planar: pcm[channel][frame]. Samples have a nominal range of -1..1, and are not clamped
  // to it. Returns the frames written. kInvalidArgument if the bytes are not whole packets or
  // `capacity` (frames per channel) is too small; the decoder is then unchanged. kInternal if
  // XNNPACK refuses a step, which is not expected.
  Result<size_t> Decode(std::span<const uint8_t> packets, float* const* pcm, size_t capacity);

  // Conceals `count` lost packets: goes on with the last packet's sound, 6 dB quieter with each
  // packet. Writes count * packet_samples frames to pcm[channel][frame] and returns them. Errors
  // are those of Decode.
  Result<size_t> Conceal(size_t count, float* const* pcm, size_t capacity);

  // Back to the state of a new decoder.
  void Reset();

  int packet_bytes() const;               // of one packet at this quality
  const DecoderOptions& options() const;  // quality resolved, never 0

 private:
  struct MOTET_HIDDEN State;
  explicit Decoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motet
