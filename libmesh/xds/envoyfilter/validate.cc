// The rules of one EnvoyFilter (pkg/config/validation/envoyfilter/envoyfilter.go).
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <re2/re2.h>

#include <string>
#include <string_view>

#include "libmesh/base/codes.h"
#include "libmesh/base/expression.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/xds/envoyfilter/check.h"
#include "libmesh/xds/envoyfilter/listener_patcher.h"

namespace mesh::xds::envoyfilter {
namespace {

constexpr size_t kMaxVersionLength = 1024;

class Validator {
 public:
  Validator(const index::EnvoyFilter& filter, const Patch& patch, Diagnostics& out)
      : filter_(filter), patch_(patch), out_(out) {}

  void run() {
    if (!check_waypoint() || patch_.context == Context::WAYPOINT) return;
    if (!check_shape() || !check_version()) return;
    if (!check_match()) return;
    check_value();
  }

 private:
  bool fail(std::string_view field, std::string message, std::string mend) {
    add(Severity::kError, field, std::move(message), std::move(mend));
    return false;
  }
  void warn(std::string_view field, std::string message, std::string mend) {
    add(Severity::kWarning, field, std::move(message), std::move(mend));
  }
  void add(Severity severity, std::string_view field, std::string message, std::string mend) {
    std::string path = "spec.configPatches[" + std::to_string(patch_.index) + "]";
    if (!field.empty()) path += "." + std::string(field);
    out_.push_back(traffic::finding(severity, Code::kPatchInvalid, *filter_.object, std::move(path),
                                    std::move(message), std::move(mend)));
  }

  bool check_waypoint();
  bool check_shape();
  bool check_version();
  bool check_match();
  bool check_listener_match();
  bool check_filter_match(const networking::EnvoyFilter_ListenerMatch_FilterMatch& filter);
  void check_value();
  void check_typed_config(const Message& message, int depth);

  ApplyTo to() const { return patch_.spec->apply_to; }

  const index::EnvoyFilter& filter_;
  const Patch& patch_;
  Diagnostics& out_;
};

// Of waypoints the CRD says what may be matched, and nothing else is asked.
bool Validator::check_waypoint() {
  const auto& match = patch_.spec->match;
  if (!match) return true;
  const bool is_waypoint = patch_.context == Context::WAYPOINT;
  if (is_waypoint != static_cast<bool>(match->waypoint)) {
    return fail(is_waypoint ? "match.context" : "match.waypoint",
                is_waypoint ? "is WAYPOINT, and the match is of no waypoint"
                            : "stands beside another context than WAYPOINT",
                "write context WAYPOINT and waypoint together");
  }
  if (!is_waypoint) return true;
  // A number that is there is a port.
  const document::Value* number = &traffic::nearest(
      filter_.object->document,
      "spec.configPatches[" + std::to_string(patch_.index) + "].match.waypoint.portNumber");
  const bool written = number->if_int() != nullptr || match->waypoint->port_number != 0;
  if (!written || (match->waypoint->port_number >= 1 && match->waypoint->port_number <= 65535)) {
    return true;
  }
  return fail("match.waypoint.portNumber",
              std::to_string(match->waypoint->port_number) + " is no port",
              "write a number from 1 to 65535");
}

bool Validator::check_shape() {
  if (to() == ApplyTo::INVALID) {
    return fail("applyTo", "is missing", "say what the patch applies to, as HTTP_FILTER");
  }
  if (!patch_.spec->patch) return fail("patch", "is missing", "give an operation and a value");
  const auto& patch = *patch_.spec->patch;
  if (patch.operation == Operation::INVALID) {
    return fail("patch.operation", "is missing", "one of MERGE, ADD, REMOVE, INSERT_BEFORE, …");
  }
  if (patch.operation != Operation::REMOVE && patch.value.is_null()) {
    return fail("patch.value", "is missing; only REMOVE has none",
                "give the " + std::string(value_type(to())) + " to " +
                    std::string(enum_name(patch.operation)));
  }
  if (to() == ApplyTo::BOOTSTRAP) {
    warn("applyTo", "is BOOTSTRAP, which a control plane does not apply",
         "use a custom bootstrap of the proxy");
  }
  return true;
}

bool Validator::check_version() {
  const auto& match = patch_.spec->match;
  if (!match || !match->proxy || match->proxy->proxy_version.empty()) return true;
  const std::string& version = match->proxy->proxy_version;
  if (version.size() > kMaxVersionLength) {
    warn("match.proxy.proxyVersion", "is longer than 1024 characters: it matches no proxy",
         "shorten it");
    return true;
  }
  const RE2 read(with_old_groups(version), RE2::Quiet);
  if (read.ok()) return true;
  return fail("match.proxy.proxyVersion", "is no regular expression: " + read.error(),
              "write it as RE2 has them, as ^1\\.30.*");
}

bool Validator::check_match() {
  const auto& match = patch_.spec->match;
  if (!match) return true;
  const bool any =
      match->listener || match->route_configuration || match->cluster || match->waypoint;
  if (!any) return true;
  switch (to()) {
    case ApplyTo::LISTENER:
    case ApplyTo::FILTER_CHAIN:
    case ApplyTo::NETWORK_FILTER:
    case ApplyTo::HTTP_FILTER:
      if (!match->listener) return fail("match", "is of another kind than applyTo", "use listener");
      return check_listener_match();
    case ApplyTo::ROUTE_CONFIGURATION:
    case ApplyTo::VIRTUAL_HOST:
    case ApplyTo::HTTP_ROUTE:
      if (match->route_configuration) return true;
      fail("match", "is of another kind than applyTo", "use routeConfiguration");
      return true;
    case ApplyTo::CLUSTER:
      if (!match->cluster) fail("match", "is of another kind than applyTo", "use cluster");
      return true;
    case ApplyTo::INVALID:
    case ApplyTo::EXTENSION_CONFIG:
    case ApplyTo::BOOTSTRAP:
    case ApplyTo::LISTENER_FILTER:
      return true;
  }
  return true;
}

bool Validator::check_listener_match() {
  const auto& listener = *patch_.spec->match->listener;
  if (!listener.filter_chain || !listener.filter_chain->filter) return true;
  if (to() == ApplyTo::LISTENER || to() == ApplyTo::FILTER_CHAIN) {
    warn("match.listener.filterChain.filter",
         "has no effect on a patch of " + std::string(enum_name(to())), "leave it out");
  }
  return check_filter_match(*listener.filter_chain->filter);
}

bool Validator::check_filter_match(
    const networking::EnvoyFilter_ListenerMatch_FilterMatch& filter) {
  constexpr std::string_view kFilter = "match.listener.filterChain.filter";
  const std::string sub = std::string(kFilter) + ".subFilter";
  if (filter.name.empty()) return fail(kFilter, "has no name", "name the filter to match");
  if (!filter.sub_filter) return true;
  if (to() != ApplyTo::HTTP_FILTER) {
    return fail(sub, "is for patches of HTTP_FILTER only", "leave it out");
  }
  if (filter.name != kConnectionManager && filter.name != "envoy.http_connection_manager") {
    return fail(sub, "is for a connection manager only",
                "match the filter " + std::string(kConnectionManager));
  }
  if (filter.sub_filter->name.empty()) return fail(sub, "has no name", "name the HTTP filter");
  return true;
}

void Validator::check_value() {
  const auto at = [](const std::string& path) {
    if (path.empty()) return std::string("patch.value");
    return "patch.value" + (path.front() == '[' ? path : "." + path);
  };
  if (const auto& error = patch_.faults.error) {
    fail(at(error->path), error->message + "; the patch is left out",
         "write it as Envoy's " + std::string(value_type(to())) + " has it");
    return;
  }
  for (const schema::ValueFault& fault : patch_.faults.unknown) {
    warn(at(fault.path), fault.message + "; it is left out", "mend its name");
  }
  const bool merges = patch_.merges();
  if (patch_.value != nullptr && !merges) check_typed_config(*patch_.value, 0);
}

// What Envoy would look up by name alone: it no longer does.
void Validator::check_typed_config(const Message& message, int depth) {
  constexpr int kDeepest = 64;
  if (depth > kDeepest) return;
  const auto* type = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  bool wants = false;
  bool has_config = false;
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->is_repeated() || field->cpp_type() != field->CPPTYPE_MESSAGE) continue;
    const bool set = reflection->HasField(message, field);
    wants = wants || field->name() == "typed_config";
    has_config = has_config ||
                 (set && (field->name() == "typed_config" || field->name() == "config_discovery"));
    if (set) check_typed_config(reflection->GetMessage(message, field), depth + 1);
  }
  if (!wants || has_config) return;
  const auto* name = type->FindFieldByName("name");
  warn("patch.value",
       "has no typed_config" +
           (name == nullptr ? std::string() : " for \"" + text_at(message, "name") + "\"") +
           ": Envoy finds no extension by name alone",
       "give typed_config with its @type");
}

}  // namespace

void check_object(const index::EnvoyFilter& filter, Diagnostics& out) {
  if (filter.spec->workload_selector && filter.spec->workload_selector->labels.empty()) {
    out.push_back(traffic::finding(
        Severity::kWarning, Code::kPatchInvalid, *filter.object, "spec.workloadSelector",
        "has no labels, so that it selects every workload", "leave it out or give labels"));
  }
  const auto patches = patches_of(*traffic::envoy_patches(filter));
  for (const Patch& patch : *patches) Validator(filter, patch, out).run();
}

}  // namespace mesh::xds::envoyfilter
