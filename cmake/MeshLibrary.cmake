# The product: libmesh.so (C functions only) and, on request, libmesh.a.
#
# The shared library is made of capi's objects; the folders below it come in as far as they are used.
# The version script exports the names of tests/abi/symbols.txt and hides everything else, the
# standard library's templates included, so that nothing of ours can clash with a host program.

set(MESH_SYMBOLS ${PROJECT_SOURCE_DIR}/tests/abi/symbols.txt)
set(MESH_VERSION_SCRIPT ${PROJECT_BINARY_DIR}/libmesh.map)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${MESH_SYMBOLS})
file(STRINGS ${MESH_SYMBOLS} symbols REGEX "^mesh_")
set(exported "")
foreach(symbol IN LISTS symbols)
  string(APPEND exported "    ${symbol};\n")
endforeach()
file(CONFIGURE OUTPUT ${MESH_VERSION_SCRIPT}
     CONTENT "MESH_${PROJECT_VERSION_MAJOR} {\n  global:\n${exported}  local:\n    *;\n};\n")

file(GLOB MESH_PUBLIC_HEADERS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/mesh/*.h
                                                ${PROJECT_SOURCE_DIR}/include/mesh/*.hpp)

add_library(mesh SHARED $<TARGET_OBJECTS:mesh_capi>)
set_target_properties(mesh PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${MESH_VERSION_SCRIPT} LINKER_LANGUAGE CXX)
target_link_libraries(mesh PRIVATE $<BUILD_INTERFACE:mesh_capi>)
target_link_options(mesh PRIVATE LINKER:--version-script=${MESH_VERSION_SCRIPT} LINKER:--gc-sections)
if(NOT MESH_SANITIZE)  # the sanitizers' runtime is resolved in the program
  target_link_options(mesh PRIVATE LINKER:-z,defs)
endif()
target_include_directories(mesh INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                          $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

# libmesh.a, for programs that want one file: all folders' objects, C++ symbols and all.
if(MESH_BUILD_STATIC)
  add_library(mesh_static STATIC ${MESH_ARCHIVE_OBJECTS})
  set_target_properties(mesh_static PROPERTIES OUTPUT_NAME mesh ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  target_link_libraries(mesh_static PUBLIC $<BUILD_INTERFACE:mesh_capi>)
  install(TARGETS mesh_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

# What is installed. Nothing is named libmesh_*, libmesh-config or include/libmesh: those belong to
# libMesh, the finite-element library (tests/abi/install_test.py).
include(CMakePackageConfigHelpers)
set(cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/mesh)
install(TARGETS mesh EXPORT meshTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${MESH_PUBLIC_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mesh)
install(EXPORT meshTargets NAMESPACE mesh:: DESTINATION ${cmake_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/meshConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/meshConfig.cmake INSTALL_DESTINATION ${cmake_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/meshConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/meshConfig.cmake ${PROJECT_BINARY_DIR}/meshConfigVersion.cmake
        DESTINATION ${cmake_folder})

# Paths relative to the .pc file, so that an installed tree may be moved.
file(RELATIVE_PATH MESH_PC_TO_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(${PROJECT_SOURCE_DIR}/cmake/mesh.pc.in ${PROJECT_BINARY_DIR}/mesh.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mesh.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
