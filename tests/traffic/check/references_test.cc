// What VirtualServices name and cannot use.
#include "libmesh/traffic/check/references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traffic/check/told.h"

namespace mesh::traffic {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Diagnostics told(const std::string& text) {
  return told_by(text, [](const Surroundings& around) {
    Diagnostics out;
    check_route_references(around, out);
    return out;
  });
}

// ---- workloads that are no pods -------------------------------------------------------------

Diagnostics of_workloads(const std::string& text) {
  return told_by(
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: app, labels: {app: "
      "web}}\nspec: {containers: [{name: c}]}\n" +
          text,
      [](const Surroundings& around) {
        Diagnostics out;
        check_workload_references(around, out);
        return out;
      });
}

TEST(Workloads, OutsideOfKubernetesAreSelectedAndHaveAccounts) {
  const std::string policies =
      "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
      "metadata: {name: z, namespace: app}\nspec: {selector: {matchLabels: {app: vm}}, rules: "
      "[{from: [{source: {serviceAccounts: [vm]}}]}]}\n" +
      object("PeerAuthentication", "p",
             "{selector: {matchLabels: {app: vm}}, portLevelMtls: {80: {mode: STRICT}}}");
  EXPECT_EQ(of_workloads(policies).size(), 3U);
  EXPECT_THAT(of_workloads(policies + object("WorkloadEntry", "v",
                                             "{address: 10.1.2.3, labels: {app: vm}, "
                                             "serviceAccount: vm}")),
              IsEmpty());
  EXPECT_THAT(of_workloads(policies + object("WorkloadGroup", "v",
                                             "{metadata: {labels: {app: vm}}, template: "
                                             "{serviceAccount: vm}}")),
              IsEmpty());
}

TEST(Workloads, MayHavePortsThatNobodySaysButThoseOfTheirServicesAreMistaken) {
  const std::string service =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: app}\n"
      "spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}\n";
  const auto of_ports = [&](const std::string& port) {
    return of_workloads(service + object("PeerAuthentication", "p",
                                         "{selector: {matchLabels: {app: web}}, portLevelMtls: {" +
                                             port + ": {mode: STRICT}}}"));
  };
  EXPECT_THAT(of_ports("8080"), IsEmpty());
  EXPECT_THAT(of_workloads(service +
                           object("PeerAuthentication", "p",
                                  "{selector: {matchLabels: {app: web}}, "
                                  "portLevelMtls: {9090: {mode: STRICT}}}") +
                           object("Sidecar", "s",
                                  "{workloadSelector: {labels: {app: web}}, ingress: [{port: "
                                  "{number: 9090, name: http, protocol: HTTP}}]}")),
              IsEmpty());
  for (const auto& [port, severity] :
       {std::pair("9090", Severity::kInfo), std::pair("80", Severity::kWarning)}) {
    const auto found = of_ports(port);
    ASSERT_THAT(places(found),
                ElementsAre(std::string("PeerAuthentication app/p spec.portLevelMtls.") + port));
    EXPECT_EQ(found[0].severity, severity) << port;
  }
}

std::string of_hosts(const std::string& hosts) {
  return object("VirtualService", "v", "{hosts: [" + hosts + "], http: [{redirect: {uri: /}}]}");
}

// As Istio compares them.
TEST(Hosts, ThatMeetAsTheyAreWrittenAreRefused) {
  const auto found = told(of_hosts("\"*.example.com\", a.example.com"));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/v spec.hosts[1]"));
  EXPECT_EQ(found[0].severity, Severity::kError);
}

TEST(Hosts, AShortNameBesideItsFullOneIsARemark) {
  const std::string service =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: app}\n"
      "spec: {ports: [{name: http, port: 80}]}\n";
  const auto found = told(service + of_hosts("web, web.app.svc.cluster.local"));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/v spec.hosts[1]"));
  EXPECT_EQ(found[0].severity, Severity::kInfo);
}

// ---- ports of matches -----------------------------------------------------------------------

std::string asks_port_80(const std::string& ports, const std::string& rest) {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: app}\nspec: {ports: "
         "[" +
         ports + "]}\n" +
         object("Gateway", "edge",
                "{servers: [{port: {number: 443, name: https, protocol: HTTP}, hosts: [\"*\"]}]}") +
         object("VirtualService", "v", "{hosts: [web.app.svc.cluster.local], " + rest + "}");
}

TEST(MatchedPorts, Of80AreThoseOfHostsWithoutHttpToo) {
  const std::string safe = "{name: https, port: 443}";
  const std::string match = "http: [{match: [{port: 80}], redirect: {uri: /}}]";
  EXPECT_THAT(told(asks_port_80(safe, match)), IsEmpty());
  EXPECT_THAT(told(asks_port_80(safe, "gateways: [edge, mesh], " + match)), IsEmpty());
  const auto place = ElementsAre("VirtualService app/v spec.http[0].match[0].port");
  EXPECT_THAT(places(told(asks_port_80(safe, "gateways: [edge], " + match))), place);
  EXPECT_THAT(places(told(asks_port_80("{name: http, port: 8080}", match))), place);
  EXPECT_THAT(places(told(asks_port_80("{name: web, port: 8080}", match))), place);
  EXPECT_THAT(places(told(asks_port_80(
                  safe, "tcp: [{match: [{port: 80}], route: [{destination: {host: web}}]}]"))),
              ElementsAre("VirtualService app/v spec.tcp[0].match[0].port"));
}

std::string root(const std::string& delegate) {
  return object("VirtualService", "root",
                "{hosts: [shop.example.com], gateways: [edge], http: [{match: [{uri: {prefix: "
                "/a}}], delegate: " +
                    delegate + "}]}") +
         object("Gateway", "edge",
                "{servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [\"*\"]}]}");
}

constexpr const char* kRoute = "http: [{redirect: {uri: /}}]";

TEST(Delegates, OneThatIsNotExportedIsTold) {
  const auto hidden = [](const std::string& export_to) {
    return object("VirtualService", "d", "{exportTo: [" + export_to + "], " + kRoute + "}",
                  kCreated, "other");
  };
  const auto found = told(root("{name: d, namespace: other}") + hidden("\".\""));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/root spec.http[0].delegate"));
  EXPECT_THAT(found[0].message, HasSubstr("VirtualService other/d is not exported"));
  EXPECT_THAT(told(root("{name: d, namespace: other}") + hidden("app")), IsEmpty());
}

TEST(Delegates, OneWithHostsIsNone) {
  const auto found =
      told(root("{name: d}") +
           object("VirtualService", "d",
                  std::string("{hosts: [x.example.com], gateways: [edge], ") + kRoute + "}"));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/root spec.http[0].delegate.name"));
  EXPECT_THAT(found[0].message, HasSubstr("has hosts"));
}

TEST(Delegates, OneThatIsNotThereIsNamedAsTheNearest) {
  const auto found = told(root("{name: cert}") +
                          object("VirtualService", "cart", std::string("{") + kRoute + "}"));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/root spec.http[0].delegate.name"));
  EXPECT_THAT(found[0].mend, HasSubstr("cart"));
}

}  // namespace
}  // namespace mesh::traffic
