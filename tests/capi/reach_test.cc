// mesh_snapshot_reach through the door: what it answers, and what it refuses.
#include "mesh/reach.h"

#include <gtest/gtest.h>

#include "tests/capi/support.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kCluster = R"(
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: a}
spec: {containers: [{name: app}]}
status: {podIP: 10.0.0.1, phase: Running}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: a}
spec: {podSelector: {}}
)";

meshpp::Snapshot snapshot() {
  meshpp::Store store;
  store.apply(kCluster, "a.yaml");
  return store.snapshot();
}

TEST(Reach, Answers) {
  const std::string text(snapshot().reach("203.0.113.7", "a/web:80").text());
  EXPECT_NE(text.find(R"("answer":"no")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"({"kind":"NetworkPolicy","namespace":"a","name":"closed"})"),
            std::string::npos)
      << text;
  const std::string planned(snapshot().reach("a/web", "a/web:80", R"({"planned": true})").text());
  EXPECT_NE(planned.find(R"("planned":true)"), std::string::npos) << planned;
}

TEST(Reach, Refuses) {
  const meshpp::Snapshot now = snapshot();
  mesh_buffer* out = nullptr;
  auto asked = [&](const char* from, const char* to, const char* options) {
    return code_of(mesh_snapshot_reach(now.get(), view(from), view(to), view(options), &out));
  };
  EXPECT_EQ(asked("a/nobody", "a/web", ""), MESH_NOT_FOUND);
  EXPECT_EQ(asked("web", "a/web", ""), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(asked("a/web", "a/web:0", ""), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(asked("a/web", "a/web", "{\"plan\": true}"), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(out, nullptr);
  EXPECT_EQ(code_of(mesh_snapshot_reach(nullptr, view("a/web"), view("a/web"), view(""), &out)),
            MESH_INVALID_ARGUMENT);
  EXPECT_EQ(
      code_of(mesh_snapshot_reach(now.get(), view("a/web"), view("a/web"), view(""), nullptr)),
      MESH_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace mesh::testing
