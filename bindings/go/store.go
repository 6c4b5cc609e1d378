package mesh

import (
	"encoding/json"

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
type Store struct{ *handle }

// NewStore makes an empty store.
func NewStore(options Options) (*Store, error) {
	config, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	c, err := made(func(out *uintptr) uintptr { return capi.Mesh_store_new(string(config), out) })
	if err != nil {
		return nil, err
	}
	s := &Store{}
	s.handle = own(s, c, capi.Mesh_store_delete)
	return s, nil
}

// Close frees the store; its snapshots live on.
func (s *Store) Close() { s.close() }

// Apply adds or replaces every object of a text, YAML or JSON. The file is its name in messages and may be empty.
// What can be read is applied, whatever the diagnostics say.
func (s *Store) Apply(text []byte, file string) ([]Diagnostic, error) {
	return s.read(text, file, capi.Mesh_store_apply)
}

// ReplaceFile makes the text the only source of the file's objects. A text that cannot be read keeps the last good ones;
// an empty one removes them.
func (s *Store) ReplaceFile(text []byte, file string) ([]Diagnostic, error) {
	return s.read(text, file, capi.Mesh_store_replace_file)
}

type reader func(store uintptr, text, file string, out *uintptr) uintptr

func (s *Store) read(text []byte, file string, call reader) ([]Diagnostic, error) {
	var diagnostics []Diagnostic
	err := s.alone(func(c uintptr) error {
		buffer, err := made(func(out *uintptr) uintptr { return call(c, string(text), file, out) })
		if err != nil {
			return err
		}
		return json.Unmarshal(bytesOf(buffer), &diagnostics)
	})
	return diagnostics, err
}

// GiveText gives the text behind a URL of [Snapshot.WantedTexts]; an empty one takes it back.
func (s *Store) GiveText(url string, text []byte) error {
	return s.alone(func(c uintptr) error {
		return failed(capi.Mesh_store_give_text(c, url, string(text)))
	})
}

// Delete removes one object; the namespace is empty for cluster-scoped kinds. [ErrNotFound] when there is none.
func (s *Store) Delete(kind, namespace, name string) error {
	return s.alone(func(c uintptr) error {
		return failed(capi.Mesh_store_delete_object(c, kind, namespace, name))
	})
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
