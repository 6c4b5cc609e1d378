module libmesh.invalid/mesh

go 1.25
