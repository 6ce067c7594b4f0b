// What the C interface's objects share: errors as C knows them, and planes out of interleaved PCM.
#pragma once

#include <memory>

#include "motet/model.h"
#include "motet/motet.h"
#include "motet/status.h"

struct motet_model {
  std::shared_ptr<const motet::Model> model;
  motet_model_info info;
};

namespace motet::c {

// Fills `error`, where there is one, and returns the same status for C. For an ok status it only
// returns.
motet_status Report(const Status& status, motet_error* error) noexcept;

// A null pointer where there must be none.
Status IsNull(const char* what);

}  // namespace motet::c
