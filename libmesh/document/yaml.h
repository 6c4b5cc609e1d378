// YAML in and out, as Kubernetes understands YAML.
//
// A text is cut at its `---` lines first, and each document is read on its own: a mistake costs the
// one document it stands in, and every other is still read. Scalars are typed as the API server
// types them (scalar.h); quoted ones stay strings; keys become strings. Anchors, aliases and merge
// keys are expanded as go-yaml v2 does it (decode.go, merge): a merged key overrides what stands
// above it and is overridden by what stands below. Empty documents are skipped. `List` kinds are
// left as they are.
//
// Mistakes become diagnostics with line and column: syntax (the document is dropped), duplicate
// keys (the last one counts, tree_builder.h), limits (limits.h; that document and those after it
// are dropped), and what YAML can say but JSON cannot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/limits.h"
#include "libmesh/document/value.h"
#include "libmesh/document/yaml_events.h"

namespace mesh::document {

// Reads every document of a text. `file` goes into the documents and the diagnostics.
std::vector<Document> read_yaml(std::string_view text, std::string_view file,
                                Diagnostics& diagnostics, const Limits& limits = {});

// The same with another parser: for tests that hold one against another.
std::vector<Document> read_yaml_with(YamlParser parser, std::string_view text,
                                     std::string_view file, Diagnostics& diagnostics,
                                     const Limits& limits = {});

// Block style, keys in the order of the value, lists not indented (as kubectl prints). Strings are
// quoted exactly where read_yaml would otherwise read something else.
std::string write_yaml(const Value& value);

}  // namespace mesh::document
