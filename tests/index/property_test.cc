// Properties of the store over random histories. A failure prints the seed.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "libmesh/index/registry/targets.h"
#include "libmesh/index/snapshot_impl.h"
#include "libmesh/schema/kubernetes.h"
#include "tests/index/support.h"

namespace mesh::index {
namespace {

using kube::Kind;
using namespace mesh::testing;

std::string show(const model::Service& s, const model::EndpointSet* set) {
  std::string out = s.hostname + "/" + s.ns + " " + s.default_address + " " + s.auto_allocated_v4 +
                    " " + s.auto_allocated_v6 + " [";
  for (const auto& account : s.service_accounts) out += account + " ";
  out += "] aliases ";
  for (const auto& alias : s.aliases) out += alias.to_string() + " ";
  for (const auto& of : s.cluster_addresses) {
    out += " in " + of.cluster;
    for (const auto& address : of.addresses) out += " " + address;
  }
  out += s.synthesized ? "synthesized" : "";
  out += " labels " + std::to_string(s.labels.size());
  if (set == nullptr) return out + " no endpoints\n";
  for (const auto& e : set->endpoints) {
    out += "\n    " + e->addresses.front() + ":" + std::to_string(e->port) + " " +
           e->service_port_name + " " + e->workload_name + " " + e->service_account + " " +
           e->cluster_id + " " + e->locality.to_string() + (e->tls_mode_istio ? " mtls" : "") +
           (e->synthesized ? " synthesized" : "") + " health " +
           std::to_string(static_cast<int>(e->health));
    for (const auto& [key, value] : e->labels) out += " " + key + "=" + value;
  }
  return out + "\n";
}

template <typename T>
std::string names(const std::vector<Config<T>>& configs) {
  std::string out;
  for (const auto& config : configs) {
    out += to_string(config.object->key) + "@" + std::to_string(config.object->creation_time) + " ";
  }
  return out + "\n";
}

// Everything of a mesh that generation can see, as text.
std::string show(const Mesh& mesh) {
  std::string out = "root " + mesh.root_namespace + " trust " + mesh.trust_domain + "\nnamespaces";
  for (const auto& ns : mesh.namespaces) out += " " + ns;
  out += "\n";
  for (const auto& service : mesh.services) out += show(*service, mesh.endpoints_of(*service));
  for (const auto& service : mesh.services) {
    const model::ServicePtr* found = mesh.find_service(service->hostname, service->ns);
    out += service->ns + "/" + service->hostname + " -> " +
           (found == nullptr ? "nothing" : (*found)->object_name + " " + (*found)->default_address);
    out += " of";
    mesh.each_of_host(service->hostname, [&](const auto& of) { out += " " + of->ns; });
    out += "\n";
  }
  std::set<std::string> addresses;
  for (const EntryInstance& instance : mesh.entry_instances->list) {
    addresses.insert(instance.endpoint->addresses.front());
  }
  for (const std::string& address : addresses) {
    for (const std::string& ns : mesh.namespaces) {
      model::Proxy proxy;
      proxy.ns = ns;
      proxy.ip_addresses = {address};
      for (const model::ServiceTarget& target : service_targets(mesh, proxy)) {
        out += address + " in " + ns + " is " + std::to_string(target.target_port) + " " +
               show(*target.service, nullptr);
      }
    }
  }
  for (const auto& [key, pod] : mesh.pods) out += to_string(key) + "\n";
  for (const auto& [id, cluster] : mesh.clusters) {
    out += "cluster " + id + "\n";
    for (const auto& [key, pod] : cluster.pods) out += to_string(key) + "\n";
    for (const auto& service : cluster.services)
      out += show(*service, cluster.endpoints_of(*service));
  }
  out += names(mesh.virtual_services.get()) + names(mesh.peer_authentications.get());
  for (const auto& [ns, labels] : mesh.namespace_labels) {
    out += ns + ":";
    for (const auto& [k, v] : labels) out += " " + k + "=" + v;
    out += "\n";
  }
  out += mesh.config->access_log_file;
  mesh.each_secrets([&](const Secrets& secrets) {
    out += "\nsecrets";
    for (const auto& [key, secret] : secrets) {
      out += " " + key.ns + "/" + key.name + "=" + secret->as<k8s::Secret>().string_data.at("key");
    }
  });
  return out;
}

std::string show(const SnapshotPtr& snapshot) {
  std::string out;
  for (int i = 0; i < kube::kKindCount; ++i) {
    const auto add = [&](const ObjectMap& objects) {
      for (const auto& [key, object] : objects) {
        out += to_string(key) + (object->synthesized ? " synthesized\n" : "\n");
      }
    };
    add(snapshot->objects(static_cast<Kind>(i)));
    for (const auto& [id, remote] : snapshot->remotes()) {
      out += id + ":\n";
      add(remote.of(static_cast<Kind>(i)));
    }
  }
  for (const Tenant& tenant : snapshot->tenants().list) {
    out += "tenant " + tenant.id.value + "\n";
    for (const Member& member : tenant.members) {
      out += "  " + member.ns + " " + std::to_string(static_cast<int>(member.state)) + " " +
             member.reason + " via " + member.via + " " + member.holder.value + "\n";
    }
    out += show(*snapshot->mesh(tenant.id));
  }
  return out + text_of(snapshot->diagnostics());
}

// One random object: few names, so that objects meet.
class Objects {
 public:
  explicit Objects(uint32_t seed, std::vector<std::string> namespaces)
      : random_(seed), namespaces_(std::move(namespaces)) {}

  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  std::string app() { return std::string("s") + std::to_string(below(3)); }
  std::string ip() { return "10.1.0." + std::to_string(1 + below(5)); }
  std::string time() { return "2024-01-0" + std::to_string(1 + below(3)) + "T00:00:00Z"; }

  std::string make(bool tenancy) {
    const std::string& in = namespaces_[below(namespaces_.size())];
    std::string name = app();
    switch (below(tenancy ? 16 : 13)) {
      case 0:
        return service(in, name, below(3) == 0 ? "None" : "10.0.0." + std::to_string(1 + below(9)),
                       below(2) == 0 ? ", trafficDistribution: PreferClose" : "");
      case 1:
        return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name +
               ", namespace: " + in + "}\nspec: {type: ExternalName, externalName: " + app() + "." +
               in + ".svc.cluster.local}\n";
      case 2:
      case 3:
        return pod(in, "p" + std::to_string(below(4)), name, ip(),
                   below(2) == 0 ? "security.istio.io/tlsMode: istio" : "");
      case 4:
      case 5:
        return slice(in, name, "sl" + std::to_string(below(3)), {ip(), ip()},
                     below(2) == 0 ? "" : "p" + std::to_string(below(4)));
      case 6:
        return "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: " + name +
               ", namespace: " + in + "}\nsubsets: [{addresses: [{ip: " + ip() +
               "}], ports: [{name: http, port: 8080}]}]\n";
      case 7:
        return "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e" +
               std::to_string(below(3)) + ", namespace: " + in + ", creationTimestamp: \"" +
               time() + "\"}\nspec: {hosts: [" +
               (below(2) == 0 ? std::string("x.com") : name + "." + in + ".svc.cluster.local") +
               "], ports: [{number: 80, name: http, protocol: HTTP}], resolution: " +
               (below(2) == 0 ? "STATIC" : "DNS_ROUND_ROBIN") +
               (below(2) == 0 ? ", workloadSelector: {labels: {app: " + name + "}}"
                              : ", endpoints: [{address: " + ip() + "}]") +
               "}\n" +
               (below(3) != 0 ? ""
                              : "status: {addresses: [{host: x.com, value: 240.240.0." +
                                    std::to_string(1 + below(3)) + "}]}\n");
      case 8:
        return "---\napiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {name: w" +
               std::to_string(below(3)) + ", namespace: " + in + "}\nspec: {address: " + ip() +
               ", labels: {app: " + name + "}, serviceAccount: " + app() + "}\n";
      case 9:
        return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
               ", namespace: " + in + "}\nspec: {selector: {matchLabels: {app: " + name +
               "}}, template: {metadata: {labels: {app: " + name +
               "}}, spec: {containers: [{name: c, image: c}]}}}\n";
      case 10:
        return ns(in, below(2) == 0 ? "istio-injection: enabled" : "team: x");
      case 11:
        return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: " +
               name + ", namespace: " + in + ", creationTimestamp: \"" + time() +
               "\"}\nspec: {hosts: [a.com]}\n";
      case 12:
        return "---\napiVersion: v1\nkind: Secret\nmetadata: {name: " + name +
               ", namespace: " + in + "}\nstringData: {key: " + app() + "}\n";
      case 13:
        return control_plane(below(2) == 0 ? "cp1" : "cp2", "m");
      case 14:
        return roll(below(2) == 0 ? "cp1" : "cp2",
                    below(3) == 0 ? "members: [\"*\"]" : "members: [" + in + "]", time());
      default:
        return member(in, below(2) == 0 ? "cp1" : "cp2", "m");
    }
  }

 private:
  std::mt19937 random_;
  std::vector<std::string> namespaces_;
};

// Property: any order of apply and delete, with snapshots and meshes in between or not, gives what
// a fresh store gives that holds the same objects.
TEST(Property, HistoryDoesNotMatter) {
  for (uint32_t seed = 1; seed <= 25; ++seed) {
    Objects random(seed, {"a", "b", "c"});
    Store lived;
    std::map<kube::ObjectKey, std::string> alive;
    for (int step = 0; step < 60; ++step) {
      if (!alive.empty() && random.below(4) == 0) {
        auto victim =
            std::next(alive.begin(), static_cast<std::ptrdiff_t>(random.below(alive.size())));
        ASSERT_TRUE(lived.erase(victim->first));
        alive.erase(victim);
      } else {
        std::string text = random.make(true);
        lived.apply(text, "");
        Store one({"Kubernetes", "cluster.local", false, ""});
        one.apply(text, "");
        alive[one.snapshot()->changed().at(0)] = text;
      }
      if (random.below(3) != 0) continue;
      SnapshotPtr now = lived.snapshot();
      for (const Tenant& tenant : now->tenants().list) {
        if (random.below(2) == 0) (void)now->mesh(tenant.id);
      }
      if (random.below(4) != 0) continue;
      Store fresh;
      for (const auto& [key, text] : alive) fresh.apply(text, "");
      ASSERT_EQ(show(now), show(fresh.snapshot())) << "seed " << seed << " step " << step;
    }
  }
}

// The same with remote clusters that come and go: of a mesh without control planes, and of several tenants.
TEST(Property, HistoryOfClustersDoesNotMatter) {
  using Place = std::pair<std::string, kube::ObjectKey>;
  for (uint32_t seed = 400; seed <= 424; ++seed) {
    Objects random(seed, {"a", "b", "c"});
    const bool tenancy = seed % 2 == 0;
    Store lived;
    std::map<Place, std::string> alive;
    for (int step = 0; step < 80; ++step) {
      if (!alive.empty() && random.below(3) == 0) {
        auto victim =
            std::next(alive.begin(), static_cast<std::ptrdiff_t>(random.below(alive.size())));
        ASSERT_TRUE(lived.erase(victim->first.second, victim->first.first));
        alive.erase(victim);
      } else {
        const std::string text = random.make(tenancy);
        const std::string cluster = std::vector<std::string>{"", "east", "west"}[random.below(3)];
        lived.apply(text, "", cluster);
        Store one({"Kubernetes", "cluster.local", false, ""});
        one.apply(text, "");
        alive[{cluster, one.snapshot()->changed().at(0)}] = text;
      }
      if (random.below(3) != 0) continue;
      SnapshotPtr now = lived.snapshot();
      for (const Tenant& tenant : now->tenants().list) {
        if (random.below(2) == 0) (void)now->mesh(tenant.id);
      }
      if (random.below(4) != 0) continue;
      Store fresh;
      for (const auto& [place, text] : alive) fresh.apply(text, "", place.first);
      ASSERT_EQ(show(now), show(fresh.snapshot())) << "seed " << seed << " step " << step;
      Store copy;
      for (const auto& [place, text] : alive) {
        if (place.first.empty()) copy.apply(text, "");
      }
      copy_remotes(*now, copy);
      ASSERT_EQ(show(*now->mesh(now->tenants().list.front().id)),
                show(*copy.snapshot()->mesh(now->tenants().list.front().id)));
    }
  }
}

// Property: what a store made of objects as they came is what a builder makes that sees them all at
// once.
TEST(Property, TakingAheadDoesNotMatter) {
  for (uint32_t seed = 300; seed <= 320; ++seed) {
    Objects random(seed, {"a", "b", "istio-system"});
    Store store;
    for (int step = 0; step < 40; ++step) {
      std::string text = random.make(true);
      if (random.below(10) == 0) {
        text = ns("istio-system", "topology.istio.io/network: n" + std::to_string(step));
      } else if (random.below(10) == 0) {
        text =
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: "
            "istio-system}\ndata: {mesh: \"trustDomain: t" +
            std::to_string(step) + "\"}\n";
      }
      store.apply(text, "");
      if (random.below(4) != 0) continue;
      SnapshotPtr now = store.snapshot();
      const auto& objects = static_cast<const SnapshotImpl&>(*now).all_objects();
      for (const Tenant& tenant : now->tenants().list) {
        MeshBuilder fresh({"Kubernetes", "cluster.local", ""});
        ASSERT_EQ(show(*now->mesh(tenant.id)), show(*fresh.build(tenant, objects)))
            << "seed " << seed << " step " << step;
      }
    }
  }
}

// Property: an older snapshot answers the same after newer ones have been asked.
TEST(Property, OldSnapshotsStay) {
  for (uint32_t seed = 100; seed <= 120; ++seed) {
    Objects random(seed, {"a", "b"});
    Store store;
    std::vector<SnapshotPtr> snapshots;
    std::vector<std::string> fresh;
    std::string all;
    for (int step = 0; step < 8; ++step) {
      for (int i = 0; i < 5; ++i) {
        std::string text = random.make(false);
        all += text;
        store.apply(text, "");
      }
      snapshots.push_back(store.snapshot());
      Store same;
      for (size_t at = 0; at < all.size();) {
        size_t next = all.find("\n---\n", at + 1);
        next = next == std::string::npos ? all.size() : next + 1;
        same.apply(all.substr(at, next - at), "");
        at = next;
      }
      fresh.push_back(show(same.snapshot()));
    }
    for (size_t i = snapshots.size(); i-- > 0;) {  // the newest mesh is made first
      ASSERT_EQ(show(snapshots[i]), fresh[i]) << "seed " << seed << " step " << i;
    }
  }
}

// Property: whatever one tenant applies or deletes in its own namespaces, the other's mesh is the
// very same one. (Claims on namespaces are decided by Tenants; here each has its own.)
TEST(Property, TenantsDoNotTouchEachOther) {
  for (uint32_t seed = 200; seed <= 220; ++seed) {
    Objects mine(seed, {"a1", "a2"});
    Objects theirs(seed + 1000, {"b1", "b2"});
    Store store;
    store.apply(control_plane("cp1", "m") + control_plane("cp2", "m") +
                    roll("cp1", "members: [a1, a2]") + roll("cp2", "members: [b1, b2]") + ns("a1") +
                    ns("a2") + ns("b1") + ns("b2"),
                "");
    const auto cluster = [&] { return mine.below(2) == 0 ? "" : "east"; };
    for (int i = 0; i < 25; ++i) store.apply(mine.make(false), "", cluster());
    SnapshotPtr before = store.snapshot();
    MeshPtr mesh = before->mesh({"cp1/m"});
    std::string text = show(*mesh);
    for (int i = 0; i < 25; ++i) {
      store.apply(theirs.make(false), "", cluster());
      SnapshotPtr now = store.snapshot();
      ASSERT_EQ(now->mesh({"cp1/m"}), mesh) << "seed " << seed;
      (void)now->mesh({"cp2/m"});
    }
    EXPECT_EQ(show(*mesh), text);
    // And what is made of the one tenant's objects alone is equal.
    for (const auto& service : mesh->services) EXPECT_EQ(service->ns[0], 'a');
  }
}

}  // namespace
}  // namespace mesh::index
