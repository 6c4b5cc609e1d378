package injection

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"istio.io/istio/operator/pkg/render"
)

// Settings are the three texts that istiod reads for injection, as they stand in its ConfigMaps:
// istio-sidecar-injector (config, values) and istio (mesh).
type Settings struct{ Config, Values, Mesh string }

// Module is the folder of Istio's Go module: charts, inputs and goldens are read there.
type Module string

func (m Module) charts() string { return filepath.Join(string(m), "manifests") }

// Testdata names a file beside the inputs and goldens of TestInjection.
func (m Module) Testdata(name string) string {
	return filepath.Join(string(m), "pkg", "kube", "inject", "testdata", "inject", name)
}

// Render gives the settings that installing Istio's charts with these flags and files makes.
func (m Module) Render(flags, files []string) (Settings, error) {
	flags = append(append([]string{}, flags...),
		"installPackagePath="+m.charts(), "profile=empty", "components.pilot.enabled=true")
	sets, _, err := render.GenerateManifest(files, flags, false, nil, nil)
	if err != nil {
		return Settings{}, err
	}
	var s Settings
	for _, set := range sets {
		for _, object := range set.Manifests {
			if object.GetKind() != "ConfigMap" {
				continue
			}
			data, _ := object.Object["data"].(map[string]any)
			switch object.GetName() {
			case "istio-sidecar-injector":
				s.Config, _ = data["config"].(string)
				s.Values, _ = data["values"].(string)
			case "istio":
				s.Mesh, _ = data["mesh"].(string)
			}
		}
	}
	if s.Config == "" || s.Values == "" || s.Mesh == "" {
		return s, errors.New("the charts render no ConfigMap istio-sidecar-injector or istio")
	}
	return s, nil
}

// With lays trees over the values and the mesh configuration: maps are merged, all else replaces.
func (s Settings) With(values, mesh map[string]any) (Settings, error) {
	var err error
	if s.Values, err = overlay(s.Values, values); err != nil {
		return s, fmt.Errorf("values: %w", err)
	}
	if s.Mesh, err = overlay(s.Mesh, mesh); err != nil {
		return s, fmt.Errorf("mesh: %w", err)
	}
	return s, nil
}

// Retemplated gives the same templates under texts that differ by a comment, so that nothing that knows
// Istio's own texts recognises them.
func (s Settings) Retemplated() (Settings, error) {
	var config map[string]any
	if err := yaml.Unmarshal([]byte(s.Config), &config); err != nil {
		return s, err
	}
	templates, _ := config["templates"].(map[string]any)
	for name, text := range templates {
		if text, isText := text.(string); isText {
			templates[name] = "{{- /* a copy of ours */ -}}\n" + text
		}
	}
	b, err := yaml.Marshal(config)
	s.Config = string(b)
	return s, err
}

// Write stores the three files under the names that Paths gives.
func (s Settings) Write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{valuesFile: s.Values, meshFile: s.Mesh, configFile: s.Config} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const valuesFile, meshFile, configFile = "values.json", "mesh.yaml", "injector-config.yaml"

func overlay(text string, over map[string]any) (string, error) {
	if len(over) == 0 {
		return text, nil
	}
	tree := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		return "", err
	}
	mergeTree(tree, over)
	b, err := yaml.Marshal(tree)
	if err != nil || !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return string(b), err
	}
	b, err = yaml.YAMLToJSON(b)
	return string(b), err
}

func mergeTree(into, over map[string]any) {
	for key, value := range over {
		inner, isMap := into[key].(map[string]any)
		more, alsoMap := value.(map[string]any)
		if isMap && alsoMap {
			mergeTree(inner, more)
			continue
		}
		into[key] = value
	}
}
