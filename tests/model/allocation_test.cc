// Addresses for ServiceEntries: who gets which. Goldens serviceentry-allocation* compare the answers with those of
// Istio's controller itself.
#include "libmesh/model/network/allocation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "libmesh/document/yaml.h"
#include "libmesh/kube/reader.h"
#include "libmesh/model/network/address_sequence.h"

namespace mesh::model {
namespace {

using kube::ObjectPtr;

ObjectPtr entry(const std::string& name, const std::string& spec, const std::string& status = "",
                const std::string& metadata = "") {
  Diagnostics found;
  auto documents = document::read_yaml(
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: " + name +
          ", namespace: a" + (metadata.empty() ? "" : ", " + metadata) + "}\nspec: {" + spec +
          "}\n" + (status.empty() ? "" : "status: {addresses: [" + status + "]}\n"),
      "", found);
  return kube::make_object(kube::Kind::kServiceEntry, std::move(documents.at(0).root), found);
}

std::string created(int day) {
  return "creationTimestamp: \"2025-01-0" + std::to_string(day) + "T00:00:00Z\"";
}

std::string at(const std::string& host, const std::string& address) {
  return "{host: " + host + ", value: \"" + address + "\"}";
}

Allocation allocated(const std::vector<ObjectPtr>& entries, const AllocationOptions& options = {}) {
  std::vector<AddressClaim> claims;
  for (const ObjectPtr& each : entries) claims.push_back(address_claim(each));
  std::vector<const AddressClaim*> all;
  for (const AddressClaim& claim : claims) all.push_back(&claim);
  return allocate_addresses(all, options);
}

// "host 240.240.0.1 2001:2::1; …", entries by "/".
std::string given(const std::vector<ObjectPtr>& entries, const AllocationOptions& options = {}) {
  std::string out;
  bool first = true;
  for (const auto& of_entry : allocated(entries, options).entries) {
    out += std::exchange(first, false) ? "" : " / ";
    for (const HostAddresses& each : of_entry) {
      out += each.host + " " + each.ipv4 + " " + each.ipv6 + ";";
    }
  }
  return out;
}

TEST(Allocation, WhoGetsAddresses) {
  struct Row {
    const char* rule;
    ObjectPtr entry;
    const char* given;
  };
  const Row rows[] = {
      {"DNS", entry("e", "hosts: [x], resolution: DNS"), "x 240.240.0.1 2001:2::1;"},
      {"STATIC", entry("e", "hosts: [x], resolution: STATIC"), "x 240.240.0.1 2001:2::1;"},
      {"each host once", entry("e", "hosts: [z, x, z], resolution: DNS"),
       "x 240.240.0.2 2001:2::2;z 240.240.0.1 2001:2::1;"},
      {"not NONE", entry("e", "hosts: [x]"), ""},
      {"not with addresses", entry("e", "hosts: [x], resolution: DNS, addresses: [1.1.1.1]"), ""},
      {"not with addresses that are none",
       entry("e", "hosts: [x], resolution: DNS, addresses: [none]"), ""},
      {"not who does not want",
       entry("e", "hosts: [x], resolution: DNS", "",
             "labels: {networking.istio.io/enable-autoallocate-ip: "
             "\"FALSE\"}"),
       ""},
      {"another value of the label says nothing",
       entry("e", "hosts: [x], resolution: DNS", "",
             "labels: {networking.istio.io/enable-autoallocate-ip: \"no\"}"),
       "x 240.240.0.1 2001:2::1;"},
      {"no wildcard", entry("e", "hosts: [\"*.x\", z], resolution: STATIC"),
       "z 240.240.0.1 2001:2::1;"},
      {"a wildcard that is resolved", entry("e", "hosts: [\"*.x\"], resolution: DYNAMIC_DNS"),
       "*.x 240.240.0.1 2001:2::1;"},
      {"a status counts",
       entry("e", "hosts: [x], resolution: DNS",
             at("x", "240.240.7.7") + "," + at("x", "2001:2::7")),
       "x 240.240.7.7 2001:2::7;"},
      {"also one of one family, or out of range",
       entry("e", "hosts: [x], resolution: DNS", at("x", "10.0.0.1")), "x 10.0.0.1 ;"},
      {"what is no address in it does not",
       entry("e", "hosts: [x], resolution: DNS", at("x", "bogus")), "x 240.240.0.1 2001:2::1;"},
      {"what it says of other hosts goes, and is not given at once",
       entry("e", "hosts: [x], resolution: DNS", at("z", "240.240.0.1")),
       "x 240.240.0.2 2001:2::1;"},
      {"a host that comes to it leaves the others",
       entry("e", "hosts: [new, x], resolution: DNS",
             at("x", "240.240.0.1") + "," + at("x", "2001:2::1")),
       "new 240.240.0.2 2001:2::2;x 240.240.0.1 2001:2::1;"},
      {"a status of who wants none", entry("e", "hosts: [x]", at("x", "240.240.0.1")), ""},
  };
  for (const Row& row : rows) EXPECT_EQ(given({row.entry}), row.given) << row.rule;
}

TEST(Allocation, InTheOrderOfCreationNamespaceAndName) {
  const ObjectPtr a = entry("a", "hosts: [a], resolution: DNS");
  const ObjectPtr b = entry("b", "hosts: [b], resolution: DNS");
  EXPECT_EQ(given({b, a}), "b 240.240.0.2 2001:2::2; / a 240.240.0.1 2001:2::1;");
  const ObjectPtr late = entry("a", "hosts: [late], resolution: DNS", "", created(2));
  const ObjectPtr early = entry("z", "hosts: [early], resolution: DNS", "", created(1));
  EXPECT_EQ(given({late, early}), "late 240.240.0.2 2001:2::2; / early 240.240.0.1 2001:2::1;");
}

TEST(Allocation, AnEntryThatIsCreatedLaterMovesNobody) {
  std::vector<ObjectPtr> entries = {entry("m", "hosts: [m, o], resolution: DNS", "", created(1)),
                                    entry("k", "hosts: [k], resolution: DNS", "", created(2))};
  const std::string before = given(entries);
  entries.push_back(entry("a", "hosts: [a], resolution: DNS", "", created(3)));
  EXPECT_EQ(given(entries), before + " / a 240.240.0.4 2001:2::4;");
}

TEST(Allocation, WhatIsTakenIsLeftOut) {
  const ObjectPtr x = entry("x", "hosts: [x], resolution: DNS");
  // Of spec and of status, whoever comes first, and also where the status goes.
  EXPECT_EQ(given({x, entry("z", "hosts: [z], addresses: [240.240.0.1, \"2001:2::2\"]")}),
            "x 240.240.0.2 2001:2::1; / ");
  EXPECT_EQ(given({x, entry("z", "hosts: [z], resolution: DNS", at("z", "240.240.0.1"))}),
            "x 240.240.0.2 2001:2::1; / z 240.240.0.1 ;");
  EXPECT_EQ(given({x, entry("z", "hosts: [z]", at("z", "240.240.0.1"))}),
            "x 240.240.0.1 2001:2::1; / ");
}

TEST(Allocation, TheOldestKeepsAnAddressOfTwo) {
  const std::string status = at("x", "240.240.0.5") + "," + at("x", "2001:2::5");
  const ObjectPtr old = entry("z", "hosts: [x], resolution: DNS", status, created(1));
  const ObjectPtr young = entry("a", "hosts: [x, w], resolution: DNS",
                                status + "," + at("w", "240.240.0.9"), created(2));
  EXPECT_EQ(given({young, old}),
            "w 240.240.0.2 2001:2::2;x 240.240.0.1 2001:2::1; / x 240.240.0.5 2001:2::5;");
  const ObjectPtr user = entry("u", "hosts: [u], addresses: [240.240.0.5]", "", created(3));
  EXPECT_EQ(given({user, old}), " / x 240.240.0.1 2001:2::1;");
  const std::vector<ObjectPtr> all = {young, old};
  const Allocation made = allocated(all);
  ASSERT_EQ(made.conflicts.size(), 1u);
  EXPECT_EQ(made.conflicts[0].entry, young);
  EXPECT_EQ(made.conflicts[0].holder, old);
  EXPECT_EQ(made.conflicts[0].address, "240.240.0.5");
}

TEST(Allocation, RangesEnd) {
  AllocationOptions options;
  options.ipv4 = "10.0.0.0/30";
  options.ipv6 = "fd00::/64";
  std::vector<ObjectPtr> entries;
  for (const char* name : {"a", "b", "c", "d"}) {
    entries.push_back(entry(name, std::string("hosts: [") + name + "], resolution: DNS"));
  }
  EXPECT_EQ(given(entries, options),
            "a 10.0.0.1 fd00::1; / b 10.0.0.2 fd00::2; / c 10.0.0.3 fd00::3; / d  fd00::4;");
  const Allocation made = allocated(entries, options);
  ASSERT_EQ(made.without.size(), 1u);
  EXPECT_EQ(made.without[0], entries[3]);
  // From a byte to the next, and a range of one address, of which the first is not taken.
  options.ipv4 = "10.0.0.255/16";
  EXPECT_EQ(given({entries[0]}, options), "a 10.0.1.0 fd00::1;");
  options.ipv4 = "10.0.0.1/32";
  EXPECT_EQ(given({entries[0]}, options), "a  fd00::1;");
  options.ipv4 = "255.255.255.255/32";
  EXPECT_EQ(given({entries[0]}, options), "a  fd00::1;");
  options.enabled = false;
  EXPECT_EQ(given({entries[0]}, options), "");
}

TEST(Allocation, OptionsOfTheMesh) {
  auto read = [](std::map<std::string, std::string> metadata, size_t wrong) {
    meshconfig::MeshConfig config;
    meshconfig::ProxyConfig proxies;
    proxies.proxy_metadata = {metadata.begin(), metadata.end()};
    config.default_config = proxies;
    Diagnostics found;
    AllocationOptions out = allocation_options(config, found);
    EXPECT_EQ(found.size(), wrong);
    return std::string(out.enabled ? "on " : "off ") + out.ipv4 + " " + out.ipv6;
  };
  const std::string usual = "on 240.240.0.0/16 2001:2::/48";
  EXPECT_EQ(read({}, 0), usual);
  EXPECT_EQ(read({{"PILOT_ENABLE_IP_AUTOALLOCATE", "F"}}, 0), "off 240.240.0.0/16 2001:2::/48");
  EXPECT_EQ(read({{"PILOT_ENABLE_IP_AUTOALLOCATE", "no"}}, 0), usual);
  EXPECT_EQ(read({{"PILOT_IP_AUTOALLOCATE_IPV4_PREFIX", "10.0.0.0/8"},
                  {"PILOT_IP_AUTOALLOCATE_IPV6_PREFIX", "fd00::/64"}},
                 0),
            "on 10.0.0.0/8 fd00::/64");
  EXPECT_EQ(read({{"PILOT_IP_AUTOALLOCATE_IPV4_PREFIX", "fd00::/64"},
                  {"PILOT_IP_AUTOALLOCATE_IPV6_PREFIX", "x"}},
                 2),
            usual);
}

// The same for each seed, on every machine.
auto numbers_below(unsigned seed) {
  return [state = seed * 2654435761u + 1](unsigned n) mutable {
    state = state * 1664525u + 1013904223u;
    return state / 65536u % n;
  };
}

// Of a hundred random sets: an address is given once, and the answer does not depend on the order.
TEST(Allocation, NoAddressIsGivenTwice) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    auto below = numbers_below(seed);
    std::vector<ObjectPtr> entries;
    for (unsigned i = 0; i < 12; ++i) {
      const std::string host = "h" + std::to_string(i);
      const std::string address = "240.240.0." + std::to_string(1 + below(9));
      const std::string status =
          below(2) == 0
              ? ""
              : at(host, address) + "," + at(host, "2001:2::" + std::to_string(1 + below(9)));
      const std::string own = below(6) == 0 ? ", addresses: [" + address + "]" : "";
      entries.push_back(entry(
          "e" + std::to_string(i),
          "hosts: [" + host + (below(3) == 0 ? ", more-" + host : "") + "], resolution: DNS" + own,
          status, created(static_cast<int>(1 + below(3)))));
    }
    const Allocation made = allocated(entries);
    std::set<std::string> seen;
    for (const ObjectPtr& each : entries) {
      for (const auto& own : each->as<networking::ServiceEntry>().addresses) seen.insert(own);
    }
    for (const auto& of_entry : made.entries) {
      for (const HostAddresses& each : of_entry) {
        EXPECT_TRUE(seen.insert(each.ipv4).second) << seed << " " << each.ipv4;
        EXPECT_TRUE(seen.insert(each.ipv6).second) << seed << " " << each.ipv6;
      }
    }
    std::vector<ObjectPtr> turned(entries.rbegin(), entries.rend());
    auto back = allocated(turned).entries;
    std::reverse(back.begin(), back.end());
    EXPECT_EQ(back, made.entries) << seed;
  }
}

// Of a hundred random sets without statuses: a sequence over the entries in their order gives what the controller gives.
TEST(Allocation, SequenceIsWhatTheControllerGives) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    auto below = numbers_below(seed);
    AllocationOptions options;
    if (below(2) == 0) options.ipv4 = "240.240.0.248/29";  // which are too few
    // Texts of which the last part begins anew, and of which the last two do.
    if (below(3) == 0) options.ipv4 = "240.240.255.250/12";
    if (below(2) == 0) options.ipv6 = "2001:2::fffc/48";
    if (below(3) == 0) options.ipv6 = "::ffff:fffc/96";
    std::vector<ObjectPtr> entries;
    for (unsigned i = 0; i < 10; ++i) {
      const std::string host = "h" + std::to_string(i);
      const std::string own =
          below(3) != 0
              ? ""
              : ", addresses: [\"240.240.0." + std::to_string(1 + below(250)) +
                    "\", \"2001:2::" + (below(2) == 0 ? "fff" + std::to_string(below(10)) : "1:1") +
                    "\"]";
      entries.push_back(entry("e" + std::to_string(i),
                              "hosts: [" + host + (below(3) == 0 ? ", more-" + host : "") +
                                  "], resolution: " + (below(5) == 0 ? "NONE" : "DNS") + own,
                              "", created(static_cast<int>(1 + below(3)))));
    }
    std::stable_sort(entries.begin(), entries.end(), [](const ObjectPtr& a, const ObjectPtr& b) {
      return a->creation_time < b->creation_time;
    });
    std::vector<AddressClaim> claims;
    for (const ObjectPtr& each : entries) claims.push_back(address_claim(each));
    std::vector<const AddressClaim*> all;
    for (const AddressClaim& claim : claims) all.push_back(&claim);
    AddressSequence sequence(all, options);
    std::vector<std::vector<HostAddresses>> expected;
    for (const AddressClaim& claim : claims) {
      std::vector<HostAddresses>& of_entry = expected.emplace_back();
      for (const std::string_view host : claim.hosts) {
        const auto [ipv4, ipv6] = sequence.next();
        of_entry.push_back({std::string(host), std::string(ipv4), std::string(ipv6)});
      }
    }
    EXPECT_EQ(expected, allocate_addresses(all, options).entries) << seed;
  }
}

}  // namespace
}  // namespace mesh::model
