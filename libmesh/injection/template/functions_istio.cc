// Istio's InjectionFuncmap (pkg/kube/inject/template.go), but `env`, which is not supported.
#include <algorithm>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/injection/cni/networks.h"
#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_encode.h"
#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/go_text.h"

namespace mesh::injection {
namespace {

const GoTypes& types() { return GoTypes::get(); }

GoValue format_duration(const GoCall& call) {
  int64_t nanos = 0;
  if (call[0].rep == GoValue::Rep::kNode) {
    if (const std::string* text = call[0].node->if_string()) {
      nanos = parse_go_duration(*text).value_or(0);
    }
  }
  return call.string(go_duration_text(nanos));
}

GoValue isset(const GoCall& call) { return go_bool(go_lookup(call[0], call.text(1)).valid()); }

GoValue directory(const GoCall& call) {
  const size_t slash = call.text(0).rfind('/');
  return go_string(call.text(0).substr(0, slash == std::string_view::npos ? 0 : slash + 1));
}

// The other way round than sprig's.
GoValue contains(const GoCall& call) {
  return go_bool(call.text(1).find(call.text(0)) != std::string_view::npos);
}

std::string printed(const GoCall& call, const GoValue& value) {
  std::string text;
  go_print(call.arena, text, value);
  return text;
}

GoValue exclude_inbound_port(const GoCall& call) {
  const std::string all = printed(call, call[0]);
  const std::string_view port = go_trim_space(all);
  if (port.empty() || port == "0") return call[1];
  std::vector<std::string_view> kept;
  if (!call.text(1).empty()) {
    for (const std::string_view other : go_split(call.arena, call.text(1), ",")) {
      if (other == port) return call[1];
      const std::string_view trimmed = go_trim_space(other);
      if (!trimmed.empty()) kept.push_back(trimmed);
    }
  }
  kept.push_back(port);
  return go_joined(call, ",", kept);
}

// All but UDP and SCTP; `proxy` says whether the proxy's own count.
GoValue container_ports(const GoCall& call, bool proxy) {
  std::string out;
  for (size_t i = 0; i < go_length(call[0]); ++i) {
    const GoValue container = go_index(call[0], i);
    const GoType& type = *container.type;
    if (!proxy && go_field(container, *type.field("Name")).string() == "istio-proxy") continue;
    const GoValue ports = go_field(container, *type.field("Ports"));
    for (size_t j = 0; j < go_length(ports); ++j) {
      const GoValue port = go_index(ports, j);
      const std::string_view protocol = go_field(port, *port.type->field("Protocol")).string();
      if (protocol == "UDP" || protocol == "SCTP") continue;
      if (!out.empty()) out += ',';
      out += std::to_string(go_field(port, *port.type->field("ContainerPort")).integer);
    }
  }
  return call.string(out);
}

GoValue include_inbound_ports(const GoCall& call) { return container_ports(call, true); }
GoValue application_ports(const GoCall& call) { return container_ports(call, false); }
GoValue itself(const GoCall& call) { return call[0]; }

GoValue annotation(const GoCall& call) {
  const GoValue annotations = go_field(call[0], *call[0].type->field("Annotations"));
  const GoValue found = go_lookup(annotations, call.text(1));
  if (found.valid()) return found;
  if (call[2].kind() == GoKind::kString) return go_string(call[2].string());
  return call.string(printed(call, call[2]));
}

GoValue value_or_default(const GoCall& call) {
  const bool empty =
      call[0].is_nothing() || (call[0].type == types().string && call[0].length == 0);
  return empty ? call[1] : call[0];
}

GoValue to_json(const GoCall& call) {
  return call[0].is_nil() ? go_string("{}") : call.string(go_json(call.arena, call[0]));
}

GoValue from_json(const GoCall& call) {
  Diagnostics ignored;
  document::Limits limits;
  limits.depth = 100;
  call.arena.charge_memory(call.text(0).size() * 8);
  auto value = document::read_json(call.text(0), "", ignored, limits);
  if (!value) return go_string("{}");
  return go_view(types().any, call.arena.keep(std::move(*value)));
}

GoValue struct_to_json(const GoCall& call) {
  return call[0].is_nothing() ? go_string("{}") : call.string(go_json(call.arena, call[0]));
}

GoValue proto_to_json(const GoCall& call) {
  if (!call[0].valid() || call[0].is_nil()) return go_string("{}");
  if (call[0].rep == GoValue::Rep::kNode) {
    if (const std::string_view* text = call.arena.known_json(call[0].node)) return go_string(*text);
  }
  return call.string(go_json(call.arena, call[0], {.escape_html = false}));
}

GoValue to_yaml(const GoCall& call) { return call.string(go_yaml(call.arena, call[0])); }

// Unlike sprig's, the first line stays.
GoValue indent(const GoCall& call) {
  const int64_t spaces = call.integer(0);
  if (spaces > 1'000'000) go_fail("the template uses too much memory");
  const std::string pad(static_cast<size_t>(std::max<int64_t>(spaces, 0)), ' ');
  return call.string(go_replace(call.arena, call.text(1), "\n", "\n" + pad));
}

GoValue append_multus_network(const GoCall& call) {
  return call.string(append_network(call.text(0), call.text(1)).text);
}

GoValue omit(const GoCall& call) {
  const GoValue made = go_map(call.arena, types().string_map);
  for (const GoMapEntry& entry : go_entries(call.arena, call[0])) {
    const auto keys = call.arguments.subspan(1);
    const bool left_out = std::any_of(
        keys.begin(), keys.end(), [&](const GoValue& key) { return key.string() == entry.key; });
    if (!left_out) go_map_set(call.arena, made, entry.key, entry.value);
  }
  return made;
}

GoValue strdict(const GoCall& call) {
  const GoValue made = go_map(call.arena, types().string_map);
  for (size_t i = 0; i < call.size(); i += 2) {
    go_map_set(call.arena, made, call.text(i), i + 1 < call.size() ? call[i + 1] : go_string({}));
  }
  return made;
}

GoValue merge_maps(const GoCall& call) {
  if (call.size() == 0) return go_zero(types().string_map);
  const GoValue made = go_map(call.arena, types().string_map);
  for (const GoValue& map : call.arguments) {
    for (const GoMapEntry& entry : go_entries(call.arena, map)) {
      go_map_set(call.arena, made, entry.key, entry.value);
    }
  }
  return made;
}

GoValue to_json_map(const GoCall& call) {
  return call.string(go_json(call.arena, merge_maps(call)));
}

// Without nils, and without what is empty once they are gone; `changed` says whether any went.
GoValue without_nil(const GoCall& call, const GoValue& value, bool& changed, int depth) {
  if (depth > 100) go_fail("a value is nested too deeply");
  call.arena.step();
  changed = value.is_nothing();
  if (value.type == types().any_map) {
    const GoValue made = go_map(call.arena, types().any_map);
    for (const GoMapEntry& entry : go_entries(call.arena, value)) {
      bool inner = false;
      const GoValue kept = without_nil(call, entry.value, inner, depth + 1);
      changed |= inner;
      if (!kept.is_nothing()) go_map_set(call.arena, made, entry.key, kept);
    }
    if (!changed) return value;
    return go_length(made) == 0 ? go_nil_any() : made;
  }
  if (value.type == types().any_list) {
    std::vector<GoValue> items;
    for (size_t i = 0; i < go_length(value); ++i) {
      bool inner = false;
      const GoValue kept = without_nil(call, go_index(value, i), inner, depth + 1);
      changed |= inner;
      if (!kept.is_nothing()) items.push_back(kept);
    }
    if (!changed) return value;
    return items.empty() ? go_nil_any()
                         : go_list(call.arena, value.type, items.data(), items.size());
  }
  return value;
}

GoValue omit_nil(const GoCall& call) {
  bool changed = false;
  return without_nil(call, call[0], changed, 0);
}

// Whether an extension provider wants OpenTelemetry's names of services.
bool wants_attributes(const GoValue& mesh_config) {
  if (!mesh_config.valid() || mesh_config.rep != GoValue::Rep::kNode) return false;
  const document::Value* providers = mesh_config.node->find("extensionProviders");
  const document::List* list = providers == nullptr ? nullptr : providers->if_list();
  return list != nullptr &&
         std::any_of(list->begin(), list->end(), [](const document::Value& provider) {
           const document::Value* otel = provider.find("opentelemetry");
           return otel != nullptr &&
                  otel->string_at("serviceAttributeEnrichment") == "OTEL_SEMANTIC_CONVENTIONS";
         });
}

// Of registry[:port]/name[:tag][@digest].
std::string image_version(std::string_view image) {
  std::string digest;
  if (const size_t at = image.find('@'); at != std::string_view::npos) {
    digest = image.substr(at + 1);
    image = image.substr(0, at);
  }
  const size_t slash = image.rfind('/');
  const size_t colon = image.rfind(':');
  const bool tagged =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  const std::string tag(tagged ? image.substr(colon + 1) : std::string_view());
  if (!tag.empty() && !digest.empty()) return tag + "@" + digest;
  return digest.empty() ? tag : digest;
}

std::string_view first_set(const GoValue& map, std::string_view key) {
  const GoValue value = go_lookup(map, key);
  return value.valid() ? value.string() : std::string_view();
}

GoValue otel_resource_attributes(const GoCall& call) {
  if (!wants_attributes(call[0])) return go_string({});
  const GoValue& annotations = call[1];
  const GoValue& containers = call[4];
  const std::string prefix = "resource.opentelemetry.io/";
  const auto container = [&](std::string_view field) {
    const GoValue first = go_index(containers, 0);
    return go_field(first, *first.type->field(field)).string();
  };
  std::string space(first_set(annotations, prefix + "service.namespace"));
  if (space.empty()) space = call.text(3);
  std::string version(first_set(annotations, prefix + "service.version"));
  if (version.empty()) version = first_set(call[2], "app.kubernetes.io/version");
  if (version.empty() && go_length(containers) == 1) version = image_version(container("Image"));
  std::string instance(first_set(annotations, prefix + "service.instance.id"));
  if (instance.empty() && go_length(containers) > 0) {
    instance = std::string(call.text(3)) + ".$(POD_NAME)." + std::string(container("Name"));
  }
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    out += out.empty() ? "" : ",";
    out += std::string(name) + "=" + value;
  };
  add("service.namespace", space);
  add("service.version", version);
  add("service.instance.id", instance);
  return call.string(out);
}

constexpr GoFunction kFunctions[] = {
    {"formatDuration", "D", format_duration},
    {"isset", "ms", isset},
    {"excludeInboundPort", "as", exclude_inbound_port},
    {"includeInboundPorts", "C", include_inbound_ports},
    {"kubevirtInterfaces", "s", itself},
    {"excludeInterfaces", "s", itself},
    {"applicationPorts", "C", application_ports},
    {"annotation", "Msa", annotation},
    {"valueOrDefault", "aa", value_or_default},
    {"toJSON", "m", to_json},
    {"fromJSON", "s", from_json},
    {"structToJSON", "a", struct_to_json},
    {"protoToJSON", "P", proto_to_json},
    {"toYaml", "a", to_yaml},
    {"indent", "is", indent},
    {"directory", "s", directory},
    {"contains", "ss", contains},
    {"appendMultusNetwork", "ss", append_multus_network},
    {"omit", "ms*", omit},
    {"strdict", "s*", strdict},
    {"toJsonMap", "m*", to_json_map},
    {"mergeMaps", "m*", merge_maps},
    {"omitNil", "a", omit_nil},
    {"otelResourceAttributes", "GmmsC", otel_resource_attributes},
};

}  // namespace

std::span<const GoFunction> go_istio_functions() { return kFunctions; }

}  // namespace mesh::injection
