#include "motet/decoder.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "codec/codec_state.h"
#include "codec/decoder_network.h"

namespace motet {
namespace {

// The sound of a concealed packet against the one before it: half the amplitude, so that 10 lost
// packets (a quarter of a second) are 60 dB down.
constexpr float kFade = 0.5f;
constexpr float kSilence = 1e-6f;

constexpr float kHalfRoot = 0.707106781f;

}  // namespace

const char* PrecisionName(Precision precision) {
  return precision == Precision::kInt8 ? "int8" : "f32";
}

struct Decoder::State : core::CodecState<DecoderOptions, core::DecoderNetwork> {
  State(std::shared_ptr<const Model> model_in, const DecoderOptions& options_in,
        core::Builder& builder)
      : CodecState(std::move(model_in), options_in, builder) {
    builder.Allocate(&last, packet_bytes);
    builder.Allocate(&repeated, core::kMaxBatchPackets * packet_bytes);
    std::fill_n(full_gains, core::kMaxBatchPackets, 1.0f);
  }

  void Reset() {
    network.Reset();
    last.Clear();
    gain = 0;
  }

  Status CheckRoom(size_t count, size_t capacity) const {
    return core::CheckRoom(capacity, count, packet, "frames");
  }

  // Decodes up to kMaxBatchPackets packets and writes them from `frame` on.
  void Step(size_t count, const uint8_t* bytes, const float* gains, float* const* pcm,
            size_t frame) {
    network.Step(count, bytes, gains, mid.data(), side.data());
    const size_t frames = count * packet;
    if (options.channels == 2) {
      kernels.from_mid_side(mid.data(), side.data(), pcm[0] + frame, pcm[1] + frame, frames);
    } else {
      // The mean of both channels is M/√2.
      for (size_t i = 0; i < frames; ++i) pcm[0][frame + i] = mid[i] * kHalfRoot;
    }
  }

  core::Buffer<uint8_t> last;                // the last packet that came, or was concealed
  core::Buffer<uint8_t> repeated;            // it, a batch of times
  float gain = 0;                            // of the last packet's sound; 0 until there was one
  float full_gains[core::kMaxBatchPackets];  // all 1
};

Decoder::Decoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Decoder::~Decoder() = default;

Result<std::unique_ptr<Decoder>> Decoder::Create(std::shared_ptr<const Model> model,
                                                 const DecoderOptions& options) {
  const Result<DecoderOptions> resolved = core::CheckOptions(model.get(), options);
  if (!resolved.ok()) return resolved.status();
  Result<std::unique_ptr<State>> state =
      core::MakeState<State>(std::move(model), *resolved, "a decoder", resolved->precision);
  if (!state.ok()) return state.status();
  std::unique_ptr<Decoder> decoder(new (std::nothrow) Decoder(std::move(*state)));
  if (decoder == nullptr) return core::NoMemoryFor("a decoder");
  return decoder;
}

Result<size_t> Decoder::Decode(std::span<const uint8_t> packets, float* const* pcm,
                               size_t capacity) {
  State& state = *state_;
  const Result<size_t> whole = core::CountPackets(packets, state.packet_bytes);
  if (!whole.ok()) return whole.status();
  const size_t count = *whole;
  if (Status status = state.CheckRoom(count, capacity); !status.ok()) return status;
  if (count == 0) return size_t{0};
  for (size_t done = 0; done < count;) {
    const size_t batch = std::min(count - done, core::kMaxBatchPackets);
    state.Step(batch, packets.data() + done * state.packet_bytes, state.full_gains, pcm,
               done * state.packet);
    done += batch;
  }
  std::memcpy(state.last.data(), packets.data() + (count - 1) * state.packet_bytes,
              state.packet_bytes);
  state.gain = 1;
  if (Status status = state.network.status(); !status.ok()) return status;
  return count * state.packet;
}

Result<size_t> Decoder::Conceal(size_t count, float* const* pcm, size_t capacity) {
  State& state = *state_;
  if (Status status = state.CheckRoom(count, capacity); !status.ok()) return status;
  for (size_t done = 0; done < count;) {
    const size_t batch = std::min(count - done, core::kMaxBatchPackets);
    float gains[core::kMaxBatchPackets];
    for (size_t i = 0; i < batch; ++i) {
      state.gain = state.gain > kSilence ? state.gain * kFade : 0.0f;
      gains[i] = state.gain;
      state.network.Repeat(state.last.data());
      std::memcpy(state.repeated.data() + i * state.packet_bytes, state.last.data(),
                  state.packet_bytes);
    }
    state.Step(batch, state.repeated.data(), gains, pcm, done * state.packet);
    done += batch;
  }
  if (Status status = state.network.status(); !status.ok()) return status;
  return count * state.packet;
}

void Decoder::Reset() { state_->Reset(); }

int Decoder::packet_bytes() const { return static_cast<int>(state_->packet_bytes); }

const DecoderOptions& Decoder::options() const { return state_->options; }

}  // namespace motet
