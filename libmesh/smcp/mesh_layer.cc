#include "libmesh/smcp/mesh_layer.h"

#include <string>
#include <utility>

#include "libmesh/smcp/path.h"

namespace mesh::smcp {
namespace {

// {host, port, …} of the values is {address: host:port, …} of MeshConfig.
void name_address(Value& layer, std::string_view path) {
  Value* service = at(layer, path);
  if (service == nullptr || !service->is_map()) return;
  const std::string host(text_at(*service, "host"));
  if (host.empty()) return;
  const std::string port(text_at(*service, "port"));
  service->set("address", Value(port.empty() ? host : host + ":" + port));
  for (std::string_view key : {"enabled", "host", "port"}) service->erase(key);
}

void move_text(const Value& values, std::string_view from, std::string_view to, Value& layer) {
  const std::string_view text = text_at(values, from);
  if (!text.empty() && at(layer, to) == nullptr) put(layer, to, Value(text));
}

}  // namespace

Value mesh_layer(const Value& values, Version version) {
  const Value* given = at(values, "meshConfig");
  Value layer = given != nullptr && given->is_map() ? *given : Value(Map{});
  // Maistra writes it where MeshConfig has no such field.
  if (const Value* found = layer.find("concurrency")) {
    Value concurrency = *found;
    layer.erase("concurrency");
    if (at(layer, "defaultConfig.concurrency") == nullptr) {
      put(layer, "defaultConfig.concurrency", std::move(concurrency));
    }
  }
  move_text(values, trust_domain_path(version), "trustDomain", layer);
  move_text(values, "global.proxy.interceptionMode", "defaultConfig.interceptionMode", layer);
  name_address(layer, "defaultConfig.envoyAccessLogService");
  name_address(layer, "defaultConfig.envoyMetricsService");
  return layer;
}

}  // namespace mesh::smcp
