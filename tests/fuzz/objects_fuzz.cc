// Any bytes as an object of any kind: the first byte picks the kind, the rest is its YAML. It is
// put into a small mesh, and everything is made of it that a sidecar and a gateway are sent.
//
// Holds besides not crashing: an object that is taken away again leaves no trace in a byte; what is
// said of it has a message; every message is well-formed wire format.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/kube/kinds.h"
#include "libmesh/schema/wire.h"
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
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: s, namespace: a, labels: {kubernetes.io/service-name: s}}
addressType: IPv4
ports: [{name: http, port: 80}, {name: tcp, port: 90}]
endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: p, namespace: a}}]
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

using Bytes = std::map<std::string, std::string>;

void check_wire(std::string_view bytes) {
  wire::Reader reader(bytes);
  while (reader.next() != nullptr) {
  }
  check(reader.ok(), "a resource is well-formed");
}

Bytes made(const xds::Generator& generator) {
  Bytes out;
  for (std::string_view description : kProxies) {
    auto proxy = index::read_proxy(*generator.snapshot(), description, "");
    if (!proxy) continue;  // the object may be a control plane that leaves the namespace out
    auto config = generator.config(*proxy);
    if (config == nullptr) continue;
    for (Type type : {Type::kCluster, Type::kEndpoint, Type::kListener, Type::kRoute}) {
      config->for_each(type, [&](const xds::ResourcePtr& r) {
        check_wire(r->value());
        out[proxy->id + std::string(xds::type_name(type)) + std::string(r->name)] = r->value();
      });
    }
  }
  return out;
}

std::vector<kube::ObjectKey> keys(const index::Snapshot& snapshot) {
  std::vector<kube::ObjectKey> out;
  for (int i = 0; i < kube::kKindCount; ++i) {
    for (const auto& [key, object] : snapshot.objects(static_cast<kube::Kind>(i))) {
      if (!object->synthesized) out.push_back(key);
    }
  }
  return out;
}

struct Before {
  Before() {
    index::Store store;
    check(store.apply(kMesh, "mesh.yaml").empty(), "the mesh has no mistake");
    xds::Generator generator;
    generator.update(store.snapshot());
    keys = ::keys(*generator.snapshot());
    bytes = made(generator);
    check(bytes.size() > 10, "something is made");
  }
  std::vector<kube::ObjectKey> keys;
  Bytes bytes;
};

std::string text_of(uint8_t pick, std::string_view body) {
  const auto all = kube::kinds();
  const kube::KindInfo& info = all[pick % all.size()];
  if (info.versions.empty()) return std::string(body);  // a MeshConfig has no kind
  std::string api(info.group);
  if (!api.empty()) api.push_back('/');
  return "apiVersion: " + api.append(info.versions[0]) + "\nkind: " + std::string(info.name) +
         "\n" + std::string(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Before before;
  if (size == 0) return 0;
  const std::string text = text_of(data[0], {reinterpret_cast<const char*>(data + 1), size - 1});
  index::Store store;
  store.apply(kMesh, "mesh.yaml");
  xds::Generator generator;
  generator.update(store.snapshot());
  made(generator);
  for (const Diagnostic& d : store.apply(text, "object.yaml")) {
    check(!d.message.empty() && !d.mend.empty() && (d.object.empty() || !d.field.empty()),
          "a diagnostic says all", text);
  }
  generator.update(store.snapshot());
  made(generator);
  // Away with what came; an object of the mesh that was replaced comes back as it was.
  for (const kube::ObjectKey& key : keys(*generator.snapshot())) {
    if (std::find(before.keys.begin(), before.keys.end(), key) == before.keys.end())
      store.erase(key);
  }
  store.forget_file("object.yaml");
  store.apply(kMesh, "mesh.yaml");
  generator.update(store.snapshot());
  check(made(generator) == before.bytes, "an object that is gone leaves no trace", text);
  return 0;
}
