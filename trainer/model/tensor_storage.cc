#include "model/tensor_storage.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace motet::trainer {
namespace {

template <typename T>
std::vector<T> CopyOf(const NamedTensor& tensor) {
  std::vector<T> values(static_cast<size_t>(tensor.size()));
  if (tensor.data.size() != values.size() * sizeof(T)) {
    throw std::runtime_error("tensor " + tensor.name + ": holds " +
                             std::to_string(tensor.data.size()) + " bytes, but shape " +
                             ShapeText(tensor.shape) + " of " + DTypeName(tensor.dtype) +
                             " takes " + std::to_string(values.size() * sizeof(T)));
  }
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

template <typename T>
void Append(std::vector<std::byte>& bytes, std::span<const T> values) {
  const auto view = std::as_bytes(values);
  bytes.insert(bytes.end(), view.begin(), view.end());
}

std::vector<std::byte> QuantizeRows(std::span<const float> values, int64_t rows) {
  const size_t row_size = rows == 0 ? 0 : values.size() / static_cast<size_t>(rows);
  std::vector<float> scales;
  std::vector<int8_t> steps;
  steps.reserve(values.size());
  for (int64_t row = 0; row < rows; ++row) {
    const auto weights = values.subspan(static_cast<size_t>(row) * row_size, row_size);
    float peak = 0;
    for (const float w : weights) peak = std::max(peak, std::abs(w));
    const float scale = peak / kInt8Steps;
    scales.push_back(scale);
    for (const float w : weights) {
      // A peak below the smallest normal float may give scale 0: the row is then zero, which is as
      // near as int8 comes.
      const float step = scale > 0 ? std::nearbyint(w / scale) : 0;
      constexpr auto kMost = static_cast<float>(kInt8Steps);
      steps.push_back(static_cast<int8_t>(std::clamp(step, -kMost, kMost)));
    }
  }
  std::vector<std::byte> bytes;
  Append<float>(bytes, scales);
  Append<int8_t>(bytes, steps);
  return bytes;
}

std::vector<float> DequantizeRows(const NamedTensor& tensor) {
  if (tensor.shape.empty() || tensor.data.size() != StoredBytes(tensor.dtype, tensor.shape)) {
    throw std::runtime_error(
        "tensor " + tensor.name + ": holds " + std::to_string(tensor.data.size()) +
        " bytes, which is not an int8 tensor of shape " + ShapeText(tensor.shape));
  }
  const auto rows = static_cast<size_t>(tensor.shape[0]);
  const auto size = static_cast<size_t>(tensor.size());
  std::vector<float> values(size);
  const std::byte* steps = tensor.data.data() + 4 * rows;
  for (size_t i = 0; i < size; ++i) {
    float scale = 0;
    std::memcpy(&scale, tensor.data.data() + 4 * (i / (size / rows)), sizeof scale);
    values[i] = scale * static_cast<float>(static_cast<int8_t>(steps[i]));
  }
  return values;
}

void CheckCount(const NamedTensor& tensor, size_t values) {
  if (tensor.size() == static_cast<int64_t>(values)) return;
  throw std::runtime_error("tensor " + tensor.name + ": " + std::to_string(values) +
                           " values do not fill shape " + ShapeText(tensor.shape));
}

}  // namespace

uint16_t HalfFromFloat(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000U);
  const uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) return sign | 0x7E00U;   // not a number
  if (magnitude >= 0x47800000U) return sign | 0x7C00U;  // 65536 and more
  if (magnitude < 0x38800000U) {  // below 2^-14: a multiple of 2^-24, which the addition rounds to
    const float aligned =
        std::bit_cast<float>(magnitude) + 0.5F;  // the last bit of a float in [0.5, 1) is 2^-24
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(aligned) - 0x3F000000U));
  }
  const uint32_t rounded = magnitude + 0x0FFFU + ((magnitude >> 13) & 1U);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000U) >> 13));
}

float FloatFromHalf(uint16_t half) {
  const uint32_t sign = (half & 0x8000U) << 16;
  const uint32_t exponent = (half >> 10) & 0x1FU;
  const uint32_t fraction = half & 0x3FFU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

NamedTensor StoreFloats(std::string name, std::vector<int64_t> shape, std::span<const float> values,
                        DType dtype) {
  NamedTensor tensor{
      .name = std::move(name), .dtype = dtype, .shape = std::move(shape), .data = {}};
  const auto fail = [&](const std::string& what) {
    throw std::runtime_error("tensor " + tensor.name + ": " + what);
  };
  CheckCount(tensor, values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      fail("value " + std::to_string(i) + " is " + std::to_string(values[i]) +
           ", not a finite number");
  }
  switch (dtype) {
    case DType::kF32:
      Append(tensor.data, values);
      break;
    case DType::kF16: {
      std::vector<uint16_t> halves;
      for (const float value : values) halves.push_back(HalfFromFloat(value));
      const auto infinite = std::find_if(halves.begin(), halves.end(),
                                         [](uint16_t h) { return (h & 0x7FFFU) == 0x7C00U; });
      if (infinite != halves.end()) {
        fail("value " + std::to_string(values[static_cast<size_t>(infinite - halves.begin())]) +
             " is beyond f16, whose largest is 65504");
      }
      Append<uint16_t>(tensor.data, halves);
      break;
    }
    case DType::kInt8:
      if (tensor.shape.empty()) fail("a scalar has no rows to store as int8");
      tensor.data = QuantizeRows(values, tensor.shape[0]);
      break;
    default:
      fail(std::string("floats cannot be stored as ") + DTypeName(dtype));
  }
  return tensor;
}

NamedTensor StoreIntegers(std::string name, std::vector<int64_t> shape,
                          std::span<const float> values) {
  NamedTensor tensor{
      .name = std::move(name), .dtype = DType::kInt8, .shape = std::move(shape), .data = {}};
  const auto fail = [&](const std::string& what) {
    throw std::runtime_error("tensor " + tensor.name + ": " + what);
  };
  CheckCount(tensor, values.size());
  if (tensor.shape.empty()) fail("a scalar has no rows to store as int8");
  std::vector<int8_t> integers;
  for (const float value : values) {
    if (value != std::nearbyint(value) || std::abs(value) > 127) {
      fail("value " + std::to_string(integers.size()) + " is " + std::to_string(value) +
           ", not an integer from -127 to 127");
    }
    integers.push_back(static_cast<int8_t>(value));
  }
  const std::vector<float> scales(static_cast<size_t>(tensor.shape[0]), 1.0F);
  Append<float>(tensor.data, scales);
  Append<int8_t>(tensor.data, integers);
  return tensor;
}

std::vector<float> LoadFloats(const NamedTensor& tensor) {
  switch (tensor.dtype) {
    case DType::kF32:
      return CopyOf<float>(tensor);
    case DType::kF16: {
      std::vector<float> values;
      for (const uint16_t half : CopyOf<uint16_t>(tensor)) values.push_back(FloatFromHalf(half));
      return values;
    }
    case DType::kInt8:
      return DequantizeRows(tensor);
    case DType::kF64: {
      std::vector<float> values;
      for (const double value : CopyOf<double>(tensor)) values.push_back(static_cast<float>(value));
      return values;
    }
    default:
      throw std::runtime_error("tensor " + tensor.name + ": holds " + DTypeName(tensor.dtype) +
                               ", wanted f32, f16, int8 or f64");
  }
}

}  // namespace motet::trainer
