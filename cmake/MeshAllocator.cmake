# The allocator of programs (docs/decisions/0010-allocator.md). The library leaves that to its host: only programs link this.
option(MESH_MIMALLOC "Programs allocate with mimalloc, where it is installed" ON)

add_library(mesh_allocator INTERFACE)
if(MESH_MIMALLOC AND NOT MESH_SANITIZE)  # sanitizers bring their own
  find_package(mimalloc 2 QUIET)
  if(mimalloc_FOUND)
    # A program that calls malloc through other libraries alone needs it, too.
    target_link_libraries(mesh_allocator INTERFACE
      "-Wl,--push-state,--no-as-needed" mimalloc "-Wl,--pop-state")
  endif()
endif()
