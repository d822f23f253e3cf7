# cdp_room(NAME DIR [DEPS ...]): one static library per folder, all its .cc files, warnings as errors.

add_library(cdp_flags INTERFACE)
target_compile_options(cdp_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                                           -Wnon-virtual-dtor -Woverloaded-virtual -Wswitch)
if(CDP_WERROR)
  target_compile_options(cdp_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside libstdc++ and Boost when the optimiser or a sanitizer has inlined them.
  target_compile_options(cdp_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
                                             -Wno-array-bounds -Wno-stringop-overread -Wno-free-nonheap-object
                                             -fpch-preprocess)
endif()
target_include_directories(cdp_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_link_libraries(cdp_flags INTERFACE Threads::Threads)

function(cdp_room NAME DIR)
  cmake_parse_arguments(ROOM "" "" "DEPS;EXCLUDE" ${ARGN})
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${DIR}/*.cc)
  list(FILTER SOURCES EXCLUDE REGEX "/main\\.cc$")
  if(ROOM_EXCLUDE)
    list(FILTER SOURCES EXCLUDE REGEX "${ROOM_EXCLUDE}")
  endif()
  if(NOT SOURCES)
    add_library(${NAME} INTERFACE)
    target_link_libraries(${NAME} INTERFACE cdp_flags ${ROOM_DEPS})
    return()
  endif()
  add_library(${NAME} STATIC ${SOURCES})
  target_link_libraries(${NAME} PUBLIC cdp_flags ${ROOM_DEPS})
  if(NAME STREQUAL "cdp_base")
    target_precompile_headers(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/cdp/core/base/pch.h)
  else()
    target_precompile_headers(${NAME} REUSE_FROM cdp_base)
  endif()
endfunction()

# cdp_test(NAME DIR [DEPS ...]): one GoogleTest binary from every *_test.cc in DIR (not below it).
function(cdp_test NAME DIR)
  cmake_parse_arguments(T "" "TIMEOUT" "DEPS;LABELS" ${ARGN})
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${DIR}/*_test.cc)
  if(NOT SOURCES)
    return()
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  add_executable(${NAME} ${SOURCES})
  target_link_libraries(${NAME} PRIVATE cdp_test_support ${T_DEPS})
  target_precompile_headers(${NAME} REUSE_FROM cdp_test_support)
  gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                       TEST_PREFIX "${NAME}." PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${T_LABELS}")
endfunction()
