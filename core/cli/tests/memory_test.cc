// Tests that the peak memory of encode and decode does not depend on the length of the piece: four
// minutes, 42 MB as 16-bit samples, within 4 MiB of half a minute.
#include <gtest/gtest.h>

#include "program.h"

namespace motet::cli {
namespace {

class MemoryTest : public ProgramTest {};

TEST_F(MemoryTest, FourMinutesNeedNoMoreThanHalfAMinute) {
  if (UnderSanitizer()) GTEST_SKIP() << "the sanitizer's own memory grows";
  int64_t encode_peak[2];
  int64_t decode_peak[2];
  for (const int i : {0, 1}) {
    WriteAudio("in.wav", static_cast<size_t>(44100) * (i == 0 ? 30 : 240));
    const Outcome encoded = Run({"encode", "-f", Path("in.wav"), Path("a.motet")});
    ASSERT_EQ(encoded.exit_code, 0) << encoded.err;
    const Outcome decoded = Run({"decode", "-f", Path("a.motet"), Path("out.wav")});
    ASSERT_EQ(decoded.exit_code, 0) << decoded.err;
    encode_peak[i] = encoded.peak_kib;
    decode_peak[i] = decoded.peak_kib;
  }
  EXPECT_LT(encode_peak[1], encode_peak[0] + 4096);
  EXPECT_LT(decode_peak[1], decode_peak[0] + 4096);
}

}  // namespace
}  // namespace motet::cli
