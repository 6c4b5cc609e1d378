package mesh

import "libmesh.invalid/mesh/internal/capi"

// Members are the control planes and who belongs to them (schema members.json).
type Members struct {
	ControlPlanes []ControlPlane `json:"controlPlanes"`
	Unassigned    []string       `json:"unassigned,omitzero"` // namespaces in no mesh; only in the answer for all
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
