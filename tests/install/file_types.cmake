# Other programs know Motet's files by the rules that are installed: file(1) by motet.magic, desktops by
# motet.xml, whether or not the name says what it is. A file of another kind is not taken for one.
cmake_policy(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
find_program(FILE_PROGRAM file REQUIRED)
find_program(UPDATE_MIME_DATABASE update-mime-database REQUIRED)
find_program(GIO gio REQUIRED)
file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")

set(model "${PREFIX}/share/motet/motet.motetmodel")
run("${PREFIX}/bin/motet" encode --model "${model}" -q 3 --coding fixed
  "${SOURCE_DIR}/tests/data/excerpt.flac" "${WORK_DIR}/song.motet")
configure_file("${WORK_DIR}/song.motet" "${WORK_DIR}/stream" COPYONLY)
configure_file("${model}" "${WORK_DIR}/model" COPYONLY)
# Text that begins as a stream does, but for what a transfer as text makes of the line end.
file(WRITE "${WORK_DIR}/text" "Motet\n\nA composition in several voices.\n")

# said(WANTED COMMAND...): a line that the command prints.
function(said wanted)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" lines "${found}")
  list(TRANSFORM lines STRIP)
  if(NOT wanted IN_LIST lines)
    message(FATAL_ERROR "it said '${found}', wanted '${wanted}'")
  endif()
endfunction()

execute_process(COMMAND "${PREFIX}/bin/motet" info --json "${WORK_DIR}/song.motet"
  OUTPUT_VARIABLE info COMMAND_ERROR_IS_FATAL ANY)
string(JSON identity GET "${info}" model)
set(rules -m "${PREFIX}/share/motet/motet.magic")
said("Motet audio stream, 44100 Hz, stereo, quality 3, fixed width, model ${identity}"
  "${FILE_PROGRAM}" --brief ${rules} "${WORK_DIR}/stream")
said(audio/x-motet "${FILE_PROGRAM}" --brief --mime-type ${rules} "${WORK_DIR}/stream")
said(motet "${FILE_PROGRAM}" --brief --extension ${rules} "${WORK_DIR}/stream")
said(application/x-motet-model "${FILE_PROGRAM}" --brief --mime-type ${rules} "${WORK_DIR}/model")
said(text/plain "${FILE_PROGRAM}" --brief --mime-type ${rules} "${WORK_DIR}/text")

# A desktop's database of types, made of what was installed alone.
set(data "${WORK_DIR}/share")
file(COPY "${PREFIX}/share/mime/packages" DESTINATION "${data}/mime")
set(ENV{XDG_DATA_HOME} "${data}")
set(ENV{XDG_DATA_DIRS} "${data}")
run("${UPDATE_MIME_DATABASE}" "${data}/mime")
function(known_as type name)
  said("standard::content-type: ${type}" "${GIO}" info -a standard::content-type "${WORK_DIR}/${name}")
endfunction()
known_as(audio/x-motet song.motet)
known_as(audio/x-motet stream)
known_as(application/x-motet-model model)
known_as(text/plain text)
file(STRINGS "${data}/mime/globs2" globs)
foreach(glob "50:audio/x-motet:*.motet" "50:application/x-motet-model:*.motetmodel")
  if(NOT glob IN_LIST globs)
    message(FATAL_ERROR "the database has no '${glob}': ${globs}")
  endif()
endforeach()
