package meshtest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"libmesh.invalid/mesh"
	"libmesh.invalid/mesh/meshtest"
)

func TestTheExampleHoldsWhatItsSuiteSays(t *testing.T) { meshtest.Run(t, "../../../examples/shop") }

func TestResultsAreThoseOfTheProgram(t *testing.T) {
	where, err := exec.Command("pkg-config", "--variable=prefix", "mesh").Output()
	if err != nil {
		t.Fatal(err)
	}
	const suites = "../../../examples/shop"
	program := exec.Command(filepath.Join(strings.TrimSpace(string(where)), "bin/mesh"), "test", suites, "--coverage", "-o", "json")
	program.Env = append(os.Environ(), "LD_LIBRARY_PATH=") // with the library it was installed with, not a sanitized one
	var complaint bytes.Buffer
	program.Stderr = &complaint
	said, err := program.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", program, err, &complaint)
	}
	tests, err := meshtest.Load(suites)
	if err != nil {
		t.Fatal(err)
	}
	defer tests.Close()
	raw, err := tests.Run(mesh.Parameters{"coverage": true})
	var want bytes.Buffer
	if json.Compact(&want, said) != nil || err != nil || want.String() != string(raw) {
		t.Errorf("the program:\n%s\nhere:\n%s\n%v", want.Bytes(), raw, err)
	}
}

const mistaken = `
name: the shop
configuration: [mesh]
cases:
- name: right
  members: {namespace: shop}
  expect: {mesh: cp/m}
- name: wrong
  members: {namespace: shop}
  expect: {mesh: cp/other}
- name: nobody
  reach: {from: shop/nobody, to: shop/web}
  expect: {reached: true}
- name: later
  skip: not yet
  members: {namespace: shop}
  expect: {mesh: cp/m}
`

const configuration = `
{apiVersion: v1, kind: Namespace, metadata: {name: cp}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, metadata: {name: m, namespace: cp}, spec: {version: v2.5}}
---
{apiVersion: maistra.io/v1, kind: ServiceMeshMemberRoll, metadata: {name: default, namespace: cp}, spec: {members: [shop]}}
`

// written makes a folder with files of these texts, by their paths.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestInside is what the tests below run in a process of its own, to see it fail.
func TestInside(t *testing.T) {
	path := os.Getenv("MESHTEST_INSIDE")
	if path == "" {
		t.Skip("skipped: it is run by the other tests")
	}
	meshtest.Run(t, path)
}

func inside(t *testing.T, path string, flags ...string) (string, bool) {
	t.Helper()
	command := exec.Command(os.Args[0], append([]string{"-test.run", "^TestInside$", "-test.v"}, flags...)...)
	command.Env = append(os.Environ(), "MESHTEST_INSIDE="+path)
	out, err := command.CombinedOutput()
	return string(out), err == nil
}

func TestCasesAreSubtestsThatFailWithReasons(t *testing.T) {
	dir := written(t, map[string]string{"policy/a_mesh_test.yaml": mistaken, "policy/mesh/all.yaml": configuration})
	out, good := inside(t, dir)
	for _, part := range []string{
		"--- PASS: TestInside/the_shop/right", "--- FAIL: TestInside/the_shop/wrong", "--- FAIL: TestInside/the_shop/nobody",
		"--- SKIP: TestInside/the_shop/later", "not yet",
		filepath.Join(dir, "policy/a_mesh_test.yaml") + ":8:", `expected "cp/other"`, `actual   "cp/m"`,
		"because ServiceMeshMemberRoll cp/default spec.members[0]", "coverage: ",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is not in what is told", part)
		}
	}
	if good || t.Failed() {
		t.Errorf("good: %v\n%s", good, out)
	}
	if out, good := inside(t, dir, "-test.run", "^TestInside$/^the_shop$/^right$"); !good {
		t.Errorf("one case: %s", out)
	}
}

func TestWhatCannotBeRunFails(t *testing.T) {
	for name, row := range map[string]struct {
		files map[string]string
		says  string
	}{
		"no suite":         {map[string]string{"all.yaml": configuration}, "there is no suite"},
		"a broken suite":   {map[string]string{"a_mesh_test.yaml": "cases: ["}, "a_mesh_test.yaml"},
		"nothing is there": {map[string]string{"a_mesh_test.yaml": mistaken}, "mesh"},
	} {
		out, good := inside(t, written(t, row.files))
		if good || !strings.Contains(out, row.says) {
			t.Errorf("%s: %v\n%s", name, good, out)
		}
	}
	if _, err := meshtest.Load("nowhere"); !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestReportsAreThoseOfTheLibrary(t *testing.T) {
	dir := written(t, map[string]string{"a_mesh_test.yaml": mistaken, "mesh/all.yaml": configuration})
	tests, err := meshtest.Load(filepath.Join(dir, "a_mesh_test.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer tests.Close()
	raw, err := tests.Run(mesh.Parameters{"filter": "wrong|later"})
	var results mesh.TestResults
	if err != nil || json.Unmarshal(raw, &results) != nil || results.Summary.Failed != 1 || results.Summary.Filtered != 2 {
		t.Errorf("%s: %v", raw, err)
	}
	for format, part := range map[string]string{"junit": "<testsuites", "sarif": `"2.1.0"`, "tap": "TAP version 14", "text": "cp/other"} {
		if report, err := mesh.TestReport(raw, format); err != nil || !strings.Contains(string(report), part) {
			t.Errorf("%s: %s: %v", format, report, err)
		}
	}
	if _, err := mesh.TestReport(raw, "poem"); err == nil {
		t.Error("a poem is a report")
	}
}
