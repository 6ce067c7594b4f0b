// Music features of a compressed stream, read from its packets without decoding the sound.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "motet/export.h"
#include "motet/model.h"
#include "motet/status.h"

namespace motet {

// Predicts, for each half packet (512 samples, 11.6 ms), the features of the music that condition
// the decoder (docs/ARCHITECTURE.md, "Music conditioning").
// Allocates when created and never again; not thread-safe. It has no state: rows depend on their
// own packet alone.
class MOTET_API FeatureReader {
 public:
  static constexpr size_t kFeatures = 17;
  static constexpr size_t kRowsPerPacket = 2;
  // Names of the values of a row, each in 0..1: chroma "C", "C#", … "B", "onset", "centroid",
  // "spread", "flatness", "rolloff".
  static const std::array<const char*, kFeatures>& Names();

  // For packets of `quality` (0 = the model's default). kInvalidArgument for a null model or a
  // quality that does not exist; kOutOfMemory; kInternal if XNNPACK refuses an operator.
  static Result<std::unique_ptr<FeatureReader>> Create(std::shared_ptr<const Model> model,
                                                       int quality);
  ~FeatureReader();

  // Reads `packets` (a multiple of packet_bytes()) into rows of kFeatures values: rows[2 * packet +
  // half][feature], row-major. Returns the rows written. kInvalidArgument if the bytes are not
  // whole packets or `rows` is too small. A row describes the sound that the *encoder* was given
  // when it wrote the packet, less the encoder's share of the delay. kInternal if XNNPACK refuses a
  // step, which is not expected.
  Result<size_t> Read(std::span<const uint8_t> packets, std::span<float> rows);

  int packet_bytes() const;  // of one packet at this quality

 private:
  struct MOTET_HIDDEN State;
  explicit FeatureReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motet
