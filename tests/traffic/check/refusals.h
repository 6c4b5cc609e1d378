// The errors of one object, and tables of objects that Istio refuses or takes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "libmesh/index/store.h"
#include "libmesh/traffic/check/metadata.h"
#include "libmesh/traffic/check/rules.h"
#include "libmesh/traffic/check/services.h"
#include "libmesh/traffic/check/workloads.h"

namespace mesh::traffic {

inline std::string group_of(const std::string& kind) {
  if (kind == "WasmPlugin" || kind == "TrafficExtension") return "extensions.istio.io/v1alpha1";
  if (kind == "Telemetry") return "telemetry.istio.io/v1";
  if (kind == "ProxyConfig") return "networking.istio.io/v1beta1";
  if (kind == "EnvoyFilter") return "networking.istio.io/v1alpha3";
  const bool security = kind.ends_with("Authentication") || kind == "AuthorizationPolicy";
  return security ? "security.istio.io/v1" : "networking.istio.io/v1";
}

// The fields that have an error, each with its message: "spec.host: is not set".
inline std::vector<std::string> refusals(const std::string& kind, const std::string& spec,
                                         const std::string& metadata = "name: x") {
  index::Store store;
  const auto applied = store.apply("apiVersion: " + group_of(kind) + "\nkind: " + kind +
                                       "\nmetadata: {namespace: app, " + metadata + "}\n" +
                                       (spec.empty() ? "" : "spec: " + spec + "\n"),
                                   "f.yaml");
  const auto snapshot = store.snapshot();
  const index::Tenant& tenant = snapshot->tenants().list.front();
  const auto mesh = snapshot->mesh(tenant.id);
  const Surroundings around(*snapshot, *mesh);
  std::vector<std::string> out;
  for (const Diagnostics& told :
       {check_rules(*mesh), check_route_rules(*mesh), check_services(*snapshot, tenant, around),
        check_workloads(*snapshot, tenant, around), check_metadata(*snapshot, tenant)}) {
    for (const Diagnostic& each : told) {
      if (each.severity != Severity::kError) continue;
      EXPECT_FALSE(each.mend.empty()) << each.field;
      EXPECT_EQ(each.object,
                kind + " app/" +
                    (metadata.find("name: x") == std::string::npos ? metadata.substr(6) : "x"));
      out.push_back(each.field + ": " + each.message);
    }
  }
  return out;
}

struct Refused {
  const char* rule;  // reads as the rule
  const char* kind;
  const char* spec;
  const char* field;
};
struct Taken {
  const char* rule;
  const char* kind;
  const char* spec;
};

inline void expect_refused(const std::vector<Refused>& rows) {
  for (const Refused& row : rows) {
    SCOPED_TRACE(row.rule);
    EXPECT_THAT(refusals(row.kind, row.spec),
                ::testing::ElementsAre(::testing::StartsWith(std::string(row.field) + ": ")))
        << row.spec;
  }
}
inline void expect_taken(const std::vector<Taken>& rows) {
  for (const Taken& row : rows) {
    SCOPED_TRACE(row.rule);
    EXPECT_THAT(refusals(row.kind, row.spec), ::testing::IsEmpty()) << row.spec;
  }
}

}  // namespace mesh::traffic
