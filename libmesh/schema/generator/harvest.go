package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// sources lists the folders whose *.pb.go are read: module path, folder inside it.
var sources = [][2]string{
	{"cel.dev/expr", "."},
	{"github.com/cncf/xds/go", "."},
	// Holds Istio's own filters too (alpn, stats, metadata exchange); istio.io/api has older copies.
	{"github.com/envoyproxy/go-control-plane/contrib", "."},
	{"github.com/envoyproxy/go-control-plane/envoy", "."},
	{"github.com/envoyproxy/protoc-gen-validate", "validate"},
	{"github.com/prometheus/client_model", "."},
	{"go.opentelemetry.io/proto/otlp", "."},
	{"google.golang.org/genproto/googleapis/api", "."},
	{"google.golang.org/genproto/googleapis/rpc", "."},
	{"google.golang.org/protobuf", "types"},
	{"istio.io/api", "analysis/v1alpha1"},
	{"istio.io/api", "extensions/v1alpha1"},
	{"istio.io/api", "mesh/v1alpha1"},
	{"istio.io/api", "meta/v1alpha1"},
	{"istio.io/api", "networking/v1alpha3"},
	{"istio.io/api", "networking/v1beta1"},
	{"istio.io/api", "security/v1beta1"},
	{"istio.io/api", "telemetry/v1alpha1"},
	{"istio.io/api", "type/v1beta1"},
}

// locateModules gives the folder of every module that go.mod requires.
func locateModules() (map[string]string, error) {
	command := exec.Command("go", "mod", "download", "-json")
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go mod download: %w", err)
	}
	modules := map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(text)); decoder.More(); {
		var module struct{ Path, Dir string }
		if err := decoder.Decode(&module); err != nil {
			return nil, err
		}
		modules[module.Path] = module.Dir
	}
	return modules, nil
}

// harvest reads all descriptors and links them.
func harvest(modules map[string]string, schema, protoc string) (*protoregistry.Files, error) {
	byName := map[string]*descriptorpb.FileDescriptorProto{}
	for _, source := range sources {
		dir, ok := modules[source[0]]
		if !ok {
			return nil, fmt.Errorf("module %s is not in go.mod", source[0])
		}
		if err := harvestFolder(filepath.Join(dir, source[1]), byName); err != nil {
			return nil, err
		}
	}
	if err := compileOwn(filepath.Join(schema, "proto"), protoc, byName); err != nil {
		return nil, err
	}
	set := &descriptorpb.FileDescriptorSet{}
	for _, name := range sortedKeys(byName) {
		set.File = append(set.File, byName[name])
	}
	// A few files import what no module carries (vendor extensions); nothing we use depends on it.
	return protodesc.FileOptions{AllowUnresolvable: true}.NewFiles(set)
}

func harvestFolder(dir string, byName map[string]*descriptorpb.FileDescriptorProto) error {
	return filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".pb.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, raw := range rawDescriptors(file) {
			descriptor := &descriptorpb.FileDescriptorProto{}
			if err := (proto.UnmarshalOptions{}).Unmarshal(raw, descriptor); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if _, known := byName[descriptor.GetName()]; !known {
				byName[descriptor.GetName()] = descriptor
			}
		}
		return nil
	})
}

// rawDescriptors finds `*_rawDesc`, a string constant or a []byte literal by protoc-gen-go's age.
func rawDescriptors(file *ast.File) [][]byte {
	var found [][]byte
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok || len(value.Values) != 1 || !strings.HasSuffix(value.Names[0].Name, "_rawDesc") {
				continue
			}
			if raw := evaluate(value.Values[0]); len(raw) > 0 {
				found = append(found, raw)
			}
		}
	}
	return found
}

func evaluate(expression ast.Expr) []byte {
	switch e := expression.(type) {
	case *ast.BinaryExpr:
		return append(evaluate(e.X), evaluate(e.Y)...)
	case *ast.ParenExpr:
		return evaluate(e.X)
	case *ast.CallExpr:
		return evaluate(e.Args[0])
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return []byte(text)
		}
	case *ast.CompositeLit:
		bytes := make([]byte, 0, len(e.Elts))
		for _, element := range e.Elts {
			number, err := strconv.ParseUint(element.(*ast.BasicLit).Value, 0, 8)
			if err != nil {
				return nil
			}
			bytes = append(bytes, byte(number))
		}
		return bytes
	}
	return nil
}

func compileOwn(dir, protoc string, byName map[string]*descriptorpb.FileDescriptorProto) error {
	protos, err := filepath.Glob(filepath.Join(dir, "*.proto"))
	if err != nil || len(protos) == 0 {
		return fmt.Errorf("no protos in %s", dir)
	}
	sort.Strings(protos)
	result, err := os.CreateTemp("", "mesh-schema-*.pb")
	if err != nil {
		return err
	}
	defer os.Remove(result.Name())
	defer result.Close()
	arguments := append([]string{"-I" + dir, "--descriptor_set_out=" + result.Name()}, protos...)
	command := exec.Command(protoc, arguments...)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("protoc: %w", err)
	}
	text, err := os.ReadFile(result.Name())
	if err != nil {
		return err
	}
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(text, set); err != nil {
		return err
	}
	for _, file := range set.File {
		byName[file.GetName()] = file
	}
	return nil
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func findMessage(files *protoregistry.Files, name string) (protoreflect.MessageDescriptor, error) {
	descriptor, err := files.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	message, ok := descriptor.(protoreflect.MessageDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is no message", name)
	}
	return message, nil
}
