// The rules of NetworkPolicies, one row per sentence of the Kubernetes documentation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libmesh/base/codes.h"
#include "tests/tenancy/reach/cluster.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;

// a/web and a/db in a namespace with team=blue, b/web in one with team=green; web listens at http=8080
// (TCP), dns=5353 (UDP) and http=9090 (UDP); 10.0.0.9 is nobody's.
std::string cluster() {
  const char* ports =
      "{name: http, containerPort: 8080}, {name: dns, containerPort: 5353, protocol: UDP}, "
      "{name: http, containerPort: 9090, protocol: UDP}";
  return ns("a", "team: blue") + ns("b", "team: green") +
         net_pod("a", "web", "app: web", "10.0.1.1", ports) +
         net_pod("a", "db", "app: db", "10.0.1.2") +
         net_pod("b", "web", "app: web", "10.0.2.1", ports) +
         net_pod("b", "db", "app: db, tier: back", "10.0.2.2");
}

struct Row {
  const char* name;
  const char* spec;  // of a policy in namespace a
  const char* from;
  const char* to;
  const char* answer;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    index::SnapshotPtr now = snapshot_of(cluster() + policy("a", "p", row.spec));
    EXPECT_EQ(text_of(now->diagnostics()), "");
    EXPECT_EQ(asked(Network(now), row.from, row.to), row.answer) << row.spec;
  }
}

TEST(ReachRules, IsolationAndTypes) {
  check({
      {"a pod that no policy selects is open", "podSelector: {matchLabels: {app: other}}", "b/web",
       "a/web:8080", "yes"},
      {"a selected pod is isolated", "podSelector: {}", "b/web", "a/web:8080", "no"},
      {"from its own namespace too", "podSelector: {}", "a/db", "a/web:8080", "no"},
      {"an empty rule admits everything", "podSelector: {}, ingress: [{}]", "b/web", "a/web:8080",
       "yes"},
      {"an empty list of rules admits nothing", "podSelector: {}, ingress: []", "b/web",
       "a/web:8080", "no"},
      {"types absent: ingress alone without egress rules", "podSelector: {}", "a/web", "b/web:8080",
       "yes"},
      {"types absent: an empty list of egress rules is none", "podSelector: {}, egress: []",
       "a/web", "b/web:8080", "yes"},
      {"types absent: egress too with egress rules",
       "podSelector: {}, egress: [{to: [{podSelector: {}}]}]", "a/web", "b/web:8080", "no"},
      {"types absent: ingress is still one of them", "podSelector: {}, egress: [{}]", "b/web",
       "a/web:8080", "no"},
      {"only egress is isolated", "podSelector: {}, policyTypes: [Egress]", "b/web", "a/web:8080",
       "yes"},
      {"egress isolated, and nothing admitted", "podSelector: {}, policyTypes: [Egress]", "a/web",
       "b/web:8080", "no"},
      {"rules of a type that is not named do not count",
       "podSelector: {}, policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]", "a/web",
       "b/web:8080", "yes"},
      {"a pod always reaches itself", "podSelector: {}, policyTypes: [Ingress, Egress]", "a/web",
       "a/web:8080", "yes"},
      {"a selector with expressions",
       "podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", "b/web",
       "a/web:8080", "yes"},
  });
}

TEST(ReachRules, Peers) {
  check({
      {"from absent: every source", "podSelector: {}, ingress: [{ports: [{port: 8080}]}]", "b/web",
       "a/web:8080", "yes"},
      {"from empty: every source", "podSelector: {}, ingress: [{from: []}]", "10.0.0.9",
       "a/web:8080", "yes"},
      {"podSelector alone: the policy's own namespace",
       "podSelector: {}, ingress: [{from: [{podSelector: {}}]}]", "a/db", "a/web:8080", "yes"},
      {"podSelector alone: no other namespace",
       "podSelector: {}, ingress: [{from: [{podSelector: {}}]}]", "b/web", "a/web:8080", "no"},
      {"namespaceSelector alone: all its pods",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: green}}}]}]",
       "b/db", "a/web:8080", "yes"},
      {"namespaceSelector alone: not the own namespace without its label",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: green}}}]}]",
       "a/db", "a/web:8080", "no"},
      {"an empty namespaceSelector: all namespaces",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]", "b/db", "a/web:8080",
       "yes"},
      {"… but nothing outside of the cluster",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]", "10.0.0.9", "a/web:8080",
       "no"},
      {"both in one element: and",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: green}}, "
       "podSelector: {matchLabels: {app: web}}}]}]",
       "b/db", "a/web:8080", "no"},
      {"both in one element: both hold",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: green}}, "
       "podSelector: {matchLabels: {app: web}}}]}]",
       "b/web", "a/web:8080", "yes"},
      {"two elements: or",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: green}}}, "
       "{podSelector: {matchLabels: {app: web}}}]}]",
       "b/db", "a/web:8080", "yes"},
      {"namespaces by name",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: "
       "{kubernetes.io/metadata.name: b}}}]}]",
       "b/db", "a/web:8080", "yes"},
      {"ipBlock", "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24}}]}]",
       "10.0.0.9", "a/web:8080", "yes"},
      {"ipBlock without what is excepted",
       "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24, except: "
       "[10.0.0.8/30]}}]}]",
       "10.0.0.9", "a/web:8080", "no"},
      {"ipBlock of the other family",
       "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: \"::/0\"}}]}]", "10.0.0.9",
       "a/web:8080", "no"},
      {"ipBlock of version 6",
       "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: \"2001:db8::/32\"}}]}]",
       "2001:db8:0::7", "a/web:8080", "yes"},
      {"a pod by its address",
       "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.2.0/24}}]}]", "b/web",
       "a/web:8080", "yes"},
      {"an address that is a pod's is that pod",
       "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: green}}}]}]",
       "10.0.2.1", "a/web:8080", "yes"},
      {"egress to pods",
       "podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: {team: "
       "green}}}]}]",
       "a/web", "b/db:80", "yes"},
      {"egress to addresses",
       "podSelector: {}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: "
       "[10.0.0.0/8]}}]}]",
       "a/web", "1.1.1.1:443", "yes"},
      {"egress to excepted addresses",
       "podSelector: {}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, "
       "except: [10.0.0.0/8]}}]}]",
       "a/web", "10.0.0.9:443", "no"},
  });
}

TEST(ReachRules, Ports) {
  check({
      {"ports absent: all", "podSelector: {}, ingress: [{from: []}]", "b/web", "a/web:1", "yes"},
      {"ports empty: all", "podSelector: {}, ingress: [{ports: []}]", "b/web", "a/web:1/SCTP",
       "yes"},
      {"a number", "podSelector: {}, ingress: [{ports: [{port: 8080}]}]", "b/web", "a/web:8080",
       "yes"},
      {"another number", "podSelector: {}, ingress: [{ports: [{port: 8080}]}]", "b/web",
       "a/web:8081", "no"},
      {"without protocol: TCP", "podSelector: {}, ingress: [{ports: [{port: 5353}]}]", "b/web",
       "a/web:5353/udp", "no"},
      {"a protocol without port: all of it",
       "podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]", "b/web", "a/web:7/UDP", "yes"},
      {"… and nothing of another", "podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]",
       "b/web", "a/web:7", "no"},
      {"a name", "podSelector: {}, ingress: [{ports: [{port: http}]}]", "b/web", "a/web:8080",
       "yes"},
      {"a name belongs to its protocol", "podSelector: {}, ingress: [{ports: [{port: http}]}]",
       "b/web", "a/web:9090", "no"},
      {"a name of the other protocol",
       "podSelector: {}, ingress: [{ports: [{port: http, protocol: UDP}]}]", "b/web",
       "a/web:9090/UDP", "yes"},
      {"a name that the pod has not", "podSelector: {}, ingress: [{ports: [{port: http}]}]",
       "b/web", "a/db:8080", "no"},
      {"the question by name", "podSelector: {}, ingress: [{ports: [{port: 8080}]}]", "b/web",
       "a/web:http", "yes"},
      {"the question by a name that there is not", "podSelector: {}, ingress: [{}]", "b/web",
       "a/web:https", "unknown"},
      {"a range", "podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 8080}]}]", "b/web",
       "a/web:8080", "yes"},
      {"after the range", "podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 8079}]}]",
       "b/web", "a/web:8080", "no"},
      {"before the range", "podSelector: {}, ingress: [{ports: [{port: 8081, endPort: 8090}]}]",
       "b/web", "a/web:8080", "no"},
      {"egress: names are the target's",
       "podSelector: {matchLabels: {app: web}}, egress: [{ports: [{port: http}]}]", "a/web",
       "b/web:8080", "yes"},
      {"egress: an address has no names",
       "podSelector: {matchLabels: {app: web}}, egress: [{ports: [{port: http}]}]", "a/web",
       "1.1.1.1:8080", "no"},
      {"ports and peers of one rule: and",
       "podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 1}]}, {ports: "
       "[{port: "
       "2}]}]",
       "b/web", "a/web:1", "no"},
      {"two rules: or",
       "podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 1}]}, {ports: "
       "[{port: "
       "2}]}]",
       "b/web", "a/web:2", "yes"},
      {"no port asked: any will do", "podSelector: {}, ingress: [{ports: [{port: 31000}]}]",
       "b/web", "a/web", "yes"},
      {"no port asked: none is open", "podSelector: {}, ingress: [{from: [{podSelector: {}}]}]",
       "b/web", "a/web", "no"},
  });
}

TEST(ReachRules, PoliciesAddUp) {
  Network network(snapshot_of(
      cluster() + policy("a", "one", "podSelector: {}, ingress: [{from: [{podSelector: {}}]}]") +
      policy("a", "two",
             "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: "
             "{cidr: 10.0.0.0/24}}]}]") +
      policy("b", "out", "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]")));
  EXPECT_EQ(asked(network, "a/db", "a/web:1"), "yes");
  EXPECT_EQ(asked(network, "10.0.0.9", "a/web:1"), "yes");
  EXPECT_EQ(asked(network, "10.0.0.9", "a/db:1"), "no");
  EXPECT_EQ(asked(network, "b/db", "a/web:1"), "no");
  auto refused = reach(network, "b/web", "a/web:1");
  ASSERT_TRUE(refused.ok());
  // Both ends refuse, and each says why.
  ASSERT_EQ(refused->because.size(), 3u);
  EXPECT_EQ(refused->because[0].side, Side::kEgress);
  EXPECT_EQ(to_string(refused->because[0].object), "NetworkPolicy b/out");
  EXPECT_EQ(refused->because[0].message, "the policy admits nothing");
  EXPECT_EQ(to_string(refused->because[1].object), "NetworkPolicy a/one");
  EXPECT_EQ(refused->because[1].field, "spec.ingress[0]");
  EXPECT_EQ(refused->because[1].message, "no peer of the rule is b/web");
  auto admitted = reach(network, "10.0.0.9", "a/web:1");
  ASSERT_TRUE(admitted.ok());
  ASSERT_EQ(admitted->because.size(), 1u);
  EXPECT_EQ(to_string(admitted->because[0].object), "NetworkPolicy a/two");
  EXPECT_EQ(admitted->because[0].field, "spec.ingress[0].from[0]");
  EXPECT_EQ(admitted->because[0].message, "admits address 10.0.0.9 by ipBlock at every port");
}

TEST(ReachRules, WhatCannotBeTold) {
  std::string text = net_pod("lost", "web", "app: web", "10.0.3.1") + cluster() +
                     net_pod("b", "new", "app: new", "");
  auto missing = [&](const std::string& spec, const std::string& from) {
    auto decision = reach(Network(snapshot_of(text + policy("a", "p", spec))), from, "a/web:80");
    if (!decision || decision->answer != ReachAnswer::kUnknown || decision->missing.size() != 1) {
      return std::string(decision ? answer_name(decision->answer) : decision.error().message);
    }
    return decision->missing.front();
  };
  EXPECT_EQ(missing("podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: "
                    "blue}}}]}]",
                    "lost/web"),
            "the labels of namespace \"lost\": it is not in the input");
  EXPECT_EQ(missing("podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: "
                    "{kubernetes.io/metadata.name: lost}}}]}]",
                    "lost/web"),
            "yes");
  EXPECT_EQ(missing("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", "b/new"),
            "the address of b/new");
  // Another rule that admits makes it certain.
  EXPECT_EQ(
      missing("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}, {}]", "b/new"),
      "yes");
}

TEST(ReachRules, WhatTheApiServerRefuses) {
  index::SnapshotPtr now = snapshot_of(policy(
      "a", "p",
      "podSelector: {matchExpressions: [{key: a, operator: Like, values: [b]}, {key: a, operator: "
      "In}]}, policyTypes: [Inbound], ingress: [{from: [{}, {ipBlock: {cidr: 10.0.0.0/8}, "
      "podSelector: {}}, {ipBlock: {cidr: ten}}, {ipBlock: {cidr: 10.0.0.0/8, except: "
      "[11.0.0.0/16, "
      "10.0.0.0/8]}}], ports: [{port: 0}, {port: http, endPort: 90}, {port: 90, endPort: 80}, "
      "{protocol: ICMP}]}]"));
  std::vector<std::string> fields;
  for (const Diagnostic& d : check_policy(*now->find({kube::Kind::kNetworkPolicy, "a", "p"}))) {
    EXPECT_EQ(d.code, Code::kPolicyInvalid);
    fields.push_back(d.field);
  }
  EXPECT_THAT(fields, ::testing::ElementsAre(
                          "spec.podSelector.matchExpressions[0].operator",
                          "spec.podSelector.matchExpressions[1].values", "spec.policyTypes[0]",
                          "spec.ingress[0].ports[0].port", "spec.ingress[0].ports[1].endPort",
                          "spec.ingress[0].ports[2].endPort", "spec.ingress[0].ports[3].protocol",
                          "spec.ingress[0].from[0]", "spec.ingress[0].from[1]",
                          "spec.ingress[0].from[2].ipBlock.cidr",
                          "spec.ingress[0].from[3].ipBlock.except[0]",
                          "spec.ingress[0].from[3].ipBlock.except[1]"));
}

}  // namespace
}  // namespace mesh::tenancy
