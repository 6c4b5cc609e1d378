// Which of several services has a host, an address or a port of a pod, and that the others' owners are told.
#include "libmesh/traffic/check/service_conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traffic/check/told.h"

namespace mesh::traffic {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Snapshot {
  index::Store store;
  index::SnapshotPtr snapshot;
  index::MeshPtr mesh;

  explicit Snapshot(const std::string& text) {
    store.apply(text, "f.yaml");
    snapshot = store.snapshot();
    mesh = snapshot->mesh(snapshot->tenants().list.front().id);
  }
};

std::string entry(const std::string& name, const std::string& host, const std::string& rest,
                  const std::string& created = kCreated, const std::string& ns = "app") {
  return object("ServiceEntry", name, "{hosts: [" + host + "], resolution: DNS, " + rest + "}",
                created, ns);
}

std::string port(int number, const std::string& protocol) {
  return "ports: [{number: " + std::to_string(number) + ", name: p, protocol: " + protocol + "}]";
}

// ---- addresses ------------------------------------------------------------------------------

Diagnostics of_addresses(const std::string& text) {
  const Snapshot given(text);
  return shared_addresses(*given.snapshot, *Traffic::make(given.mesh));
}

TEST(SharedAddresses, OfTwoTcpPortsWithoutAddressTheOldersListens) {
  const auto found = of_addresses(entry("a", "a.net", port(6000, "TCP"), kLater) +
                                  entry("b", "b.net", port(6000, "TCP")));
  EXPECT_THAT(places(found), ElementsAre("ServiceEntry app/a spec.ports[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("ServiceEntry app/b spec.ports[0], which is older"));
  EXPECT_THAT(found[0].message, HasSubstr("\"a.net\" go to \"b.net\""));
}

TEST(SharedAddresses, OtherPortsAddressesAndProtocolsGoTogether) {
  EXPECT_THAT(
      of_addresses(entry("a", "a.net", port(6000, "TCP")) + entry("b", "b.net", port(6001, "TCP"))),
      IsEmpty());
  EXPECT_THAT(of_addresses(entry("a", "a.net", "addresses: [240.0.0.1], " + port(6000, "TCP")) +
                           entry("b", "b.net", port(6000, "TCP"))),
              IsEmpty());
  for (const char* protocol : {"HTTP", "TLS"}) {
    EXPECT_THAT(of_addresses(entry("a", "a.net", port(6000, protocol)) +
                             entry("b", "b.net", port(6000, protocol))),
                IsEmpty())
        << protocol;
  }
}

TEST(SharedAddresses, TheAddressOfAServiceIsTaken) {
  const auto found = of_addresses(
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: app}\n"
      "spec: {clusterIP: 10.0.0.7, ports: [{name: tcp, port: 6000}]}\n" +
      entry("z", "z.net", "addresses: [10.0.0.7], " + port(6000, "TCP"), kLater));
  EXPECT_THAT(places(found), ElementsAre("ServiceEntry app/z spec.ports[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("Service app/db spec.ports[0]"));
}

// Such proxies listen at the allocated address of each host.
TEST(SharedAddresses, WhereProxiesAnswerForDnsHostsHaveAddresses) {
  const std::string both =
      entry("a", "a.net", port(6000, "TCP")) + entry("b", "b.net", port(6000, "TCP"), kLater);
  const auto with = [](const std::string& annotation) {
    return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: app, annotations: "
           "{proxy.istio.io/config: '" +
           annotation +
           "'}}\nspec: {containers: [{name: istio-proxy}]}\nstatus: {podIP: 10.0.0.1}\n";
  };
  EXPECT_THAT(of_addresses(both + with("proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}")),
              IsEmpty());
  EXPECT_THAT(places(of_addresses(both + with("concurrency: 1"))),
              ElementsAre("ServiceEntry app/b spec.ports[0]"));
}

// The name of a ServiceEntry's service is its host.
TEST(SharedAddresses, OfTheSameAgeTheFirstByHostListens) {
  const auto found =
      of_addresses(entry("z", "a.net", port(6000, "TCP")) + entry("a", "b.net", port(6000, "TCP")));
  EXPECT_THAT(places(found), ElementsAre("ServiceEntry app/a spec.ports[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("first by name (a ServiceEntry's is its host)"));
}

TEST(SharedAddresses, WhatNoNamespaceSeesTogetherDoesNotMeet) {
  const std::string own = "exportTo: [\".\"], ";
  EXPECT_THAT(of_addresses(entry("a", "a.net", own + port(6000, "TCP")) +
                           entry("b", "b.net", own + port(6000, "TCP"), kLater, "other")),
              IsEmpty());
  const auto found = of_addresses(entry("a", "a.net", port(6000, "TCP")) +
                                  entry("b", "b.net", own + port(6000, "TCP"), kLater));
  EXPECT_THAT(places(found), ElementsAre("ServiceEntry app/a spec.ports[0]"))
      << "what few see comes first";
}

TEST(SharedAddresses, ASidecarKeepsThemApart) {
  EXPECT_THAT(
      of_addresses(entry("a", "a.net", port(6000, "TCP")) + entry("b", "b.net", port(6000, "TCP")) +
                   object("Sidecar", "s", "{egress: [{hosts: [\"./a.net\"]}]}")),
      IsEmpty());
}

// ---- hosts ----------------------------------------------------------------------------------

Diagnostics of_hosts(const std::string& text) {
  const Snapshot given(text);
  return entry_hosts(*given.snapshot, *given.mesh);
}

TEST(EntryHosts, InOneNamespaceTheFirstsProtocolCounts) {
  const auto found = of_hosts(entry("a", "a.net", port(80, "HTTP")) +
                              entry("b", "a.net", port(80, "TCP"), kLater));
  EXPECT_THAT(places(found), ElementsAre("ServiceEntry app/b spec.ports[0].protocol"));
  EXPECT_THAT(found[0].message, HasSubstr("ServiceEntry app/a spec.ports[0].protocol"));
  EXPECT_EQ(found[0].severity, Severity::kWarning);
}

TEST(EntryHosts, InOneNamespaceTheFirstsResolutionAndLocationCountForPortsOfBoth) {
  const std::string second = "{hosts: [a.net], resolution: NONE, location: MESH_INTERNAL, ";
  EXPECT_THAT(
      places(of_hosts(entry("a", "a.net", port(80, "HTTP")) +
                      object("ServiceEntry", "b", second + port(80, "HTTP") + "}"))),
      ElementsAre("ServiceEntry app/b spec.resolution", "ServiceEntry app/b spec.location"));
  EXPECT_THAT(of_hosts(entry("a", "a.net", port(80, "HTTP")) +
                       object("ServiceEntry", "b", second + port(81, "HTTP") + "}")),
              IsEmpty());
}

TEST(EntryHosts, OfSeveralNamespacesEachFollowsItsOwnAndOthersTheFirst) {
  const auto found = of_hosts(entry("a", "a.net", port(80, "HTTP")) +
                              entry("b", "a.net", port(80, "TCP"), kLater, "other"));
  EXPECT_THAT(places(found), ElementsAre("ServiceEntry other/b spec.hosts[0]"));
  EXPECT_EQ(found[0].severity, Severity::kInfo);
  EXPECT_THAT(found[0].message, HasSubstr("ServiceEntry app/a spec.hosts[0], which is older"));
}

TEST(EntryHosts, EqualOnesAndPrivateOnesHaveNothingToTell) {
  EXPECT_THAT(of_hosts(entry("a", "a.net", port(80, "HTTP")) +
                       entry("b", "a.net", port(80, "HTTP"), kLater, "other")),
              IsEmpty());
  EXPECT_THAT(
      of_hosts(entry("a", "a.net", port(80, "HTTP")) +
               entry("b", "a.net", "exportTo: [\".\"], " + port(80, "TCP"), kLater, "other")),
      IsEmpty());
}

// ---- ports of pods --------------------------------------------------------------------------

Diagnostics of_targets(const std::string& text) {
  const Snapshot given(text);
  return target_ports(*given.snapshot, Surroundings(*given.mesh));
}

std::string service(const std::string& name, const std::string& ports) {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         ", namespace: app}\nspec: {selector: {app: web}, ports: [" + ports + "]}\n";
}

std::string pod(const std::string& containers) {
  return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: app, labels: {app: web}}\n"
         "spec: {containers: [" +
         containers + "]}\nstatus: {podIP: 10.0.0.1}\n";
}

constexpr const char* kProxied =
    "{name: c, ports: [{name: main, containerPort: 8080}]}, {name: istio-proxy}";

TEST(TargetPorts, TheFirstServicesProtocolCounts) {
  const std::string web = service("web", "{name: http, port: 80, targetPort: 8080}");
  const auto found = of_targets(pod(kProxied) + web +
                                service("web2", "{name: tcp-x, port: 99, targetPort: main}"));
  EXPECT_THAT(places(found), ElementsAre("Service app/web2 spec.ports[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("port 8080 of Pod app/p"));
  EXPECT_THAT(found[0].message, HasSubstr("HTTP, by Service app/web spec.ports[0]"));
  EXPECT_THAT(of_targets(pod(kProxied) + web +
                         service("web2", "{name: http-x, port: 99, targetPort: main}")),
              IsEmpty());
}

// What pods of another cluster serve is said by the Services of theirs.
TEST(TargetPorts, EachClusterForItself) {
  const std::string web = service("web", "{name: http, port: 80, targetPort: 8080}");
  const std::string other = service("web2", "{name: tcp-x, port: 99, targetPort: main}");
  const std::string space = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: app}\n";
  const auto told = [&](const std::string& own, const std::string& east) {
    index::Store store;
    store.apply(space + own, "f.yaml");
    store.apply(space + east, "east.yaml", "east");
    const auto snapshot = store.snapshot();
    const auto mesh = snapshot->mesh(snapshot->tenants().list.front().id);
    return target_ports(*snapshot, Surroundings(*mesh));
  };
  EXPECT_THAT(told(web + other, pod(kProxied) + web), IsEmpty());
  EXPECT_THAT(told(pod("{name: c}") + web + other, pod(kProxied)), IsEmpty());
  const auto found = told(web, pod(kProxied) + web + other);
  EXPECT_THAT(places(found), ElementsAre("Service app/web2 spec.ports[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("port 8080 of Pod app/p in cluster \"east\" and"));
  EXPECT_EQ(found[0].file, "east.yaml");
}

// "cart-raw.app…" is before "cart.app…", though "cart" is before "cart-raw".
TEST(TargetPorts, OfTheSameAgeTheFirstByHostCounts) {
  const auto found =
      of_targets(pod(kProxied) + service("cart", "{name: http, port: 80, targetPort: 8080}") +
                 service("cart-raw", "{name: tcp, port: 8080}"));
  EXPECT_THAT(places(found), ElementsAre("Service app/cart spec.ports[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("TCP, by Service app/cart-raw spec.ports[0], which is as "
                                          "old and first by host"));
}

TEST(TargetPorts, WhereASidecarSaysThePortsServicesDoNot) {
  EXPECT_THAT(
      of_targets(pod(kProxied) + service("cart", "{name: http, port: 80, targetPort: 8080}") +
                 service("cart-raw", "{name: tcp, port: 8080}") +
                 object("Sidecar", "s",
                        "{workloadSelector: {labels: {app: web}}, ingress: [{port: {number: "
                        "8080, name: http, protocol: HTTP}, defaultEndpoint: "
                        "\"127.0.0.1:8080\"}]}")),
      IsEmpty());
}

// Their ports have names for Services, too.
TEST(TargetPorts, OfNativeSidecars) {
  const std::string native =
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: app, labels: {app: web}}\n"
      "spec: {containers: [{name: istio-proxy}], initContainers: [{name: o, restartPolicy: Always, "
      "ports: [{name: oauth, containerPort: 4180}]}]}\nstatus: {podIP: 10.0.0.1}\n";
  const auto found = of_targets(native + service("a", "{name: http, port: 80, targetPort: oauth}") +
                                service("b", "{name: tcp, port: 81, targetPort: 4180}"));
  EXPECT_THAT(places(found), ElementsAre("Service app/b spec.ports[0]"));
}

TEST(TargetPorts, WithoutAProxyNobodyReads) {
  EXPECT_THAT(
      of_targets(pod("{name: c}") + service("web", "{name: http, port: 80, targetPort: 8080}") +
                 service("web2", "{name: tcp-x, port: 99, targetPort: 8080}")),
      IsEmpty());
}

}  // namespace
}  // namespace mesh::traffic
