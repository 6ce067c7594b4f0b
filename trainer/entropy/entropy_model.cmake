# The parts of trainer/entropy that know nothing of LibTorch, so that the exporter does without it too.
# Whoever includes this first defines them.
include_guard(GLOBAL)
find_package(nlohmann_json REQUIRED)
include("${CMAKE_CURRENT_LIST_DIR}/../model/tensor_file.cmake")

add_library(motet_entropy_model STATIC
  "${CMAKE_CURRENT_LIST_DIR}/coded_quantizer.cc"
  "${CMAKE_CURRENT_LIST_DIR}/entropy_model.cc")
add_library(motet::entropy_model ALIAS motet_entropy_model)
target_link_libraries(motet_entropy_model
  PUBLIC motet::tensor_file motet::model_config nlohmann_json::nlohmann_json PRIVATE motet::options)
