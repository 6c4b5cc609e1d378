package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// Snapshot is everything known at one moment: immutable, for any number of goroutines.
type Snapshot struct {
	*handle
	revision uint64
}

func newSnapshot(c uintptr) *Snapshot {
	s := &Snapshot{revision: capi.Mesh_snapshot_revision(c)}
	s.handle = own(s, c, capi.Mesh_snapshot_delete)
	return s
}

// held is its handle; that of nil is closed.
func (s *Snapshot) held() *handle {
	if s == nil {
		return nil
	}
	return s.handle
}

// Close gives the snapshot back.
func (s *Snapshot) Close() {
	if s != nil {
		s.close()
	}
}

// Clone is a further handle of the same snapshot, to be closed by itself.
func (s *Snapshot) Clone() (*Snapshot, error) {
	var clone *Snapshot
	err := s.shared(func(c uintptr) error {
		clone = newSnapshot(capi.Mesh_snapshot_clone(c))
		return nil
	})
	return clone, err
}

// Revision grows with every change of the store; 0 is the empty store.
func (s *Snapshot) Revision() uint64 { return s.revision }

// Key names an object. The namespace is empty for cluster-scoped kinds.
type Key struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Changed lists what differs from the snapshot before, sorted.
func (s *Snapshot) Changed() ([]Key, error) {
	return answer[[]Key](s.handle, capi.Mesh_snapshot_changed)
}

// WantedText is what somebody has to fetch: give it with [Store.GiveText].
type WantedText struct {
	URL     string   `json:"url"`
	Timeout float64  `json:"timeout"` // in seconds, the longest that a rule allows
	Known   bool     `json:"known"`   // it was given
	Objects []string `json:"objects"` // that want it
}

// WantedTexts lists the keys of RequestAuthentications that stand behind URLs; the library fetches nothing.
func (s *Snapshot) WantedTexts() ([]WantedText, error) {
	return answer[[]WantedText](s.handle, capi.Mesh_snapshot_wanted_texts)
}

// Diff says what a change from this snapshot to a later one does (schema diff.json): per proxy and type the resources added, changed
// and removed; members that join or leave; diagnostics that appear or go.
func (s *Snapshot) Diff(after *Snapshot) (json.RawMessage, error) {
	var said json.RawMessage
	err := after.held().shared(func(later uintptr) (err error) {
		said, err = bytesOf(s.handle, func(c uintptr, out *uintptr) uintptr { return capi.Mesh_snapshot_diff(c, later, out) })
		return err
	})
	return said, err
}
