# cmake -D REGISTRY=models/index.json -D OUT=model-list.js -P model_list.cmake: the registry of models as a
# module of the package. Bundlers want the address of each file to be written out.
file(READ "${REGISTRY}" _json)
string(JSON _last LENGTH "${_json}" models)
math(EXPR _last "${_last} - 1")
set(_list "")
foreach(_i RANGE ${_last})
  set(_fields "")
  foreach(_pair name:name identity:identity codecIdentity:codec_identity date:date licence:licence
      released:released file:file commit:commit)
    string(REGEX REPLACE ":.*" "" _name "${_pair}")
    string(REGEX REPLACE ".*:" "" _key "${_pair}")
    string(JSON _value ERROR_VARIABLE _missing GET "${_json}" models ${_i} ${_key})
    if(_missing OR _value STREQUAL "")
      continue()
    endif()
    if(NOT _value MATCHES "^[A-Za-z0-9 ._-]+$")
      message(FATAL_ERROR "${REGISTRY}: ${_key} of model ${_i} is '${_value}', wanted letters, digits, ' ', '.', '_', '-'")
    endif()
    string(APPEND _fields "${_name}: '${_value}', ")
  endforeach()
  string(JSON _commit ERROR_VARIABLE _is_here GET "${_json}" models ${_i} commit)
  if(_is_here)
    string(JSON _file GET "${_json}" models ${_i} file)
    string(APPEND _fields "url: assetUrl('${_file}', new URL('./${_file}', import.meta.url)), ")
  endif()
  string(APPEND _list "  { ${_fields}},\n")
endforeach()
file(WRITE "${OUT}" "// Made from models/index.json.
import { assetUrl } from './asset-url.js';

export const models = Object.freeze([
${_list}]);
")
