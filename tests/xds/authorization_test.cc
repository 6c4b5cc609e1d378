// Rules of authorization and token filters, one a row; whole filters are compared with Istio's by
// tests/peers.
#include <gtest/gtest.h>

#include "libmesh/index/store.h"
#include "libmesh/xds/security/check.h"
#include "libmesh/xds/security/conditions.h"
#include "libmesh/xds/security/ext_authz.h"
#include "libmesh/xds/security/rbac_rule.h"
#include "libmesh/xds/security/trust_domains.h"
#include "tests/xds/fixtures.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

std::string object(const char* kind, const char* name, const std::string& spec,
                   const char* ns = "app") {
  return std::string("---\napiVersion: security.istio.io/v1\nkind: ") + kind +
         "\nmetadata: {name: " + name + ", namespace: " + ns + "}\nspec: " + spec + "\n";
}

std::string policy(const char* name, const std::string& spec) {
  return object("AuthorizationPolicy", name, spec);
}

// The names of the filters in the chain of the workload's port.
std::string filters(const std::string& input, const std::string& port_name) {
  const Seen seen(kNamespace + web_service(port_name) + input, kSidecar);
  const document::Value listener = seen.listener("virtualInbound");
  const document::Value* chains = listener.find("filterChains");
  std::string out;
  for (const document::Value& chain : *chains->if_list()) {
    if (at(chain, "filterChainMatch.destinationPort") != "8080") continue;
    const bool http = at(chain, "filters[0].typedConfig.httpFilters").size() > 2 ||
                      at(chain, "filters[1].typedConfig.httpFilters").size() > 2;
    const std::string list = http ? "filters[1].typedConfig.httpFilters" : "filters";
    for (int i = 0;; ++i) {
      const std::string name = at(chain, list + "[" + std::to_string(i) + "].name");
      if (name.empty()) break;
      out += name + " ";
    }
    break;
  }
  return out;
}

TEST(SecurityFilters, NoneWithoutPolicies) {
  EXPECT_EQ(filters("", "http").find("rbac"), std::string::npos);
  EXPECT_EQ(filters("", "tcp").find("rbac"), std::string::npos);
}

TEST(SecurityFilters, StandBehindTheMetadataAndBeforeEverythingElse) {
  const std::string all =
      policy("d", "{action: DENY, rules: [{}]}") + policy("a", "{}") +
      object("RequestAuthentication", "j", "{jwtRules: [{issuer: i, jwks: k}]}");
  EXPECT_TRUE(
      filters(all, "http")
          .starts_with(
              R"("istio.metadata_exchange" "envoy.filters.http.jwt_authn" "envoy.filters.http.rbac" )"
              R"("envoy.filters.http.rbac" )"))
      << filters(all, "http");
  EXPECT_TRUE(
      filters(all, "tcp")
          .starts_with(
              R"("istio.metadata_exchange" "envoy.filters.network.rbac" "envoy.filters.network.rbac" )"))
      << filters(all, "tcp");
}

TEST(SecurityFilters, ACustomPolicyWithoutItsAuthorizerDenies) {
  const std::string custom = policy("c", "{action: CUSTOM, provider: {name: x}, rules: [{}]}");
  const std::string names = filters(custom, "http");
  EXPECT_NE(names.find("envoy.filters.http.rbac"), std::string::npos) << names;
  EXPECT_EQ(names.find("ext_authz"), std::string::npos) << names;
}

struct KeyRow {
  const char* key;
  bool known;
  bool good;
};

TEST(Conditions, KnowTheirKeys) {
  const KeyRow rows[] = {
      {"source.ip", true, true},
      {"source.ips", false, false},
      {"request.headers[x]", true, true},
      {"request.headers", true, false},
      {"request.headers[x", true, false},
      {"request.auth.claims[a][b]", true, true},
      {"request.auth.claims[a]b", true, false},
      {"request.auth.claims", true, true},
      {"experimental.envoy.filters.a[b]", true, true},
      {"experimental.envoy.filters.a", true, false},
      {"destination.labels[x]", false, false},
      {"", false, false},
  };
  for (const KeyRow& row : rows) {
    security::Condition when;
    when.key = row.key;
    when.values = {"v"};
    const auto condition = when_condition(when);
    EXPECT_EQ(condition.has_value(), row.known) << row.key;
    if (condition) {
      EXPECT_EQ(is_good_key(*condition), row.good) << row.key;
    }
  }
}

TEST(Conditions, ReadTheirValues) {
  EXPECT_TRUE(is_good_value(Attribute::kSourceIp, "10.0.0.0/8"));
  EXPECT_TRUE(is_good_value(Attribute::kSourceIp, "::1"));
  EXPECT_FALSE(is_good_value(Attribute::kSourceIp, "10.0.0"));
  EXPECT_FALSE(is_good_value(Attribute::kSourceIp, "10.0.0.0/33"));
  EXPECT_TRUE(is_good_value(Attribute::kPort, "65535"));
  EXPECT_FALSE(is_good_value(Attribute::kPort, "65536"));
  EXPECT_FALSE(is_good_value(Attribute::kPort, "-1"));
  EXPECT_FALSE(is_good_value(Attribute::kPort, ""));
}

TEST(Conditions, NamesInBrackets) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(in_nested_brackets("[a]"), Names{"a"});
  EXPECT_EQ(in_nested_brackets("[a][b]"), (Names{"a", "b"}));
  EXPECT_EQ(in_nested_brackets("[a[b]]"), Names{"a[b]"});
  EXPECT_EQ(in_nested_brackets("[a]b"), Names{});
}

std::vector<std::string> in_domains(const std::string& principal,
                                    const std::vector<std::string>& aliases) {
  meshconfig::MeshConfig config;
  config.trust_domain = "td1";
  config.trust_domain_aliases = aliases;
  const TrustDomains domains(config);
  std::vector<std::string> storage;
  const std::vector<std::string> values = {principal};
  const auto out = domains.principals(values, storage);
  return {out.begin(), out.end()};
}

security::Rule rule(const char* account, const char* method, const char* when = nullptr) {
  security::Rule out;
  if (account != nullptr) out.from.emplace_back().source.ensure().service_accounts = {account};
  if (method != nullptr) out.to.emplace_back().operation.ensure().methods = {method};
  if (when != nullptr) {
    out.when.emplace_back().key = when;
    out.when.back().values = {"10.0.0.1"};
  }
  return out;
}

TEST(Rules, SayTheSameBehindAnyOther) {
  const meshconfig::MeshConfig config;
  const TrustDomains trust_domains(config);
  const security::Rule rules[] = {rule("a", "GET"),
                                  rule("a", "PUT"),
                                  rule("b", "GET"),
                                  rule("a", nullptr),
                                  rule(nullptr, "GET"),
                                  rule(nullptr, nullptr),
                                  rule("a", "GET", "source.ip"),
                                  rule("a", "GET", "destination.ip")};
  const auto check = [&](const security::Rule& first, const security::Rule& second,
                         const RuleContext& context) {
    LastRule last;
    std::string out;
    append_rule({trust_domains, context.tcp, context.allow, "app"}, first, last, out);
    last.end = out.size();
    LastRule none;
    std::string alone;
    const bool written = append_rule(context, second, none, alone);
    EXPECT_EQ(append_rule(context, second, last, out), written);
    EXPECT_TRUE(out.ends_with(alone));
  };
  for (const security::Rule& first : rules) {
    for (const security::Rule& second : rules) {
      for (const char* ns : {"app", "other"}) {
        for (const bool allow : {false, true}) {
          check(first, second, {trust_domains, false, allow, ns});
          check(first, second, {trust_domains, true, allow, ns});
        }
      }
    }
  }
}

TEST(TrustDomains, APrincipalIsOfAllOfThem) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(in_domains("td1/ns/a/sa/b", {"old"}), (Names{"td1/ns/a/sa/b", "old/ns/a/sa/b"}));
  EXPECT_EQ(in_domains("cluster.local/ns/a/sa/b", {}), Names{"td1/ns/a/sa/b"})
      << "cluster.local is the mesh's own, whatever its name";
  EXPECT_EQ(in_domains("other/ns/a/sa/b", {"old"}), Names{"other/ns/a/sa/b"});
  EXPECT_EQ(in_domains("*/ns/a/sa/b", {"old"}), Names{"*/ns/a/sa/b"});
  EXPECT_EQ(in_domains("a/b", {"old"}), Names{"a/b"});
  EXPECT_EQ(in_domains("*d1/ns/a/sa/b", {"xd1", "old"}), (Names{"*d1/ns/a/sa/b", "old/ns/a/sa/b"}))
      << "a pattern stays for the domains that it takes";
}

struct ProviderRow {
  const char* name;
  const char* provider;
  const char* field;  // that the problem is about; empty: there is none
};

TEST(Authorizers, AreRefusedWithTheField) {
  const ProviderRow rows[] = {
      {"good", "envoyExtAuthzHttp: {service: web.app.svc.cluster.local, port: 80}", ""},
      {"another namespace's", "envoyExtAuthzHttp: {service: x/web.app.svc.cluster.local, port: 80}",
       "service"},
      {"no port", "envoyExtAuthzGrpc: {service: web.app.svc.cluster.local}", "port"},
      {"no status",
       "envoyExtAuthzGrpc: {service: web.app.svc.cluster.local, port: 80, "
       "statusOnError: \"299\"}",
       "statusOnError"},
      {"no path",
       "envoyExtAuthzHttp: {service: web.app.svc.cluster.local, port: 80, "
       "pathPrefix: check}",
       "pathPrefix"},
      {"a bare star",
       "envoyExtAuthzHttp: {service: web.app.svc.cluster.local, port: 80, "
       "headersToUpstreamOnAllow: [\"*\"]}",
       "headersToUpstreamOnAllow"},
  };
  for (const ProviderRow& row : rows) {
    const Seen seen(kNamespace + web_service("http") + "---\nextensionProviders:\n- name: x\n  " +
                        row.provider + "\n",
                    kSidecar);
    const Authorizer found = find_authorizer(seen.view().mesh(), "x");
    EXPECT_EQ(found.field, row.field) << row.name << ": " << found.problem;
    EXPECT_EQ(found.problem.empty(), *row.field == 0) << row.name;
    EXPECT_FALSE(find_authorizer(seen.view().mesh(), "y").problem.empty()) << row.name;
  }
}

// What check_security says of an input: "code object field", one a line.
std::string findings(const std::string& input) {
  index::Store store;
  for (const Diagnostic& d : store.apply(kNamespace + web_service("http") + input, "in.yaml")) {
    ADD_FAILURE() << to_string(d);
  }
  const index::SnapshotPtr snapshot = store.snapshot();
  Diagnostics found;
  for (const index::Tenant& tenant : snapshot->tenants().list) {
    check_security(snapshot, *traffic::Traffic::make(snapshot->mesh(tenant.id)), found);
  }
  std::string out;
  for (const Diagnostic& d : found) {
    EXPECT_FALSE(d.message.empty() || d.mend.empty());
    out += std::string(code_text(d.code)) + " " + d.object + " " + d.field + "\n";
  }
  return out;
}

TEST(CheckSecurity, NamesTheFieldThatDoesNotCount) {
  EXPECT_EQ(findings(policy("p", "{rules: [{from: [{source: {principals: [a]}}]}]}")), "");
  EXPECT_EQ(findings(policy("p", "{rules: [{}, {when: [{key: source.ips, values: [a]}]}]}")),
            "authorization-invalid AuthorizationPolicy app/p spec.rules[1].when[0].key\n");
  EXPECT_EQ(findings(policy("p", "{rules: [{to: [{operation: {ports: [\"80\", http]}}]}]}")),
            "authorization-invalid AuthorizationPolicy app/p "
            "spec.rules[0].to[0].operation.ports[1]\n");
  EXPECT_EQ(findings(policy("p", "{rules: [{from: [{source: {notIpBlocks: [10.0.0]}}]}]}")),
            "authorization-invalid AuthorizationPolicy app/p "
            "spec.rules[0].from[0].source.notIpBlocks[0]\n");
  EXPECT_EQ(findings(policy("p", "{action: CUSTOM, provider: {name: x}, rules: [{}]}")),
            "authorization-invalid AuthorizationPolicy app/p spec.provider.name\n");
}

TEST(CheckSecurity, TellsOfSeveralAuthorizersOfOneProxy) {
  const std::string providers =
      "---\nextensionProviders:\n"
      "- {name: a, envoyExtAuthzGrpc: {service: web.app.svc.cluster.local, port: 80}}\n"
      "- {name: b, envoyExtAuthzGrpc: {service: web.app.svc.cluster.local, port: 80}}\n"
      "---\napiVersion: v1\nkind: Pod\n"
      "metadata: {name: web-1, namespace: app, labels: {app: web}}\n"
      "spec: {containers: [{name: istio-proxy, image: proxyv2, args: [proxy, sidecar]}]}\n"
      "status: {phase: Running, podIP: 10.1.0.2, podIPs: [{ip: 10.1.0.2}]}\n";
  const std::string a = policy("a", "{action: CUSTOM, provider: {name: a}, rules: [{}]}");
  EXPECT_EQ(
      findings(a + policy("b", "{action: CUSTOM, provider: {name: b}, rules: [{}]}") + providers),
      "authorization-invalid AuthorizationPolicy app/b spec.provider.name\n");
  EXPECT_EQ(findings(a +
                     policy("b",
                            "{selector: {matchLabels: {app: x}}, action: CUSTOM, "
                            "provider: {name: b}, rules: [{}]}") +
                     providers),
            "")
      << "they are for different workloads";
}

TEST(CheckSecurity, TheOldestPeerAuthenticationOfANamespaceCounts) {
  EXPECT_EQ(findings(object("PeerAuthentication", "a", "{mtls: {mode: STRICT}}") +
                     object("PeerAuthentication", "b", "{mtls: {mode: DISABLE}}")),
            "policy-shadowed PeerAuthentication app/b spec\n");
}

}  // namespace
}  // namespace mesh::xds::testing
