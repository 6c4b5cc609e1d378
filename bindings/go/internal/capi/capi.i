// The C headers of include/mesh for Go, call by call. Three typemaps make them usable:
//
//   mesh_view       <-> string   read during the call only; one that is returned is the library's own memory, valid
//                                as long as its header says: package mesh copies, once, what it hands on
//   mesh_x *         -> uintptr  a handle; 0 is NULL, so that NULL is a plain comparison
//   mesh_x **out     -> *uintptr SWIG gives T* and T** the same Go type without it
//
// Made by `go generate`; the output is committed so that users need no SWIG (fresh_test.go holds it).
%module capi

%{
#include <mesh/mesh.h>
%}

// The build tag mesh_static links libmesh.a instead of the shared library, with what that needs.
%insert(cgo_comment_typedefs) %{
#cgo !mesh_static pkg-config: mesh
#cgo mesh_static pkg-config: --static mesh
#cgo mesh_static LDFLAGS: -Wl,--as-needed -l:libmesh.a
%}

%include <stdint.i>

// Every declaration is C; the macros of base.h are for compilers.
#define MESH_API
#define MESH_BEGIN_DECLS
#define MESH_END_DECLS

%typemap(gotype) mesh_view "string"
%typemap(in) mesh_view %{
  $1.data = $input.p;
  $1.size = (size_t)$input.n;
%}
%typemap(out) mesh_view %{
  $result.p = (char *)$1.data;
  $result.n = (intgo)$1.size;
%}
%typemap(goout) mesh_view %{
  $result = $1
%}

%typemap(gotype) SWIGTYPE * "uintptr"
%typemap(in) SWIGTYPE * %{
  $1 = *($&1_ltype)&$input;
%}
%typemap(out) SWIGTYPE * %{
  *($&1_ltype)&$result = $1;
%}
%typemap(gotype) SWIGTYPE ** "*uintptr"
%typemap(in) SWIGTYPE ** %{
  $1 = ($1_ltype)$input;
%}
// The structs are opaque; the view is a string.
%ignore mesh_view;

%include <mesh/base.h>
%include <mesh/version.h>
%include <mesh/diagnostics.h>
%include <mesh/snapshot.h>
%include <mesh/store.h>
%include <mesh/watch.h>
%include <mesh/members.h>
%include <mesh/values.h>
%include <mesh/status.h>
%include <mesh/reach.h>
%include <mesh/route.h>
%include <mesh/plan.h>
%include <mesh/admission.h>
%include <mesh/proxy.h>
%include <mesh/xds.h>
%include <mesh/explain.h>
%include <mesh/authority.h>
%include <mesh/injection.h>
%include <mesh/cni.h>
%include <mesh/session.h>
%include <mesh/testing.h>
