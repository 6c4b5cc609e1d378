// Package mesh is libmesh for Go: give a store a cluster's objects, take a snapshot, ask it.
//
//	store, err := mesh.NewStore(mesh.Options{})
//	defer store.Close()
//	diagnostics, err := store.Apply(text, "shop.yaml") // YAML or JSON, any number of documents
//	snapshot, err := store.Snapshot()
//	members, err := snapshot.Members()
//
// Nothing about meshes is decided here; every answer is that of the C library (include/mesh), and what it says of
// threads, errors and diagnostics holds: a mistake in a configuration is a [Diagnostic] and no error.
//
// Every type with a Close method may be closed any number of times, from any goroutine, also in the middle of a call, which still gets its
// answer. What is never closed is freed some time after the garbage collector finds it. A call after Close gives [ErrClosed];
// closing a nil pointer does nothing.
//
// # Linking
//
// The module's path is a placeholder that no host serves (RFC 2606); a user of a clone writes
//
//	replace libmesh.invalid/mesh => …/libmesh/bindings/go
//
// and has pkg-config find the installed library (PKG_CONFIG_PATH). No SWIG is needed. The program finds libmesh.so.0 as any shared
// library is found (a system folder, LD_LIBRARY_PATH, or an rpath by CGO_LDFLAGS=-Wl,-rpath,DIR); the build tag mesh_static links libmesh.a into it
// instead. A library of another ABI is [ErrABI], at every call.
package mesh

//go:generate go run ./internal/docs
