// A stream made in one piece, by the two classes that StreamEncoder is made of.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <vector>

#include "motet/encoder.h"
#include "motet/stream.h"

namespace motet::testing {

// The bytes of a stream of pcm[channel][sample], two planes of equal length; both arguments are as
// new.
inline std::vector<uint8_t> EncodeWhole(Encoder& encoder, StreamWriter& writer,
                                        const std::vector<std::vector<float>>& pcm) {
  const float* const planes[] = {pcm[0].data(), pcm[1].data()};
  const size_t samples = pcm[0].size();
  std::vector<uint8_t> packets(encoder.MaxOutputBytes(samples) + encoder.MaxFlushBytes());
  const size_t body = *encoder.Encode(planes, samples, packets);
  packets.resize(body + *encoder.Flush(std::span(packets).subspan(body)));
  std::vector<uint8_t> bytes = writer.HeaderBytes();
  EXPECT_TRUE(writer.Write(packets, &bytes).ok());
  EXPECT_TRUE(writer.Finish(samples, &bytes).ok());
  return bytes;
}

}  // namespace motet::testing
