#include "motet/status.h"

namespace motet {

const char* StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "ok";
    case StatusCode::kInvalidArgument:
      return "invalid argument";
    case StatusCode::kNotFound:
      return "not found";
    case StatusCode::kIo:
      return "input/output";
    case StatusCode::kNotMotet:
      return "not motet";
    case StatusCode::kUnsupportedVersion:
      return "unsupported version";
    case StatusCode::kCorrupt:
      return "corrupt";
    case StatusCode::kTruncated:
      return "truncated";
    case StatusCode::kModelMismatch:
      return "model mismatch";
    case StatusCode::kOutOfMemory:
      return "out of memory";
    case StatusCode::kInternal:
      return "internal";
  }
  return "unknown";
}

}  // namespace motet
