// An entropy model for a codec whose codes are those of another one.
#pragma once

#include <string>

#include "trained_model.h"

namespace motet::exporter {

// Gives `model` the entropy model of the model file `path`, and with it a new identity. Both must
// make the same codes, tones and levels of bands: where only the decoder was trained further
// (`training.learn` is "decoder"), encoder and quantizers are the same to within rounding, 1e-5 of
// a tensor's largest value, as they are or as a file of `storage` keeps them. Throws
// std::runtime_error that names the file and the first tensor that differs, or `tones` or `bands`,
// or says that the file has no entropy model.
void TakeEntropyModel(TrainedModel& model, const std::string& path, trainer::DType storage);

}  // namespace motet::exporter
