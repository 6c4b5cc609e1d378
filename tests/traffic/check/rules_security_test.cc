// What Istio refuses of policies, telemetry and extensions, and what looks like it and is taken.
#include "tests/traffic/check/refusals.h"

namespace mesh::traffic {
namespace {

TEST(RulesSecurity, TargetsAreOneOfThreeAndOfTheOwnNamespace) {
  expect_refused({
      {"a selector and targetRefs", "RequestAuthentication",
       "{selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: x}]}",
       "spec.targetRefs"},
      {"a selector and a targetRef", "AuthorizationPolicy",
       "{selector: {matchLabels: {a: b}}, targetRef: {kind: Service, name: x}}", "spec.targetRef"},
      {"a target without a name", "RequestAuthentication", "{targetRef: {kind: Service}}",
       "spec.targetRef.name"},
      {"a target of another namespace", "Telemetry",
       "{targetRefs: [{kind: Service, name: x, namespace: other}]}",
       "spec.targetRefs[0].namespace"},
      {"a target of no kind", "WasmPlugin", "{url: a, targetRef: {name: x}}",
       "spec.targetRef.kind"},
      {"a target of a kind that is none", "WasmPlugin", "{url: a, targetRef: {kind: Pod, name: x}}",
       "spec.targetRef.kind"},
      {"a Gateway of the wrong group", "AuthorizationPolicy",
       "{targetRefs: [{kind: Gateway, name: x}]}", "spec.targetRefs[0].group"},
      {"a star in a label", "ProxyConfig", "{selector: {matchLabels: {a: \"b*\"}}}",
       "spec.selector.matchLabels"},
      {"a star in a key", "WasmPlugin", "{url: a, selector: {matchLabels: {\"a*\": b}}}",
       "spec.selector.matchLabels"},
      {"an empty key", "PeerAuthentication", "{selector: {matchLabels: {\"\": b}}}",
       "spec.selector.matchLabels"},
      {"an EnvoyFilter for labels and targets", "EnvoyFilter",
       "{workloadSelector: {labels: {a: b}}, targetRefs: [{kind: Service, name: x}]}",
       "spec.targetRefs"},
  });
  expect_taken({
      {"a Service", "RequestAuthentication",
       "{targetRefs: [{group: \"\", kind: Service, name: x}]}"},
      {"a Service of group core", "RequestAuthentication",
       "{targetRefs: [{group: core, kind: Service, name: x}]}"},
      {"a Gateway", "AuthorizationPolicy",
       "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: x}]}"},
      {"a ServiceEntry", "Telemetry",
       "{targetRef: {group: networking.istio.io, kind: ServiceEntry, name: x}}"},
      {"an empty selector", "PeerAuthentication", "{selector: {}}"},
      {"a selector of nothing", "ProxyConfig", "{selector: {matchLabels: {}}}"},
  });
}

TEST(RulesSecurity, RequestAuthentications) {
  expect_refused({
      {"neither issuer nor keys", "RequestAuthentication", "{jwtRules: [{audiences: [a]}]}",
       "spec.jwtRules[0].issuer"},
      {"an empty issuer beside keys", "RequestAuthentication",
       "{jwtRules: [{issuer: \"\", jwksUri: \"https://a.b\"}]}", "spec.jwtRules[0].issuer"},
      {"an empty audience", "RequestAuthentication",
       "{jwtRules: [{issuer: a}, {issuer: b, audiences: [\"\"]}]}",
       "spec.jwtRules[1].audiences[0]"},
      {"an empty parameter", "RequestAuthentication",
       "{jwtRules: [{issuer: a, fromParams: [\"\"]}]}", "spec.jwtRules[0].fromParams[0]"},
      {"an empty cookie", "RequestAuthentication", "{jwtRules: [{issuer: a, fromCookies: [\"\"]}]}",
       "spec.jwtRules[0].fromCookies[0]"},
      {"a header without a name", "RequestAuthentication",
       "{jwtRules: [{issuer: a, fromHeaders: [{prefix: b}]}]}",
       "spec.jwtRules[0].fromHeaders[0].name"},
      {"an empty claim", "RequestAuthentication",
       "{jwtRules: [{issuer: a, outputClaimToHeaders: [{header: h}]}]}",
       "spec.jwtRules[0].outputClaimToHeaders[0].claim"},
      {"a claim to no header", "RequestAuthentication",
       "{jwtRules: [{issuer: a, outputClaimToHeaders: [{claim: c}]}]}",
       "spec.jwtRules[0].outputClaimToHeaders[0].header"},
      {"a claim to a header of HTTP/2", "RequestAuthentication",
       "{jwtRules: [{issuer: a, outputClaimToHeaders: [{claim: c, header: \":path\"}]}]}",
       "spec.jwtRules[0].outputClaimToHeaders[0].header"},
      {"an empty claim of words", "RequestAuthentication",
       "{jwtRules: [{issuer: a, spaceDelimitedClaims: [\"\"]}]}",
       "spec.jwtRules[0].spaceDelimitedClaims[0]"},
      {"no time at all", "RequestAuthentication", "{jwtRules: [{issuer: a, timeout: 0s}]}",
       "spec.jwtRules[0].timeout"},
  });
  for (const char* keys :
       {R"({"keys": [{"kty": "XYZ"}]})", R"({"keys": [{"kty": "RSA", "e": "AQAB"}]})",
        R"({"keys": [{"kty": "RSA", "e": "AQAB", "n": "!!!"}]})", R"({"keys": ["a"]})",
        R"({"kty": "RSA"})", R"({"keys": {}})", "[]", "a",
        R"({"keys": [{"kty": "EC", "x": "YQ", "y": "YQ"}]})", R"({"kty": "oct", "k": 1})",
        R"({"kty": "oct", "k": "Y"})", R"({"kty": "oct", "k": "+-==")"}) {
    EXPECT_THAT(refusals("RequestAuthentication",
                         std::string("{jwtRules: [{issuer: a, jwks: '") + keys + "'}]}"),
                ::testing::ElementsAre(::testing::StartsWith("spec.jwtRules[0].jwks: ")))
        << keys;
  }
  for (const char* url : {"ftp://a", "a", "https://a:b", "https://a b/c", "https://[::1/a",
                          "https://a/%zz", "https://a/#%z", "https://a/\\x01"}) {
    EXPECT_THAT(refusals("RequestAuthentication",
                         std::string("{jwtRules: [{issuer: a, jwksUri: \"") + url + "\"}]}"),
                ::testing::ElementsAre(::testing::StartsWith("spec.jwtRules[0].jwksUri: ")))
        << url;
  }
  expect_taken({
      {"keys and no issuer", "RequestAuthentication", "{jwtRules: [{jwksUri: \"https://a.b\"}]}"},
      {"a claim to a header", "RequestAuthentication",
       "{jwtRules: [{issuer: a, outputClaimToHeaders: [{claim: c, header: x_c-1}]}]}"},
      {"a key that is no set", "RequestAuthentication",
       "{jwtRules: [{issuer: a, jwks: '{\"kty\": \"RSA\", \"n\": \"YQ\", \"e\": \"AQAB\"}'}]}"},
      {"no keys", "RequestAuthentication", "{jwtRules: [{issuer: a, jwks: '{\"keys\": []}'}]}"},
      {"keys with padding, of other kinds", "RequestAuthentication",
       "{jwtRules: [{issuer: a, jwks: '{\"keys\": [{\"kty\": \"oct\", \"k\": \"YQ==\"}, {\"kty\": "
       "\"OKP\", \"crv\": \"Ed25519\", \"x\": \"a-_b\"}]}'}]}"},
  });
  for (const char* url : {"HTTPS://a:8443/b?c=%#d", "https://[::1]:80/a", "https://u:p@a/b c",
                          "https://a:/b", "http://", "https:a", "https://a/%41"}) {
    EXPECT_THAT(refusals("RequestAuthentication",
                         std::string("{jwtRules: [{issuer: a, jwksUri: \"") + url + "\"}]}"),
                ::testing::IsEmpty())
        << url;
  }
}

TEST(RulesSecurity, PeerAuthentications) {
  expect_refused({
      {"ports of everybody", "PeerAuthentication", "{portLevelMtls: {80: {mode: STRICT}}}",
       "spec.portLevelMtls"},
      {"no port", "PeerAuthentication", "{selector: {matchLabels: {a: b}}, portLevelMtls: {}}",
       "spec.portLevelMtls"},
      {"port 0", "PeerAuthentication",
       "{selector: {matchLabels: {a: b}}, portLevelMtls: {0: {mode: STRICT}}}",
       "spec.portLevelMtls.0"},
      {"a port too high", "PeerAuthentication",
       "{selector: {matchLabels: {a: b}}, portLevelMtls: {65536: {mode: STRICT}}}",
       "spec.portLevelMtls.65536"},
  });
  expect_taken({{"a port", "PeerAuthentication",
                 "{selector: {matchLabels: {a: b}}, portLevelMtls: {65535: {mode: STRICT}}}"}});
}

TEST(RulesSecurity, AuthorizationPolicies) {
  expect_refused({
      {"accounts with namespaces", "AuthorizationPolicy",
       "{rules: [{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}]}",
       "spec.rules[0].from[0].source.namespaces"},
      {"accounts with principals", "AuthorizationPolicy",
       "{rules: [{from: [{source: {notServiceAccounts: [a], principals: [b]}}]}]}",
       "spec.rules[0].from[0].source.principals"},
      {"a star in an account", "AuthorizationPolicy",
       "{rules: [{from: [{source: {serviceAccounts: [\"a*\"]}}]}]}",
       "spec.rules[0].from[0].source.serviceAccounts[0]"},
      {"an account of too many parts", "AuthorizationPolicy",
       "{rules: [{from: [{source: {serviceAccounts: [a/b/c]}}]}]}",
       "spec.rules[0].from[0].source.serviceAccounts[0]"},
      {"a source of nobody", "AuthorizationPolicy", "{rules: [{from: [{source: {}}]}]}",
       "spec.rules[0].from[0].source"},
      {"no source", "AuthorizationPolicy", "{rules: [{from: [{}]}]}",
       "spec.rules[0].from[0].source"},
      {"an operation of nothing", "AuthorizationPolicy", "{rules: [{to: [{operation: {}}]}]}",
       "spec.rules[0].to[0].operation"},
      {"an empty host", "AuthorizationPolicy", "{rules: [{to: [{operation: {hosts: [\"\"]}}]}]}",
       "spec.rules[0].to[0].operation.hosts[0]"},
      {"a template after the last", "AuthorizationPolicy",
       "{rules: [{to: [{operation: {paths: [\"/{**}/a/{*}\"]}}]}]}",
       "spec.rules[0].to[0].operation.paths[0]"},
      {"a template that is a part", "AuthorizationPolicy",
       "{rules: [{to: [{operation: {notPaths: [\"/a{*}\"]}}]}]}",
       "spec.rules[0].to[0].operation.notPaths[0]"},
      {"a star beside a template", "AuthorizationPolicy",
       "{rules: [{to: [{operation: {paths: [\"/{*}/*\"]}}]}]}",
       "spec.rules[0].to[0].operation.paths[0]"},
      {"a trust domain with a slash", "AuthorizationPolicy",
       "{rules: [{from: [{source: {trustDomains: [a/b]}}]}]}",
       "spec.rules[0].from[0].source.trustDomains[0]"},
      {"a star within a trust domain", "AuthorizationPolicy",
       "{rules: [{from: [{source: {trustDomains: [\"a*b\"]}}]}]}",
       "spec.rules[0].from[0].source.trustDomains[0]"},
      {"a condition without values", "AuthorizationPolicy",
       "{rules: [{when: [{key: source.namespace}]}]}", "spec.rules[0].when[0]"},
      {"an empty value", "AuthorizationPolicy",
       "{rules: [{when: [{key: source.namespace, values: [\"\"]}]}]}",
       "spec.rules[0].when[0].values[0]"},
      {"denial of nothing", "AuthorizationPolicy", "{action: DENY}", "spec.rules"},
      {"a provider beside ALLOW", "AuthorizationPolicy", "{provider: {name: a}, rules: [{}]}",
       "spec.provider"},
      {"who it is, asked outside", "AuthorizationPolicy",
       "{action: CUSTOM, provider: {name: a}, rules: [{from: [{source: {namespaces: [b]}}]}]}",
       "spec.rules[0].from[0].source.namespaces"},
      {"a token, asked outside", "AuthorizationPolicy",
       "{action: CUSTOM, provider: {name: a}, rules: [{when: [{key: request.auth.principal, "
       "values: "
       "[b]}]}]}",
       "spec.rules[0].when[0].key"},
  });
  expect_taken({
      {"accounts by themselves", "AuthorizationPolicy",
       "{rules: [{from: [{source: {serviceAccounts: [a/b, c]}}, {source: {namespaces: [d]}}]}]}"},
      {"templates", "AuthorizationPolicy",
       "{rules: [{to: [{operation: {paths: [\"/a/{*}\", \"/{**}/a/b\", \"/a/*\", \"*\", "
       "\"/\"]}}]}]}"},
      {"trust domains", "AuthorizationPolicy",
       "{rules: [{from: [{source: {trustDomains: [\"*\", \"a*\", \"*b\", c]}}]}]}"},
      {"everything", "AuthorizationPolicy", "{action: DENY, rules: [{}]}"},
      {"nothing", "AuthorizationPolicy", "{}"},
  });
}

TEST(RulesSecurity, Telemetries) {
  expect_refused({
      {"no provider", "Telemetry", "{metrics: [{providers: [{name: \"\"}]}]}",
       "spec.metrics[0].providers[0].name"},
      {"an empty metric", "Telemetry", "{metrics: [{overrides: [{match: {customMetric: \"\"}}]}]}",
       "spec.metrics[0].overrides[0].match.customMetric"},
      {"a tag without a value", "Telemetry",
       "{metrics: [{overrides: [{tagOverrides: {a: {operation: UPSERT}}}]}]}",
       "spec.metrics[0].overrides[0].tagOverrides.a.value"},
      {"a tag that is removed, with a value", "Telemetry",
       "{metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE, value: b}}}]}]}",
       "spec.metrics[0].overrides[0].tagOverrides.a.value"},
      {"more than all", "Telemetry", "{tracing: [{randomSamplingPercentage: 101}]}",
       "spec.tracing[0].randomSamplingPercentage"},
      {"a tag of no header", "Telemetry", "{tracing: [{customTags: {a: {header: {name: \"\"}}}}]}",
       "spec.tracing[0].customTags.a.header.name"},
      {"no filter", "Telemetry", "{accessLogging: [{filter: {expression: \"\"}}]}",
       "spec.accessLogging[0].filter.expression"},
      {"no interval", "Telemetry", "{metrics: [{reportingInterval: 0s}]}",
       "spec.metrics[0].reportingInterval"},
  });
  expect_taken({{"tags", "Telemetry",
                 "{metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE}, b: {value: "
                 "c}}}]}], tracing: [{randomSamplingPercentage: 0}]}"}});
}

TEST(RulesSecurity, Extensions) {
  const char* digits = "1ef0c9a92b0420cf25f7fe5d481b231464bc88f486ca3b9c83ed5cc21d2f6210";
  expect_refused({
      {"a scheme that is none", "WasmPlugin", "{url: \"fake://a.b\"}", "spec.url"},
      {"a registry's port, which reads as a scheme", "WasmPlugin", "{url: \"localhost:5000/a\"}",
       "spec.url"},
      {"a host that is none", "WasmPlugin", "{url: \"a b/c\"}", "spec.url"},
      {"a checksum too short", "WasmPlugin", "{url: a, sha256: foo}", "spec.sha256"},
      {"a secret of no name", "WasmPlugin", "{url: a, imagePullSecret: \"\"}",
       "spec.imagePullSecret"},
      {"a plug-in of no name", "WasmPlugin", "{url: a, pluginName: \"\"}", "spec.pluginName"},
      {"a variable twice", "WasmPlugin", "{url: a, vmConfig: {env: [{name: b}, {name: b}]}}",
       "spec.vmConfig.env[1].name"},
      {"a variable of no name", "WasmPlugin", "{url: a, vmConfig: {env: [{name: \"\"}]}}",
       "spec.vmConfig.env[0].name"},
      {"a value from elsewhere and here", "TrafficExtension",
       "{wasm: {url: a, vmConfig: {env: [{name: b, valueFrom: HOST, value: c}]}}}",
       "spec.wasm.vmConfig.env[0].value"},
      {"port 0", "WasmPlugin", "{url: a, match: [{ports: [{number: 0}]}]}",
       "spec.match[0].ports[0].number"},
  });
  const std::string whole = std::string("{url: \"file:///a\", sha256: ") + digits +
                            ", vmConfig: {env: [{name: a, valueFrom: HOST}, {name: b, value: c}]}}";
  expect_taken({{"an image", "WasmPlugin", "{url: registry.example.com/a}"},
                {"schemes in capitals", "WasmPlugin", "{url: \"OCI://a.b/c\"}"},
                {"all of it", "WasmPlugin", whole.c_str()}});
}

TEST(RulesSecurity, AnnotationsOfIstioItself) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  using ::testing::StartsWith;
  const auto with = [](const char* annotation) {
    return "name: x, annotations: {" + std::string(annotation) + "}";
  };
  const char* spec = "{rules: [{}]}";
  EXPECT_THAT(refusals("AuthorizationPolicy", spec, with("istio.io/dry-run: \"true\"")), IsEmpty());
  EXPECT_THAT(refusals("AuthorizationPolicy", "{action: AUDIT, rules: [{}]}",
                       with("istio.io/dry-run: \"true\"")),
              ElementsAre(StartsWith("metadata.annotations[istio.io/dry-run]: ")));
  EXPECT_THAT(refusals("PeerAuthentication", "{}", with("istio.io/dry-run: \"true\"")),
              ElementsAre(StartsWith("metadata.annotations[istio.io/dry-run]: ")));
  EXPECT_THAT(refusals("PeerAuthentication", "{}", with("internal.istio.io/parents: a")),
              ElementsAre(StartsWith("metadata.annotations[internal.istio.io/parents]: ")));
}

}  // namespace
}  // namespace mesh::traffic
