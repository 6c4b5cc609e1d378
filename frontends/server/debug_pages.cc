#include "frontends/server/debug_pages.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "frontends/server/page_proxy.h"

namespace mesh::server {
namespace {

namespace rj = rapidjson;

struct Dump {
  const char* type;      // as the C ABI names it
  const char* message;   // of envoy.admin.v3
  const char* list;      // its list of resources
  const char* resource;  // the field of one element
  const char* url;
};
constexpr Dump kDumps[] = {
    {"clusters", "ClustersConfigDump", "dynamicActiveClusters", "cluster",
     "type.googleapis.com/envoy.config.cluster.v3.Cluster"},
    {"listeners", "ListenersConfigDump", "dynamicListeners", "listener",
     "type.googleapis.com/envoy.config.listener.v3.Listener"},
    {"routes", "RoutesConfigDump", "dynamicRouteConfigs", "routeConfig",
     "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"},
    {"endpoints", "EndpointsConfigDump", "dynamicEndpointConfigs", "endpointConfig",
     "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"},
};

std::string print(const rj::Document& document) {
  rj::StringBuffer out;
  rj::Writer<rj::StringBuffer> writer(out);
  document.Accept(writer);
  return {out.GetString(), out.GetSize()};
}

// Listeners have one level more than the others: their state.
rj::Value element(const Dump& dump, rj::Value& item, rj::Document& root) {
  auto& allocator = root.GetAllocator();
  rj::Value resource(item["resource"], allocator);
  resource.AddMember("@type", rj::StringRef(dump.url), allocator);
  rj::Value holder(rj::kObjectType);
  holder.AddMember(rj::StringRef(dump.resource), resource, allocator);
  if (std::string_view(dump.type) != "listeners") return holder;
  rj::Value named(rj::kObjectType);
  named.AddMember("name", rj::Value(item["name"], allocator), allocator);
  named.AddMember("activeState", holder, allocator);
  return named;
}

bool add_dump(const Hub& hub, const mesh_proxy* proxy, const Dump& dump, rj::Document& root) {
  Handle<mesh_buffer> json;
  auto error = into(json, [&](mesh_buffer** out) {
    return mesh_xds_resources_json(hub.xds(), proxy, view(dump.type), out);
  });
  if (error != nullptr) return false;
  auto& allocator = root.GetAllocator();
  rj::Document items(&allocator);
  items.Parse(text(json).data(), text(json).size());
  if (items.HasParseError()) return false;
  rj::Value list(rj::kArrayType);
  for (rj::Value& item : items.GetArray()) list.PushBack(element(dump, item, root), allocator);
  rj::Value part(rj::kObjectType);
  const std::string url = std::string("type.googleapis.com/envoy.admin.v3.") + dump.message;
  part.AddMember("@type", rj::Value(url.c_str(), allocator), allocator);
  part.AddMember(rj::StringRef(dump.list), list, allocator);
  root["configs"].PushBack(part, allocator);
  return true;
}

}  // namespace

std::string syncz(const Hub& hub) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& client : hub.connected().clients) {
    if (auto seen = client->describe()) rows.emplace_back(seen->proxy, std::move(seen->row));
  }
  std::sort(rows.begin(), rows.end());
  std::string out = "[";
  for (const auto& [proxy, row] : rows) {
    if (out.size() > 1) out += ",\n ";
    out += row;
  }
  return out + "]\n";
}

std::string metrics(const Hub& hub) {
  const Hub::Connected now = hub.connected();
  uint64_t rejects = now.rejects_before;
  size_t connected = 0;
  for (const auto& client : now.clients) {
    const auto seen = client->describe();
    if (!seen) continue;
    ++connected;
    rejects += seen->rejects;
  }
  return "# HELP pilot_xds Clients connected now.\n# TYPE pilot_xds gauge\npilot_xds " +
         std::to_string(connected) +
         "\n# HELP pilot_xds_pushes Snapshots handed to the clients.\n"
         "# TYPE pilot_xds_pushes counter\npilot_xds_pushes " +
         std::to_string(hub.pushes()) +
         "\n# HELP pilot_total_xds_rejects Responses refused (NACK) by clients.\n"
         "# TYPE pilot_total_xds_rejects counter\npilot_total_xds_rejects " +
         std::to_string(rejects) + "\n";
}

std::string config_dump(const Hub& hub, const std::string& proxy_id, std::string& why) {
  const Handle<mesh_snapshot> snapshot = hub.snapshot();
  const Handle<mesh_proxy> proxy = page_proxy(hub, snapshot.get(), proxy_id, why);
  if (proxy == nullptr) return "";
  rj::Document root(rj::kObjectType);
  root.AddMember("configs", rj::Value(rj::kArrayType), root.GetAllocator());
  for (const Dump& dump : kDumps) {
    if (!add_dump(hub, proxy.get(), dump, root)) {
      why = std::string("no ") + dump.type + " for " + proxy_id;
      return "";
    }
  }
  return print(root);
}

}  // namespace mesh::server
