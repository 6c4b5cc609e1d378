package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// Parameters of a single question, by the names that include/mesh gives them; nil asks for the defaults. An unknown name is
// [ErrInvalidArgument].
type Parameters map[string]any

func (p Parameters) text() (string, error) {
	if len(p) == 0 {
		return "", nil
	}
	text, err := json.Marshal(p)
	return string(text), err
}

// asked calls a function of C that takes parameters and gives JSON.
func (s *Snapshot) asked(p Parameters, call func(c uintptr, options string, out *uintptr) uintptr) (json.RawMessage, error) {
	options, err := p.text()
	if err != nil {
		return nil, err
	}
	return answer[json.RawMessage](s.handle, func(c uintptr, out *uintptr) uintptr { return call(c, options, out) })
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

// ExplainMember says why a namespace is, or is not, in a mesh (schema explain-member.json).
func (s *Snapshot) ExplainMember(namespace, tenant string) (json.RawMessage, error) {
	return answer[json.RawMessage](s.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_explain_member(c, namespace, tenant, out)
	})
}

// AdmissionReview decides an AdmissionReview (schema admission.json): the review to send back, or the access reviews whose
// answers are wanted first; both are JSON, and empty answers are none.
func (s *Snapshot) AdmissionReview(review, answers []byte, p Parameters) (json.RawMessage, error) {
	return s.asked(p, func(c uintptr, options string, out *uintptr) uintptr {
		return capi.Mesh_admission_review(c, string(review), string(answers), options, out)
	})
}

// Convert gives ServiceMeshControlPlanes of a text in another version, "v1" or "v2" (schema convert.json).
func Convert(text []byte, file, version string) (json.RawMessage, error) {
	buffer, err := made(func(out *uintptr) uintptr { return capi.Mesh_convert(string(text), file, version, out) })
	if err != nil {
		return nil, err
	}
	return bytesOf(buffer), nil
}
