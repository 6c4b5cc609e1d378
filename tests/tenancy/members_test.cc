// The report of members: sorted into three lists, and who may read what.
#include "libmesh/tenancy/members.h"

#include <gtest/gtest.h>

#include "tests/index/support.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;

index::SnapshotPtr snapshot() {
  index::Store store;
  store.apply(control_plane("cp1", "one") + control_plane("cp2", "two") + ns("a") + ns("b") +
                  roll("cp1", "members: [a, nowhere, kube-system]") +
                  roll("cp2", "members: [a, b]"),
              "");
  return store.snapshot();
}

TEST(Members, ThreeLists) {
  std::vector<ControlPlaneReport> reports = members(*snapshot());
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].id, "cp1/one");
  ASSERT_EQ(reports[0].configured.size(), 1u);
  EXPECT_EQ(reports[0].configured[0].via, "spec.members[0]");
  ASSERT_EQ(reports[0].pending.size(), 1u);
  EXPECT_EQ(reports[0].pending[0].reason, "NamespaceNotExists");
  ASSERT_EQ(reports[0].refused.size(), 1u);
  EXPECT_EQ(reports[0].refused[0].reason, "Excluded");
  EXPECT_EQ(reports[0].namespaces, (std::vector<std::string>{"a", "cp1"}));
}

TEST(Members, OnlyAdministratorsLearnWhoHoldsANamespace) {
  index::SnapshotPtr now = snapshot();
  auto admin = members_of(*now, {"cp2/two"}, Audience::kAdministrator);
  auto tenant = members_of(*now, {"cp2/two"}, Audience::kTenant);
  ASSERT_TRUE(admin.ok() && tenant.ok());
  ASSERT_EQ(tenant->refused.size(), 1u);
  EXPECT_EQ(admin->refused[0].holder, "cp1/one");
  EXPECT_EQ(tenant->refused[0].holder, "");
  EXPECT_EQ(tenant->refused[0].message, admin->refused[0].message);
  EXPECT_EQ(tenant->refused[0].message.find("cp1"), std::string::npos);
  EXPECT_EQ(members_of(*now, {"cp3/x"}, Audience::kTenant).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mesh::tenancy
