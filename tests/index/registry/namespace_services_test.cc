// Which services of a namespace select a workload.
#include "libmesh/index/registry/namespace_services.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace mesh::index {
namespace {

Labels some_labels(std::mt19937& random, size_t most) {
  Labels out;
  for (size_t i = random() % (most + 1); i > 0; --i) {
    out["k" + std::to_string(random() % 4)] = "v" + std::to_string(random() % 5);
  }
  return out;
}

// The index finds what a walk over all finds, in the same order.
TEST(ServicesOfNamespace, FindsThoseThatSelectInOrder) {
  std::mt19937 random(1);
  for (const size_t size : {size_t{3}, size_t{32}, size_t{33}, size_t{400}}) {
    std::vector<model::ServicePtr> list;
    for (size_t i = 0; i < size; ++i) {
      auto service = std::make_shared<model::Service>();
      service->registry =
          random() % 5 == 0 ? model::Registry::kExternal : model::Registry::kKubernetes;
      service->selector = some_labels(random, 3);
      list.push_back(std::move(service));
    }
    const ServicesOfNamespace services(list);
    size_t selected = 0;
    for (int turn = 0; turn < 200; ++turn) {
      const Labels labels = some_labels(random, 4);
      std::vector<model::ServicePtr> expected, found;
      for (const model::ServicePtr& service : list) {
        if (service->registry == model::Registry::kKubernetes && !service->selector.empty() &&
            labels_match(service->selector, labels)) {
          expected.push_back(service);
        }
      }
      services.each_selecting(labels, [&](const auto& service) { found.push_back(service); });
      ASSERT_EQ(found, expected);
      selected += found.size();
    }
    EXPECT_GT(selected, 0u);
  }
}

TEST(NamespaceServices, KeepTheListsThatAreTheSame) {
  const auto in = [](const std::string& ns) {
    auto service = std::make_shared<model::Service>();
    service->ns = ns;
    return service;
  };
  std::vector<model::ServicePtr> all{in("a"), in("b"), in("a")};
  const NamespaceServices before = by_namespace(all, {});
  EXPECT_EQ(before.at("a")->list, (std::vector<model::ServicePtr>{all[0], all[2]}));
  all.push_back(in("b"));
  const NamespaceServices after = by_namespace(all, before);
  EXPECT_EQ(after.at("a"), before.at("a"));
  EXPECT_NE(after.at("b"), before.at("b"));
  EXPECT_EQ(after.at("b")->list, (std::vector<model::ServicePtr>{all[1], all[3]}));
}

}  // namespace
}  // namespace mesh::index
