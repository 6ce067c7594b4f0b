// encoder.onnx: waveform to codes.
#pragma once

#include <onnx/onnx_pb.h>

#include "trained_model.h"

namespace motet::exporter {

// Input `audio` float [1, 2, N], left and right at the model's sample rate, N a multiple of the
// packet's samples (1024). Output `codes` int64 [1, N / 1024, 28], more with tones or levels of
// bands: every packet at the highest quality, byte for byte, so that the first columns are the
// packet of a lower quality. Starts from silence.
onnx::ModelProto EncoderGraph(const TrainedModel& model);

}  // namespace motet::exporter
