package injection

import (
	_ "embed"
	"errors"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

//go:embed cases.yaml
var casesText []byte

// row is a case of Istio's TestInjection as cases.yaml writes it.
type row struct {
	Input   string         `json:"input"`
	Golden  string         `json:"golden"`
	Flags   []string       `json:"flags"`
	File    string         `json:"file"`
	Mesh    map[string]any `json:"mesh"`
	Options Options        `json:"options"`
	Error   string         `json:"error"`
	Log     string         `json:"log"`
	Only    string         `json:"only"` // manifest, webhook or nothing
}

// IstioCases reads the 128 cases; inputs and goldens come from the module's folder.
func IstioCases(m Module) ([]Case, error) {
	var rows []row
	if err := yaml.UnmarshalStrict(casesText, &rows); err != nil {
		return nil, err
	}
	renderer := m.renderer()
	var cases []Case
	for i, r := range rows {
		input := Input{Error: r.Error, Log: r.Log, SkipManifest: r.Only == "webhook", SkipWebhook: r.Only == "manifest"}
		var err, missing error
		input.Text, err = os.ReadFile(m.Testdata(r.Input))
		last := r.Input
		if r.Golden != "" {
			last = r.Golden
			input.Golden, missing = os.ReadFile(m.Testdata(r.Golden))
		}
		if err := errors.Join(err, missing); err != nil {
			return nil, err
		}
		cases = append(cases, Case{
			Name: fmt.Sprintf("istio/%03d-%s", i, last), Options: r.Options, Inputs: []Input{input},
			Settings: func() (Settings, error) {
				s, err := renderer(r.Flags, r.File)
				if err != nil {
					return s, err
				}
				return s.With(nil, r.Mesh)
			},
		})
	}
	return cases, nil
}

// renderer renders each set of flags once.
func (m Module) renderer() func(flags []string, file string) (Settings, error) {
	rendered := map[string]Settings{}
	return func(flags []string, file string) (Settings, error) {
		key := fmt.Sprint(flags, file)
		if s, known := rendered[key]; known {
			return s, nil
		}
		var files []string
		if file != "" {
			files = []string{m.Testdata(file)}
		}
		s, err := m.Render(flags, files)
		if err == nil {
			rendered[key] = s
		}
		return s, err
	}
}
