package main

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Drivers are for the tests only: one function per message that calls every setter of its writer
// with values which a Driver (tests/schema/driver.h) makes up and also puts into a dynamic message,
// by field name. So each generated field number, type and encoding is compared with protobuf's own.

const driverFiles = 8

func (w *writers) drivers(out *output) {
	var head lines
	head.WriteString(generatedNotice)
	head.f("#pragma once\n\n#include \"tests/schema/driver.h\"\n")
	chunks := make([]lines, driverFiles)
	includes := make([]map[string]bool, driverFiles)
	var table lines
	index := 0
	for _, short := range sortedKeys(w.packages) {
		p := w.packages[short]
		head.f("namespace mesh::envoy::%s {", short)
		for _, m := range p.messages {
			if wrappers[m.FullName()] == "" {
				head.f("class %s;", flatName(m))
			}
		}
		head.f("}")
		for _, m := range p.messages {
			if wrappers[m.FullName()] != "" {
				continue
			}
			i := index % driverFiles
			if includes[i] == nil {
				includes[i] = map[string]bool{"pb": true, "type": true}
			}
			w.driver(&chunks[i], m, includes[i])
			table.f("    {%s, [](std::string& out, Driver& d) { drive(%s(out), d); }},",
				quote(string(m.FullName())), w.qualified(m))
		}
		index++
	}
	head.f("namespace mesh::schema {")
	for _, short := range sortedKeys(w.packages) {
		for _, m := range w.packages[short].messages {
			if wrappers[m.FullName()] == "" {
				head.f("void drive(%s w, Driver& d);", w.qualified(m))
			}
		}
	}
	head.f("}  // namespace mesh::schema")
	out.add("drivers.h", head.String())
	for i := range chunks {
		out.add(fmt.Sprintf("drivers_%d.cc", i), driverSource(includes[i], "drivers.h", chunks[i].String()))
	}
	all := map[string]bool{}
	for short := range w.packages {
		all[short] = true
	}
	out.add("driver_table.cc", driverSource(all, "drivers.h",
		"const WriterCase kWriterCases[] = {\n"+table.String()+"};\nconst size_t kWriterCaseCount = std::size(kWriterCases);\n"))
}

func driverSource(includes map[string]bool, head, body string) string {
	var l lines
	l.WriteString(generatedNotice)
	l.f("#include \"tests/schema/gen/%s\"\n", head)
	for _, short := range sortedKeys(includes) {
		l.f("#include \"libmesh/schema/gen/envoy/%s.h\"", short)
	}
	l.f("\nnamespace mesh::schema {\n\n%s\n}  // namespace mesh::schema", body)
	return l.String()
}

func (w *writers) driver(l *lines, m protoreflect.MessageDescriptor, includes map[string]bool) {
	includes[w.short(m)] = true
	l.f("void drive(%s w, Driver& d) {\n  (void)w;\n  (void)d;", w.qualified(m))
	for i := 0; i < m.Fields().Len(); i++ {
		f := m.Fields().Get(i)
		l.f("  for (int i = d.count(%s); i > 0; --i) {", quote(string(f.Name())))
		if f.IsMap() { // a statement of its own: arguments are evaluated in any order
			l.f("    const auto k = d.key<%s>(%s);", driverType(f.MapKey()), quote(string(f.Name())))
		}
		l.f("    %s\n  }", w.driverCall(f, includes))
	}
	l.f("}\n")
}

func (w *writers) driverCall(f protoreflect.FieldDescriptor, includes map[string]bool) string {
	setter, name := identifier(string(f.Name())), quote(string(f.Name()))
	key, value := "", f
	if f.IsMap() {
		value, key = f.MapValue(), "k, "
	}
	if e := value.Enum(); e != nil {
		includes[w.short(e)] = true
	}
	switch {
	case value.Message() == nil:
		return w.driverScalar(f, value, setter, name, key)
	case wrappers[value.Message().FullName()] != "":
		inner := value.Message().Fields().ByNumber(1)
		return fmt.Sprintf("w.%s(%sd.wrapper<%s>(%s));", setter, key, driverType(inner), name)
	case value.Message().FullName() == anyName:
		return fmt.Sprintf("w.%s<::mesh::envoy::type::Percent>(%s[&](auto m) { m.value(d.any(%s)); });", setter, key, name)
	}
	includes[w.short(value.Message())] = true
	return fmt.Sprintf("w.%s(%s[&](auto m) { Driver child = d.child(%s); drive(m, child); });", setter, key, name)
}

func driverType(f protoreflect.FieldDescriptor) string {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return "bool"
	case protoreflect.EnumKind:
		return "Enumeration"
	case protoreflect.StringKind, protoreflect.BytesKind:
		return "std::string"
	case protoreflect.FloatKind:
		return "float"
	case protoreflect.DoubleKind:
		return "double"
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return "int32_t"
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return "int64_t"
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return "uint32_t"
	}
	return "uint64_t"
}

func (w *writers) driverScalar(f, value protoreflect.FieldDescriptor, setter, name, key string) string {
	if e := value.Enum(); e != nil && e.FullName() == "google.protobuf.NullValue" {
		return fmt.Sprintf("d.scalar<Enumeration>(%s);\n    w.%s();", name, setter)
	}
	typed := driverType(value)
	expression := fmt.Sprintf("d.scalar<%s>(%s)", typed, name)
	if e := value.Enum(); e != nil {
		expression = fmt.Sprintf("static_cast<%s>(%s.number)", w.qualified(e), expression)
	}
	if f.IsList() && f.IsPacked() {
		expression = "{" + expression + "}"
	}
	return strings.TrimSpace(fmt.Sprintf("w.%s(%s%s);", setter, key, expression))
}
