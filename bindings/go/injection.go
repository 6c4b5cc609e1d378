package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// Injector has the settings of every control plane of a snapshot, read once. It is immutable, and for any number of
// goroutines; close it when a newer one takes its place.
type Injector struct{ *handle }

// NewInjector makes the injector of a snapshot, or, when that is nil, of the settings in the options alone (docs/injection.md). The
// settings that did not change are taken over from previous, which may be nil.
func NewInjector(s *Snapshot, options Parameters, previous *Injector) (*Injector, error) {
	settings, err := options.text()
	if err != nil {
		return nil, err
	}
	var injector *Injector
	err = sharedOrNone(s.held(), func(from uintptr) error {
		return sharedOrNone(previous.held(), func(before uintptr) error {
			c, err := made(func(out *uintptr) uintptr { return capi.Mesh_injector_new(from, settings, before, out) })
			if err == nil {
				injector = newInjector(c)
			}
			return err
		})
	})
	return injector, err
}

func newInjector(c uintptr) *Injector {
	i := &Injector{}
	i.handle = own(i, c, capi.Mesh_injector_delete)
	return i
}

func (i *Injector) held() *handle {
	if i == nil {
		return nil
	}
	return i.handle
}

// Close gives the injector back; later calls are [ErrClosed].
func (i *Injector) Close() {
	if i != nil {
		i.close()
	}
}

// Clone is a further handle of the same injector, to be closed by itself.
func (i *Injector) Clone() (*Injector, error) {
	var clone *Injector
	err := i.shared(func(c uintptr) error {
		clone = newInjector(capi.Mesh_injector_clone(c))
		return nil
	})
	return clone, err
}

// Diagnostics are what is wrong with the settings.
func (i *Injector) Diagnostics() ([]Diagnostic, error) {
	return answer[[]Diagnostic](i.handle, capi.Mesh_injector_diagnostics)
}

// Review answers the bytes of an AdmissionReview with those of another; path is that of the request's URL.
func (i *Injector) Review(review []byte, path string) ([]byte, error) {
	return bytesOf(i.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_injector_review(c, text(review), path, out)
	})
}

// Injected are manifests with their pods injected (schema inject.json): as text, or as documents when the parameter "output" is
// "documents".
type Injected struct {
	Manifests   string            `json:"manifests,omitempty"`
	Documents   []json.RawMessage `json:"documents,omitzero"`
	Injected    int               `json:"injected"`
	Messages    []string          `json:"messages"` // of which pod why not, as kube-inject says it
	Diagnostics []Diagnostic      `json:"diagnostics"`
}

// Apply injects into manifests, YAML or JSON; file is what diagnostics call them.
func (i *Injector) Apply(manifests []byte, file string, p Parameters) (Injected, error) {
	options, err := p.text()
	if err != nil {
		return Injected{}, err
	}
	return answer[Injected](i.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_injector_apply(c, text(manifests), file, options, out)
	})
}

// Explain says why a pod, or the pods of a workload, get a sidecar or none (schema explain-inject.json).
func (i *Injector) Explain(namespace, name string) (json.RawMessage, error) {
	return bytesOf(i.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_injector_explain(c, namespace, name, out)
	})
}

// Matrix says who injects which workload, and what decides (schema inject-matrix.json).
func (i *Injector) Matrix() (json.RawMessage, error) {
	return bytesOf(i.handle, capi.Mesh_injector_matrix)
}

// Uninjected are manifests without what injection put in (schema uninject.json), as text or documents as in [Injected].
type Uninjected struct {
	Manifests   string            `json:"manifests,omitempty"`
	Documents   []json.RawMessage `json:"documents,omitzero"`
	Uninjected  int               `json:"uninjected"`
	Diagnostics []Diagnostic      `json:"diagnostics"`
}

// Uninject takes out of manifests what injection put in.
func Uninject(manifests []byte, file string, p Parameters) (Uninjected, error) {
	options, err := p.text()
	if err != nil {
		return Uninjected{}, err
	}
	return decoded[Uninjected](func(out *uintptr) uintptr {
		return capi.Mesh_uninject(text(manifests), file, options, out)
	})
}

// Networks is a value of the annotation k8s.v1.cni.cncf.io/networks after a network was added (schema cni-networks.json).
type Networks struct {
	Outcome  string    `json:"outcome"` // "added", "present", "left-alone" or "overwritten"
	Value    string    `json:"value"`
	Warning  string    `json:"warning"` // for whoever creates the pod
	Lost     []string  `json:"lost"`    // networks that overwriting took away
	Form     string    `json:"form"`
	Networks []Network `json:"networks"` // what the value asks for
}

// Network is one that the annotation asks for.
type Network struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Interface string `json:"interface"`
}

// MergeNetworks adds a network to the value of the annotation, unless it is there.
func MergeNetworks(annotation, network string, p Parameters) (Networks, error) {
	options, err := p.text()
	if err != nil {
		return Networks{}, err
	}
	return decoded[Networks](func(out *uintptr) uintptr {
		return capi.Mesh_cni_networks_merge(annotation, network, options, out)
	})
}
