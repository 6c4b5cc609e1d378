#include "libmesh/smcp/conversion.h"

#include <array>
#include <optional>
#include <string>

#include "libmesh/smcp/hacks.h"
#include "libmesh/smcp/losses.h"
#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

struct Section {
  std::string_view name;
  Version since;
  void (*to_values)(Value&, const Context&, Tree&);
  void (*from_values)(Tree&, const Context&, Value&);
};

// In the order of both directions. Cluster first: it changes what others write. Policy before
// telemetry: both read mixer.adapters, and telemetry takes them. Runtime last: it adds to mappings
// that the others made.
constexpr Version kAll = Version::kV1_1;
constexpr std::array<Section, 12> kSections = {{
    {"cluster", kAll, cluster_to_values, cluster_from_values},
    {"general", kAll, general_to_values, general_from_values},
    {"policy", kAll, policy_to_values, policy_from_values},
    {"proxy", kAll, proxy_to_values, proxy_from_values},
    {"security", kAll, security_to_values, security_from_values},
    {"telemetry", kAll, telemetry_to_values, telemetry_from_values},
    {"tracing", kAll, tracing_to_values, tracing_from_values},
    {"gateways", kAll, gateways_to_values, gateways_from_values},
    {"addons", kAll, addons_to_values, addons_from_values},
    {"extensionProviders", Version::kV2_4, extension_providers_to_values,
     extension_providers_from_values},
    {"discoverySelectors", Version::kV2_4, discovery_selectors_to_values,
     discovery_selectors_from_values},
    {"runtime", kAll, runtime_to_values, runtime_from_values},
}};

constexpr std::string_view kGroup = "maistra.io/";

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

bool not_empty(const Value* value) {
  const Map* map = value == nullptr ? nullptr : value->if_map();
  return map != nullptr && !map->empty();
}

// A v1 spec without its values: what both versions have, and the older single profile.
Value v1_frame(const Value& spec) {
  Value frame{Map{}};
  for (std::string_view key : {"profiles", "version"}) {
    if (const Value* value = at(spec, key)) frame.set(key, *value);
  }
  if (const Value* profiles = at(spec, "profiles")) {
    const List& list = *profiles->if_list();
    if (list.size() == 1) frame.set("template", list.front());
    if (list.empty()) frame.erase("profiles");
  }
  return frame;
}

// What a failed v1 → v2 kept, given back.
Value restore(Value frame, const Value& errored) {
  if (const Value* istio = at(errored, "istio"); not_empty(istio)) frame.set("istio", *istio);
  if (const Value* scale = at(errored, "3scale"); not_empty(scale)) {
    frame.set("threeScale", *scale);
  }
  return frame;
}

Result<Value> convert_to_v1(Value spec, const Context& context) {
  Value frame = v1_frame(spec);
  Value root{Map{}};
  if (const Value* preview = at(spec, "techPreview")) {
    if (const Value* errored = preview->find("errored"); not_empty(errored)) {
      return restore(std::move(frame), *errored);
    }
    root = *preview;
  }
  Faults faults;
  Tree values(root, faults);
  mode_to_values(spec, context, values);
  for (const Section& section : kSections) {
    if (faults.any()) break;
    if (context.version >= section.since) section.to_values(spec, context, values);
  }
  if (!faults.any()) finish_values(context, values, frame);
  if (faults.any()) return invalid(faults.first());
  normalize_numbers(root);
  frame.set("istio", std::move(root));
  return frame;
}

// The spec of a conversion that failed with `message`: the frame, what of `converted` is not
// derived from sections that might have failed, and all the values.
Value errored_spec(const Value& spec_v1, Value frame, const Value& converted,
                   const std::string& message) {
  for (std::string_view key : {"mode", "meshConfig", "techPreview"}) {
    if (const Value* value = at(converted, key)) frame.set(key, *value);
  }
  put(frame, "techPreview.errored.message", Value(message));
  if (const Value* istio = spec_v1.find("istio"); not_empty(istio)) {
    put(frame, "techPreview.errored.istio", *istio);
  }
  if (const Value* scale = spec_v1.find("threeScale"); not_empty(scale)) {
    put(frame, "techPreview.errored.3scale", *scale);
  }
  return frame;
}

Value v2_frame(const Value& spec_v1) {
  Value frame{Map{}};
  const Value* profiles = at(spec_v1, "profiles");
  if (profiles != nullptr && profiles->is_list() && !profiles->if_list()->empty()) {
    frame.set("profiles", *profiles);
  } else if (std::string_view name = text_at(spec_v1, "template"); !name.empty()) {
    frame.set("profiles", Value(List{Value(name)}));
  }
  if (std::string_view version = text_at(spec_v1, "version"); !version.empty()) {
    frame.set("version", Value(version));
  }
  return frame;
}

// Takes values apart into the spec; what is left goes to techPreview.
void convert_to_v2(const Value& spec_v1, const Context& context, Tree& values, Value& spec) {
  take_tech_preview(values, spec);
  mode_from_values(values, context, spec);
  prepare_values(spec_v1, context, values);
  for (const Section& section : kSections) {
    if (values.failed()) return;
    if (context.version >= section.since) section.from_values(values, context, spec);
  }
  values.remove("global.istioRemote");  // common to policy and telemetry
  keep_rest(values, spec);
}

}  // namespace

Result<Value> spec_to_v1(const Value& spec, std::string_view name_space) {
  Result<Value> decoded = decode(spec, shape("ControlPlaneSpec"), "spec");
  if (!decoded) return decoded;
  Result<Version> version = parse_version(text_at(*decoded, "version"));
  if (!version) return version.error();
  const Context context{*version, name_space.empty() ? "istio-system" : name_space};
  return convert_to_v1(std::move(*decoded), context);
}

Result<Value> decoded_spec_to_v2(const Value& spec) {
  Result<Value> decoded = decode(spec, shape("ControlPlaneSpecV1"), "spec");
  if (!decoded) return decoded;
  const Value frame = v2_frame(*decoded);
  const std::string_view text = text_at(*decoded, "version");
  Result<Version> version = text.empty() ? Result<Version>(kDefaultV2) : parse_version(text);
  if (!version) return errored_spec(*decoded, frame, Value(), version.error().message);
  Faults faults;
  const Value* istio = decoded->find("istio");
  Value root = istio == nullptr ? Value(Map{}) : *istio;
  normalize_numbers(root);
  Tree values(root, faults);
  Value converted = frame;
  convert_to_v2(*decoded, Context{*version, ""}, values, converted);
  if (faults.any()) {
    return errored_spec(*decoded, frame, converted, faults.first());
  }
  return converted;
}

Result<Value> spec_to_v2(const Value& spec) {
  Result<Value> converted = decoded_spec_to_v2(spec);
  if (!converted) return converted;
  return encode(*converted, shape("ControlPlaneSpec"));
}

namespace {

Result<Value> status_spec_to_v2(const Value& values) {
  return spec_to_v2(values.is_map() ? values : Value(Map{}));
}

// The parts of a status that are not the same in both versions.
Result<Value> status_to_v1(const Value& status) {
  Value out = status;
  for (std::string_view key :
       {"operatorVersion", "chartVersion", "readiness", "appliedSpec", "appliedValues"}) {
    out.erase(key);
  }
  out.set("reconciledVersion", Value(std::string(text_at(status, "operatorVersion")) + "-" +
                                     std::to_string(int_at(status, "observedGeneration"))));
  const Value* values = at(status, "appliedValues");
  out.set("lastAppliedConfiguration", values == nullptr ? Value(Map{}) : *values);
  return out;
}

Result<Value> status_to_v2(const Value& status) {
  Value out = status;
  out.erase("reconciledVersion");
  out.erase("lastAppliedConfiguration");
  const std::string_view version = text_at(status, "reconciledVersion");
  if (const size_t dash = version.rfind('-'); dash != std::string_view::npos && dash > 0) {
    out.set("operatorVersion", Value(version.substr(0, dash)));
  }
  const Value* values = at(status, "lastAppliedConfiguration");
  out.set("appliedValues", values == nullptr ? Value(Map{}) : *values);
  Result<Value> applied = status_spec_to_v2(values == nullptr ? Value(Map{}) : *values);
  if (!applied) return applied.error().at("status.lastAppliedConfiguration");
  out.set("appliedSpec", std::move(*applied));
  out.set("readiness", Value(Map{}));
  return out;
}

// One of the two directions.
struct Direction {
  std::string_view to;
  std::string_view from;
  std::string_view type;  // of the spec that is converted
  Result<Value> (*spec)(const Value& spec, std::string_view name_space);
  Result<Value> (*status)(const Value& status);
};
constexpr Direction kToV1 = {"v1", "v2", "ControlPlaneSpec", spec_to_v1, status_to_v1};
constexpr Direction kToV2 = {"v2", "v1", "ControlPlaneSpecV1",
                             [](const Value& spec, std::string_view) { return spec_to_v2(spec); },
                             status_to_v2};

Result<Value> convert_object(const Value& smcp, const Direction& direction) {
  if (!smcp.is_map()) return invalid("a ServiceMeshControlPlane must be a mapping");
  Value out{Map{}};
  out.set("apiVersion", Value(std::string(kGroup) + std::string(direction.to)));
  out.set("kind", Value("ServiceMeshControlPlane"));
  if (const Value* metadata = smcp.find("metadata")) out.set("metadata", *metadata);
  const Value* spec = at(smcp, "spec");
  Result<Value> converted =
      direction.spec(spec == nullptr ? Value(Map{}) : *spec, text_at(smcp, "metadata.namespace"));
  if (!converted) return converted;
  out.set("spec", std::move(*converted));
  if (const Value* status = at(smcp, "status"); status != nullptr && status->is_map()) {
    Result<Value> converted_status = direction.status(*status);
    if (!converted_status) return converted_status;
    out.set("status", std::move(*converted_status));
  }
  return out;
}

// Adds to `read` the fields of `given` that its type does not know.
void keep_unknown(const Value& given, const Shape& shape, Value& read) {
  if (shape.form == Form::kList && given.is_list() && read.is_list() &&
      given.if_list()->size() == read.if_list()->size()) {
    for (size_t i = 0; i < given.if_list()->size(); ++i) {
      keep_unknown((*given.if_list())[i], *shape.element, (*read.if_list())[i]);
    }
  }
  const Map* map = given.if_map();
  const bool walked = shape.form == Form::kStruct || shape.form == Form::kMap;
  if (map == nullptr || !walked || !read.is_map()) return;
  for (const document::Member& member : *map) {
    const Field* field = shape.form == Form::kStruct ? shape.field(member.key) : nullptr;
    if (shape.form == Form::kStruct && field == nullptr) {
      read.set(member.key, member.value);
      continue;
    }
    const Shape& inner = field == nullptr ? *shape.element : *field->shape;
    if (Value* known = read.find(member.key)) {
      keep_unknown(member.value, inner, *known);
      continue;
    }
    Value alone{Map{}};  // a mapping of which the type knows nothing
    keep_unknown(member.value, inner, alone);
    if (!alone.if_map()->empty()) read.set(member.key, std::move(alone));
  }
}

// What counts as content: the spec as its type reads it, fields that the type does not know, and
// the status.
Value content(const Value& smcp, std::string_view type) {
  Value out{Map{}};
  const Value* spec = at(smcp, "spec");
  Result<Value> decoded = decode(spec == nullptr ? Value(Map{}) : *spec, shape(type), "spec");
  if (decoded) {
    Value& read = out.set("spec", encode(*decoded, shape(type)));
    if (spec != nullptr) keep_unknown(*spec, shape(type), read);
  }
  if (const Value* status = at(smcp, "status")) out.set("status", *status);
  normalize_numbers(out);
  return out;
}

Result<Value> convert_and_note(const Value& smcp, const Direction& direction,
                               const Direction& back) {
  Result<Value> converted = convert_object(smcp, direction);
  if (!converted) return converted;
  give_back(*converted, noted_losses(smcp, direction.to));
  Value losses;
  if (const Result<Value> again = convert_object(*converted, back)) {
    losses = find_losses(content(smcp, direction.type), content(*again, direction.type));
  }
  note_losses(*converted, direction.from, std::move(losses));
  return converted;
}

}  // namespace

Result<Value> to_v1(const Value& smcp) { return convert_and_note(smcp, kToV1, kToV2); }

Result<Value> to_v2(const Value& smcp) { return convert_and_note(smcp, kToV2, kToV1); }

}  // namespace mesh::smcp
