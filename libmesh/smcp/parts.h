// What the sections gateways, runtime and addons share: metadata, services of add-ons, typed parts.
#pragma once

#include <optional>
#include <string_view>

#include "libmesh/smcp/sections.h"

namespace mesh::smcp {

bool not_empty_map(const Value* value);

// The part of a decoded spec at `path`, written with its type, unless nothing is left of it.
std::optional<Value> typed_part(const Value& spec, std::string_view path, std::string_view type);
void typed_part_to_values(const Value& spec, std::string_view path, std::string_view type,
                          Tree& values, std::string_view place);

// A mapping of values read as a type. decode adds a fault when it is not of the type.
Value decode_part(const Value& value, std::string_view type, Tree& values);
// The same from the mapping at `place`, when that is not empty; what was understood is taken.
std::optional<Value> take_decoded_part(Tree& values, std::string_view place, std::string_view type);
// The list at `place`, read element by element, when it is not empty.
std::optional<Value> take_list_of(Tree& values, std::string_view place, std::string_view type);

// A mapping of strings at `place`, when it is not empty. `what` names it in the fault that a value
// of another type causes. Nothing is removed.
std::optional<Value> strings_of(Tree& values, std::string_view place, std::string_view what);
// spec.labels and spec.annotations from two places; each is removed: always, or when it was read.
enum class Removal : uint8_t { kAlways, kWhenRead };
bool metadata_from_values(Tree& values, std::string_view labels, std::string_view annotations,
                          Removal removal, Value& metadata);
void metadata_to_values(const Value* metadata, Tree& values, std::string_view labels,
                        std::string_view annotations);

// A copy of the mapping at `path` for a section that takes it apart; `keep` writes back what is
// left, or removes the path when nothing is.
std::optional<Value> open_part(Tree& values, std::string_view path);
void close_part(Tree& values, const Path& path, const Value& part);

// A decoded ComponentService (addons.*.install.service) below the values of its add-on.
void component_service_to_values(const Value& service, Tree& values);
bool component_service_from_values(Tree& values, Value& service);

// A decoded ComponentRuntime (runtime.components.*, runtime of a gateway) among the values of its
// component.
void component_runtime_to_values(const Value& runtime, Tree& values);
bool component_runtime_from_values(Tree& values, Value& runtime);

// The add-ons, one file each; in the order of the conversion to values.
void kiali_to_values(const Value& kiali, Tree& values);
void grafana_to_values(const Value& grafana, Tree& values);
void prometheus_to_values(const Value& prometheus, const Context& context, Tree& values);
void jaeger_to_values(const Value& jaeger, Tree& values);
void stackdriver_to_values(const Value& stackdriver, Tree& values);
void threescale_to_values(const Value& threescale, Tree& values);
// True when the add-on is there.
bool kiali_from_values(Tree& values, Value& kiali);
bool grafana_from_values(Tree& values, Value& grafana);
bool prometheus_from_values(Tree& values, Value& prometheus);
bool jaeger_from_values(Tree& values, Value& jaeger);
bool stackdriver_from_values(Tree& values, Value& stackdriver);
bool threescale_from_values(Tree& values, Value& threescale);

}  // namespace mesh::smcp
