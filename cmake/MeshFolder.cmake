# One folder of libmesh/ is one static library `mesh_<folder>`.
#
#   mesh_folder(traffic index                   # the folders it may use directly
#               [SOURCES generated.cc ...]      # beyond the folder's own *.cc
#               [LINK yaml-cpp ...]             # third-party libraries, private to the folder
#               [DEPENDS target ...])           # what generates headers it includes
#
# A folder of headers only becomes an INTERFACE library of the same name.

function(mesh_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;DEPENDS")
  # One level of sub-folders: a large folder keeps its subjects apart without more targets.
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc
                                      ${CMAKE_CURRENT_SOURCE_DIR}/*/*.cc)
  list(APPEND sources ${arg_SOURCES})
  list(TRANSFORM arg_UNPARSED_ARGUMENTS PREPEND mesh_ OUTPUT_VARIABLE folders)

  if(sources)
    add_library(mesh_${name} STATIC ${sources})
    target_link_libraries(mesh_${name} PUBLIC ${folders} PRIVATE $<BUILD_INTERFACE:mesh_warnings>
                                                                 ${arg_LINK})
    set(scope PUBLIC)
  else()
    add_library(mesh_${name} INTERFACE)
    target_link_libraries(mesh_${name} INTERFACE ${folders} ${arg_LINK})
    set(scope INTERFACE)
  endif()
  target_include_directories(mesh_${name} ${scope} ${PROJECT_SOURCE_DIR} ${MESH_GENERATED_DIR}
                                                   ${PROJECT_SOURCE_DIR}/include)
  target_compile_features(mesh_${name} ${scope} cxx_std_20)
  if(arg_DEPENDS)
    add_dependencies(mesh_${name} ${arg_DEPENDS})
  endif()
endfunction()

# Names the folders, in order; libmesh/CMakeLists.txt adds those that have a CMakeLists.txt.
macro(mesh_add_folders)
  set(MESH_FOLDERS ${ARGN})
endmacro()

# The binary <folder>_test from tests/<folder>/*_test.cc and its helpers. A folder of tests that has the
# name of a core folder links that folder; others (property, goldens) link the whole core.
function(mesh_tests folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/*.cc
                                      ${PROJECT_SOURCE_DIR}/tests/${folder}/*/*.cc)
  if(NOT sources)
    return()
  endif()
  if(TARGET mesh_${folder})
    set(libraries mesh_${folder})
  else()
    set(libraries ${MESH_FOLDER_TARGETS})
  endif()
  add_executable(${folder}_test ${sources})
  target_include_directories(${folder}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${folder}_test PRIVATE ${libraries} ${arg_LINK} mesh_test_support mesh_warnings
                                               GTest::gmock GTest::gtest_main)
  if(MESH_DISCOVER_TESTS)
    # At test time: discovery in the build would run every binary after every link.
    gtest_discover_tests(${folder}_test DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         TEST_PREFIX "${folder}." WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                         PROPERTIES TIMEOUT 300)
  else()
    add_test(NAME ${folder} COMMAND ${folder}_test --gtest_brief=1
             WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${folder} PROPERTIES TIMEOUT 1800)
  endif()
endfunction()
