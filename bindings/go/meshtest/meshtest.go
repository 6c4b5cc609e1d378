// Package meshtest runs policy tests (docs/testing.md) as Go tests:
//
//	func TestPolicy(t *testing.T) { meshtest.Run(t, "policy") }
//
// Every suite is a subtest and every case one of it, so that `go test -run TestPolicy/the_shop` runs these alone, and -v also tells
// which routes, rules and policies no case touched.
package meshtest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"libmesh.invalid/mesh"
	"libmesh.invalid/mesh/internal/inputs"
)

// Run runs the suites of a directory (*_mesh_test.yaml at any depth) or of one file. A case that fails is a failure with what was expected,
// what was found and why; errors in a suite or in the configuration under test are failures, too, as with `mesh test`. A
// directory without a suite is one.
func Run(t *testing.T, path string) {
	t.Helper()
	tests, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer tests.Close()
	raw, err := tests.Run(mesh.Parameters{"coverage": testing.Verbose()})
	if err != nil {
		t.Fatal(err)
	}
	var results mesh.TestResults
	if err := json.Unmarshal(raw, &results); err != nil {
		t.Fatal(err)
	}
	for _, suite := range results.Suites {
		t.Run(suite.Name, func(t *testing.T) { runSuite(t, suite) })
	}
	tell(t, results.Diagnostics)
	for _, coverage := range results.Coverage {
		t.Log(line(coverage))
	}
}

// Load reads suites, of directories and of single files, and the files they want. A file that is not there is told by the results of
// the suites that want it.
func Load(paths ...string) (*mesh.Tests, error) {
	tests, err := mesh.NewTests()
	if err != nil {
		return nil, err
	}
	err = addSuites(tests, paths)
	if err == nil {
		err = giveWanted(tests)
	}
	if err != nil {
		tests.Close()
		return nil, err
	}
	return tests, nil
}

func addSuites(tests *mesh.Tests, paths []string) error {
	for _, path := range paths {
		files, err := within(path, inputs.Suites)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return fmt.Errorf("there is no suite (*_mesh_test.yaml) in %s", path)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if _, err := tests.Add(text, file); err != nil { // diagnostics come with the results
				return err
			}
		}
	}
	return nil
}

func giveWanted(tests *mesh.Tests) error {
	wanted, err := tests.Wanted()
	if err != nil {
		return err
	}
	for _, each := range wanted {
		if _, err := os.Stat(each.Path); os.IsNotExist(err) {
			continue
		}
		files := []string{each.Path}
		if !each.Text {
			if files, err = within(each.Path, inputs.Objects); err != nil {
				return err
			}
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if err := tests.Give(each.Path, file, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// within are the files of a directory that are meant, or the path itself.
func within(path string, find func(fs.FS) ([]string, error)) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	names, err := find(os.DirFS(path))
	for i, name := range names {
		names[i] = filepath.Join(path, filepath.FromSlash(name))
	}
	return names, err
}

func runSuite(t *testing.T, suite mesh.TestSuite) {
	tell(t, suite.Diagnostics)
	for _, each := range suite.Cases {
		t.Run(each.Name, func(t *testing.T) {
			switch each.Status {
			case "passed":
			case "skipped":
				t.Skip(each.Message)
			default:
				t.Error(failure(suite.File, each))
			}
		})
	}
}

// tell shows diagnostics; errors are failures.
func tell(t *testing.T, diagnostics []mesh.Diagnostic) {
	for _, each := range diagnostics {
		if each.Severity == "error" {
			t.Error(each)
		} else {
			t.Log(each)
		}
	}
}

// failure is what a failed case shows: where it is, what was expected and found, and the chain of objects and fields.
func failure(file string, each mesh.TestCase) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s:%d:%d: %s: %s", file, each.Line, each.Column, each.Kind, each.Message)
	for _, mismatch := range each.Mismatches {
		fmt.Fprintf(&out, "\n  %s: %s\n    expected %s\n    actual   %s", mismatch.Path, mismatch.Message, mismatch.Expected, mismatch.Actual)
	}
	for _, reason := range each.Because {
		fmt.Fprintf(&out, "\n  because %s", strings.TrimSpace(reason.Object+" "+reason.Field))
		if reason.Text != "" {
			fmt.Fprintf(&out, ": %s", reason.Text)
		}
	}
	return out.String()
}

// line says how many of the items were touched, and which were not.
func line(c mesh.Coverage) string {
	out := fmt.Sprintf("coverage: %d of %d %s", c.Touched, c.Total, c.What)
	for _, item := range c.Untouched {
		out += fmt.Sprintf("\n  not %s:%d: %s %s", item.File, item.Line, item.Object, item.Field)
	}
	return out
}
