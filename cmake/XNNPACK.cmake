# Target motet_xnnpack: XNNPACK's f32 convolution, fully connected and elementwise operators, and its
# fully connected ones of int8 (qd8-f32-qc8w), with pthreadpool, as one static library over XNNPACK's
# own source lists.
#
# Why not XNNPACK's CMakeLists.txt: it builds every data type (minutes), needs Python, and refuses
# Emscripten. Why not a distribution's library: native only, and another API.
#
# Only the production microkernels of the families below are compiled. The tables in src/configs/
# also name kernels of other types (qu8, f16, ...), which our operators never look up: those names
# become aliases of one function that stops the program (unbuilt_kernels.c, generated), so that the
# library links with any linker, with or without section garbage collection.
#
# The library is always built optimised and without sanitizers, whatever the build type; so another
# build tree's can be taken (MOTET_XNNPACK_TREE), which saves minutes.
include_guard(GLOBAL)
set(MOTET_XNNPACK_TREE "" CACHE PATH
  "A build tree of the same Motet and the same compiler, whose XNNPACK is used instead of a new one")
mark_as_advanced(MOTET_XNNPACK_TREE)
if(MOTET_XNNPACK_TREE)
  include("${MOTET_XNNPACK_TREE}/xnnpack/tree.cmake")
  add_library(motet_xnnpack ALIAS motet::xnnpack)
  return()
endif()
include(CheckCCompilerFlag)
include(FetchSource)

# One snapshot of each, for native and wasm.
motet_fetch_source(xnnpack
  DEBIAN_PACKAGE xnnpack
  DEBIAN_FILE xnnpack_0.0~git20241108.4ea82e5.orig.tar.xz
  SHA256 90bde2caef0f880f627bab0dc805a86c4b8070cd98e3243db3046ab3f3be1a99
  GIT_REPOSITORY https://github.com/google/XNNPACK.git
  GIT_COMMIT 4ea82e595b36106653175dcb04b2aa532660d0d8)
motet_fetch_source(pthreadpool
  DEBIAN_PACKAGE pthreadpool
  DEBIAN_FILE pthreadpool_0.0~git20240616.560c60d.orig.tar.xz
  SHA256 4cc3cbd933b28131d2a34edc54f76af9fb41bc490af5eae1a5bd3cd07ea90708
  GIT_REPOSITORY https://github.com/Maratyszcza/pthreadpool.git
  GIT_COMMIT 560c60d342a76076f0557a3946924c6478470044)
motet_fetch_source(fp16
  DEBIAN_PACKAGE fp16
  DEBIAN_FILE fp16_0.0~git20200514.4dfe081.orig.tar.xz
  SHA256 7d7782b37b74136e0e12593a2a93ccbe7db831f4374cc408e44623d9b708b54e
  GIT_REPOSITORY https://github.com/Maratyszcza/FP16.git
  GIT_COMMIT 4dfe081cf6bcd15db339cf2680b9281b8451eeb3)
motet_fetch_source(fxdiv
  DEBIAN_PACKAGE fxdiv
  DEBIAN_FILE fxdiv_0.0~git20200417.b408327.orig.tar.xz
  SHA256 7953482badaf4cb34026c3487c257b8e4ab2df061c019bd6fabbbc12ad52c44b
  GIT_REPOSITORY https://github.com/Maratyszcza/FXdiv.git
  GIT_COMMIT b408327ac2a15ec3e43352421954f5b1967701d1)

# --- What is compiled ---------------------------------------------------------------------------

# Kernel families (folders of src/) that the operators below may select.
set(_motet_xnn_families
  f32-conv-hwc2chw f32-dwconv f32-gemm f32-igemm f32-vbinary f32-vmulcaddc
  f32-vclamp f32-vcopysign f32-velu f32-vexp f32-vgelu f32-vhswish f32-vlog f32-vlrelu f32-vrelu
  f32-vrnd f32-vrsqrt f32-vsigmoid f32-vsqrt f32-vtanh f32-vunary qd8-f32-qc8w-gemm qs8-packw
  x32-packw x32-transposec xx-copy xx-fill xx-pad xx-transposev)

set(_motet_xnn_sources
  src/allocator.c src/cache.c src/datatype.c src/indirection.c src/init.c src/memory.c
  src/microkernel-utils.c src/microparams-init.c src/mutex.c src/normalization.c
  src/operator-delete.c src/operator-run.c src/operator-utils.c src/params.c
  src/enums/allocation-type.c src/enums/datatype-strings.c src/enums/microkernel-type.c
  src/enums/node-type.c src/enums/operator-type.c src/log.c
  src/operators/binary-elementwise-nd.c src/operators/constant-pad-nd.c
  src/operators/convolution-nhwc.c src/operators/fully-connected-nc.c
  src/operators/transpose-nd.c src/operators/unary-elementwise-nc.c
  src/reference/binary-elementwise.cc src/reference/packing.cc src/reference/unary-elementwise.cc
  src/tables/exp2-k-over-64.c src/tables/exp2-k-over-2048.c
  src/tables/exp2minus-k-over-4.c src/tables/exp2minus-k-over-8.c
  src/tables/exp2minus-k-over-16.c src/tables/exp2minus-k-over-32.c
  src/tables/exp2minus-k-over-64.c src/tables/exp2minus-k-over-2048.c src/tables/vlog.c)
file(GLOB _motet_xnn_configs RELATIVE "${xnnpack_SOURCE_DIR}"
  "${xnnpack_SOURCE_DIR}/src/configs/*.c")
list(APPEND _motet_xnn_sources ${_motet_xnn_configs})

# Instruction sets: "list name|compiler flags". The kernels of a set run only after a check of the
# processor, so one binary serves every processor of its architecture.
if(EMSCRIPTEN)
  # -msimd128 is on for the whole library: XNNPACK picks its wasm kernels at compile time.
  set(_motet_xnn_isas "SCALAR|" "WASM|" "WASMSIMD|")
  if(MOTET_RELAXED_SIMD)
    list(APPEND _motet_xnn_isas "WASMRELAXEDSIMD|")
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(_avx2 "-mf16c -mfma -mavx2")
  set(_avx512 "-mf16c -mfma -mavx512f")
  set(_skx "${_avx512} -mavx512cd -mavx512bw -mavx512dq -mavx512vl")
  set(_motet_xnn_isas "SCALAR|" "SSE|-msse" "SSE2|-msse2" "SSSE3|-mssse3" "SSE41|-msse4.1"
    "AVX|-mavx" "F16C|-mf16c" "FMA3|-mf16c -mfma" "AVX2|${_avx2}" "AVX256SKX|${_skx}"
    "AVXVNNI|${_avx2} -mavxvnni" "AVX512F|${_avx512}" "AVX512SKX|${_skx}" "AVX512VBMI|${_skx} -mavx512vbmi"
    "AVX512VNNI|${_skx} -mavx512vnni")
  check_c_compiler_flag("-mamx-tile -mamx-int8" MOTET_COMPILES_AMX)
  if(MOTET_COMPILES_AMX)
    list(APPEND _motet_xnn_isas "AVX512AMX|${_skx} -mavx512vnni -mamx-tile -mamx-int8")
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(_motet_xnn_isas "SCALAR|" "NEON|" "NEON_AARCH64|" "NEONFMA|" "NEONFMA_AARCH64|" "NEONV8|"
    "NEONDOT|-march=armv8.2-a+dotprod")
else()
  set(_motet_xnn_isas "SCALAR|")
endif()

# The kernels of a set are compiled in files of 30: each alone would take most of its time for the
# compiler's own headers of vector instructions.
list(JOIN _motet_xnn_families "|" _families)
set(_motet_xnn_kernels "")  # the sources of the kernels
set(_motet_xnn_units "")    # the files that include them
foreach(_entry IN LISTS _motet_xnn_isas)
  string(REGEX MATCH "^([A-Z0-9_]+)\\|(.*)$" _ "${_entry}")
  set(_isa "${CMAKE_MATCH_1}")
  set(_flags "${CMAKE_MATCH_2}")
  string(TOLOWER "${_isa}" _file)
  include("${xnnpack_SOURCE_DIR}/cmake/gen/${_file}_microkernels.cmake")
  set(_list ${PROD_${_isa}_MICROKERNEL_SRCS})
  list(FILTER _list INCLUDE REGEX "^src/(${_families})/")
  if(EMSCRIPTEN)
    # Sizes count there, and our products have no activation; each kernel of f32 exists without one.
    list(FILTER _list EXCLUDE REGEX "^src/(f32-gemm/.*-(minmax|relu)-wasm|qd8-f32-qc8w-gemm/)")
  endif()
  list(TRANSFORM _list PREPEND "${xnnpack_SOURCE_DIR}/")
  list(REMOVE_ITEM _list ${_motet_xnn_kernels})
  list(APPEND _motet_xnn_kernels ${_list})
  list(TRANSFORM _list REPLACE "(.+)" "#include \"\\1\"")
  set(_number 0)
  while(_list)
    list(LENGTH _list _length)
    math(EXPR _number "${_number} + 1")
    if(_length GREATER 30)
      list(SUBLIST _list 0 30 _part)
      list(SUBLIST _list 30 -1 _list)
    else()
      set(_part ${_list})
      set(_list "")
    endif()
    set(_unit "${CMAKE_BINARY_DIR}/xnnpack/kernels_${_file}_${_number}.c")
    list(JOIN _part "\n" _part)
    file(CONFIGURE OUTPUT "${_unit}" CONTENT "${_part}\n" @ONLY)
    set_property(SOURCE "${_unit}" PROPERTY COMPILE_FLAGS "${_flags} -fno-math-errno")
    list(APPEND _motet_xnn_units "${_unit}")
  endwhile()
endforeach()
list(TRANSFORM _motet_xnn_sources PREPEND "${xnnpack_SOURCE_DIR}/")

if(EMSCRIPTEN)
  set_property(SOURCE "${xnnpack_SOURCE_DIR}/src/configs/gemm-config.c" APPEND PROPERTY
    COMPILE_OPTIONS -include "${CMAKE_CURRENT_LIST_DIR}/xnnpack/gemm_config.h")
  set(_motet_xnn_own "${CMAKE_CURRENT_LIST_DIR}/xnnpack/qd8_gemm_wasm.c")
else()
  set(_motet_xnn_own "")
endif()

# --- Names of kernels that are not compiled -----------------------------------------------------

set(_defined "")
foreach(_source IN LISTS _motet_xnn_kernels)
  file(STRINGS "${_source}" _lines REGEX "^[a-z_ ]*xnn_[a-z0-9_]*ukernel[a-zA-Z0-9_]*\\(")
  string(REGEX MATCHALL "xnn_[a-z0-9_]*ukernel[a-zA-Z0-9_]*" _names "${_lines}")
  list(APPEND _defined ${_names})
endforeach()
set(_referenced "")
foreach(_source IN LISTS _motet_xnn_configs)
  file(READ "${xnnpack_SOURCE_DIR}/${_source}" _text)
  string(REGEX MATCHALL "xnn_[a-z0-9_]*ukernel_*_[a-z0-9][a-zA-Z0-9_]*" _names "${_text}")
  list(APPEND _referenced ${_names})
endforeach()
list(REMOVE_DUPLICATES _referenced)
list(FILTER _referenced EXCLUDE REGEX "^xnn_init_|_fn$|_hmp_")
list(REMOVE_ITEM _referenced ${_defined})
list(SORT _referenced)
set(MOTET_UNBUILT_KERNELS "")
foreach(_name IN LISTS _referenced)
  string(APPEND MOTET_UNBUILT_KERNELS "MOTET_UNBUILT(${_name})\n")
endforeach()
configure_file("${CMAKE_CURRENT_LIST_DIR}/xnnpack/unbuilt_kernels.c.in"
  "${CMAKE_BINARY_DIR}/xnnpack/unbuilt_kernels.c" @ONLY)

# --- Names of our own -----------------------------------------------------------------------------

# Whoever links libmotet.a may have an XNNPACK or a pthreadpool already, of another version. With equal
# names the linker would take some functions from the one and some from the other without a warning; all
# of ours are called motet_xnn_... and motet_pthreadpool_... by a header that comes before each file.
# tests/install/symbols.cmake looks whether a name was left out.
set(_motet_xnn_renaming "")
if(NOT EMSCRIPTEN)
  file(GLOB_RECURSE _files
    "${xnnpack_SOURCE_DIR}/include/*.h" "${xnnpack_SOURCE_DIR}/src/*.h"
    "${pthreadpool_SOURCE_DIR}/include/*.h" "${pthreadpool_SOURCE_DIR}/src/*.[ch]")
  set(_names "")
  set(_macros "")
  foreach(_file IN LISTS _files _motet_xnn_sources _motet_xnn_kernels)
    file(STRINGS "${_file}" _lines REGEX "(xnn|pthreadpool)_")
    string(REGEX MATCHALL "(xnn|pthreadpool)_[a-zA-Z0-9_]+" _found "${_lines}")
    list(APPEND _names ${_found})
    string(REGEX MATCHALL "# *define +(xnn|pthreadpool)_[a-zA-Z0-9_]+" _found "${_lines}")
    list(TRANSFORM _found REPLACE "# *define +" "")
    list(APPEND _macros ${_found})
  endforeach()
  # Those without a prefix.
  list(APPEND _names xnnpack copy_bias murmur_hash3 create_depth_to_space_nchw2nhwc
    create_fully_connected_nc_f32 pack_qs8_conv_kgo_w pack_qs8_deconv_goki_w
    pack_weights_and_biases reshape_depth_to_space_nchw2nhwc run_constant_pad_nd run_transpose_nd
    setup_depth_to_space_nchw2nhwc)
  list(REMOVE_DUPLICATES _names)
  list(REMOVE_ITEM _names ${_macros})
  list(SORT _names)
  list(TRANSFORM _names REPLACE "(.+)" "#define \\1 motet_\\1")
  list(JOIN _names "\n" _names)
  set(_motet_xnn_renaming "${CMAKE_BINARY_DIR}/xnnpack/names.h")
  file(CONFIGURE OUTPUT "${_motet_xnn_renaming}" CONTENT "${_names}\n" @ONLY)
endif()

# --- The library --------------------------------------------------------------------------------

if(EMSCRIPTEN)
  set(_pthreadpool_sources legacy-api.c shim.c)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(_pthreadpool_sources legacy-api.c portable-api.c memory.c pthreads.c fastpath.c)
else()
  set(_pthreadpool_sources legacy-api.c portable-api.c memory.c pthreads.c)
endif()
list(TRANSFORM _pthreadpool_sources PREPEND "${pthreadpool_SOURCE_DIR}/src/")

add_library(motet_xnnpack STATIC
  ${_motet_xnn_sources} ${_motet_xnn_units} ${_motet_xnn_own} ${_pthreadpool_sources}
  "${CMAKE_BINARY_DIR}/xnnpack/unbuilt_kernels.c")
add_library(motet::xnnpack ALIAS motet_xnnpack)
set_target_properties(motet_xnnpack PROPERTIES
  C_STANDARD 11 C_EXTENSIONS ON  # memory.c needs MAP_ANONYMOUS
  CXX_STANDARD 17 CXX_EXTENSIONS OFF
  # Hidden, so that no shared library offers them.
  C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
  CXX_CLANG_TIDY "" C_CLANG_TIDY "")
if(EMSCRIPTEN)
  set_target_properties(motet_xnnpack PROPERTIES POSITION_INDEPENDENT_CODE OFF)
else()
  # For the shared library. (The property takes no generator expressions.)
  set_target_properties(motet_xnnpack PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_options(motet_xnnpack
    PUBLIC "$<BUILD_INTERFACE:SHELL:-include ${_motet_xnn_renaming}>")
endif()
target_include_directories(motet_xnnpack SYSTEM
  PUBLIC
    "$<BUILD_INTERFACE:${xnnpack_SOURCE_DIR}/include>"
    "$<BUILD_INTERFACE:${pthreadpool_SOURCE_DIR}/include>"
  PRIVATE
    "${xnnpack_SOURCE_DIR}/src" "${fp16_SOURCE_DIR}/include" "${fxdiv_SOURCE_DIR}/include")
if(NOT EMSCRIPTEN)
  # Our own small cpuinfo.h: see there.
  target_include_directories(motet_xnnpack BEFORE PRIVATE "${CMAKE_CURRENT_LIST_DIR}/xnnpack")
  find_package(Threads REQUIRED)
  target_link_libraries(motet_xnnpack PUBLIC Threads::Threads m)
endif()
target_compile_options(motet_xnnpack PRIVATE
  -O2 -g0 -w -fno-sanitize=all -ffunction-sections -fdata-sections
  $<$<BOOL:${EMSCRIPTEN}>:-msimd128> $<$<BOOL:${MOTET_RELAXED_SIMD}>:-mrelaxed-simd>)
if(NOT EMSCRIPTEN AND NOT APPLE)
  # What the operators do not reach is dropped from programs.
  target_link_options(motet_xnnpack INTERFACE -Wl,--gc-sections)
endif()
if(EMSCRIPTEN)
  set(_cpuinfo 0)
else()
  set(_cpuinfo 1)
endif()
target_compile_definitions(motet_xnnpack PRIVATE
  NDEBUG _GNU_SOURCE=1 XNN_LOG_LEVEL=0
  XNN_ENABLE_CPUINFO=${_cpuinfo} XNN_ENABLE_MEMOPT=1 XNN_ENABLE_SPARSE=0
  XNN_ENABLE_ASSEMBLY=0 XNN_ENABLE_JIT=0 XNN_ENABLE_KLEIDIAI=0
  XNN_ENABLE_GEMM_M_SPECIALIZATION=1 XNN_ENABLE_DWCONV_MULTIPASS=0
  XNN_ENABLE_ARM_FP16_SCALAR=0 XNN_ENABLE_ARM_FP16_VECTOR=0 XNN_ENABLE_ARM_BF16=0
  XNN_ENABLE_ARM_DOTPROD=1 XNN_ENABLE_ARM_I8MM=0 XNN_ENABLE_ARM_SME=0 XNN_ENABLE_ARM_SME2=0
  XNN_ENABLE_RISCV_VECTOR=0 XNN_ENABLE_VSX=0 XNN_ENABLE_HVX=0
  XNN_ENABLE_AVX512F=1 XNN_ENABLE_AVX512SKX=1 XNN_ENABLE_AVX512VBMI=1 XNN_ENABLE_AVX256SKX=1
  # (XNNPACK takes AMX only where there is GFNI, too, though no kernel of ours uses that.)
  XNN_ENABLE_AVXVNNI=1 XNN_ENABLE_AVX512VNNI=1 XNN_ENABLE_AVX512VNNIGFNI=1
  XNN_ENABLE_AVX512AMX=$<BOOL:${MOTET_COMPILES_AMX}>
  # Sets that none of our kernels needs; older compilers lack some.
  XNN_ENABLE_AVXVNNIINT8=0 XNN_ENABLE_AVX256VNNI=0 XNN_ENABLE_AVX256VNNIGFNI=0
  XNN_ENABLE_AVX512FP16=0
  PTHREADPOOL_USE_CPUINFO=0 PTHREADPOOL_USE_GCD=0 PTHREADPOOL_USE_EVENT=0
  $<IF:$<PLATFORM_ID:Linux>,PTHREADPOOL_USE_FUTEX=1,PTHREADPOOL_USE_FUTEX=0>
  $<IF:$<IN_LIST:${pthreadpool_SOURCE_DIR}/src/fastpath.c,${_pthreadpool_sources}>,PTHREADPOOL_USE_FASTPATH=1,PTHREADPOOL_USE_FASTPATH=0>)

# --- For other build trees ------------------------------------------------------------------------

if(PROJECT_IS_TOP_LEVEL AND NOT EMSCRIPTEN)
  set(_tree "find_package(Threads REQUIRED)\n")
  foreach(_name xnnpack pthreadpool fp16 fxdiv)
    string(APPEND _tree "set(${_name}_SOURCE_DIR \"${${_name}_SOURCE_DIR}\")\n")
  endforeach()
  string(APPEND _tree "include(\"\${CMAKE_CURRENT_LIST_DIR}/targets.cmake\")\n")
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/xnnpack/tree.cmake" CONTENT "${_tree}" @ONLY)
  set_target_properties(motet_xnnpack PROPERTIES EXPORT_NAME xnnpack)
  export(TARGETS motet_xnnpack NAMESPACE motet:: FILE "${CMAKE_BINARY_DIR}/xnnpack/targets.cmake")
endif()
