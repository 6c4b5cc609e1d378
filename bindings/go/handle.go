package mesh

import (
	"runtime"
	"sync"
	"sync/atomic"

	"libmesh.invalid/mesh/internal/capi"
)

// handle is a C object and who needs it: its owner, every call that is under way, and every object that C wants to end before
// it. The last of them frees it, so that closing waits for nobody and pulls nothing away. It lives apart from the object that users hold,
// so that the cleanup of the latter can reach it.
type handle struct {
	c       uintptr
	free    func(uintptr)
	uses    atomic.Int64
	closed  atomic.Bool
	needs   []*handle // released after it is freed
	cleanup runtime.Cleanup
	one     sync.Mutex // held by calls that C allows to one thread only
}

// own hands a C object to its Go owner: freed when it is closed, or after the owner is garbage, and before those that it needs, each
// of which is in use already.
func own[T any](owner *T, c uintptr, free func(uintptr), needs ...*handle) *handle {
	h := &handle{c: c, free: free, needs: needs}
	h.uses.Store(1)
	h.cleanup = runtime.AddCleanup(owner, func(h *handle) { h.end() }, h)
	return h
}

// use keeps the object from being freed until release.
func (h *handle) use() error {
	if h == nil {
		return ErrClosed // a zero value
	}
	for {
		uses := h.uses.Load()
		if uses == 0 || h.closed.Load() {
			return ErrClosed
		}
		if h.uses.CompareAndSwap(uses, uses+1) {
			collect()
			return nil
		}
	}
}

func (h *handle) release() {
	if h.uses.Add(-1) > 0 {
		return
	}
	h.free(h.c)
	for _, needed := range h.needs {
		needed.release()
	}
}

func (h *handle) close() {
	if h == nil {
		return
	}
	h.cleanup.Stop()
	h.end()
}

func (h *handle) end() {
	if h.closed.CompareAndSwap(false, true) {
		h.release()
	}
}

// shared calls f; calls run side by side.
func (h *handle) shared(f func(c uintptr) error) error {
	if err := h.use(); err != nil {
		return err
	}
	defer h.release()
	return f(h.c)
}

// alone calls f while nobody else calls.
func (h *handle) alone(f func(c uintptr) error) error {
	if err := h.use(); err != nil {
		return err
	}
	defer h.release()
	h.one.Lock()
	defer h.one.Unlock()
	return f(h.c)
}

// sharedOrNone is shared, with 0 where there is no handle.
func sharedOrNone(h *handle, f func(c uintptr) error) error {
	if h == nil {
		return f(0)
	}
	return h.shared(f)
}

// made calls a function of C with a place for what it makes.
func made(call func(out *uintptr) uintptr) (uintptr, error) {
	if abiError != nil {
		return 0, abiError
	}
	var out uintptr
	err := failed(call(&out))
	collect()
	return out, err
}

// with calls f with the bytes of a buffer that a function of C makes; they are C's, and gone after it.
func with(call func(out *uintptr) uintptr, f func(bytes string) error) error {
	buffer, err := made(call)
	if err != nil {
		return err
	}
	defer capi.Mesh_buffer_delete(buffer)
	return f(capi.Mesh_buffer_view(buffer))
}
