#include "mesh/proxy.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/index/proxies/proxies.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::model::Flavour;

extern "C" {

mesh_error* mesh_snapshot_proxies(const mesh_snapshot* snapshot, mesh_buffer** out) {
  return guard(out, {given(snapshot, "snapshot")}, [&] {
    mesh::document::JsonWriter json;
    json.begin_object().key("proxies").begin_array();
    for (const auto& proxy : mesh::index::proxies(*snapshot->value)) {
      mesh::capi::write(json, proxy);
    }
    json.end_array().end_object();
    return make_buffer(json.take());
  });
}

mesh_error* mesh_proxy_of_pod(const mesh_snapshot* snapshot, mesh_view ns, mesh_view name,
                              mesh_proxy** out) {
  return guard(out, {given(snapshot, "snapshot"), given(ns, "ns"), given(name, "name")},
               [&]() -> mesh::Result<mesh_proxy*> {
                 auto proxy = mesh::index::proxy_of_pod(
                     *snapshot->value, mesh::index::pod_name_of(text(ns), text(name)));
                 if (!proxy) return proxy.error();
                 return new mesh_proxy{*std::move(proxy)};
               });
}

mesh_error* mesh_proxy_read(const mesh_snapshot* snapshot, mesh_view description, mesh_view file,
                            mesh_proxy** out) {
  return guard(
      out, {given(snapshot, "snapshot"), given(description, "description"), given(file, "file")},
      [&]() -> mesh::Result<mesh_proxy*> {
        auto proxy = mesh::index::read_proxy(*snapshot->value, text(description), text(file));
        if (!proxy) return proxy.error();
        return new mesh_proxy{*std::move(proxy)};
      });
}

mesh_error* mesh_proxy_with_flavour(const mesh_proxy* proxy, mesh_view flavour, mesh_proxy** out) {
  return guard(
      out, {given(proxy, "proxy"), given(flavour, "flavour")}, [&]() -> mesh::Result<mesh_proxy*> {
        std::string_view word = text(flavour);
        if (word != "istio" && word != "envoy") {
          return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                             "flavour \"" + std::string(word) + "\" is not istio or envoy"};
        }
        auto made = std::make_unique<mesh_proxy>(*proxy);
        made->value.flavour = word == "envoy" ? Flavour::kEnvoy : Flavour::kIstio;
        made->value.metadata.set("MESH_FLAVOUR", mesh::document::Value(word));
        return made.release();
      });
}

mesh_error* mesh_proxy_describe(const mesh_proxy* proxy, mesh_buffer** out) {
  return guard(out, {given(proxy, "proxy")}, [&] {
    mesh::document::JsonWriter json;
    mesh::capi::write(json, proxy->value);
    return make_buffer(json.take());
  });
}

void mesh_proxy_delete(mesh_proxy* proxy) { delete proxy; }
}
