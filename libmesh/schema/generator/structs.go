package main

import (
	"fmt"
	"path"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// structPackages: proto package -> C++ namespace of its structs, and whether the proto names are
// accepted beside the JSON names (as protobuf's JSON does for Istio's messages).
var structPackages = map[protoreflect.FullName]struct {
	namespace  string
	protoNames bool
}{
	"istio.analysis.v1alpha1":   {"analysis", true},
	"istio.meta.v1alpha1":       {"istiometa", true},
	"istio.extensions.v1alpha1": {"extensions", true},
	"istio.mesh.v1alpha1":       {"meshconfig", true},
	"istio.networking.v1alpha3": {"networking", true},
	"istio.networking.v1beta1":  {"networking", true},
	"istio.security.v1beta1":    {"security", true},
	"istio.telemetry.v1alpha1":  {"telemetry", true},
	"istio.type.v1beta1":        {"istiotype", true},
	"maistra":                   {"maistra", false},
	"own":                       {"own", false},
}

func generateStructs(files *protoregistry.Files, modules map[string]string, out *output) error {
	m := &model{}
	kubernetes, err := modelGoTypes(modules, m)
	if err != nil {
		return err
	}
	if err := modelProtos(files, kubernetes); err != nil {
		return err
	}
	return emitStructs(m, out)
}

type protoModel struct {
	*model
	kubernetes *goModel
	structs    map[protoreflect.FullName]*structType
	enums      map[protoreflect.FullName]*enumType
}

func modelProtos(files *protoregistry.Files, kubernetes *goModel) error {
	p := &protoModel{kubernetes.model, kubernetes, map[protoreflect.FullName]*structType{}, map[protoreflect.FullName]*enumType{}}
	for _, name := range sortedKeys(structPackages) {
		found := map[string]protoreflect.FileDescriptor{}
		files.RangeFilesByPackage(name, func(f protoreflect.FileDescriptor) bool {
			found[f.Path()] = f
			return true
		})
		for _, path := range sortedKeys(found) {
			f := found[path]
			p.declare(f.Messages(), f.Enums())
		}
	}
	for _, name := range sortedKeys(p.structs) {
		s := p.structs[name]
		d, err := findMessage(files, s.fullName)
		if err != nil {
			return err
		}
		if err := p.define(s, d); err != nil {
			return err
		}
	}
	return nil
}

func placeOf(d protoreflect.Descriptor) place {
	f := d.ParentFile()
	return place{structPackages[f.Package()].namespace, strings.TrimSuffix(path.Base(f.Path()), ".proto")}
}

func (p *protoModel) declare(messages protoreflect.MessageDescriptors, enums protoreflect.EnumDescriptors) {
	for i := 0; i < enums.Len(); i++ {
		e := enums.Get(i)
		made := &enumType{place: placeOf(e), name: flatName(e), fullName: string(e.FullName())}
		for j := 0; j < e.Values().Len(); j++ {
			v := e.Values().Get(j)
			made.values = append(made.values, enumValue{string(v.Name()), int32(v.Number())})
		}
		p.enums[e.FullName()] = made
		p.model.enums = append(p.model.enums, made)
	}
	for i := 0; i < messages.Len(); i++ {
		m := messages.Get(i)
		if m.IsMapEntry() {
			continue
		}
		made := &structType{place: placeOf(m), name: flatName(m), fullName: string(m.FullName())}
		for j := 0; j < m.Messages().Len(); j++ {
			if n := m.Messages().Get(j); !n.IsMapEntry() {
				made.aliases = append(made.aliases, [2]string{identifier(string(n.Name())), flatName(n)})
			}
		}
		for j := 0; j < m.Enums().Len(); j++ {
			n := m.Enums().Get(j)
			made.aliases = append(made.aliases, [2]string{identifier(string(n.Name())), flatName(n)})
		}
		p.structs[m.FullName()] = made
		p.model.structs = append(p.model.structs, made)
		p.declare(m.Messages(), m.Enums())
	}
}

func (p *protoModel) define(s *structType, m protoreflect.MessageDescriptor) error {
	oneofs := map[protoreflect.Name]int{}
	for i := 0; i < m.Fields().Len(); i++ {
		f := m.Fields().Get(i)
		made, err := p.field(f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.FullName(), err)
		}
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
			if oneofs[o.Name()] == 0 {
				s.oneofs = append(s.oneofs, string(o.Name()))
				oneofs[o.Name()] = len(s.oneofs)
			}
			made.oneof = oneofs[o.Name()]
		}
		s.fields = append(s.fields, made)
	}
	return nil
}

func (p *protoModel) field(f protoreflect.FieldDescriptor) (*structField, error) {
	made := &structField{json: f.JSONName(), name: identifier(string(f.Name()))}
	if structPackages[f.ParentFile().Package()].protoNames {
		made.proto = string(f.Name())
	}
	value := f
	switch {
	case f.IsMap():
		value, made.shape = f.MapValue(), mapping
		switch f.MapKey().Kind() {
		case protoreflect.StringKind:
		case protoreflect.Uint32Kind:
			made.numericKey = true
		default:
			return nil, fmt.Errorf("map key of kind %s", f.MapKey().Kind())
		}
	case f.IsList():
		made.shape = list
	case f.HasPresence():
		made.shape = optional
	}
	if err := p.kind(made, value); err != nil {
		return nil, err
	}
	if made.kind == "kBool" && made.shape == list {
		return nil, fmt.Errorf("std::vector<bool> has no places")
	}
	if (made.kind == "kValue" || made.kind == "kStruct") && made.shape == optional {
		made.shape = plain // null is absent
	}
	return made, nil
}

var wellKnownKinds = map[protoreflect.FullName]string{
	"google.protobuf.Any":         "kStruct",
	"google.protobuf.BoolValue":   "kBool",
	"google.protobuf.BytesValue":  "kBytes",
	"google.protobuf.DoubleValue": "kDouble",
	"google.protobuf.Duration":    "kDuration",
	"google.protobuf.FloatValue":  "kFloat",
	"google.protobuf.Int32Value":  "kInt32",
	"google.protobuf.Int64Value":  "kInt64",
	"google.protobuf.StringValue": "kString",
	"google.protobuf.Struct":      "kStruct",
	"google.protobuf.Timestamp":   "kTimestamp",
	"google.protobuf.UInt32Value": "kUint32",
	"google.protobuf.UInt64Value": "kUint64",
	"google.protobuf.Value":       "kValue",
}

var scalarKinds = map[protoreflect.Kind]string{
	protoreflect.BoolKind:   "kBool",
	protoreflect.Int32Kind:  "kInt32",
	protoreflect.Int64Kind:  "kInt64",
	protoreflect.Uint32Kind: "kUint32",
	protoreflect.Uint64Kind: "kUint64",
	protoreflect.FloatKind:  "kFloat",
	protoreflect.DoubleKind: "kDouble",
	protoreflect.StringKind: "kString",
	protoreflect.BytesKind:  "kBytes",
}

func (p *protoModel) kind(made *structField, f protoreflect.FieldDescriptor) error {
	if kind, ok := scalarKinds[f.Kind()]; ok {
		made.kind = kind
		return nil
	}
	if e := f.Enum(); e != nil {
		made.kind, made.enum = "kEnum", p.enums[e.FullName()]
		if made.enum == nil {
			return fmt.Errorf("enum %s is in no struct package", e.FullName())
		}
		return nil
	}
	m := f.Message()
	if m == nil {
		return fmt.Errorf("kind %s", f.Kind())
	}
	if kind, ok := wellKnownKinds[m.FullName()]; ok {
		made.kind = kind
		return nil
	}
	if m.ParentFile().Package() == "k8s" {
		return p.kubernetes.standIn(made, string(m.Name()))
	}
	made.kind, made.message = "kMessage", p.structs[m.FullName()]
	if made.message == nil {
		return fmt.Errorf("message %s is in no struct package", m.FullName())
	}
	return nil
}
