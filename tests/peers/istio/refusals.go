package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/config/crd"
	"libmesh.test/peers/istio/internal/fields"
)

// leastToldPercent of what Istio refuses are told; what it takes is never called wrong.
const leastToldPercent = 99

// A refusalCase is one object: what Istio says of it, and the errors of `mesh check`.
type refusalCase struct {
	name, text string
	kind       string
	istio      string // why its CRD or its webhook refuses it; empty when they take it
	crd        bool   // the CRD does
	ours       []string
	claimed    bool // ours say that Istio refuses it
}

func runRefusals(args []string) error {
	flags := newFlags("refusals")
	program := flags.String("mesh", "", "the program mesh")
	work := flags.String("work", "", "folder for the inputs")
	istio := flags.String("istio", "", "folder of the module istio.io/istio")
	only := flags.String("only", "", "only these, by their beginning: KIND/HOST PATH; several with commas")
	all := flags.Bool("all", false, "list all, and not only what differs")
	_ = flags.Parse(args)
	if *program == "" || *work == "" {
		return errors.New("-mesh and -work are needed")
	}
	folder, err := istioFolder(*istio)
	if err != nil {
		return err
	}
	validator, err := crd.NewValidatorFromFilesWithOptions(
		[]string{filepath.Join(folder, "manifests", "charts", "base", "files", "crd-all.gen.yaml")}, crd.WithoutCRDValidation())
	if err != nil {
		return err
	}
	cases, err := refusalCases(*only)
	if err != nil {
		return err
	}
	own, err := istioInvalid(folder, *only)
	if err != nil {
		return err
	}
	cases = append(cases, own...)
	for _, c := range cases {
		c.ask(validator)
	}
	if err := askCheck(*program, *work, cases); err != nil {
		return err
	}
	meshes, err := meshCases(*only)
	if err != nil {
		return err
	}
	if len(cases)+len(meshes) == 0 {
		return errors.New("nothing is asked about")
	}
	return errors.Join(tellRefusals(cases, *all), meshRefusals(*program, *work, meshes, *all))
}

func refusalCases(only string) ([]*refusalCase, error) {
	hosts, err := fields.Hosts()
	if err != nil {
		return nil, err
	}
	var cases []*refusalCase
	for _, h := range hosts {
		if h.Kind == fields.MeshConfig || h.Kind == "EnvoyFilter" || strings.Contains(h.Kind, "Ingress") {
			continue
		}
		right, err := h.Settings()
		if err != nil {
			return nil, err
		}
		odd, err := h.Odd()
		if err != nil {
			return nil, err
		}
		for _, s := range append(right, odd...) {
			if chosen(s.Name(), only) {
				cases = append(cases, &refusalCase{name: s.Name(), text: s.Text, kind: h.Kind})
			}
		}
	}
	return cases, nil
}

// istioInvalid are the objects that Istio tests its CRDs with.
func istioInvalid(folder, only string) ([]*refusalCase, error) {
	files, err := filepath.Glob(filepath.Join(folder, "pkg", "config", "validation", "testdata", "crds", "*.yaml"))
	if err != nil {
		return nil, err
	}
	remark := regexp.MustCompile(`(?m)^_err:.*\n`)
	var cases []*refusalCase
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for i, document := range separator.Split(string(b), -1) {
			name := fmt.Sprintf("istio/%s %d", filepath.Base(file), i)
			text := remark.ReplaceAllString(document, "")
			body := map[string]any{}
			if err := yaml.Unmarshal([]byte(text), &body); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			kind, _ := body["kind"].(string)
			if kind != "" && chosen(name, only) {
				cases = append(cases, &refusalCase{name: name, text: text, kind: kind})
			}
		}
	}
	return cases, nil
}

// ask puts the object to the CRD, and if it is taken to the webhook.
func (c *refusalCase) ask(validator *crd.Validator) {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(c.text), object); err != nil {
		c.istio = oneLine(err)
		return
	}
	// The API server reads no numbers in quotes, which is how Go writes those of 64 bits; what is meant by them is asked.
	if err := validator.ValidateCustomResource(object); err != nil && !strings.Contains(err.Error(), `must be of type integer: "string"`) {
		c.istio, c.crd = oneLine(err), true
		return
	}
	c.istio = refusedText(c.kind, c.text)
}

// askCheck puts all of them to one call of `mesh check`, each under a name of its own.
func askCheck(program, work string, cases []*refusalCase) error {
	var input strings.Builder
	byObject := map[string]*refusalCase{}
	for i, c := range cases {
		body := map[string]any{}
		if err := yaml.Unmarshal([]byte(c.text), &body); err != nil {
			return err
		}
		metadata, _ := body["metadata"].(map[string]any)
		metadata["name"] = fmt.Sprintf("case-%d", i)
		if metadata["namespace"] == nil {
			metadata["namespace"] = "default"
		}
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		byObject[fmt.Sprintf("%s %s/case-%d", c.kind, metadata["namespace"], i)] = c
		input.WriteString("---\n" + string(b) + "\n")
	}
	told, err := checked(program, filepath.Join(work, "refusals.yaml"), input.String())
	if err != nil {
		return err
	}
	for _, each := range told {
		c := byObject[each.Object]
		if c == nil || each.Severity != "error" {
			continue
		}
		c.ours = append(c.ours, each.Field+" "+each.Message)
		c.claimed = c.claimed || each.Code != "extension-ignored" // that one speaks of what is generated
	}
	return nil
}

// A finding is a diagnostic of `mesh check`.
type finding struct{ Severity, Code, Object, Field, Message string }

// checked is what `mesh check` says of a text, which is left at the path to look at.
func checked(program, path, text string) ([]finding, error) {
	if err := writeFile(path, []byte(text)); err != nil {
		return nil, err
	}
	out, err := exec.Command(program, "check", "-f", path, "-o", "json").Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	var told []finding
	if err := json.Unmarshal(out, &told); err != nil {
		return nil, fmt.Errorf("mesh check: %w", err)
	}
	return told, nil
}

func tellRefusals(cases []*refusalCase, all bool) error {
	refused, told, wrong := 0, 0, 0
	for _, c := range cases {
		where := "webhook"
		if c.crd {
			where = "CRD"
		}
		switch {
		case c.istio != "" && len(c.ours) > 0:
			refused, told = refused+1, told+1
			if all {
				fmt.Printf("told    %s: %s: %.200s | %s\n", c.name, where, c.istio, strings.Join(c.ours, "; "))
			}
		case c.istio != "":
			refused++
			fmt.Printf("silent  %s: %s: %.300s\n", c.name, where, c.istio)
		case c.claimed:
			wrong++
			fmt.Printf("wrong   %s: %s\n", c.name, strings.Join(c.ours, "; "))
		}
	}
	if len(cases) == 0 {
		return nil
	}
	fmt.Printf("%d objects: Istio refuses %d, %d of them are told; %d that it takes are called wrong\n", len(cases), refused, told, wrong)
	if wrong > 0 || told*100 < refused*leastToldPercent || refused == 0 {
		return errDiffers
	}
	return nil
}
