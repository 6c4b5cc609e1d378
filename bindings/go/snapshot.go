package mesh

import "libmesh.invalid/mesh/internal/capi"

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

// Close gives the snapshot back.
func (s *Snapshot) Close() { s.close() }

// Revision grows with every change of the store; 0 is the empty store.
func (s *Snapshot) Revision() uint64 { return s.revision }

// Key names an object.
type Key struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Changed lists what differs from the snapshot before.
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

// Diagnostic is what is wrong with a configuration, where, and how to mend it. Codes are stable.
type Diagnostic struct {
	Severity string `json:"severity"` // "info", "warning", "error"
	Code     string `json:"code"`
	Object   string `json:"object"`
	Field    string `json:"field"`
	Message  string `json:"message"`
	Mend     string `json:"mend"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
}

// Diagnostics are those of reading, of tenancy and of the configuration.
func (s *Snapshot) Diagnostics() ([]Diagnostic, error) {
	return answer[[]Diagnostic](s.handle, capi.Mesh_snapshot_diagnostics)
}

// DiagnosticsOf are those that one tenant, "namespace/name", may be shown. [ErrNotFound] when there is none.
func (s *Snapshot) DiagnosticsOf(tenant string) ([]Diagnostic, error) {
	return answer[[]Diagnostic](s.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_snapshot_tenant_diagnostics(c, tenant, out)
	})
}

// Members are the control planes and who belongs to them.
type Members struct {
	ControlPlanes []ControlPlane `json:"controlPlanes"`
}

// ControlPlane is one mesh. Name is empty for the implicit mesh of a directory without a control plane.
type ControlPlane struct {
	Tenant      string   `json:"tenant"` // "namespace/name"
	Namespace   string   `json:"namespace"`
	Name        string   `json:"name"`
	Version     string   `json:"version"`
	Implicit    bool     `json:"implicit"`
	ClusterWide bool     `json:"clusterWide"`
	Members     []Member `json:"members"`
	Pending     []Member `json:"pending"`    // named, but the namespace is not there
	Refused     []Member `json:"refused"`    // named, but not to be had; the reason says why
	Namespaces  []string `json:"namespaces"` // all it owns, its own included
}

// Member is a namespace that is in a mesh, waits for it, or was refused.
type Member struct {
	Namespace string `json:"namespace"`
	State     string `json:"state"`
	Reason    string `json:"reason"`
	Message   string `json:"message"`
	Via       string `json:"via"`    // what made it a member
	Holder    string `json:"holder"` // of a refused one: the mesh that has it; only in the answer for all
}

// Members answers for all control planes.
func (s *Snapshot) Members() (Members, error) { return s.MembersOf("") }

// MembersOf answers for one, "namespace/name". [ErrNotFound] when there is none.
func (s *Snapshot) MembersOf(tenant string) (Members, error) {
	return answer[Members](s.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_snapshot_members(c, tenant, out)
	})
}
