# Installs into an empty prefix, and builds consumer/ and examples/ against it by find_package: one
# program with libmotet.a, one with libmotet.so.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
file(REMOVE_RECURSE "${PREFIX}" "${WORK_DIR}")

# The prefix is moved after the installation: nothing may remember where it was.
run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${PREFIX}-first")
file(RENAME "${PREFIX}-first" "${PREFIX}")
foreach(project consumer "${examples}")
  cmake_path(ABSOLUTE_PATH project BASE_DIRECTORY "${CMAKE_CURRENT_LIST_DIR}")
  cmake_path(GET project FILENAME name)
  build("${project}" "${WORK_DIR}/${name}" -DCMAKE_BUILD_TYPE=Release "-DCMAKE_PREFIX_PATH=${PREFIX}"
    # Only the prefix counts: a package of the same name elsewhere must not satisfy this test.
    -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF -DCMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY=OFF)
endforeach()
run("${WORK_DIR}/consumer/consumer" "${PREFIX}/share/motet/motet.motetmodel" "${SINE}")
code_the_sine("${WORK_DIR}/examples/encode" "${WORK_DIR}/examples/decode")

# The program brings its manual page and what shells complete with.
if(EXISTS "${PREFIX}/bin/motet")
  foreach(document share/man/man1/motet.1 share/bash-completion/completions/motet
      share/zsh/site-functions/_motet share/fish/vendor_completions.d/motet.fish)
    if(NOT EXISTS "${PREFIX}/${document}")
      message(FATAL_ERROR "${document} was not installed")
    endif()
  endforeach()
endif()
