# Runs the generator at configure time (the list of what it makes is not known before), only when
# one of its inputs changed. A source archive carries the result and needs neither Go nor protoc.
#
# Sets MESH_SCHEMA_SOURCES: the generated .cc files.
set(generator_dir ${CMAKE_CURRENT_SOURCE_DIR}/generator)
set(gen_dir ${MESH_GENERATED_DIR}/libmesh/schema/gen)

if(NOT MESH_GENERATED_IS_SHIPPED)
  file(GLOB generator_inputs CONFIGURE_DEPENDS ${generator_dir}/*.go
       ${CMAKE_CURRENT_SOURCE_DIR}/proto/*.proto)
  list(APPEND generator_inputs ${generator_dir}/go.mod ${generator_dir}/go.sum
       ${CMAKE_CURRENT_SOURCE_DIR}/roots.txt ${CMAKE_CURRENT_SOURCE_DIR}/namespaces.txt
       ${CMAKE_CURRENT_SOURCE_DIR}/descriptors.txt)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${generator_inputs})

  set(digests "")
  foreach(input IN LISTS generator_inputs)
    file(SHA256 ${input} digest)
    string(APPEND digests "${digest}\n")
  endforeach()
  set(stamp ${MESH_GENERATED_DIR}/schema.stamp)
  set(known "")
  if(EXISTS ${stamp})
    file(READ ${stamp} known)
  endif()
  if(NOT known STREQUAL digests OR NOT EXISTS ${gen_dir}/sources.txt)
    if(MESH_GO AND NOT EXISTS ${MESH_GO})  # it was there for one build of a Python package
      unset(MESH_GO CACHE)
    endif()
    find_program(MESH_GO go HINTS /usr/local/go/bin)
    find_program(MESH_PROTOC protoc)
    if(NOT MESH_GO OR NOT MESH_PROTOC)
      message(FATAL_ERROR "Generating libmesh/schema needs Go (>= 1.26: ${MESH_GO}) and protoc (${MESH_PROTOC}); a "
                          "source archive made by `make dist` needs neither")
    endif()
    message(STATUS "Generating libmesh/schema from the descriptors of Envoy and Istio")
    execute_process(
      COMMAND ${MESH_GO} run . -schema ${CMAKE_CURRENT_SOURCE_DIR} -out ${MESH_GENERATED_DIR}
              -protoc ${MESH_PROTOC}
      WORKING_DIRECTORY ${generator_dir}
      RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "The generator of libmesh/schema ended with ${status}")
    endif()
    file(WRITE ${stamp} "${digests}")
  endif()
endif()

file(STRINGS ${gen_dir}/sources.txt MESH_SCHEMA_SOURCES)
list(TRANSFORM MESH_SCHEMA_SOURCES PREPEND ${gen_dir}/)
