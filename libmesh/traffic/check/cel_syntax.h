// Whether a text is an expression of CEL: its syntax alone, without names and types, as the webhook asks of the filters of
// access logs (validation_istiod.go; the grammar is that of cel-spec's langdef.md).
#pragma once

#include <string>
#include <string_view>

namespace mesh::traffic {

// What is wrong ("goes on with \"b\" where it could end"), or empty. Nothing deeper than 250 is read, as in Istio.
std::string cel_fault(std::string_view text);

}  // namespace mesh::traffic
