package mesh

import (
	"context"
	"encoding/json"
	"iter"

	"libmesh.invalid/mesh/internal/capi"
)

// Options of a store; the zero value is the defaults.
type Options struct {
	ClusterID     string `json:"clusterId,omitempty"`
	ClusterDomain string `json:"clusterDomain,omitempty"`
	Synthesize    *bool  `json:"synthesize,omitempty"` // pods and endpoints of workloads without any; nil is true
	MeshConfig    string `json:"meshConfig,omitempty"` // YAML laid over every other layer
}

// Store takes objects in any order and yields snapshots. Calls from several goroutines wait for one another.
type Store struct {
	*handle
	changed signal
}

// NewStore makes an empty store.
func NewStore(options Options) (*Store, error) {
	config, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	c, err := made(func(out *uintptr) uintptr { return capi.Mesh_store_new(text(config), out) })
	if err != nil {
		return nil, err
	}
	s := &Store{}
	s.handle = own(s, c, capi.Mesh_store_delete)
	return s, nil
}

// Close frees the store and ends all waiting; its snapshots live on.
func (s *Store) Close() {
	if s == nil {
		return
	}
	s.close()
	s.changed.fire()
}

// Apply adds or replaces every object of a text, YAML or JSON. The file is its name in messages and may be empty.
// What can be read is applied, whatever the diagnostics say.
func (s *Store) Apply(text []byte, file string) ([]Diagnostic, error) {
	return s.read(text, file, capi.Mesh_store_apply)
}

// ReplaceFile makes the text the only source of the file's objects. A text that cannot be read keeps the last good ones,
// and so does an object with errors; an empty text removes them.
func (s *Store) ReplaceFile(text []byte, file string) ([]Diagnostic, error) {
	return s.read(text, file, capi.Mesh_store_replace_file)
}

type reader func(store uintptr, text, file string, out *uintptr) uintptr

func (s *Store) read(bytes []byte, file string, call reader) ([]Diagnostic, error) {
	var diagnostics []Diagnostic
	err := s.change(func(c uintptr) (err error) {
		diagnostics, err = decoded[[]Diagnostic](func(out *uintptr) uintptr { return call(c, text(bytes), file, out) })
		return err
	})
	return diagnostics, err
}

func (s *Store) change(f func(c uintptr) error) error {
	err := s.alone(f)
	if err == nil {
		s.changed.fire()
	}
	return err
}

// GiveText gives the text behind a URL of [Snapshot.WantedTexts]; an empty one takes it back.
func (s *Store) GiveText(url string, bytes []byte) error {
	return s.change(func(c uintptr) error {
		return failed(capi.Mesh_store_give_text(c, url, text(bytes)))
	})
}

// Delete removes one object; the namespace is empty for cluster-scoped kinds. [ErrNotFound] when there is none.
func (s *Store) Delete(kind, namespace, name string) error {
	return s.change(func(c uintptr) error {
		return failed(capi.Mesh_store_delete_object(c, kind, namespace, name))
	})
}

// Cluster is a remote cluster of the mesh in a store: what is applied and deleted through it is of that cluster. It gives services,
// endpoints and workloads; the mesh is configured in the store's own cluster. It needs no closing.
type Cluster struct {
	store *Store
	id    string
}

// Cluster is the remote cluster of that id, which its proxies have as CLUSTER_ID. An id that is no name is the error of its calls.
func (s *Store) Cluster(id string) Cluster { return Cluster{s, id} }

// Apply is as [Store.Apply].
func (c Cluster) Apply(text []byte, file string) ([]Diagnostic, error) {
	return c.store.read(text, file, c.reader(capi.Mesh_store_apply))
}

// ReplaceFile is as [Store.ReplaceFile]; a file of the same name is another one in each cluster.
func (c Cluster) ReplaceFile(text []byte, file string) ([]Diagnostic, error) {
	return c.store.read(text, file, c.reader(capi.Mesh_store_replace_file))
}

// Delete is as [Store.Delete].
func (c Cluster) Delete(kind, namespace, name string) error {
	return c.store.change(func(store uintptr) error {
		return failed(c.with(store, func(remote uintptr) uintptr {
			return capi.Mesh_store_delete_object(remote, kind, namespace, name)
		}))
	})
}

func (c Cluster) reader(call reader) reader {
	return func(store uintptr, text, file string, out *uintptr) uintptr {
		return c.with(store, func(remote uintptr) uintptr { return call(remote, text, file, out) })
	}
}

// with calls f with the cluster's handle of the store, which the caller has for itself.
func (c Cluster) with(store uintptr, f func(remote uintptr) uintptr) uintptr {
	var remote uintptr
	if err := capi.Mesh_store_cluster(store, c.id, &remote); err != 0 {
		return err
	}
	defer capi.Mesh_store_delete(remote)
	return f(remote)
}

// Snapshot gives the present state. Unchanged stores give an equal revision.
func (s *Store) Snapshot() (*Snapshot, error) {
	var snapshot *Snapshot
	err := s.alone(func(c uintptr) error {
		made, err := made(func(out *uintptr) uintptr { return capi.Mesh_store_snapshot(c, out) })
		if err == nil {
			snapshot = newSnapshot(made)
		}
		return err
	})
	return snapshot, err
}

// Wait gives the present state as soon as its revision is greater than seen, or the context's error. It is [ErrClosed] when the
// store is closed meanwhile.
func (s *Store) Wait(ctx context.Context, seen uint64) (*Snapshot, error) {
	return wait(ctx, &s.changed, func() (*Snapshot, error) {
		snapshot, err := s.Snapshot()
		if err == nil && snapshot.Revision() <= seen {
			snapshot.Close()
			return nil, nil
		}
		return snapshot, err
	})
}

// Snapshots are the present state, and after every change the newest, until the context ends or the store is closed: the last of them is
// the error. Each is closed after its turn; changes that come meanwhile are one.
func (s *Store) Snapshots(ctx context.Context) iter.Seq2[*Snapshot, error] {
	return func(yield func(*Snapshot, error) bool) {
		snapshot, err := s.Snapshot()
		for ; err == nil; snapshot, err = s.Wait(ctx, snapshot.Revision()) {
			more := yield(snapshot, nil)
			snapshot.Close()
			if !more {
				return
			}
		}
		yield(nil, err)
	}
}
