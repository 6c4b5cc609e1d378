module example.com/controller

go 1.25

require libmesh.invalid/mesh v0.0.0

replace libmesh.invalid/mesh => ../../bindings/go
