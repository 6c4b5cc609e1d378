// spec.addons.3scale: the adapter for Red Hat's 3scale (v1.1 and v2.0).
#include <array>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

using enum FieldKind;

constexpr std::array kRules = {
    FieldRule{"enabled", kBool, {"enabled"}},
    FieldRule{"listen_addr", kInt, {"PARAM_THREESCALE_LISTEN_ADDR"}},
    FieldRule{"log_grpc", kBool, {"PARAM_THREESCALE_LOG_GRPC"}},
    FieldRule{"log_json", kBool, {"PARAM_THREESCALE_LOG_JSON"}},
    FieldRule{"log_level", kText, {"PARAM_THREESCALE_LOG_LEVEL"}},
    FieldRule{"metrics.port", kInt, {"PARAM_THREESCALE_METRICS_PORT"}},
    FieldRule{"metrics.report", kBool, {"PARAM_THREESCALE_REPORT_METRICS"}},
    FieldRule{"system.cache_max_size", kLong, {"PARAM_THREESCALE_CACHE_ENTRIES_MAX"}},
    FieldRule{"system.cache_refresh_retries", kInt, {"PARAM_THREESCALE_CACHE_REFRESH_RETRIES"}},
    FieldRule{"system.cache_refresh_interval", kInt, {"PARAM_THREESCALE_CACHE_REFRESH_SECONDS"}},
    FieldRule{"system.cache_ttl", kInt, {"PARAM_THREESCALE_CACHE_TTL_SECONDS"}},
    FieldRule{"client.allow_insecure_connections", kBool, {"PARAM_THREESCALE_ALLOW_INSECURE_CONN"}},
    FieldRule{"client.timeout", kInt, {"PARAM_THREESCALE_CLIENT_TIMEOUT_SECONDS"}},
    FieldRule{"grpc.max_conn_timeout", kInt, {"PARAM_THREESCALE_GRPC_CONN_MAX_SECONDS"}},
    FieldRule{"backend.enable_cache", kBool, {"PARAM_THREESCALE_USE_CACHED_BACKEND"}},
    FieldRule{"backend.cache_flush_interval",
              kInt,
              {"PARAM_THREESCALE_BACKEND_CACHE_FLUSH_INTERVAL_SECONDS"}},
    FieldRule{
        "backend.policy_fail_closed", kBool, {"PARAM_THREESCALE_BACKEND_CACHE_POLICY_FAIL_CLOSED"}},
};

}  // namespace

void threescale_to_values(const Value& threescale, Tree& values) {
  Value written{Map{}};
  Tree tree(written, values.faults());
  fields_to_values(kRules, threescale, tree);
  values.overwrite(written, Path{"3scale"});
}

bool threescale_from_values(Tree& values, Value& threescale) {
  auto part = open_part(values, "3scale");
  if (!part) return false;
  Tree tree(*part, values.faults());
  Parts parts(tree);
  fields_from_values(kRules, parts, threescale);
  close_part(values, Path{"3scale"}, *part);
  return not_empty_map(&threescale);
}

}  // namespace mesh::smcp
