#include "motet/encoder.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "codec/codec_state.h"
#include "codec/encoder_network.h"

namespace motet {
namespace {

// Larger samples are clamped: 60 dB above full scale, far below what could overflow.
constexpr float kLoudest = 1000.0f;

}  // namespace

struct Encoder::State : core::CodecState<EncoderOptions, core::EncoderNetwork> {
  State(std::shared_ptr<const Model> model_in, const EncoderOptions& options_in,
        core::Builder& builder)
      : CodecState(std::move(model_in), options_in, builder) {
    // As many as Flush may have to add.
    const size_t most = model->data().config.delay() + packet - 1;
    builder.Allocate(&last_mid, most);
    builder.Allocate(&last_side, most);
  }

  void Reset() {
    network.Reset();
    pending = 0;
    samples = 0;
    packets = 0;
  }

  Status CheckRoom(size_t count, std::span<uint8_t> out) const {
    return core::CheckRoom(out.size(), count, packet_bytes, "bytes of packets");
  }

  // Takes samples and appends packets to `out`, which has room for them.
  uint8_t* Take(const float* left, const float* right, size_t frames, uint8_t* out) {
    while (frames > 0) {
      const size_t count = std::min(frames, mid.size() - pending);
      kernels.to_mid_side(left, right, kLoudest, mid.data() + pending, side.data() + pending,
                          count);
      Remember(count);
      left += count;
      right += count;
      frames -= count;
      pending += count;
      samples += count;
      if (frames == 0 || pending == mid.size()) out = Step(out);
    }
    return out;
  }

  // Keeps the `count` samples behind those that are pending, of which `samples` came before.
  void Remember(size_t count) {
    const size_t size = last_mid.size();
    for (size_t done = count - std::min(count, size); done < count;) {
      const size_t at = (samples + done) % size;
      const size_t now = std::min(count - done, size - at);
      std::memcpy(last_mid.data() + at, mid.data() + pending + done, now * sizeof(float));
      std::memcpy(last_side.data() + at, side.data() + pending + done, now * sizeof(float));
      done += now;
    }
  }

  // Appends `count` samples to those that are pending, the first of them `index` samples after the
  // end: the signal mirrored there, and silence where it was too short.
  void Continue(size_t index, size_t count) {
    for (size_t i = index; i < index + count; ++i, ++pending) {
      const bool is_there = i < std::min<uint64_t>(samples, last_mid.size());
      const size_t at = is_there ? (samples - 1 - i) % last_mid.size() : 0;
      mid[pending] = is_there ? last_mid[at] : 0;
      side[pending] = is_there ? last_side[at] : 0;
    }
  }

  // Encodes the whole packets that are pending.
  uint8_t* Step(uint8_t* out) {
    const size_t count = pending / packet;
    if (count == 0) return out;
    network.Step(count, mid.data(), side.data(), out);
    pending -= count * packet;
    for (core::Buffer<float>* signal : {&mid, &side}) {
      std::memmove(signal->data(), signal->data() + count * packet, pending * sizeof(float));
    }
    packets += count;
    return out + count * packet_bytes;
  }

  size_t pending = 0;            // samples in mid and side
  core::Buffer<float> last_mid;  // the last samples taken, number i at place i % size
  core::Buffer<float> last_side;
  uint64_t samples = 0;  // taken since the beginning
  uint64_t packets = 0;  // written since the beginning
};

Encoder::Encoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Encoder::~Encoder() = default;

Result<std::unique_ptr<Encoder>> Encoder::Create(std::shared_ptr<const Model> model,
                                                 const EncoderOptions& options) {
  const Result<EncoderOptions> resolved = core::CheckOptions(model.get(), options);
  if (!resolved.ok()) return resolved.status();
  Result<std::unique_ptr<State>> state =
      core::MakeState<State>(std::move(model), *resolved, "an encoder");
  if (!state.ok()) return state.status();
  std::unique_ptr<Encoder> encoder(new (std::nothrow) Encoder(std::move(*state)));
  if (encoder == nullptr) return core::NoMemoryFor("an encoder");
  return encoder;
}

size_t Encoder::MaxOutputBytes(size_t frames) const {
  const size_t packet = state_->packet;
  // frames + packet - 1 could overflow.
  return (frames / packet + (frames % packet + packet - 1) / packet) * state_->packet_bytes;
}

Result<size_t> Encoder::Encode(const float* const* pcm, size_t frames, std::span<uint8_t> out) {
  State& state = *state_;
  const size_t packet = state.packet;
  const size_t packets = frames / packet + (frames % packet + state.pending) / packet;
  if (Status status = state.CheckRoom(packets, out); !status.ok()) return status;
  if (frames == 0) return size_t{0};
  const float* left = pcm[0];
  const float* right = state.options.channels == 2 ? pcm[1] : pcm[0];
  uint8_t* end = state.Take(left, right, frames, out.data());
  if (Status status = state.network.status(); !status.ok()) return status;
  return static_cast<size_t>(end - out.data());
}

Result<size_t> Encoder::Flush(std::span<uint8_t> out) {
  State& state = *state_;
  const size_t packet = state.packet;
  const uint64_t delay = state.model->data().config.delay();
  const uint64_t total = (state.samples + delay + packet - 1) / packet;
  const size_t missing = static_cast<size_t>(total - state.packets);
  if (Status status = state.CheckRoom(missing, out); !status.ok()) return status;
  uint8_t* end = out.data();
  // Whole batches: a step only when everything is there, or the buffer is full.
  const size_t wanted = missing * packet - state.pending;
  for (size_t done = 0; done < wanted;) {
    const size_t count = std::min(wanted - done, state.mid.size() - state.pending);
    state.Continue(done, count);
    done += count;
    end = state.Step(end);
  }
  Status status = state.network.status();
  state.Reset();
  if (!status.ok()) return status;
  return static_cast<size_t>(end - out.data());
}

size_t Encoder::MaxFlushBytes() const {
  const size_t packet = state_->packet;
  const size_t delay = state_->model->data().config.delay();
  return (packet - 1 + delay + packet - 1) / packet * state_->packet_bytes;
}

void Encoder::Reset() { state_->Reset(); }

int Encoder::packet_bytes() const { return static_cast<int>(state_->packet_bytes); }

const EncoderOptions& Encoder::options() const { return state_->options; }

}  // namespace motet
