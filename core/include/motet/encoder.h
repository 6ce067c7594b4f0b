// PCM in, packets out, in chunks of any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "motet/export.h"
#include "motet/model.h"
#include "motet/status.h"

namespace motet {

struct EncoderOptions {
  int quality = 0;   // 1..12, 0 = the model's default; packets of a lower quality are prefixes of
                     // those of a higher one
  int channels = 2;  // of the PCM that comes in: 1 or 2. Mono is coded as two equal channels.
};

// One stream's encoder. Allocates when created and never again; not thread-safe, but independent of
// other encoders. Packets depend on the samples alone, never on how they were cut into chunks.
class MOTET_API Encoder {
 public:
  // kInvalidArgument for a null model, or a quality or a number of channels that does not exist;
  // kOutOfMemory; kInternal if XNNPACK refuses an operator.
  static Result<std::unique_ptr<Encoder>> Create(std::shared_ptr<const Model> model,
                                                 const EncoderOptions& options);
  ~Encoder();

  // The most bytes that Encode may write for `frames` more samples per channel, whatever it holds
  // from earlier calls.
  size_t MaxOutputBytes(size_t frames) const;

  // Takes `frames` samples of each channel (44.1 kHz, nominal range -1..1, planar:
  // pcm[channel][frame]) and writes every packet that is complete to `out`. Returns the bytes
  // written: a multiple of packet_bytes(), 0 is ordinary. Non-finite samples are taken as 0,
  // others clamped to ±1000.
  // kInvalidArgument if `out` is smaller than needed; the encoder is then unchanged. kInternal if
  // XNNPACK refuses a step, which is not expected.
  Result<size_t> Encode(const float* const* pcm, size_t frames, std::span<uint8_t> out);

  // Ends the stream: goes on with the samples mirrored at its end, so that the sound does not sink
  // there, until the last sample taken can be decoded. In all,
  // ceil((N + delay) / 1024) packets come out of a stream of N samples, also for N = 0. Writes at
  // most MaxFlushBytes(). The encoder is then as new. Errors are those of Encode.
  Result<size_t> Flush(std::span<uint8_t> out);
  size_t MaxFlushBytes() const;  // the most bytes that Flush may write

  // Back to the state of a new encoder.
  void Reset();

  int packet_bytes() const;               // of one packet at this quality
  const EncoderOptions& options() const;  // quality resolved, never 0

 private:
  struct MOTET_HIDDEN State;
  explicit Encoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motet
