# cmake --install: programs, headers, libraries, models and the CMake package "motet", so that
# find_package(motet) and target_link_libraries(app motet::core) need nothing but the prefix.
include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/motet")
set_target_properties(motet_core PROPERTIES EXPORT_NAME core)
set_target_properties(motet_xnnpack PROPERTIES EXPORT_NAME xnnpack)
set_target_properties(motet_options PROPERTIES EXPORT_NAME options)

install(TARGETS motet_core motet_xnnpack motet_options
  EXPORT motetTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT core
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT core
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/core/include/motet"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT core FILES_MATCHING PATTERN "*.h")
install(EXPORT motetTargets NAMESPACE motet:: DESTINATION "${_package_dir}" COMPONENT core)

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/motetConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/motetConfig.cmake" INSTALL_DESTINATION "${_package_dir}"
  PATH_VARS CMAKE_INSTALL_DATADIR)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${CMAKE_BINARY_DIR}/motetConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/motetConfig.cmake" "${CMAKE_BINARY_DIR}/motetConfigVersion.cmake"
  DESTINATION "${_package_dir}" COMPONENT core)

foreach(_program motet motet-data motet-train motet-entropy motet-eval motet-export)
  if(TARGET ${_program})
    install(TARGETS ${_program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT programs)
  endif()
endforeach()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/models/" DESTINATION "${CMAKE_INSTALL_DATADIR}/motet"
  COMPONENT programs FILES_MATCHING PATTERN "*.motetmodel")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT core)
# The notices of what the core library contains.
foreach(_name xnnpack pthreadpool fp16 fxdiv)
  install(FILES "${${_name}_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}/third-party"
    RENAME "LICENSE.${_name}" COMPONENT core)
endforeach()
