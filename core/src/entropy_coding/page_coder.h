// Entropy coding of the packets of a page (docs/FORMAT.md, "Entropy coding").
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "entropy_coding/band_coder.h"
#include "entropy_coding/coding_order.h"
#include "entropy_coding/entropy_model.h"
#include "entropy_coding/tone_coder.h"
#include "motet/model.h"
#include "motet/status.h"

namespace motet::core {

// Between fixed-width packets and a page's payload. Unchanging, so that threads may share it.
class PageCoder {
 public:
  // kInvalidArgument if the model has no entropy model or no such quality; kOutOfMemory.
  static Result<std::shared_ptr<const PageCoder>> Create(std::shared_ptr<const Model> model,
                                                         int quality);

  // Appends the payload of `packets`, whole packets of the quality, to `out`: never more bytes than
  // they have, and just as many if they are better left as they are.
  void Encode(std::span<const uint8_t> packets, std::vector<uint8_t>* out) const;

  // The inverse: fills `packets`, whose size says how many they are.
  void Decode(std::span<const uint8_t> payload, std::span<uint8_t> packets) const;

 private:
  // A slot of the coding order with what its network reads.
  struct Slot {
    // A code of context, which is absent from packets of a page before number `packets_back`.
    struct Source {
      EntropyModel::Rows rows;
      size_t packets_back;
      ptrdiff_t at;  // its byte, from the beginning of the packet that is coded
    };
    size_t offset;
    const EntropyModel* model;
    std::vector<Source> sources;
  };

  explicit PageCoder(std::shared_ptr<const Model> model) : model_(std::move(model)) {}
  bool CanCode(std::span<const uint8_t> packets) const;
  // What the network of a slot sees in packet number `packet` of the page.
  void Look(const Slot& slot, const uint8_t* packets, size_t packet,
            EntropyModel::Context* context) const;

  std::shared_ptr<const Model> model_;  // holds the values
  size_t packet_bytes_ = 0;
  std::vector<EntropyModel> models_;  // of the quantizers that the packets have
  std::vector<Slot> slots_;
  std::optional<ToneCoder> tones_;  // if the packets have tones
  size_t tones_offset_ = 0;         // of them in a packet
  std::optional<BandCoder> bands_;  // if the packets have levels of bands
  size_t bands_offset_ = 0;
};

}  // namespace motet::core
