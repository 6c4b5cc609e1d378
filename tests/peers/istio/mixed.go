package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"sigs.k8s.io/yaml"

	"libmesh.test/peers/istio/internal/differ"
	"libmesh.test/peers/istio/internal/fields"
)

// A mixer makes meshes of the objects of several cases, and puts parts of objects into others of their kind.
type mixer struct {
	folders []string
	objects map[string][]object // of each folder
	donors  map[string][]object // by kind
}

func newMixer(cases string) (*mixer, error) {
	folders, err := filepath.Glob(filepath.Join(cases, "*", "input.yaml"))
	if err != nil {
		return nil, err
	}
	m := &mixer{objects: map[string][]object{}, donors: map[string][]object{}}
	for _, file := range folders {
		folder := filepath.Dir(file)
		text, err := readInput(file, nil)
		if err != nil {
			return nil, err
		}
		objects, err := parseObjects(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		m.folders = append(m.folders, folder)
		m.objects[folder] = objects
		for _, o := range objects {
			m.donors[o.kind] = append(m.donors[o.kind], o)
		}
	}
	if len(m.folders) == 0 {
		return nil, errors.New("there are no cases in " + cases)
	}
	return m, nil
}

// How much is mixed.
const (
	fewestCases, mostCases = 1, 3
	mostGrafts             = 24
	mostAsked              = 3 // proxies
)

// mesh is a mesh, and the proxies that look at it.
func (m *mixer) mesh(seed uint64) (string, map[string]description, error) {
	r := rand.New(rand.NewPCG(seed, 2))
	chosen := map[string]bool{}
	var objects []object
	proxies := map[string]description{}
	for range fewestCases + r.IntN(mostCases-fewestCases+1) {
		folder := m.folders[r.IntN(len(m.folders))]
		if chosen[folder] {
			continue
		}
		chosen[folder] = true
		objects = appendNew(objects, m.objects[folder])
		if err := addProxies(proxies, folder, r); err != nil {
			return "", nil, err
		}
	}
	for range r.IntN(mostGrafts + 1) {
		m.graft(r, objects)
	}
	for len(proxies) > mostAsked {
		names := slices.Sorted(maps.Keys(proxies))
		delete(proxies, names[r.IntN(len(names))])
	}
	var documents []string
	for _, o := range objects {
		if o.kind == "" {
			withoutProcess(o.body)
		}
		b, err := yaml.Marshal(o.body)
		if err != nil {
			return "", nil, err
		}
		documents = append(documents, string(b))
	}
	return strings.Join(documents, "---\n"), proxies, nil
}

// withoutProcess takes out of a mesh configuration what istiod reads once per process, from its environment.
func withoutProcess(body map[string]any) {
	if proxy, found := body["defaultConfig"].(map[string]any); found {
		delete(proxy, "proxyMetadata")
	}
}

// appendNew takes each object once; of mesh configuration, of which there is one, each setting.
func appendNew(objects, more []object) []object {
	for _, o := range more {
		same := func(other object) bool {
			return other.apiVersion == o.apiVersion && other.kind == o.kind && other.namespace == o.namespace && other.name == o.name
		}
		at := slices.IndexFunc(objects, same)
		if at < 0 {
			objects = append(objects, object{copyTree(o.body).(map[string]any), o.apiVersion, o.kind, o.namespace, o.name})
			continue
		}
		if o.kind != "" {
			continue
		}
		for key, value := range o.body {
			if _, found := objects[at].body[key]; !found {
				objects[at].body[key] = copyTree(value)
			}
		}
	}
	return objects
}

func copyTree(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, inner := range v {
			out[key] = copyTree(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = copyTree(inner)
		}
		return out
	}
	return value
}

// What proxies differ in besides: node metadata.
var metadataChoices = []map[string]any{
	{"DNS_CAPTURE": "true"},
	{"DNS_CAPTURE": "true", "DNS_AUTO_ALLOCATE": "true"},
	{"INTERCEPTION_MODE": "TPROXY"},
	{"INTERCEPTION_MODE": "NONE"},
	{"ENABLE_HBONE": "true"},
	{"INBOUND_LISTENER_EXACT_BALANCE": "true", "OUTBOUND_LISTENER_EXACT_BALANCE": "true"},
	{"HTTP10": "1"},
	{"IDLE_TIMEOUT": "7s"},
	{"STS_PORT": "15463"},
	{"ROUTER_MODE": "sni-dnat"},
	{"UNPRIVILEGED_POD": "true"},
	{"REQUESTED_NETWORK_VIEW": "network-1"},
	{"TLS_SERVER_CERT_CHAIN": "/c", "TLS_SERVER_KEY": "/k", "TLS_SERVER_ROOT_CERT": "/r"},
	{"TLS_CLIENT_CERT_CHAIN": "/cc", "TLS_CLIENT_KEY": "/ck", "TLS_CLIENT_ROOT_CERT": "/cr"},
}

func addProxies(proxies map[string]description, folder string, r *rand.Rand) error {
	files, err := filepath.Glob(filepath.Join(folder, "proxy*.yaml"))
	if err != nil {
		return err
	}
	sort.Strings(files)
	for _, file := range files {
		d, err := readDescription(file)
		if err != nil {
			return err
		}
		if r.IntN(3) == 0 {
			metadata := maps.Clone(metadataChoices[r.IntN(len(metadataChoices))])
			maps.Copy(metadata, d.Metadata)
			d.Metadata = metadata
		}
		if r.IntN(12) == 0 {
			d.IstioVersion = []string{"1.20.0", "1.26.3", "1.29.0", ""}[r.IntN(4)]
		}
		proxies[filepath.Base(folder)+"-"+strings.TrimSuffix(filepath.Base(file), ".yaml")] = d
	}
	return nil
}

// graft puts a part of one object into another of its kind, where Istio's validation takes it.
func (m *mixer) graft(r *rand.Rand, objects []object) {
	if len(objects) == 0 {
		return
	}
	o := objects[r.IntN(len(objects))]
	donors := m.donors[o.kind]
	next := copyTree(o.body).(map[string]any)
	if !graftInto(next, donors[r.IntN(len(donors))].body, o, r) {
		return
	}
	if o.kind == "" || !o.isKube() {
		kind := o.kind
		if kind == "" {
			kind = fields.MeshConfig
		}
		if b, err := yaml.Marshal(next); err != nil || refusedText(kind, string(b)) != "" {
			return
		}
	}
	maps.Copy(o.body, next)
}

// graftInto says whether there was anything to put.
func graftInto(next, donor map[string]any, o object, r *rand.Rand) bool {
	if o.kind == "" { // whole settings: a provider of two kinds is whichever Istio reads last
		keys := slices.Sorted(maps.Keys(donor))
		key := keys[r.IntN(len(keys))]
		next[key] = copyTree(donor[key])
		return true
	}
	if o.isKube() {
		return graftKube(next, donor, r)
	}
	from, _ := donor["spec"].(map[string]any)
	if from == nil {
		return false
	}
	to, _ := next["spec"].(map[string]any)
	if to == nil {
		to = map[string]any{}
	}
	next["spec"] = setAt(to, from, r)
	return true
}

// setAt gives `to` a part of `from`, at the same place.
func setAt(to, from any, r *rand.Rand) any {
	switch source := from.(type) {
	case map[string]any:
		target, same := to.(map[string]any)
		if len(source) == 0 || !same {
			return copyTree(from)
		}
		keys := slices.Sorted(maps.Keys(source))
		key := keys[r.IntN(len(keys))]
		old, found := target[key]
		if !found || r.IntN(4) == 0 {
			target[key] = copyTree(source[key])
		} else {
			target[key] = setAt(old, source[key], r)
		}
		return target
	case []any:
		target, same := to.([]any)
		if len(source) == 0 || !same || len(target) == 0 {
			return copyTree(from)
		}
		part, at := source[r.IntN(len(source))], r.IntN(len(target))
		switch r.IntN(4) {
		case 0:
			return append(target, copyTree(part))
		case 1:
			return append([]any{copyTree(part)}, target...)
		default:
			target[at] = setAt(target[at], part, r)
			return target
		}
	}
	return from
}

// kubeParts are the parts of Kubernetes' objects that fit any other of the kind.
var kubeParts = map[string][]string{
	"Service":       {"metadata.annotations", "metadata.labels", "spec.ports", "spec.trafficDistribution", "spec.internalTrafficPolicy", "spec.externalIPs"},
	"EndpointSlice": {"ports"},
	"Namespace":     {"metadata.labels", "metadata.annotations"},
	"Ingress":       {"spec", "metadata.annotations"},
}

func graftKube(to, from map[string]any, r *rand.Rand) bool {
	kind, _ := to["kind"].(string)
	parts := kubeParts[kind]
	if len(parts) == 0 {
		return false
	}
	path := strings.Split(parts[r.IntN(len(parts))], ".")
	for _, step := range path[:len(path)-1] {
		inner, _ := from[step].(map[string]any)
		if from = inner; from == nil {
			return false
		}
		target, _ := to[step].(map[string]any)
		if target == nil {
			return false
		}
		to = target
	}
	last := path[len(path)-1]
	value, found := from[last]
	if !found {
		return false
	}
	to[last] = copyTree(value)
	if kind == "Service" && last == "ports" {
		addTargets(to[last])
	}
	return true
}

// addTargets gives ports the target that an API server fills in.
func addTargets(ports any) {
	list, _ := ports.([]any)
	for _, one := range list {
		port, _ := one.(map[string]any)
		if port["targetPort"] == nil && port["port"] != nil {
			port["targetPort"] = port["port"]
		}
	}
}

func runMixed(args []string) error {
	s := newSeedRun("mixed", 25)
	cases := s.String("cases", "", "folder of CASE/{input,proxy,proxy-WORD}.yaml to mix")
	_ = s.Parse(args)
	if *cases == "" {
		return errors.New("-cases is needed")
	}
	m, err := newMixer(*cases)
	if err != nil {
		return err
	}
	return s.run(func(r *fieldsRun, seed uint64, result *differ.Case) error {
		return r.mixed(m, seed, result)
	})
}

func (r *fieldsRun) mixed(m *mixer, seed uint64, result *differ.Case) error {
	input, proxies, err := m.mesh(seed)
	if err != nil {
		return err
	}
	if err := r.writeProxies(proxies); err != nil {
		return err
	}
	return r.compareText(meshText{config: input}, fmt.Sprintf("seed-%d", seed), result)
}
