// A v1 object of v1.1: rules over its free-form values (ValidateV1 of strategy_v1_1.go).
#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {
namespace {

// "true" as text counts as well as true.
bool switched_on(const Value& values, std::string_view path) {
  const Value* value = at(values, path);
  if (value == nullptr) return false;
  if (const bool* flag = value->if_bool()) return *flag;
  const std::string* text = value->if_string();
  if (text == nullptr || text->size() != 4) return false;
  for (size_t i = 0; i < 4; ++i) {
    if (((*text)[i] | 0x20) != "true"[i]) return false;
  }
  return true;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (;;) {
    const size_t end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

// A Zipkin of one's own stands in the control plane's namespace.
void check_zipkin_address(std::string_view address, std::string_view ns, Messages& out) {
  const std::vector<std::string> parts = split(address, '.');
  if (parts.size() == 1) {
    out.emplace_back("global.tracer.zipkin.address must include a namespace");
    return;
  }
  // "zipkin.ns:9411": the port is none of the namespace.
  const std::string of = parts.size() == 2 ? split(parts[1], ':').front() : parts[1];
  if (of != ns) {
    out.emplace_back(
        "global.tracer.zipkin.address must point to a service in same namespace as SMCP");
  }
}

void check_zipkin(const Value& values, std::string_view ns, Messages& out) {
  const std::string_view address = text_at(values, "global.tracer.zipkin.address");
  if (address.empty()) return;
  const Value* tracer = at(values, "global.proxy.tracer");
  if (tracer != nullptr && tracer->is_string() && *tracer->if_string() != "zipkin") {
    out.emplace_back(
        "global.proxy.tracer must equal 'zipkin' if global.tracer.zipkin.address is set");
  }
  check_zipkin_address(address, ns, out);
  if (switched_on(values, "tracing.enabled")) {
    out.emplace_back("tracing.enabled must be false if global.tracer.zipkin.address is set");
  }
  if (switched_on(values, "kiali.enabled") && text_at(values, "kiali.jaegerInClusterURL").empty()) {
    out.emplace_back(
        "kiali.jaegerInClusterURL must be defined if global.tracer.zipkin.address is set");
  }
}

void check_telemetry_values(const Value& values, Messages& out) {
  for (const std::string half : {"policy", "telemetry"}) {
    if (text_at(values, half + ".implementation") == "Istiod") {
      out.push_back(half + ".implementation=Istiod is not supported");
    }
  }
  if (switched_on(values, "telemetry.enabled") && switched_on(values, "telemetry.v2.enabled")) {
    out.emplace_back("telemetry.v2.enabled=true is not supported");
  }
}

void check_gateway_namespaces(const Value& values, std::string_view ns,
                              const Neighbours& neighbours, Messages& out) {
  const Value* gateways = at(values, "gateways");
  const Map* map = gateways == nullptr ? nullptr : gateways->if_map();
  if (map == nullptr) return;
  std::vector<Messages> groups;
  for (const Member& gateway : *map) {
    const Value* in = gateway.value.find("namespace");
    if (in == nullptr || in->is_null()) continue;
    const std::string path = "gateways." + gateway.key + ".namespace";
    const std::string* name = in->if_string();
    if (name == nullptr) {
      groups.push_back({"expected string value at " + path + ": " + path + " accessor error: " +
                        go_text(*in) + " is of the type " + std::string(go_type(*in)) +
                        ", expected string: namespace must be part of the mesh"});
    } else if (*name != ns && !neighbours.mesh_namespaces.contains(*name)) {
      groups.push_back(
          {path + "=" + *name + " is not allowed: namespace must be part of the mesh"});
    }
  }
  add_groups(std::move(groups), out);
}

}  // namespace

void check_v1_values(const Value& smcp, const Neighbours& neighbours, Messages& out) {
  const Value* values = at(smcp, "spec.istio");
  if (values == nullptr) return;
  const std::string_view ns = text_at(smcp, "metadata.namespace");
  check_zipkin(*values, ns, out);
  check_telemetry_values(*values, out);
  check_gateway_namespaces(*values, ns, neighbours, out);
}

}  // namespace mesh::smcp
