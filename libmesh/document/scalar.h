// What a YAML scalar means to Kubernetes.
//
// The API server and kubectl turn YAML into JSON with sigs.k8s.io/yaml, which types scalars with
// go-yaml v2 (resolve.go): YAML 1.1 booleans (`y`, `no`, `on`), octal by a leading zero, `1_000`,
// and timestamps that stay strings. tests/document/testdata/scalars.txt holds what that program
// answers for some hundred texts.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "libmesh/document/value.h"

namespace mesh::document {

// A scalar that has no form in JSON (".inf", ".nan"): the API server refuses its document.
struct NotInJson {};
// The text does not fit its tag (`!!int x`): the API server refuses its document.
struct WrongTag {
  std::string message;
};

using Scalar = std::variant<Value, NotInJson, WrongTag>;

// The value of a plain, untagged scalar.
Scalar resolve_plain(std::string_view text);
// The value of a scalar with a tag in full ("tag:yaml.org,2002:int"); its style does not count.
Scalar resolve_tagged(std::string_view tag, std::string_view text);

// The text that a plain scalar has as a key of a JSON object: `1.50` is "1.5", `yes` is "true".
// WrongTag when it cannot be one (null, or a number above INT64_MAX).
std::variant<std::string, WrongTag> key_of(std::string_view tag, std::string_view text);

// True when a plain scalar of this text is read as this very string: a writer need not quote it for
// the sake of its type.
bool resolves_to_itself(std::string_view text);

}  // namespace mesh::document
