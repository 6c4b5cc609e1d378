// Property: what a RuleGroup finds by its indexes is what a walk over all its rules finds.
#include "libmesh/traffic/rule_group.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace mesh::traffic {
namespace {

const std::vector<std::string>& hosts() {
  static const std::vector<std::string> list = {"a.one.example.com",
                                                "b.one.example.com",
                                                "a.two.example.com",
                                                "*.one.example.com",
                                                "*.example.com",
                                                "*",
                                                "*.com",
                                                "one.example.com",
                                                "other.test",
                                                "*.test",
                                                "*two.example.com"};
  return list;
}

VirtualServicePtr rule(size_t number, const std::string& ns, std::vector<std::string> names) {
  auto object = std::make_shared<kube::Object>();
  object->key = {kube::Kind::kVirtualService, ns, "r" + std::to_string(number)};
  auto spec = std::make_shared<networking::VirtualService>();
  spec->hosts = std::move(names);
  return std::make_shared<VirtualService>(VirtualService{object, spec});
}

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  size_t below(size_t n) { return engine_() % n; }
  const std::string& host() { return hosts()[below(hosts().size())]; }
  std::string ns() { return "n" + std::to_string(below(3)); }

 private:
  std::mt19937 engine_;
};

std::vector<std::string> imports(Random& random, bool exclusions) {
  std::vector<std::string> out;
  for (size_t left = 1 + random.below(4); left > 0; --left) {
    const char* kOwners[] = {"*", ".", "n0", "n1"};
    std::string owner = kOwners[random.below(4)];
    if (exclusions && random.below(3) == 0) owner = "~" + owner;
    out.push_back(owner + "/" + random.host());
  }
  return out;
}

TEST(RuleGroup, FindsWhatAWalkFinds) {
  for (uint32_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    RuleGroup group;
    for (size_t i = 0; i < 12; ++i) {
      std::vector<std::string> names(random.below(3));
      for (std::string& name : names) name = random.host();
      auto made = rule(i, random.ns(), std::move(names));
      group.add(made);
      if (random.below(4) == 0) group.add(made);  // names a gateway twice
    }
    for (int asked = 0; asked < 6; ++asked) {
      const auto written = imports(random, asked % 3 == 2);
      const EgressHosts wanted(written, "n2");
      EXPECT_EQ(group.select(wanted).get(), group.scan(wanted));
      EXPECT_EQ(group.select(wanted).get(), group.scan(wanted)) << "asked again";
    }
  }
}

// One that follows another is the group that is made of the same rules.
TEST(RuleGroup, WhatDiffersIsAsIfMadeAnew) {
  for (uint32_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto some_rule = [&](size_t number) {
      std::vector<std::string> names(random.below(3));
      for (std::string& name : names) name = random.host();
      return rule(number, random.ns(), std::move(names));
    };
    std::map<size_t, std::pair<VirtualServicePtr, size_t>> all;  // and how often each is named
    for (size_t i = 100; i < 120; ++i) {
      if (random.below(2) == 0) all[i] = {some_rule(i), 1 + random.below(2)};
    }
    const auto fresh = [&] {
      auto group = std::make_shared<RuleGroup>();
      for (const auto& [number, named] : all) {
        for (size_t i = 0; i < named.second; ++i) group->add(named.first);
      }
      return group;
    };
    std::shared_ptr<const RuleGroup> group = fresh();
    for (int round = 0; round < 6; ++round) {
      std::vector<VirtualServicePtr> gone;
      std::vector<VirtualServicePtr> come;
      for (size_t i = 100; i < 120; ++i) {
        if (random.below(6) != 0) continue;
        if (const auto known = all.find(i); known != all.end()) {
          gone.push_back(known->second.first);
          all.erase(known);
        }
        if (random.below(3) == 0) continue;
        all[i] = {some_rule(i), 1 + random.below(2)};
        come.insert(come.end(), all[i].second, all[i].first);
      }
      group = std::make_shared<const RuleGroup>(group, gone, come);
      const auto expected = fresh();
      for (int asked = 0; asked < 4; ++asked) {
        const auto written = imports(random, asked % 3 == 2);
        const EgressHosts wanted(written, "n2");
        EXPECT_EQ(group->select(wanted).get(), expected->scan(wanted));
      }
      EXPECT_EQ(group->rules(), expected->rules());
    }
  }
}

TEST(RuleGroup, NamespacesThatImportTheSameShareTheList) {
  RuleGroup group;
  group.add(rule(1, "n0", {"a.one.example.com"}));
  group.add(rule(2, "n1", {"other.test"}));
  const RuleList one = group.select(EgressHosts({"*/*.example.com"}, "n0"));
  EXPECT_EQ(one.size(), 1u);
  EXPECT_TRUE(one.same(group.select(EgressHosts({"*/*.example.com"}, "n1"))));
  EXPECT_FALSE(one.same(group.select(EgressHosts({"*/*"}, "n1"))));
}

TEST(RuleGroup, TheFirstRuleOfAHostIsTheHosts) {
  const RuleList list(
      {rule(1, "n0", {"*.example.com"}), rule(2, "n1", {"*.example.com", "a.one.example.com"})});
  EXPECT_EQ((*list.by_host().match("a.one.example.com"))->name(), "r2");
  EXPECT_EQ((*list.by_host().match("b.one.example.com"))->name(), "r1");
}

}  // namespace
}  // namespace mesh::traffic
