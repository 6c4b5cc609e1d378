// Writes libmesh/injection/template/go_types_{pod,mesh}.inc: the Go types that an injection template
// sees, one record each, by reflection over the packages that Istio uses. Run by hand when the pinned
// versions change:
//
//	go run ./gotypes ../../../libmesh/injection/template
package main

import (
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

var seen = map[string]reflect.Type{}
var out []string

var opaque = map[string]bool{"durationpb.Duration": true, "timestamppb.Timestamp": true, "structpb.Struct": true, "structpb.Value": true,
	"anypb.Any": true, "wrapperspb.BoolValue": true, "wrapperspb.Int32Value": true, "wrapperspb.UInt32Value": true, "wrapperspb.Int64Value": true, "wrapperspb.UInt64Value": true, "wrapperspb.StringValue": true, "wrapperspb.DoubleValue": true, "wrapperspb.FloatValue": true, "wrapperspb.BytesValue": true,
	"resource.Quantity": true, "intstr.IntOrString": true, "v1.Time": true, "v1.FieldsV1": true, "v1.MicroTime": true}

func visit(t reflect.Type) string {
	name := t.String()
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + visit(t.Elem())
	case reflect.Slice:
		if t.Name() == "" {
			return "[]" + visit(t.Elem())
		}
	case reflect.Map:
		if t.Name() == "" {
			return "map[" + visit(t.Key()) + "]" + visit(t.Elem())
		}
	}
	if t.PkgPath() == "" {
		return name
	}
	if old, ok := seen[name]; ok {
		if old != t {
			panic("two types " + name)
		}
		return name
	}
	seen[name] = t
	if opaque[name] {
		return name
	}
	if e, ok := reflect.New(t).Interface().(protoreflect.Enum); ok {
		d := e.Descriptor()
		var b strings.Builder
		for i := 0; i < d.Values().Len(); i++ {
			v := d.Values().Get(i)
			fmt.Fprintf(&b, " %s=%d", v.Name(), v.Number())
		}
		out = append(out, "enum "+name+b.String())
		return name
	}
	switch t.Kind() {
	case reflect.Struct:
	case reflect.Map:
		out = append(out, "named "+name+" map["+visit(t.Key())+"]"+visit(t.Elem()))
		return name
	case reflect.Slice:
		out = append(out, "named "+name+" []"+visit(t.Elem()))
		return name
	default:
		out = append(out, "named "+name+" "+t.Kind().String())
		return name
	}
	kind := "struct "
	message, isProto := reflect.New(t).Interface().(proto.Message)
	if strings.HasPrefix(t.PkgPath(), "k8s.io") {
		isProto = false
	}
	var b strings.Builder
	if isProto {
		kind = "message "
		d := message.ProtoReflect().Descriptor()
		for i := 0; i < d.Fields().Len(); i++ {
			f := d.Fields().Get(i)
			// the Go struct field, or the field of the oneof's wrapper
			ft, goName, one := find(t, message, f)
			fmt.Fprintf(&b, "\n %s %s %s", goName, visit(ft), f.JSONName())
			if one {
				b.WriteString(" oneof")
			}
		}
	} else {
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			if !f.IsExported() {
				continue
			}
			tag := f.Tag.Get("json")
			json, options, _ := strings.Cut(tag, ",")
			if json == "" {
				json = "-"
				if f.Anonymous {
					json = "+"
				}
			}
			fmt.Fprintf(&b, "\n %s %s %s", f.Name, visit(f.Type), json)
			if strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") {
				b.WriteString(" ?")
			}
		}
	}
	out = append(out, kind+name+b.String())
	return name
}

func find(t reflect.Type, m proto.Message, fd protoreflect.FieldDescriptor) (reflect.Type, string, bool) {
	want := "name=" + string(fd.Name())
	match := func(f reflect.StructField) bool {
		for _, p := range strings.Split(f.Tag.Get("protobuf"), ",") {
			if p == want {
				return true
			}
		}
		return false
	}
	for i := 0; i < t.NumField(); i++ {
		if f := t.Field(i); f.IsExported() && match(f) {
			return f.Type, f.Name, false
		}
	}
	// set it and look at the oneof's wrapper
	n := m.ProtoReflect().New()
	if fd.Message() != nil {
		n.Set(fd, n.NewField(fd))
	} else if fd.Enum() != nil {
		n.Set(fd, protoreflect.ValueOfEnum(0))
	} else {
		n.Set(fd, fd.Default())
	}
	v := reflect.ValueOf(n.Interface()).Elem()
	for i := 0; i < t.NumField(); i++ {
		if f := t.Field(i); f.IsExported() && f.Tag.Get("protobuf_oneof") != "" {
			w := v.Field(i).Elem().Type().Elem()
			if match(w.Field(0)) {
				return w.Field(0).Type, w.Field(0).Name, true
			}
		}
	}
	panic(string(fd.FullName()))
}

// record lays one type out in lines of at most 98 bytes.
func record(text string) string {
	lines := strings.Split(text, "\n")
	words := strings.Fields(lines[0])
	for _, field := range lines[1:] {
		words = append(append(words, "|"), strings.Fields(field)...)
	}
	var b strings.Builder
	line := ""
	for _, w := range words {
		switch {
		case line != "" && len(line)+1+len(w) > 98:
			b.WriteString(line + "\n")
			line = " " + w
		case line == "":
			line = w
		default:
			line += " " + w
		}
	}
	return b.String() + line + "\n"
}

func write(folder, name, from string, records []string) {
	text := "// The Go types behind an injection template, from " + from + ": data of go_type.cc, which\n" +
		"// says how it reads. Made by tests/peers/istio/gotypes; not to be edited.\nR\"go(\n"
	for _, r := range records {
		text += record(r)
	}
	if err := os.WriteFile(folder+"/go_types_"+name+".inc", []byte(text+")go\"\n"), 0o644); err != nil {
		panic(err)
	}
}

func main() {
	for _, v := range []any{metav1.TypeMeta{}, types.NamespacedName{}, metav1.ObjectMeta{}, corev1.PodSpec{}, meshconfig.MeshConfig{}, meshconfig.ProxyConfig{}} {
		visit(reflect.TypeOf(v))
	}
	sort.Strings(out)
	var pod, mesh []string
	for _, r := range out {
		name := strings.Fields(r)[1]
		if strings.HasPrefix(name, "v1alpha") || strings.HasPrefix(name, "v1beta") {
			mesh = append(mesh, r)
		} else {
			pod = append(pod, r)
		}
	}
	write(os.Args[1], "pod", "k8s.io/api and k8s.io/apimachinery v0.36", pod)
	write(os.Args[1], "mesh", "istio.io/api v1.31", mesh)
}
