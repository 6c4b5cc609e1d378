package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// generateEnvoy emits the embedded descriptors and the writers of everything in the closure.
func generateEnvoy(files *protoregistry.Files, schema string, out, tests *output) error {
	c, err := rootClosure(files, schema)
	if err != nil {
		return err
	}
	wide, err := rootClosure(files, schema)
	if err != nil {
		return err
	}
	if err := wide.widen(files, schema); err != nil {
		return err
	}
	bytes, err := (proto.MarshalOptions{Deterministic: true}).Marshal(wide.trim())
	if err != nil {
		return err
	}
	out.add("descriptors.pb.cc", embedded(bytes))
	names, err := readNamespaces(schema)
	if err != nil {
		return err
	}
	w := &writers{closure: c, explicit: names, packages: map[string]*writerPackage{}}
	if err := w.group(); err != nil {
		return err
	}
	for _, name := range sortedKeys(w.packages) {
		out.add("envoy/"+name+".h", w.header(w.packages[name]))
	}
	w.drivers(tests)
	return nil
}

// embedded gives the bytes as string literals: g++ reads those much faster than a list of numbers.
func embedded(bytes []byte) string {
	var l lines
	l.WriteString(generatedNotice)
	l.f("#include <cstddef>\n\nnamespace mesh::schema {\n")
	l.f("extern const char kDescriptorBytes[];\nextern const size_t kDescriptorSize;\n")
	l.f("const size_t kDescriptorSize = %d;", len(bytes))
	l.WriteString("const char kDescriptorBytes[] =")
	for start := 0; start < len(bytes); start += 64 {
		l.WriteString("\n    \"")
		for _, b := range bytes[start:min(start+64, len(bytes))] {
			if b >= 0x20 && b < 0x7f && b != '"' && b != '\\' && b != '?' {
				l.WriteByte(b)
			} else {
				fmt.Fprintf(&l, "\\%03o", b)
			}
		}
		l.WriteByte('"')
	}
	l.f(";\n\n}  // namespace mesh::schema")
	return l.String()
}

func readNamespaces(schema string) (map[string]string, error) {
	text, err := readLines(filepath.Join(schema, "namespaces.txt"))
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, line := range text {
		parts := strings.Fields(line)
		if len(parts) != 2 {
			return nil, fmt.Errorf("namespaces.txt: %q is no pair", line)
		}
		names[parts[0]] = parts[1]
	}
	return names, nil
}

type writers struct {
	*closure
	explicit map[string]string
	packages map[string]*writerPackage // by short name
}

type writerPackage struct {
	proto, short string
	messages     []protoreflect.MessageDescriptor
	enums        []protoreflect.EnumDescriptor
}

var version = regexp.MustCompile(`^v[0-9]+((alpha|beta)[0-9]*)?$`)

func (w *writers) short(d protoreflect.Descriptor) string {
	pkg := string(d.ParentFile().Package())
	if name, ok := w.explicit[pkg]; ok {
		return name
	}
	parts := strings.Split(pkg, ".")
	for len(parts) > 1 && version.MatchString(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	return identifier(parts[len(parts)-1])
}

// Types with overloads of their own instead of a writer.
var wrappers = map[protoreflect.FullName]string{
	"google.protobuf.BoolValue":   "bool",
	"google.protobuf.BytesValue":  "std::string_view",
	"google.protobuf.StringValue": "std::string_view",
	"google.protobuf.DoubleValue": "double",
	"google.protobuf.FloatValue":  "float",
	"google.protobuf.Int32Value":  "int32_t",
	"google.protobuf.Int64Value":  "int64_t",
	"google.protobuf.UInt32Value": "uint32_t",
	"google.protobuf.UInt64Value": "uint64_t",
}

const anyName = "google.protobuf.Any"

func (w *writers) group() error {
	at := func(d protoreflect.Descriptor) (*writerPackage, error) {
		short, pkg := w.short(d), string(d.ParentFile().Package())
		p := w.packages[short]
		if p == nil {
			p = &writerPackage{proto: pkg, short: short}
			w.packages[short] = p
		}
		if p.proto != pkg {
			return nil, fmt.Errorf("namespaces.txt: %s and %s would both be %s", p.proto, pkg, short)
		}
		return p, nil
	}
	for _, m := range w.messages {
		if m.IsMapEntry() {
			continue
		}
		p, err := at(m)
		if err != nil {
			return err
		}
		p.messages = append(p.messages, m)
	}
	for _, e := range w.enums {
		p, err := at(e)
		if err != nil {
			return err
		}
		p.enums = append(p.enums, e)
	}
	for _, p := range w.packages {
		sort.Slice(p.messages, func(i, j int) bool { return p.messages[i].FullName() < p.messages[j].FullName() })
		sort.Slice(p.enums, func(i, j int) bool { return p.enums[i].FullName() < p.enums[j].FullName() })
	}
	return nil
}

func (w *writers) qualified(d protoreflect.Descriptor) string {
	return "::mesh::envoy::" + w.short(d) + "::" + flatName(d)
}

func nested(d protoreflect.Descriptor) bool {
	_, top := d.Parent().(protoreflect.FileDescriptor)
	return !top
}

func enumHead(e protoreflect.EnumDescriptor) string {
	if nested(e) {
		return "enum class " + flatName(e) + " : int32_t"
	}
	return "enum " + flatName(e) + " : int32_t"
}

func (w *writers) header(p *writerPackage) string {
	var l lines
	l.WriteString(generatedNotice)
	l.f("// Writers of %s.\n#pragma once\n", p.proto)
	l.f("#include <cstdint>\n#include <initializer_list>\n#include <span>\n#include <string_view>\n")
	l.f("#include \"libmesh/schema/box.h\"\n#include \"libmesh/schema/wire.h\"\n")
	w.declareForeign(&l, p)
	l.f("namespace mesh::envoy::%s {\n", p.short)
	for _, m := range p.messages {
		l.f("class %s;", flatName(m))
	}
	l.f("")
	for _, e := range p.enums {
		l.f("%s {", enumHead(e))
		for i := 0; i < e.Values().Len(); i++ {
			l.f("  %s = %d,", identifier(string(e.Values().Get(i).Name())), e.Values().Get(i).Number())
		}
		l.f("};")
	}
	for _, m := range p.messages {
		w.class(&l, m)
	}
	l.f("}  // namespace mesh::envoy::%s", p.short)
	return l.String()
}

// declareForeign declares what fields refer to in other packages; whoever fills such a field
// includes that package's header.
func (w *writers) declareForeign(l *lines, p *writerPackage) {
	foreign := map[string]map[string]bool{}
	note := func(d protoreflect.Descriptor, text string) {
		if short := w.short(d); short != p.short {
			if foreign[short] == nil {
				foreign[short] = map[string]bool{}
			}
			foreign[short][text] = true
		}
	}
	var visit func(f protoreflect.FieldDescriptor)
	visit = func(f protoreflect.FieldDescriptor) {
		if f.IsMap() {
			visit(f.MapValue())
		} else if f.Enum() != nil {
			note(f.Enum(), enumHead(f.Enum())+";")
		} else if f.Message() != nil && wrappers[f.Message().FullName()] == "" && f.Message().FullName() != anyName {
			note(f.Message(), "class "+flatName(f.Message())+";")
		}
	}
	for _, m := range p.messages {
		for i := 0; i < m.Fields().Len(); i++ {
			visit(m.Fields().Get(i))
		}
	}
	for _, short := range sortedKeys(foreign) {
		l.f("namespace mesh::envoy::%s {", short)
		for _, text := range sortedKeys(foreign[short]) {
			l.f("%s", text)
		}
		l.f("}")
	}
	l.f("")
}

func baseClass(m protoreflect.MessageDescriptor) string {
	switch m.FullName() {
	case "google.protobuf.Struct":
		return "::mesh::wire::StructMessage<Struct, Value, ListValue>"
	case "google.protobuf.ListValue":
		return "::mesh::wire::ListMessage<Struct, Value, ListValue>"
	}
	return "::mesh::wire::Message"
}

func (w *writers) class(l *lines, m protoreflect.MessageDescriptor) {
	base := baseClass(m)
	l.f("\nclass %s : public %s {\n public:", flatName(m), base)
	l.f("  static constexpr std::string_view kFullName = %s;", quote(string(m.FullName())))
	l.f("  static constexpr std::string_view kTypeUrl = %s;", quote("type.googleapis.com/"+string(m.FullName())))
	for i := 0; i < m.Messages().Len(); i++ {
		if n := m.Messages().Get(i); !n.IsMapEntry() && w.messages[n.FullName()] != nil {
			l.f("  using %s = %s;", identifier(string(n.Name())), flatName(n))
		}
	}
	for i := 0; i < m.Enums().Len(); i++ {
		if e := m.Enums().Get(i); w.enums[e.FullName()] != nil {
			l.f("  using %s = %s;", identifier(string(e.Name())), flatName(e))
			// Not `using enum`: g++ 12 crashes on such names inside generic lambdas.
			for j := 0; j < e.Values().Len(); j++ {
				value := identifier(string(e.Values().Get(j).Name()))
				l.f("  static constexpr %s %s = %s::%s;", flatName(e), value, flatName(e), value)
			}
		}
	}
	if colon := strings.Index(base, "<"); colon >= 0 {
		name := strings.TrimPrefix(base[:colon], "::mesh::wire::")
		l.f("  using %s::%s;\n", name, name)
	} else {
		l.f("  using Message::Message;\n")
	}
	for i := 0; i < m.Fields().Len(); i++ {
		w.field(l, m.Fields().Get(i))
	}
	l.f("};")
}

func (w *writers) field(l *lines, f protoreflect.FieldDescriptor) {
	switch {
	case f.IsMap():
		w.mapField(l, f)
	case f.Message() != nil:
		w.messageField(l, f)
	case f.IsList() && f.IsPacked():
		w.packedField(l, f)
	default:
		w.scalarField(l, f)
	}
}

// scalar describes how a scalar kind is taken and put.
func (w *writers) scalar(f protoreflect.FieldDescriptor) (cpp, put, packed string) {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return "bool", "varint", "AsVarint"
	case protoreflect.EnumKind:
		return w.qualified(f.Enum()), "varint", "AsVarint"
	case protoreflect.Int32Kind:
		return "int32_t", "varint", "AsVarint"
	case protoreflect.Int64Kind:
		return "int64_t", "varint", "AsVarint"
	case protoreflect.Uint32Kind:
		return "uint32_t", "varint", "AsVarint"
	case protoreflect.Uint64Kind:
		return "uint64_t", "varint", "AsVarint"
	case protoreflect.Sint32Kind:
		return "int32_t", "zigzag", "AsZigzag"
	case protoreflect.Sint64Kind:
		return "int64_t", "zigzag", "AsZigzag"
	case protoreflect.Fixed32Kind:
		return "uint32_t", "fixed", "AsFixed"
	case protoreflect.Sfixed32Kind:
		return "int32_t", "fixed", "AsFixed"
	case protoreflect.Fixed64Kind:
		return "uint64_t", "fixed", "AsFixed"
	case protoreflect.Sfixed64Kind:
		return "int64_t", "fixed", "AsFixed"
	case protoreflect.FloatKind:
		return "float", "fixed", "AsFixed"
	case protoreflect.DoubleKind:
		return "double", "fixed", "AsFixed"
	case protoreflect.StringKind, protoreflect.BytesKind:
		return "std::string_view", "bytes", ""
	}
	panic("kind of " + string(f.FullName()))
}

// skipDefault is the guard of a field without presence: its default is not written.
func skipDefault(cpp string) string {
	switch cpp {
	case "bool":
		return "if (v) "
	case "std::string_view":
		return "if (!v.empty()) "
	case "float":
		return "if (std::bit_cast<uint32_t>(v) != 0) "
	case "double":
		return "if (std::bit_cast<uint64_t>(v) != 0) "
	case "int32_t", "int64_t", "uint32_t", "uint64_t":
		return "if (v != 0) "
	}
	return "if (static_cast<int32_t>(v) != 0) " // an enum
}

// parameter gives a parameter `v` that takes no other type for a bool.
func parameter(cpp string) (template, typed string) {
	if cpp == "bool" {
		return "template <std::same_as<bool> B> ", "B v"
	}
	return "", cpp + " v"
}

func (w *writers) scalarField(l *lines, f protoreflect.FieldDescriptor) {
	name := identifier(string(f.Name()))
	cpp, put, _ := w.scalar(f)
	if f.Enum() != nil && f.Enum().FullName() == "google.protobuf.NullValue" {
		l.f("  void %s() { ::mesh::wire::put_varint_field<%d>(*out_, 0); }", name, f.Number())
		return
	}
	guard := ""
	if !f.HasPresence() && !f.IsList() {
		guard = skipDefault(cpp)
	}
	template, typed := parameter(cpp)
	l.f("  %svoid %s(%s) { %s::mesh::wire::put_%s_field<%d>(*out_, v); }",
		template, name, typed, guard, put, f.Number())
}

func (w *writers) packedField(l *lines, f protoreflect.FieldDescriptor) {
	name := identifier(string(f.Name()))
	cpp, _, packed := w.scalar(f)
	l.f("  void %s(std::span<const %s> v) { ::mesh::wire::put_packed_field<%d, ::mesh::wire::%s>(*out_, v); }",
		name, cpp, f.Number(), packed)
	l.f("  void %s(std::initializer_list<%s> v) { %s(std::span<const %s>(v.begin(), v.size())); }",
		name, cpp, name, cpp)
}

func (w *writers) messageField(l *lines, f protoreflect.FieldDescriptor) {
	name, number := identifier(string(f.Name())), f.Number()
	full := f.Message().FullName()
	if cpp := wrappers[full]; cpp != "" {
		w.wrapperField(l, f, cpp)
		return
	}
	if full == anyName {
		l.f("  template <typename T, ::mesh::wire::Fill F> void %s(F&& fill) { ::mesh::wire::put_any_field<%d, T>(*out_, fill); }", name, number)
		l.f("  template <typename T> void %s() { ::mesh::wire::put_empty_any_field<%d, T>(*out_); }", name, number)
		l.f("  template <typename T> void %s(::mesh::wire::Raw value) { ::mesh::wire::put_packed_any_field<%d>(*out_, T::kTypeUrl, value.bytes); }", name, number)
		l.f("  void %s_raw(std::string_view any) { ::mesh::wire::put_bytes_field<%d>(*out_, any); }", name, number)
		l.f("  void %s_packed(std::string_view type_url, std::string_view value) { ::mesh::wire::put_packed_any_field<%d>(*out_, type_url, value); }", name, number)
		return
	}
	l.f("  template <::mesh::wire::Fill F> void %s(F&& fill) { ::mesh::wire::put_message_field<%d, %s>(*out_, fill); }", name, number, w.qualified(f.Message()))
	l.f("  void %s() { ::mesh::wire::put_empty_field<%d>(*out_); }", name, number)
	l.f("  void %s(::mesh::wire::Raw v) { ::mesh::wire::put_bytes_field<%d>(*out_, v.bytes); }", name, number)
	switch full {
	case "google.protobuf.Duration":
		l.f("  void %s(::mesh::schema::Duration v) { ::mesh::wire::put_time_field<%d>(*out_, v.seconds, v.nanos); }", name, number)
	case "google.protobuf.Timestamp":
		l.f("  void %s(::mesh::schema::Timestamp v) { ::mesh::wire::put_time_field<%d>(*out_, v.seconds, v.nanos); }", name, number)
	}
}

func (w *writers) wrapperField(l *lines, f protoreflect.FieldDescriptor, cpp string) {
	name, number := identifier(string(f.Name())), f.Number()
	template, typed := parameter(cpp)
	_, put, _ := w.scalar(f.Message().Fields().ByNumber(1))
	l.f("  %svoid %s(%s) { const size_t at = ::mesh::wire::open<%d>(*out_); %s::mesh::wire::put_%s_field<1>(*out_, v); ::mesh::wire::close(*out_, at); }",
		template, name, typed, number, skipDefault(cpp), put)
	l.f("  void %s(::mesh::wire::Raw v) { ::mesh::wire::put_bytes_field<%d>(*out_, v.bytes); }", name, number)
}

// mapField writes one entry per call. Entries always carry key and value, as Go's and C++'s
// libraries write them.
func (w *writers) mapField(l *lines, f protoreflect.FieldDescriptor) {
	name, number := identifier(string(f.Name())), f.Number()
	key, keyPut, _ := w.scalar(f.MapKey())
	entry := func(template, parameters, body string) {
		if template != "" {
			template = "template <" + template + "> "
		}
		l.f("  %svoid %s(%s k%s) { const size_t at = ::mesh::wire::open<%d>(*out_); ::mesh::wire::put_%s_field<1>(*out_, k); %s ::mesh::wire::close(*out_, at); }",
			template, name, key, parameters, number, keyPut, body)
	}
	value := f.MapValue()
	switch {
	case value.Message() == nil:
		cpp, put, _ := w.scalar(value)
		template, typed := parameter(cpp)
		template = strings.TrimSuffix(strings.TrimPrefix(template, "template <"), "> ")
		entry(template, ", "+typed, fmt.Sprintf("::mesh::wire::put_%s_field<2>(*out_, v);", put))
	case value.Message().FullName() == anyName:
		entry("typename T, ::mesh::wire::Fill F", ", F&& fill", "::mesh::wire::put_any_field<2, T>(*out_, fill);")
		entry("typename T", "", "::mesh::wire::put_empty_any_field<2, T>(*out_);")
		raw := name
		name = raw + "_raw"
		entry("", ", std::string_view any", "::mesh::wire::put_bytes_field<2>(*out_, any);")
		name = raw
	default:
		entry("::mesh::wire::Fill F", ", F&& fill",
			fmt.Sprintf("::mesh::wire::put_message_field<2, %s>(*out_, fill);", w.qualified(value.Message())))
		entry("", ", ::mesh::wire::Raw v", "::mesh::wire::put_bytes_field<2>(*out_, v.bytes);")
	}
}
