package mesh

import (
	"encoding/json"
	"runtime"
	"sync"

	"libmesh.invalid/mesh/internal/capi"
)

// handle is a C object. It lives apart from the object that users hold, so that the cleanup of the latter can reach it.
type handle struct {
	mu   sync.RWMutex // guards c: written by close, and by calls that C allows to one thread only
	c    uintptr      // 0 when closed
	free func(uintptr)
}

// own hands a C object to its Go owner: freed by close, or after the owner is garbage.
func own[T any](owner *T, c uintptr, free func(uintptr)) *handle {
	h := &handle{c: c, free: free}
	runtime.AddCleanup(owner, (*handle).close, h)
	return h
}

func (h *handle) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.c != 0 {
		h.free(h.c)
		h.c = 0
	}
}

// shared calls f while nobody closes; calls run side by side. The lock also keeps a cleanup away.
func (h *handle) shared(f func(c uintptr) error) error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.c == 0 {
		return ErrClosed
	}
	return f(h.c)
}

// alone calls f while nobody else calls or closes.
func (h *handle) alone(f func(c uintptr) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.c == 0 {
		return ErrClosed
	}
	return f(h.c)
}

// made calls a function of C with a place for what it makes.
func made(call func(out *uintptr) uintptr) (uintptr, error) {
	var out uintptr
	err := failed(call(&out))
	return out, err
}

// bytesOf takes over a mesh_buffer.
func bytesOf(buffer uintptr) []byte {
	defer capi.Mesh_buffer_delete(buffer)
	return []byte(capi.Mesh_buffer_view(buffer))
}

// answer calls a function of C that gives JSON and reads it.
func answer[T any](h *handle, call func(c uintptr, out *uintptr) uintptr) (T, error) {
	var value T
	err := h.shared(func(c uintptr) error {
		buffer, err := made(func(out *uintptr) uintptr { return call(c, out) })
		if err != nil {
			return err
		}
		return json.Unmarshal(bytesOf(buffer), &value)
	})
	return value, err
}
