package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// ExplainMember says why a namespace is, or is not, in a mesh (schema explain-member.json); as one tenant may know it, or as
// administrators may when it is empty.
func (s *Snapshot) ExplainMember(namespace, tenant string) (json.RawMessage, error) {
	return bytesOf(s.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_explain_member(c, namespace, tenant, out)
	})
}

// ExplainResource says which objects and fields make a resource of a proxy what it is, and what each of them puts into it
// (schema explain-resource.json). A part may be named: "80/cart.shop.svc.cluster.local:80".
func (s *Snapshot) ExplainResource(proxy *Proxy, kind Type, name string) (json.RawMessage, error) {
	return s.explain(proxy, func(c, p uintptr, out *uintptr) uintptr {
		return capi.Mesh_explain_resource(c, p, string(kind), name, out)
	})
}

// ExplainPolicy says what one object ("Kind/namespace/name", or a policy's "namespace/name") does to a proxy (schema
// explain-policy.json).
func (s *Snapshot) ExplainPolicy(proxy *Proxy, name string) (json.RawMessage, error) {
	return s.explain(proxy, func(c, p uintptr, out *uintptr) uintptr {
		return capi.Mesh_explain_policy(c, p, name, out)
	})
}

func (s *Snapshot) explain(proxy *Proxy, call func(c, p uintptr, out *uintptr) uintptr) (json.RawMessage, error) {
	var said json.RawMessage
	err := proxy.held().shared(func(p uintptr) (err error) {
		said, err = bytesOf(s.handle, func(c uintptr, out *uintptr) uintptr { return call(c, p, out) })
		return err
	})
	return said, err
}
