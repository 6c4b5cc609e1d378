// Any bytes as the value of an EnvoyFilter's patch: the first two pick what it applies to, the operation and what it
// matches, the rest is its YAML. A sidecar and a gateway of a small mesh are sent everything.
//
// Holds besides not crashing: a value that is read is written as a message that reads back; every resource is well-formed
// wire format; what is said has a field and a remedy; without the EnvoyFilter every byte is as it was.
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "libmesh/document/read.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/dynamic/bytes.h"
#include "libmesh/schema/dynamic/from_value.h"
#include "libmesh/schema/wire.h"
#include "libmesh/xds/check/check.h"
#include "libmesh/xds/envoyfilter/patch.h"
#include "libmesh/xds/generator.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mesh;
using fuzz::check;
using xds::Type;

constexpr std::string_view kMesh = R"(apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: a}
spec: {clusterIP: 10.0.0.1, selector: {app: s}, ports: [{name: http, port: 80}, {name: tcp, port: 90}]}
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: a, labels: {app: s}}
spec: {serviceAccountName: s, containers: [{name: istio-proxy, image: i}]}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: a}
spec: {selector: {istio: gateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
)";

constexpr std::string_view kProxies[] = {
    "{type: sidecar, id: p.a, namespace: a, ip: [10.1.0.1], labels: {app: s}}",
    "{type: gateway, id: g.a, namespace: a, ip: [10.1.0.2], labels: {istio: gateway}}",
};

constexpr std::string_view kMatches[] = {
    "{}",
    "{context: SIDECAR_INBOUND}",
    "{listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}}",
    "{listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager, "
    "subFilter: {name: envoy.filters.http.router}}}}}",
    "{listener: {filterChain: {filter: {name: envoy.filters.network.tcp_proxy}}}}",
    "{listener: {listenerFilter: envoy.filters.listener.tls_inspector}}",
    "{routeConfiguration: {vhost: {route: {name: default}}}}",
    "{cluster: {portNumber: 80}}",
};

std::string filter_of(uint8_t what, uint8_t how, std::string_view value) {
  using xds::envoyfilter::ApplyTo;
  using xds::envoyfilter::Operation;
  std::string body;
  for (size_t at = 0; at <= value.size();) {
    const size_t end = std::min(value.find('\n', at), value.size());
    body.append("        ").append(value.substr(at, end - at)).push_back('\n');
    at = end + 1;
  }
  return "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\n"
         "metadata: {name: f, namespace: a}\nspec:\n  configPatches:\n  - applyTo: " +
         std::string(enum_name(static_cast<ApplyTo>(1 + what % 11))) +
         "\n    match: " + std::string(kMatches[how % std::size(kMatches)]) +
         "\n    patch:\n      operation: " +
         std::string(enum_name(static_cast<Operation>(1 + (how / 8) % 8))) + "\n      value:\n" +
         body;
}

using Bytes = std::map<std::string, std::string>;

Bytes made(const xds::Generator& generator) {
  Bytes out;
  for (std::string_view description : kProxies) {
    const auto proxy = index::read_proxy(*generator.snapshot(), description, "");
    if (!proxy) continue;
    const auto config = generator.config(*proxy);
    if (config == nullptr) continue;
    for (Type type : {Type::kCluster, Type::kEndpoint, Type::kListener, Type::kRoute}) {
      config->for_each(type, [&](const xds::ResourcePtr& r) {
        wire::Reader reader(r->value());
        while (reader.next() != nullptr) {
        }
        check(reader.ok(), "a resource is well-formed");
        out[proxy->id + std::string(xds::type_name(type)) + std::string(r->name)] = r->value();
      });
    }
  }
  return out;
}

void read_value(uint8_t what, std::string_view text) {
  const auto to = static_cast<xds::envoyfilter::ApplyTo>(1 + what % 11);
  Diagnostics ignored;
  for (const auto& document : document::read_any(text, "value", ignored)) {
    const schema::MessagePtr message = schema::new_message(xds::envoyfilter::value_type(to));
    if (!schema::from_value(document.root, *message).ok()) continue;
    const std::string bytes = schema::to_bytes(*message);
    const schema::MessagePtr again = schema::parse_message(xds::envoyfilter::value_type(to), bytes);
    check(again != nullptr && schema::to_bytes(*again) == bytes, "what is read reads back",
          std::string(text));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view value(reinterpret_cast<const char*>(data + 2), size - 2);
  read_value(data[0], value);
  index::Store store;
  store.apply(kMesh, "mesh.yaml");
  xds::Generator generator;
  generator.update(store.snapshot());
  const Bytes before = made(generator);
  store.apply(filter_of(data[0], data[1], value), "filter.yaml");
  generator.update(store.snapshot());
  made(generator);
  for (const Diagnostic& d : xds::check(store.snapshot())) {
    check(!d.message.empty() && !d.field.empty() && !d.mend.empty(), "a finding says all");
  }
  store.erase({kube::Kind::kEnvoyFilter, "a", "f"});
  store.forget_file("filter.yaml");
  generator.update(store.snapshot());
  check(made(generator) == before, "an EnvoyFilter that is gone leaves no trace");
  return 0;
}
