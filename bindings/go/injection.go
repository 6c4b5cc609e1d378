package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// Injector has the settings of every control plane of a snapshot, read once. It is immutable, and for any number of
// goroutines; close it when a newer one takes its place.
type Injector struct{ handle *handle }

// NewInjector makes the injector of a snapshot, or, when that is nil, of the settings in the options alone. The settings that
// did not change are taken over from previous, which may be nil.
func NewInjector(s *Snapshot, options Parameters, previous *Injector) (*Injector, error) {
	text, err := options.text()
	if err != nil {
		return nil, err
	}
	var c uintptr
	err = sharedOrNone(snapshotHandle(s), func(snapshot uintptr) error {
		return sharedOrNone(injectorHandle(previous), func(before uintptr) error {
			c, err = made(func(out *uintptr) uintptr { return capi.Mesh_injector_new(snapshot, text, before, out) })
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	out := &Injector{}
	out.handle = own(out, c, capi.Mesh_injector_delete)
	return out, nil
}

func snapshotHandle(s *Snapshot) *handle {
	if s == nil {
		return nil
	}
	return s.handle
}

func injectorHandle(i *Injector) *handle {
	if i == nil {
		return nil
	}
	return i.handle
}

// sharedOrNone is shared, with 0 where there is no handle.
func sharedOrNone(h *handle, f func(c uintptr) error) error {
	if h == nil {
		return f(0)
	}
	return h.shared(f)
}

// Close gives the injector back; later calls are [ErrClosed].
func (i *Injector) Close() { i.handle.close() }

// Diagnostics are what is wrong with the settings (schema diagnostics.json).
func (i *Injector) Diagnostics() (json.RawMessage, error) {
	return answer[json.RawMessage](i.handle, capi.Mesh_injector_diagnostics)
}

// Review answers the bytes of an AdmissionReview with those of another; path is that of the request's URL.
func (i *Injector) Review(review []byte, path string) ([]byte, error) {
	var out []byte
	err := i.handle.shared(func(c uintptr) error {
		buffer, err := made(func(out *uintptr) uintptr { return capi.Mesh_injector_review(c, string(review), path, out) })
		if err == nil {
			out = bytesOf(buffer)
		}
		return err
	})
	return out, err
}

// Injected are manifests with their pods injected.
type Injected struct {
	Manifests   string            `json:"manifests"`
	Documents   []json.RawMessage `json:"documents"`
	Injected    int               `json:"injected"`
	Messages    []string          `json:"messages"`
	Diagnostics json.RawMessage   `json:"diagnostics"`
}

// Apply injects into manifests, YAML or JSON; file is what diagnostics call them.
func (i *Injector) Apply(manifests []byte, file string, p Parameters) (Injected, error) {
	options, err := p.text()
	if err != nil {
		return Injected{}, err
	}
	return answer[Injected](i.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_injector_apply(c, string(manifests), file, options, out)
	})
}

// Explain says why a pod, or the pods of a workload, get a sidecar or none (schema explain-inject.json).
func (i *Injector) Explain(namespace, name string) (json.RawMessage, error) {
	return answer[json.RawMessage](i.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_injector_explain(c, namespace, name, out)
	})
}

// Matrix says who injects which workload, and what decides (schema inject-matrix.json).
func (i *Injector) Matrix() (json.RawMessage, error) {
	return answer[json.RawMessage](i.handle, capi.Mesh_injector_matrix)
}

// Uninjected are manifests without what injection put in.
type Uninjected struct {
	Manifests   string            `json:"manifests"`
	Documents   []json.RawMessage `json:"documents"`
	Uninjected  int               `json:"uninjected"`
	Diagnostics json.RawMessage   `json:"diagnostics"`
}

// Uninject takes out of manifests what injection put in.
func Uninject(manifests []byte, file string, p Parameters) (Uninjected, error) {
	options, err := p.text()
	if err != nil {
		return Uninjected{}, err
	}
	return read[Uninjected](func(out *uintptr) uintptr {
		return capi.Mesh_uninject(string(manifests), file, options, out)
	})
}

// Networks is a value of the annotation k8s.v1.cni.cncf.io/networks after a network was added.
type Networks struct {
	Outcome  string   `json:"outcome"`
	Value    string   `json:"value"`
	Warning  string   `json:"warning"`
	Lost     []string `json:"lost"`
	Form     string   `json:"form"`
	Networks []struct {
		Name, Namespace, Interface string
	} `json:"networks"`
}

// MergeNetworks adds a network to the value of the annotation, unless it is there.
func MergeNetworks(annotation, network string, p Parameters) (Networks, error) {
	options, err := p.text()
	if err != nil {
		return Networks{}, err
	}
	return read[Networks](func(out *uintptr) uintptr {
		return capi.Mesh_cni_networks_merge(annotation, network, options, out)
	})
}

// read calls a function of C that needs no handle and gives JSON.
func read[T any](call func(out *uintptr) uintptr) (T, error) {
	var value T
	buffer, err := made(call)
	if err == nil {
		err = json.Unmarshal(bytesOf(buffer), &value)
	}
	return value, err
}
