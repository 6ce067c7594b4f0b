#include "motet/stream_encoder.h"

#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "arithmetic/buffer.h"
#include "motet/encoder.h"
#include "stream/stream_layout.h"

namespace motet {
namespace {

constexpr size_t kBlockPackets = 28;  // encoded at once: what a step of the network takes

Status Invalid(const std::string& what) {
  return {StatusCode::kInvalidArgument, "stream encoder: " + what};
}

}  // namespace

struct StreamEncoder::State {
  State(std::unique_ptr<Encoder> encoder_in, StreamWriter writer_in, int packets_per_page_in)
      : encoder(std::move(encoder_in)),
        writer(std::move(writer_in)),
        promised(writer.header().samples),
        packet_bytes(static_cast<size_t>(encoder->packet_bytes())),
        packets_per_page(static_cast<size_t>(packets_per_page_in)),
        header_bytes(writer.HeaderBytes()) {}

  // Appends the header, once.
  void Begin(std::vector<uint8_t>* out) {
    out->insert(out->end(), header_bytes.begin(), header_bytes.end());
    header_bytes.clear();
  }
  Status Write(const Result<size_t>& made, std::vector<uint8_t>* out) {
    Status status = made.ok() ? writer.Write(std::span(packets.data(), *made), out) : made.status();
    if (!status.ok()) failure = status;
    return status;
  }
  // The most bytes of pages that `count` more packets may fill, together with those that wait.
  size_t MaxPages(size_t count, bool last_one_too) const {
    const size_t waiting = packets_per_page - 1;
    const size_t pages = (waiting + count + (last_one_too ? waiting : 0)) / packets_per_page;
    const size_t page = stream_layout::kPageHeaderBytes + packets_per_page * packet_bytes;
    return pages * page;
  }

  const std::unique_ptr<Encoder> encoder;
  StreamWriter writer;
  const uint64_t promised;
  const size_t packet_bytes;
  const size_t packets_per_page;
  std::vector<uint8_t> header_bytes;  // empty once they went out
  core::Buffer<uint8_t> packets;      // of a block
  size_t block = 0;                   // samples per channel
  uint64_t samples = 0;
  bool finished = false;
  Status failure;  // final
};

StreamEncoder::StreamEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
StreamEncoder::~StreamEncoder() = default;

Result<std::unique_ptr<StreamEncoder>> StreamEncoder::Create(std::shared_ptr<const Model> model,
                                                             StreamEncoderOptions options) {
  if (model == nullptr) return Invalid("there is no model");
  const ModelInfo& info = model->info();
  if (options.sample_rate != info.sample_rate) {
    return Invalid("sample rate is " + std::to_string(options.sample_rate) + " Hz, wanted " +
                   std::to_string(info.sample_rate) + ", the model's: resample first");
  }
  Result<std::unique_ptr<Encoder>> encoder =
      Encoder::Create(model, {.quality = options.quality, .channels = options.channels});
  if (!encoder.ok()) return encoder.status();
  StreamHeader header = MakeStreamHeader(*model, (*encoder)->options().quality, options.channels,
                                         options.coding.value_or(DefaultCoding(info)));
  header.samples = options.samples;
  header.tags = std::move(options.tags);
  Result<StreamWriter> writer =
      StreamWriter::Create(std::move(header), options.packets_per_page, std::move(model));
  if (!writer.ok()) return writer.status();

  std::unique_ptr<State> state(
      new (std::nothrow) State(std::move(*encoder), std::move(*writer), options.packets_per_page));
  if (state != nullptr) {
    state->block = kBlockPackets * static_cast<size_t>(kStreamPacketSamples);
    const size_t most =
        std::max(state->encoder->MaxOutputBytes(state->block), state->encoder->MaxFlushBytes());
    if (!state->packets.Allocate(most)) state = nullptr;
  }
  std::unique_ptr<StreamEncoder> made(
      state == nullptr ? nullptr : new (std::nothrow) StreamEncoder(std::move(state)));
  if (made == nullptr) return Status(StatusCode::kOutOfMemory, "no memory for an encoder");
  return made;
}

Status StreamEncoder::Encode(const float* const* pcm, size_t frames, std::vector<uint8_t>* out) {
  State& state = *state_;
  if (!state.failure.ok()) return state.failure;
  if (state.finished) return Invalid("samples after the end of the stream");
  if (frames > state.promised - state.samples) {
    return Invalid("more samples than the " + std::to_string(state.promised) +
                   " that were promised");
  }
  state.Begin(out);
  const auto channels = static_cast<size_t>(state.encoder->options().channels);
  for (size_t done = 0; done < frames;) {
    const size_t now = std::min(frames - done, state.block);
    const float* planes[2] = {};
    for (size_t c = 0; c < channels; ++c) planes[c] = pcm[c] + done;
    const std::span packets(state.packets.data(), state.packets.size());
    if (Status s = state.Write(state.encoder->Encode(planes, now, packets), out); !s.ok()) return s;
    done += now;
    state.samples += now;
  }
  return {};
}

Status StreamEncoder::Finish(std::vector<uint8_t>* out) {
  State& state = *state_;
  if (!state.failure.ok()) return state.failure;
  if (state.finished) return Invalid("the stream has ended already");
  if (state.promised != kUnknownSamples && state.samples != state.promised) {
    return Invalid(std::to_string(state.samples) + " samples came, " +
                   std::to_string(state.promised) + " were promised");
  }
  state.Begin(out);
  const std::span packets(state.packets.data(), state.packets.size());
  if (Status s = state.Write(state.encoder->Flush(packets), out); !s.ok()) return s;
  state.finished = true;
  return state.writer.Finish(state.samples, out);
}

size_t StreamEncoder::MaxOutputBytes(size_t frames) const {
  const size_t packets = state_->encoder->MaxOutputBytes(frames) / state_->packet_bytes;
  return state_->header_bytes.size() + state_->MaxPages(packets, false);
}

size_t StreamEncoder::MaxFinishBytes() const {
  const size_t packets = state_->encoder->MaxFlushBytes() / state_->packet_bytes;
  return state_->header_bytes.size() + state_->MaxPages(packets, true) +
         stream_layout::kPageHeaderBytes + stream_layout::kEndPayloadBytes;
}

std::vector<uint8_t> StreamEncoder::HeaderBytes() const { return state_->writer.HeaderBytes(); }
const StreamHeader& StreamEncoder::header() const { return state_->writer.header(); }
uint64_t StreamEncoder::samples() const { return state_->samples; }

}  // namespace motet
