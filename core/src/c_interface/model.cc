// Errors and models of the C interface.
#include <algorithm>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "c_interface/handles.h"

namespace motet::c {
namespace {

// The statuses of C are the negative codes of C++, in the same order.
constexpr bool Matches(motet_status status, StatusCode code) {
  return static_cast<int>(status) == -static_cast<int>(code);
}
static_assert(Matches(MOTET_OK, StatusCode::kOk) &&
              Matches(MOTET_INVALID_ARGUMENT, StatusCode::kInvalidArgument) &&
              Matches(MOTET_NOT_FOUND, StatusCode::kNotFound) &&
              Matches(MOTET_IO, StatusCode::kIo) &&
              Matches(MOTET_NOT_MOTET, StatusCode::kNotMotet) &&
              Matches(MOTET_UNSUPPORTED_VERSION, StatusCode::kUnsupportedVersion) &&
              Matches(MOTET_CORRUPT, StatusCode::kCorrupt) &&
              Matches(MOTET_TRUNCATED, StatusCode::kTruncated) &&
              Matches(MOTET_MODEL_MISMATCH, StatusCode::kModelMismatch) &&
              Matches(MOTET_OUT_OF_MEMORY, StatusCode::kOutOfMemory) &&
              Matches(MOTET_INTERNAL, StatusCode::kInternal));

motet_model* MakeModel(Result<std::shared_ptr<const Model>> loaded, motet_error* error) {
  if (!loaded.ok()) {
    Report(loaded.status(), error);
    return nullptr;
  }
  const ModelInfo& info = (*loaded)->info();
  auto* made = new (std::nothrow) motet_model{*loaded,
                                              {.name = info.name.c_str(),
                                               .identity = info.identity.c_str(),
                                               .sample_rate = info.sample_rate,
                                               .packet_samples = info.packet_samples,
                                               .max_quality = info.max_quality,
                                               .default_quality = info.default_quality,
                                               .entropy_coding = info.entropy_coding ? 1 : 0,
                                               .delay_samples = info.delay_samples,
                                               .latency_ms = info.latency_ms}};
  if (made == nullptr) Report({StatusCode::kOutOfMemory, "no memory for a model"}, error);
  return made;
}

}  // namespace

motet_status Report(const Status& status, motet_error* error) noexcept {
  const auto code = static_cast<motet_status>(-static_cast<int>(status.code()));
  if (error != nullptr && !status.ok()) {
    error->status = code;
    const size_t length = std::min(status.message().size(), sizeof error->message - 1);
    std::memcpy(error->message, status.message().data(), length);
    error->message[length] = '\0';
  }
  return code;
}

Status IsNull(const char* what) {
  return {StatusCode::kInvalidArgument, std::string(what) + " is a null pointer"};
}

}  // namespace motet::c

using motet::c::IsNull;
using motet::c::MakeModel;
using motet::c::Report;

const char* motet_status_name(int status) noexcept {
  return motet::StatusCodeName(static_cast<motet::StatusCode>(-status));
}

const char* motet_version() noexcept { return MOTET_VERSION_STRING; }

motet_model* motet_model_load(const char* path, motet_error* error) noexcept {
  if (path == nullptr) return Report(IsNull("the path of a model"), error), nullptr;
  return MakeModel(motet::Model::Load(path), error);
}

motet_model* motet_model_from_bytes(const void* bytes, size_t size, const char* name,
                                    motet_error* error) noexcept {
  if (bytes == nullptr && size > 0) return Report(IsNull("a model's bytes"), error), nullptr;
  return MakeModel(motet::Model::FromBytes({static_cast<const uint8_t*>(bytes), size},
                                           name == nullptr ? "model" : name),
                   error);
}

const motet_model_info* motet_model_get_info(const motet_model* model) noexcept {
  return model == nullptr ? nullptr : &model->info;
}

void motet_model_free(motet_model* model) noexcept { delete model; }
