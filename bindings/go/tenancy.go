package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// asked calls a function of C that takes parameters and gives JSON.
func (s *Snapshot) asked(p Parameters, call func(c uintptr, options string, out *uintptr) uintptr) (json.RawMessage, error) {
	options, err := p.text()
	if err != nil {
		return nil, err
	}
	return bytesOf(s.handle, func(c uintptr, out *uintptr) uintptr { return call(c, options, out) })
}

// Plan is every object that the control planes need, and the steps to them in a safe order (schema plan.json).
func (s *Snapshot) Plan(p Parameters) (json.RawMessage, error) {
	return s.asked(p, capi.Mesh_snapshot_plan)
}

// Status is what control planes, rolls and members say of themselves (schema status.json); of one tenant, or of all when it
// is empty.
func (s *Snapshot) Status(tenant string, p Parameters) (json.RawMessage, error) {
	return s.asked(p, func(c uintptr, options string, out *uintptr) uintptr {
		return capi.Mesh_snapshot_status(c, tenant, options, out)
	})
}

// Values are the Helm values of control planes and the charts they go to (schema values.json).
func (s *Snapshot) Values(tenant string, p Parameters) (json.RawMessage, error) {
	return s.asked(p, func(c uintptr, options string, out *uintptr) uintptr {
		return capi.Mesh_snapshot_values(c, tenant, options, out)
	})
}

// Reach says whether the network lets a connection through and what decides it (schema reach.json).
func (s *Snapshot) Reach(from, to string, p Parameters) (json.RawMessage, error) {
	return s.asked(p, func(c uintptr, options string, out *uintptr) uintptr {
		return capi.Mesh_snapshot_reach(c, from, to, options, out)
	})
}

// AdmissionReview decides an AdmissionReview (schema admission.json): the review to send back, or the access reviews whose
// answers are wanted first; both are JSON, and empty answers are none.
func (s *Snapshot) AdmissionReview(review, answers []byte, p Parameters) (json.RawMessage, error) {
	return s.asked(p, func(c uintptr, options string, out *uintptr) uintptr {
		return capi.Mesh_admission_review(c, text(review), text(answers), options, out)
	})
}

// Convert gives ServiceMeshControlPlanes of a text in another version, "v1" or "v2" (schema convert.json).
func Convert(manifests []byte, file, version string) (json.RawMessage, error) {
	return read(func(out *uintptr) uintptr { return capi.Mesh_convert(text(manifests), file, version, out) })
}
