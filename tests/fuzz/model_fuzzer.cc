// Feeds bytes to Model::FromBytes, and codes a little with every model that it accepts: neither may
// crash.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "checksums.h"
#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/model.h"
#include "target.h"

void motet::fuzz::RepairChecksums(std::span<uint8_t> bytes) { RepairModel(bytes); }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const motet::Result<std::shared_ptr<const motet::Model>> model =
      motet::Model::FromBytes({data, size}, "fuzz");
  if (!model.ok()) {
    if (model.status().message().empty()) std::abort();
    return 0;
  }
  const motet::Result<std::unique_ptr<motet::Encoder>> encoder = motet::Encoder::Create(*model, {});
  const motet::Result<std::unique_ptr<motet::Decoder>> decoder = motet::Decoder::Create(*model, {});
  if (!encoder.ok() || !decoder.ok()) return 0;
  std::vector<uint8_t> packets((*encoder)->MaxFlushBytes());
  const motet::Result<size_t> made = (*encoder)->Flush(packets);
  if (!made.ok()) std::abort();
  const auto packet_bytes = static_cast<size_t>((*decoder)->packet_bytes());
  const size_t samples =
      *made / packet_bytes * static_cast<size_t>((*model)->info().packet_samples);
  std::vector<float> left(samples);
  std::vector<float> right(samples);
  float* const pcm[2] = {left.data(), right.data()};
  if (!(*decoder)->Decode(std::span(packets).first(*made), pcm, samples).ok()) std::abort();
  return 0;
}
