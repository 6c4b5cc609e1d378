package injection

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Mesh is libmesh's side: its program, called as users call it.
type Mesh struct{ Program, Work string }

func (m Mesh) flags(settings string, o Options) []string {
	flags := []string{
		"--values", filepath.Join(settings, valuesFile), "--mesh-config", filepath.Join(settings, meshFile),
		"--injector-config", filepath.Join(settings, configFile), "--native-sidecars", map[string]string{"enabled": "true", "disabled": "false", "auto": "auto"}[o.native()],
	}
	if o.CompliancePolicy != "" {
		flags = append(flags, "--compliance-policy", o.CompliancePolicy)
	}
	if o.Platform != "" {
		flags = append(flags, "--platform", o.Platform)
	}
	return flags
}

// Manifest is what the program makes of a manifest; log is what it said beside it.
func (m Mesh) Manifest(settings string, o Options, text []byte) (out []byte, log string, err error) {
	input, err := m.temporary("manifest-*.yaml", text)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = os.Remove(input) }()
	return m.run(append([]string{"inject", "-f", input}, m.flags(settings, o)...))
}

// Review is what the program answers to an AdmissionReview.
func (m Mesh) Review(settings string, o Options, review []byte) ([]byte, error) {
	input, err := m.temporary("review-*.json", review)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(input) }()
	namespaces := filepath.Join(m.Work, "namespaces.yaml")
	if err := os.WriteFile(namespaces, []byte(namespaceText), 0o644); err != nil {
		return nil, err
	}
	flags := append([]string{"inject", "--review", input, "--path", o.path(), "--state", namespaces},
		m.flags(settings, o)...)
	out, _, err := m.run(flags)
	var no refusal
	if errors.As(err, &no) && len(out) > 0 {
		return out, nil // the answer says so itself
	}
	return out, err
}

func (m Mesh) temporary(pattern string, content []byte) (string, error) {
	if err := os.MkdirAll(m.Work, 0o755); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(m.Work, pattern)
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	return file.Name(), errors.Join(err, file.Close())
}

// run gives what the program writes. Status 1 is a refusal, with what it says; any other is a fault.
func (m Mesh) run(arguments []string) ([]byte, string, error) {
	var out, said bytes.Buffer
	command := exec.Command(m.Program, arguments...)
	command.Stdout, command.Stderr = &out, &said
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.Bytes(), said.String(), nil
	case errors.As(err, &exit) && exit.ExitCode() == 1:
		return out.Bytes(), "", refusal(strings.TrimSpace(said.String()))
	}
	return nil, "", fmt.Errorf("mesh %s: %w: %s", arguments[0], err, firstLines(said.String()))
}

func firstLines(text string) string {
	lines := strings.SplitN(strings.TrimSpace(text), "\n", 4)
	return strings.Join(lines[:min(3, len(lines))], " | ")
}
