package mesh_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every function that libmesh.so exports is called by the package: nothing of the library is out of reach from Go.
func TestEveryFunctionOfTheLibraryIsReachable(t *testing.T) {
	called := callsOfC(t)
	for _, symbol := range symbols(t) {
		if !called["M"+symbol[1:]] {
			t.Errorf("%s is called by no Go function: add one, the same word as in C", symbol)
		}
	}
}

// symbols are the functions that libmesh.so exports.
func symbols(t *testing.T) []string {
	t.Helper()
	list, err := os.ReadFile("../../tests/abi/symbols.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(list)) {
		if name := strings.TrimSpace(line); strings.HasPrefix(name, "mesh_") {
			names = append(names, name)
		}
	}
	if len(names) < 50 {
		t.Fatalf("only %d symbols: is that the list?", len(names))
	}
	return names
}

// callsOfC are the functions of internal/capi that the package's own files name.
func callsOfC(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if selected, ok := node.(*ast.SelectorExpr); ok {
				if from, ok := selected.X.(*ast.Ident); ok && from.Name == "capi" {
					called[selected.Sel.Name] = true
				}
			}
			return true
		})
	}
	return called
}
