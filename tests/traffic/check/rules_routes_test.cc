// What Istio refuses of VirtualServices, and what looks like it and is taken.
#include "libmesh/traffic/check/header_value.h"
#include "tests/traffic/check/refusals.h"

namespace mesh::traffic {
namespace {

const std::string kTo = "route: [{destination: {host: a}}]";

// A VirtualService with one route that goes somewhere, or with what is written instead.
std::string http(const std::string& text, const std::string& action = kTo) {
  return "{hosts: [a], http: [{" + action + (action.empty() || text.empty() ? "" : ", ") + text +
         "}]}";
}

struct Row {
  std::string spec;
  std::string field;
};
void expect_fields(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_THAT(refusals("VirtualService", row.spec),
                ::testing::ElementsAre(::testing::StartsWith(row.field + ": ")))
        << row.spec;
  }
}
void expect_none(const std::vector<std::string>& specs) {
  for (const std::string& spec : specs) {
    EXPECT_THAT(refusals("VirtualService", spec), ::testing::IsEmpty()) << spec;
  }
}

TEST(RulesRoutes, HostsGatewaysAndDestinations) {
  expect_fields({
      {"{hosts: [a_b], http: [{" + kTo + "}]}", "spec.hosts[0]"},
      {"{hosts: [\"a*\"], http: [{" + kTo + "}]}", "spec.hosts[0]"},
      {"{hosts: [a], gateways: [a/b/c], http: [{" + kTo + "}]}", "spec.gateways[0]"},
      {"{hosts: [a], gateways: [a_b], http: [{" + kTo + "}]}", "spec.gateways[0]"},
      {"{gateways: [b], http: [{" + kTo + "}]}", "spec.gateways"},
      {"{tcp: [{" + kTo + "}]}", "spec.tcp"},
      {"{hosts: [a], exportTo: [\"~\"], http: [{" + kTo + "}]}", "spec.exportTo[0]"},
      {http("", "route: [{destination: {host: \"*\"}}]"), "spec.http[0].route[0].destination.host"},
      {http("", "route: [{destination: {host: 10.0.0.1}}]"),
       "spec.http[0].route[0].destination.host"},
      {http("", "route: [{destination: {host: a, subset: v_1}}]"),
       "spec.http[0].route[0].destination.subset"},
      {http("", "route: [{destination: {host: a, port: {number: 0}}}]"),
       "spec.http[0].route[0].destination.port.number"},
      {"{hosts: [a], tcp: [{match: [{port: 1}]}]}", "spec.tcp[0].route"},
      {"{hosts: [a], tcp: [{match: [{destinationSubnets: [a]}], " + kTo + "}]}",
       "spec.tcp[0].match[0].destinationSubnets[0]"},
      {"{hosts: [a.b], tls: [{match: [{sniHosts: [a.b], port: 65536}], " + kTo + "}]}",
       "spec.tls[0].match[0].port"},
  });
  expect_none({
      http(""),
      "{hosts: [10.0.0.1, \"*.a.b\"], gateways: [mesh, app/b, c.app.svc.cluster.local], http: [{" +
          kTo + "}]}",
      "{http: [{" + kTo + "}]}",
      "{hosts: [\"fe80::1%eth0\"], http: [{" + kTo + "}]}",
      // Istio looks at no name after the first without a namespace.
      "{hosts: [a], gateways: [mesh, app/b.c], http: [{" + kTo + "}]}",
      "{hosts: [outbound_.80_._.a.b], gateways: [c], tls: [{match: [{sniHosts: "
      "[outbound_.80_._.a.b]}], " +
          kTo + "}]}",
  });
}

TEST(RulesRoutes, Actions) {
  expect_fields({
      {http("fault: {abort: {httpStatus: 500}}", "redirect: {uri: /a}"), "spec.http[0].fault"},
      {http("rewrite: {uri: /a}", "directResponse: {status: 200}"), "spec.http[0].rewrite"},
      {http("directResponse: {status: 200}", "redirect: {uri: /a}"), "spec.http[0].redirect"},
      {http("mirror: {host: a}, mirrors: [{destination: {host: a}}]"), "spec.http[0].mirrors"},
      {http("mirrors: [{percentage: {value: 1}}]"), "spec.http[0].mirrors[0].destination"},
      {http("", "redirect: {}"), "spec.http[0].redirect"},
      {http("", "redirect: {uri: /a, prefixRewrite: /b}"), "spec.http[0].redirect.prefixRewrite"},
      {http("match: [{uri: {exact: /a}}]", "redirect: {prefixRewrite: /b}"),
       "spec.http[0].redirect.prefixRewrite"},
      {http("", "redirect: {uri: /a, redirectCode: 200}"), "spec.http[0].redirect.redirectCode"},
      {http("", "directResponse: {status: 199}"), "spec.http[0].directResponse.status"},
      {http("rewrite: {uriRegexRewrite: {match: a}}"),
       "spec.http[0].rewrite.uriRegexRewrite.rewrite"},
      {http("timeout: 0s"), "spec.http[0].timeout"},
      {http("retries: {attempts: 0, retryOn: 5xx}"), "spec.http[0].retries.attempts"},
      {http("retries: {attempts: 2, retryOn: \"5xx, reset\"}"), "spec.http[0].retries.retryOn"},
      {http("retries: {attempts: 2, retryOn: \"599\"}"), "spec.http[0].retries.retryOn"},
      {http("retries: {attempts: 2, backoff: 0s}"), "spec.http[0].retries.backoff"},
      {http("fault: {abort: {grpcStatus: NOPE}}"), "spec.http[0].fault.abort.grpcStatus"},
      {http("fault: {abort: {http2Error: a}}"), "spec.http[0].fault.abort.http2Error"},
      {http("fault: {abort: {httpStatus: 500, percentage: {value: 0.00001}}}"),
       "spec.http[0].fault.abort.percentage.value"},
      {http("fault: {delay: {exponentialDelay: 1s}}"), "spec.http[0].fault.delay.exponentialDelay"},
      {http("corsPolicy: {allowOrigins: [{exact: \"\"}]}"),
       "spec.http[0].corsPolicy.allowOrigins[0]"},
      {http("corsPolicy: {allowHeaders: [\"a, b\"]}"), "spec.http[0].corsPolicy.allowHeaders[0]"},
      {http("corsPolicy: {maxAge: 1.5s}"), "spec.http[0].corsPolicy.maxAge"},
      {"{http: [{delegate: {name: b}}]}", "spec.http[0].delegate"},
      {"{hosts: [outbound_.80_._.a.b], gateways: [c], http: [{" + kTo + "}]}", "spec.hosts[0]"},
      {http("retries: {attempts: 2, retryOn: \"-503\"}"), "spec.http[0].retries.retryOn"},
  });
  expect_none({
      http("", "redirect: {uri: /a, redirectCode: 304}"),
      http("", "redirect: {derivePort: FROM_REQUEST_PORT}"),
      http("match: [{uri: {prefix: /a}}, {}]", "redirect: {prefixRewrite: /b}"),
      http("retries: {attempts: 2, retryOn: \"5xx,429,unavailable\"}"),
      http("retries: {attempts: 0}"),
      http("retries: {attempts: 2, retryOn: \"+503,0503\"}"),
      http("corsPolicy: {allowHeaders: [\"a,b\"]}"),
      http("mirror: {host: a}, mirrors: [{destination: {host: a}}]", "delegate: {name: b}"),
      http("fault: {abort: {percentage: {value: 0}}, delay: {percentage: {value: 100}}}"),
      http("corsPolicy: {allowOrigins: [{prefix: a}], allowHeaders: [\"*\"], maxAge: 24h}"),
  });
}

// One level of delegates counts where they have no hosts; one that has some is a root itself.
TEST(RulesRoutes, ARootThatOthersDelegateToMayDelegate) {
  index::Store store;
  store.apply(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: top, namespace: app}\n"
      "spec: {hosts: [t], http: [{delegate: {name: middle}}]}\n---\n"
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: middle, namespace: app}\n"
      "spec: {hosts: [m], http: [{delegate: {name: leaf}}]}\n",
      "f.yaml");
  const auto snapshot = store.snapshot();
  EXPECT_THAT(check_route_rules(*snapshot->mesh(snapshot->tenants().list.front().id)),
              ::testing::IsEmpty());
}

TEST(RulesRoutes, Matches) {
  expect_fields({
      {http("match: [{method: {prefix: \"\"}}]"), "spec.http[0].match[0].method.prefix"},
      {http("match: [{uri: {regex: \"\"}}]"), "spec.http[0].match[0].uri.regex"},
      {http("match: [{headers: {a: {regex: " + std::string(1025, 'a') + "}}}]"),
       "spec.http[0].match[0].headers.a.regex"},
      {http("match: [{headers: {\"a b\": {exact: c}}}]"), "spec.http[0].match[0].headers.a b"},
      {http("match: [{withoutHeaders: {\":a\": {exact: c}}}]"),
       "spec.http[0].match[0].withoutHeaders.:a"},
      {http("match: [{headers: {\"@request.auth.claims.a\": {exact: c}}}]"),
       "spec.http[0].match[0].headers.@request.auth.claims.a"},
      {http("match: [{port: 65536}]"), "spec.http[0].match[0].port"},
      {http("match: [{sourceLabels: {\"a b\": c}}]"), "spec.http[0].match[0].sourceLabels"},
      {http("match: [{sourceNamespace: a.b}]"), "spec.http[0].match[0].sourceNamespace"},
      {http("match: [{gateways: [a_b]}]"), "spec.http[0].match[0].gateways[0]"},
      {http("match: [{uri: {regex: \"/\\\\C\"}}]"), "spec.http[0].match[0].uri.regex"},
      {http("match: [{uri: {regex: \"(?<=a)b\"}}]"), "spec.http[0].match[0].uri.regex"},
  });
  expect_none({
      http("match: [{uri: {prefix: \"\"}}]"),
      http("match: [{uri: {regex: \"/(?<id>[0-9]+)\"}}]"),
      http("match: [{headers: {\"a,b\": {exact: c}}}]"),
      "{hosts: [a], tcp: [{match: [{sourceNamespace: a.b}], " + kTo + "}]}",
      http("match: [{withoutHeaders: {a: {regex: \"*\"}}, headers: {\":authority\": {exact: a}}}]"),
      "{hosts: [a], gateways: [b], http: [{match: [{headers: {\"@request.auth.claims[a]\": {exact: "
      "c}}}], " +
          kTo + "}]}",
  });
}

TEST(RulesRoutes, Headers) {
  expect_fields({
      {http("headers: {request: {set: {\":path\": /a}}}"), "spec.http[0].headers.request.set"},
      {http("headers: {response: {add: {host: a}}}"), "spec.http[0].headers.response.add"},
      {http("headers: {request: {remove: [Host]}}"), "spec.http[0].headers.request.remove[0]"},
      {http("headers: {request: {set: {a: \"50%\"}}}"), "spec.http[0].headers.request.set.a"},
      {http("", "route: [{destination: {host: a}, headers: {response: {remove: [\"\"]}}}]"),
       "spec.http[0].route[0].headers.response.remove[0]"},
      {http("rewrite: {authority: a}, headers: {request: {set: {host: b}}}"),
       "spec.http[0].headers.request.set.host"},
  });
  expect_none({
      http("headers: {request: {set: {host: b, a: \"%DOWNSTREAM_REMOTE_ADDRESS%\"}, remove: [c]}}"),
      http("headers: {response: {add: {a: \"100%%\", \"a b\": c}}}"),
  });
}

TEST(HeaderValues, AreReadAsEnvoyReadsThem) {
  for (const char* good : {"", "a", "100%%", "%HOSTNAME%", "a %HOSTNAME% b", "%REQ(X-A?:path)%",
                           "a\tb", "%DYNAMIC_METADATA([\"a\", \"b\"])%",
                           "%UPSTREAM_METADATA( [ \"a\\\"\" ] ) %", "%A(b)%%C%"}) {
    EXPECT_EQ(header_value_fault(good), "") << good;
  }
  for (const char* bad :
       {"%", "a%", "50% b", "%HOSTNAME", "%START_TIME%%", "%A(", "%A(b", "%A(b)", "%A([b])%",
        "%A([\"b\" \"c\"])%", "%A([\"b\"]c)%", "%A(b)c%", "%A(b\\", "a\nb", "a\x7f"}) {
    EXPECT_NE(header_value_fault(bad), "") << bad;
  }
}

}  // namespace
}  // namespace mesh::traffic
