// Bytes made from templates (ClusterTemplates, EndpointWriter) are those that the writers make.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "libmesh/schema/wire.h"
#include "libmesh/xds/cds/cluster_templates.h"
#include "libmesh/xds/eds/assignments.h"
#include "libmesh/xds/generate.h"
#include "tests/xds/fixtures.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

constexpr int kServices = 48;

// Names, hosts, addresses and workloads of several lengths; in and outside of the mesh, with TLS and without.
std::string entry(int i) {
  const std::string number = std::to_string(i);
  const std::string name = std::string(static_cast<size_t>(i % 5), 's') + "n" + number;
  const bool outside = i % 3 == 0;
  return "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e" +
         number + ", namespace: app}\nspec:\n  hosts: [" + name +
         ".example.com]\n  location: MESH_" + (outside ? "EXTERNAL" : "INTERNAL") +
         "\n  resolution: STATIC\n"
         "  ports: [{number: 80, name: http, protocol: HTTP}, {number: 8443, name: tls, protocol: "
         "TLS},"
         " {number: 9090, name: any}]\n  endpoints:\n  - {address: 10.0." +
         number + ".1, labels: {app: " + name +
         (i % 4 == 0 ? "" : ", security.istio.io/tlsMode: istio") + "}}\n  - {address: 10.0." +
         number + ".2, weight: " + std::to_string(1 + i % 2) + ", labels: {version: v" + number +
         ", security.istio.io/tlsMode: " + (i % 7 == 0 ? "own" : "istio") + "}}\n";
}

std::string with_entries(int from, int to) {
  std::string out = kNamespace + web_service("http");
  for (int i = from; i < to; ++i) out += entry(i);
  return out;
}

std::map<std::string, std::string> bytes_by_name(const Resources& resources) {
  std::map<std::string, std::string> out;
  for (const ResourcePtr& resource : resources) out.emplace(resource->name, resource->value());
  return out;
}

Resources assignments_of(const Seen& seen) {
  Resources out;
  Assignments assignments(seen.view());
  for (const ResourcePtr& cluster : seen.clusters()) {
    if (ResourcePtr made = assignments.make(cluster->name)) out.push_back(std::move(made));
  }
  return out;
}

TEST(Templates, MakeTheClustersThatAServiceHasAlone) {
  const auto together = bytes_by_name(Seen(with_entries(0, kServices), kSidecar).clusters());
  size_t compared = 0;
  for (int i = 0; i < kServices; ++i) {
    for (const auto& [name, bytes] :
         bytes_by_name(Seen(with_entries(i, i + 1), kSidecar).clusters())) {
      const auto at = together.find(name);
      ASSERT_NE(at, together.end()) << name;
      EXPECT_EQ(at->second, bytes) << name;
      ++compared;
    }
  }
  EXPECT_GE(compared, size_t{3 * kServices});
}

TEST(Templates, MakeTheAssignmentsThatAClusterHasAlone) {
  const Seen seen(with_entries(0, kServices), kSidecar);
  const Resources made = assignments_of(seen);
  EXPECT_EQ(made.size(), size_t{3 * kServices + 1});
  for (const ResourcePtr& resource : made) {
    const ResourcePtr alone = endpoints(seen.view(), resource->name);
    ASSERT_NE(alone, nullptr) << resource->name;
    EXPECT_EQ(alone->value(), resource->value()) << resource->name;
    EXPECT_EQ(alone->hash(), resource->hash()) << resource->name;
  }
}

// Fields of a route configuration.
std::set<std::string> route_fields(const std::string& objects) {
  const Seen seen(objects, kSidecar);
  const ResourcePtr route = route_configuration(seen.view(), "80");
  std::set<std::string> out;
  wire::Reader fields(route->value());
  while (const wire::Field* field = fields.next()) out.emplace(field->bytes);
  return out;
}

// Services of one length of names, in the namespace of the sidecar and in another one.
std::string services() {
  std::string out;
  for (int i = 10; i < 34; ++i) {
    const std::string number = std::to_string(i);
    out += "---\napiVersion: v1\nkind: Service\nmetadata: {name: svc-" + number +
           ", namespace: " + (i % 2 == 0 ? "app" : "other") + "}\nspec: {clusterIP: 10.9.0." +
           number + ", ports: [{name: http, port: 80}]}\n";
  }
  return out;
}

// Names that need no comparison with those of others are the ones that a comparison leaves: where there is a rule, hosts are compared.
TEST(Templates, MakeTheVirtualHostsThatComparisonsLeave) {
  const std::string entries = with_entries(0, kServices) + services();
  const auto alone = route_fields(entries);
  const auto compared = route_fields(
      entries +
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: other, "
      "namespace: app}\nspec:\n  hosts: [other.example.net]\n  http: [{route: [{destination: "
      "{host: "
      "other.example.net}}]}]\n");
  EXPECT_GT(alone.size(), size_t{kServices});
  EXPECT_GT(compared.size(), alone.size());
  for (const std::string& field : alone) EXPECT_TRUE(compared.contains(field)) << field;
}

// The routes of one host, which are part of those that a port has together.
TEST(Templates, MakeTheRoutesOfAHostThatItHasAlone) {
  std::vector<std::string> names = {"9090"};
  for (int i = 0; i < kServices; ++i) {
    names.push_back(std::string(static_cast<size_t>(i % 5), 's') + "n" + std::to_string(i) +
                    ".example.com:9090");
  }
  Resources together;
  route_configurations(Seen(with_entries(0, kServices), kSidecar).view(), names, together);
  ASSERT_EQ(together.size(), names.size());
  for (int i = 0; i < kServices; ++i) {
    const auto at = static_cast<size_t>(i) + 1;
    const Seen alone(with_entries(i, i + 1), kSidecar);
    const std::string_view bytes = together[at]->value();
    EXPECT_EQ(route_configuration(alone.view(), names[at])->value(), bytes) << names[at];
    EXPECT_NE(bytes.find("||" + names[at].substr(0, names[at].find(':'))), std::string::npos);
  }
}

// A text that other bytes could be taken for gets no template; the third of a good shape has one.
TEST(Templates, AreMadeOfShapesThatComeAgain) {
  ClusterTemplates templates;
  const ClusterShape shape;
  const auto write = [](const ClusterTexts& t, std::string& out) {
    out.append(t.name()).append("|").append(t.stat).append("|").append(t.name()).append("|");
    out.append(t.host).append("|").append(t.service).append("|").append(t.ns);
  };
  const auto text = [](const std::string* bytes) { return bytes == nullptr ? "" : *bytes; };
  EXPECT_EQ(text(templates.find(shape, {"a.b;", "sni", "a.b", "a", "b"}, write)), "");
  EXPECT_EQ(text(templates.find(shape, {"c.d;", "sni", "c.d", "c", "d"}, write)),
            "c.d|c.d;|c.d|c.d|c|d");
  EXPECT_EQ(text(templates.find(shape, {"e.f;", "sni", "e.f", "e", "f"}, write)),
            "e.f|e.f;|e.f|e.f|e|f");
  EXPECT_EQ(text(templates.find(shape, {"e.fg;", "sni", "e.fg", "e", "fg"}, write)), "");

  const auto ambiguous = [&](const ClusterTexts& t, std::string& out) {
    write(t, out);
    out.append(t.ns);
  };
  ClusterTemplates others;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(others.find(shape, {"a.b;", "sni", "a.b", "a", "b"}, ambiguous), nullptr);
  }
}

}  // namespace
}  // namespace mesh::xds::testing
