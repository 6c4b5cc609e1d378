# The library's own code inside the extension: libmesh.a is built from its sources. A clone that has a release build lends it;
# otherwise the core is built in build/inside of its tree, so that paths in it do not depend on where this build is (a compiler cache
# then knows them), and a second build makes only what changed.
include(ExternalProject)
if(NOT EXISTS ${core}/include/mesh/mesh.hpp)
  message(FATAL_ERROR "The sources of libmesh are neither in core/ nor around this folder: install from a clone or from the "
                      "source distribution, or with MESHPLANE_PREFIX=FOLDER, where libmesh is installed")
endif()

set(core_build ${core}/build/inside)
if(EXISTS ${core}/build/release/build.ninja)
  set(core_build ${core}/build/release)
  set(configure ${CMAKE_COMMAND} -E true)
else()
  set(configure ${CMAKE_COMMAND} -G Ninja -S ${core} -B ${core_build} -DCMAKE_BUILD_TYPE=Release -DMESH_BUILD_STATIC=ON
                -DMESH_BUILD_TESTS=OFF -DMESH_BUILD_FRONTENDS=OFF -DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM})
endif()
ExternalProject_Add(core SOURCE_DIR ${core} BINARY_DIR ${core_build} CONFIGURE_COMMAND ${configure}
  BUILD_COMMAND ${CMAKE_COMMAND} --build ${core_build} --target mesh_static
  BUILD_ALWAYS ON BUILD_BYPRODUCTS ${core_build}/libmesh.a INSTALL_COMMAND "" USES_TERMINAL_BUILD ON)

add_dependencies(_core core)
target_include_directories(_core PRIVATE ${core}/include)
target_link_libraries(_core PRIVATE ${core_build}/libmesh.a)
include(${CMAKE_CURRENT_LIST_DIR}/needed.cmake)
