# What a folder of tests includes: GoogleTest (the system's library, or for WebAssembly its sources, which
# Debian ships as well), and for WebAssembly how its test programs are linked and run.
#   motet_add_tests(NAME)     the cases of a test program become tests
#   motet_add_halves(NAME)    the cases in two tests: where each process first loads LibTorch for a second
#   motet_build_fast(NAME...)  test programs: what they test is compiled as it is shipped, they themselves need not be
#                              fast. It takes a third of the time, with precompiled headers where there are many
#                              sources. (In WebAssembly, with -O0 they would run twice as long.)
include(GoogleTest)
if(EMSCRIPTEN)
  # Programs that Node runs, with the file system of the machine.
  find_program(MOTET_NODE NAMES node nodejs REQUIRED NO_CMAKE_FIND_ROOT_PATH)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${MOTET_NODE}")
  # -O1 links in a tenth of the time of -Os: Binaryen's passes over a whole program are left out.
  add_link_options(-O1 -sENVIRONMENT=node -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1
    -sEXIT_RUNTIME=1 -sTOTAL_STACK=1MB --pre-js "${CMAKE_CURRENT_LIST_DIR}/node_pre.js")
endif()

function(motet_add_tests name)
  if(EMSCRIPTEN)
    add_test(NAME ${name} COMMAND ${name})  # one process: compiling the module takes its time
  else()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

function(motet_add_halves name)
  foreach(half 0 1)
    add_test(NAME ${name}/${half} COMMAND ${name})
    set_tests_properties(${name}/${half} PROPERTIES
      ENVIRONMENT "GTEST_TOTAL_SHARDS=2;GTEST_SHARD_INDEX=${half}")
  endforeach()
endfunction()

function(motet_build_fast)
  foreach(name IN LISTS ARGN)
    target_compile_options(${name} PRIVATE $<IF:$<BOOL:${EMSCRIPTEN}>,-O1,-O0>)
    get_target_property(sources ${name} SOURCES)
    list(LENGTH sources count)
    if(count GREATER 4)
      target_precompile_headers(${name} PRIVATE <gtest/gtest.h> <algorithm> <filesystem> <fstream>
        <memory> <random> <string> <vector>)
    endif()
  endforeach()
endfunction()

if(TARGET gtest_main)
  return()
endif()
if(EMSCRIPTEN)
  set(MOTET_GOOGLETEST_SOURCE /usr/src/googletest CACHE PATH "Sources of GoogleTest 1.12 or newer")
  if(NOT EXISTS "${MOTET_GOOGLETEST_SOURCE}/CMakeLists.txt")
    message(FATAL_ERROR "The tests need GoogleTest's sources (Debian: googletest); "
      "set MOTET_GOOGLETEST_SOURCE, or MOTET_BUILD_TESTS=OFF.")
  endif()
  set(INSTALL_GTEST OFF CACHE INTERNAL "")
  set(gtest_disable_pthreads ON CACHE INTERNAL "")
  add_subdirectory("${MOTET_GOOGLETEST_SOURCE}" googletest EXCLUDE_FROM_ALL SYSTEM)
  foreach(name gtest gtest_main)
    target_compile_options(${name} PRIVATE -O0)  # it compares a few numbers
  endforeach()
  if(NOT TARGET GTest::gtest_main)
    add_library(GTest::gtest ALIAS gtest)
    add_library(GTest::gtest_main ALIAS gtest_main)
  endif()
else()
  find_package(GTest REQUIRED)
endif()
