#include "motet/feature_reader.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "layers/conditioning.h"
#include "layers/quantizer.h"
#include "model_file/model_data.h"

namespace motet {

struct FeatureReader::State {
  State(std::shared_ptr<const Model> model_in, int quality, core::Builder& builder)
      : model(std::move(model_in)),
        packet_bytes(model->data().config.packet_bytes(quality)),
        coarse(builder, core::kCoarse, quality),
        mid(builder, core::kMid, quality),
        conditioning(builder) {
    const size_t latent = builder.config().quantizer.latent;
    builder.Allocate(&zq_coarse, builder.max_frames(core::kCoarse) * latent);
    builder.Allocate(&zq_mid, builder.max_frames(core::kMid) * latent);
    layers = builder.TakeLayers();
  }

  const std::shared_ptr<const Model> model;
  const size_t packet_bytes;
  core::Dequantizer coarse;
  core::Dequantizer mid;
  core::Conditioning conditioning;
  core::Buffer<float> zq_coarse;
  core::Buffer<float> zq_mid;
  core::LayerList layers;
};

const std::array<const char*, FeatureReader::kFeatures>& FeatureReader::Names() {
  static constexpr std::array<const char*, kFeatures> kNames = {
      "C", "C#", "D", "D#",    "E",        "F",      "F#",       "G",      "G#",
      "A", "A#", "B", "onset", "centroid", "spread", "flatness", "rolloff"};
  return kNames;
}

FeatureReader::FeatureReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeatureReader::~FeatureReader() = default;

Result<std::unique_ptr<FeatureReader>> FeatureReader::Create(std::shared_ptr<const Model> model,
                                                             int quality) {
  if (model == nullptr) return Status(StatusCode::kInvalidArgument, "there is no model");
  const Result<int> resolved = core::ResolveQuality(*model, quality);
  if (!resolved.ok()) return resolved.status();

  const Model::Data& data = model->data();
  core::Builder builder(data.config, data.weights, core::kMaxBatchPackets);
  std::unique_ptr<State> state(new (std::nothrow) State(std::move(model), *resolved, builder));
  if (!builder.status().ok()) return builder.status();
  std::unique_ptr<FeatureReader> reader(
      state == nullptr ? nullptr : new (std::nothrow) FeatureReader(std::move(state)));
  if (reader == nullptr) return Status(StatusCode::kOutOfMemory, "no memory for a feature reader");
  return reader;
}

Result<size_t> FeatureReader::Read(std::span<const uint8_t> packets, std::span<float> rows) {
  State& state = *state_;
  if (packets.size() % state.packet_bytes != 0) {
    return Status(StatusCode::kInvalidArgument, std::to_string(packets.size()) +
                                                    " bytes are not whole packets of " +
                                                    std::to_string(state.packet_bytes));
  }
  const size_t count = packets.size() / state.packet_bytes;
  constexpr size_t kValuesPerPacket = kRowsPerPacket * kFeatures;
  if (rows.size() / kValuesPerPacket < count) {
    return Status(StatusCode::kInvalidArgument, "room for " + std::to_string(rows.size()) +
                                                    " values, wanted " +
                                                    std::to_string(count * kValuesPerPacket));
  }
  for (size_t done = 0; done < count;) {
    const size_t batch = std::min(count - done, core::kMaxBatchPackets);
    const uint8_t* bytes = packets.data() + done * state.packet_bytes;
    state.coarse.Step(batch, bytes, state.zq_coarse.data());
    state.mid.Step(batch, bytes, state.zq_mid.data());
    state.conditioning.Step(batch, state.zq_coarse.data(), state.zq_mid.data(),
                            rows.data() + done * kValuesPerPacket);
    done += batch;
  }
  if (Status status = state.layers.status(); !status.ok()) return status;
  return kRowsPerPacket * count;
}

int FeatureReader::packet_bytes() const { return static_cast<int>(state_->packet_bytes); }

}  // namespace motet
