// What a change sends: exactly the sessions that asked for the changed resource get exactly that
// one.
#include <gtest/gtest.h>

#include <memory>

#include "libmesh/index/store.h"
#include "libmesh/xds/generator.h"
#include "tests/support/discovery_client.h"
#include "tests/support/fleet.h"

namespace mesh::xds {
namespace {

using testing::DiscoveryClient;
using testing::Fleet;
using testing::Received;
using Names = std::vector<std::string>;

constexpr size_t kServices = 120;

// Sidecars of n0 see everything; those of n1, by its Sidecar, only their own namespace.
class Push : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    store_.apply(fleet_.text(), "");
    store_.apply(
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: default, namespace: "
        "n1}\n"
        "spec: {egress: [{hosts: ['./*']}]}\n",
        "");
    generator_.update(store_.snapshot());
    for (size_t i = 0; i < 20; ++i) {
      const std::string ns = "n" + std::to_string(i % 2);
      clients_.push_back(std::make_unique<DiscoveryClient>(
          generator_, SessionOptions{.delta = GetParam(), .flavour = {}, .secrets = {}},
          "sidecar~10.200.0." + std::to_string(i + 1) + "~p" + std::to_string(i) + "." + ns + "~" +
              ns + ".svc.cluster.local"));
      auto connected = clients_.back()->connect();
      ASSERT_TRUE(connected.ok()) << connected.error().message;
      ASSERT_EQ(clients_.back()->missing(), Names{});
      ASSERT_EQ(clients_.back()->state(Type::kEndpoint).size(),
                i % 2 == 0 ? kServices : kServices / 10);
    }
  }

  void change(const std::string& text) {
    store_.apply(text, "");
    generator_.update(store_.snapshot());
  }
  Received received(size_t client) {
    auto all = clients_[client]->update();
    EXPECT_TRUE(all.ok()) << all.error().message;
    return all.ok() ? *all : Received{};
  }

  const Fleet fleet_{.services = kServices, .namespaces = 10};
  index::Store store_;
  Generator generator_;
  std::vector<std::unique_ptr<DiscoveryClient>> clients_;
};

TEST_P(Push, AChangedSliceIsOneResourceForThoseWhoAsked) {
  change(fleet_.slice(30, 7));  // of a service in n0
  for (size_t i = 0; i < clients_.size(); ++i) {
    const Received got = received(i);
    if (i % 2 == 1) {
      EXPECT_EQ(got.messages, 0u) << "client " << i << " does not see n0";
      continue;
    }
    EXPECT_EQ(got.messages, 1u);
    EXPECT_EQ(got.removed, 0u);
    EXPECT_EQ(got.names, Names{fleet_.cluster(30)});
  }
}

TEST_P(Push, BothKindsGetWhatBothSee) {
  change(fleet_.slice(31, 7));  // of a service in n1
  for (size_t i = 0; i < clients_.size(); ++i) {
    EXPECT_EQ(received(i).names, Names{fleet_.cluster(31)}) << "client " << i;
  }
}

TEST_P(Push, NothingIsSentTwiceAndNoChangeIsNoMessage) {
  change(fleet_.slice(31, 7));
  EXPECT_EQ(received(0).messages, 1u);
  EXPECT_EQ(received(0).messages, 0u);
  change(fleet_.slice(31, 7));  // the same content
  EXPECT_EQ(received(0).messages, 0u);
  EXPECT_EQ(received(1).messages, 1u);  // who was not asked in between gets the newest, once
}

TEST_P(Push, SeveralChangesBetweenTwoLooksAreOneMessage) {
  change(fleet_.slice(40, 1));
  change(fleet_.slice(50, 2));
  change(fleet_.slice(40, 3));
  const Received got = received(0);
  EXPECT_EQ(got.messages, 1u);
  EXPECT_EQ(got.resources, 2u);
}

TEST_P(Push, ANewServiceComesWithItsEndpoints) {
  Fleet more = fleet_;
  more.services = kServices + 1;
  change(more.service(kServices) + more.slice(kServices));
  received(0);
  EXPECT_TRUE(clients_[0]->state(Type::kCluster).contains(more.cluster(kServices)));
  EXPECT_TRUE(clients_[0]->state(Type::kEndpoint).contains(more.cluster(kServices)));
  EXPECT_EQ(clients_[0]->missing(), Names{});
  store_.erase({kube::Kind::kService, more.ns(kServices), more.name(kServices)});
  generator_.update(store_.snapshot());
  received(0);
  EXPECT_FALSE(clients_[0]->state(Type::kCluster).contains(more.cluster(kServices)));
  EXPECT_FALSE(clients_[0]->state(Type::kEndpoint).contains(more.cluster(kServices)));
}

INSTANTIATE_TEST_SUITE_P(Forms, Push, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Delta" : "StateOfTheWorld"; });

}  // namespace
}  // namespace mesh::xds
