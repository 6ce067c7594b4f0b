// What the states of Encoder, Decoder and FeatureReader share: their members, how they are made,
// and the checks of what callers pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "arithmetic/buffer.h"
#include "arithmetic/kernels.h"
#include "layers/layer.h"
#include "model_file/model_data.h"
#include "motet/model.h"
#include "motet/status.h"

namespace motet::core {

inline Status NoMemoryFor(const char* what) {
  return Status(StatusCode::kOutOfMemory, std::string("no memory for ") + what);
}

// The quality that is meant by an option (0 = the model's default), or kInvalidArgument, also
// without a model.
inline Result<int> CheckQuality(const Model* model, int quality) {
  if (model == nullptr) return Status(StatusCode::kInvalidArgument, "there is no model");
  return ResolveQuality(*model, quality);
}

// The options of an encoder or a decoder with the quality that they mean, or kInvalidArgument.
template <typename Options>
Result<Options> CheckOptions(const Model* model, Options options) {
  const Result<int> quality = CheckQuality(model, options.quality);
  if (!quality.ok()) return quality.status();
  if (Status status = CheckChannels(options.channels); !status.ok()) return status;
  options.quality = *quality;
  return options;
}

// A state, whose constructor takes the model, `options` and a builder for its network. `what` names
// what is made, if there is no memory for it.
template <typename State, typename Options>
Result<std::unique_ptr<State>> MakeState(std::shared_ptr<const Model> model, const Options& options,
                                         const char* what,
                                         Precision precision = Precision::kFloat32) {
  const Model::Data& data = model->data();
  Builder builder(data.config, data.weights, kMaxBatchPackets, precision);
  std::unique_ptr<State> state(new (std::nothrow) State(std::move(model), options, builder));
  if (!builder.status().ok()) return builder.status();
  if (state == nullptr) return NoMemoryFor(what);
  return state;
}

// What Encoder and Decoder hold: a network, and room for a batch of samples between it and the PCM.
template <typename OptionsT, typename NetworkT>
struct CodecState {
  CodecState(std::shared_ptr<const Model> model_in, const OptionsT& options_in, Builder& builder)
      : model(std::move(model_in)),
        options(options_in),
        packet(model->data().config.packet),
        packet_bytes(model->data().config.packet_bytes(options.quality)),
        network(builder, options.quality) {
    builder.Allocate(&mid, kMaxBatchPackets * packet);
    builder.Allocate(&side, kMaxBatchPackets * packet);
  }

  const Kernels& kernels = BestKernels();
  const std::shared_ptr<const Model> model;
  const OptionsT options;  // with the quality that they mean
  const size_t packet;     // samples of a packet
  const size_t packet_bytes;
  NetworkT network;
  Buffer<float> mid;
  Buffer<float> side;
};

// How many packets these bytes are, or kInvalidArgument if not whole ones.
inline Result<size_t> CountPackets(std::span<const uint8_t> packets, size_t packet_bytes) {
  if (packets.size() % packet_bytes == 0) return packets.size() / packet_bytes;
  return Status(StatusCode::kInvalidArgument, std::to_string(packets.size()) +
                                                  " bytes are not whole packets of " +
                                                  std::to_string(packet_bytes));
}

// kInvalidArgument unless there is room for `count` units of `size`; `unit` says of what.
inline Status CheckRoom(size_t room, size_t count, size_t size, const char* unit) {
  if (room / size >= count) return {};
  return Status(StatusCode::kInvalidArgument, "room for " + std::to_string(room) + " " + unit +
                                                  ", wanted " + std::to_string(count * size));
}

}  // namespace motet::core
