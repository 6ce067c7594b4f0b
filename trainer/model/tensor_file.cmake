# The parts of trainer/model that know nothing of LibTorch, so that the exporter does without it too.
# Whoever includes this first defines them.
#   motet_tensor_file   the container of docs/FORMAT.md, read and written
include_guard(GLOBAL)

add_library(motet_tensor_file STATIC
  "${CMAKE_CURRENT_LIST_DIR}/tensor_file.cc"
  "${CMAKE_CURRENT_LIST_DIR}/tensor_storage.cc")
add_library(motet::tensor_file ALIAS motet_tensor_file)
target_include_directories(motet_tensor_file PUBLIC "${CMAKE_CURRENT_LIST_DIR}/..")
target_link_libraries(motet_tensor_file PRIVATE motet::options)

if(MOTET_BUILD_TESTS)
  find_package(GTest)
  if(GTest_FOUND)
    include(GoogleTest)
    add_executable(motet_tensor_file_test "${CMAKE_CURRENT_LIST_DIR}/tests/tensor_file_test.cc")
    target_include_directories(motet_tensor_file_test PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    target_link_libraries(motet_tensor_file_test
      PRIVATE motet::options motet::tensor_file GTest::gtest_main)
    gtest_discover_tests(motet_tensor_file_test)
  endif()
endif()
