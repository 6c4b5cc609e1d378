package mesh

import "libmesh.invalid/mesh/internal/capi"

// Proxy is one Envoy: which it is, not what it is sent. Immutable, for any number of goroutines.
type Proxy struct{ *handle }

// Description of a proxy (schema proxies.json).
type Description struct {
	Tenant         string `json:"tenant"`
	Namespace      string `json:"namespace"`
	Name           string `json:"name"`
	Cluster        string `json:"cluster,omitempty"` // of a remote cluster's pod
	Type           string `json:"type"`
	Flavour        string `json:"flavour"` // "istio" (all of Istio's filters) or "envoy" (a stock Envoy)
	IP             string `json:"ip"`
	ServiceAccount string `json:"serviceAccount"`
	Node           string `json:"node"`        // its id in xDS
	Injected       bool   `json:"injected"`    // the pod has its sidecar
	Synthesized    bool   `json:"synthesized"` // the pod was made up from its workload
}

// Proxies lists all proxies of pods of all clusters in namespaces that a mesh owns, by tenant, namespace and name.
func (s *Snapshot) Proxies() ([]Description, error) {
	type list struct {
		Proxies []Description `json:"proxies"`
	}
	all, err := answer[list](s.handle, capi.Mesh_snapshot_proxies)
	return all.Proxies, err
}

// ProxyOfPod gives the proxy of one pod; where nothing runs, also by the name of the workload that the pod was made up for.
// Of a remote cluster ([Store.Cluster]) the namespace is "CLUSTER=NAMESPACE"; without a cluster the pod of the config cluster is
// meant, or that of the only remote cluster that has one. [ErrNotFound] when there is no such pod, or it has no sidecar;
// [ErrInvalidArgument] when several remote clusters have it.
func (s *Snapshot) ProxyOfPod(namespace, name string) (*Proxy, error) {
	return proxyFrom(s.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_proxy_of_pod(c, namespace, name, out)
	})
}

// ReadProxy reads a proxy's description, YAML or JSON (schema proxy.json). An unknown key is refused by name.
func (s *Snapshot) ReadProxy(description []byte, file string) (*Proxy, error) {
	return proxyFrom(s.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_proxy_read(c, text(description), file, out)
	})
}

func proxyFrom(h *handle, call func(c uintptr, out *uintptr) uintptr) (*Proxy, error) {
	var proxy *Proxy
	err := h.shared(func(c uintptr) error {
		made, err := made(func(out *uintptr) uintptr { return call(c, out) })
		if err == nil {
			proxy = &Proxy{}
			proxy.handle = own(proxy, made, capi.Mesh_proxy_delete)
		}
		return err
	})
	return proxy, err
}

func (p *Proxy) held() *handle {
	if p == nil {
		return nil
	}
	return p.handle
}

// Close gives the proxy back.
func (p *Proxy) Close() {
	if p != nil {
		p.close()
	}
}

// WithFlavour is the same proxy of another flavour: "istio" or "envoy".
func (p *Proxy) WithFlavour(flavour string) (*Proxy, error) {
	return proxyFrom(p.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_proxy_with_flavour(c, flavour, out)
	})
}

// Describe says which proxy it is.
func (p *Proxy) Describe() (Description, error) {
	return answer[Description](p.handle, capi.Mesh_proxy_describe)
}
