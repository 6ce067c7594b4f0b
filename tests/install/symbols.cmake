# What can be seen of the libraries. libmotet.so offers motet_... and motet::..., and nothing else,
# XNNPACK, pthreadpool and the standard library's templates least of all. libmotet_xnnpack.a has only
# names of our own, so that another XNNPACK in the same program is not mixed with it.
function(symbols out)
  execute_process(COMMAND "${NM}" ${ARGN} OUTPUT_VARIABLE text ERROR_VARIABLE no_symbols
    COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+ [A-Za-z] [^\n]+" lines "${text}")
  list(TRANSFORM lines REPLACE "^.* [A-Za-z] " "")
  set(${out} ${lines} PARENT_SCOPE)
endfunction()

function(check library)
  list(LENGTH ARGN count)
  if(count LESS 50)
    message(FATAL_ERROR "${library}: only ${count} symbols were found: ${ARGN}")
  endif()
  message(STATUS "${library}: ${count} symbols")
endfunction()

symbols(found -D --defined-only "${SHARED}")
check("${SHARED}" ${found})
list(FILTER found EXCLUDE REGEX "^(motet_|_ZNK?5motet|MOTET_[0-9]+\\.[0-9]+$)")
if(found)
  message(FATAL_ERROR "${SHARED} shows what it should hide: ${found}")
endif()
symbols(found -D --defined-only "${SHARED}")
list(FILTER found INCLUDE REGEX "xnn|pthreadpool|^_ZNK?5motet4core|5StateE?[^0-9]|nlohmann")
list(FILTER found EXCLUDE REGEX "C[12]E")  # constructors name the type of their argument
if(found)
  message(FATAL_ERROR "${SHARED} shows what is private: ${found}")
endif()

symbols(found --extern-only --defined-only "${XNNPACK}")
check("${XNNPACK}" ${found})
list(FILTER found EXCLUDE REGEX "motet_")
if(found)
  message(FATAL_ERROR "${XNNPACK} has names that are not ours (cmake/XNNPACK.cmake): ${found}")
endif()
