// `.motet` bytes in, PCM out: StreamReader and Decoder together, cut to the length that was
// encoded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "motet/decoder.h"
#include "motet/export.h"
#include "motet/model.h"
#include "motet/page_search.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet {

// What StreamDecoder::Next found.
struct StreamBlock {
  enum class Kind {
    kNeedInput,  // nothing more until Push or Finish; ordinary
    kHeader,     // header() is valid from here on
    kSamples,    // `frames` samples per channel at `pcm`
    kDamage,     // `damage` says what is damaged; lost packets are concealed in what follows
    kEnd,        // everything was delivered; header().samples is the length
  };
  Kind kind = Kind::kNeedInput;
  std::array<const float*, 2> pcm{};  // planar; valid until the next call of Push or Next
  size_t frames = 0;
  Status damage;              // kCorrupt and a sentence; ok but for kDamage
  uint64_t first_packet = 0;  // number of the first lost packet
  uint64_t packets = 0;       // number of lost packets; 0 if the damaged bytes belong to no packet
};

struct StreamDecoderOptions {
  // Seconds of lost packets in a row that are concealed: a few bytes may claim hours of them, and
  // what is concealed is of no use after so long. A longer gap is kCorrupt; infinity sets no limit.
  double max_concealed_seconds = 10;
  // Damage ends the decoder: kCorrupt with what kDamage would say, after the samples before it.
  bool strict = false;
  Precision precision = Precision::kInt8;  // as that of a Decoder
};

// One stream's decoder. Memory does not grow with the length. What comes out does not depend on how
// the bytes were cut into chunks; not thread-safe, but independent of other decoders.
class MOTET_API StreamDecoder {
 public:
  // `name` stands for the stream in errors. kInvalidArgument for a null model and for a limit that
  // is negative or no number; kOutOfMemory.
  static Result<std::unique_ptr<StreamDecoder>> Create(std::shared_ptr<const Model> model,
                                                       const std::string& name,
                                                       const StreamDecoderOptions& options = {});
  ~StreamDecoder();

  // Takes bytes and returns how many: at least one after kNeedInput, fewer than offered when the
  // buffer is full: the rest is for the next kNeedInput.
  size_t Push(std::span<const uint8_t> bytes);

  // Says that no more bytes will come.
  void Finish();

  // The next block. Errors are final: those of StreamReader, CheckStreamModel and Decoder; kCorrupt
  // also when the packets do not make the length, or none of them could be read, or more are lost
  // in a row than may be concealed, or anything is damaged and the options are strict. kTruncated
  // comes after all samples that could be decoded.
  Result<StreamBlock> Next();

  // The search for the page from which the sound of `sample` (per channel, counted from 0) can be
  // decoded, in a stream of `stream_bytes` bytes. kInvalidArgument before kHeader.
  Result<PageSearch> Search(uint64_t sample, uint64_t stream_bytes) const;

  // Goes on with `sample`: the next bytes pushed are those from byte `offset` on, which Search
  // found. The samples are bit for bit those that come there without Seek. Where the length is
  // known already, a sample beyond it is the end. Also after kEnd, but not after an error;
  // kInvalidArgument before kHeader, and for an offset in the header.
  Status Seek(uint64_t sample, uint64_t offset);

  const StreamHeader& header() const;  // as new before kHeader
  const StreamTotals& totals() const;  // so far

 private:
  struct MOTET_HIDDEN State;
  explicit StreamDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motet
