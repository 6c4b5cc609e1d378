// What is found where the files hold no workload that the configuration is for.
#include "libmesh/xds/check/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "libmesh/base/codes.h"
#include "libmesh/index/store.h"
#include "tests/xds/fixtures.h"

namespace mesh::xds {
namespace {

Diagnostics check_of(const std::string& text) {
  index::Store store;
  store.apply(testing::kNamespace + text, "app.yaml");
  return check(store.snapshot());
}

// The fields that a code is told of, "object field".
std::vector<std::string> told(const Diagnostics& found, Code code) {
  std::vector<std::string> out;
  for (const Diagnostic& each : found) {
    if (each.code == code) out.push_back(each.object + " " + each.field);
  }
  return out;
}

const std::string kGateways = R"(
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: a, namespace: app}
spec: {selector: {istio: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: b, namespace: app}
spec: {selector: {istio: edge}, servers: [{port: {number: 80, name: tcp, protocol: TCP}, hosts: ["*"]}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: other, namespace: app}
spec: {selector: {istio: other}, servers: [{port: {number: 80, name: tcp, protocol: TCP}, hosts: ["*"]}]}
---
)";

TEST(Check, GatewaysThatSelectNoPodAreMergedAsForOneThatTheySelect) {
  EXPECT_EQ(told(check_of(kGateways), Code::kGatewayConflict),
            std::vector<std::string>{"Gateway app/b spec.servers[0]"});
}

std::string filter(const std::string& context, const std::string& cluster) {
  return R"(
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: f, namespace: app}
spec:
  configPatches:
  - applyTo: CLUSTER
    match: {context: )" +
         context + ", cluster: {name: \"" + cluster + R"("}}
    patch: {operation: MERGE, value: {connect_timeout: 7s}}
---
)";
}

TEST(Check, PatchesOfAnEnvoyFilterThatSelectsNoPodAreTried) {
  const std::vector<std::string> patch = {"EnvoyFilter app/f spec.configPatches[0]"};
  EXPECT_EQ(told(check_of(filter("SIDECAR_OUTBOUND", "none")), Code::kPatchUnmatched), patch);
  EXPECT_EQ(told(check_of(kGateways + filter("GATEWAY", "none")), Code::kPatchUnmatched), patch);
  EXPECT_TRUE(told(check_of(filter("SIDECAR_OUTBOUND", "BlackHoleCluster")), Code::kPatchUnmatched)
                  .empty());
}

// Which ports its pods have is not known.
TEST(Check, NothingIsSaidOfTheOwnPortsOfAPodThatIsNotThere) {
  EXPECT_TRUE(told(check_of(filter("SIDECAR_INBOUND", "none")), Code::kPatchUnmatched).empty());
  EXPECT_TRUE(told(check_of(filter("ANY", "none")), Code::kPatchUnmatched).empty());
}

}  // namespace
}  // namespace mesh::xds
