# What the tests of this folder share. They are run by ctest with
#   BUILD_DIR (Motet's build tree), SOURCE_DIR (Motet's own), WORK_DIR, PREFIX, GENERATOR, C_COMPILER,
#   CXX_COMPILER, SINE (a second of raw PCM, which consumer/ writes).
set(examples "${SOURCE_DIR}/examples")

# Runs a command that must succeed.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Configures and builds a project.
function(build folder tree)
  run("${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${folder}" -B "${tree}"
    "-DCMAKE_C_COMPILER=${C_COMPILER}" "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}" ${ARGN})
  run("${CMAKE_COMMAND}" --build "${tree}")
endfunction()

# The programs of examples/ together: the sine becomes a stream, and as many samples again.
function(code_the_sine encode decode)
  set(model "${SOURCE_DIR}/models/motet.motetmodel")
  set(stream "${WORK_DIR}/sine.motet")
  set(decoded "${WORK_DIR}/decoded.f32")
  file(REMOVE "${stream}" "${decoded}")
  execute_process(COMMAND "${encode}" "${model}" "${stream}" INPUT_FILE "${SINE}"
    COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND "${decode}" "${model}" "${stream}" OUTPUT_FILE "${decoded}"
    COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  file(SIZE "${SINE}" wanted)
  file(SIZE "${decoded}" found)
  if(wanted EQUAL 0 OR NOT wanted EQUAL found)
    message(FATAL_ERROR "${wanted} bytes of PCM came back as ${found}")
  endif()
  # A sine of amplitude 0.5 that is decoded is no silence: few of its bytes are zero.
  file(READ "${decoded}" hexadecimal LIMIT 40000 OFFSET 160000 HEX)
  if(hexadecimal MATCHES "^0*$")
    message(FATAL_ERROR "what came back is silence")
  endif()
endfunction()
