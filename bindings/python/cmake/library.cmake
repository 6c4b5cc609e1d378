# Links _core with libmesh: with what is given, or with the library inside, made here.
set(MESHPLANE_PREFIX "$ENV{MESHPLANE_PREFIX}" CACHE PATH "Use the libmesh installed below this folder, libmesh.a if there is one")

if(MESHPLANE_LIBRARY)
  target_include_directories(_core PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/../../include)
  target_link_libraries(_core PRIVATE ${MESHPLANE_LIBRARY})
elseif(MESHPLANE_SHARED OR MESHPLANE_PREFIX)
  include(${CMAKE_CURRENT_LIST_DIR}/installed.cmake)
else()
  include(${CMAKE_CURRENT_LIST_DIR}/inside.cmake)
endif()
