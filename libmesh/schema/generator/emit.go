package main

import (
	"fmt"
	"sort"
	"strings"
)

// header collects what one generated file holds.
type header struct {
	place
	structs  []*structType
	enums    []*enumType
	includes map[string]bool
}

func emitStructs(m *model, out *output) error {
	headers := map[string]*header{}
	at := func(p place) *header {
		h := headers[p.header()]
		if h == nil {
			h = &header{place: p, includes: map[string]bool{}}
			headers[p.header()] = h
		}
		return h
	}
	taken := map[string]string{}
	for _, s := range m.structs {
		key := s.namespace + "::" + s.name
		if taken[key] != "" {
			return fmt.Errorf("%s and %s are both %s", taken[key], s.fullName, key)
		}
		taken[key] = s.fullName
		h := at(s.place)
		h.structs = append(h.structs, s)
		for _, f := range s.fields {
			if f.message != nil {
				h.includes[f.message.header()] = true
			}
			if f.enum != nil {
				h.includes[f.enum.header()] = true
			}
		}
	}
	for _, e := range m.enums {
		h := at(e.place)
		h.enums = append(h.enums, e)
	}
	for _, name := range sortedKeys(headers) {
		h := headers[name]
		ordered, err := h.order()
		if err != nil {
			return err
		}
		out.add(name, h.declarations(ordered))
		out.add(strings.TrimSuffix(name, ".h")+".cc", h.definitions(ordered))
	}
	return nil
}

// order puts every struct behind those it holds by value (Box holds none).
func (h *header) order() ([]*structType, error) {
	sort.Slice(h.structs, func(i, j int) bool { return h.structs[i].name < h.structs[j].name })
	sort.Slice(h.enums, func(i, j int) bool { return h.enums[i].name < h.enums[j].name })
	var ordered []*structType
	state := map[*structType]int{} // 1 under way, 2 done
	var visit func(s *structType, byValue bool) error
	visit = func(s *structType, byValue bool) error {
		if state[s] == 2 || s.place != h.place {
			return nil
		}
		if state[s] == 1 {
			if byValue {
				return fmt.Errorf("%s holds itself", s.fullName)
			}
			return nil // a list may be declared of an incomplete type
		}
		state[s] = 1
		for _, f := range s.fields {
			if f.message != nil && f.shape != optional {
				if err := visit(f.message, f.shape == plain); err != nil {
					return err
				}
			}
		}
		state[s] = 2
		ordered = append(ordered, s)
		return nil
	}
	for _, s := range h.structs {
		if err := visit(s, true); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

func (f *structField) element(in place) string {
	qualified := func(p place, name string) string {
		if p.namespace == in.namespace {
			return name
		}
		return "::mesh::" + p.namespace + "::" + name
	}
	switch {
	case f.message != nil:
		return qualified(f.message.place, f.message.name)
	case f.enum != nil:
		return qualified(f.enum.place, f.enum.name)
	}
	return kindType[f.kind]
}

func (f *structField) cppType(in place) string {
	element := f.element(in)
	switch f.shape {
	case optional:
		if f.message != nil {
			return "::mesh::schema::Box<" + element + ">"
		}
		return "std::optional<" + element + ">"
	case list:
		return "std::vector<" + element + ">"
	case mapping:
		if f.numericKey {
			return "std::map<uint32_t, " + element + ">"
		}
		return "std::map<std::string, " + element + ">"
	}
	return element
}

// initializer gives scalars and enums their default.
func (f *structField) initializer() string {
	if f.shape != plain || f.message != nil {
		return ""
	}
	switch f.kind {
	case "kBool":
		return " = false"
	case "kInt32", "kInt64", "kUint32", "kUint64", "kFloat", "kDouble":
		return " = 0"
	case "kEnum":
		return "{}"
	}
	return ""
}

func (h *header) declarations(ordered []*structType) string {
	var l lines
	l.WriteString(generatedNotice)
	l.f("#pragma once\n")
	l.f("#include <cstdint>\n#include <map>\n#include <optional>\n#include <string>")
	l.f("#include <string_view>\n#include <vector>\n")
	l.f("#include \"libmesh/document/value.h\"\n#include \"libmesh/schema/box.h\"")
	for _, name := range sortedKeys(h.includes) {
		if name != h.header() {
			l.f("#include \"libmesh/schema/gen/%s\"", name)
		}
	}
	l.f("\nnamespace mesh::schema {\nstruct MessageTable;\n}  // namespace mesh::schema\n")
	l.f("namespace mesh::%s {\n", h.namespace)
	for _, s := range ordered {
		l.f("struct %s;", s.name)
	}
	for _, e := range h.enums {
		l.f("\nenum class %s : int32_t {", e.name)
		for _, v := range e.values {
			l.f("  %s = %d,", identifier(v.name), v.number)
		}
		l.f("};")
		l.f("// The name in documents; empty for a number that is none.")
		l.f("std::string_view enum_name(%s value);", e.name)
	}
	for _, s := range ordered {
		l.f("\n// %s", s.fullName)
		l.f("struct %s {", s.name)
		for _, a := range s.aliases {
			l.f("  using %s = %s;", a[0], a[1])
		}
		for _, f := range s.fields {
			l.f("  %s %s%s;%s", f.cppType(s.place), f.name, f.initializer(), s.oneofComment(f))
		}
		l.f("  bool operator==(const %s&) const = default;", s.name)
		l.f("};")
		l.f("const ::mesh::schema::MessageTable& schema_table(const %s*);", s.name)
	}
	l.f("\n}  // namespace mesh::%s", h.namespace)
	h.boxes(&l, "extern template", ordered)
	return l.String()
}

func (s *structType) oneofComment(f *structField) string {
	if f.oneof == 0 {
		return ""
	}
	return "  // one of " + s.oneofs[f.oneof-1]
}

// boxes declares (or defines) the instances of Box, so that copying and deleting deep messages is
// compiled once and not in every user.
func (h *header) boxes(l *lines, keyword string, ordered []*structType) {
	l.f("\nnamespace mesh::schema {")
	for _, s := range ordered {
		l.f("%s class Box<::mesh::%s::%s>;", keyword, h.namespace, s.name)
	}
	l.f("}  // namespace mesh::schema")
}

func (h *header) definitions(ordered []*structType) string {
	var l lines
	l.WriteString(generatedNotice)
	l.f("#include \"libmesh/schema/gen/%s\"\n", h.header())
	l.f("#include <cstddef>\n\n#include \"libmesh/schema/table.h\"\n")
	l.f("// Structs with strings and lists are not of standard layout; every compiler we build with")
	l.f("// supports offsetof for them.")
	l.f("#pragma GCC diagnostic ignored \"-Winvalid-offsetof\"\n")
	h.boxes(&l, "template", ordered)
	l.f("\nnamespace mesh::%s {\nnamespace {\n", h.namespace)
	l.f("using schema::EnumName, schema::EnumTable, schema::FieldTable, schema::Kind;")
	l.f("using schema::MessageTable, schema::NameIndex, schema::Place, schema::Shape;\n")
	for _, e := range h.enums {
		emitEnumTable(&l, e)
	}
	l.f("}  // namespace\n")
	for _, e := range h.enums {
		l.f("extern const EnumTable k%sEnum;", e.name)
		l.f("const EnumTable k%sEnum = {%s, k%sNames};", e.name, quote(e.fullName), e.name)
		l.f("std::string_view enum_name(%s value) {", e.name)
		l.f("  return schema::enum_text(k%sEnum, static_cast<int32_t>(value));\n}", e.name)
	}
	h.externals(&l)
	for _, s := range ordered {
		l.f("extern const MessageTable k%sTable;", s.name)
	}
	for _, s := range ordered {
		emitTable(&l, s)
	}
	l.f("\n}  // namespace mesh::%s", h.namespace)
	return l.String()
}

// externals declares the tables of other files that these refer to.
func (h *header) externals(l *lines) {
	needed := map[string]bool{}
	for _, s := range h.structs {
		for _, f := range s.fields {
			if f.message != nil && f.message.place != h.place {
				needed[fmt.Sprintf("namespace mesh::%s { extern const ::mesh::schema::MessageTable k%sTable; }", f.message.namespace, f.message.name)] = true
			}
			if f.enum != nil && f.enum.place != h.place {
				needed[fmt.Sprintf("namespace mesh::%s { extern const ::mesh::schema::EnumTable k%sEnum; }", f.enum.namespace, f.enum.name)] = true
			}
		}
	}
	if len(needed) == 0 {
		return
	}
	l.f("}  // namespace mesh::%s", h.namespace)
	for _, text := range sortedKeys(needed) {
		l.f("%s", text)
	}
	l.f("namespace mesh::%s {", h.namespace)
}

func emitEnumTable(l *lines, e *enumType) {
	l.f("constexpr EnumName k%sNames[] = {", e.name)
	for _, v := range e.values {
		l.f("    {%s, %d},", quote(v.name), v.number)
	}
	l.f("};\n")
}

func emitTable(l *lines, s *structType) {
	l.f("\nnamespace {")
	fields, names, oneofs := "{}", "{}", "{}"
	if len(s.fields) > 0 {
		fields, names = "k"+s.name+"Fields", "k"+s.name+"Index"
		l.f("const FieldTable %s[] = {", fields)
		for _, f := range s.fields {
			l.f("    %s,", fieldRow(s, f))
		}
		l.f("};")
		l.f("constexpr NameIndex %s[] = {", names)
		for _, n := range fieldNames(s) {
			l.f("    {%s, %d},", quote(n.name), n.field)
		}
		l.f("};")
	}
	if len(s.oneofs) > 0 {
		oneofs = "k" + s.name + "Oneofs"
		l.f("constexpr std::string_view %s[] = {", oneofs)
		for _, name := range s.oneofs {
			l.f("    %s,", quote(name))
		}
		l.f("};")
	}
	l.f("}  // namespace")
	l.f("const MessageTable k%sTable = {%s, %s, %s, %s};", s.name, quote(s.fullName), fields, names, oneofs)
	l.f("const MessageTable& schema_table(const %s*) { return k%sTable; }", s.name, s.name)
}

func fieldRow(s *structType, f *structField) string {
	shapeName := map[shape]string{plain: "kSingle", optional: "kSingle", list: "kList", mapping: "kMap"}[f.shape]
	proto := f.proto
	if proto == f.json {
		proto = ""
	}
	sub, enum := "nullptr", "nullptr"
	if f.message != nil {
		sub = "&::mesh::" + f.message.namespace + "::k" + f.message.name + "Table"
	}
	if f.enum != nil {
		enum = "&::mesh::" + f.enum.namespace + "::k" + f.enum.name + "Enum"
	}
	return fmt.Sprintf("{%s, %s, Kind::%s, Shape::%s, %t, %d, offsetof(%s, %s), Place<%s>::at, %s, %s}",
		quote(f.json), quote(proto), f.kind, shapeName, f.numericKey, f.oneof, s.name, f.name,
		f.cppType(s.place), sub, enum)
}

type indexName struct {
	name  string
	field int
}

// fieldNames gives both names of every field, sorted for binary search.
func fieldNames(s *structType) []indexName {
	var names []indexName
	for i, f := range s.fields {
		names = append(names, indexName{f.json, i})
		if f.proto != "" && f.proto != f.json {
			names = append(names, indexName{f.proto, i})
		}
	}
	sort.Slice(names, func(i, j int) bool { return names[i].name < names[j].name })
	return names
}
