package mesh

import (
	"errors"
	"strings"
	"testing"

	"libmesh.invalid/mesh/internal/capi"
)

// (outside_test.go loads such a library; here is what the calls that need no handle say.)
func TestNothingIsCalledInALibraryOfAnotherABI(t *testing.T) {
	if err := checkABI(capi.MESH_ABI_VERSION); err != nil {
		t.Error(err)
	}
	abiError = checkABI(capi.MESH_ABI_VERSION + 1)
	defer func() { abiError = nil }()
	for name, call := range map[string]func() error{
		"NewStore":        func() error { _, err := NewStore(Options{}); return err },
		"NewWatch":        func() error { _, err := NewWatch(); return err },
		"NewInjector":     func() error { _, err := NewInjector(nil, nil, nil); return err },
		"Convert":         func() error { _, err := Convert(nil, "", "v1"); return err },
		"Uninject":        func() error { _, err := Uninject(nil, "", nil); return err },
		"MergeNetworks":   func() error { _, err := MergeNetworks("", "a", nil); return err },
		"Version":         func() error { _, err := Version(); return err },
		"DiagnosticCodes": func() error { _, err := DiagnosticCodes(); return err },
	} {
		if err := call(); !errors.Is(err, ErrABI) || !strings.Contains(err.Error(), "LD_LIBRARY_PATH") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
