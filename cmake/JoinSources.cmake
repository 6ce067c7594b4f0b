# Some sources are compiled as one. Where headers take most of the time (LibTorch's, CLI11's, ONNX's), a target is built
# three to four times as fast. No two joined sources may give one name to things in their anonymous namespaces: the
# compiler says so.
#   motet_join_sources(TARGET...)         all sources of these targets, eight at a time
#   motet_join_these(TARGET SOURCE...)    these sources of a target; each call makes one
# The preset release, which ./dev publish builds, joins none: there each source includes what it uses.
include_guard(GLOBAL)
option(MOTET_JOIN_SOURCES "Compile some sources as one: faster, unless one source is changed at a time" ON)

function(motet_join_sources)
  foreach(target IN LISTS ARGN)
    set_target_properties(${target} PROPERTIES
      UNITY_BUILD "${MOTET_JOIN_SOURCES}" UNITY_BUILD_BATCH_SIZE 8)
    _motet_allow_joined(${target})
  endforeach()
endfunction()

function(motet_join_these target)
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD "${MOTET_JOIN_SOURCES}" UNITY_BUILD_MODE GROUP)
  list(GET ARGN 0 first)
  string(MAKE_C_IDENTIFIER "${first}" first)
  set_source_files_properties(${ARGN} PROPERTIES UNITY_GROUP "${first}")
  _motet_allow_joined(${target})
endfunction()

# GCC takes a joined source for a header, where types of an anonymous namespace would be a mistake.
function(_motet_allow_joined target)
  if(MOTET_JOIN_SOURCES AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()
