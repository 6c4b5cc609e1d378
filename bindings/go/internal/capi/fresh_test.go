package capi

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The committed output is what SWIG makes of today's headers.
func TestOutputIsFresh(t *testing.T) {
	if _, err := exec.LookPath("swig"); err != nil {
		t.Skip("skipped: there is no swig")
	}
	dir := t.TempDir()
	if out, err := exec.Command("./generate", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"capi.go", "capi_wrap.c"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		have, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(have) != string(want) {
			t.Errorf("%s is not what capi.i and the headers make now: run `go generate ./...`", name)
		}
	}
}
