package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"sigs.k8s.io/yaml"
)

// A peerCase is one input seen by one proxy.
type peerCase struct {
	name      string
	proxy     description
	text      func() (string, error)
	meshInput string // what libmesh reads, when it is not the same text
	clusters  string // the folder of a folder for each remote cluster, or empty
}

// benchmarks are the inputs of Istio's own generation benchmarks, at their sizes
// (pilot/pkg/xds/bench_test.go, testCases); the waypoint is of ambient mode.
var benchmarks = []struct {
	name, proxy string
	size        scale
}{
	{"http", "sidecar", scale{Services: 100}},
	{"tcp", "sidecar", scale{Services: 100}},
	{"tls", "sidecar", scale{Services: 100}},
	{"auto", "sidecar", scale{Services: 100}},
	{"virtualservice", "sidecar", scale{Services: 100}},
	{"serviceentry-workloadentry", "sidecar", scale{Services: 100, Instances: 1000}},
	{"strict", "sidecar", scale{}},
	{"disabled", "sidecar", scale{}},
	{"externalname", "sidecar", scale{Services: 100}},
	{"gateways-shared", "gateway", scale{Services: 1000}},
	{"gateways", "gateway", scale{Services: 1000}},
	{"knative-gateway", "gateway", scale{Services: 100}},
	{"telemetry-api", "sidecar", scale{Services: 100}},
	{"authorizationpolicy", "sidecar", scale{Services: 100}},
}

// benchmarkCases reads the inputs from the module's folder.
func benchmarkCases(moduleDir string) ([]peerCase, error) {
	moduleDir, err := istioFolder(moduleDir)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(moduleDir, "pilot", "pkg", "xds", "testdata", "benchmarks")
	var cases []peerCase
	for _, b := range benchmarks {
		path, size := filepath.Join(folder, b.name+".yaml"), b.size
		cases = append(cases, peerCase{
			name: "bench/" + b.name, proxy: benchmarkProxy(b.proxy),
			text: func() (string, error) { return readInput(path, &size) },
		})
	}
	return cases, nil
}

// istioFolder is the folder of Istio's module, unless one is given.
func istioFolder(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "istio.io/istio").Output()
	if err != nil {
		return "", fmt.Errorf("go list -m istio.io/istio (run it in the module of peers, or give -istio): %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// folderCases gives a case for each proxy*.yaml beside an input.yaml; the second word of
// proxy-WORD.yaml is added to the name.
func folderCases(folder string) ([]peerCase, error) {
	proxies, err := filepath.Glob(filepath.Join(folder, "*", "proxy*.yaml"))
	if err != nil {
		return nil, err
	}
	sort.Strings(proxies)
	var cases []peerCase
	for _, path := range proxies {
		d, err := readDescription(path)
		if err != nil {
			return nil, err
		}
		dir := filepath.Dir(path)
		name := filepath.Base(dir) + strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".yaml"), "proxy")
		cases = append(cases, peerCase{
			name: name, proxy: d,
			text:     func() (string, error) { return readInput(filepath.Join(dir, "input.yaml"), nil) },
			clusters: filepath.Join(dir, "clusters"),
		})
	}
	return cases, nil
}

// stage writes what both sides read: DIR/input.yaml, DIR/clusters/NAME/input.yaml and DIR/proxy.yaml.
func (c peerCase) stage(dir string) (text string, err error) {
	if text, err = c.text(); err != nil {
		return "", err
	}
	if err = writeFile(filepath.Join(dir, "input.yaml"), []byte(text)); err != nil {
		return "", err
	}
	if err = c.stageClusters(filepath.Join(dir, "clusters")); err != nil {
		return "", err
	}
	b, err := yaml.Marshal(c.proxy)
	if err != nil {
		return "", err
	}
	return text, writeFile(filepath.Join(dir, "proxy.yaml"), b)
}

func (c peerCase) stageClusters(dir string) error {
	if err := os.RemoveAll(dir); err != nil || c.clusters == "" {
		return err
	}
	names, err := clusterNames(c.clusters)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := readInput(filepath.Join(c.clusters, name), nil)
		if err != nil {
			return err
		}
		if err = writeFile(filepath.Join(dir, name, "input.yaml"), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// clusterNames are the folders in a folder, in order; none when it is not there.
func clusterNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, err
}

// askIstio writes Istio's answer to DIR/istio, in a process of its own: Istio keeps things per process
// that depend on the mesh configuration (networking/core/accesslog.go, accessLogBuilder).
func askIstio(dir string) error { return askIstioInto(dir, "istio") }

func askIstioInto(dir, side string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.Command(self, "generate", "-in", filepath.Join(dir, "input.yaml"),
		"-clusters", filepath.Join(dir, "clusters"), "-proxy", filepath.Join(dir, "proxy.yaml"), "-out", filepath.Join(dir, side))
	if command.Env, err = environment(filepath.Join(dir, "input.yaml")); err != nil {
		return err
	}
	said, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("Istio: %w: %s", err, firstLine(said))
	}
	return nil
}

// featurePrefixes begin the names of what istiod reads from its environment.
var featurePrefixes = []string{"PILOT_", "ISTIO_DUAL_STACK"}

// environment is ours, with the features that the mesh configuration of an input asks for: Istio reads these
// from its environment, libmesh from defaultConfig.proxyMetadata.
func environment(input string) ([]string, error) {
	content, err := os.ReadFile(input)
	if err != nil {
		return nil, err
	}
	all := os.Environ()
	if !slices.ContainsFunc(featurePrefixes, func(p string) bool { return strings.Contains(string(content), p) }) {
		return all, nil
	}
	objects, err := parseObjects(string(content))
	for _, o := range objects {
		proxies, _ := o.body["defaultConfig"].(map[string]any)
		metadata, _ := proxies["proxyMetadata"].(map[string]any)
		for name, value := range metadata {
			feature := slices.ContainsFunc(featurePrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
			if text, ok := value.(string); ok && o.kind == "" && feature {
				all = append(all, name+"="+text)
			}
		}
	}
	return all, err
}

func firstLine(said []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	return line
}

// askMesh lets libmesh's program answer the same question; its files go to DIR/mesh. A status of 1
// says that the configuration has mistakes; what can be computed is written all the same.
func (c peerCase) askMesh(program, dir string) (note string, err error) {
	out := filepath.Join(dir, "mesh")
	if err := os.RemoveAll(out); err != nil {
		return "", err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	in := c.meshInput
	if in == "" {
		in = filepath.Join(dir, "input.yaml")
	}
	arguments := []string{"xds", "-f", in, "--proxy", filepath.Join(dir, "proxy.yaml"), "--out", out}
	names, err := clusterNames(filepath.Join(dir, "clusters"))
	if err != nil {
		return "", err
	}
	for _, name := range names {
		arguments = append(arguments, "-f", name+"="+filepath.Join(dir, "clusters", name))
	}
	command := exec.Command(program, arguments...)
	said, err := command.CombinedOutput()
	if err == nil {
		return "", nil
	}
	if _, ran := err.(*exec.ExitError); !ran {
		return "", err
	}
	return fmt.Sprintf("%v: %s", err, firstLine(said)), nil
}
