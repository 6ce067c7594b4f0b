# The stream half of the core (reader and writer of `.motet`). Included by core/CMakeLists.txt once motet_core exists.
target_sources(motet_core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/src/crc32.cc
  ${CMAKE_CURRENT_LIST_DIR}/src/page_coder.cc
  ${CMAKE_CURRENT_LIST_DIR}/src/range_coder.cc
  ${CMAKE_CURRENT_LIST_DIR}/src/stream_decoder.cc
  ${CMAKE_CURRENT_LIST_DIR}/src/stream_model.cc
  ${CMAKE_CURRENT_LIST_DIR}/src/stream_reader.cc
  ${CMAKE_CURRENT_LIST_DIR}/src/stream_writer.cc
  ${CMAKE_CURRENT_LIST_DIR}/src/utf8.cc)
