// The one error idiom of motet: a must-use Status, or a Result<T> that holds a value or a Status.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

#include "motet/export.h"

namespace motet {

enum class StatusCode {
  kOk = 0,
  kInvalidArgument,  // the caller asked for something that does not exist (quality 13, 3 channels)
  kNotFound,         // a file that is not there
  kIo,               // reading or writing failed
  kNotMotet,         // wrong magic: the bytes are something else
  kUnsupportedVersion,  // a version that this program does not read
  kCorrupt,             // a checksum, length or structure that does not hold
  kTruncated,           // the bytes end too early
  kModelMismatch,       // a stream and a model, or a tensor and the configuration, do not belong
                        // together
  kOutOfMemory,         // an allocation failed
  kInternal,            // a library that motet uses refused what motet had checked; not expected
};

// Short lower-case name of a code, such as "corrupt"; stable, for programs.
MOTET_API const char* StatusCodeName(StatusCode code);

// A code and one sentence that says what was wrong and where: file, byte or tensor, value seen,
// value wanted.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

// A T, or the Status that says why there is none. Reading the value of a failed Result is a
// programming error (assert).
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function can return either.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }
  // NOLINTEND(google-explicit-constructor)

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  T& value() & { return assert(ok()), *value_; }
  const T& value() const& { return assert(ok()), *value_; }
  T&& value() && { return assert(ok()), std::move(*value_); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace motet
