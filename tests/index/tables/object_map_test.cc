// ObjectMap against std::map, and the difference of two maps.
#include "libmesh/index/tables/object_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mesh::index {
namespace {

using kube::Kind;
using kube::ObjectKey;
using kube::ObjectPtr;
using Plain = std::map<ObjectKey, ObjectPtr>;

ObjectPtr object(const std::string& ns, const std::string& name) {
  auto out = std::make_shared<kube::Object>();
  out->key = {Kind::kService, ns, name};
  return out;
}

void expect_equal(const ObjectMap& map, const Plain& plain) {
  ASSERT_EQ(map.size(), plain.size());
  auto want = plain.begin();
  for (const auto& [key, value] : map) {
    ASSERT_EQ(key, want->first);
    ASSERT_EQ(value, want->second);
    ++want;
  }
}

// Property: a map behaves as std::map does, and its copies do not change with it.
TEST(ObjectMap, IsAMap) {
  std::mt19937 random(7);
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  ObjectMap map;
  Plain plain;
  for (int step = 0; step < 6000; ++step) {
    std::string ns = "n" + std::to_string(below(4));
    std::string name = "o" + std::to_string(below(300));
    ObjectMap copy = map;
    Plain plain_copy = plain;
    if (below(3) == 0) {
      EXPECT_EQ(map.erase({Kind::kService, ns, name}),
                plain.erase({Kind::kService, ns, name}) == 1);
    } else {
      ObjectPtr made = object(ns, name);
      map.set(made);
      plain[made->key] = made;
    }
    if (step % 500 != 0) continue;
    expect_equal(map, plain);
    expect_equal(copy, plain_copy);
    for (const auto& [key, value] : plain) {
      ASSERT_NE(map.get(key), nullptr);
      EXPECT_EQ(*map.get(key), value);
      EXPECT_EQ(map.find(key)->second, value);
    }
    size_t counted = 0;
    for (const auto& [key, value] : map.in_namespace("n1")) {
      EXPECT_EQ(key.ns, "n1");
      ++counted;
    }
    EXPECT_EQ(counted, std::count_if(plain.begin(), plain.end(),
                                     [](const auto& e) { return e.first.ns == "n1"; }));
  }
  EXPECT_EQ(map.get({Kind::kService, "n1", "none"}), nullptr);
  EXPECT_EQ(map.find({Kind::kService, "n1", "none"}), map.end());
}

// Property: the difference, applied to the one map, gives the other.
TEST(ObjectMap, TheDifferenceLeadsFromOneToTheOther) {
  std::mt19937 random(8);
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  for (int round = 0; round < 60; ++round) {
    ObjectMap before;
    for (size_t i = below(400); i > 0; --i)
      before.set(object("a", "o" + std::to_string(below(500))));
    ObjectMap after = before;
    for (size_t i = below(round % 2 == 0 ? 5 : 300); i > 0; --i) {
      std::string name = "o" + std::to_string(below(500));
      if (below(2) == 0) {
        after.erase({Kind::kService, "a", name});
      } else {
        after.set(object("a", name));
      }
    }
    ObjectMap rebuilt = before;
    ObjectKey last;
    ObjectMap::difference(before, after, [&](const ObjectPtr& old, const ObjectPtr& now) {
      ASSERT_NE(old, now);
      const ObjectKey& key = old == nullptr ? now->key : old->key;
      EXPECT_LT(last, key);
      last = key;
      if (old != nullptr) {
        EXPECT_EQ(*before.get(key), old);
      }
      if (now == nullptr) {
        rebuilt.erase(key);
      } else {
        rebuilt.set(now);
      }
    });
    Plain plain;
    for (const auto& [key, value] : after) plain.emplace(key, value);
    expect_equal(rebuilt, plain);
  }
}

}  // namespace
}  // namespace mesh::index
