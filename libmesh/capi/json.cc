#include "libmesh/capi/json.h"

#include "libmesh/index/proxies/proxies.h"

namespace mesh::capi {

using document::JsonWriter;

void write(JsonWriter& json, const Diagnostic& diagnostic) {
  json.begin_object();
  json.key("severity").value(severity_text(diagnostic.severity));
  json.key("code").value(code_text(diagnostic.code));
  json.key("object").value(diagnostic.object);
  json.key("field").value(diagnostic.field);
  json.key("message").value(diagnostic.message);
  json.key("mend").value(diagnostic.mend);
  json.key("file").value(diagnostic.file);
  json.key("line").value(diagnostic.line);
  json.key("column").value(diagnostic.column);
  json.end_object();
}

std::string to_json(const Diagnostics& diagnostics) {
  JsonWriter json;
  json.begin_array();
  for (const Diagnostic& diagnostic : diagnostics) write(json, diagnostic);
  json.end_array();
  return json.take();
}

void write_key(JsonWriter& json, const kube::ObjectKey& key) {
  json.key("kind").value(kind_name(key.kind));
  json.key("namespace").value(key.ns);
  json.key("name").value(key.name);
}

std::string to_json(const std::vector<kube::ObjectKey>& keys) {
  JsonWriter json;
  json.begin_array();
  for (const kube::ObjectKey& key : keys) {
    json.begin_object();
    write_key(json, key);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

namespace {

std::string_view type_text(model::ProxyType type) {
  switch (type) {
    case model::ProxyType::kSidecar:
      return "sidecar";
    case model::ProxyType::kGateway:
      return "gateway";
    case model::ProxyType::kWaypoint:
      return "waypoint";
  }
  return "";
}

// "<pod>" of the id "<pod>.<namespace>".
std::string_view pod_name(const model::Proxy& proxy) {
  std::string_view id = proxy.id;
  std::string_view end = proxy.ns;
  if (id.size() > end.size() + 1 && id.ends_with(end) && id[id.size() - end.size() - 1] == '.') {
    id.remove_suffix(end.size() + 1);
  }
  return id;
}

}  // namespace

void write(JsonWriter& json, const model::Proxy& proxy) {
  json.begin_object();
  json.key("tenant").value(proxy.tenant.value);
  json.key("namespace").value(proxy.ns);
  json.key("name").value(pod_name(proxy));
  if (proxy.remote) json.key("cluster").value(proxy.cluster_id);
  json.key("type").value(type_text(proxy.type));
  json.key("flavour").value(proxy.flavour == model::Flavour::kEnvoy ? "envoy" : "istio");
  json.key("ip").value(proxy.ip_addresses.empty() ? "" : proxy.ip_addresses.front());
  json.key("serviceAccount").value(proxy.service_account);
  json.key("node").value(index::node_id(proxy));
  json.key("injected").value(proxy.sidecar_injected);
  json.key("synthesized").value(proxy.synthesized);
  json.end_object();
}

}  // namespace mesh::capi
