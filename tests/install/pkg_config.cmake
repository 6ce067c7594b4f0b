# Builds examples/ by compiler and pkg-config alone, the other way round than run.cmake does: C++ with
# libmotet.so, C with libmotet.a in a program that is wholly static.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
file(MAKE_DIRECTORY "${WORK_DIR}")
file(GLOB_RECURSE pc "${PREFIX}/*/motet.pc")
cmake_path(GET pc PARENT_PATH pc_dir)
cmake_path(GET pc_dir PARENT_PATH lib_dir)
set(ENV{PKG_CONFIG_LIBDIR} "${pc_dir}")

function(flags out)
  execute_process(COMMAND "${PKG_CONFIG}" ${ARGN} motet OUTPUT_VARIABLE found
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(found UNIX_COMMAND "${found}")
  set(${out} ${found} PARENT_SCOPE)
endfunction()

flags(version --modversion)
if(NOT version STREQUAL VERSION)
  message(FATAL_ERROR "pkg-config says version '${version}', wanted ${VERSION}")
endif()
flags(shared --cflags --libs)
run("${CXX_COMPILER}" -std=c++20 "${examples}/encode.cc" -o "${WORK_DIR}/encode" ${shared}
  "-Wl,-rpath,${lib_dir}")
flags(static --static --cflags --libs)
run("${C_COMPILER}" -std=c11 -static "${examples}/decode.c" -o "${WORK_DIR}/decode" ${static})
code_the_sine("${WORK_DIR}/encode" "${WORK_DIR}/decode")
