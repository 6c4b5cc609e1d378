// Package simulation asks Istio's simulation of Envoy (pilot/pkg/simulation: which listener, filter chain,
// virtual host, route and cluster a call meets) about two answers to one input, ours and Istio's own.
//
// The questions are those of Istio's *_simulation_test.go, which are not copied: their files are read from
// the module at test time, the imports of the simulation and of the fake server are changed to packages that
// write down what is asked (record/), and `go test -overlay` runs the result in questions/. To these come
// calls made of the answers themselves (calls.go).
package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"

	record "libmesh.test/peers/istio/internal/simulation/record/simulation"
)

// Question is one input with one proxy and its calls.
type Question = record.Question

// stands says which package stands in for which.
var stands = map[string]string{
	"istio.io/istio/pilot/pkg/simulation": "libmesh.test/peers/istio/internal/simulation/record/simulation",
	"istio.io/istio/pilot/test/xds":       "libmesh.test/peers/istio/internal/simulation/record/xds",
}

// IstioQuestions runs the simulation tests of Istio's module to learn what they ask. `here` is the folder of
// peers' module, `work` takes the changed files.
func IstioQuestions(istio, here, work string) ([]Question, error) {
	files, err := filepath.Glob(filepath.Join(istio, "pilot", "pkg", "networking", "core", "*_simulation_test.go"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no simulation tests in %s", istio)
	}
	replace := map[string]string{}
	for _, file := range files {
		changed, err := redirected(file)
		if err != nil {
			return nil, err
		}
		to := filepath.Join(work, "tests", filepath.Base(file))
		if err := write(to, changed); err != nil {
			return nil, err
		}
		replace[filepath.Join(here, "internal", "simulation", "questions", filepath.Base(file))] = to
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	if err := write(filepath.Join(work, "overlay.json"), overlay); err != nil {
		return nil, err
	}
	return run(here, work)
}

// redirected is the source of a test file with its imports changed.
func redirected(file string) ([]byte, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	parsed.Name = ast.NewIdent("questions_test")
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if other, found := stands[path]; found {
			spec.Path.Value = strconv.Quote(other)
		}
	}
	var out bytes.Buffer
	err = printer.Fprint(&out, set, parsed)
	return out.Bytes(), err
}

// run lets the tests write their questions. They may fail: nothing answers them.
func run(here, work string) ([]Question, error) {
	asked := filepath.Join(work, "asked")
	if err := os.RemoveAll(asked); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(asked, 0o755); err != nil {
		return nil, err
	}
	command := exec.Command("go", "test", "-tags=vtprotobuf", "-vet=off", "-count=1", "-overlay",
		filepath.Join(work, "overlay.json"), "./internal/simulation/questions")
	command.Dir = here
	command.Env = append(os.Environ(), record.Folder+"="+asked)
	said, _ := command.CombinedOutput()
	files, err := filepath.Glob(filepath.Join(asked, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("Istio's simulation tests asked nothing: %s", said)
	}
	return readAll(files)
}

func readAll(files []string) ([]Question, error) {
	sort.Strings(files)
	questions := make([]Question, len(files))
	for i, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, &questions[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	sort.SliceStable(questions, func(i, j int) bool { return questions[i].Test < questions[j].Test })
	return questions, nil
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
