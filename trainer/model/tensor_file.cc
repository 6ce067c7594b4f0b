#include "model/tensor_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

namespace motet::trainer {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are copied as they lie in memory");

constexpr char kMagic[] = "MOTETMDL";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 64;
constexpr uint64_t kAlignment = 64;
constexpr size_t kMaxRank = 4;

// Offsets of the header's fields.
constexpr size_t kVersionAt = 8, kJsonBytesAt = 12, kTensorsAt = 16, kTableBytesAt = 20,
                 kFileBytesAt = 24, kMetaCrcAt = 32, kReservedAt = 36, kHeaderCrcAt = 60;

using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;

uint64_t Align(uint64_t offset) { return (offset + kAlignment - 1) / kAlignment * kAlignment; }

uint32_t Crc32(View bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      t[i] = i;
      for (int bit = 0; bit < 8; ++bit) t[i] = (t[i] >> 1) ^ ((t[i] & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return t;
  }();
  uint32_t crc = 0xFFFFFFFFU;
  for (const std::byte b : bytes)
    crc = table[(crc ^ static_cast<uint32_t>(b)) & 0xFFU] ^ (crc >> 8);
  return ~crc;
}

[[noreturn]] void Fail(const std::string& path, const std::string& what) {
  throw std::runtime_error(path + ": " + what);
}

bool IsAscii(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

template <typename T>
void Put(Bytes& bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <typename T>
void Append(Bytes& bytes, T value) {
  bytes.resize(bytes.size() + sizeof value);
  Put(bytes, bytes.size() - sizeof value, value);
}

template <typename T>
T Get(View bytes, size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void CheckBeforeWriting(const std::string& path, const std::vector<NamedTensor>& tensors) {
  std::set<std::string> names;
  for (const NamedTensor& tensor : tensors) {
    const std::string where = "tensor " + tensor.name + ": ";
    if (tensor.name.empty() || tensor.name.size() > 0xFFFF || !IsAscii(tensor.name)) {
      Fail(path, "tensor name '" + tensor.name + "' is not 1 to 65535 visible ASCII characters");
    }
    if (!names.insert(tensor.name).second) Fail(path, where + "there are two of this name");
    if (tensor.shape.size() > kMaxRank)
      Fail(path,
           where + "has " + std::to_string(tensor.shape.size()) + " dimensions, at most 4 fit");
    for (const int64_t extent : tensor.shape) {
      if (extent < 0 || extent > 0xFFFFFFFF)
        Fail(path, where + "shape " + ShapeText(tensor.shape) + " does not fit 32 bits");
    }
    const uint64_t wanted = StoredBytes(tensor.dtype, tensor.shape);
    if (tensor.data.size() != wanted) {
      Fail(path, where + "holds " + std::to_string(tensor.data.size()) + " bytes, but shape " +
                     ShapeText(tensor.shape) + " of " + DTypeName(tensor.dtype) + " takes " +
                     std::to_string(wanted));
    }
  }
}

Bytes TensorTable(const std::vector<NamedTensor>& tensors, uint64_t data_offset) {
  Bytes table;
  for (const NamedTensor& tensor : tensors) {
    Append(table, static_cast<uint16_t>(tensor.name.size()));
    for (const char c : tensor.name) Append(table, c);
    Append(table, static_cast<uint8_t>(tensor.dtype));
    Append(table, static_cast<uint8_t>(tensor.shape.size()));
    for (const int64_t extent : tensor.shape) Append(table, static_cast<uint32_t>(extent));
    Append(table, data_offset);
    Append(table, static_cast<uint64_t>(tensor.data.size()));
    Append(table, Crc32(tensor.data));
    data_offset = Align(data_offset + tensor.data.size());
  }
  return table;
}

// The file while it is written: removed again unless it was renamed to its real name.
class PendingFile {
 public:
  explicit PendingFile(std::string path)
      : path_(std::move(path)), pending_(path_ + ".writing-" + std::to_string(getpid())) {
    fd_ = open(pending_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd_ < 0) FailErrno("cannot be created");
  }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile() {
    if (fd_ >= 0) close(fd_);
    if (!committed_) unlink(pending_.c_str());
  }

  void Write(View bytes) {
    written_ += bytes.size();
    while (!bytes.empty()) {
      const ssize_t n = write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) FailErrno("cannot be written");
      bytes = bytes.subspan(static_cast<size_t>(n));
    }
  }

  void PadTo(uint64_t offset) { Write(Bytes(static_cast<size_t>(offset - written_))); }

  void Commit() {
    if (fsync(fd_) != 0) FailErrno("cannot be synced");
    if (close(std::exchange(fd_, -1)) != 0) FailErrno("cannot be closed");
    if (rename(pending_.c_str(), path_.c_str()) != 0) FailErrno("cannot be renamed into place");
    committed_ = true;
    // The rename itself lasts only once the folder is on disk; some file systems refuse this sync,
    // and then there is nothing to do.
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    const int folder_fd =
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd >= 0) {
      fsync(folder_fd);
      close(folder_fd);
    }
  }

 private:
  [[noreturn]] void FailErrno(const char* what) {
    const std::string message = path_ + ": " + what + ": " + std::strerror(errno);
    if (fd_ >= 0) close(std::exchange(fd_, -1));
    unlink(pending_.c_str());  // a constructor that throws runs no destructor
    throw std::runtime_error(message);
  }

  std::string path_;
  std::string pending_;
  int fd_ = -1;
  uint64_t written_ = 0;
  bool committed_ = false;
};

Bytes ReadAll(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) Fail(path, "is a folder, wanted a file");
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) Fail(path, std::string("cannot be opened: ") + std::strerror(errno));
  Bytes bytes(static_cast<size_t>(std::max<std::streamoff>(file.tellg(), 0)));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
    Fail(path, "cannot be read");
  return bytes;
}

void CheckHeader(const std::string& path, View file) {
  if (file.size() < kHeaderBytes) {
    const bool ours = file.size() >= 8 && std::memcmp(file.data(), kMagic, 8) == 0;
    Fail(path, "has " + std::to_string(file.size()) + " bytes, " +
                   (ours ? "fewer than the 64 of its header" : "not a Motet model or checkpoint"));
  }
  if (std::memcmp(file.data(), kMagic, 8) != 0)
    Fail(path, "does not start with MOTETMDL, so it is not a Motet model or checkpoint");
  const auto version = Get<uint32_t>(file, kVersionAt);
  if (version != kVersion)
    Fail(path, "has format version " + std::to_string(version) + ", this program reads version 1");
  if (Crc32(file.first(kHeaderCrcAt)) != Get<uint32_t>(file, kHeaderCrcAt))
    Fail(path, "the header's checksum does not match");
  for (size_t i = kReservedAt; i < kHeaderCrcAt; ++i) {
    if (file[i] != std::byte{0})
      Fail(path, "byte " + std::to_string(i) + " of the header is not zero");
  }
  const auto bytes = Get<uint64_t>(file, kFileBytesAt);
  if (bytes != file.size()) {
    Fail(path,
         "has " + std::to_string(file.size()) + " bytes, its header says " + std::to_string(bytes));
  }
}

// Takes the fields of a tensor table in turn; running off its end is an error.
class TableReader {
 public:
  TableReader(const std::string& path, View table) : path_(path), table_(table) {}

  template <typename T>
  T Next() {
    return Get<T>(Take(sizeof(T)), 0);
  }
  View Take(size_t count) {
    if (table_.size() - at_ < count) Fail(path_, "the tensor table ends within an entry");
    at_ += count;
    return table_.subspan(at_ - count, count);
  }
  bool done() const { return at_ == table_.size(); }

 private:
  const std::string& path_;
  View table_;
  size_t at_ = 0;
};

NamedTensor NextTensor(const std::string& path, View file, TableReader& table, uint64_t& end) {
  NamedTensor tensor;
  const View name = table.Take(table.Next<uint16_t>());
  tensor.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
  if (tensor.name.empty() || !IsAscii(tensor.name))
    Fail(path, "a tensor's name is empty or not ASCII");
  const std::string where = "tensor " + tensor.name + ": ";

  const auto dtype = table.Next<uint8_t>();
  if (dtype > static_cast<uint8_t>(DType::kU8))
    Fail(path, where + "dtype " + std::to_string(dtype) + " does not exist, wanted 0 to 5");
  tensor.dtype = static_cast<DType>(dtype);
  const auto rank = table.Next<uint8_t>();
  if (rank > kMaxRank)
    Fail(path, where + "has " + std::to_string(rank) + " dimensions, at most 4 are allowed");
  uint64_t values = 1;
  for (uint8_t i = 0; i < rank; ++i) {
    tensor.shape.push_back(table.Next<uint32_t>());
    // No real tensor has 2^48 values; beyond that the byte counts below could overflow.
    if (tensor.shape.back() != 0 &&
        values > (uint64_t{1} << 48) / static_cast<uint64_t>(tensor.shape.back())) {
      Fail(path, where + "shape " + ShapeText(tensor.shape) + " is impossibly large");
    }
    values *= static_cast<uint64_t>(tensor.shape.back());
  }
  const auto offset = table.Next<uint64_t>();
  const auto bytes = table.Next<uint64_t>();
  const auto crc = table.Next<uint32_t>();

  if (tensor.dtype == DType::kInt8 && rank == 0)
    Fail(path, where + "is an int8 scalar, which has no scale");
  const uint64_t wanted = StoredBytes(tensor.dtype, tensor.shape);
  if (bytes != wanted) {
    Fail(path, where + "has " + std::to_string(bytes) + " bytes, but shape " +
                   ShapeText(tensor.shape) + " of " + DTypeName(tensor.dtype) + " takes " +
                   std::to_string(wanted));
  }
  // Data follow each other in the order of the table, so the next aligned offset is the only right
  // one.
  if (offset != Align(end)) {
    Fail(path, where + "data at byte " + std::to_string(offset) + ", wanted " +
                   std::to_string(Align(end)));
  }
  if (offset > file.size() || bytes > file.size() - offset) {
    Fail(path, where + "data end at byte " + std::to_string(offset + bytes) +
                   ", but the file has " + std::to_string(file.size()));
  }
  for (uint64_t i = end; i < offset; ++i) {
    if (file[i] != std::byte{0})
      Fail(path, "byte " + std::to_string(i) + " lies between tensors and is not zero");
  }
  const View data = file.subspan(offset, bytes);
  if (Crc32(data) != crc) Fail(path, where + "the checksum of its data does not match");
  tensor.data.assign(data.begin(), data.end());
  end = offset + bytes;
  return tensor;
}

}  // namespace

const char* DTypeName(DType dtype) {
  constexpr const char* names[] = {"f32", "f16", "int8", "f64", "i64", "u8"};
  return names[static_cast<size_t>(dtype)];
}

int64_t NamedTensor::size() const {
  int64_t size = 1;
  for (const int64_t extent : shape) size *= extent;
  return size;
}

uint64_t StoredBytes(DType dtype, const std::vector<int64_t>& shape) {
  constexpr uint64_t value_bytes[] = {4, 2, 1, 8, 8, 1};
  uint64_t values = 1;
  for (const int64_t extent : shape) values *= static_cast<uint64_t>(extent);
  const uint64_t scales =
      dtype == DType::kInt8 && !shape.empty() ? 4 * static_cast<uint64_t>(shape[0]) : 0;
  return scales + values * value_bytes[static_cast<size_t>(dtype)];
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

const NamedTensor* TensorFile::Find(const std::string& name) const {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const NamedTensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::string PlaceToWrite(const std::string& path) {
  namespace fs = std::filesystem;
  fs::path place = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(place, error); ++links) {
    if (links == 40)
      Fail(path, "leads through too many symbolic links");  // as many as Linux follows
    place = place.parent_path() / fs::read_symlink(place);
  }
  if (fs::is_directory(place, error)) Fail(path, "is a folder, wanted a file");
  if (fs::exists(place, error) && !fs::is_regular_file(place, error))
    Fail(path, "is no regular file, and is not replaced");
  const fs::path folder = place.has_parent_path() ? place.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error)) Fail(path, "there is no folder '" + folder.string() + "'");
  return place.string();
}

std::string CheckOutput(const std::string& path, bool force) {
  const std::string place = PlaceToWrite(path);
  if (!force && std::filesystem::exists(place)) Fail(path, "exists already; --force replaces it");
  return place;
}

void WriteTensorFile(const std::string& path, const std::string& json,
                     const std::vector<NamedTensor>& tensors) {
  CheckBeforeWriting(path, tensors);
  // The table's size does not depend on the offsets in it, so a first table tells where the data
  // begin.
  const size_t table_bytes = TensorTable(tensors, 0).size();
  const uint64_t meta_end = kHeaderBytes + json.size() + table_bytes;
  const Bytes table = TensorTable(tensors, Align(meta_end));

  Bytes meta;
  const View json_view = std::as_bytes(std::span(json));
  meta.insert(meta.end(), json_view.begin(), json_view.end());
  meta.insert(meta.end(), table.begin(), table.end());

  uint64_t file_bytes = meta_end;
  for (const NamedTensor& tensor : tensors) file_bytes = Align(file_bytes) + tensor.data.size();

  Bytes header(kHeaderBytes);
  std::memcpy(header.data(), kMagic, 8);
  Put(header, kVersionAt, kVersion);
  Put(header, kJsonBytesAt, static_cast<uint32_t>(json.size()));
  Put(header, kTensorsAt, static_cast<uint32_t>(tensors.size()));
  Put(header, kTableBytesAt, static_cast<uint32_t>(table.size()));
  Put(header, kFileBytesAt, file_bytes);
  Put(header, kMetaCrcAt, Crc32(meta));
  Put(header, kHeaderCrcAt, Crc32(View(header).first(kHeaderCrcAt)));

  PendingFile file(PlaceToWrite(path));
  file.Write(header);
  file.Write(meta);
  uint64_t end = meta_end;
  for (const NamedTensor& tensor : tensors) {
    file.PadTo(Align(end));
    file.Write(tensor.data);
    end = Align(end) + tensor.data.size();
  }
  file.Commit();
}

TensorFile ReadTensorFile(const std::string& path) {
  const Bytes file = ReadAll(path);
  CheckHeader(path, file);
  const uint64_t json_bytes = Get<uint32_t>(file, kJsonBytesAt);
  const uint64_t table_bytes = Get<uint32_t>(file, kTableBytesAt);
  const auto count = Get<uint32_t>(file, kTensorsAt);
  if (json_bytes + table_bytes > file.size() - kHeaderBytes) {
    Fail(path, "its configuration and tensor table take " +
                   std::to_string(json_bytes + table_bytes) + " bytes, but the file has " +
                   std::to_string(file.size()));
  }
  const View meta = View(file).subspan(kHeaderBytes, json_bytes + table_bytes);
  if (Crc32(meta) != Get<uint32_t>(file, kMetaCrcAt))
    Fail(path, "the checksum of configuration and tensor table does not match");

  TensorFile result;
  result.json.assign(reinterpret_cast<const char*>(meta.data()), json_bytes);
  TableReader table(path, meta.subspan(json_bytes));
  std::set<std::string> names;
  uint64_t end = kHeaderBytes + meta.size();
  for (uint32_t i = 0; i < count; ++i) {
    result.tensors.push_back(NextTensor(path, file, table, end));
    if (!names.insert(result.tensors.back().name).second) {
      Fail(path, "tensor " + result.tensors.back().name + ": there are two of this name");
    }
  }
  if (!table.done())
    Fail(path, "the tensor table has bytes after its " + std::to_string(count) + " entries");
  if (end != file.size()) {
    Fail(path, std::to_string(file.size() - end) + " bytes follow the last tensor");
  }
  return result;
}

}  // namespace motet::trainer
