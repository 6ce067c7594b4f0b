# What a folder of tests includes: GoogleTest (the system's library, or for WebAssembly its sources, which
# Debian ships as well), and for WebAssembly how its test programs are linked and run.
#   motet_add_tests(NAME)  the cases of a test program become tests
include(GoogleTest)
if(EMSCRIPTEN)
  # Programs that Node runs, with the file system of the machine.
  find_program(MOTET_NODE NAMES node nodejs REQUIRED NO_CMAKE_FIND_ROOT_PATH)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${MOTET_NODE}")
  add_link_options(-sENVIRONMENT=node -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1
    -sEXIT_RUNTIME=1 -sTOTAL_STACK=1MB --pre-js "${CMAKE_CURRENT_LIST_DIR}/node_pre.js")
endif()

function(motet_add_tests name)
  if(EMSCRIPTEN)
    add_test(NAME ${name} COMMAND ${name})  # one process: compiling the module takes its time
  else()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60)
  endif()
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
  if(NOT TARGET GTest::gtest_main)
    add_library(GTest::gtest ALIAS gtest)
    add_library(GTest::gtest_main ALIAS gtest_main)
  endif()
else()
  find_package(GTest REQUIRED)
endif()
