// What the shipped model promises: its budget, silence, and a sound on the shipped excerpts
// (held-out tracks) that is not worse than when it was released. Left out: listening.
#include <gtest/gtest.h>
#include <motet/decoder.h>
#include <motet/encoder.h>
#include <motet/model.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "metrics/metrics.h"
#include "sanitizer.h"
#include "support/excerpts.h"

namespace motet {
namespace {

using testing::ReadStereo;
using testing::Stereo;
using testing::Take;

class ShippedModel : public ::testing::Test {
 protected:
  void SetUp() override { model_ = Take(Model::Load(MOTET_SHIPPED_MODEL)); }

  // Encodes and decodes; the delay is dropped, so that the result is as long as the input.
  Stereo RoundTrip(const Stereo& audio, int quality,
                   Precision precision = DecoderOptions().precision) const {
    const size_t samples = audio[0].size();
    const auto encoder = Take(Encoder::Create(model_, {.quality = quality, .channels = 2}));
    std::vector<uint8_t> packets(encoder->MaxOutputBytes(samples) + encoder->MaxFlushBytes());
    const float* in[] = {audio[0].data(), audio[1].data()};
    size_t bytes = Take(encoder->Encode(in, samples, packets));
    bytes += Take(encoder->Flush(std::span(packets).subspan(bytes)));
    packets.resize(bytes);

    const auto decoder =
        Take(Decoder::Create(model_, {.quality = quality, .channels = 2, .precision = precision}));
    const auto packet = static_cast<size_t>(model_->info().packet_samples);
    const size_t decoded = bytes / static_cast<size_t>(decoder->packet_bytes()) * packet;
    Stereo out = {std::vector<float>(decoded), std::vector<float>(decoded)};
    float* pcm[] = {out[0].data(), out[1].data()};
    EXPECT_EQ(Take(decoder->Decode(packets, pcm, decoded)), decoded);
    for (auto& channel : out) {
      channel.erase(channel.begin(), channel.begin() + model_->info().delay_samples);
      channel.resize(samples);
    }
    return out;
  }

  std::shared_ptr<const Model> model_;
};

TEST_F(ShippedModel, KeepsTheBudget) {
  const ModelInfo& info = model_->info();
  EXPECT_GE(info.parameters, 4'000'000);
  EXPECT_LE(info.parameters, 4'800'000);
  EXPECT_LE(info.gmac_per_second(), 0.75);
  EXPECT_LE(info.latency_ms, 80.0);
  EXPECT_EQ(info.storage, "int8");
}

TEST_F(ShippedModel, SilenceComesBackBelowMinus60DecibelsOfFullScale) {
  const Stereo silence = {std::vector<float>(5 * 44100), std::vector<float>(5 * 44100)};
  for (int quality = 1; quality <= model_->info().max_quality; ++quality) {
    float peak = 0;
    for (const auto& channel : RoundTrip(silence, quality)) {
      for (const float sample : channel) peak = std::max(peak, std::abs(sample));
    }
    EXPECT_LT(20 * std::log10(peak + 1e-12F), -60.0F) << "quality " << quality;
  }
}

// The last hop of a stream, in dB of what stands there where the music goes on: with silence behind
// the end it would be 3 dB less.
TEST_F(ShippedModel, TheSoundDoesNotSinkAtTheEnd) {
  constexpr size_t kHop = 256, kSecond = 44100;
  double difference = 0;
  int count = 0;
  for (const char* name : {"excerpt", "ivory"}) {
    const Stereo audio = ReadStereo(std::string(MOTET_TEST_DATA) + "/" + name + ".flac");
    const auto part = [&audio](size_t begin, size_t end) {
      const auto of = [begin, end](const std::vector<float>& channel) {
        return std::vector<float>(channel.begin() + static_cast<ptrdiff_t>(begin),
                                  channel.begin() + static_cast<ptrdiff_t>(end));
      };
      return Stereo{of(audio[0]), of(audio[1])};
    };
    for (const size_t end : {61000, 120333, 180777, 250123}) {
      const size_t length = kSecond;
      const auto level = [&](const Stereo& sound) {
        double squares = 1e-9;
        for (const auto& channel : sound) {
          for (size_t i = length - kHop; i < length; ++i)
            squares += static_cast<double>(channel[i]) * static_cast<double>(channel[i]);
        }
        return 10 * std::log10(squares);
      };
      const int quality = model_->info().default_quality;
      difference += level(RoundTrip(part(end - length, end), quality)) -
                    level(RoundTrip(part(end - length, end + 10000), quality));
      ++count;
    }
  }
  EXPECT_NEAR(difference / count, 0, 1);
}

TEST_F(ShippedModel, SoundsAsItDidWhenItWasReleased) {
  if (MOTET_ADDRESS_SANITIZER != 0)
    GTEST_SKIP() << "half a minute of the same as above and in the metrics' tests";
  double mel = 0;
  for (const char* name : {"excerpt", "ivory", "irelands-coast"}) {
    const Stereo audio = ReadStereo(std::string(MOTET_TEST_DATA) + "/" + name + ".flac");
    const Stereo decoded = RoundTrip(audio, model_->info().default_quality);
    const float* reference[] = {audio[0].data(), audio[1].data()};
    const float* degraded[] = {decoded[0].data(), decoded[1].data()};
    metrics::Comparison comparison(2);
    comparison.Push(reference, degraded, audio[0].size());
    const metrics::Distances distances = comparison.Finish();
    std::printf("%s: mel distance %.3f, SI-SDR %.2f dB\n", name, distances.mel,
                distances.si_sdr_db.value_or(0));
    mel += distances.mel / 3;
  }
  EXPECT_LT(mel, MOTET_RELEASED_MEL + 0.02);
}

TEST_F(ShippedModel, SoundsAlikeInBothPrecisions) {
  const Stereo audio = ReadStereo(std::string(MOTET_TEST_DATA) + "/ivory.flac");
  for (const int quality : {3, 6, 12}) {
    const Stereo exact = RoundTrip(audio, quality, Precision::kFloat32);
    const Stereo rounded = RoundTrip(audio, quality, Precision::kInt8);
    double sound = 0, difference = 0;
    for (size_t c = 0; c < 2; ++c) {
      for (size_t i = 0; i < exact[c].size(); ++i) {
        const double x = exact[c][i], d = rounded[c][i] - x;
        sound += x * x;
        difference += d * d;
      }
    }
    const double below_db = 10 * std::log10(sound / difference);
    std::printf("quality %d: the difference is %.1f dB below the sound\n", quality, below_db);
    EXPECT_GT(below_db, 30) << "quality " << quality;
    EXPECT_LT(below_db, 60) << "nothing was rounded at quality " << quality;

    const auto mel = [&audio](const Stereo& decoded) {
      const float* reference[] = {audio[0].data(), audio[1].data()};
      const float* degraded[] = {decoded[0].data(), decoded[1].data()};
      metrics::Comparison comparison(2);
      comparison.Push(reference, degraded, audio[0].size());
      return comparison.Finish().mel;
    };
    EXPECT_NEAR(mel(rounded), mel(exact), 0.003) << "quality " << quality;
  }
}

}  // namespace
}  // namespace motet
