// Package fields makes, for each field of Istio's kinds and of the mesh configuration, objects that
// differ from a plain one in just that field. The fields come from the messages' descriptors, so a new
// field of a later Istio is asked about without a change here; what a descriptor cannot say (what a
// field's text may be, what must stand beside it) is in values.yaml.
package fields

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"sigs.k8s.io/yaml"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pkg/config/schema/collections"
)

// Base is the mesh that is changed, Proxies the descriptions of those that are asked.
var (
	//go:embed base.yaml
	Base string
	//go:embed proxies.yaml
	Proxies []byte
	//go:embed hosts.yaml
	hostsText []byte
	//go:embed meshconfigs.yaml
	meshConfigsText []byte
	//go:embed values.yaml
	valuesText []byte
)

// MeshConfig is the kind of the document without one; MeshNetworks, the other text of its ConfigMap, has none either.
const (
	MeshConfig   = "MeshConfig"
	MeshNetworks = "MeshNetworks"
)

func isText(kind string) bool { return kind == MeshConfig || kind == MeshNetworks }

// A Host is an object whose fields are set one by one, and what of the mesh it needs beside Base.
type Host struct {
	Name   string          `json:"name"`
	Kind   string          `json:"kind"`
	Only   []string        `json:"only,omitempty"` // set only fields below these paths
	Skip   []string        `json:"skip,omitempty"` // and none below these
	Beside string          `json:"beside,omitempty"`
	Object json.RawMessage `json:"object"` // with kind and metadata; a MeshConfig is its fields

	spec     proto.Message
	envelope map[string]any
}

// values.yaml, each list by a field's or a message's full name without the package.
type table struct {
	Values     map[string][]json.RawMessage `json:"values"`     // field, or Kind.path: what to set it to
	Prototypes map[string]json.RawMessage   `json:"prototypes"` // message, or Kind.path: the least valid one
	Without    map[string][]string          `json:"without"`    // field: its siblings that cannot stand beside it
	Beside     map[string]json.RawMessage   `json:"beside"`     // field: what its message needs as well
	Keys       map[string]string            `json:"keys"`       // map: a key
	Skip       map[string]string            `json:"skip"`       // field, or Kind.path: why it is not asked about
}

var known = mustTable()

func mustTable() *table {
	t := &table{}
	if err := yaml.UnmarshalStrict(valuesText, t); err != nil {
		panic("values.yaml: " + err.Error())
	}
	return t
}

// Hosts reads the objects whose fields are set.
func Hosts() ([]*Host, error) { return hostsOfText("hosts.yaml", hostsText) }

// MeshConfigs are those that refusals are asked about beside the one of Hosts.
func MeshConfigs() ([]*Host, error) { return hostsOfText("meshconfigs.yaml", meshConfigsText) }

func hostsOfText(file string, text []byte) ([]*Host, error) {
	var hosts []*Host
	if err := yaml.UnmarshalStrict(text, &hosts); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, h := range hosts {
		if err := h.read(); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, h.Name, err)
		}
	}
	return hosts, nil
}

func emptySpec(kind string) (proto.Message, error) {
	switch kind {
	case MeshConfig:
		return &meshconfig.MeshConfig{}, nil
	case MeshNetworks:
		return &meshconfig.MeshNetworks{}, nil
	}
	for _, s := range collections.Pilot.All() {
		if s.Kind() != kind || !strings.HasSuffix(s.Group(), "istio.io") {
			continue
		}
		spec, err := s.NewInstance()
		if err != nil {
			return nil, err
		}
		return spec.(proto.Message), nil
	}
	return nil, fmt.Errorf("unknown kind %q", kind)
}

func (h *Host) read() (err error) {
	if h.spec, err = emptySpec(h.Kind); err != nil {
		return err
	}
	if isText(h.Kind) {
		return protojson.Unmarshal(h.Object, h.spec)
	}
	if err := json.Unmarshal(h.Object, &h.envelope); err != nil {
		return err
	}
	b, err := json.Marshal(h.envelope["spec"])
	if err != nil {
		return err
	}
	return protojson.Unmarshal(b, h.spec)
}

// text is the YAML of the host's object with another spec.
func (h *Host) text(spec proto.Message) (string, error) {
	b, err := protojson.Marshal(spec)
	if err != nil {
		return "", err
	}
	var body any
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return "", err
	}
	if !isText(h.Kind) {
		envelope := map[string]any{"kind": h.Kind}
		for k, v := range h.envelope {
			envelope[k] = v
		}
		envelope["spec"] = body
		body = envelope
	}
	out, err := yaml.Marshal(body)
	return string(out), err
}

// shortName is a full name without its package, of a field with its JSON name: HTTPRoute.directResponse.
func shortName(d protoreflect.Descriptor) string {
	name := string(d.FullName())
	if f, ok := d.(protoreflect.FieldDescriptor); ok {
		name = string(f.Parent().FullName()) + "." + f.JSONName()
	}
	return strings.TrimPrefix(name, string(d.ParentFile().Package())+".")
}
