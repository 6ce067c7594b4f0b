# Builds subproject/, which takes Motet's sources in by FetchContent. XNNPACK is taken from Motet's own
# build tree, because it would take minutes.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")
build("${CMAKE_CURRENT_LIST_DIR}/subproject" "${WORK_DIR}/build" "-DCMAKE_CXX_FLAGS=-O0"
  "-DFETCHCONTENT_SOURCE_DIR_MOTET=${SOURCE_DIR}" "-DMOTET_XNNPACK_TREE=${BUILD_DIR}"
  "-DCMAKE_C_COMPILER_LAUNCHER=${LAUNCHER}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}")
code_the_sine("${WORK_DIR}/build/encode" "${WORK_DIR}/build/decode")
