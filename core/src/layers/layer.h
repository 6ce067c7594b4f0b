// What all layers share, and the builder that gives a network's layers their weights and memory.
//
// Every layer is causal: Step takes a number of frames and gives as many. A layer keeps the past
// that it needs, so that the cut of a signal into steps does not change a bit of the result.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "arithmetic/buffer.h"
#include "model_config/model_config.h"
#include "model_file/weights.h"
#include "motet/decoder.h"
#include "motet/status.h"

namespace motet::core {

class Layer {
 public:
  Layer() = default;
  Layer(const Layer&) = delete;  // the network's list of layers points at it
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer() = default;

  // Back to the state of a new layer.
  virtual void Reset() {}
  // Multiply-adds of one frame at the layer's own rate.
  virtual double multiply_adds() const { return 0; }
  // The status number with which XNNPACK refused a step, or 0. It is not expected to refuse one:
  // it checks nothing there that was not checked when the operator was created.
  virtual int failure() const { return 0; }
};

// The layers of a network, in the order of their construction.
class LayerList {
 public:
  void Add(Layer* layer, Level rate) { entries_.push_back({layer, rate}); }
  void Reset() {
    for (const Entry& entry : entries_) entry.layer->Reset();
  }
  // kInternal if a layer failed.
  Status status() const {
    for (const Entry& entry : entries_) {
      if (const int failure = entry.layer->failure(); failure != 0) {
        return Status(StatusCode::kInternal,
                      "XNNPACK refused a matrix product with status " + std::to_string(failure));
      }
    }
    return {};
  }
  double multiply_adds_per_packet() const {
    double sum = 0;
    for (const Entry& entry : entries_) {
      sum += entry.layer->multiply_adds() * static_cast<double>(kFramesPerPacket[entry.rate]);
    }
    return sum;
  }

 private:
  struct Entry {
    Layer* layer;
    Level rate;
  };
  std::vector<Entry> entries_;
};

// Passed through the constructors of a network's layers. It keeps the first error; after an error
// the network must not be used.
class Builder {
 public:
  Builder(const ModelConfig& config, Weights& weights, size_t max_packets,
          Precision precision = Precision::kFloat32)
      : config_(config), weights_(weights), max_packets_(max_packets), precision_(precision) {}

  const ModelConfig& config() const { return config_; }
  Weights& weights() { return weights_; }
  // Frames of the longest step at a level's rate.
  size_t max_frames(Level rate) const { return max_packets_ * kFramesPerPacket[rate]; }
  size_t max_packets() const { return max_packets_; }
  // Of the products of blocks, where most of the work is.
  Precision precision() const { return precision_; }

  void Register(Layer* layer, Level rate) { layers_.Add(layer, rate); }
  LayerList TakeLayers() { return std::move(layers_); }

  // Small objects cannot say that there is no memory for them: so much stays free behind each
  // buffer.
  static constexpr size_t kHeadroom = size_t{1} << 14;

  template <typename T>
  void Allocate(Buffer<T>* buffer, size_t size) {
    if (!status_.ok()) return;
    Buffer<uint8_t> headroom;
    if (buffer->Allocate(size) && headroom.AllocateForOverwrite(kHeadroom)) return;
    *buffer = Buffer<T>();
    status_ = Status(StatusCode::kOutOfMemory,
                     "no memory for " + std::to_string(size * sizeof(T)) + " bytes of state");
  }
  // The value of `result`, or T() after an error.
  template <typename T>
  T Take(Result<T> result) {
    if (status_.ok() && !result.ok()) status_ = result.status();
    return status_.ok() ? std::move(*result) : T();
  }

  const Status& status() const { return status_; }

 private:
  const ModelConfig& config_;
  Weights& weights_;
  const size_t max_packets_;
  const Precision precision_;
  LayerList layers_;
  Status status_;
};

}  // namespace motet::core
