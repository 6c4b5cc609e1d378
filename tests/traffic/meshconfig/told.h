// What is told of MeshConfigs, and tables of those that Istio refuses, warns of or takes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libmesh/base/codes.h"
#include "libmesh/index/store.h"
#include "libmesh/traffic/meshconfig/check.h"

namespace mesh::traffic {

// Of the first tenant; `flag` lies over everything.
inline Diagnostics mesh_findings(const std::string& objects, const std::string& flag = "") {
  index::StoreOptions options;
  options.mesh_config = flag;
  index::Store store(options);
  store.apply(objects, "f.yaml");
  const auto snapshot = store.snapshot();
  Diagnostics out = check_mesh_config(*snapshot, snapshot->tenants().list.front());
  for (const Diagnostic& each : out) {
    EXPECT_FALSE(each.mend.empty()) << each.field;
    EXPECT_FALSE(each.field.empty()) << each.message;
    const bool whole =
        each.message.find("istiod refuses the whole MeshConfig") != std::string::npos;
    EXPECT_EQ(whole, each.severity == Severity::kError) << each.message;
    EXPECT_EQ(each.code == Code::kRuleInvalid, whole) << each.field;
  }
  return out;
}

// "error trustDomain", of a document without kind.
inline std::vector<std::string> told_of(const std::string& document) {
  std::vector<std::string> out;
  for (const Diagnostic& each : mesh_findings(document)) {
    EXPECT_EQ(each.object, "MeshConfig");
    EXPECT_EQ(each.file, "f.yaml");
    EXPECT_GT(each.line, 0U) << each.field;
    out.push_back(std::string(severity_text(each.severity)) + " " + each.field);
  }
  return out;
}

struct MeshRow {
  const char* document;
  const char* field;
};

inline void expect_told(const std::string& severity, const std::vector<MeshRow>& rows) {
  for (const MeshRow& row : rows) {
    EXPECT_THAT(told_of(row.document), ::testing::ElementsAre(severity + " " + row.field))
        << row.document;
  }
}
inline void expect_refused(const std::vector<MeshRow>& rows) { expect_told("error", rows); }
inline void expect_warned(const std::vector<MeshRow>& rows) { expect_told("warning", rows); }
inline void expect_taken(const std::vector<std::string>& documents) {
  for (const std::string& each : documents) {
    EXPECT_THAT(told_of(each), ::testing::IsEmpty()) << each;
  }
}

}  // namespace mesh::traffic
