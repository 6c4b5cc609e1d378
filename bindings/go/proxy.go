package mesh

import "libmesh.invalid/mesh/internal/capi"

// Proxy is one Envoy: which it is, not what it is sent.
type Proxy struct{ *handle }

// Description of a proxy.
type Description struct {
	Tenant    string `json:"tenant"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Flavour   string `json:"flavour"`
	IP        string `json:"ip"`
}

// Proxies lists all proxies of pods in namespaces that a mesh owns.
func (s *Snapshot) Proxies() ([]Description, error) {
	type list struct {
		Proxies []Description `json:"proxies"`
	}
	all, err := answer[list](s.handle, capi.Mesh_snapshot_proxies)
	return all.Proxies, err
}

// ProxyOfPod gives the proxy of one pod. [ErrNotFound] when there is no such pod, or it has no sidecar.
func (s *Snapshot) ProxyOfPod(namespace, name string) (*Proxy, error) {
	return s.proxy(func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_proxy_of_pod(c, namespace, name, out)
	})
}

// ReadProxy reads a proxy's description, YAML or JSON.
func (s *Snapshot) ReadProxy(description []byte, file string) (*Proxy, error) {
	return s.proxy(func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_proxy_read(c, string(description), file, out)
	})
}

func (s *Snapshot) proxy(call func(c uintptr, out *uintptr) uintptr) (*Proxy, error) {
	var proxy *Proxy
	err := s.shared(func(c uintptr) error {
		made, err := made(func(out *uintptr) uintptr { return call(c, out) })
		if err == nil {
			proxy = newProxy(made)
		}
		return err
	})
	return proxy, err
}

func newProxy(c uintptr) *Proxy {
	p := &Proxy{}
	p.handle = own(p, c, capi.Mesh_proxy_delete)
	return p
}

// Close gives the proxy back.
func (p *Proxy) Close() { p.close() }

// Describe says which proxy it is.
func (p *Proxy) Describe() (Description, error) {
	return answer[Description](p.handle, capi.Mesh_proxy_describe)
}
