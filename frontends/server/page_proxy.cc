#include "frontends/server/page_proxy.h"

namespace mesh::server {

Handle<mesh_proxy> page_proxy(const Hub& hub, const mesh_snapshot* snapshot,
                              const std::string& proxy_id, std::string& why) {
  for (const auto& client : hub.connected().clients) {
    const auto seen = client->describe();
    if (seen && seen->proxy == proxy_id) return client->proxy();
  }
  const size_t dot = proxy_id.rfind('.');  // names of pods may have dots, namespaces do not
  if (dot == std::string::npos) {
    why = "proxyID must be <pod>.<namespace>";
    return nullptr;
  }
  Handle<mesh_proxy> out;
  auto error = into(out, [&](mesh_proxy** proxy) {
    return mesh_proxy_of_pod(snapshot, view(std::string_view(proxy_id).substr(dot + 1)),
                             view(std::string_view(proxy_id).substr(0, dot)), proxy);
  });
  if (error != nullptr) why = message_of(error);
  return out;
}

}  // namespace mesh::server
