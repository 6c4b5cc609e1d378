package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// Kubernetes' types as the API server decodes them: the Go structs. Embedded structs are flattened
// as encoding/json flattens them.

// goPackages: import path -> the file of its structs in namespace k8s.
var goPackages = []struct{ path, module, folder, file string }{
	{"k8s.io/apimachinery/pkg/apis/meta/v1", "k8s.io/apimachinery", "pkg/apis/meta/v1", "meta"},
	{"k8s.io/api/core/v1", "k8s.io/api", "core/v1", "core"},
	{"k8s.io/api/apps/v1", "k8s.io/api", "apps/v1", "apps"},
	{"k8s.io/api/batch/v1", "k8s.io/api", "batch/v1", "batch"},
	{"k8s.io/api/discovery/v1", "k8s.io/api", "discovery/v1", "discovery"},
	{"k8s.io/api/networking/v1", "k8s.io/api", "networking/v1", "networking"},
}

var goRoots = []string{
	"k8s.io/api/core/v1.ConfigMap",
	"k8s.io/api/core/v1.Endpoints",
	"k8s.io/api/core/v1.Namespace",
	"k8s.io/api/core/v1.Node",
	"k8s.io/api/core/v1.Pod",
	"k8s.io/api/core/v1.ReplicationController",
	"k8s.io/api/core/v1.Secret",
	"k8s.io/api/core/v1.Service",
	"k8s.io/api/core/v1.ServiceAccount",
	"k8s.io/api/apps/v1.DaemonSet",
	"k8s.io/api/apps/v1.Deployment",
	"k8s.io/api/apps/v1.ReplicaSet",
	"k8s.io/api/apps/v1.StatefulSet",
	"k8s.io/api/batch/v1.CronJob",
	"k8s.io/api/batch/v1.Job",
	"k8s.io/api/discovery/v1.EndpointSlice",
	"k8s.io/api/networking/v1.Ingress",
	"k8s.io/api/networking/v1.IngressClass",
	"k8s.io/api/networking/v1.NetworkPolicy",
}

// Types with a JSON form of their own, and types of packages that are not read.
var goKinds = map[string]string{
	"bool": "kBool", "float64": "kDouble", "int": "kInt64", "int32": "kInt32", "int64": "kInt64",
	"string": "kString", "uint32": "kUint32", "uint64": "kUint64",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":   "kDuration",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":   "kStruct",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":  "kTimestamp",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":       "kTimestamp",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":   "kQuantity",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":    "kStruct",
	"k8s.io/apimachinery/pkg/types.NodeName":          "kString",
	"k8s.io/apimachinery/pkg/types.UID":               "kString",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString": "kIntOrString",
}

type goType struct {
	pkg     string
	spec    *ast.TypeSpec
	imports map[string]string // name -> path, of its file
}

type goModel struct {
	*model
	types   map[string]goType // by import path.Name
	structs map[string]*structType
	files   map[string]string // import path -> file
}

func modelGoTypes(modules map[string]string, m *model) (*goModel, error) {
	g := &goModel{m, map[string]goType{}, map[string]*structType{}, map[string]string{}}
	for _, p := range goPackages {
		g.files[p.path] = p.file
		if err := g.parse(p.path, filepath.Join(modules[p.module], p.folder)); err != nil {
			return nil, err
		}
	}
	for _, root := range goRoots {
		if _, err := g.structOf(root); err != nil {
			return nil, fmt.Errorf("%s: %w", root, err)
		}
	}
	return g, nil
}

// standIn resolves a name of proto/kubernetes.proto.
func (g *goModel) standIn(made *structField, name string) error {
	for _, p := range goPackages {
		if _, ok := g.types[p.path+"."+name]; ok {
			return g.named(made, goType{pkg: p.path}, &ast.Ident{Name: name})
		}
	}
	for path, kind := range goKinds {
		if strings.HasSuffix(path, "."+name) {
			made.kind = kind
			return nil
		}
	}
	return fmt.Errorf("no Kubernetes type %s", name)
}

func (g *goModel) parse(pkg, dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("no Go files in %s", dir)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".pb.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		imports := map[string]string{}
		for _, i := range file.Imports {
			target, _ := strconv.Unquote(i.Path.Value)
			name := filepath.Base(target)
			if i.Name != nil {
				name = i.Name.Name
			}
			imports[name] = target
		}
		for _, declaration := range file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range general.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					g.types[pkg+"."+t.Name.Name] = goType{pkg, t, imports}
				}
			}
		}
	}
	return nil
}

func (g *goModel) structOf(name string) (*structType, error) {
	if s, ok := g.structs[name]; ok {
		return s, nil
	}
	t, ok := g.types[name]
	if !ok {
		return nil, fmt.Errorf("type %s is unknown", name)
	}
	s := &structType{place: place{"k8s", g.files[t.pkg]}, name: identifier(t.spec.Name.Name), fullName: name}
	for _, other := range g.structs {
		if other.name == s.name { // the later package gets its name in front
			s.name = strings.ToUpper(s.file[:1]) + s.file[1:] + s.name
		}
	}
	g.structs[name] = s
	g.model.structs = append(g.model.structs, s)
	return s, g.flatten(s, t, t.spec.Type.(*ast.StructType))
}

func (g *goModel) flatten(s *structType, t goType, from *ast.StructType) error {
	for _, f := range from.Fields.List {
		tag := ""
		if f.Tag != nil {
			text, _ := strconv.Unquote(f.Tag.Value)
			tag = reflect.StructTag(text).Get("json")
		}
		name, _, _ := strings.Cut(tag, ",")
		if name == "-" {
			continue
		}
		if len(f.Names) == 0 && name == "" {
			inner, err := g.embedded(t, f.Type)
			if err != nil {
				return err
			}
			if err := g.flatten(s, inner, inner.spec.Type.(*ast.StructType)); err != nil {
				return err
			}
			continue
		}
		made := &structField{json: name, name: snake(name)}
		if err := g.resolve(made, t, f.Type); err != nil {
			return fmt.Errorf("%s.%s: %w", s.name, name, err)
		}
		s.fields = append(s.fields, made)
	}
	return nil
}

func (g *goModel) embedded(t goType, e ast.Expr) (goType, error) {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	name := qualify(t, e)
	inner, ok := g.types[name]
	if !ok {
		return goType{}, fmt.Errorf("embedded type %s is unknown", name)
	}
	return inner, nil
}

// qualify gives "import/path.Name", or the bare name of a builtin type.
func qualify(t goType, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return t.imports[e.X.(*ast.Ident).Name] + "." + e.Sel.Name
	case *ast.Ident:
		if _, builtin := goKinds[e.Name]; builtin {
			return e.Name
		}
		return t.pkg + "." + e.Name
	}
	return ""
}

func (g *goModel) resolve(made *structField, t goType, e ast.Expr) error {
	switch e := e.(type) {
	case *ast.StarExpr:
		if made.shape != plain {
			return fmt.Errorf("pointer inside a list or map")
		}
		made.shape = optional
		return g.resolve(made, t, e.X)
	case *ast.ArrayType:
		if b, ok := e.Elt.(*ast.Ident); ok && b.Name == "byte" {
			made.kind = "kBytes"
			return nil
		}
		if made.shape != plain {
			return fmt.Errorf("list inside a list or map")
		}
		made.shape = list
		return g.resolve(made, t, e.Elt)
	case *ast.MapType:
		if made.shape != plain {
			return fmt.Errorf("map inside a list or map")
		}
		made.shape = mapping
		return g.resolve(made, t, e.Value)
	}
	return g.named(made, t, e)
}

func (g *goModel) named(made *structField, t goType, e ast.Expr) error {
	name := qualify(t, e)
	if kind, ok := goKinds[name]; ok {
		made.kind = kind
		// Go's zero time is "absent" in JSON (omitzero); a Value's absence is null.
		if kind == "kTimestamp" && made.shape == plain {
			made.shape = optional
		}
		if kind == "kStruct" && made.shape == optional {
			made.shape = plain
		}
		return nil
	}
	target, ok := g.types[name]
	if !ok {
		return fmt.Errorf("type %s is unknown", name)
	}
	if _, message := target.spec.Type.(*ast.StructType); message {
		s, err := g.structOf(name)
		made.kind, made.message = "kMessage", s
		return err
	}
	return g.resolve(made, target, target.spec.Type)
}
