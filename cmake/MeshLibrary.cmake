# The product: libmesh.so (C functions only) and, on request, libmesh.a.
#
# The shared library is made of capi's objects; the folders below it come in as far as they are used.
# The version script exports the names of tests/abi/symbols.txt and hides everything else, the
# standard library's templates included, so that nothing of ours can clash with a host program.

set(MESH_SYMBOLS ${PROJECT_SOURCE_DIR}/tests/abi/symbols.txt)
set(MESH_VERSION_SCRIPT ${PROJECT_BINARY_DIR}/libmesh.map)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${MESH_SYMBOLS})
file(STRINGS ${MESH_SYMBOLS} symbols REGEX "^mesh_")
list(TRANSFORM symbols PREPEND "    ")
list(TRANSFORM symbols APPEND ";\n")
list(JOIN symbols "" symbols)
file(CONFIGURE OUTPUT ${MESH_VERSION_SCRIPT}
     CONTENT "MESH_${PROJECT_VERSION_MAJOR} {\n  global:\n${symbols}  local:\n    *;\n};\n")

file(GLOB MESH_PUBLIC_HEADERS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/mesh/*.h
                                                ${PROJECT_SOURCE_DIR}/include/mesh/*.hpp)

add_library(mesh SHARED $<TARGET_OBJECTS:mesh_capi>)
set_target_properties(mesh PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${MESH_VERSION_SCRIPT} LINKER_LANGUAGE CXX)
target_link_libraries(mesh PRIVATE $<BUILD_INTERFACE:mesh_capi>)
target_link_options(mesh PRIVATE LINKER:--version-script=${MESH_VERSION_SCRIPT} LINKER:--gc-sections)
if(NOT MESH_SANITIZE)  # the sanitizers' runtime is resolved in the program
  target_link_options(mesh PRIVATE LINKER:-z,defs)
endif()
target_include_directories(mesh INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                          $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
