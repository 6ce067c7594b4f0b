#include "model_file/tensor_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "arithmetic/crc32.h"
#include "arithmetic/kernels.h"

namespace motet::core {
namespace {

constexpr uint8_t kMagic[8] = {'M', 'O', 'T', 'E', 'T', 'M', 'D', 'L'};
constexpr uint32_t kFormatVersion = 1;
constexpr uint64_t kHeaderBytes = 64;
constexpr uint64_t kAlignment = 64;
constexpr size_t kMaxRank = 4;
// More values than any file of a sane size holds; keeps products of shapes far from overflow.
constexpr uint64_t kMaxValues = uint64_t{1} << 32;

template <typename T>
T IntegerAt(std::span<const uint8_t> bytes, size_t offset) {
  T value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  } else {
    for (size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes[offset + i]) << (8 * i)));
  }
  return value;
}

// Little-endian integers from a span that shrinks as they are taken.
class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool Has(size_t count) const { return bytes_.size() >= count; }
  bool done() const { return bytes_.empty(); }

  std::span<const uint8_t> Take(size_t count) {
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  template <typename T>
  T Integer() {
    return IntegerAt<T>(Take(sizeof(T)), 0);
  }

 private:
  std::span<const uint8_t> bytes_;
};

float FloatAt(std::span<const uint8_t> bytes, size_t offset) {
  return __builtin_bit_cast(float, IntegerAt<uint32_t>(bytes, offset));
}

// IEEE 754 binary16 to binary32, exact.
float HalfToFloat(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1Fu;
  const uint32_t fraction = half & 0x3FFu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 0x1F ? 0xFFu : exponent + 112;
  return __builtin_bit_cast(float, sign | wide << 23 | fraction << 13);
}

// Calls `visit` with the scale of each row of an int8 tensor, its steps, and the number of its
// first value.
template <typename Visitor>
void ForEachRow(const StoredTensor& tensor, const Visitor& visit) {
  const size_t rows = tensor.shape[0];
  const size_t row = rows == 0 ? 0 : tensor.size() / rows;
  for (size_t r = 0; r < rows; ++r)
    visit(FloatAt(tensor.data, 4 * r), std::span(tensor.steps() + r * row, row), r * row);
}

std::string Bytes(uint64_t count) { return std::to_string(count) + " bytes"; }

// One pass over a file; every check is here, in the order of the bytes.
class Parser {
 public:
  Parser(std::span<const uint8_t> file, const std::string& name) : file_(file), name_(name) {}

  Status Header() {
    const size_t seen = std::min(file_.size(), sizeof kMagic);
    if (!std::equal(kMagic, kMagic + seen, file_.begin())) {
      return Fail(StatusCode::kNotMotet, "is not a Motet model (it does not begin with MOTETMDL)");
    }
    if (file_.size() < kHeaderBytes) {
      return Fail(StatusCode::kTruncated,
                  "ends after " + Bytes(file_.size()) + ", within the header of 64");
    }
    const auto version = IntegerAt<uint32_t>(file_, 8);
    if (version != kFormatVersion) {
      return Fail(StatusCode::kUnsupportedVersion,
                  "has model format version " + std::to_string(version) +
                      ", but this program reads version " + std::to_string(kFormatVersion));
    }
    if (Crc32(file_.first(60)) != IntegerAt<uint32_t>(file_, 60)) {
      return Fail(StatusCode::kCorrupt, "the checksum of the header does not match");
    }
    if (!IsZero(36, 60)) {
      return Fail(StatusCode::kCorrupt, "the reserved bytes of the header are not zero");
    }
    json_bytes_ = IntegerAt<uint32_t>(file_, 12);
    tensors_ = IntegerAt<uint32_t>(file_, 16);
    table_bytes_ = IntegerAt<uint32_t>(file_, 20);
    const auto file_bytes = IntegerAt<uint64_t>(file_, 24);
    if (file_.size() < file_bytes) {
      return Fail(StatusCode::kTruncated, "has " + Bytes(file_.size()) + ", but its header says " +
                                              std::to_string(file_bytes));
    }
    if (file_.size() > file_bytes) {
      return Fail(StatusCode::kCorrupt, "has " + Bytes(file_.size()) + ", but its header says " +
                                            std::to_string(file_bytes));
    }
    if (json_bytes_ + table_bytes_ > file_.size() - kHeaderBytes) {
      return Fail(StatusCode::kCorrupt, "the configuration and the tensor table do not fit");
    }
    const auto front = file_.subspan(kHeaderBytes, json_bytes_ + table_bytes_);
    if (Crc32(front) != IntegerAt<uint32_t>(file_, 32)) {
      return Fail(StatusCode::kCorrupt,
                  "the checksum of the configuration and the tensor table does not match");
    }
    end_ = kHeaderBytes + front.size();
    return {};
  }

  std::span<const uint8_t> json() const { return file_.subspan(kHeaderBytes, json_bytes_); }

  Status Table(std::map<std::string, StoredTensor, std::less<>>* tensors) {
    ByteReader table(file_.subspan(kHeaderBytes + json_bytes_, table_bytes_));
    for (uint64_t i = 0; i < tensors_; ++i) {
      if (Status status = Entry(table, tensors); !status.ok()) return status;
    }
    if (!table.done()) {
      return Fail(StatusCode::kCorrupt,
                  "the tensor table has bytes after its " + std::to_string(tensors_) + " entries");
    }
    if (!IsZero(end_, file_.size())) {
      return Fail(StatusCode::kCorrupt, "bytes after the last tensor are not zero");
    }
    return {};
  }

 private:
  Status Entry(ByteReader& table, std::map<std::string, StoredTensor, std::less<>>* tensors) {
    const auto cut = [this] {
      return Fail(StatusCode::kCorrupt, "the tensor table ends within an entry");
    };
    if (!table.Has(2)) return cut();
    const size_t name_bytes = table.Integer<uint16_t>();
    if (!table.Has(name_bytes + 2)) return cut();
    const auto characters = table.Take(name_bytes);
    const std::string tensor(characters.begin(), characters.end());
    if (tensor.empty() ||
        !std::all_of(tensor.begin(), tensor.end(), [](char c) { return c > ' ' && c < 0x7F; })) {
      return Fail(StatusCode::kCorrupt, "a tensor's name is not visible ASCII text");
    }
    const auto dtype = table.Integer<uint8_t>();
    const size_t rank = table.Integer<uint8_t>();
    if (dtype > static_cast<uint8_t>(DType::kInt8)) {
      return FailTensor(tensor, "has dtype " + std::to_string(dtype) + ", wanted 0, 1 or 2");
    }
    if (rank > kMaxRank) {
      return FailTensor(tensor, "has " + std::to_string(rank) + " dimensions, wanted at most 4");
    }
    if (!table.Has(4 * rank + 20)) return cut();
    StoredTensor stored{static_cast<DType>(dtype), {}, {}};
    uint64_t values = 1;
    for (size_t i = 0; i < rank; ++i) {
      stored.shape.push_back(table.Integer<uint32_t>());
      values *= stored.shape.back();
      if (values > kMaxValues) return FailTensor(tensor, "has too many values");
    }
    const auto offset = table.Integer<uint64_t>();
    const auto bytes = table.Integer<uint64_t>();
    const auto crc = table.Integer<uint32_t>();

    uint64_t wanted = values * (stored.dtype == DType::kF32   ? 4
                                : stored.dtype == DType::kF16 ? 2
                                                              : 1);
    if (stored.dtype == DType::kInt8) {
      if (rank == 0) return FailTensor(tensor, "is int8 without a dimension to scale");
      wanted += 4 * stored.shape[0];
    }
    if (bytes != wanted) {
      return FailTensor(tensor, "has " + Bytes(bytes) + ", wanted " + std::to_string(wanted) +
                                    " for " + ShapeText(stored.shape) + " of " +
                                    DTypeName(stored.dtype));
    }
    if (offset % kAlignment != 0) {
      return FailTensor(tensor,
                        "begins at byte " + std::to_string(offset) + ", wanted a multiple of 64");
    }
    if (offset < end_) {
      return FailTensor(
          tensor, "begins at byte " + std::to_string(offset) + ", within what lies before it");
    }
    if (offset > file_.size() || bytes > file_.size() - offset) {
      return FailTensor(tensor, "does not fit into the file");
    }
    if (!IsZero(end_, offset)) return FailTensor(tensor, "is preceded by bytes that are not zero");
    stored.data = file_.subspan(offset, bytes);
    if (Crc32(stored.data) != crc) {
      return FailTensor(tensor, "the checksum of its data does not match");
    }
    end_ = offset + bytes;
    if (!tensors->emplace(tensor, std::move(stored)).second) {
      return FailTensor(tensor, "is there twice");
    }
    return {};
  }

  bool IsZero(uint64_t begin, uint64_t end) const {
    const auto bytes = file_.subspan(begin, end - begin);
    return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
  }

  Status Fail(StatusCode code, const std::string& what) const {
    return Status(code, name_ + ": " + what);
  }
  Status FailTensor(const std::string& tensor, const std::string& what) const {
    return Fail(StatusCode::kCorrupt, "tensor '" + tensor + "': " + what);
  }

  std::span<const uint8_t> file_;
  const std::string& name_;
  uint64_t json_bytes_ = 0;
  uint64_t table_bytes_ = 0;
  uint64_t tensors_ = 0;
  uint64_t end_ = 0;  // of what has been read
};

}  // namespace

const char* DTypeName(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "f32";
    case DType::kF16:
      return "f16";
    case DType::kInt8:
      return "int8";
  }
  return "unknown";
}

std::string ShapeText(const std::vector<size_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

size_t StoredTensor::size() const {
  size_t values = 1;
  for (const size_t extent : shape) values *= extent;
  return values;
}

bool StoredTensor::Finite() const {
  // Beside the largest exponent there are only infinities and what is no number.
  const auto finite = [](uint32_t bits, uint32_t exponent) {
    return (bits & exponent) != exponent;
  };
  constexpr uint32_t kExponent = 0x7F800000;
  const size_t count = size();
  bool all = true;
  switch (dtype) {
    case DType::kF32:
      for (size_t i = 0; i < count; ++i) all &= finite(IntegerAt<uint32_t>(data, 4 * i), kExponent);
      break;
    case DType::kF16:
      for (size_t i = 0; i < count; ++i) all &= finite(IntegerAt<uint16_t>(data, 2 * i), 0x7C00);
      break;
    case DType::kInt8:
      ForEachRow(*this, [&](float scale, std::span<const int8_t> steps, size_t) {
        if (std::isfinite(scale * 128)) return;
        for (const int8_t step : steps) all &= std::isfinite(scale * static_cast<float>(step));
      });
      break;
  }
  return all;
}

void StoredTensor::Decode(float* values) const {
  const size_t count = size();
  switch (dtype) {
    case DType::kF32:
      for (size_t i = 0; i < count; ++i) values[i] = FloatAt(data, 4 * i);
      break;
    case DType::kF16:
      for (size_t i = 0; i < count; ++i) values[i] = HalfToFloat(IntegerAt<uint16_t>(data, 2 * i));
      break;
    case DType::kInt8:
      ForEachRow(*this, [&](float scale, std::span<const int8_t> steps, size_t first) {
        BestKernels().dequantize(steps.data(), scale, values + first, steps.size());
      });
      break;
  }
}

void StoredTensor::DecodeScales(float* scales) const {
  for (size_t row = 0; row < shape[0]; ++row) scales[row] = FloatAt(data, 4 * row);
}

const int8_t* StoredTensor::steps() const {
  return reinterpret_cast<const int8_t*>(data.data() + 4 * shape[0]);
}

bool AreIntegers(std::span<const float> values, float most) {
  bool all = true;
  for (const float value : values) all &= std::abs(value) <= most && value == std::trunc(value);
  return all;
}

Result<TensorFile> TensorFile::Parse(std::span<const uint8_t> bytes, const std::string& name) {
  Parser parser(bytes, name);
  if (Status status = parser.Header(); !status.ok()) return status;
  TensorFile file;
  file.json_ = {reinterpret_cast<const char*>(parser.json().data()), parser.json().size()};
  if (Status status = parser.Table(&file.tensors_); !status.ok()) return status;
  return file;
}

}  // namespace motet::core
