#include "libmesh/smcp/versions.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::smcp {
namespace {

TEST(Versions, AreReadByTheirText) {
  for (const VersionFacts& row : all_versions()) {
    const Result<Version> parsed = parse_version(row.text);
    ASSERT_TRUE(parsed) << row.text;
    EXPECT_EQ(*parsed, row.version);
    EXPECT_EQ(facts(row.version).text, row.text) << "the table is in the order of the enumeration";
  }
}

TEST(Versions, RefusalsAreInMaistrasWords) {
  EXPECT_EQ(parse_version("v1.0").error().message, "support for v1.0 has been dropped");
  EXPECT_EQ(parse_version("v3.0").error().message, "invalid version: v3.0");
  EXPECT_EQ(parse_version("").error().message, "invalid version: ");
  EXPECT_EQ(parse_version("2.5").error().message, "invalid version: 2.5");
}

TEST(Versions, OnlyRecentOnesAreInstalled) {
  EXPECT_FALSE(supported(Version::kV1_1));
  EXPECT_FALSE(supported(Version::kV2_1));
  EXPECT_TRUE(supported(Version::kV2_2));
  EXPECT_TRUE(supported(Version::kV2_6));
}

TEST(Versions, ChangeWhereTheTrustDomainIs) {
  EXPECT_EQ(trust_domain_path(Version::kV2_1), "global.trustDomain");
  EXPECT_EQ(trust_domain_path(Version::kV2_2), "meshConfig.trustDomain");
}

}  // namespace
}  // namespace mesh::smcp
