// Properties of who owns which namespace, over random histories. A failure prints the seed.
#include <gtest/gtest.h>

#include <random>

#include "libmesh/index/tenants/tenant_builder.h"
#include "tests/index/support.h"

namespace mesh::index {
namespace {

using kube::Kind;
using namespace mesh::testing;

std::string show(const Tenants& tenants) {
  std::string out;
  for (const Tenant& tenant : tenants.list) {
    out += "tenant " + tenant.id.value + (tenant.cluster_wide ? " wide" : "") +
           (tenant.implicit ? " implicit" : "") + " " + tenant.version + "\n";
    for (const Member& member : tenant.members) {
      out += "  " + member.ns + " " + std::to_string(static_cast<int>(member.state)) + " " +
             member.reason + " via " + member.via + " holder " + member.holder.value + "\n";
    }
    for (const std::string& ns : tenant.namespaces) out += "  has " + ns + "\n";
  }
  for (const Owned& owned : tenants.by_namespace) out += owned.ns + "=" + owned.tenant.value + "\n";
  return out + text_of(tenants.diagnostics());
}

// Random objects of tenancy: few names, so that claims meet.
class World {
 public:
  explicit World(uint32_t seed) : random_(seed) {}

  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  bool chance(size_t n) { return below(n) == 0; }
  std::string pick(const std::vector<std::string>& from) { return from[below(from.size())]; }
  std::string ns_name() { return pick({"a", "b", "c", "d", "e", "cp1", "cp2", "kube-x", "gone"}); }
  std::string plane_ns() { return pick({"cp1", "cp2", "cp3"}); }
  std::string time() { return "2024-01-0" + std::to_string(1 + below(4)) + "T00:00:00Z"; }
  std::string names() {
    std::string out;
    for (size_t i = 0; i < below(4); ++i) out += (out.empty() ? "" : ", ") + ns_name();
    return "members: [" + out + "]";
  }
  std::string selectors() {
    return pick({"memberSelectors: [{matchLabels: {t: x}}]",
                 "memberSelectors: [{matchLabels: {t: x, u: v}}, {matchLabels: {u: z}}]",
                 "memberSelectors: [{matchExpressions: [{key: t, operator: Exists}]}]",
                 "memberSelectors: [{matchExpressions: [{key: t, operator: NotIn, values: [x]}]}]",
                 "memberSelectors: [{matchExpressions: [{key: u, operator: In, values: [v, z]}]}]",
                 "memberSelectors: [{}]", "memberSelectors: []"});
  }
  std::string metadata(const std::string& name, const std::string& ns, const std::string& extra) {
    return "metadata: {name: " + name + (ns.empty() ? "" : ", namespace: " + ns) +
           ", creationTimestamp: \"" + time() + "\"" +
           (chance(8) ? ", deletionTimestamp: \"2024-02-01T00:00:00Z\"" : "") + extra + "}\n";
  }
  std::string make_namespace() {
    std::string labels = pick({"t: x", "t: \"\"", "u: v", "t: x, u: v", "u: z", ""});
    if (chance(3)) labels += (labels.empty() ? "" : ", ") + ("maistra.io/member-of: " + plane_ns());
    if (chance(4)) labels += (labels.empty() ? "" : ", ") + std::string("istio-injection: enabled");
    return "---\napiVersion: v1\nkind: Namespace\n" +
           metadata(ns_name(), "", ", labels: {" + labels + "}");
  }
  std::string make_roll() {
    std::string spec = chance(6) ? "members: [\"*\"]" : chance(2) ? names() : selectors();
    return "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\n" +
           metadata(chance(10) ? "other" : "default", plane_ns(), "") + "spec: {" + spec + "}\n" +
           (chance(3) ? "status: {configuredMembers: [" + ns_name() + "]}\n" : "");
  }
  std::string make_member() {
    return "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\n" +
           metadata("default", ns_name(),
                    chance(2) ? ", annotations: {maistra.io/created-by: "
                                "servicemeshmemberroll-controller}"
                              : "") +
           "spec: {controlPlaneRef: {namespace: " + plane_ns() +
           ", name: " + pick({"m", "m", "other"}) + "}}\n";
  }
  std::string make_plane() {
    return "---\napiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\n" +
           metadata(pick({"m", "m", "other"}), plane_ns(), "") + "spec: {version: v2.5" +
           (chance(5) ? ", mode: ClusterWide" : "") + "}\n";
  }
  std::string make_options() {
    return "---\napiVersion: mesh.libmesh.dev/v1alpha1\nkind: MeshOptions\nmetadata: {name: "
           "default, namespace: " +
           plane_ns() + "}\nspec: {excludedNamespaces: [" + pick({"a", "b", "\"c*\""}) + "]}\n";
  }
  std::string make() {
    if (chance(12)) return make_options();
    switch (below(9)) {
      case 0:
      case 1:
      case 2:
        return make_namespace();
      case 3:
      case 4:
        return make_roll();
      case 5:
      case 6:
        return make_member();
      case 7:
        return make_plane();
      default:
        return service(ns_name(), "s", "10.0.0.1");  // also says that there is a namespace
    }
  }

 private:
  std::mt19937 random_;
};

// Applies what `text` says and notes it under its key.
void apply(Store& store, const std::string& text, std::map<kube::ObjectKey, std::string>& alive) {
  store.apply(text, "");
  Store one({"Kubernetes", "cluster.local", false, ""});
  one.apply(text, "");
  ASSERT_EQ(one.snapshot()->changed().size(), 1u) << text << text_of(one.snapshot()->diagnostics());
  alive[one.snapshot()->changed()[0]] = text;
}

// Property: Tenants that were kept up to date are those made anew.
TEST(TenantsProperty, IncrementalEqualsFresh) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    World world(seed);
    Store lived;
    std::map<kube::ObjectKey, std::string> alive;
    for (int step = 0; step < 80; ++step) {
      for (size_t i = 0; i <= world.below(3); ++i) {
        if (!alive.empty() && world.chance(3)) {
          auto victim =
              std::next(alive.begin(), static_cast<std::ptrdiff_t>(world.below(alive.size())));
          ASSERT_TRUE(lived.erase(victim->first));
          alive.erase(victim);
        } else {
          apply(lived, world.make(), alive);
        }
      }
      SnapshotPtr now = lived.snapshot();
      if (!world.chance(3)) continue;
      Store fresh;
      for (const auto& [key, text] : alive) fresh.apply(text, "");
      ASSERT_EQ(show(now->tenants()), show(fresh.snapshot()->tenants()))
          << "seed " << seed << " step " << step;
    }
  }
}

// Property: an older snapshot's Tenants do not change with newer ones.
TEST(TenantsProperty, OldOnesStay) {
  for (uint32_t seed = 100; seed <= 110; ++seed) {
    World world(seed);
    Store store;
    std::vector<std::pair<SnapshotPtr, std::string>> kept;
    for (int step = 0; step < 40; ++step) {
      store.apply(world.make(), "");
      kept.emplace_back(store.snapshot(), "");
      kept.back().second = show(kept.back().first->tenants());
    }
    for (const auto& [snapshot, text] : kept) ASSERT_EQ(show(snapshot->tenants()), text);
  }
}

// Two control planes; cp2's roll is the younger and has "a", as the trace shows.
struct Trace {
  const char* name;
  std::string text;
};
std::vector<Trace> traces() {
  return {
      {"the ServiceMeshMember that its roll made",
       ns("a") +
           "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, "
           "namespace: a, annotations: {maistra.io/created-by: "
           "servicemeshmemberroll-controller}}\nspec: {controlPlaneRef: {namespace: cp2, name: "
           "m}}\n"},
      {"the label", ns("a", "maistra.io/member-of: cp2")},
      {"the roll's status", ns("a")},
  };
}

std::string younger_roll(bool with_status) {
  return roll("cp2", "members: [a]", "2024-02-01T00:00:00Z") +
         (with_status ? "status: {configuredMembers: [a]}\n" : "");
}

// Property: whatever the owner of an older roll writes into it, a younger one that shows that it
// has a namespace keeps it; and once it lets go, the older one may have it.
TEST(TenantsProperty, TheHolderKeepsIt) {
  for (const Trace& trace : traces()) {
    const bool by_status = std::string(trace.name) == "the roll's status";
    for (uint32_t seed = 1; seed <= 20; ++seed) {
      World world(seed);
      Store store;
      store.apply(control_plane("cp1", "m") + control_plane("cp2", "m") + trace.text +
                      younger_roll(by_status),
                  "");
      for (int step = 0; step < 10; ++step) {
        std::string spec = world.chance(4)   ? "members: [\"*\"]"
                           : world.chance(2) ? "memberSelectors: [{}]"
                                             : "members: [b, a]";
        store.apply(roll("cp1", spec, "2024-01-01T00:00:00Z"), "");
        const Tenant* owner = store.snapshot()->tenants().of_namespace("a");
        ASSERT_NE(owner, nullptr);
        ASSERT_EQ(owner->ns, "cp2") << trace.name << " seed " << seed;
      }
      store.apply(roll("cp2", "members: []", "2024-02-01T00:00:00Z"), "");
      EXPECT_EQ(store.snapshot()->tenants().of_namespace("a")->ns, "cp1") << trace.name;
    }
  }
}

// Property: where nothing shows who has a namespace, the older roll gets it, in whatever order the
// files are read and whenever the line was written; a restart gives the same answer.
TEST(TenantsProperty, WithoutTracesTheOlderRollInAnyOrder) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    std::vector<std::string> files = {control_plane("cp1", "m"),
                                      control_plane("cp2", "m"),
                                      ns("a"),
                                      roll("cp1", "members: [a]", "2024-01-01T00:00:00Z"),
                                      roll("cp2", "members: [a]", "2024-02-01T00:00:00Z"),
                                      roll("cp2", "members: [\"*\"]", "2024-02-01T00:00:00Z")};
    std::mt19937 random(seed);
    std::shuffle(files.begin(), files.end(), random);
    Store store;
    for (const std::string& file : files) {
      store.apply(file, "");
      if (random() % 2 == 0) (void)store.snapshot();
    }
    EXPECT_EQ(store.snapshot()->tenants().of_namespace("a")->ns, "cp1") << "seed " << seed;
  }
}

// Property: what shows who has it does not give a namespace to a mesh that does not want it.
TEST(TenantsProperty, ATraceWithoutAWishIsNothing) {
  for (const Trace& trace : traces()) {
    Store store;
    store.apply(control_plane("cp1", "m") + control_plane("cp2", "m") + trace.text, "");
    EXPECT_EQ(store.snapshot()->tenants().of_namespace("a"), nullptr) << trace.name;
    store.apply(roll("cp1", "members: [a]"), "");
    EXPECT_EQ(store.snapshot()->tenants().of_namespace("a")->ns, "cp1") << trace.name;
  }
}

}  // namespace
}  // namespace mesh::index
