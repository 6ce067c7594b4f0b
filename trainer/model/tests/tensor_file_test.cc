// The container: what is written comes back, and every way of damaging a file is refused with a
// sentence that names it. Left out: what the JSON and the tensors of a model mean (export/tests,
// core/tests).
#include "model/tensor_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "model/tensor_storage.h"
#include "support/work_folder.h"

namespace motet::trainer {
namespace {

class TensorFileTest : public ::testing::Test {
 protected:
  std::string Path(const char* name) const { return folder_ / name; }

  static std::vector<NamedTensor> Example() {
    const std::vector<float> six = {1, -2, 3.5F, 0, 1e-3F, -7};
    NamedTensor steps{"optimizer.steps", DType::kI64, {}, std::vector<std::byte>(8, std::byte{1})};
    NamedTensor state{"rng.state", DType::kU8, {5}, std::vector<std::byte>(5, std::byte{9})};
    NamedTensor exact{"clock", DType::kF64, {1}, std::vector<std::byte>(8, std::byte{2})};
    NamedTensor empty{"empty", DType::kF32, {0, 3}, {}};
    return {StoreFloats("a.weight", {2, 3}, six, DType::kF32),
            StoreFloats("b.weight", {2, 3}, six, DType::kF16),
            StoreFloats("c.weight", {3, 2}, six, DType::kInt8),
            steps,
            state,
            exact,
            empty};
  }

  static std::string Slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void Spill(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  static std::string ErrorOfReading(const std::string& path) {
    try {
      ReadTensorFile(path);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  const motet::testing::WorkFolder folder_;
};

TEST_F(TensorFileTest, WhatIsWrittenComesBack) {
  const auto tensors = Example();
  WriteTensorFile(Path("x"), R"({"name":"é"})", tensors);
  const TensorFile file = ReadTensorFile(Path("x"));
  EXPECT_EQ(file.json, R"({"name":"é"})");
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(file.tensors[i].name, tensors[i].name);
    EXPECT_EQ(file.tensors[i].dtype, tensors[i].dtype);
    EXPECT_EQ(file.tensors[i].shape, tensors[i].shape);
    EXPECT_EQ(file.tensors[i].data, tensors[i].data);
  }
  EXPECT_EQ(file.Find("rng.state")->shape, (std::vector<int64_t>{5}));
  EXPECT_EQ(file.Find("rng"), nullptr);
}

TEST_F(TensorFileTest, LiesInTheFileAsFormatMdSays) {
  WriteTensorFile(Path("x"), "{}",
                  {StoreFloats("w", {1, 2}, std::vector<float>{1, 2}, DType::kF32)});
  const std::string bytes = Slurp(Path("x"));
  ASSERT_EQ(bytes.size(), 128U + 8U);
  EXPECT_EQ(bytes.substr(0, 8), "MOTETMDL");
  EXPECT_EQ(bytes.substr(8, 4), std::string("\1\0\0\0", 4));
  EXPECT_EQ(bytes.substr(12, 4), std::string("\2\0\0\0", 4));
  EXPECT_EQ(bytes.substr(16, 4), std::string("\1\0\0\0", 4));
  EXPECT_EQ(bytes.substr(20, 4), std::string("\x21\0\0\0", 4));  // 2 + 1 + 1 + 1 + 8 + 8 + 8 + 4
  EXPECT_EQ(bytes.substr(64, 2), "{}");
  EXPECT_EQ(bytes.substr(66, 13), std::string("\1\0w\0\2\1\0\0\0\2\0\0\0", 13));
  EXPECT_EQ(bytes.substr(79, 8), std::string("\x80\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(bytes.substr(128, 8), std::string("\0\0\x80\x3F\0\0\0\x40", 8));
}

TEST_F(TensorFileTest, EveryFlippedByteIsNoticed) {
  WriteTensorFile(Path("x"), R"({"model":{}})", Example());
  const std::string good = Slurp(Path("x"));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    Spill(Path("y"), bad);
    const std::string error = ErrorOfReading(Path("y"));
    EXPECT_NE(error.find(Path("y")), std::string::npos) << "byte " << i << ": '" << error << "'";
  }
}

TEST_F(TensorFileTest, EveryTruncationIsNoticed) {
  WriteTensorFile(Path("x"), "{}", Example());
  const std::string good = Slurp(Path("x"));
  for (size_t size = 0; size < good.size(); ++size) {
    Spill(Path("y"), good.substr(0, size));
    EXPECT_NE(ErrorOfReading(Path("y")), "") << size << " bytes";
  }
  Spill(Path("y"), good + "x");
  EXPECT_NE(ErrorOfReading(Path("y")).find("its header says"), std::string::npos);
}

TEST_F(TensorFileTest, ErrorsSayWhatIsWrong) {
  EXPECT_NE(ErrorOfReading(Path("none")).find("No such file"), std::string::npos);
  EXPECT_NE(ErrorOfReading(folder_.path().string()).find("folder"), std::string::npos);
  Spill(Path("y"), std::string(100, 'x'));
  EXPECT_NE(ErrorOfReading(Path("y")).find("does not start with MOTETMDL"), std::string::npos);
  WriteTensorFile(Path("x"), "{}", Example());
  std::string bytes = Slurp(Path("x"));
  bytes[8] = 2;
  Spill(Path("y"), bytes);
  EXPECT_NE(ErrorOfReading(Path("y")).find("format version 2"), std::string::npos);
  bytes = Slurp(Path("x"));
  const auto first_data = bytes.find(std::string("\0\0\x80\x3F", 4), 128);
  bytes[first_data] = 1;
  Spill(Path("y"), bytes);
  EXPECT_NE(ErrorOfReading(Path("y")).find("tensor a.weight"), std::string::npos);
}

TEST_F(TensorFileTest, RefusesToWriteWhatCannotBeRead) {
  const auto two = [] { return StoreFloats("w", {2}, std::vector<float>{1, 2}, DType::kF32); };
  EXPECT_THROW(WriteTensorFile(Path("x"), "{}", {two(), two()}), std::runtime_error);
  auto short_data = two();
  short_data.data.pop_back();
  EXPECT_THROW(WriteTensorFile(Path("x"), "{}", {short_data}), std::runtime_error);
  auto foreign = two();
  foreign.name = "gewöhnlich";
  EXPECT_THROW(WriteTensorFile(Path("x"), "{}", {foreign}), std::runtime_error);
  EXPECT_THROW(WriteTensorFile(Path("no/such/folder/x"), "{}", {two()}), std::runtime_error);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(TensorFileTest, AFailedWriteLeavesTheOldFile) {
  WriteTensorFile(Path("x"), R"({"old":1})", {});
  std::filesystem::create_directory(Path("taken"));
  EXPECT_THROW(WriteTensorFile(Path("taken"), "{}", {}), std::runtime_error);
  EXPECT_EQ(ReadTensorFile(Path("x")).json, R"({"old":1})");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 2);
}

TEST(TensorStorageTest, EveryHalfSurvivesTheWayThroughFloat) {
  for (uint32_t half = 0; half <= 0xFFFF; ++half) {
    const float value = FloatFromHalf(static_cast<uint16_t>(half));
    if (std::isnan(value)) continue;
    EXPECT_EQ(HalfFromFloat(value), half);
  }
}

TEST(TensorStorageTest, HalfIsTheNearestWithTiesToEven) {
  for (uint16_t half = 0; half < 0x7BFF; ++half) {
    const double low = FloatFromHalf(half);
    const double high = FloatFromHalf(static_cast<uint16_t>(half + 1));
    const auto middle = static_cast<float>((low + high) / 2);
    EXPECT_EQ(HalfFromFloat(middle), half % 2 == 0 ? half : half + 1);
    EXPECT_EQ(HalfFromFloat(std::nextafter(middle, 0.0F)), half);
    EXPECT_EQ(HalfFromFloat(std::nextafter(middle, 1e9F)), half + 1);
  }
  EXPECT_EQ(HalfFromFloat(65519.996F), 0x7BFF);
  EXPECT_EQ(HalfFromFloat(-65520), 0xFC00);
  EXPECT_EQ(HalfFromFloat(std::numeric_limits<float>::infinity()), 0x7C00);
}

TEST(TensorStorageTest, Int8IsWithinHalfAStepOfEachRowsOwnScale) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  const int64_t rows = 40;
  const int64_t columns = 33;
  std::vector<float> values;
  for (int64_t i = 0; i < rows * columns; ++i)
    values.push_back(normal(random) * std::pow(10.0F, static_cast<float>(i / columns % 9) - 5));
  std::fill_n(values.begin() + 5 * columns, columns, 0.0F);
  const auto loaded = LoadFloats(StoreFloats("w", {rows, columns}, values, DType::kInt8));
  for (int64_t row = 0; row < rows; ++row) {
    float peak = 0;
    for (int64_t i = row * columns; i < (row + 1) * columns; ++i)
      peak = std::max(peak, std::abs(values[i]));
    for (int64_t i = row * columns; i < (row + 1) * columns; ++i) {
      EXPECT_LE(std::abs(loaded[i] - values[i]), peak / kInt8Steps * 0.5F * 1.0001F)
          << "row " << row;
    }
  }
}

TEST(TensorStorageTest, IntegersAreStoredAsTheyAre) {
  const std::vector<float> values = {127, -127, 0, 1, -1, 64};
  const NamedTensor stored = StoreIntegers("w", {2, 3}, values);
  EXPECT_EQ(stored.dtype, DType::kInt8);
  float scales[2];
  std::memcpy(scales, stored.data.data(), sizeof scales);
  EXPECT_EQ(scales[0], 1);
  EXPECT_EQ(scales[1], 1);
  EXPECT_EQ(LoadFloats(stored), values);
  const std::vector<float> half = {0.5F};
  const std::vector<float> large = {128};
  EXPECT_THROW(StoreIntegers("w", {1}, half), std::runtime_error);
  EXPECT_THROW(StoreIntegers("w", {1}, large), std::runtime_error);
  EXPECT_THROW(StoreIntegers("w", {2, 2}, values), std::runtime_error);
}

TEST(TensorStorageTest, RefusesWhatAStorageCannotHold) {
  const std::vector<float> large = {70000};
  const std::vector<float> nan = {std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THROW(StoreFloats("w", {1}, large, DType::kF16), std::runtime_error);
  EXPECT_THROW(StoreFloats("w", {1}, nan, DType::kF32), std::runtime_error);
  EXPECT_THROW(StoreFloats("w", {2}, large, DType::kF32), std::runtime_error);
  EXPECT_THROW(StoreFloats("w", {}, large, DType::kInt8), std::runtime_error);
  EXPECT_THROW(StoreFloats("w", {1}, large, DType::kI64), std::runtime_error);
}

}  // namespace
}  // namespace motet::trainer
