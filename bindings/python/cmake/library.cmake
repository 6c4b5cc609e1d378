# Links _core with libmesh.
if(MESHPLANE_LIBRARY)
  target_include_directories(_core PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/../../include)
  target_link_libraries(_core PRIVATE ${MESHPLANE_LIBRARY})
elseif(MESHPLANE_SHARED)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(MESH REQUIRED IMPORTED_TARGET mesh)
  target_link_libraries(_core PRIVATE PkgConfig::MESH)
  # Found beside the library that it was built with, wherever that is installed.
  set_target_properties(_core PROPERTIES BUILD_RPATH "${MESH_LIBRARY_DIRS}" INSTALL_RPATH "${MESH_LIBRARY_DIRS}")
else()
  include(${CMAKE_CURRENT_LIST_DIR}/inside.cmake)
endif()
