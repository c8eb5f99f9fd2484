# Target helpers: one line per library, executable or test, so that every CMakeLists.txt reads as a list.
# quittance_library(core SOURCES a.cpp DEPS other lib)  -> target quittance_core
function(quittance_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(quittance_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(quittance_${name} PUBLIC quittance_options ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

function(quittance_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE quittance_options ${ARG_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# A gtest program and its ctest; LABELS unit (milliseconds), integration (PostgreSQL, sockets) or e2e (real processes).
# The ids of docs/failure-cases that its test names carry are collected by `./dev test`.
function(quittance_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT QUITTANCE_TESTS)
    return()
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE quittance_options ${ARG_DEPS} GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_definitions(${name} PRIVATE QUITTANCE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" QUITTANCE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  # gtest's macros in a braceless if.
  target_compile_options(${name} PRIVATE -Wno-dangling-else)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
  if("e2e" IN_LIST ARG_LABELS)
    # Stacks of five processes share two cores: one at a time.
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK stack)
  endif()
endfunction()

# A folder joins the build when it has a CMakeLists.txt.
function(quittance_folders)
  foreach(folder ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()
