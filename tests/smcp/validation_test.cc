// The field rules of each version, by goldens: one file, one rule, in all versions that it names.
#include "libmesh/smcp/validation.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "libmesh/document/read.h"
#include "libmesh/smcp/change.h"
#include "libmesh/smcp/go_duration.h"
#include "libmesh/smcp/path.h"
#include "tests/support/paths.h"

namespace mesh::smcp {
namespace {

Messages texts(const Value* value) {
  Messages out;
  if (value == nullptr || value->if_list() == nullptr) return out;
  for (const Value& text : *value->if_list()) out.push_back(*text.if_string());
  return out;
}

Value control_plane(const Value& golden, const std::string& version) {
  Value out;
  const std::string_view api = golden.string_at("api");
  out.set("apiVersion", Value("maistra.io/" + std::string(api.empty() ? "v2" : api)));
  put(out, "metadata.namespace", Value("mesh"));
  put(out, "metadata.name", Value("basic"));
  out.set("spec", *golden.find("spec"));
  put(out, "spec.version", Value(version));
  return out;
}

void hold_against(const std::string& file, const Value& golden) {
  Neighbours neighbours;
  if (const Value* others = golden.find("others")) {
    for (const Value& other : *others->if_list()) neighbours.control_planes.push_back(&other);
  }
  for (const std::string& ns : texts(golden.find("meshNamespaces"))) {
    neighbours.mesh_namespaces.insert(ns);
  }
  const bool* full = bool_at(golden, "full");
  const Messages versions = texts(golden.find("versions"));
  EXPECT_FALSE(versions.empty()) << file;
  for (const std::string& text : versions) {
    const auto version = parse_version(text);
    ASSERT_TRUE(version.ok()) << file;
    const Value smcp = control_plane(golden, text);
    const Messages found = full != nullptr && *full ? validate_full(smcp, *version, neighbours)
                                                    : validate(smcp, *version, neighbours);
    EXPECT_EQ(found, texts(golden.find("messages")))
        << file << " in " << text << ": " << golden.string_at("proves");
  }
}

TEST(Validation, Goldens) {
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(testing::source_path("tests/goldens/admission"))) {
    const std::string name = entry.path().filename().string();
    Diagnostics problems;
    const auto documents = document::read_any(
        testing::read_source_file("tests/goldens/admission/" + name), name, problems);
    ASSERT_TRUE(problems.empty() && documents.size() == 1) << name;
    if (documents.front().root.find("messages") == nullptr) continue;  // of the webhooks' test
    hold_against(name, documents.front().root);
    ++count;
  }
  EXPECT_GT(count, 60u);
}

TEST(Validation, SeveralMistakesAreOneMessage) {
  EXPECT_EQ(join({}), "");
  EXPECT_EQ(join({"a"}), "a");
  EXPECT_EQ(join({"a", "b"}), "[a, b]");
  EXPECT_EQ(join({"a", "a"}), "a");
  EXPECT_EQ(join({"a", "b", "a"}), "[a, b]");
}

TEST(Validation, RateLimitingKnowsTwoStores) {
  Value values;
  put(values, "rateLimiting.rls.enabled", Value(true));
  put(values, "rateLimiting.rls.storageBackend", Value("mysql"));
  EXPECT_EQ(check_rate_limiting(values), "");  // without an address nothing is made of it
  put(values, "rateLimiting.rls.storageAddress", Value("db:1"));
  EXPECT_EQ(check_rate_limiting(values),
            "invalid value \"mysql\" for rateLimiting.rls.storageBackend. It must be one of: "
            "{redis, memcache}");
  for (const char* store : {"redis", "memcache"}) {
    put(values, "rateLimiting.rls.storageBackend", Value(store));
    EXPECT_EQ(check_rate_limiting(values), "") << store;
  }
  put(values, "rateLimiting.rls.storageBackend", Value("mysql"));
  put(values, "rateLimiting.rls.enabled", Value(false));
  EXPECT_EQ(check_rate_limiting(values), "");
}

struct Step {
  const char* name;
  Version from;
  Version to;
  MeshContent content;
  const char* message;
};

TEST(VersionChange, GoesStepByStep) {
  const MeshContent extension{{{"ns", "wasm", ""}}, {}, {}};
  const Step kSteps[] = {
      {"the same version", Version::kV2_3, Version::kV2_3, extension, ""},
      {"into v2.2 nothing is asked", Version::kV2_0, Version::kV2_2, extension, ""},
      {"out of v1.x",
       Version::kV1_1,
       Version::kV2_5,
       {},
       "cannot upgrade control plane from version v1.1 to v2.5: inplace upgrade from v1.x to v2.0 "
       "is not supported"},
      {"into v1.x",
       Version::kV2_5,
       Version::kV1_1,
       {},
       "cannot downgrade control plane from version v2.5 to v1.1: inplace downgrade from v2.0 to "
       "v1.x is not supported"},
      {"down within v2", Version::kV2_6, Version::kV2_0, extension, ""},
      {"past v2.3 with an extension", Version::kV2_0, Version::kV2_3, extension,
       "cannot upgrade control plane from version v2.0 to v2.3: found a ServiceMeshExtension "
       "'wasm' in namespace 'ns'. ServiceMeshExtension support has been removed; please migrate "
       "existing ServiceMeshExtensions to WasmPlugin"},
  };
  for (const Step& step : kSteps) {
    EXPECT_EQ(check_version_change(step.from, step.to, step.content), step.message) << step.name;
  }
}

TEST(VersionChange, IntoV1_1MixersRemovedKindsAndHttpOn443StandInTheWay) {
  const MeshContent content{
      {}, {{"a", "q", "config.istio.io/v1alpha2, Kind=quota"}}, {{"a", "s", ""}}};
  EXPECT_EQ(check_upgrade_step(Version::kV1_1, content),
            "[a/q of type config.istio.io/v1alpha2, Kind=quota is not supported in newer version, "
            "port 443 is not allowed for http/http2 protocols on Service a/s]");
  EXPECT_EQ(check_downgrade_step(Version::kV1_1),
            "downgrading to a version below v1.1 is not supported");
  Value port;
  port.set("port", Value(int64_t{443}));
  for (const auto& [name, refused] : std::map<std::string, bool>{{"http", true},
                                                                 {"http2", true},
                                                                 {"http-a", true},
                                                                 {"http2-a", true},
                                                                 {"https", false}}) {
    port.set("name", Value(name));
    EXPECT_EQ(is_http_on_443(port), refused) << name;
  }
  port.set("port", Value(int64_t{80}));
  port.set("name", Value("http"));
  EXPECT_FALSE(is_http_on_443(port));
}

struct DurationRow {
  const char* text;
  const char* fault;  // nullptr: a duration
};

TEST(GoDuration, FaultsAreGos) {
  const DurationRow kRows[] = {
      {"0", nullptr},
      {"-0", nullptr},
      {"1h2m3.5s4ms5us6\u00b5s7\u03bcs8ns", nullptr},
      {".5s", nullptr},
      {"5.s", nullptr},
      {"+1m", nullptr},
      {"9223372036854775807ns", nullptr},
      {"-9223372036854775808ns", nullptr},
      {"", "time: invalid duration \"\""},
      {"+", "time: invalid duration \"+\""},
      {"x", "time: invalid duration \"x\""},
      {".s", "time: invalid duration \".s\""},
      {"1s ", "time: unknown unit \"s \" in duration \"1s \""},
      {"5", "time: missing unit in duration \"5\""},
      {"1.5", "time: missing unit in duration \"1.5\""},
      {"5 seconds", "time: unknown unit \" seconds\" in duration \"5 seconds\""},
      {"1d", "time: unknown unit \"d\" in duration \"1d\""},
      {"9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""},
      {"10000000000000000000000ns", "time: invalid duration \"10000000000000000000000ns\""},
      {"3000000h", "time: invalid duration \"3000000h\""},
      {"1\"\\", "time: unknown unit \"\\\"\\\\\" in duration \"1\\\"\\\\\""},
      {"1\u00e9", "time: unknown unit \"\\xc3\\xa9\" in duration \"1\\xc3\\xa9\""},
  };
  for (const DurationRow& row : kRows) {
    const auto fault = go_duration_fault(row.text);
    EXPECT_EQ(fault.value_or("-"), row.fault == nullptr ? "-" : row.fault) << row.text;
  }
}

}  // namespace
}  // namespace mesh::smcp
