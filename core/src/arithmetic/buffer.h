// Memory for numbers: aligned for SIMD, padded so that XNNPACK may read past its end, and allocated
// without exceptions.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace motet::core {

template <typename T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { ::operator delete(data_, kAlignment); }

  // Replaces what was there by `size` zeros. False, and empty, if there is no memory for them.
  [[nodiscard]] bool Allocate(size_t size) {
    if (!AllocateForOverwrite(size)) return false;
    Clear();
    return true;
  }

  // The same for a caller that writes all of it: the values are left to chance.
  [[nodiscard]] bool AllocateForOverwrite(size_t size) {
    ::operator delete(data_, kAlignment);
    size_ = 0;
    data_ = static_cast<T*>(::operator new(size * sizeof(T) + kOverread, kAlignment, std::nothrow));
    if (data_ == nullptr) return false;
    std::memset(static_cast<void*>(data_ + size), 0, kOverread);
    size_ = size;
    return true;
  }

  void Clear() {
    if (size_ > 0) std::memset(static_cast<void*>(data_), 0, size_ * sizeof(T));
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  static constexpr size_t kOverread = 128;  // XNN_EXTRA_BYTES at its largest

  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace motet::core
