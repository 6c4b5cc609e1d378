// The generator makes from protobuf descriptors and Go types what libmesh/schema offers:
//
//	gen/descriptors.pb.cc   the embedded FileDescriptorSet (descriptors.h)
//	gen/envoy/<short>.h     typed writers of Envoy's messages (wire.h)
//	gen/<namespace>/*.h     plain structs of Istio's, Kubernetes' and Maistra's messages
//	gen/<namespace>/*.cc    their tables (reader.h)
//	gen/sources.txt         the .cc files, for CMake
//	tests/schema/gen/*      what drives every writer in the tests (drivers.go)
//
// Descriptors come from the raw descriptors that every generated *.pb.go carries, read with go/ast
// out of the module cache (no package is compiled); Kubernetes' types from the Go sources, since
// their struct tags, not generated.proto, say what JSON looks like; our own protos through protoc.
// The output depends on the inputs only; files whose content is unchanged are not touched.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

func main() {
	schema := flag.String("schema", "..", "the folder libmesh/schema")
	out := flag.String("out", "", "the folder to generate into; as -I of it is used")
	protoc := flag.String("protoc", "protoc", "the protoc program, for our own protos")
	flag.Parse()
	if err := run(*schema, *out, *protoc); err != nil {
		fmt.Fprintln(os.Stderr, "generator:", err)
		os.Exit(1)
	}
}

func run(schema, out, protoc string) error {
	if out == "" {
		return fmt.Errorf("-out is needed")
	}
	modules, err := locateModules()
	if err != nil {
		return err
	}
	files, err := harvest(modules, schema, protoc)
	if err != nil {
		return err
	}
	library := &output{root: filepath.Join(out, "libmesh/schema/gen")}
	tests := &output{root: filepath.Join(out, "tests/schema/gen")}
	if err := generateEnvoy(files, schema, library, tests); err != nil {
		return err
	}
	if err := tests.finish(); err != nil {
		return err
	}
	if err := generateStructs(files, modules, library); err != nil {
		return err
	}
	return library.finish()
}

// output collects the generated files and writes those that changed.
type output struct {
	root  string
	files map[string]string
}

func (o *output) add(name, content string) {
	if o.files == nil {
		o.files = map[string]string{}
	}
	if _, twice := o.files[name]; twice {
		panic("generated twice: " + name)
	}
	o.files[name] = content
}

func (o *output) finish() error {
	var sources []string
	for name := range o.files {
		if strings.HasSuffix(name, ".cc") {
			sources = append(sources, name)
		}
	}
	sort.Strings(sources)
	o.add("sources.txt", strings.Join(sources, "\n")+"\n")
	for name, content := range o.files {
		path := filepath.Join(o.root, name)
		old, err := os.ReadFile(path)
		if err == nil && bytes.Equal(old, []byte(content)) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return o.removeStale()
}

// removeStale deletes what an earlier run made and this one does not.
func (o *output) removeStale() error {
	return filepath.WalkDir(o.root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(o.root, path)
		if err != nil {
			return err
		}
		if _, made := o.files[filepath.ToSlash(name)]; made {
			return nil
		}
		return os.Remove(path)
	})
}
