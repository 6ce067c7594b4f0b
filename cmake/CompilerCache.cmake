# Uses ccache where it is installed and can write its cache; never required.
include_guard(GLOBAL)
find_program(MOTET_CCACHE ccache)
mark_as_advanced(MOTET_CCACHE)
if(MOTET_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER AND NOT EMSCRIPTEN)
  execute_process(COMMAND "${MOTET_CCACHE}" --show-stats
    RESULT_VARIABLE _ccache_failed OUTPUT_QUIET ERROR_QUIET)
  if(NOT _ccache_failed)
    set(CMAKE_C_COMPILER_LAUNCHER "${MOTET_CCACHE}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${MOTET_CCACHE}")
  endif()
endif()
