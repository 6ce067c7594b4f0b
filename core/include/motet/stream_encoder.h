// PCM in, `.motet` bytes out: Encoder and StreamWriter together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "motet/export.h"
#include "motet/model.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet {

struct StreamEncoderOptions {
  // Of the PCM that comes in, in Hz. It must be the model's rate: libmotet does not resample, since
  // there are good libraries for that (libsoxr, libsamplerate, swresample). It is asked for so that
  // PCM of another rate is refused, and not coded at a wrong pitch.
  int sample_rate = 44100;
  int channels = 2;                                   // of the PCM that comes in: 1 or 2
  int quality = 0;                                    // 1..12, 0 = the model's default
  std::optional<StreamCoding> coding = std::nullopt;  // DefaultCoding(), unless it is given
  // Samples per channel, if their number is known beforehand: then the header says it from the
  // beginning, also where it cannot be written a second time (a pipe).
  uint64_t samples = kUnknownSamples;
  // 1..255. Each page costs 14 bytes, and its bytes come out when it is full: 1 gives a live stream
  // its shortest delay.
  int packets_per_page = kDefaultPacketsPerPage;
  std::vector<StreamTag> tags = {};
};

// One stream's encoder, the counterpart of StreamDecoder. The bytes depend on options and samples
// alone, never on how the samples were cut into chunks. Memory does not grow with the length:
// everything is allocated when created, and afterwards nothing but room in the caller's `out`,
// where it has too little. Not thread-safe, but independent of other encoders.
//
//   std::vector<uint8_t> bytes;
//   while (size_t frames = ReadSome(pcm)) {
//     if (Status s = encoder->Encode(pcm, frames, &bytes); !s.ok()) return s;
//     WriteAll(bytes);
//     bytes.clear();
//   }
//   if (Status s = encoder->Finish(&bytes); !s.ok()) return s;
//   WriteAll(bytes);
class MOTET_API StreamEncoder {
 public:
  // kInvalidArgument for a null model, an option that is out of range, another sample rate than
  // the model's, entropy coding by a model that has none, or tags that StreamWriter refuses;
  // kOutOfMemory; kInternal if XNNPACK refuses an operator.
  static Result<std::unique_ptr<StreamEncoder>> Create(std::shared_ptr<const Model> model,
                                                       StreamEncoderOptions options);
  ~StreamEncoder();

  // Takes `frames` samples of each channel (planar: pcm[channel][frame], nominal range -1..1; see
  // Encoder::Encode for what lies outside) and appends to `out` every byte that is ready: first of
  // all the header, also for 0 frames, then the pages that are full. kInvalidArgument after Finish
  // and for more samples than the options say; nothing is then taken. Two
  // errors are final: kInvalidArgument for more than 4294967295 packets (3 years), and kInternal if
  // XNNPACK refuses a step.
  Status Encode(const float* const* pcm, size_t frames, std::vector<uint8_t>* out);

  // Ends the stream: appends what is left, so that a decoder gives exactly the samples that were
  // taken, and the end page. kInvalidArgument if it was called before, or the options say more
  // samples than came. Otherwise as Encode.
  Status Finish(std::vector<uint8_t>* out);

  // The most bytes that the next Encode of so many frames may append, and that Finish may: who
  // reserves as many beforehand keeps the calls free of allocations.
  size_t MaxOutputBytes(size_t frames) const;
  size_t MaxFinishBytes() const;

  // The first bytes of the stream. After Finish they hold its length, in as many bytes as before:
  // whoever writes a file that can seek writes them once more, at offset 0.
  std::vector<uint8_t> HeaderBytes() const;

  const StreamHeader& header() const;  // quality and coding resolved
  uint64_t samples() const;            // per channel, taken so far

 private:
  struct MOTET_HIDDEN State;
  explicit StreamEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motet
