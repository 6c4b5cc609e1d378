//go:build mesh_gc

package mesh

import "runtime"

// collect, with the build tag mesh_gc, runs the garbage collector in the middle of every call: whatever a call does not hold itself is
// freed under it, where a test sees it.
func collect() { runtime.GC() }
