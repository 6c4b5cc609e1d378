package main

import (
	"os"
	"testing"
)

// docs/go.md says what the doc comments say today.
func TestTheReferenceIsFresh(t *testing.T) {
	want, err := reference("../..")
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../../../../docs/go.md")
	if err != nil || string(have) != want {
		t.Errorf("docs/go.md is not what the doc comments say now: run `go generate .` in bindings/go (%v)", err)
	}
}
