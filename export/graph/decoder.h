// decoder.onnx: codes to waveform.
#pragma once

#include <onnx/onnx_pb.h>

#include "trained_model.h"

namespace motet::exporter {

// Input `codes` int64 [1, P, 28], more with tones or levels of bands: packets of the highest
// quality; 256 means absent, so a packet of a lower quality is filled up with 256. Tones need
// packets that begin at an even number of the stream. Outputs `audio` float [1, 2, 1024 P], left
// and right, `delay_samples` late (the delay is still in it), and `features` float [1, 2 P, 17],
// the music features in 0..1. Starts from silence.
onnx::ModelProto DecoderGraph(const TrainedModel& model);

}  // namespace motet::exporter
