package fields

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"

	"google.golang.org/protobuf/proto"
	"sigs.k8s.io/yaml"
)

// A Generator makes meshes of several objects with several fields set each, all of them valid. The same
// seed gives the same mesh.
type Generator struct {
	kinds    []string
	hosts    map[string][]*Host
	settings map[*Host][]*Setting
	refused  func(kind, text string) bool
}

// NewGenerator takes the kinds to draw from, none for all, and Istio's validation.
func NewGenerator(kinds []string, refused func(kind, text string) bool) (*Generator, error) {
	hosts, err := Hosts()
	if err != nil {
		return nil, err
	}
	g := &Generator{hosts: map[string][]*Host{}, settings: map[*Host][]*Setting{}, refused: refused}
	for _, h := range hosts {
		if len(kinds) > 0 && !slices.Contains(kinds, h.Kind) {
			continue
		}
		if g.settings[h], err = h.Settings(); err != nil {
			return nil, err
		}
		g.hosts[h.Kind] = append(g.hosts[h.Kind], h)
	}
	for kind := range g.hosts {
		g.kinds = append(g.kinds, kind)
	}
	sort.Strings(g.kinds)
	if len(g.kinds) == 0 {
		return nil, fmt.Errorf("there is nothing of %v", kinds)
	}
	return g, nil
}

// How much is drawn.
const (
	fewestObjects, mostObjects = 2, 8
	mostSettings               = 8
	elsewhere                  = 4 // one object of so many is in another namespace than its host
)

var namespaces = []string{"shop", "other", "edge", "istio-system"}

// Mesh is Base with further objects, as one text. There is one mesh configuration at most.
func (g *Generator) Mesh(seed uint64) (string, error) {
	r := rand.New(rand.NewPCG(seed, 1))
	documents, known := []string{Base}, []string{}
	add := func(text, identity string) {
		if text != "" && !slices.Contains(known, identity) {
			known, documents = append(known, identity), append(documents, text)
		}
	}
	for i := range fewestObjects + r.IntN(mostObjects-fewestObjects+1) {
		kind := g.kinds[r.IntN(len(g.kinds))]
		h := g.hosts[kind][r.IntN(len(g.hosts[kind]))]
		named := h.renamed(r, i)
		text, err := g.object(r, h, named, i)
		if err != nil {
			return "", err
		}
		add(h.Beside, identityOf(h.Beside))
		add(text, identityOf(text))
	}
	return strings.Join(documents, "\n---\n"), nil
}

// identityOf names a document: a kind, a namespace and a name, or the mesh configuration.
func identityOf(text string) string {
	var body struct {
		Kind     string
		Metadata struct{ Name, Namespace string }
	}
	if err := yaml.Unmarshal([]byte(text), &body); err != nil {
		return text
	}
	return body.Kind + " " + body.Metadata.Namespace + "/" + body.Metadata.Name
}

// object sets fields of a copy one after the other and keeps each that leaves it valid.
func (g *Generator) object(r *rand.Rand, from, h *Host, number int) (string, error) {
	spec := h.spec
	text, err := h.text(spec)
	for range 1 + r.IntN(mostSettings) {
		if err != nil {
			return "", err
		}
		s := g.settings[from][r.IntN(len(g.settings[from]))]
		next := proto.Clone(spec)
		if err := set(h.Kind, next.ProtoReflect(), s.way, s.raw); err != nil {
			return "", err
		}
		var tried string
		if tried, err = h.text(next); err == nil && !g.refused(h.Kind, tried) {
			spec, text = next, tried
		}
	}
	// Which of two ServiceEntries of one host and age counts is Istio's chance.
	return strings.ReplaceAll(text, "subject.example.net", fmt.Sprintf("subject-%d.example.net", number)), err
}

// renamed is a host whose object has a name of its own, and now and then another namespace.
func (h *Host) renamed(r *rand.Rand, number int) *Host {
	if h.Kind == MeshConfig {
		return h
	}
	metadata := map[string]any{}
	for k, v := range h.envelope["metadata"].(map[string]any) {
		metadata[k] = v
	}
	if metadata["name"] == "subject" {
		metadata["name"] = fmt.Sprintf("subject-%d", number)
	}
	if r.IntN(elsewhere) == 0 {
		metadata["namespace"] = namespaces[r.IntN(len(namespaces))]
	}
	envelope := map[string]any{}
	for k, v := range h.envelope {
		envelope[k] = v
	}
	envelope["metadata"] = metadata
	return &Host{Name: h.Name, Kind: h.Kind, spec: h.spec, envelope: envelope}
}
