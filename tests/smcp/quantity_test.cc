#include "libmesh/smcp/quantity.h"

#include <gtest/gtest.h>

namespace mesh::smcp {
namespace {

TEST(Quantity, IsWrittenAsKubernetesWritesIt) {
  const struct {
    const char* given;
    const char* written;
  } rows[] = {
      {"500m", "500m"},
      {"0.5", "500m"},
      {"5.5", "5500m"},
      {"1000m", "1"},
      {"1000", "1k"},
      {"1500", "1500"},
      {"100000k", "100M"},
      {"0", "0"},
      {"0Gi", "0"},
      {"-0.5", "-500m"},
      {"1024Mi", "1Gi"},
      {"1.5Gi", "1536Mi"},
      {"512Ki", "512Ki"},
      {"0.5Ki", "512"},
      {"1.1Gi", "1181116006400m"},
      {"1e3", "1e3"},
      {"12e2", "1200"},
      {"1E", "1E"},
      {"+1", "+1"},
      {"0.1Ki", "102400m"},
      {"2.500", "2.500"},
      {"12E3", "12E3"},
      {"1.", "1."},
      {"0.1n", "1n"},
      {"128974848", "128974848"},
      {"text", "text"},
      {"1e99", "1e99"},
  };
  for (const auto& row : rows) EXPECT_EQ(canonical_quantity(row.given), row.written) << row.given;
}

}  // namespace
}  // namespace mesh::smcp
