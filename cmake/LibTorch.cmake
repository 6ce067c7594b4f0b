# Decides whether the trainer is built: MOTET_HAVE_TRAINER.
include_guard(GLOBAL)
set(MOTET_HAVE_TRAINER OFF)
string(TOUPPER "${MOTET_BUILD_TRAINER}" _trainer)
if(EMSCRIPTEN OR NOT (_trainer STREQUAL "AUTO" OR _trainer))
  message(STATUS "Trainer: off")
  return()
endif()

# Before LibTorch: the official packages put a target without a library in its place otherwise, and
# what we generate from event.proto and the exporter would be linked against nothing. And not in
# them, which have headers of another version without its compiler.
set(_all_prefixes "${CMAKE_PREFIX_PATH}")
foreach(_prefix IN LISTS _all_prefixes)
  if(EXISTS "${_prefix}/lib/libtorch_cpu.so")
    list(REMOVE_ITEM CMAKE_PREFIX_PATH "${_prefix}")
  endif()
endforeach()
find_package(Protobuf QUIET)
set(CMAKE_PREFIX_PATH "${_all_prefixes}")

# The configuration of an official package with CUDA ends with an error where the CUDA toolkit is not
# installed, of which nothing here is used. So its libraries are taken as they are.
function(_motet_find_official_torch)
  find_path(MOTET_OFFICIAL_TORCH NAMES lib/libtorch_cuda.so PATH_SUFFIXES torch NO_CMAKE_SYSTEM_PATH
    NO_SYSTEM_ENVIRONMENT_PATH DOC "Folder of an official LibTorch with CUDA")
  if(NOT MOTET_OFFICIAL_TORCH)
    return()
  endif()
  find_package(CUDAToolkit QUIET)
  if(CUDAToolkit_FOUND)
    return()
  endif()
  set(_include "${MOTET_OFFICIAL_TORCH}/include")
  file(STRINGS "${_include}/torch/headeronly/version.h" _lines
    REGEX "^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+$")
  string(REGEX MATCHALL "[0-9]+" _numbers "${_lines}")
  list(JOIN _numbers "." _version)
  add_library(motet_official_torch INTERFACE IMPORTED GLOBAL)
  target_include_directories(motet_official_torch SYSTEM INTERFACE
    "${_include}" "${_include}/torch/csrc/api/include")
  target_compile_definitions(motet_official_torch INTERFACE USE_DISTRIBUTED USE_C10D_GLOO)
  # CUDA's own libraries may be those of another machine. libtorch_cuda.so registers what nobody calls
  # by name.
  target_link_options(motet_official_torch INTERFACE
    LINKER:--no-as-needed LINKER:--allow-shlib-undefined)
  foreach(_name IN ITEMS torch torch_cpu torch_cuda c10 c10_cuda)
    target_link_libraries(motet_official_torch INTERFACE "${MOTET_OFFICIAL_TORCH}/lib/lib${_name}.so")
  endforeach()
  set(Torch_FOUND TRUE PARENT_SCOPE)
  set(Torch_VERSION "${_version}" PARENT_SCOPE)
  set(TORCH_LIBRARIES motet_official_torch PARENT_SCOPE)
endfunction()

_motet_find_official_torch()
if(NOT Torch_FOUND)
  find_package(Torch 1.13 QUIET)
endif()
# Steps are recorded as CUDA graphs where LibTorch has CUDA and the headers of CUDA's runtime are there: those of a
# toolkit, or of the package nvidia-cuda-runtime beside that of PyTorch.
if(MOTET_OFFICIAL_TORCH OR TORCH_CUDA_LIBRARIES)
  file(GLOB _beside "${MOTET_OFFICIAL_TORCH}/../nvidia/cu*/include" "${MOTET_OFFICIAL_TORCH}/../nvidia/cuda_runtime/include")
  find_path(MOTET_CUDA_HEADERS cuda_runtime_api.h HINTS ${CUDAToolkit_INCLUDE_DIRS} ${_beside})
endif()
# What else it needs and the codec does not: a machine may have LibTorch for another purpose.
set(_missing "")
if(_trainer STREQUAL "AUTO" AND Torch_FOUND)
  find_package(PNG QUIET)
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(MOTET_LIBZIP QUIET libzip)
  endif()
  foreach(_library IN ITEMS Protobuf PNG MOTET_LIBZIP)
    if(NOT ${_library}_FOUND)
      list(APPEND _missing ${_library})
    endif()
  endforeach()
  string(REPLACE "MOTET_LIBZIP" "libzip" _missing "${_missing}")
  list(JOIN _missing ", " _missing)
endif()
if(_missing)
  message(STATUS "Trainer: off, because LibTorch was found, but not ${_missing}")
elseif(Torch_FOUND)
  set(MOTET_HAVE_TRAINER ON)
  message(STATUS "Trainer: on, with LibTorch ${Torch_VERSION}")
elseif(_trainer STREQUAL "AUTO")
  message(STATUS "Trainer: off, because LibTorch 1.13 or newer was not found. "
    "The codec does not need it; to train, install libtorch-dev or set CMAKE_PREFIX_PATH to LibTorch.")
else()
  message(FATAL_ERROR "MOTET_BUILD_TRAINER is ON, but LibTorch 1.13 or newer was not found: "
    "install libtorch-dev or set CMAKE_PREFIX_PATH to LibTorch.")
endif()
