# motet_tensor_file: the container of docs/FORMAT.md for programs that write it. Standard C++ alone, so that the exporter
# and the trainer's tools share it without LibTorch. Whoever includes it first defines it.
if(NOT TARGET motet_tensor_file)
  add_library(motet_tensor_file STATIC
    "${CMAKE_CURRENT_LIST_DIR}/tensor_file.cc"
    "${CMAKE_CURRENT_LIST_DIR}/tensor_storage.cc")
  target_include_directories(motet_tensor_file PUBLIC "${CMAKE_CURRENT_LIST_DIR}/..")
  target_compile_features(motet_tensor_file PUBLIC cxx_std_20)
endif()
