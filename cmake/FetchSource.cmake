# motet_fetch_source(<name>
#   DEBIAN_PACKAGE <package> DEBIAN_FILE <file> SHA256 <digest>
#   GIT_REPOSITORY <url> GIT_COMMIT <full hash>)
#
# Provides a third-party source tree and sets <name>_SOURCE_DIR in the caller's scope. In this order:
#   1. FETCHCONTENT_SOURCE_DIR_<NAME>, when given, is used as it is;
#   2. on Debian the upstream tarball of a Debian source package, fetched through apt from the mirror
#      that this machine already uses (no root needed, the system's package lists stay as they are);
#   3. elsewhere the upstream Git repository.
# 2 is pinned by the SHA-256 of the tarball, 3 by the commit's hash: both name the same snapshot.
#
# Tarballs are kept in ${XDG_CACHE_HOME:-$HOME/.cache}/motet/sources so that the presets share one
# download; the folder may be deleted at any time. A file there is used only if its digest matches.
include_guard(GLOBAL)
include(FetchContent)

# The suite of the Debian archive that carries the pinned snapshots.
set(MOTET_DEBIAN_SOURCE_SUITE "trixie" CACHE STRING "Debian suite for third-party source packages")
mark_as_advanced(MOTET_DEBIAN_SOURCE_SUITE)

function(_motet_source_cache_dir out)
  if(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(dir "$ENV{XDG_CACHE_HOME}/motet/sources")
  elseif(NOT "$ENV{HOME}" STREQUAL "")
    set(dir "$ENV{HOME}/.cache/motet/sources")
  else()
    set(dir "${CMAKE_BINARY_DIR}/sources")
  endif()
  # mkdir rather than file(MAKE_DIRECTORY): a home that cannot be written is no error here.
  execute_process(COMMAND "${CMAKE_COMMAND}" -E make_directory "${dir}"
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(NOT failed)
    execute_process(COMMAND "${CMAKE_COMMAND}" -E touch "${dir}/.writable"
      RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  endif()
  if(failed)
    set(dir "${CMAKE_BINARY_DIR}/sources")
    file(MAKE_DIRECTORY "${dir}")
  else()
    file(REMOVE "${dir}/.writable")
  endif()
  set(${out} "${dir}" PARENT_SCOPE)
endfunction()

# Options that give apt-get its own configuration: a sources list derived from the machine's, with
# the suite replaced and deb turned into deb-src, and its own state, so that nothing else changes.
# Empty where apt is missing or knows no Debian mirror. Fetches the package index once per build tree.
function(_motet_apt_options out)
  get_property(known GLOBAL PROPERTY MOTET_APT_OPTIONS SET)
  if(known)
    get_property(options GLOBAL PROPERTY MOTET_APT_OPTIONS)
    set(${out} "${options}" PARENT_SCOPE)
    return()
  endif()
  set_property(GLOBAL PROPERTY MOTET_APT_OPTIONS "")
  set(${out} "" PARENT_SCOPE)
  find_program(MOTET_APT_GET apt-get)
  mark_as_advanced(MOTET_APT_GET)
  if(NOT MOTET_APT_GET)
    return()
  endif()

  # apt itself reads its configuration: one-line lists, deb822 files, mirrors and proxies alike.
  execute_process(
    COMMAND "${MOTET_APT_GET}" indextargets --no-release-info
      --format "$(REPO_URI) $(RELEASE) $(COMPONENT)" "Created-By: Packages"
    OUTPUT_VARIABLE targets ERROR_QUIET)
  string(REGEX MATCHALL
    "[^ \n]+ (bookworm|trixie|forky|sid|oldstable|stable|testing|unstable) main" targets "${targets}")
  list(REMOVE_DUPLICATES targets)
  set(lines "")
  foreach(target IN LISTS targets)
    string(REGEX REPLACE " .*" "" uri "${target}")
    # The digest of each file is pinned, so the index needs no signature: a machine may lack the
    # other suite's key.
    string(APPEND lines "deb-src [trusted=yes] ${uri} ${MOTET_DEBIAN_SOURCE_SUITE} main\n")
  endforeach()
  if(lines STREQUAL "")
    return()
  endif()

  set(dir "${CMAKE_BINARY_DIR}/apt")
  file(MAKE_DIRECTORY "${dir}/empty" "${dir}/lists/partial" "${dir}/cache/archives/partial")
  file(WRITE "${dir}/sources.list" "${lines}")
  set(options
    -q -o "Dir::Etc::sourcelist=${dir}/sources.list" -o "Dir::Etc::sourceparts=${dir}/empty"
    -o "Dir::Etc::preferences=${dir}/empty/none" -o "Dir::Etc::preferencesparts=${dir}/empty"
    -o "Dir::State::lists=${dir}/lists" -o "Dir::Cache=${dir}/cache"
    -o "APT::Sandbox::User=" -o "Acquire::Languages=none" -o "Acquire::Retries=2")
  message(STATUS "Reading Debian's list of source packages (${MOTET_DEBIAN_SOURCE_SUITE})")
  execute_process(COMMAND "${MOTET_APT_GET}" ${options} update
    OUTPUT_FILE "${dir}/update.log" ERROR_FILE "${dir}/update.log")
  set_property(GLOBAL PROPERTY MOTET_APT_OPTIONS "${options}")
  set(${out} "${options}" PARENT_SCOPE)
endfunction()

# Sets ${out} to the path of a tarball with the wanted digest, or to "".
function(_motet_debian_tarball out package file sha256)
  set(${out} "" PARENT_SCOPE)
  _motet_source_cache_dir(cache)
  set(tarball "${cache}/${file}")
  if(EXISTS "${tarball}")
    file(SHA256 "${tarball}" found)
    if(found STREQUAL sha256)
      set(${out} "${tarball}" PARENT_SCOPE)
      return()
    endif()
    file(REMOVE "${tarball}")
  endif()

  _motet_apt_options(options)
  if(NOT options)
    return()
  endif()
  # Only the upstream tarball is wanted, so the packaging parts need not be available.
  set(work "${CMAKE_BINARY_DIR}/apt/download")
  file(MAKE_DIRECTORY "${work}")
  execute_process(
    COMMAND "${MOTET_APT_GET}" ${options} source --download-only --tar-only "${package}"
    WORKING_DIRECTORY "${work}" RESULT_VARIABLE failed
    OUTPUT_VARIABLE log ERROR_VARIABLE log)
  if(failed OR NOT EXISTS "${work}/${file}")
    message(STATUS "Debian's source package ${package} is not available as ${file}:\n${log}")
    return()
  endif()
  file(SHA256 "${work}/${file}" found)
  if(NOT found STREQUAL sha256)
    message(WARNING "${file}: SHA-256 is ${found}, wanted ${sha256}; not used")
    return()
  endif()
  # Renamed into place, so that a concurrent configure run never sees half a file.
  string(RANDOM LENGTH 8 suffix)
  file(COPY_FILE "${work}/${file}" "${tarball}.${suffix}")
  file(RENAME "${tarball}.${suffix}" "${tarball}")
  file(REMOVE "${work}/${file}")
  set(${out} "${tarball}" PARENT_SCOPE)
endfunction()

function(motet_fetch_source name)
  cmake_parse_arguments(PARSE_ARGV 1 arg ""
    "DEBIAN_PACKAGE;DEBIAN_FILE;SHA256;GIT_REPOSITORY;GIT_COMMIT" "")
  string(TOUPPER "${name}" upper)

  # A folder that does not exist as SOURCE_SUBDIR: the tree is fetched, its CMakeLists.txt is not run.
  # FetchContent itself leaves an empty cache entry of this name.
  if(FETCHCONTENT_SOURCE_DIR_${upper})
    message(STATUS "${name}: using ${FETCHCONTENT_SOURCE_DIR_${upper}}")
    FetchContent_Declare(${name} SOURCE_SUBDIR motet-not-a-folder)
  else()
    _motet_debian_tarball(tarball "${arg_DEBIAN_PACKAGE}" "${arg_DEBIAN_FILE}" "${arg_SHA256}")
    if(tarball)
      message(STATUS "${name}: ${arg_DEBIAN_FILE} from the Debian archive")
      FetchContent_Declare(${name}
        URL "${tarball}" URL_HASH "SHA256=${arg_SHA256}"
        DOWNLOAD_EXTRACT_TIMESTAMP OFF
        SOURCE_SUBDIR motet-not-a-folder)
    else()
      message(STATUS "${name}: commit ${arg_GIT_COMMIT} from ${arg_GIT_REPOSITORY} "
        "(or point FETCHCONTENT_SOURCE_DIR_${upper} at a copy)")
      FetchContent_Declare(${name}
        GIT_REPOSITORY "${arg_GIT_REPOSITORY}" GIT_TAG "${arg_GIT_COMMIT}"
        SOURCE_SUBDIR motet-not-a-folder)
    endif()
  endif()
  FetchContent_MakeAvailable(${name})
  set(${name}_SOURCE_DIR "${${name}_SOURCE_DIR}" PARENT_SCOPE)
endfunction()
