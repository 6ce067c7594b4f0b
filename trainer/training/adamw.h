// AdamW (Loshchilov & Hutter 2019) over whole lists of tensors: a handful of calls for a group of
// parameters, where torch::optim::AdamW makes a dozen for each of them.
#pragma once

#include <torch/torch.h>
#include <torch/version.h>

namespace motet::trainer {

// The key of a parameter in an optimizer's state.
inline auto StateKey(const torch::Tensor& parameter) {
#if TORCH_VERSION_MAJOR >= 2
  return static_cast<void*>(parameter.unsafeGetTensorImpl());
#else
  return c10::guts::to_string(parameter.unsafeGetTensorImpl());
#endif
}

// What optimizer.step() does, with the options of its groups (without amsgrad) and in its state.
void StepAdamW(torch::optim::AdamW& optimizer);

}  // namespace motet::trainer
