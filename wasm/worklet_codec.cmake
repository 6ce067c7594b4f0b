# cmake -D GLUE=… -D CODEC=… -D OUT=… -P worklet_codec.cmake: one script of the core's glue, whose export an
# audio worklet would not find, and what is made of it there.
file(READ "${GLUE}" _glue)
string(FIND "${_glue}" "export default createMotetCore" _export)
if(_export EQUAL -1)
  message(FATAL_ERROR "${GLUE} does not export createMotetCore, wanted 'export default createMotetCore'")
endif()
string(REGEX REPLACE "export default createMotetCore;?" "" _glue "${_glue}")
file(READ "${CODEC}" _codec)
file(WRITE "${OUT}" "${_glue}\n${_codec}")
