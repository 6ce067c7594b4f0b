#include "motet/feature_reader.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "codec/codec_state.h"
#include "layers/conditioning.h"
#include "layers/quantizer.h"

namespace motet {

struct FeatureReader::State {
  State(std::shared_ptr<const Model> model_in, int quality, core::Builder& builder)
      : model(std::move(model_in)),
        packet_bytes(model->data().config.packet_bytes(quality)),
        coarse(builder, kCoarse, quality),
        mid(builder, kMid, quality),
        conditioning(builder) {
    const size_t latent = builder.config().quantizer.latent;
    builder.Allocate(&zq_coarse, builder.max_frames(kCoarse) * latent);
    builder.Allocate(&zq_mid, builder.max_frames(kMid) * latent);
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
  const Result<int> resolved = core::CheckQuality(model.get(), quality);
  if (!resolved.ok()) return resolved.status();
  Result<std::unique_ptr<State>> state =
      core::MakeState<State>(std::move(model), *resolved, "a feature reader");
  if (!state.ok()) return state.status();
  std::unique_ptr<FeatureReader> reader(new (std::nothrow) FeatureReader(std::move(*state)));
  if (reader == nullptr) return core::NoMemoryFor("a feature reader");
  return reader;
}

Result<size_t> FeatureReader::Read(std::span<const uint8_t> packets, std::span<float> rows) {
  State& state = *state_;
  const Result<size_t> whole = core::CountPackets(packets, state.packet_bytes);
  if (!whole.ok()) return whole.status();
  const size_t count = *whole;
  constexpr size_t kValuesPerPacket = kRowsPerPacket * kFeatures;
  if (Status status = core::CheckRoom(rows.size(), count, kValuesPerPacket, "values"); !status.ok())
    return status;
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
