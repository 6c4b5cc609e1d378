// Property: an index that follows another one has the rules of an index that is made anew.
#include "libmesh/traffic/virtual_services.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "libmesh/index/store.h"

namespace mesh::traffic {
namespace {

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  size_t below(size_t n) { return engine_() % n; }
  std::string one_of(const std::vector<std::string>& list) { return list[below(list.size())]; }

 private:
  std::mt19937 engine_;
};

std::string text_of(Random& random, const std::string& ns, const std::string& name,
                    bool delegates) {
  std::string out =
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: " + name +
      ", namespace: " + ns + "}\nspec:\n";
  const bool leaf = delegates && random.below(5) == 0;
  if (!leaf) {
    out += "  hosts: [" + random.one_of({"a.test", "b.test", "'*.test'", "c", "a.test, b.test"}) +
           "]\n";
    out += "  gateways: [" + random.one_of({"", "", "mesh", "g", "n0/g", "mesh, n1/g", "g, g"}) +
           "]\n";
  }
  out += "  exportTo: [" + random.one_of({"", "", "'*'", "'.'", "n1", "n0, '.'", "'~'", "n1, n1"}) +
         "]\n";
  out += "  http:\n  - {timeout: " + std::to_string(1 + random.below(9)) + "s, ";
  if (!leaf && delegates && random.below(4) == 0) {
    return out + "delegate: {name: " + random.one_of({"r1", "r2", "r3"}) + "}}\n";
  }
  return out + "route: [{destination: {host: " + random.one_of({"a.test", "c", "b.n1"}) + "}}]}\n";
}

std::string said(const VirtualService& rule) {
  std::string out = rule.ns() + "/" + rule.name() + ":";
  for (const auto& route : rule.spec->http) {
    out += " " + std::to_string(route.timeout ? route.timeout->seconds : 0);
  }
  return out;
}

// All that an index answers.
std::vector<std::string> answers(const VirtualServiceIndex& index) {
  std::vector<std::string> out;
  for (const char* ns : {"n0", "n1", "n2", "else"}) {
    for (const char* gateway : {"mesh", "n0/g", "n1/g", "n2/g"}) {
      for (const auto list : index.select(ns, gateway)) {
        out.push_back(std::string(ns) + " " + gateway);
        for (const VirtualServicePtr& rule : list) out.push_back(said(*rule));
      }
    }
    const std::vector<std::vector<std::string>> written = {
        {"*/*"}, {"./*"}, {"n1/a.test", "./*"}, {"*/b.test", "~n0/a.test"}};
    for (const auto& hosts : written) {
      out.push_back(std::string(ns) + " imports " + hosts[0]);
      for (const VirtualServicePtr& rule : index.select(ns, EgressHosts(hosts, ns))) {
        out.push_back(said(*rule));
      }
    }
  }
  return out;
}

std::set<std::string> leading_to(const VirtualServiceIndex& index, const std::string& host) {
  std::set<std::string> out;
  index.each_leading_to(host, [&](const VirtualServicePtr& rule) {
    each_http_destination(*rule->spec, [&](const networking::Destination& to) {
      if (to.host == host) out.insert(said(*rule));
    });
  });
  return out;
}

// The rules that Ingresses have at each gateway.
std::vector<std::string> ingress_answers(const index::Mesh& mesh,
                                         const VirtualServiceIndex& index) {
  std::set<std::string> gateways;
  for (const auto& config : *mesh.virtual_services) {
    gateways.insert(config.spec->gateways.begin(), config.spec->gateways.end());
  }
  std::vector<std::string> out;
  for (const std::string& gateway : gateways) {
    for (const auto list : index.select("istio-system", gateway)) {
      for (const VirtualServicePtr& rule : list) {
        out.push_back(gateway + " " + rule->name() + " " + rule->spec->hosts.at(0));
      }
    }
  }
  return out;
}

std::string ingress(const std::string& name, int day, const std::vector<std::string>& hosts) {
  std::string out = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: " + name +
                    "\n  namespace: app\n  creationTimestamp: \"2024-01-0" + std::to_string(day) +
                    "T00:00:00Z\"\n  annotations: {kubernetes.io/ingress.class: istio}\n"
                    "spec:\n  rules:\n";
  for (const std::string& host : hosts) {
    out += "  - {host: " + host +
           ", http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: "
           "{number: 80}}}}]}}\n";
  }
  return out;
}

// Two hosts of an Ingress whose rules have one name: one of them goes to an older Ingress and comes back.
TEST(VirtualServiceIndex, FollowsRulesOfOneName) {
  index::Store store;
  store.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: app}\n", "");
  store.apply(ingress("late", 2, {"foo.bar.example.com", "foo-bar.example.com"}), "");
  const auto mesh = [&] { return store.snapshot()->mesh(model::TenantId()); };
  index::MeshPtr now = mesh();
  auto index = std::make_shared<const VirtualServiceIndex>(*now);
  ASSERT_EQ(ingress_answers(*now, *index).size(), 2u);
  for (int round = 0; round < 6; ++round) {
    if (round % 2 == 0) {
      const bool first = round % 4 == 0;
      store.apply(ingress("early", 1, {first ? "foo.bar.example.com" : "foo-bar.example.com"}), "");
    } else {
      store.erase({kube::Kind::kIngress, "app", "early"});
    }
    now = mesh();
    std::vector<VirtualServicePtr> changed;
    index = std::make_shared<const VirtualServiceIndex>(*now, *index, changed);
    EXPECT_EQ(ingress_answers(*now, *index), ingress_answers(*now, VirtualServiceIndex(*now)));
    EXPECT_EQ(ingress_answers(*now, *index).size(), 2u);
  }
}

TEST(VirtualServiceIndex, FollowsAsIfMadeAnew) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    index::Store store;
    for (const char* ns : {"n0", "n1", "n2"}) {
      store.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: " + std::string(ns) + "}\n",
                  "");
    }
    const auto mesh = [&] { return store.snapshot()->mesh(model::TenantId()); };
    auto index = std::make_shared<const VirtualServiceIndex>(*mesh());
    for (int round = 0; round < 30; ++round) {
      for (size_t steps = 1 + random.below(4); steps > 0; --steps) {
        const std::string ns = "n" + std::to_string(random.below(3));
        const std::string name = "r" + std::to_string(random.below(12));
        if (random.below(4) == 0) {
          store.erase({kube::Kind::kVirtualService, ns, name});
        } else {
          store.apply(text_of(random, ns, name, seed % 4 == 0), "");
        }
      }
      const index::MeshPtr now = mesh();
      std::vector<VirtualServicePtr> changed;
      const auto next = std::make_shared<const VirtualServiceIndex>(*now, *index, changed);
      const VirtualServiceIndex fresh(*now);
      ASSERT_EQ(answers(*next), answers(fresh));
      for (const char* host : {"a.test", "c.n0.svc.cluster.local", "b.n1"}) {
        const auto found = leading_to(*next, host);
        for (const std::string& rule : leading_to(fresh, host)) {
          EXPECT_TRUE(found.contains(rule)) << host << " " << rule;
        }
      }
      // What is not among the changed is the very same rule.
      std::set<const VirtualService*> differ;
      for (const auto& rule : changed) differ.insert(rule.get());
      std::map<std::string, const VirtualService*> last;
      for (const char* ns : {"n0", "n1", "n2"}) {
        for (const auto list : index->select(ns, "mesh")) {
          for (const auto& rule : list) last[rule->ns() + "/" + rule->name()] = rule.get();
        }
      }
      for (const char* ns : {"n0", "n1", "n2"}) {
        for (const auto list : next->select(ns, "mesh")) {
          for (const auto& rule : list) {
            const auto was = last.find(rule->ns() + "/" + rule->name());
            const bool same = was != last.end() && was->second == rule.get();
            EXPECT_TRUE(same || differ.contains(rule.get())) << said(*rule);
          }
        }
      }
      index = next;
    }
  }
}

}  // namespace
}  // namespace mesh::traffic
