// What the objects of the C interface share: the model's handle, and errors in C's form.
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

// Returns `status` in C's form. One that is not ok also fills `error`, unless that is null.
motet_status Report(const Status& status, motet_error* error) noexcept;

// kInvalidArgument: `what` is a null pointer and may not be.
Status IsNull(const char* what);

}  // namespace motet::c
