# cmake --install: programs, headers, libraries, models, the CMake package "motet" and the pkg-config
# file, so that find_package(motet) and target_link_libraries(app motet::core), or motet::shared, or
# `pkg-config --libs motet` need nothing but the prefix, wherever that is moved to.
include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/motet")
set_target_properties(motet_core PROPERTIES EXPORT_NAME core)
set_target_properties(motet_options PROPERTIES EXPORT_NAME options)

set(_libraries motet_core motet_xnnpack motet_options)
if(TARGET motet_shared)
  set_target_properties(motet_shared PROPERTIES EXPORT_NAME shared)
  list(APPEND _libraries motet_shared)
endif()

install(TARGETS ${_libraries}
  EXPORT motetTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT core
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT core
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/core/include/motet"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT core FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_BINARY_DIR}/core/include/motet/version.h"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/motet" COMPONENT core)
install(EXPORT motetTargets NAMESPACE motet:: DESTINATION "${_package_dir}" COMPONENT core)

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/motetConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/motetConfig.cmake" INSTALL_DESTINATION "${_package_dir}"
  PATH_VARS CMAKE_INSTALL_DATADIR)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${CMAKE_BINARY_DIR}/motetConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/motetConfig.cmake" "${CMAKE_BINARY_DIR}/motetConfigVersion.cmake"
  DESTINATION "${_package_dir}" COMPONENT core)

# pkg-config: libmotet.so, or with --static libmotet.a and all that it needs.
set(_cxx_library ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER _cxx_library INCLUDE REGEX "^(std)?c\\+\\+$")
list(TRANSFORM _cxx_library PREPEND "-l")
list(JOIN _cxx_library " " _cxx_library)
set(MOTET_PC_LIBS "-lmotet")
set(MOTET_PC_LIBS_PRIVATE "-lmotet_xnnpack ${_cxx_library} -lm -pthread")
if(NOT TARGET motet_shared)
  string(APPEND MOTET_PC_LIBS " ${MOTET_PC_LIBS_PRIVATE}")
endif()
set(MOTET_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
cmake_path(RELATIVE_PATH MOTET_PC_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
configure_file("${CMAKE_CURRENT_LIST_DIR}/motet.pc.in" "${CMAKE_BINARY_DIR}/motet.pc" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/motet.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
  COMPONENT core)

foreach(_program motet motet-data motet-train motet-entropy motet-export)
  if(TARGET ${_program})
    install(TARGETS ${_program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT programs)
  endif()
endforeach()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/models/" DESTINATION "${CMAKE_INSTALL_DATADIR}/motet"
  COMPONENT programs FILES_MATCHING PATTERN "*.motetmodel" PATTERN "index.json")
# How other programs know its files. Debian's shared-mime-info updates its database by itself.
install(FILES "${PROJECT_SOURCE_DIR}/core/cli/file_types/motet.xml"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/mime/packages" COMPONENT programs)
install(FILES "${PROJECT_SOURCE_DIR}/core/cli/file_types/motet.magic"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/motet" COMPONENT programs)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT core)
# The notices of what the core library contains.
foreach(_name xnnpack pthreadpool fp16 fxdiv)
  install(FILES "${${_name}_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}/third-party"
    RENAME "LICENSE.${_name}" COMPONENT core)
endforeach()
