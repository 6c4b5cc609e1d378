package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/labelselector"
	"istio.io/istio/pkg/util/sets"
)

// scale fills the templates of Istio's benchmark inputs, which name these two fields.
type scale struct{ Services, Instances int }

// readInput gives the documents of one file, or of the YAML files of a folder by name, as `mesh -f`
// reads it. With a scale, each file is a template first.
func readInput(path string, s *scale) (string, error) {
	files := []string{path}
	if info, err := os.Stat(path); err != nil {
		return "", err
	} else if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*.y*ml")); err != nil {
			return "", err
		}
		sort.Strings(files)
	}
	var text strings.Builder
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		expanded := string(content)
		if s != nil {
			if expanded, err = expand(name, expanded, *s); err != nil {
				return "", err
			}
		}
		text.WriteString(expanded + "\n---\n")
	}
	return text.String(), nil
}

func expand(name, text string, s scale) (string, error) {
	t, err := template.New(name).Funcs(sprig.TxtFuncMap()).Parse(text)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = t.Execute(&out, s)
	return out.String(), err
}

// An object is one YAML document, with the few things that sorting it needs.
type object struct {
	body                              map[string]any
	apiVersion, kind, namespace, name string
}

var (
	separator     = regexp.MustCompile(`(?m)^---[ \t]*(#.*)?$`)
	clusterScoped = sets.New("Namespace", "Node", "GatewayClass", "IngressClass", "CustomResourceDefinition")
)

func parseObjects(text string) ([]object, error) {
	var objects []object
	for _, document := range separator.Split(text, -1) {
		var body map[string]any
		if err := yaml.Unmarshal([]byte(document), &body); err != nil {
			return nil, err
		}
		if len(body) == 0 {
			continue
		}
		objects = append(objects, newObject(body))
	}
	return objects, nil
}

func newObject(body map[string]any) object {
	o := object{body: body}
	o.apiVersion, _ = body["apiVersion"].(string)
	o.kind, _ = body["kind"].(string)
	if o.kind == "" {
		return o
	}
	metadata, _ := body["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
		body["metadata"] = metadata
	}
	if metadata["namespace"] == nil && !clusterScoped.Contains(o.kind) {
		metadata["namespace"] = "default"
	}
	o.name, _ = metadata["name"].(string)
	o.namespace, _ = metadata["namespace"].(string)
	return o
}

func (o object) labels() map[string]string {
	metadata, _ := o.body["metadata"].(map[string]any)
	said, _ := metadata["labels"].(map[string]any)
	out := map[string]string{}
	for key, value := range said {
		out[key], _ = value.(string)
	}
	return out
}

// isKube tells the objects that Istio reads through a Kubernetes client from those of its own
// configuration store.
func (o object) isKube() bool {
	group, _, found := strings.Cut(o.apiVersion, "/")
	return !found || !strings.HasSuffix(group, ".istio.io")
}

// rootNamespace is where istiod is.
const rootNamespace = "istio-system"

// A world is what Istio's in-memory control plane starts from.
type world struct {
	kube    string
	slices  []*discovery.EndpointSlice
	configs []config.Config
	mesh    *meshconfig.MeshConfig
	// What a ConfigMap istio says under the key meshNetworks; nil without one.
	networks *meshconfig.MeshNetworks
	remotes  map[cluster.ID]*world // of the mesh's other clusters: Kubernetes' objects only
	root     *core.Namespace       // istiod's own, which says the network of the cluster; nil without one
}

// readClusters reads the folders of remote clusters. Istio resources in them count for nothing.
func (w *world) readClusters(dir string) error {
	names, err := clusterNames(dir)
	if err != nil {
		return err
	}
	w.remotes = map[cluster.ID]*world{}
	for _, name := range names {
		text, err := readInput(filepath.Join(dir, name), nil)
		if err != nil {
			return err
		}
		objects, err := parseObjects(text)
		if err != nil {
			return err
		}
		if w.remotes[cluster.ID(name)], err = newWorld(objects); err != nil {
			return err
		}
	}
	return nil
}

// newWorld sorts objects into Kubernetes objects and Istio resources. Documents without a kind are
// mesh configuration over Istio's defaults, the last one wins.
func newWorld(objects []object) (*world, error) {
	w := &world{mesh: mesh.DefaultMeshConfig()}
	var kube, istio []string
	for _, o := range objects {
		b, err := yaml.Marshal(o.body)
		if err != nil {
			return nil, err
		}
		switch {
		case o.kind == "":
			if w.mesh, err = mesh.ApplyMeshConfig(string(b), mesh.DefaultMeshConfig()); err != nil {
				return nil, err
			}
		case o.kind == "EndpointSlice":
			slice := &discovery.EndpointSlice{}
			if err := yaml.Unmarshal(b, slice); err != nil {
				return nil, err
			}
			w.slices = append(w.slices, slice)
		case o.isKube():
			if o.kind == "Namespace" && o.name == rootNamespace {
				w.root = &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: o.name, Labels: o.labels()}}
			}
			if err := w.readNetworks(o); err != nil {
				return nil, err
			}
			kube = append(kube, string(b))
		default:
			istio = append(istio, string(b))
		}
	}
	w.kube = strings.Join(kube, "\n---\n")
	configs, unknown, err := crd.ParseInputs(strings.Join(istio, "\n---\n"))
	if err != nil {
		return nil, err
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("unknown kinds: %v", unknown)
	}
	// Istio orders by creation time first; one time for all lets name and namespace decide. The domain
	// is what istiod's Kubernetes client sets; short host names are completed with it.
	created := time.Unix(1_700_000_000, 0)
	for i := range configs {
		configs[i].Domain = constants.DefaultClusterLocalDomain
		if configs[i].CreationTimestamp.IsZero() {
			configs[i].CreationTimestamp = created
		}
	}
	w.configs, err = discovered(configs, objects, w.mesh.GetDiscoverySelectors())
	return w, err
}

// discovered are the resources of namespaces that the selectors select: istiod's client for its own kinds filters by them
// (pilot/pkg/config/kube/crdclient, addCRD), as its clients for those of Kubernetes do; the store of Istio's tests does not.
func discovered(configs []config.Config, objects []object, said []*meshconfig.LabelSelector) ([]config.Config, error) {
	if len(said) == 0 {
		return configs, nil
	}
	namespaces := sets.New[string]()
	for _, one := range said {
		selector, err := labelselector.LabelSelectorAsSelector(one)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if o.kind == "Namespace" && selector.Matches(labels.Set(o.labels())) {
				namespaces.Insert(o.name)
			}
		}
	}
	return slices.DeleteFunc(configs, func(c config.Config) bool { return !namespaces.Contains(c.Namespace) }), nil
}

func (w *world) readNetworks(o object) error {
	if o.kind != "ConfigMap" || o.name != "istio" {
		return nil
	}
	data, _ := o.body["data"].(map[string]any)
	text, _ := data["meshNetworks"].(string)
	if text == "" {
		return nil
	}
	networks, err := mesh.ParseMeshNetworks(text)
	w.networks = networks
	return err
}
