// Which of several DestinationRules of a host counts, and that the others' owners are told.
#include "libmesh/traffic/check/destination_conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traffic/check/told.h"

namespace mesh::traffic {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kCart =
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: app}\n"
    "spec: {ports: [{name: http, port: 80}]}\n";
constexpr const char* kPolicy = "trafficPolicy: {tls: {mode: DISABLE}}";

Diagnostics told(const std::string& text) { return told_by(text, destination_conflicts); }

std::string rule(const std::string& name, const std::string& fields, const std::string& ns = "app",
                 const std::string& created = kCreated) {
  return object("DestinationRule", name,
                "{host: cart.app.svc.cluster.local, " + fields + ", " + kPolicy + "}", created, ns);
}

TEST(DestinationConflicts, MergedOnesKeepTheOldestSubsetAndPolicy) {
  const auto found = told(object("DestinationRule", "a",
                                 "{host: cart, trafficPolicy: {tls: {mode: DISABLE}}, subsets: "
                                 "[{name: v1}, {name: v2}]}") +
                          object("DestinationRule", "b",
                                 "{host: cart.app.svc.cluster.local, trafficPolicy: {tls: {mode: "
                                 "SIMPLE}}, subsets: [{name: v3}, {name: v2}]}"));
  EXPECT_THAT(places(found), ElementsAre("DestinationRule app/b spec.subsets[1]",
                                         "DestinationRule app/b spec.trafficPolicy"));
  EXPECT_THAT(found[0].message, HasSubstr("DestinationRule app/a spec.subsets[1]"));
}

TEST(DestinationConflicts, TheSubsetOfASecondRuleCountsBeforeThatOfAThird) {
  const auto found = told(object("DestinationRule", "a", "{host: cart}") +
                          object("DestinationRule", "b", "{host: cart, subsets: [{name: v}]}") +
                          object("DestinationRule", "c", "{host: cart, subsets: [{name: v}]}"));
  EXPECT_THAT(places(found), ElementsAre("DestinationRule app/c spec.subsets[0]"));
  EXPECT_THAT(found[0].message, HasSubstr("DestinationRule app/b"));
}

TEST(DestinationConflicts, AnotherExportToKeepsRulesApart) {
  const auto found =
      told(rule("old", "exportTo: [\".\"]") + rule("new", "subsets: []", "app", kLater));
  EXPECT_THAT(places(found), ElementsAre("DestinationRule app/new spec.host"));
  EXPECT_THAT(found[0].message, HasSubstr("which is older"));
  EXPECT_THAT(found[0].message, HasSubstr("in namespace \"app\""));
}

TEST(DestinationConflicts, RulesForDifferentNamespacesDoNotMeet) {
  EXPECT_THAT(told(rule("a", "exportTo: [\".\"]") + rule("b", "exportTo: [other]")), IsEmpty());
}

TEST(DestinationConflicts, ARuleThatIsMergedIsNotApartToo) {
  const auto found = told(rule("a", "exportTo: [\".\"]") + rule("b", "exportTo: [\".\"]"));
  EXPECT_THAT(places(found), ElementsAre("DestinationRule app/b spec.trafficPolicy"));
}

TEST(DestinationConflicts, OfTwoThatSelectOnePodTheFirstCounts) {
  const std::string pod =
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: app, labels: {app: web, "
      "tier: front}}\nspec: {containers: [{name: c}]}\n";
  const std::string a = rule("a", "workloadSelector: {matchLabels: {app: web}}");
  const auto found = told(pod + a + rule("b", "workloadSelector: {matchLabels: {tier: front}}"));
  EXPECT_THAT(places(found), ElementsAre("DestinationRule app/b spec.workloadSelector"));
  EXPECT_THAT(found[0].message, HasSubstr("DestinationRule app/a"));
  EXPECT_THAT(told(pod + a + rule("b", "workloadSelector: {matchLabels: {tier: back}}")),
              IsEmpty());
}

TEST(DestinationConflicts, AClientsOwnRuleComesFirst) {
  const auto found = told(kCart + rule("a", "subsets: []") + rule("b", "subsets: []", "other"));
  EXPECT_THAT(places(found), ElementsAre("DestinationRule app/a spec.host"));
  EXPECT_EQ(found[0].severity, Severity::kInfo);
  EXPECT_THAT(found[0].message, HasSubstr("DestinationRule other/b"));
}

TEST(DestinationConflicts, ARuleOfTheServicesNamespaceComesBeforeOneOfTheRoot) {
  const auto found =
      told(kCart + rule("a", "subsets: []") + rule("b", "subsets: []", "istio-system"));
  EXPECT_THAT(places(found), ElementsAre("DestinationRule istio-system/b spec.host"));
  EXPECT_EQ(found[0].severity, Severity::kInfo);
}

TEST(DestinationConflicts, WhatAThirdNamespaceExportsNobodyFollows) {
  const auto found = told(kCart + rule("d", "exportTo: [\".\", app]", "edge"));
  EXPECT_THAT(places(found), ElementsAre("DestinationRule edge/d spec.exportTo[1]"));
  EXPECT_THAT(told(kCart + rule("d", "exportTo: [\".\"]", "edge")), IsEmpty());
  EXPECT_THAT(told(kCart + rule("d", "exportTo: [edge]", "app")), IsEmpty());
}

}  // namespace
}  // namespace mesh::traffic
