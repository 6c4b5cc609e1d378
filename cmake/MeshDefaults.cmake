# What every target of the project is compiled with.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, ..." FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

# ccache shared by all clones: paths are hashed relative to the source tree, so a fresh clone is warm.
find_program(MESH_CCACHE ccache)
if(MESH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(MESH_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
                    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                    ${MESH_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MESH_LAUNCHER})
  set(CMAKE_C_COMPILER_LAUNCHER ${MESH_LAUNCHER})
endif()

if(MESH_SANITIZE)
  add_compile_options(-fsanitize=${MESH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MESH_SANITIZE})
endif()

# Interface of the warnings, so that generated or third-party code can go without.
add_library(mesh_warnings INTERFACE)
target_compile_options(mesh_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion
                                               $<$<BOOL:${MESH_WERROR}>:-Werror>)
if(MESH_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++ loses track of what is initialized in instrumented code and warns about every std::variant.
  target_compile_options(mesh_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# A source archive carries the generated files, so that building from it needs no Go
# (`make dist`); a clone generates them into the build folder.
set(MESH_GENERATED_DIR ${PROJECT_BINARY_DIR}/generated)
if(EXISTS ${PROJECT_SOURCE_DIR}/generated/libmesh)
  # Under the same name from the build folder, so that the compiler cache knows it from a clone.
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/generated ${MESH_GENERATED_DIR} SYMBOLIC)
  set(MESH_GENERATED_IS_SHIPPED ON)
else()
  set(MESH_GENERATED_IS_SHIPPED OFF)
endif()
