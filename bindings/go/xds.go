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
	if err := x.Update(snapshot); err != nil {
		x.Close()
		return nil, err
	}
	return x, nil
}

// Close frees it.
func (x *XDS) Close() {
	if x != nil {
		x.close()
	}
}

// Update takes a newer snapshot; what it cannot have changed is kept. An older one is ignored.
func (x *XDS) Update(snapshot *Snapshot) error {
	return x.shared(func(c uintptr) error {
		return snapshot.held().shared(func(s uintptr) error { return failed(capi.Mesh_xds_update(c, s)) })
	})
}

// Resources of one type for one proxy, sorted by name.
func (x *XDS) Resources(proxy *Proxy, kind Type) ([]Resource, error) {
	return of[[]Resource](x, proxy, func(c, p uintptr, out *uintptr) uintptr {
		return capi.Mesh_xds_resources_json(c, p, string(kind), out)
	})
}

// SentTo is Resources for a caller that is known: secrets are those that it may have, and extensions carry theirs.
func (x *XDS) SentTo(proxy *Proxy, kind Type, caller Caller) ([]Resource, error) {
	who, err := json.Marshal(caller)
	if err != nil {
		return nil, err
	}
	return of[[]Resource](x, proxy, func(c, p uintptr, out *uintptr) uintptr {
		return capi.Mesh_xds_sent_json(c, p, string(kind), text(who), out)
	})
}

// Response is Resources as a serialized envoy.service.discovery.v3.DiscoveryResponse, in the order in which they would be sent.
func (x *XDS) Response(proxy *Proxy, kind Type) ([]byte, error) {
	return x.bytesOf(proxy, func(c, p uintptr, out *uintptr) uintptr {
		return capi.Mesh_xds_resources(c, p, string(kind), out)
	})
}

// Route is the way of a request through one proxy (docs/schemas/route.json). The request is whatever marshals to
// docs/schemas/route-request.json, or a slice of such; then the answer is a list as well.
func (x *XDS) Route(proxy *Proxy, request any) (json.RawMessage, error) {
	return x.walk(proxy, request, capi.Mesh_route)
}

// Journey is Route for a request of the workload beside the proxy, and then through the proxies of the endpoints that
// it may come to (docs/schemas/journey.json).
func (x *XDS) Journey(caller *Proxy, request any) (json.RawMessage, error) {
	return x.walk(caller, request, capi.Mesh_journey)
}

func (x *XDS) walk(proxy *Proxy, request any, by func(uintptr, uintptr, string, *uintptr) uintptr) (json.RawMessage, error) {
	asked, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	return x.bytesOf(proxy, func(c, p uintptr, out *uintptr) uintptr { return by(c, p, text(asked), out) })
}

// SecretNames are those that the proxy's listeners and clusters ask for, sorted.
func (x *XDS) SecretNames(proxy *Proxy) ([]string, error) {
	return of[[]string](x, proxy, capi.Mesh_xds_secret_names)
}

// Size of the resources of one type.
type Size struct {
	Count int `json:"count"`
	Bytes int `json:"bytes"`
}

// Sizes tells of each type without making JSON of it. Secrets depend on who asks, and are not in it.
func (x *XDS) Sizes(proxy *Proxy) (map[Type]Size, error) {
	return of[map[Type]Size](x, proxy, capi.Mesh_xds_sizes)
}

// Bootstrap is the configuration that an Envoy is started with, in JSON; the parameters are xdsAddress, adminAddress, adminPort,
// delta, static and identity (include/mesh/xds.h).
func (x *XDS) Bootstrap(proxy *Proxy, p Parameters) (json.RawMessage, error) {
	options, err := p.text()
	if err != nil {
		return nil, err
	}
	return x.bytesOf(proxy, func(c, p uintptr, out *uintptr) uintptr { return capi.Mesh_xds_bootstrap(c, p, options, out) })
}

// ofProxy calls a function of C that is asked of both.
type ofProxy func(xds, proxy uintptr, out *uintptr) uintptr

func (x *XDS) bytesOf(proxy *Proxy, call ofProxy) ([]byte, error) {
	var bytes []byte
	err := proxy.held().shared(func(p uintptr) (err error) {
		bytes, err = bytesOf(x.handle, func(c uintptr, out *uintptr) uintptr { return call(c, p, out) })
		return err
	})
	return bytes, err
}

func of[T any](x *XDS, proxy *Proxy, call ofProxy) (T, error) {
	var value T
	err := proxy.held().shared(func(p uintptr) (err error) {
		value, err = answer[T](x.handle, func(c uintptr, out *uintptr) uintptr { return call(c, p, out) })
		return err
	})
	return value, err
}
