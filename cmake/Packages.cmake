# cpack: a Debian package and an archive of what `cmake --install` leaves; ./dev publish calls it.
include_guard(GLOBAL)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(_architecture arm64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(_architecture amd64)
else()
  set(_architecture "${CMAKE_SYSTEM_PROCESSOR}")
endif()

set(CPACK_GENERATOR DEB TGZ)
# Where Debian looks for it.
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright
  COMPONENT core)
set(CPACK_PACKAGE_NAME motet)
set(CPACK_PACKAGE_VENDOR "The Motet authors")
set(CPACK_PACKAGE_CONTACT "The Motet authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Neural codec for music: program, library and model")
set(CPACK_PACKAGE_DESCRIPTION
  "Codes music of 44.1 kHz in stereo at 0.3 to 12 kbit/s. Program motet, libmotet for C++ and C, and the
model that both use.")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_ARCHIVE_FILE_NAME "motet-${PROJECT_VERSION}-linux-${_architecture}")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${_architecture}")
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libsdl2-2.0-0")  # for motet play
set(CPACK_PACKAGE_FILE_NAME "${CPACK_ARCHIVE_FILE_NAME}")
include(CPack)
