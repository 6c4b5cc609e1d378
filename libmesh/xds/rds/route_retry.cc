// Retry policies (pilot/pkg/networking/core/route/retry/retry.go).

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/previous_hosts.h"
#include "libmesh/schema/gen/envoy/previous_priorities.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/xds/rds/route_builder.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;

constexpr std::string_view kDefaultRetryOn =
    "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";
constexpr std::string_view kStatusCodes = "retriable-status-codes";

struct RetryOn {
  std::string text;
  std::vector<uint32_t> codes;
};

// The codes that have a name in Go's net/http, which is what Istio asks.
bool is_http_status(int code) {
  constexpr std::array<int, 62> kKnown = {
      100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301,
      302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409,
      410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428,
      429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511};
  for (int known : kKnown) {
    if (known == code) return true;
  }
  return false;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Istio lets status codes stand among the conditions; Envoy wants them apart.
RetryOn parse_retry_on(std::string_view text) {
  RetryOn out;
  while (!text.empty()) {
    size_t comma = text.find(',');
    std::string_view part = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (part.empty()) continue;
    int code = 0;
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), code);
    if (error == std::errc() && end == part.data() + part.size() && is_http_status(code)) {
      out.codes.push_back(static_cast<uint32_t>(code));
      continue;
    }
    if (!out.text.empty()) out.text += ',';
    out.text += part;
  }
  if (!out.codes.empty() && out.text.find(kStatusCodes) == std::string::npos) {
    out.text += "," + std::string(kStatusCodes);
  }
  return out;
}

void write_predicates(er::RetryPolicy& out, bool previous_hosts) {
  out.host_selection_retry_max_attempts(5);
  if (!previous_hosts) return;
  out.retry_host_predicate([](er::RetryPolicy_RetryHostPredicate predicate) {
    predicate.name("envoy.retry_host_predicates.previous_hosts");
    predicate.typed_config<envoy::previous_hosts::PreviousHostsPredicate>();
  });
}

}  // namespace

namespace {

std::string write_policy(const networking::HTTPRetry* policy, bool consistent_hash) {
  std::string bytes;
  bytes.reserve(256);
  if (policy != nullptr && policy->attempts <= 0) return bytes;
  er::RetryPolicy out(bytes);
  RetryOn retry_on;
  const bool stated = policy != nullptr && !policy->retry_on.empty();
  if (stated) retry_on = parse_retry_on(policy->retry_on);
  out.retry_on(stated ? std::string_view(retry_on.text) : kDefaultRetryOn);
  out.num_retries(policy == nullptr ? 2U : static_cast<uint32_t>(policy->attempts));
  bool previous_hosts = !consistent_hash;
  if (policy != nullptr && policy->retry_ignore_previous_hosts) {
    previous_hosts = *policy->retry_ignore_previous_hosts;
  }
  write_predicates(out, previous_hosts);
  if (policy == nullptr) return bytes;
  if (!retry_on.codes.empty()) out.retriable_status_codes(retry_on.codes);
  if (policy->per_try_timeout) out.per_try_timeout(*policy->per_try_timeout);
  if (policy->retry_remote_localities && *policy->retry_remote_localities) {
    out.retry_priority([](er::RetryPolicy_RetryPriority priority) {
      priority.name("envoy.retry_priorities.previous_priorities");
      priority.typed_config<envoy::previous_priorities::PreviousPrioritiesConfig>(
          [](auto config) { config.update_frequency(2); });
    });
  }
  if (policy->backoff) {
    out.retry_back_off([&](er::RetryPolicy_RetryBackOff b) { b.base_interval(*policy->backoff); });
  }
  return bytes;
}

}  // namespace

std::string retry_policy(const networking::HTTPRetry* policy, bool consistent_hash) {
  if (policy != nullptr) return write_policy(policy, consistent_hash);
  // What nobody says anything about is the same everywhere.
  static const std::string by_default[] = {write_policy(nullptr, false),
                                           write_policy(nullptr, true)};
  return by_default[consistent_hash ? 1 : 0];
}

}  // namespace mesh::xds
