// Services and what they are made of.
#include "libmesh/traffic/check/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traffic/check/told.h"

namespace mesh::traffic {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Diagnostics told(const std::string& text) {
  index::Store store;
  store.apply(text, "f.yaml");
  const auto snapshot = store.snapshot();
  const index::Tenant& tenant = snapshot->tenants().list.front();
  return check_services(*snapshot, tenant, Surroundings(*snapshot, *snapshot->mesh(tenant.id)));
}

std::string behind(const std::string& target) {
  return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: app, labels: {app: web}}\n"
         "spec: {containers: [{name: c, ports: [{containerPort: 8080, name: web}]}]}\n"
         "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: app}\n"
         "spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: " +
         target + "}]}\n";
}

// Kubernetes sends to a number whoever says that he listens; to a name only where a container has it.
TEST(TargetPorts, NobodySaysAreARemarkByNumberAndAWarningByName) {
  EXPECT_THAT(told(behind("8080")), IsEmpty());
  EXPECT_THAT(told(behind("web")), IsEmpty());
  for (const auto& [target, severity] :
       {std::pair("18080", Severity::kInfo), std::pair("wbe", Severity::kWarning)}) {
    const auto found = told(behind(target));
    ASSERT_THAT(places(found), ElementsAre("Service app/web spec.ports[0].targetPort"));
    EXPECT_EQ(found[0].severity, severity) << target;
  }
}

}  // namespace
}  // namespace mesh::traffic
