package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// Tests are suites of policy tests, and the files they ask for (docs/testing.md has their language). In a Go test use package
// meshtest, which reads the files. Calls from several goroutines wait for one another.
type Tests struct{ *handle }

// NewTests makes a set without suites.
func NewTests() (*Tests, error) {
	c, err := made(capi.Mesh_tests_new)
	if err != nil {
		return nil, err
	}
	t := &Tests{}
	t.handle = own(t, c, capi.Mesh_tests_delete)
	return t, nil
}

// Close frees them.
func (t *Tests) Close() {
	if t != nil {
		t.close()
	}
}

// Add adds a file of suites, YAML or JSON, or replaces what was added under that name. Paths in it start from the file's folder. What is
// wrong with it is told with the results, too.
func (t *Tests) Add(suite []byte, file string) ([]Diagnostic, error) {
	var diagnostics []Diagnostic
	err := t.alone(func(c uintptr) (err error) {
		diagnostics, err = decoded[[]Diagnostic](func(out *uintptr) uintptr {
			return capi.Mesh_tests_add(c, text(suite), file, out)
		})
		return err
	})
	return diagnostics, err
}

// Wanted is a path that suites name: to be given with [Tests.Give].
type Wanted struct {
	Path   string   `json:"path"`   // a file, or a directory of which every file of objects is meant
	Text   bool     `json:"text"`   // a file that stands behind a URL
	Suites []string `json:"suites"` // that want it
}

// Wanted lists the paths that the suites name, sorted.
func (t *Tests) Wanted() ([]Wanted, error) {
	var wanted []Wanted
	err := t.alone(func(c uintptr) (err error) {
		wanted, err = decoded[[]Wanted](func(out *uintptr) uintptr { return capi.Mesh_tests_wanted(c, out) })
		return err
	})
	return wanted, err
}

// Give gives a file that is, or is in, a wanted path. The file is its name in diagnostics; files are read in the order of these names. A path of
// which nothing was given makes the suites that name it fail.
func (t *Tests) Give(path, file string, content []byte) error {
	return t.alone(func(c uintptr) error { return failed(capi.Mesh_tests_give(c, path, file, text(content))) })
}

// Run runs the suites (schema test-results.json; [TestResults] reads it). The parameters are filter, a regular expression that is found in
// "suite/case", and coverage. A case that fails is no error.
func (t *Tests) Run(p Parameters) (json.RawMessage, error) {
	options, err := p.text()
	if err != nil {
		return nil, err
	}
	var results json.RawMessage
	err = t.alone(func(c uintptr) (err error) {
		results, err = read(func(out *uintptr) uintptr { return capi.Mesh_tests_run(c, options, out) })
		return err
	})
	return results, err
}

// TestReport is results, as [Tests.Run] gave them, in another form: "text", "junit", "sarif" or "tap".
func TestReport(results []byte, format string) ([]byte, error) {
	return read(func(out *uintptr) uintptr { return capi.Mesh_tests_report(text(results), format, out) })
}

// TestResults are the results of suites (schema test-results.json).
type TestResults struct {
	Suites      []TestSuite  `json:"suites"`
	Diagnostics []Diagnostic `json:"diagnostics"` // of the configurations under test
	Coverage    []Coverage   `json:"coverage,omitzero"`
	Summary     struct {
		Suites   int `json:"suites"`
		Cases    int `json:"cases"`
		Passed   int `json:"passed"`
		Failed   int `json:"failed"`
		Errors   int `json:"errors"`
		Skipped  int `json:"skipped"`
		Filtered int `json:"filtered"` // cases that the filter left out
	} `json:"summary"`
}

// TestSuite is one suite of a file.
type TestSuite struct {
	File        string       `json:"file"`
	Name        string       `json:"name"`
	Cases       []TestCase   `json:"cases"`
	Diagnostics []Diagnostic `json:"diagnostics"` // of the suite itself
}

// TestCase is one case with what was found.
type TestCase struct {
	Name       string          `json:"name"`
	Kind       string          `json:"kind"`
	Status     string          `json:"status"`  // "passed", "failed", "error" or "skipped"
	Message    string          `json:"message"` // one line; empty for passed ones
	Field      string          `json:"field"`   // of the suite: cases[3]
	Line       int             `json:"line"`
	Column     int             `json:"column"`
	Mismatches []Mismatch      `json:"mismatches"`
	Because    []Reason        `json:"because"`         // the chain of objects and fields that made the answer
	Answer     json.RawMessage `json:"answer,omitzero"` // of failed ones
}

// Mismatch is a part of an answer that is not as it was expected.
type Mismatch struct {
	Path     string          `json:"path"` // in the answer
	Message  string          `json:"message"`
	Expected json.RawMessage `json:"expected"`
	Actual   json.RawMessage `json:"actual"` // null when nothing is there
}

// Reason is one link of a chain.
type Reason struct {
	Object string `json:"object"`
	Field  string `json:"field"`
	Text   string `json:"text"`
}

// Coverage tells which items of one kind ("routes", "rules", "policies", …) no case touched.
type Coverage struct {
	What      string `json:"what"`
	Total     int    `json:"total"`
	Touched   int    `json:"touched"`
	Untouched []struct {
		Object string `json:"object"`
		Field  string `json:"field"`
		Name   string `json:"name"`
		File   string `json:"file"`
		Line   int    `json:"line"`
	} `json:"untouched"`
}
