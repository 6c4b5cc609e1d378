// Which of several VirtualServices at a gateway takes a request, and that the others' owners are told.
#include "libmesh/traffic/check/gateway_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/traffic/traffic.h"
#include "tests/traffic/check/told.h"

namespace mesh::traffic {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kGateway = object("Gateway", "edge",
                                    "{selector: {istio: gw}, servers: ["
                                    "{port: {number: 80, name: http, protocol: HTTP}, hosts: "
                                    "[\"*.example.com\"]}, "
                                    "{port: {number: 6000, name: tcp, protocol: TCP}, hosts: "
                                    "[\"*\"]}, "
                                    "{port: {number: 443, name: tls, protocol: TLS}, tls: {mode: "
                                    "PASSTHROUGH}, hosts: [\"*\"]}]}");

// Of a gateway proxy in namespace app for each selector that Gateways have.
Diagnostics told(const std::string& text) {
  index::Store store;
  store.apply(text, "f.yaml");
  const auto snapshot = store.snapshot();
  const model::TenantId tenant = snapshot->tenants().list.front().id;
  const TrafficPtr traffic = Traffic::make(snapshot->mesh(tenant));
  std::vector<GatewayOfProxy> gateways;
  for (const index::Gateway& gateway : traffic->mesh().gateways) {
    const auto proxy =
        index::assumed_proxy(tenant, model::ProxyType::kGateway, "app", gateway->selector);
    const GatewayOfProxy has{"app", traffic->view(proxy).gateway};
    if (std::find(gateways.begin(), gateways.end(), has) == gateways.end()) gateways.push_back(has);
  }
  return gateway_routes(traffic->mesh(), gateways);
}

std::string rule(const std::string& name, const std::string& rest,
                 const std::string& created = kCreated, const std::string& ns = "app") {
  return object("VirtualService", name,
                "{hosts: [shop.example.com], gateways: [app/edge], " + rest + "}", created, ns);
}

// HTTP routes with these matches, one each; "" is none.
std::string http(const std::vector<std::string>& matches) {
  std::string out;
  for (const std::string& match : matches) {
    out += out.empty() ? "" : ", ";
    out += match.empty() ? "{" : "{match: [" + match + "], ";
    out += "route: [{destination: {host: cart}}]}";
  }
  return "http: [" + out + "]";
}

constexpr const char* kX = "{uri: {prefix: /x}}";
constexpr const char* kXy = "{uri: {prefix: /x/y}}";

TEST(GatewayRoutes, TheOldersMatchTakesWhatIsWithinIt) {
  const auto found =
      told(kGateway + rule("a", http({kX})) + rule("b", http({kXy, "{uri: {exact: /z}}"}), kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/b spec.http[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("VirtualService app/a spec.http[0].match[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("which is older"));
  EXPECT_THAT(found[0].message, HasSubstr("host \"shop.example.com\""));
  EXPECT_NE(found[0].line, 0U);
}

TEST(GatewayRoutes, NarrowerOnesBeforeWiderOnesAreFine) {
  EXPECT_THAT(told(kGateway + rule("a", http({kXy})) + rule("b", http({kX}))), IsEmpty());
  EXPECT_THAT(told(kGateway + rule("a", http({"{uri: {prefix: /a}}"})) +
                   rule("b", http({"{uri: {prefix: /b}}"}))),
              IsEmpty());
}

TEST(GatewayRoutes, WhatMatchesEveryRequestComesLast) {
  EXPECT_THAT(told(kGateway + rule("a", http({""})) + rule("b", http({kX}))), IsEmpty());
  const auto found =
      told(kGateway + rule("a", http({""})) + rule("b", http({kX, "{uri: {prefix: /}}"}), kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/b spec.http[1]"));
  EXPECT_THAT(found[0].message, HasSubstr("come last"));
}

TEST(GatewayRoutes, MatchesOfHeadersAndCaseAreCompared) {
  const std::string wide = "{uri: {prefix: /X}, ignoreUriCase: true, headers: {v: {exact: a}}}";
  EXPECT_THAT(places(told(kGateway + rule("a", http({wide})) +
                          rule("b", http({"{uri: {prefix: /x/y}, headers: {v: {exact: a}, w: "
                                          "{exact: b}}}"})))),
              ElementsAre("VirtualService app/b spec.http[0]"));
  EXPECT_THAT(told(kGateway + rule("a", http({wide})) + rule("b", http({kXy}))), IsEmpty());
}

TEST(GatewayRoutes, OneOfSeveralMatchesIsToldAtTheMatch) {
  const auto found = told(kGateway + rule("a", http({kX})) +
                          rule("b", http({std::string(kXy) + ", {uri: {prefix: /z}}"}), kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/b spec.http[0].match[0]"));
}

TEST(GatewayRoutes, OtherHostsAndGatewaysGoTogether) {
  EXPECT_THAT(told(kGateway + rule("a", http({kX})) +
                   object("VirtualService", "b",
                          "{hosts: [other.example.com], gateways: [edge], " + http({kX}) + "}") +
                   object("VirtualService", "c",
                          "{hosts: [shop.example.com], gateways: [else], " + http({kX}) + "}")),
              IsEmpty());
}

TEST(GatewayRoutes, HostsMeetUnderTheNarrowerName) {
  const auto found =
      told(kGateway +
           object("VirtualService", "a", "{hosts: [\"*\"], gateways: [edge], " + http({kX}) + "}") +
           object("VirtualService", "b",
                  "{hosts: [\"*.example.com\"], gateways: [edge], " + http({kX}) + "}", kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/b spec.http[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("\"*.example.com\""));
}

TEST(GatewayRoutes, AGatewayThatIsNotThereHasHostsToo) {
  EXPECT_THAT(places(told(rule("a", http({kX})) + rule("b", http({kX}), kLater))),
              ElementsAre("VirtualService app/b spec.http[0]"));
}

TEST(GatewayRoutes, APrivateOneComesFirst) {
  const auto found = told(kGateway + rule("a", http({kX})) +
                          rule("b", "exportTo: [\".\"], " + http({kX}), kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/a spec.http[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("fewer namespaces"));
  EXPECT_THAT(told(kGateway + rule("a", http({kX})) +
                   rule("b", "exportTo: [\".\"], " + http({kX}), kLater, "other")),
              IsEmpty())
      << "the gateway does not see it";
}

TEST(GatewayRoutes, WhatADelegateTakesIsNotKnownOfItsRoot) {
  const std::string delegated = "http: [{match: [{uri: {prefix: /x}}], delegate: {name: d}}]";
  EXPECT_THAT(told(kGateway + rule("a", delegated) + rule("b", http({kXy}))), IsEmpty());
  EXPECT_THAT(places(told(kGateway + rule("a", http({kX})) + rule("b", delegated))),
              ElementsAre("VirtualService app/b spec.http[0]"));
}

TEST(GatewayRoutes, TheFirstTcpRouteTakesThePort) {
  const std::string tcp = "tcp: [{match: [{port: 6000}], route: [{destination: {host: cart}}]}]";
  const auto found = told(kGateway + rule("a", tcp) + rule("b", tcp, kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/b spec.tcp[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("port 6000"));
  EXPECT_THAT(found[0].message, HasSubstr("VirtualService app/a spec.tcp[0]"));
}

TEST(GatewayRoutes, ATlsMatchWithATakenNameIsLeftOut) {
  const auto tls = [](const std::string& names) {
    return "tls: [{match: [{port: 443, sniHosts: [" + names +
           "]}], route: [{destination: {host: cart}}]}]";
  };
  const auto found = told(kGateway + rule("a", tls("shop.example.com")) +
                          rule("b", tls("other.example.com, shop.example.com"), kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/b spec.tls[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("name \"shop.example.com\" on port 443"));
  EXPECT_THAT(told(kGateway + rule("a", tls("shop.example.com")) +
                   rule("b", tls("other.example.com"), kLater)),
              IsEmpty());
}

std::string gateway(const std::string& name, const std::string& label, const std::string& server,
                    const std::string& created = kCreated) {
  return object("Gateway", name, "{selector: {istio: " + label + "}, servers: [" + server + "]}",
                created);
}

std::string bound_to(const std::string& name, const std::string& gateways, const std::string& rest,
                     const std::string& created = kCreated) {
  return object("VirtualService", name,
                "{hosts: [shop.example.com], gateways: [" + gateways + "], " + rest + "}", created);
}

constexpr const char* kHttpServer =
    "{port: {number: 80, name: http, protocol: HTTP}, hosts: [\"*\"]}";
constexpr const char* kTlsServer =
    "{port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}, hosts: ";

// One port of one proxy has one table of routes, whichever Gateways opened it.
TEST(GatewayRoutes, VirtualServicesMeetThroughTwoGatewaysOfOneProxy) {
  const std::string two = gateway("young", "gw", kHttpServer, kLater) +
                          gateway("old", "gw", kHttpServer) + bound_to("a", "young", http({kX})) +
                          bound_to("b", "old", http({kX}), kLater);
  const auto found = told(two);
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/a spec.http[0]"))
      << "the older Gateway's come first, whatever the age of the VirtualServices";
  EXPECT_THAT(found[0].message, HasSubstr("at Gateway app/young, no request"));
  EXPECT_THAT(found[0].message,
              HasSubstr("VirtualService app/b spec.http[0].match[0], which comes by Gateway "
                        "app/old, which is older"));
}

TEST(GatewayRoutes, TwoGatewaysOfDifferentProxiesPortsOrTlsServersDoNotMeet) {
  const std::string rules = bound_to("a", "one", http({kX})) + bound_to("b", "two", http({kX}));
  EXPECT_THAT(told(gateway("one", "gw", kHttpServer) + gateway("two", "else", kHttpServer) + rules),
              IsEmpty());
  EXPECT_THAT(told(gateway("one", "gw", kHttpServer) +
                   gateway("two", "gw",
                           "{port: {number: 81, name: http, protocol: HTTP}, hosts: [\"*\"]}") +
                   rules),
              IsEmpty());
  EXPECT_THAT(told(gateway("one", "gw", kHttpServer) +
                   gateway("two", "gw",
                           "{port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: "
                           "SIMPLE, credentialName: c}, hosts: [\"*\"]}") +
                   rules),
              IsEmpty());
}

TEST(GatewayRoutes, ARuleOfTwoGatewaysOfOneProxyDoesNotMeetItself) {
  const std::string both = gateway("one", "gw", kHttpServer) + gateway("two", "gw", kHttpServer);
  EXPECT_THAT(told(both + bound_to("a", "one, two", http({kX}))), IsEmpty());
  const auto found = told(both + bound_to("a", "one, two", http({kX})) +
                          bound_to("b", "one, two", http({kXy}), kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/b spec.http[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("at Gateway app/one, no"));
}

TEST(GatewayRoutes, MatchesForOneOfTheGatewaysCountThere) {
  const std::string both = gateway("one", "gw", kHttpServer) + gateway("two", "gw", kHttpServer);
  const auto found = told(both +
                          bound_to("a", "one, two",
                                   http({"{gateways: [two], uri: {prefix: "
                                         "/x}}"})) +
                          bound_to("b", "one", http({kX}), kLater));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/a spec.http[0]"))
      << "app/b comes by the first Gateway, app/a by the second alone";
}

TEST(GatewayRoutes, ATlsNameIsTakenForAllGatewaysOfTheProxy) {
  const std::string tls =
      "tls: [{match: [{port: 443, sniHosts: [shop.example.com]}], route: [{destination: {host: "
      "cart}}]}]";
  const auto found = told(gateway("one", "gw", std::string(kTlsServer) + "[shop.example.com]}") +
                          gateway("two", "gw", std::string(kTlsServer) + "[\"*.example.com\"]}") +
                          bound_to("a", "one", tls, kLater) + bound_to("b", "two", tls));
  EXPECT_THAT(places(found), ElementsAre("VirtualService app/b spec.tls[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("which comes by Gateway app/one"));
}

TEST(GatewayRoutes, ManyRoutesOfOneHostAreToldWithoutComparingAllWithAll) {
  std::string text = kGateway;
  for (int i = 0; i < 300; ++i) {
    const std::string path = "{uri: {prefix: /p" + std::to_string(i) + "-}}";
    text += rule("r" + std::to_string(1000 + i), http({path, "{uri: {prefix: /same}}"}));
  }
  EXPECT_EQ(told(text).size(), 299U);
}

}  // namespace
}  // namespace mesh::traffic
