// Package fmt for template values: how an action prints a value, and printf with all of its verbs.
//
// Differs from Go in one thing: addresses (a pointer inside a struct) print as 0xc000000000, since
// output must not depend on where things lie.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libmesh/injection/template/go_value.h"

namespace mesh::injection {

// fmt.Fprint of one value, after the pointer has been followed (text/template, printValue).
void go_print(Arena& arena, std::string& out, const GoValue& value);

// fmt.Sprint: spaces between two operands when neither is a string.
void go_sprint(Arena& arena, std::string& out, std::span<const GoValue> arguments);
void go_sprintln(Arena& arena, std::string& out, std::span<const GoValue> arguments);
void go_sprintf(Arena& arena, std::string& out, std::string_view format,
                std::span<const GoValue> arguments);

// The String() or Error() of a value that has one; false when it has none.
bool go_stringer(const GoValue& value, std::string& text);

// sprig's strval: a string as it is, a Stringer's text, else %v.
void go_strval(Arena& arena, std::string& out, const GoValue& value);

}  // namespace mesh::injection
