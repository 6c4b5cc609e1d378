package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// Type is a kind of resource that a proxy is sent.
type Type string

// The types of resources.
const (
	Clusters  Type = "clusters"
	Endpoints Type = "endpoints"
	Listeners Type = "listeners"
	Routes    Type = "routes"

	Secrets    Type = "secrets" // for a known caller only: SentTo
	Extensions Type = "extensions"
	NameTable  Type = "nametable"
)

// Caller is who asks, as the frontend has verified it.
type Caller struct {
	Identity     string `json:"identity,omitempty"`     // "spiffe://…/ns/…/sa/…"; none: nobody is known
	BelieveNode  bool   `json:"believeNode,omitempty"`  // it is who the proxy says
	ReadsSecrets *bool  `json:"readsSecrets,omitempty"` // whether its account may list Secrets; unset: gateways may
}

// Resource is one of Envoy's resources in protobuf's JSON form.
type Resource struct {
	Name     string          `json:"name"`
	Resource json.RawMessage `json:"resource"`
}

// XDS makes the resources of proxies when they are asked for, and keeps them. For any number of goroutines.
type XDS struct{ *handle }

// NewXDS answers from the snapshot given.
func NewXDS(snapshot *Snapshot) (*XDS, error) {
	c, err := made(capi.Mesh_xds_new)
	if err != nil {
		return nil, err
	}
	x := &XDS{}
	x.handle = own(x, c, capi.Mesh_xds_delete)
	return x, x.Update(snapshot)
}

// Close frees it.
func (x *XDS) Close() { x.close() }

// Update takes a newer snapshot; what it cannot have changed is kept.
func (x *XDS) Update(snapshot *Snapshot) error {
	return x.shared(func(c uintptr) error {
		return snapshot.shared(func(s uintptr) error { return failed(capi.Mesh_xds_update(c, s)) })
	})
}

// Resources of one type for one proxy, sorted by name.
func (x *XDS) Resources(proxy *Proxy, kind Type) ([]Resource, error) {
	var list []Resource
	text, err := x.ask(proxy, kind, capi.Mesh_xds_resources_json)
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	return list, err
}

// SentTo is Resources for a caller that is known: secrets are those that it may have, and extensions carry theirs.
func (x *XDS) SentTo(proxy *Proxy, kind Type, caller Caller) ([]Resource, error) {
	who, err := json.Marshal(caller)
	if err != nil {
		return nil, err
	}
	var list []Resource
	text, err := x.ask(proxy, kind, func(c, p uintptr, kind string, out *uintptr) uintptr {
		return capi.Mesh_xds_sent_json(c, p, kind, string(who), out)
	})
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	return list, err
}

// SecretNames are those that the proxy's listeners and clusters ask for.
func (x *XDS) SecretNames(proxy *Proxy) ([]string, error) {
	var names []string
	text, err := x.ask(proxy, "", func(c, p uintptr, _ string, out *uintptr) uintptr {
		return capi.Mesh_xds_secret_names(c, p, out)
	})
	if err == nil {
		err = json.Unmarshal(text, &names)
	}
	return names, err
}

// Response is the same as a serialized envoy.service.discovery.v3.DiscoveryResponse.
func (x *XDS) Response(proxy *Proxy, kind Type) ([]byte, error) {
	return x.ask(proxy, kind, capi.Mesh_xds_resources)
}

type generate func(xds, proxy uintptr, kind string, out *uintptr) uintptr

func (x *XDS) ask(proxy *Proxy, kind Type, call generate) ([]byte, error) {
	var bytes []byte
	err := x.shared(func(c uintptr) error {
		return proxy.shared(func(p uintptr) error {
			buffer, err := made(func(out *uintptr) uintptr { return call(c, p, string(kind), out) })
			if err == nil {
				bytes = bytesOf(buffer)
			}
			return err
		})
	})
	return bytes, err
}
