package mesh

import (
	"context"
	"errors"
	"time"

	"libmesh.invalid/mesh/internal/capi"
)

// Watch hands the newest snapshot to whoever waits for one, in any goroutine.
type Watch struct{ *handle }

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

// Close ends all waiting with [ErrConflict], then frees the watch.
func (w *Watch) Close() {
	_ = w.shared(func(c uintptr) error { capi.Mesh_watch_close(c); return nil })
	w.close()
}

// Publish makes this the newest snapshot and wakes all who wait; one that is not newer is ignored.
func (w *Watch) Publish(snapshot *Snapshot) error {
	return w.shared(func(c uintptr) error {
		return snapshot.shared(func(s uintptr) error { return failed(capi.Mesh_watch_publish(c, s)) })
	})
}

// How often Wait looks at its context: C cannot be interrupted.
const slice = 50 * time.Millisecond

// Wait gives the newest snapshot as soon as its revision is greater than seen, or the context's error.
func (w *Watch) Wait(ctx context.Context, seen uint64) (*Snapshot, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		snapshot, err := w.wait(seen)
		if err == nil || !errors.Is(err, &Error{Code: Timeout}) {
			return snapshot, err
		}
	}
}

func (w *Watch) wait(seen uint64) (*Snapshot, error) {
	var snapshot *Snapshot
	err := w.shared(func(c uintptr) error {
		made, err := made(func(out *uintptr) uintptr {
			return capi.Mesh_watch_wait(c, seen, uint(slice.Milliseconds()), out)
		})
		if err == nil {
			snapshot = newSnapshot(made)
		}
		return err
	})
	return snapshot, err
}
