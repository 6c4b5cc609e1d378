// The pool's policies, extensions and rules beyond the plain ones, and what means the other tenant.
#pragma once

#include <string>
#include <vector>

#include "tests/property/slot.h"

namespace mesh::testing {

inline const char* const kNetworking = "networking.istio.io/v1";
inline const char* const kSecurity = "security.istio.io/v1";

inline std::string other(const std::string& tenant) { return tenant == "a" ? "b" : "a"; }

inline void add_object(std::vector<Slot>& slots, kube::Kind kind, const char* api,
                       const std::string& ns, const std::string& name,
                       const std::vector<std::string>& specs) {
  Slot slot{{kind, ns, name}, {}, ns.starts_with("a")};
  for (const std::string& spec : specs) {
    slot.variants.push_back(header(api, std::string(kube::kind_name(kind)).c_str(), ns, name) +
                            spec + "\n");
  }
  slots.push_back(std::move(slot));
}

inline std::string keys_url(const std::string& tenant) {
  return "https://keys." + tenant + ".example.com/k";
}

inline void add_security(std::vector<Slot>& slots, const std::string& ns,
                         const std::string& tenant) {
  const std::string there = other(tenant);
  add_object(
      slots, Kind::kRequestAuthentication, kSecurity, ns, "tokens",
      {"spec: {selector: {matchLabels: {app: web}}, jwtRules: [{issuer: i, jwksUri: '" +
           keys_url(tenant) + "'}]}",
       "spec: {jwtRules: [{issuer: i, jwks: '{\"keys\": []}'}]}",
       "spec: {selector: {matchLabels: {istio: gate-" + tenant +
           "}}, jwtRules: [{issuer: j, jwksUri: '" + keys_url(tenant) +
           "'}, {issuer: k, jwksUri: '" + keys_url(there) + "'}]}",
       "spec: {jwtRules: [{issuer: i, jwksUri: 'http://web." + ns + ".svc.cluster.local/k'}]}"});
  add_object(
      slots, Kind::kAuthorizationPolicy, kSecurity, ns, "who",
      {"spec: {selector: {matchLabels: {app: web}}, action: ALLOW, rules: [{from: [{source: "
       "{namespaces: [" +
           there + "1]}}], to: [{operation: {paths: [/a], ports: ['8080']}}]}]}",
       "spec: {action: DENY, rules: [{from: [{source: {principals: "
       "[cluster.local/ns/" +
           ns + "/sa/x]}}]}]}",
       "spec: {action: CUSTOM, provider: {name: ext}, rules: [{}]}",
       "spec: {action: AUDIT, rules: [{when: [{key: 'request.headers[x]', values: [w]}]}]}"});
}

inline void add_extensions(std::vector<Slot>& slots, const std::string& ns) {
  add_object(slots, Kind::kTelemetry, "telemetry.istio.io/v1", ns, "seen",
             {"spec: {accessLogging: [{providers: [{name: envoy}]}]}",
              "spec: {selector: {matchLabels: {app: web}}, metrics: [{providers: [{name: "
              "prometheus}], overrides: [{match: {metric: REQUEST_COUNT}, tagOverrides: {x: "
              "{value: 'request.host'}}}]}]}",
              "spec: {tracing: [{providers: [{name: traced}], randomSamplingPercentage: 5}]}"});
  add_object(slots, Kind::kWasmPlugin, "extensions.istio.io/v1alpha1", ns, "module",
             {"spec: {url: 'oci://registry.example.com/m:1', phase: AUTHN, pluginConfig: {x: 1}}",
              "spec: {url: 'oci://registry.example.com/m:2', phase: AUTHN, imagePullSecret: pull}",
              "spec: {selector: {matchLabels: {app: web}}, url: 'https://example.com/m.wasm', "
              "sha256: "
              "'0123456789012345678901234567890123456789012345678901234567890123'}"});
  add_object(slots, Kind::kTrafficExtension, "extensions.istio.io/v1alpha1", ns, "script",
             {"spec: {phase: STATS, lua: {inlineCode: 'function envoy_on_request(h) end'}}",
              "spec: {priority: 5, wasm: {url: 'https://example.com/other.wasm'}}"});
  add_object(slots, Kind::kProxyConfig, "networking.istio.io/v1beta1", ns, "settings",
             {"spec: {concurrency: 2}",
              "spec: {selector: {matchLabels: {app: web}}, environmentVariables: {X: w}}"});
}

// Hashing, delegation, and routes of TCP and TLS.
inline void add_more_rules(std::vector<Slot>& slots, const std::string& ns,
                           const std::string& tenant) {
  const std::string hash = "{consistentHash: {httpHeaderName: x}}";
  add_object(
      slots, Kind::kDestinationRule, kNetworking, ns, "hash",
      {"spec: {host: db, trafficPolicy: {loadBalancer: " + hash + "}}",
       "spec: {host: db, subsets: [{name: v1, labels: {version: v1}, trafficPolicy: "
       "{loadBalancer: {consistentHash: {httpCookie: {name: c, ttl: 1s}}}}}]}",
       "spec: {host: db, trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: " +
           hash + "}]}}",
       "spec: {host: db, workloadSelector: {matchLabels: {app: web}}, trafficPolicy: {tls: {mode: "
       "SIMPLE, credentialName: cred}}}",
       "spec: {host: db, trafficPolicy: {loadBalancer: {simple: RANDOM}}}"});
  add_object(
      slots, Kind::kVirtualService, kNetworking, ns, "root",
      {"spec: {hosts: [db], http: [{match: [{uri: {prefix: /d}}], delegate: {name: leaf, "
       "namespace: " +
           tenant + "2}}, {route: [{destination: {host: db, subset: v1}}]}]}",
       "spec: {hosts: [db], http: [{delegate: {name: leaf, namespace: " + other(tenant) + "2}}]}",
       "spec: {hosts: [db], http: [{delegate: {name: leaf}}]}"});
  add_object(slots, Kind::kVirtualService, kNetworking, ns, "leaf",
             {"spec: {http: [{match: [{uri: {prefix: /d/x}}], route: [{destination: {host: web." +
                  ns + ".svc.cluster.local}}]}]}",
              "spec: {exportTo: ['.'], http: [{route: [{destination: {host: db." + ns +
                  ".svc.cluster.local}}]}]}",
              "spec: {http: [{match: [{uri: {prefix: /d}}], redirect: {uri: /e}}]}"});
  add_object(slots, Kind::kVirtualService, kNetworking, ns, "l4",
             {"spec: {hosts: [db], tcp: [{match: [{port: 90}], route: [{destination: {host: web, "
              "port: {number: 90}}}]}]}",
              "spec: {hosts: [api.example.com], exportTo: ['*'], tls: [{match: [{port: 443, "
              "sniHosts: [api.example.com]}], route: [{destination: {host: web." +
                  ns + ".svc.cluster.local, port: {number: 90}}}]}]}",
              "spec: {hosts: ['*'], gateways: [secure], tcp: [{match: [{port: 9000}], route: "
              "[{destination: {host: web, port: {number: 90}}}]}]}"});
}

// What one tenant offers to the other, by every field that names namespaces: nothing of it may arrive.
inline void add_exported(std::vector<Slot>& slots, const std::string& ns, const std::string& tenant,
                         const std::string& last) {
  const std::string there = other(tenant);
  const std::string to = "exportTo: [" + there + "1, " + there + "2, " + there + "0]";
  const std::string foreign = "web." + there + "1.svc.cluster.local";
  Slot service{{Kind::kService, ns, "shown"}, {}, ns.starts_with("a")};
  for (const std::string& value : {there + "1", std::string("*"), std::string("~")}) {
    service.variants.push_back(
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: shown, "
        "namespace: " +
        ns + ", annotations: {networking.istio.io/exportTo: '" + value +
        "'}}\nspec: {clusterIP: 10.0." + last +
        ".4, selector: {app: web}, ports: [{name: http, port: 80}]}\n");
  }
  slots.push_back(std::move(service));
  const std::string ports =
      ", ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC, endpoints: "
      "[{address: 192.0.2." +
      last + "}]}";
  add_object(
      slots, Kind::kServiceEntry, kNetworking, ns, "foreign",
      {"spec: {hosts: [" + foreign + "], exportTo: ['*']" + ports,
       "spec: {hosts: [" + foreign + "], " + to + ports,
       "spec: {hosts: ['*.example.com'], location: MESH_INTERNAL, ports: [{number: 80, name: "
       "http, protocol: HTTP}], resolution: NONE}"});
  const std::string route =
      "http: [{route: [{destination: {host: db." + ns + ".svc.cluster.local}}]}]}";
  add_object(slots, Kind::kVirtualService, kNetworking, ns, "foreign",
             {"spec: {hosts: [" + foreign + "], exportTo: ['*'], " + route,
              "spec: {hosts: [" + foreign + "], gateways: [mesh, " + there + "1/gate], " + to +
                  ", " + route});
  add_object(slots, Kind::kDestinationRule, kNetworking, ns, "foreign",
             {"spec: {host: " + foreign +
                  ", exportTo: ['*'], trafficPolicy: {tls: {mode: "
                  "DISABLE}}}",
              "spec: {host: '*.local', " + to +
                  ", trafficPolicy: {loadBalancer: " + "{consistentHash: {useSourceIp: true}}}}"});
}

inline std::string data_of(const char* first, const char* first_value, const char* second = nullptr,
                           const char* second_value = nullptr) {
  std::string out = "data: {" + std::string(first) + ": " + first_value;
  if (second != nullptr) out += std::string(", ") + second + ": " + second_value;
  return out + "}";
}

inline void add_credentials(std::vector<Slot>& slots, const std::string& ns,
                            const std::string& tenant) {
  const std::string there = other(tenant);
  const std::string server = "port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*']";
  add_object(slots, Kind::kGateway, kNetworking, ns, "secure",
             {"spec: {selector: {istio: gate-" + tenant + "}, servers: [{" + server +
                  ", tls: {mode: SIMPLE, credentialName: cred}}]}",
              "spec: {selector: {istio: gate-" + tenant + "}, servers: [{" + server +
                  ", tls: {mode: MUTUAL, credentialName: cred}}, {port: {number: 9000, name: tcp, "
                  "protocol: TCP}, hosts: ['*']}]}",
              // Names the other's Secret and selects the other's gateway as well as everybody's.
              "spec: {servers: [{" + server +
                  ", tls: {mode: SIMPLE, credentialName: "
                  "'kubernetes-gateway://" +
                  there + "1/cred'}}]}",
              "spec: {selector: {istio: gate-" + there + "}, servers: [{" + server +
                  ", tls: {mode: SIMPLE, credentialName: cred}}]}"});
  add_object(slots, Kind::kSecret, "v1", ns, "cred",
             {data_of("tls.crt", "Y2VydC0x", "tls.key", "a2V5LTE="),
              data_of("tls.crt", "Y2VydC0y", "tls.key", "a2V5LTI="),
              "data: {tls.crt: Y2VydC0x, tls.key: a2V5LTE=, ca.crt: Y2E=}"});
  add_object(
      slots, Kind::kSecret, "v1", ns, "pull",
      {"type: kubernetes.io/dockerconfigjson\n" + data_of(".dockerconfigjson", "eyJhdXRocyI6e319"),
       "type: kubernetes.io/dockerconfigjson\n" +
           data_of(".dockerconfigjson", "eyJhdXRocyI6IHt9fQ==")});
  Slot ingress{{Kind::kIngress, ns, "in"}, {}, ns.starts_with("a")};
  for (const char* path : {"/", "/i"}) {
    ingress.variants.push_back(
        "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: in, namespace: " +
        ns + ", annotations: {kubernetes.io/ingress.class: istio}}\nspec: {rules: [{host: " +
        "in.example.com, http: {paths: [{path: " + path +
        ", pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}\n");
  }
  slots.push_back(std::move(ingress));
}

// In the control plane's namespace: settings, and policies of the whole mesh.
inline void add_root(std::vector<Slot>& slots, const std::string& tenant) {
  const std::string root = tenant + "0";
  const std::string service = "web." + tenant + "1.svc.cluster.local";
  add_object(
      slots, Kind::kConfigMap, "v1", root, "istio",
      {"data: {mesh: \"extensionProviders: [{name: ext, envoyExtAuthzHttp: {service: " + service +
           ", port: 80}}, {name: traced, zipkin: {service: " + service + ", port: 80}}]\"}",
       // Clusters of gateways come and go with the rules that lead to them.
       "data: {mesh: '{accessLogFile: /dev/stdout, defaultConfig: {proxyMetadata: "
       "{PILOT_FILTER_GATEWAY_CLUSTER_CONFIG: \"true\", "
       "PILOT_ENABLE_PERSISTENT_SESSION_FILTER: \"true\"}}}'}"});
  add_object(slots, Kind::kAuthorizationPolicy, kSecurity, root, "all",
             {"spec: {action: DENY, rules: [{to: [{operation: {methods: [PUT]}}]}]}"});
  add_object(slots, Kind::kRequestAuthentication, kSecurity, root, "all",
             {"spec: {jwtRules: [{issuer: all, jwksUri: '" + keys_url(tenant) + "'}]}"});
  add_object(slots, Kind::kTelemetry, "telemetry.istio.io/v1", root, "all",
             {"spec: {accessLogging: [{providers: [{name: envoy}], filter: {expression: "
              "'response.code >= 400'}}]}"});
  add_object(slots, Kind::kWasmPlugin, "extensions.istio.io/v1alpha1", root, "all",
             {"spec: {url: 'https://example.com/all.wasm', phase: STATS}"});
  // Whose answer it is: of who serves the URL, not of a tenant.
  Slot keys{{Kind::kConfigMap, "", keys_url(tenant)}, {}, false, true};
  keys.variants = {R"({"keys": [{"kty": "oct", "kid": "1"}]})", R"({"keys": []})"};
  slots.push_back(std::move(keys));
}

}  // namespace mesh::testing
