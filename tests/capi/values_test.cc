// Values and conversion through the C functions.
#include "tests/capi/support.h"

namespace mesh::testing {
namespace {

constexpr const char* kControlPlane =
    "apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\n"
    "metadata: {name: basic, namespace: mesh}\nspec: {version: v2.5}\n";

bool has(const meshpp::Buffer& buffer, std::string_view word) {
  return buffer.text().find(word) != std::string_view::npos;
}

TEST(Values, AControlPlaneHasValuesAndCharts) {
  meshpp::Store store;
  store.apply(kControlPlane);
  const meshpp::Snapshot now = store.snapshot();
  EXPECT_TRUE(has(now.values(), R"("chart":"istio-discovery")"));
  EXPECT_TRUE(
      has(now.values("mesh/basic", R"({"cni": false})"), R"("istio_cni":{"enabled":false)"));
  EXPECT_FALSE(has(now.values(), R"("path":"mesh-config","namespace":"mesh","group":1,"values")"));
  EXPECT_TRUE(has(now.values({}, R"({"releaseValues": true})"),
                  R"("path":"mesh-config","namespace":"mesh","group":1,"values")"));
  EXPECT_TRUE(has(now.values({}, R"({"images": {"pilot": "my/pilot"}})"), "my/pilot"));
  EXPECT_TRUE(has(now.values({}, R"({"chartDefaults": {"mine": 1}, "releaseValues": true})"),
                  R"("mine":1)"));
}

TEST(Values, WrongCalls) {
  meshpp::Store store;
  store.apply(kControlPlane);
  const meshpp::Snapshot now = store.snapshot();
  struct Row {
    const char* tenant;
    const char* options;
    mesh_code code;
  };
  const Row kRows[] = {
      {"mesh/other", "", MESH_NOT_FOUND},
      {"", "[]", MESH_PARSE},
      {"", "{", MESH_PARSE},
      {"", R"({"cnj": true})", MESH_INVALID_ARGUMENT},
      {"", R"({"cni": "yes"})", MESH_INVALID_ARGUMENT},
      {"", R"({"images": {"pilot": 1}})", MESH_INVALID_ARGUMENT},
      {"", R"({"defaultProfile": "mine"})", MESH_INVALID_ARGUMENT},
  };
  for (const Row& row : kRows) {
    mesh_buffer* out = nullptr;
    EXPECT_EQ(code_of(mesh_snapshot_values(now.get(), view(row.tenant), view(row.options), &out)),
              row.code)
        << row.tenant << row.options;
    EXPECT_EQ(out, nullptr);
  }
  mesh_buffer* out = nullptr;
  EXPECT_EQ(code_of(mesh_snapshot_values(nullptr, {}, {}, &out)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_convert(view("a"), {}, view("v3"), &out)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_convert(view("a"), {}, view("v2"), nullptr)), MESH_INVALID_ARGUMENT);
}

TEST(Convert, ThereAndBack) {
  const meshpp::Buffer older = meshpp::convert(kControlPlane, "smcp.yaml", "v1");
  EXPECT_TRUE(has(older, R"("apiVersion":"maistra.io/v1")"));
  EXPECT_TRUE(has(older, R"("diagnostics":[])"));
  const meshpp::Buffer same = meshpp::convert(kControlPlane, "smcp.yaml", "maistra.io/v2");
  EXPECT_TRUE(has(same, R"("spec":{"version":"v2.5"})"));
}

TEST(Convert, MistakesAreDiagnostics) {
  const meshpp::Buffer broken = meshpp::convert("a: [", "smcp.yaml", "v1");
  EXPECT_TRUE(has(broken, R"("documents":[])") && has(broken, R"("syntax")"));
  const std::string odd = std::string(kControlPlane) + "---\n" +
                          "{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, metadata: "
                          "{name: odd, namespace: mesh}, spec: {version: v9}}\n";
  const meshpp::Buffer rest = meshpp::convert(odd, "smcp.yaml", "v1");
  EXPECT_TRUE(has(rest, R"("name":"basic")") && !has(rest, R"("name":"odd")"));
  EXPECT_TRUE(has(rest, R"("code":"conversion")"));
}

}  // namespace
}  // namespace mesh::testing
