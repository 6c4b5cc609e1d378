// Property: over random clusters and policies the evaluator says what a second one says that was
// written apart from it (naive.h), for every pair of pods and a choice of ports.
#include <gtest/gtest.h>

#include <random>

#include "tests/tenancy/reach/cluster.h"
#include "tests/tenancy/reach/naive.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  std::string of(const std::vector<std::string>& choices) {
    return choices[static_cast<size_t>(below(static_cast<int>(choices.size())))];
  }
  // Up to `most` of what `make` makes, as the inside of a YAML list.
  template <typename Make>
  std::string list(int most, Make&& make) {
    std::string out;
    for (int i = below(most + 1); i > 0; --i) out += (out.empty() ? "" : ", ") + make();
    return out;
  }

 private:
  std::mt19937 engine_;
};

std::string label_pairs(Random& random) {
  std::string out;
  for (const char* key : {"app", "tier"}) {
    if (random.one_in(3)) continue;
    out += (out.empty() ? "" : ", ") + std::string(key) + ": " + random.of({"red", "blue", "grey"});
  }
  return out;
}

std::string selector(Random& random) {
  if (random.one_in(4)) return "{}";
  if (random.one_in(2)) {
    return "{matchLabels: {" + random.of({"app", "tier"}) + ": " + random.of({"red", "blue"}) +
           "}}";
  }
  std::string operation = random.of({"In", "NotIn", "Exists", "DoesNotExist"});
  return "{matchExpressions: [{key: " + random.of({"app", "tier"}) + ", operator: " + operation +
         (operation.ends_with("In") ? ", values: [red, " + random.of({"blue", "grey"}) + "]" : "") +
         "}]}";
}

std::string peer(Random& random) {
  switch (random.below(4)) {
    case 0:
      return "{podSelector: " + selector(random) + "}";
    case 1:
      return "{namespaceSelector: " + selector(random) + "}";
    case 2:
      return "{namespaceSelector: " + selector(random) + ", podSelector: " + selector(random) + "}";
    default:
      return "{ipBlock: " +
             random.of({"{cidr: 0.0.0.0/0}", "{cidr: 10.0.0.0/23}", "{cidr: 10.0.1.0/30}",
                        "{cidr: 0.0.0.0/0, except: [10.0.0.0/25, 10.0.1.2/31]}",
                        "{cidr: 10.0.0.0/23, except: [10.0.0.0/25]}",
                        "{cidr: 10.0.1.0/30, except: [10.0.1.2/31]}"}) +
             "}";
  }
}

std::string port(Random& random) {
  std::string protocol = random.of({"", ", protocol: TCP", ", protocol: UDP"});
  switch (random.below(4)) {
    case 0:
      return "{protocol: " + random.of({"TCP", "UDP", "SCTP"}) + "}";
    case 1:
      return "{port: 79, endPort: " + random.of({"79", "80", "90"}) + protocol + "}";
    case 2:
      return "{port: " + random.of({"web", "dns"}) + protocol + "}";
    default:
      return "{port: " + random.of({"80", "53"}) + protocol + "}";
  }
}

std::string rules(Random& random, const std::string& name, const std::string& peers) {
  if (random.one_in(4)) return "";
  return ", " + name + ": [" + random.list(2, [&] {
    std::string out = "{";
    if (!random.one_in(3))
      out += peers + ": [" + random.list(2, [&] { return peer(random); }) + "]";
    if (random.one_in(2)) return out + "}";
    return out + (out.size() > 1 ? ", " : "") + "ports: [" +
           random.list(2, [&] { return port(random); }) + "]}";
  }) + "]";
}

std::string random_policy(Random& random, const std::string& ns, int number) {
  std::string spec = "podSelector: " + selector(random) + rules(random, "ingress", "from") +
                     rules(random, "egress", "to");
  if (random.one_in(2)) {
    spec += ", policyTypes: [" + random.of({"Ingress", "Egress", "Ingress, Egress"}) + "]";
  }
  return policy(ns, "p" + std::to_string(number), spec);
}

std::string random_cluster(Random& random) {
  std::string out;
  for (int n = 0; n < 3; ++n) {
    std::string name = "n" + std::to_string(n);
    out += ns(name, label_pairs(random));
    for (int p = 0; p < 2; ++p) {
      std::string ip = "10.0." + std::to_string(n) + "." + std::to_string(p + 1);
      out +=
          net_pod(name, "p" + std::to_string(p), label_pairs(random), ip,
                  "{name: web, containerPort: 80}, {name: dns, containerPort: 53, protocol: UDP}");
    }
    for (int i = random.below(3); i > 0; --i) out += random_policy(random, name, i);
  }
  return out;
}

// Compares every pair; returns how many connections are let through, of how many.
std::pair<int, int> compare(index::SnapshotPtr now) {
  naive::Cluster cluster;
  for (const auto& [key, object] : now->objects(kube::Kind::kNamespace)) {
    cluster.namespaces.push_back(object->document);
  }
  for (const auto& [key, object] : now->objects(kube::Kind::kNetworkPolicy)) {
    EXPECT_TRUE(check_policy(*object).empty());
    cluster.policies.push_back(object->document);
  }
  Network network(now);
  std::pair<int, int> counts;
  for (const auto& [from, a] : now->objects(kube::Kind::kPod)) {
    for (const auto& [to, b] : now->objects(kube::Kind::kPod)) {
      for (const char* port : {"80/TCP", "53/UDP", "79/TCP", "53/TCP", "9/SCTP"}) {
        std::string text(port);
        bool naive = naive::reaches(cluster, a->document, b->document, std::stoi(text),
                                    text.substr(text.find('/') + 1));
        std::string from_text = from.ns + "/" + from.name;
        std::string to_text = to.ns + "/" + to.name + ":" + text;
        EXPECT_EQ(asked(network, from_text, to_text), naive ? "yes" : "no")
            << from_text << " to " << to_text;
        counts.first += naive ? 1 : 0;
        ++counts.second;
      }
    }
  }
  return counts;
}

TEST(ReachDifferential, RandomClusters) {
  int open = 0;
  int all = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::string text = random_cluster(random);
    index::SnapshotPtr now = snapshot_of(text);
    ASSERT_EQ(text_of(now->diagnostics()), "") << text;
    auto [some, of] = compare(now);
    open += some;
    all += of;
    if (HasFailure()) {
      ADD_FAILURE() << text;
      return;
    }
  }
  // The clusters are worth comparing: both answers are frequent.
  EXPECT_GT(open, all / 5);
  EXPECT_LT(open, all * 4 / 5);
}

}  // namespace
}  // namespace mesh::tenancy
