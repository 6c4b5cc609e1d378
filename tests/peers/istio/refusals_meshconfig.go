package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	_ "unsafe" // for go:linkname

	"sigs.k8s.io/yaml"

	"istio.io/api/annotation"
	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/validation/agent"
	"istio.io/istio/pkg/kube/inject"
	"libmesh.test/peers/istio/internal/fields"
)

// What Istio merely logs of extension providers is a function that it keeps to itself (a file of assembler beside this one
// lets it stand here without a body).
//
//go:linkname validateExtensionProvider istio.io/istio/pkg/config/validation/agent.validateExtensionProvider
func validateExtensionProvider(config *meshconfig.MeshConfig) error

// A meshCase is one mesh configuration, or the networks of a mesh, or a ProxyConfig in a pod's annotation.
type meshCase struct {
	name, text string
	kind       string // of the text
	refused    string // why Istio takes nothing of it
	warned     string // of what it takes: what it warns of or logs
	errors     []string
	warnings   []string
}

const proxyConfig = "ProxyConfig"

// writtenMeshConfigs are what a message does not tell: names in their other spelling, nulls, numbers in quotes.
var writtenMeshConfigs = []string{
	"default_config: {drain_duration: 0s}", "defaultConfig: {drain_duration: 0s}", "proxy_listen_port: 0", "trust_domain: a_b", "proxyListenPort: '15001'",
	"proxyListenPort: '0'", "proxyListenPort: null", "defaultConfig: null", "defaultConfig: {serviceCluster: null}", "connectTimeout: null", "connectTimeout: 1m",
	"trustDomain: null", "defaultConfig: {tracing: null}", "defaultConfig: {tracing: {zipkin: null}}", "defaultConfig: {tracing: {customTags: {a: null}}}",
	"extensionProviders: null", "meshMTLS: {ecdhCurves: []}", "serviceSettings: [{hosts: null}]", "defaultConfig: {privateKeyProvider: null}",
	"extension_providers: [{name: a}]", "trust_domain_aliases: [a_b]", "{}", "",
}

// meshesAtOnce are checked in one call, each of a control plane of its own.
const meshesAtOnce = 250

// meshRefusals compares what Istio says of mesh configurations with what `mesh check` does.
func meshRefusals(program, work string, cases []*meshCase, all bool) error {
	if len(cases) == 0 {
		return nil
	}
	for first := 0; first < len(cases); first += meshesAtOnce {
		some := cases[first:min(first+meshesAtOnce, len(cases))]
		for _, c := range some {
			c.ask()
		}
		if err := askCheckOfMeshes(program, work, some); err != nil {
			return err
		}
	}
	return tellMeshRefusals(cases, all)
}

func meshCases(only string) ([]*meshCase, error) {
	hosts, err := fields.Hosts()
	if err != nil {
		return nil, err
	}
	more, err := fields.MeshConfigs()
	if err != nil {
		return nil, err
	}
	var cases []*meshCase
	for _, text := range writtenMeshConfigs {
		if name := fields.MeshConfig + "/written " + text; chosen(name, only) {
			cases = append(cases, &meshCase{name: name, text: text, kind: fields.MeshConfig})
		}
	}
	for _, h := range append(hosts, more...) {
		if h.Kind != fields.MeshConfig && h.Kind != fields.MeshNetworks {
			continue
		}
		plain, err := h.Plain()
		if err != nil {
			return nil, err
		}
		right, err := h.Settings()
		if err != nil {
			return nil, err
		}
		odd, err := h.Odd()
		if err != nil {
			return nil, err
		}
		for _, s := range append(append([]*fields.Setting{plain}, right...), odd...) {
			if !chosen(s.Name(), only) {
				continue
			}
			cases = append(cases, &meshCase{name: s.Name(), text: s.Text, kind: h.Kind})
			if text := proxyConfigOf(s.Text); text != "" {
				cases = append(cases, &meshCase{name: s.Name() + " in an annotation", text: text, kind: proxyConfig})
			}
		}
	}
	return cases, nil
}

// proxyConfigOf is the ProxyConfig of a mesh configuration, if it has one.
func proxyConfigOf(text string) string {
	var body map[string]json.RawMessage
	if yaml.Unmarshal([]byte(text), &body) != nil {
		return ""
	}
	return string(body["defaultConfig"])
}

func (c *meshCase) ask() {
	switch c.kind {
	case fields.MeshNetworks:
		if _, err := mesh.ParseMeshNetworks(c.text); err != nil {
			c.refused = oneLine(err)
		}
		return
	case proxyConfig:
		if err := inject.AnnotationValidation[annotation.ProxyConfig.Name](c.text); err != nil {
			c.refused = oneLine(err)
		}
		return
	}
	config, err := mesh.ApplyMeshConfig(c.text, mesh.DefaultMeshConfig())
	if err != nil {
		c.refused = oneLine(err)
		return
	}
	warning, _ := agent.ValidateMeshConfig(config)
	var warnings []string
	for _, err := range []error{warning, validateExtensionProvider(config)} {
		if err != nil {
			warnings = append(warnings, oneLine(err))
		}
	}
	c.warned = strings.Join(warnings, "; ")
}

// objects are a mesh in a namespace of its own, and which of them has the text.
func (c *meshCase) objects(ns string) (string, []map[string]any) {
	metadata := func(name string) map[string]any { return map[string]any{"name": name, "namespace": ns} }
	of := map[string]any{"apiVersion": "maistra.io/v2", "kind": "ServiceMeshControlPlane", "metadata": metadata("m"), "spec": map[string]any{}}
	if c.kind == proxyConfig {
		annotated := metadata("a")
		annotated["annotations"] = map[string]any{annotation.ProxyConfig.Name: c.text}
		containers := []any{map[string]any{"name": "a", "image": "a"}}
		pod := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": annotated, "spec": map[string]any{"containers": containers}}
		return "Pod " + ns + "/a", []map[string]any{of, pod}
	}
	key := "mesh"
	if c.kind == fields.MeshNetworks {
		key = "meshNetworks"
	}
	configMap := map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("istio"), "data": map[string]any{key: c.text}}
	return "ConfigMap " + ns + "/istio", []map[string]any{of, configMap}
}

func askCheckOfMeshes(program, work string, cases []*meshCase) error {
	var input strings.Builder
	byPlace := map[string]*meshCase{}
	for i, c := range cases {
		place, objects := c.objects(fmt.Sprintf("case-%d", i))
		byPlace[place] = c
		for _, object := range objects {
			b, err := json.Marshal(object)
			if err != nil {
				return err
			}
			input.WriteString("---\n" + string(b) + "\n")
		}
	}
	told, err := checked(program, filepath.Join(work, "refusals-meshconfig.yaml"), input.String())
	if err != nil {
		return err
	}
	for _, each := range told {
		c := byPlace[each.Object]
		switch {
		case c == nil:
		case each.Severity == "error":
			c.errors = append(c.errors, each.Field+" "+each.Message)
		case each.Code == "deprecated" || each.Code == "no-effect" || each.Code == "provider-unusable":
			c.warnings = append(c.warnings, each.Field+" "+each.Message)
		}
	}
	return nil
}

func tellMeshRefusals(cases []*meshCase, all bool) error {
	refused, told, wrong, warned, toldWarnings, further := 0, 0, 0, 0, 0, 0
	for _, c := range cases {
		ours := strings.Join(append(c.errors[:len(c.errors):len(c.errors)], c.warnings...), "; ")
		verdict := ""
		switch {
		case c.refused != "":
			refused++
			verdict = "silent"
			if len(c.errors) > 0 {
				told, verdict = told+1, "told"
			}
		case len(c.errors) > 0:
			wrong++
			verdict = "wrong"
		case c.warned != "":
			warned++
			verdict = "silent"
			if len(c.warnings) > 0 {
				toldWarnings, verdict = toldWarnings+1, "told"
			}
		case len(c.warnings) > 0:
			further++
			verdict = "further"
		}
		if verdict != "" && (all || verdict != "told") {
			fmt.Printf("%-7s %s: %.200s | %s\n", verdict, c.name, c.refused+c.warned, ours)
		}
	}
	fmt.Printf("%d mesh configurations, networks and annotations: Istio refuses %d, %d of them are told; %d that it takes are called wrong; it warns of %d, %d of them are told, and %d further warnings\n",
		len(cases), refused, told, wrong, warned, toldWarnings, further)
	if wrong > 0 || told*100 < refused*leastToldPercent || toldWarnings*100 < warned*leastToldPercent {
		return errDiffers
	}
	return nil
}
