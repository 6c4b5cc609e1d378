# What libmesh.a needs, which is written once, in its pkg-config file; and the licence of what is then inside.
file(STRINGS ${core}/cmake/mesh.pc.in needed REGEX "^Requires.private:")
string(REGEX REPLACE "^Requires.private: *" "" needed "${needed}")
separate_arguments(needed)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NEEDED REQUIRED IMPORTED_TARGET ${needed})
target_link_libraries(_core PRIVATE PkgConfig::NEEDED)
install(FILES ${core}/LICENSE ${core}/NOTICE DESTINATION ${SKBUILD_METADATA_DIR}/licenses)
