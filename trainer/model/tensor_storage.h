// Between float values and the storages of the container: f32, f16 (IEEE binary16) and int8 with
// one scale per row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/tensor_file.h"

namespace motet::trainer {

uint16_t HalfFromFloat(float value);  // nearest, ties to even; too large becomes infinity
float FloatFromHalf(uint16_t half);

// The largest step of weights stored as int8. A little less than the 127 that fit takes a twelfth
// of a bit from each weight of a compressed file, and adds 6 % to an error that hardly counts.
inline constexpr int kInt8Steps = 120;

// A tensor of `values` stored as f32, f16 or int8. Int8 is symmetric with one scale = max|w| / 120
// for each index of the first dimension, so no value is off by more than half a scale. Throws
// std::runtime_error naming the tensor if the number of values does not fit the shape, if int8 is
// wanted of a scalar, or if a value is not finite in the storage.
NamedTensor StoreFloats(std::string name, std::vector<int64_t> shape, std::span<const float> values,
                        DType dtype);

// A tensor of integers from -127 to 127 stored as int8 with scales of 1, so that nothing is
// rounded. Throws std::runtime_error naming the tensor if a value is not one, if the number of
// values does not fit the shape, or if that is a scalar's.
NamedTensor StoreIntegers(std::string name, std::vector<int64_t> shape,
                          std::span<const float> values);

// The values of a tensor of dtype f32, f16 or int8; f64 is rounded. Throws std::runtime_error on
// another dtype.
std::vector<float> LoadFloats(const NamedTensor& tensor);

}  // namespace motet::trainer
