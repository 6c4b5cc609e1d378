// Docs writes docs/go.md of the package's doc comments and examples; `go generate` runs it, and its test proves the file fresh.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const importPath = "libmesh.invalid/mesh"

// packages are those with an API, by their folders.
var packages = []string{".", "meshtest"}

type writer struct {
	bytes.Buffer
	files *token.FileSet
	pkg   *doc.Package
}

// reference is the Markdown of the packages of the module at root.
func reference(root string) (string, error) {
	var out strings.Builder
	out.WriteString("# libmesh for Go\n\nMade of the doc comments of `bindings/go` by `go -C bindings/go generate`. What it runs on, and how it is\n" +
		"tested, is in [bindings/go/README.md](../bindings/go/README.md).\n")
	for _, folder := range packages {
		text, err := section(root, folder)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

func section(root, folder string) (string, error) {
	names, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	if err != nil || len(names) == 0 {
		return "", fmt.Errorf("%s: no Go files: %v", folder, err)
	}
	w := writer{files: token.NewFileSet()}
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_debug.go") { // of another build
			continue
		}
		file, err := parser.ParseFile(w.files, name, nil, parser.ParseComments)
		if err != nil {
			return "", err
		}
		parsed = append(parsed, file)
	}
	if w.pkg, err = doc.NewFromFiles(w.files, parsed, strings.TrimSuffix(importPath+"/"+folder, "/.")); err != nil {
		return "", err
	}
	w.writePackage()
	return w.String(), nil
}

func (w *writer) writePackage() {
	fmt.Fprintf(w, "\n## package %s\n\n    import %q\n\n", w.pkg.Name, w.pkg.ImportPath)
	w.prose(w.pkg.Doc)
	w.examples(w.pkg.Examples)
	w.values(w.pkg.Consts)
	w.values(w.pkg.Vars)
	for _, f := range w.pkg.Funcs {
		w.function("###", f)
	}
	for _, t := range w.pkg.Types {
		fmt.Fprintf(w, "\n### %s\n\n", t.Name)
		w.code(t.Decl)
		w.prose(t.Doc)
		w.examples(t.Examples)
		w.values(t.Consts)
		w.values(t.Vars)
		for _, f := range slices.Concat(t.Funcs, t.Methods) {
			w.function("####", f)
		}
	}
}

func (w *writer) function(heading string, f *doc.Func) {
	name := f.Name
	if f.Recv != "" {
		name = strings.TrimPrefix(f.Recv, "*") + "." + name
	}
	fmt.Fprintf(w, "\n%s %s\n\n", heading, name)
	f.Decl.Body = nil
	w.code(f.Decl)
	w.prose(f.Doc)
	w.examples(f.Examples)
}

func (w *writer) values(values []*doc.Value) {
	for _, v := range values {
		w.WriteString("\n")
		w.code(v.Decl)
		w.prose(v.Doc)
	}
}

// prose is a doc comment; links to the package's own names lead to their headings.
func (w *writer) prose(text string) {
	parser, printer := w.pkg.Parser(), w.pkg.Printer()
	printer.HeadingLevel = 3
	printer.HeadingID = func(*comment.Heading) string { return "" }
	printer.DocLinkURL = func(link *comment.DocLink) string {
		if link.ImportPath != "" {
			return link.DefaultURL("https://pkg.go.dev/")
		}
		if link.Recv == "" && !w.hasHeading(link.Name) { // a variable or a constant
			return "#package-" + w.pkg.Name
		}
		return "#" + strings.ToLower(link.Recv+link.Name)
	}
	w.Write(printer.Markdown(parser.Parse(text)))
}

func (w *writer) hasHeading(name string) bool {
	named := func(f *doc.Func) bool { return f.Name == name }
	return slices.ContainsFunc(w.pkg.Funcs, named) || slices.ContainsFunc(w.pkg.Types, func(t *doc.Type) bool {
		return t.Name == name || slices.ContainsFunc(t.Funcs, named)
	})
}

// code is a declaration without its doc comment, which stands below it.
func (w *writer) code(node ast.Node) {
	switch n := node.(type) {
	case *ast.GenDecl:
		n.Doc = nil
		for _, spec := range n.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok {
				t.Doc = nil
			}
		}
	case *ast.FuncDecl:
		n.Doc = nil
	}
	var out bytes.Buffer
	if err := format.Node(&out, w.files, node); err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "```go\n%s\n```\n\n", out.String())
}

func (w *writer) examples(examples []*doc.Example) {
	for _, example := range examples {
		var out bytes.Buffer
		if err := format.Node(&out, w.files, example.Code); err != nil {
			panic(err)
		}
		code := strings.TrimSuffix(strings.TrimPrefix(out.String(), "{\n"), "\n}")
		if at := strings.LastIndex(code, "\n\t// Output:"); at >= 0 {
			code = code[:at]
		}
		code = strings.TrimSpace(strings.ReplaceAll(code, "\n\t", "\n"))
		fmt.Fprintf(w, "\n%s\n\n```go\n%s\n```\n\nprints\n\n```\n%s```\n", strings.TrimSpace(example.Doc), code, example.Output)
	}
}

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	text, err := reference(root)
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "../../docs/go.md"), []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}
