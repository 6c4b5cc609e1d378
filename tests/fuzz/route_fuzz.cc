// Any bytes as a request: it is refused by name, or walked through a sidecar, both ways, and a gateway.
//
// Holds besides not crashing: every outcome says something and has steps; a request that is written down and read again
// ends the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/testing/walk/request_json.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mesh;
using namespace mesh::testing;
using fuzz::check;

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
spec: {selector: {istio: gateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*.x', y]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: s, namespace: a}
spec:
  hosts: [s, y]
  gateways: [mesh, g]
  http:
  - match: [{uri: {regex: '/r/[a-z]+(/.*)?'}, headers: {h: {prefix: v}}, queryParams: {q: {regex: '.+'}}}]
    rewrite: {uriRegexRewrite: {match: '/r/([a-z]+)(.*)', rewrite: '/\2/\1'}}
    route: [{destination: {host: s}}]
  - match: [{uri: {prefix: /p}, ignoreUriCase: true}]
    rewrite: {uri: /}
    route: [{destination: {host: s}}]
  - match: [{uri: {exact: /to}}]
    redirect: {uri: /there, port: 81}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: j, namespace: a}
spec: {jwtRules: [{issuer: i, audiences: [u], jwks: '{"keys":[]}', outputClaimToHeaders: [{header: x, claim: c.d}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: s, namespace: a}
spec:
  rules:
  - from: [{source: {principals: ['*/sa/s'], remoteIpBlocks: [10.0.0.0/8]}}]
    to: [{operation: {paths: ['/a/{*}/b', '/p*'], hosts: [s]}}]
  - when: [{key: 'request.auth.claims[c]', values: [v, w*]}, {key: 'request.headers[h]', notValues: [n]}]
)";

constexpr std::string_view kProxies[] = {
    "{type: sidecar, id: p.a, namespace: a, ip: [10.1.0.1], labels: {app: s}}",
    "{type: gateway, id: g.a, namespace: a, ip: [10.1.0.2], labels: {istio: gateway}}",
};

struct World {
  World() {
    index::Store store;
    store.apply(kMesh, "mesh.yaml");
    const auto snapshot = store.snapshot();
    generator.update(snapshot);
    for (std::string_view text : kProxies) {
      configs.push_back(generator.config(*index::read_proxy(*snapshot, text, "proxy.yaml")));
    }
  }
  xds::Generator generator;
  std::vector<xds::ProxyConfigPtr> configs;
  Walker walker;
};

Result<Request> read(std::string_view text) {
  Diagnostics diagnostics;
  const auto value = document::read_json(text, "request", diagnostics);
  if (!value) return value.error();
  return read_request(*value);
}

std::string written(const Outcome& outcome) {
  document::JsonWriter json;
  write(json, outcome);
  return json.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const World world;
  auto request = read(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!request) {
    check(!request.error().message.empty(), "a refusal says why");
    return 0;
  }
  for (const auto& config : world.configs) {
    for (const Side side : {Side::kAuto, Side::kOutbound, Side::kInbound}) {
      request->side = side;
      const Outcome outcome = world.walker.walk(*config, *request);
      check(!outcome.detail.empty() && !outcome.because.empty(), "an outcome says why");
      if (!request->tokens.empty()) continue;  // claims are not written
      document::JsonWriter json;
      write(json, *request);
      const auto again = read(json.text());
      check(again.ok(), "what is written can be read", json.text());
      check(written(world.walker.walk(*config, *again)) == written(outcome), "and ends the same",
            json.text());
    }
  }
  return 0;
}
