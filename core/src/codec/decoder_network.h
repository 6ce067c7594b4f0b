// The decoder's network: packets of codes to samples of mid and side.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "layers/analysis.h"
#include "layers/bands.h"
#include "layers/block.h"
#include "layers/conditioning.h"
#include "layers/delay.h"
#include "layers/quantizer.h"
#include "layers/sparse_linear.h"
#include "layers/synthesis.h"
#include "layers/tones.h"

namespace motet::core {

class DecoderNetwork {
 public:
  // For packets of one quality; check builder.status() before using it.
  DecoderNetwork(Builder& builder, int quality);

  // Takes 1…max_packets packets and a gain for the sound of each; writes packets · packet samples
  // of mid and of side.
  void Step(size_t packets, const uint8_t* bytes, const float* gains, float* mid, float* side);

  // Makes of a packet the one after it, if all goes on: what to decode where that one is lost.
  void Repeat(uint8_t* packet) const {
    if (tones_) tones_->GoOn(packet);
  }

  void Reset() { layers_.Reset(); }
  Status status() const { return layers_.status(); }
  double multiply_adds_per_packet() const { return layers_.multiply_adds_per_packet(); }

 private:
  struct LevelDecoder {
    LevelDecoder(Builder& builder, Level level, int quality);
    Dequantizer dequantizer;
    Linear input;
    Blocks blocks;
    Buffer<float> zq;
    Buffer<float> h;
    // Only below coarse:
    std::unique_ptr<Linear> up;  // from the coarser level
    std::unique_ptr<Delay> zq_delay;
    std::unique_ptr<Delay> m_delay;
    std::unique_ptr<Film> film;
    Buffer<float> from_zq;
  };

  // The decoder's part of tones.
  class ToneDecoder {
   public:
    ToneDecoder(Builder& builder, int quality);
    // Adds to the input of the coarse level what is known of the tones of `packets` packets.
    void Tell(size_t packets, const uint8_t* bytes, float* h);
    // Makes of a packet the next one, if its tones go on.
    void GoOn(uint8_t* packet) const;
    // Adds the sound of the same packets to mid and side, unless it is in spectra.
    void Sound(size_t packets, const float* gains, float* mid, float* side);
    // Of the same packets, where they have levels of bands, rows of [mid, side] as of Analysis; or
    // null.
    const float* Spectrum(size_t packets);

   private:
    void WriteRow(std::span<const Tone> tones, float* row) const;

    const TonesConfig tones_;
    const size_t packet_;  // samples
    const size_t packet_bytes_;
    const size_t offset_;
    SparseLinear input_;
    std::unique_ptr<ToneSound> sound_;  // null where packets have no tones
    Buffer<Tone> read_;                 // `lines` of each packet
    Buffer<float> rows_;
    // Where levels of bands are brought about in spectra, of the tones as well:
    std::unique_ptr<Analysis> analysis_;
    Buffer<float> ones_;  // of each packet
    Buffer<float> mid_, side_;
    Buffer<float> spectrum_;
  };

  // The decoder's part of levels of bands.
  class BandDecoder {
   public:
    BandDecoder(Builder& builder, int quality);
    // Adds to the input of the coarse level what is known of the levels of `packets` packets.
    void Tell(size_t packets, const uint8_t* bytes, float* h);
    // Of the packets that were told of; null where packets have no levels.
    const BandGains* gains() const { return gains_.get(); }

   private:
    const size_t bands_;
    const size_t packet_bytes_;
    const size_t offset_;
    SparseLinear input_;
    std::unique_ptr<BandGains> gains_;
    Buffer<uint8_t> levels_;  // `bands` of each packet
    Buffer<float> rows_;
  };

  const Kernels& kernels_ = BestKernels();
  std::array<std::unique_ptr<LevelDecoder>, kLevels> levels_;
  std::unique_ptr<Conditioning> conditioning_;
  std::unique_ptr<Linear> head_;
  std::unique_ptr<Delay> attenuation_delay_;
  std::unique_ptr<Synthesis> synthesis_;
  std::unique_ptr<ToneDecoder> tones_;  // of a model with tones
  std::unique_ptr<BandDecoder> bands_;  // of a model with levels of bands
  Buffer<float> m_mid_;
  Buffer<float> m_fine_;
  Buffer<float> head_rows_;
  Buffer<float> attenuation_;  // 1 - gain, of each fine frame
  Buffer<float> frame_gains_;
  LayerList layers_;
};

}  // namespace motet::core
