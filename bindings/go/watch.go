package mesh

import (
	"context"
	"errors"
	"sync"

	"libmesh.invalid/mesh/internal/capi"
)

// signal wakes all who wait. C cannot be interrupted, a channel can: nobody waits in C, so no thread is held and a context
// is obeyed at once.
type signal struct {
	mu   sync.Mutex
	next chan struct{} // closed by the next fire; nil when nobody waits for it; guarded by mu
}

func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.next
}

func (s *signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next != nil {
		close(s.next)
		s.next = nil
	}
}

// wait asks again after every signal until there is a snapshot or an error.
func wait(ctx context.Context, changed *signal, ask func() (*Snapshot, error)) (*Snapshot, error) {
	for {
		next := changed.wait() // before asking: what happens in between is not missed
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if snapshot, err := ask(); snapshot != nil || err != nil {
			return snapshot, err
		}
		select {
		case <-next:
		case <-ctx.Done():
		}
	}
}

// Watch hands the newest snapshot to whoever waits for one, in any goroutine. A slow reader misses what lies between, never the end.
type Watch struct {
	*handle
	changed signal
}

// NewWatch makes a watch without a snapshot.
func NewWatch() (*Watch, error) {
	c, err := made(capi.Mesh_watch_new)
	if err != nil {
		return nil, err
	}
	w := &Watch{}
	w.handle = own(w, c, capi.Mesh_watch_delete)
	return w, nil
}

// Close ends all waiting, now and later, with [ErrConflict] or [ErrClosed], and frees the watch.
func (w *Watch) Close() {
	if w == nil {
		return
	}
	_ = w.shared(func(c uintptr) error { capi.Mesh_watch_close(c); return nil })
	w.close()
	w.changed.fire()
}

// Publish makes this the newest snapshot and wakes all who wait; one that is not newer is ignored.
func (w *Watch) Publish(snapshot *Snapshot) error {
	err := w.shared(func(c uintptr) error {
		return snapshot.held().shared(func(s uintptr) error { return failed(capi.Mesh_watch_publish(c, s)) })
	})
	if err == nil {
		w.changed.fire()
	}
	return err
}

// Wait gives the newest snapshot as soon as its revision is greater than seen, or the context's error.
func (w *Watch) Wait(ctx context.Context, seen uint64) (*Snapshot, error) {
	return wait(ctx, &w.changed, func() (*Snapshot, error) {
		snapshot, err := w.newer(seen)
		if errors.Is(err, ErrTimeout) {
			return nil, nil
		}
		return snapshot, err
	})
}

// newer asks without waiting: [ErrTimeout] when there is none.
func (w *Watch) newer(seen uint64) (*Snapshot, error) {
	var snapshot *Snapshot
	err := w.shared(func(c uintptr) error {
		made, err := made(func(out *uintptr) uintptr { return capi.Mesh_watch_wait(c, seen, 0, out) })
		if err == nil {
			snapshot = newSnapshot(made)
		}
		return err
	})
	return snapshot, err
}
