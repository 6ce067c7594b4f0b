# Decides whether the trainer is built: MOTET_HAVE_TRAINER.
include_guard(GLOBAL)
set(MOTET_HAVE_TRAINER OFF)
string(TOUPPER "${MOTET_BUILD_TRAINER}" _trainer)
if(EMSCRIPTEN OR NOT (_trainer STREQUAL "AUTO" OR _trainer))
  message(STATUS "Trainer: off")
  return()
endif()

find_package(Torch 1.13 QUIET)
if(Torch_FOUND)
  set(MOTET_HAVE_TRAINER ON)
  message(STATUS "Trainer: on, with LibTorch ${Torch_VERSION}")
elseif(_trainer STREQUAL "AUTO")
  message(STATUS "Trainer: off, because LibTorch 1.13 or newer was not found. "
    "The codec does not need it; to train, install libtorch-dev or set CMAKE_PREFIX_PATH to LibTorch.")
else()
  message(FATAL_ERROR "MOTET_BUILD_TRAINER is ON, but LibTorch 1.13 or newer was not found: "
    "install libtorch-dev or set CMAKE_PREFIX_PATH to LibTorch.")
endif()
