# motet_options: warnings and floating-point rules of Motet's own code. Every target links it
# privately. Sanitizers are set for all targets below this point, because they must agree.
include_guard(GLOBAL)

add_library(motet_options INTERFACE)
add_library(motet::options ALIAS motet_options)
target_compile_features(motet_options INTERFACE cxx_std_20)
# The compiler makes no fused multiply-add of a*b+c: the same code gives the same bits in every
# loop it is inlined into and on every processor, which "streaming equals offline" rests on.
target_compile_options(motet_options INTERFACE
  $<BUILD_INTERFACE:-ffp-contract=off>
  $<BUILD_INTERFACE:-Wall>
  $<BUILD_INTERFACE:-Wextra>
  $<BUILD_INTERFACE:-Wpedantic>
  $<BUILD_INTERFACE:-Wshadow>
  $<BUILD_INTERFACE:-Wcast-align>
  $<BUILD_INTERFACE:-Wcast-qual>
  $<BUILD_INTERFACE:-Wfloat-conversion>
  $<BUILD_INTERFACE:-Wimplicit-fallthrough>
  $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>>
  $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>>
  $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>>)
# GCC 12 is wrong about std::string (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(motet_options INTERFACE $<BUILD_INTERFACE:-Wno-restrict>)
endif()
# Checked loops are not vectorised, which Clang tells where the source asks for it.
if(MOTET_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(motet_options INTERFACE $<BUILD_INTERFACE:-Wno-pass-failed>)
endif()
if(MOTET_WERROR)
  # maybe-uninitialized guesses, and guesses differently under the sanitizers.
  target_compile_options(motet_options INTERFACE
    $<BUILD_INTERFACE:-Werror>
    $<BUILD_INTERFACE:$<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>>)
endif()

if(MOTET_SANITIZE)
  set(_sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_options(${_sanitizers})
  add_link_options(${_sanitizers})
endif()

if(MOTET_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "MOTET_FUZZ needs clang: -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
