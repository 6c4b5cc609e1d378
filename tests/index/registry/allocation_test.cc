// Addresses of ServiceEntries in meshes: from one snapshot to the next, of one tenant, and switched off.
#include <gtest/gtest.h>

#include "libmesh/index/store.h"
#include "tests/index/support.h"

namespace mesh::index {
namespace {

using namespace mesh::testing;

std::string entry(const std::string& in, const std::string& name, const std::string& more = "") {
  return "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: " + name +
         ", namespace: " + in + "}\nspec: {hosts: [" + name +
         "], resolution: DNS, ports: [{number: 90, name: tcp, protocol: TCP}]" + more + "}\n";
}

// "host address; …" of the services of the mesh that has the namespace.
std::string addresses(const SnapshotPtr& snapshot, const std::string& plane = "") {
  std::string out;
  for (const Tenant& tenant : snapshot->tenants().list) {
    if (tenant.ns != plane) continue;
    for (const auto& service : snapshot->mesh(tenant.id)->services) {
      out += service->hostname + " " + service->auto_allocated_v4 + "; ";
    }
  }
  return out;
}

TEST(Addresses, FollowsWhatChanges) {
  Store store;
  store.apply(entry("a", "k.com") + entry("a", "m.com"), "a.yaml");
  const SnapshotPtr first = store.snapshot();
  EXPECT_EQ(addresses(first), "k.com 240.240.0.1; m.com 240.240.0.2; ");
  store.apply(entry("a", "l.com"), "b.yaml");
  EXPECT_EQ(addresses(store.snapshot()),
            "k.com 240.240.0.1; l.com 240.240.0.2; m.com 240.240.0.3; ");
  store.apply(entry("a", "l.com", ", addresses: [240.240.0.1]"), "b.yaml");
  EXPECT_EQ(addresses(store.snapshot()), "k.com 240.240.0.2; l.com ; m.com 240.240.0.3; ");
  store.erase({kube::Kind::kServiceEntry, "a", "l.com"});
  EXPECT_EQ(addresses(store.snapshot()), addresses(first));
}

// An address that stays is in the same service, so that nothing is made anew.
TEST(Addresses, WhatStaysIsTheSame) {
  Store store;
  store.apply(entry("a", "k.com") + entry("a", "m.com"), "a.yaml");
  const SnapshotPtr before = store.snapshot();
  store.apply(entry("a", "z.com"), "b.yaml");
  const SnapshotPtr after = store.snapshot();
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(before->mesh({})->services[i], after->mesh({})->services[i]);
  }
}

TEST(Addresses, IsOfTheTenantAlone) {
  Store store;
  store.apply(ns("one") + ns("two") + ns("app-one") + ns("app-two") +
                  control_plane("one", "basic") + control_plane("two", "basic") +
                  roll("one", "members: [app-one]") + roll("two", "members: [app-two]") +
                  entry("app-two", "m.com"),
              "");
  EXPECT_EQ(addresses(store.snapshot(), "two"), "m.com 240.240.0.1; ");
  store.apply(entry("app-one", "a.com") + entry("one", "b.com", ", addresses: [240.240.0.1]"), "");
  const SnapshotPtr snapshot = store.snapshot();
  EXPECT_EQ(addresses(snapshot, "two"), "m.com 240.240.0.1; ");
  EXPECT_EQ(addresses(snapshot, "one"), "a.com 240.240.0.2; b.com ; ");
}

TEST(Addresses, IsConfiguredByTheMesh) {
  auto of = [](const std::string& name, const std::string& value) {
    Store store;
    store.apply(entry("a", "k.com") + "---\ndefaultConfig: {proxyMetadata: {" + name + ": \"" +
                    value + "\"}}\n",
                "");
    const SnapshotPtr snapshot = store.snapshot();
    return addresses(snapshot) + text_of(snapshot->diagnostics());
  };
  EXPECT_EQ(of("PILOT_ENABLE_IP_AUTOALLOCATE", "false"), "k.com ; ");
  EXPECT_EQ(of("PILOT_IP_AUTOALLOCATE_IPV4_PREFIX", "10.9.0.0/16"), "k.com 10.9.0.1; ");
  const std::string wrong = of("PILOT_IP_AUTOALLOCATE_IPV4_PREFIX", "2001:2::/48");
  EXPECT_NE(wrong.find("k.com 240.240.0.1; "), std::string::npos);
  EXPECT_NE(wrong.find("is no range of IPv4 addresses; 240.240.0.0/16 counts"), std::string::npos)
      << wrong;
}

}  // namespace
}  // namespace mesh::index
