#include "libmesh/injection/cni/networks.h"
#include "libmesh/base/codes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "libmesh/document/read.h"
#include "tests/support/paths.h"

namespace mesh::injection {
namespace {

constexpr NetworkOutcome kAdded = NetworkOutcome::kAdded;
constexpr NetworkOutcome kPresent = NetworkOutcome::kPresent;
constexpr NetworkOutcome kLeftAlone = NetworkOutcome::kLeftAlone;

struct AppendCase {
  const char* name;
  const char* annotation;
  const char* network;
  const char* pod_namespace;
  NetworkOutcome outcome;
  const char* text;
};

const AppendCase kAppendCases[] = {
    {"no annotation is our network alone", "", "istio-cni", "shop", kAdded, "istio-cni"},
    {"blanks alone are no annotation", " \n", "istio-cni", "shop", kAdded, "istio-cni"},
    {"a text keeps its form", "a", "istio-cni", "shop", kAdded, "a, istio-cni"},
    {"a text keeps every byte", "a ,b ", "istio-cni", "shop", kAdded, "a ,b , istio-cni"},
    {"a text with namespace and interface", "ns/a@eth1,b", "istio-cni", "shop", kAdded,
     "ns/a@eth1,b, istio-cni"},
    {"present in a text", "a, istio-cni", "istio-cni", "shop", kPresent, "a, istio-cni"},
    {"present with an interface", "istio-cni@eth1", "istio-cni", "shop", kPresent,
     "istio-cni@eth1"},
    {"present with the pod's own namespace", "shop/istio-cni", "istio-cni", "shop", kPresent,
     "shop/istio-cni"},
    {"another namespace is another network", "other/istio-cni", "istio-cni", "shop", kAdded,
     "other/istio-cni, istio-cni"},
    {"ours is in the pod's namespace", "istio-cni", "default/istio-cni", "default", kPresent,
     "istio-cni"},
    {"ours is in another namespace", "istio-cni", "default/istio-cni", "shop", kAdded,
     "istio-cni, default/istio-cni"},
    {"an unknown pod namespace equals none that is stated", "shop/istio-cni", "istio-cni", "",
     kAdded, "shop/istio-cni, istio-cni"},
    {"another version's network is another network", "v2-4-istio-cni", "v2-5-istio-cni", "shop",
     kAdded, "v2-4-istio-cni, v2-5-istio-cni"},
    {"a name that ends with ours is another", "xistio-cni", "istio-cni", "shop", kAdded,
     "xistio-cni, istio-cni"},

    {"an empty list", "[]", "istio-cni", "shop", kAdded, "[{\"name\": \"istio-cni\"}]"},
    {"an empty list with blanks", " [ ] ", "istio-cni", "shop", kAdded,
     " [ {\"name\": \"istio-cni\"}] "},
    {"a list keeps its form and every byte", "[\n  {\"name\":\"a\", \"ips\": [\"10.0.0.1/24\"]}\n]",
     "istio-cni", "shop", kAdded,
     "[\n  {\"name\":\"a\", \"ips\": [\"10.0.0.1/24\"]}\n, {\"name\": \"istio-cni\"}]"},
    {"a list carries our namespace", "[{\"name\":\"a\"}]", "default/istio-cni", "shop", kAdded,
     "[{\"name\":\"a\"}, {\"name\": \"istio-cni\", \"namespace\": \"default\"}]"},
    {"present in a list", "[{\"name\":\"istio-cni\",\"interface\":\"eth1\"}]", "istio-cni", "shop",
     kPresent, "[{\"name\":\"istio-cni\",\"interface\":\"eth1\"}]"},
    {"present in a list with the pod's namespace",
     "[{\"name\":\"istio-cni\",\"namespace\":\"shop\"}]", "istio-cni", "shop", kPresent,
     "[{\"name\":\"istio-cni\",\"namespace\":\"shop\"}]"},
    {"another namespace in a list", "[{\"name\":\"istio-cni\",\"namespace\":\"other\"}]",
     "istio-cni", "shop", kAdded,
     "[{\"name\":\"istio-cni\",\"namespace\":\"other\"}, {\"name\": \"istio-cni\"}]"},
    {"a bracket in a name is no end", "[{\"name\":\"a]b\"}]", "istio-cni", "shop", kAdded,
     "[{\"name\":\"a]b\"}, {\"name\": \"istio-cni\"}]"},
    {"an escaped name is the name", "[{\"name\":\"istio\\u002dcni\"}]", "istio-cni", "shop",
     kPresent, "[{\"name\":\"istio\\u002dcni\"}]"},
    {"of one key twice the last counts", "[{\"name\":\"istio-cni\",\"name\":\"a\"}]", "istio-cni",
     "shop", kAdded, "[{\"name\":\"istio-cni\",\"name\":\"a\"}, {\"name\": \"istio-cni\"}]"},
    {"a key in capitals is the key, as Multus reads it", "[{\"Name\":\"istio-cni\"}]", "istio-cni",
     "shop", kPresent, "[{\"Name\":\"istio-cni\"}]"},

    {"no network to add", "a", "", "shop", kPresent, "a"},
    {"an empty item", "a,,b", "istio-cni", "shop", kLeftAlone, "a,,b"},
    {"a comma at the end", "a,", "istio-cni", "shop", kLeftAlone, "a,"},
    {"two slashes", "a/b/c", "istio-cni", "shop", kLeftAlone, "a/b/c"},
    {"two interfaces", "a@b@c", "istio-cni", "shop", kLeftAlone, "a@b@c"},
    {"a namespace without name", "ns/", "istio-cni", "shop", kLeftAlone, "ns/"},
    {"capitals are no name", "ISTIO-CNI", "istio-cni", "shop", kLeftAlone, "ISTIO-CNI"},
    {"a line break is in no name", "a\nb", "istio-cni", "shop", kLeftAlone, "a\nb"},
    {"an object without list", "{\"name\":\"a\"}", "istio-cni", "shop", kLeftAlone,
     "{\"name\":\"a\"}"},
    {"a list that does not end", "[{\"name\":\"a\"}", "istio-cni", "shop", kLeftAlone,
     "[{\"name\":\"a\"}"},
    {"more after the list", "[{\"name\":\"a\"}] x", "istio-cni", "shop", kLeftAlone,
     "[{\"name\":\"a\"}] x"},
    {"both forms at once", "a,[{\"name\":\"b\"}]", "istio-cni", "shop", kLeftAlone,
     "a,[{\"name\":\"b\"}]"},
    {"a list of texts", "[\"a\"]", "istio-cni", "shop", kLeftAlone, "[\"a\"]"},
    {"a list with null", "[null]", "istio-cni", "shop", kLeftAlone, "[null]"},
    {"an element without name", "[{\"namespace\":\"x\"}]", "istio-cni", "shop", kLeftAlone,
     "[{\"namespace\":\"x\"}]"},
    {"a name that is a number", "[{\"name\":3}]", "istio-cni", "shop", kLeftAlone,
     "[{\"name\":3}]"},
    {"addresses that are no list", "[{\"name\":\"a\",\"ips\":\"10.0.0.1\"}]", "istio-cni", "shop",
     kLeftAlone, "[{\"name\":\"a\",\"ips\":\"10.0.0.1\"}]"},
};

TEST(Networks, AppendTable) {
  for (const AppendCase& test : kAppendCases) {
    SCOPED_TRACE(test.name);
    NetworkChange change = append_network(test.annotation, test.network, test.pod_namespace);
    EXPECT_EQ(outcome_text(change.outcome), outcome_text(test.outcome));
    EXPECT_EQ(change.text, test.text);
    EXPECT_EQ(change.warning.empty(), test.outcome != kLeftAlone) << change.warning;
    EXPECT_TRUE(change.lost.empty());
    NetworkChange again = append_network(change.text, test.network, test.pod_namespace);
    EXPECT_EQ(again.text, change.text) << "appending twice is appending once";
  }
}

TEST(Networks, UnreadableSaysWhere) {
  EXPECT_EQ(
      append_network("a,,b", "istio-cni", "shop").warning,
      "annotation k8s.v1.cni.cncf.io/networks is left alone, and the pod gets no mesh network "
      "\"istio-cni\": network 2: names no network in \"\"");
  EXPECT_EQ(parse_networks("[{\"name\":\"a\"},{\"mac\":1}]").error().message,
            "element 1: mac is a number, must be a string");
  auto diagnostic = diagnostic_of(append_network("a,,b", "istio-cni"), "Pod shop/cart");
  ASSERT_TRUE(diagnostic);
  EXPECT_EQ(diagnostic->code, Code::kNetworksUnreadable);
  EXPECT_FALSE(diagnostic_of(append_network("a", "istio-cni"), "Pod shop/cart"));
}

TEST(Networks, OverwritingNamesWhatIsLost) {
  NetworkChange change =
      overwrite_network("a, ns/b@eth1, v1-1-istio-cni", "v1-1-istio-cni", "shop");
  EXPECT_EQ(change.outcome, NetworkOutcome::kOverwritten);
  EXPECT_EQ(change.text, "v1-1-istio-cni");
  EXPECT_EQ(change.lost, (std::vector<std::string>{"a", "ns/b@eth1"}));
  EXPECT_EQ(
      change.warning,
      "annotation k8s.v1.cni.cncf.io/networks is overwritten with \"v1-1-istio-cni\"; the pod "
      "loses \"a\", \"ns/b@eth1\"");
  EXPECT_EQ(diagnostic_of(change, "Pod shop/cart")->code, Code::kNetworksLost);

  EXPECT_EQ(overwrite_network("", "v1-1-istio-cni").outcome, kAdded);
  EXPECT_EQ(overwrite_network("v1-1-istio-cni", "v1-1-istio-cni").outcome, kPresent);
  EXPECT_EQ(overwrite_network("a,,b", "v1-1-istio-cni").lost, (std::vector<std::string>{"a,,b"}));
}

TEST(Networks, JsonKeepsEveryField) {
  const std::string text =
      R"([{"name":"a","namespace":"n","interface":"e0","ips":["10.0.0.1/24"],"mac":"02:23:45:67:89:01","x":{"y":[1]}}])";
  auto networks = parse_networks(text);
  ASSERT_TRUE(networks) << networks.error().message;
  ASSERT_EQ(networks->list.size(), 1u);
  EXPECT_EQ(network_text(networks->list[0]), "n/a@e0");
  EXPECT_EQ(print_networks(*networks), text);
  EXPECT_EQ(print_networks(*parse_networks(" n/a@e0 ,b")), "n/a@e0, b");
}

// ---- recorded -------------------------------------------------------------------------------

// Where the answer is not that of Maistra's code; docs/cni.md has the same rows.
const std::map<std::string, std::string> kDeliberate = {
    {"cni/01", "v2-5-istio-cni"},  // blanks alone ask for nothing
    {"cni/02", "v2-5-istio-cni"},
    {"cni/07", ","},  // an empty name, which Multus refuses
    {"cni/09", ",a"},
    {"cni/10", "a,,b"},
    {"cni/20", "v2-5-istio-cni@eth1"},  // is ours already
    {"cni/24", "V2-5-ISTIO-CNI"},       // no name of an object, which Multus refuses
    {"cni/26", "a\nb"},
    {"cni/29", "[ {\"name\": \"v2-5-istio-cni\"}]"},  // Maistra's is no JSON
    {"cni/30", " [{\"name\": \"v2-5-istio-cni\"}] "},
    {"cni/31", "[\n{\"name\": \"v2-5-istio-cni\"}]"},
    {"cni/43", "[{\"Name\":\"v2-5-istio-cni\"}]"},  // Multus reads the key in any case
    {"cni/44", "[{\"namespace\":\"x\"}]"},          // no name
    {"cni/46", "[{\"name\":3}]"},
    {"cni/47", "[{}]"},
    {"cni/48", "[null]"},
    {"cni/54", "[{\"name\":\"a\"}"},  // no JSON
    {"cni/55", "{\"name\":\"a\"}"},   // no list
    {"cni/57", "{\"name\":\"v2-5-istio-cni\"}"},
    {"cni/empty-network", "a"},
};

TEST(Networks, Recorded) {
  const char* folder = std::getenv("MESH_MAISTRA_DATA");
  const std::string path =
      folder != nullptr ? folder : testing::source_path("../shared/data/maistra");
  std::ifstream file(std::filesystem::path(path) / "cni-networks.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().empty()) GTEST_SKIP() << "no recordings in " << path;
  Diagnostics problems;
  auto documents = document::read_any(text.str(), "cni-networks.yaml", problems);
  ASSERT_EQ(documents.size(), 1u);
  size_t same = 0, different = 0;
  for (const document::Value& row : *documents[0].root.if_list()) {
    const std::string name(row.string_at("name"));
    SCOPED_TRACE(name);
    NetworkChange change = append_network(row.string_at("existing"), row.string_at("network"));
    auto deliberate = kDeliberate.find(name);
    const bool differs = deliberate != kDeliberate.end();
    EXPECT_EQ(change.text, differs ? deliberate->second : row.string_at("result"));
    if (differs) {
      EXPECT_NE(change.text, row.string_at("result")) << "no difference any more";
    }
    ++(differs ? different : same);
  }
  EXPECT_EQ(different, kDeliberate.size());
  std::cout << "networks: " << same << " of " << same + different
            << " recorded values the same, the rest deliberately different\n";
}

// ---- properties -----------------------------------------------------------------------------

class RandomNetworks {
 public:
  explicit RandomNetworks(uint32_t seed) : random_(seed) {}

  std::string annotation() { return random_() % 2 == 0 ? text() : json(); }
  std::string network() { return (random_() % 3 == 0 ? pick(kNames) + "/" : "") + pick(kNames); }
  std::string ns() { return random_() % 4 == 0 ? "" : pick(kNames); }

 private:
  static inline const std::vector<std::string> kNames{"a", "b", "istio-cni", "default", "shop"};
  static inline const std::vector<std::string> kBlanks{"", " ", "\n", "  "};

  const std::string& pick(const std::vector<std::string>& from) {
    return from[random_() % from.size()];
  }
  std::string text() {
    std::string out;
    for (uint32_t i = 0, count = random_() % 4; i < count; ++i) {
      if (i > 0) out += ",";
      out += pick(kBlanks);
      if (random_() % 3 == 0) out += pick(kNames) + "/";
      out += pick(kNames);
      if (random_() % 3 == 0) out += "@" + pick(kNames);
      out += pick(kBlanks);
    }
    return out;
  }
  std::string json() {
    std::string out = pick(kBlanks) + "[" + pick(kBlanks);
    for (uint32_t i = 0, count = random_() % 4; i < count; ++i) {
      if (i > 0) out += "," + pick(kBlanks);
      out += "{\"name\":" + pick(kBlanks) + "\"" + pick(kNames) + "\"";
      if (random_() % 3 == 0) out += ",\"namespace\":\"" + pick(kNames) + "\"";
      if (random_() % 3 == 0) out += ",\"ips\":[\"10.0.0." + std::to_string(i) + "\"]";
      if (random_() % 3 == 0) out += ",\"of-the-users\":{\"deep\":[1,null]}";
      out += pick(kBlanks) + "}";
    }
    return out + pick(kBlanks) + "]" + pick(kBlanks);
  }

  std::mt19937 random_;
};

// Every network of the user's survives appending, in order and with every field, the mesh's is
// there, the form is kept, and appending twice is appending once.
TEST(Networks, EveryNetworkSurvives) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomNetworks random(seed);
  size_t added = 0, present = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::string annotation = random.annotation();
    const std::string network = random.network();
    const std::string ns = random.ns();
    SCOPED_TRACE(annotation + " + " + network + " in \"" + ns + "\"");
    auto before = parse_networks(annotation);
    ASSERT_TRUE(before) << before.error().message;
    NetworkChange change = append_network(annotation, network, ns);
    ASSERT_NE(change.outcome, kLeftAlone);
    ++(change.outcome == kAdded ? added : present);
    auto after = parse_networks(change.text);
    ASSERT_TRUE(after) << change.text;
    if (before->form != NetworksForm::kNone) {
      ASSERT_EQ(after->form, before->form);
    }
    const size_t more = change.outcome == kAdded ? 1 : 0;
    ASSERT_EQ(after->list.size(), before->list.size() + more) << change.text;
    for (size_t i = 0; i < before->list.size(); ++i) {
      ASSERT_EQ(network_text(after->list[i]), network_text(before->list[i]));
      ASSERT_EQ(after->list[i].element, before->list[i].element);
    }
    auto ours = parse_networks(network);
    size_t found = 0;
    for (const Network& one : after->list) found += same_network(one, ours->list[0], ns) ? 1 : 0;
    ASSERT_GE(found, 1u);
    NetworkChange again = append_network(change.text, network, ns);
    ASSERT_EQ(again.outcome, kPresent);
    ASSERT_EQ(again.text, change.text);
  }
  EXPECT_GT(added, 500u);
  EXPECT_GT(present, 500u);
}

}  // namespace
}  // namespace mesh::injection
