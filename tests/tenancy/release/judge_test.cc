// What keeps the operator from rendering a control plane, in its words, wherever it is asked.
#include "libmesh/tenancy/release/judge.h"
#include "libmesh/base/codes.h"

#include <gtest/gtest.h>

#include <string>

#include "libmesh/tenancy/check.h"
#include "libmesh/tenancy/plan/plan.h"
#include "libmesh/tenancy/roll/status.h"
#include "tests/index/support.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;

index::SnapshotPtr snapshot_of(const std::string& yaml) {
  index::Store store({"Kubernetes", "cluster.local", false, ""});
  store.apply(yaml, "");
  return store.snapshot();
}

Refusal refusal_of(const std::string& spec) {
  const auto now = snapshot_of(control_plane("mesh", "basic", spec));
  const Judgement judged = judge(*now, now->tenants().list.front(), {});
  EXPECT_EQ(judged.rendering.has_value(), judged.refusal.reason.empty());
  return judged.refusal;
}

// What nobody wrote is right in every version.
TEST(Judge, TheDefaultsOfEveryVersionAreRendered) {
  for (const smcp::VersionFacts& row : smcp::all_versions()) {
    for (const char* more : {"", ", gateways: {openshiftRoute: {}}", ", tracing: {type: None}"}) {
      EXPECT_EQ(refusal_of("version: " + std::string(row.text) + more).cause, "")
          << row.text << more;
    }
  }
}

TEST(Judge, Refusals) {
  struct Row {
    const char* spec;
    const char* reason;
    const char* cause;
  };
  const Row kRows[] = {
      {"version: v9.9", "ValidationError", "invalid version: v9.9"},
      {"version: v2.5, mode: Sideways", "ValidationError",
       "spec.mode must be either MultiTenant or ClusterWide"},
      {"version: v2.5, techPreview: {errored: {message: oops}}", "ValidationError",
       "conversion error: oops"},
      {"version: v2.5, profiles: [nope]", "ReconcileError",
       "profile \"nope\" is not known to v2.5; there are: base, default, gateway-controller, "
       "maistra, servicemesh, small"},
      // Kiali is on by the profile alone.
      {"version: v2.3, addons: {prometheus: {enabled: false}}", "ValidationError",
       ".spec.addons.prometheus.enabled must be true when .spec.addons.kiali.enabled is true"},
      {"version: v2.5, techPreview: {rateLimiting: {rls: {enabled: true, storageBackend: mysql, "
       "storageAddress: db}}}",
       "ValidationError",
       "invalid value \"mysql\" for rateLimiting.rls.storageBackend. It must be one of: {redis, "
       "memcache}"},
  };
  for (const Row& row : kRows) {
    const Refusal refusal = refusal_of(row.spec);
    EXPECT_EQ(refusal.reason, row.reason) << row.spec;
    EXPECT_EQ(refusal.cause, row.cause) << row.spec;
  }
}

// Status, plan and check say the same, and nothing is planned for what is not rendered.
TEST(Judge, EverybodySaysTheSame) {
  const auto now = snapshot_of(control_plane("mesh", "basic", "version: v2.5, mode: Sideways") +
                               ns("mesh") + ns("shop") + roll("mesh", "members: [shop]"));
  const std::string cause = "spec.mode must be either MultiTenant or ClusterWide";
  const Plan made = plan(*now);
  for (const Step& step : made.steps) EXPECT_EQ(step.phase, Phase::kRecords);
  ASSERT_FALSE(made.notes.empty());
  EXPECT_EQ(made.notes.front().reason, "ValidationError");
  EXPECT_EQ(made.notes.front().message, cause);
  const Diagnostics told = check(*now);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told.front().code, Code::kControlPlaneInvalid);
  EXPECT_EQ(told.front().message, cause);
  const Statuses all = statuses(*now);
  EXPECT_EQ(condition_of(all.control_planes.front().conditions, "Ready").message,
            "Spec is invalid: error: " + cause);
}

// Two meshes of which one serves the whole cluster: neither is rendered until one goes.
TEST(Judge, AMeshOfTheWholeClusterIsAlone) {
  const auto now = snapshot_of(control_plane("one", "a", "version: v2.5, mode: ClusterWide") +
                               control_plane("two", "b", "version: v2.5"));
  EXPECT_EQ(check(*now).size(), 2u);
  const Plan made = plan(*now);
  for (const Step& step : made.steps) EXPECT_EQ(step.phase, Phase::kRecords);
}

// That API shows objects that are stored as v2 by their values.
TEST(Judge, AV1ObjectOfALaterVersionIsJudgedAsWhatItStandsFor) {
  const auto now = snapshot_of(
      "apiVersion: maistra.io/v1\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, "
      "namespace: "
      "mesh}\nspec: {version: v2.5, istio: {global: {mtls: {enabled: true}}}}\n");
  EXPECT_TRUE(judge(*now, now->tenants().list.front(), {}).rendering.has_value());
}

}  // namespace
}  // namespace mesh::tenancy
