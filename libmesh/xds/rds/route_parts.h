// The parts of an Envoy route, each from its field of a VirtualService.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/model/ids.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/matcher.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/schema/istio.h"

namespace mesh::xds {

// What the match amounts to, for its siblings: the path as shown in traces, and whether it matches everything.
struct MatchSummary {
  std::string_view path = "/";  // of the match, or constant
  bool any_rest = true;         // it is a prefix: a '*' follows
  bool catch_all = true;
};

// A null match is prefix "/".
// `separated`: prefixes end at path separators, as those of Ingress do.
MatchSummary write_match(envoy::route::RouteMatch out, const networking::HTTPMatchRequest* match,
                         bool separated);
void write_string_match(envoy::matcher::StringMatcher out, const networking::StringMatch& match);
void write_redirect(envoy::route::RedirectAction out, const networking::HTTPRedirect& redirect,
                    uint32_t port, bool tls);
// Envoy knows 301, 302, 303, 307 and 308; a route with another code gets no action.
bool is_supported_redirect(const networking::HTTPRedirect& redirect);
void write_direct_response(envoy::route::DirectResponseAction out,
                           const networking::HTTPDirectResponse& response);
void write_fault(envoy::route::Route& out, const networking::HTTPFaultInjection& fault);
void write_cors(envoy::route::Route& out, const networking::CorsPolicy& cors);
void write_hash_policy(envoy::route::RouteAction& out,
                       const networking::LoadBalancerSettings_ConsistentHashLB& hash);
void write_mirror(envoy::route::RouteAction& out, std::string_view cluster,
                  const networking::Percent* percentage, const uint32_t* percent);

// Adds and removals; pseudo headers and Host are left out, as Envoy refuses them.
template <typename Writer>
void write_headers(Writer& out, const networking::Headers& headers);
// The authority that header operations set: by `set`, else by `add`; empty when they do not.
std::string_view authority_of(const networking::Headers& headers);

// ---- write_headers ---------------------------------------------------------------------------

bool is_internal_header(std::string_view name);

template <typename Add, typename Remove>
void for_each_header_operation(const networking::Headers_HeaderOperations& operations, Add&& add,
                               Remove&& remove) {
  using Action = envoy::core::HeaderValueOption_HeaderAppendAction;
  for (const auto& [key, value] : operations.set) {
    if (!is_internal_header(key)) add(key, value, Action::OVERWRITE_IF_EXISTS_OR_ADD);
  }
  for (const auto& [key, value] : operations.add) {
    if (!is_internal_header(key)) add(key, value, Action::APPEND_IF_EXISTS_OR_ADD);
  }
  for (const std::string& key : operations.remove) {
    if (!is_internal_header(key)) remove(key);
  }
}

template <typename Writer>
void write_headers(Writer& out, const networking::Headers& headers) {
  using Option = envoy::core::HeaderValueOption;
  auto fill = [](Option option, const std::string& key, const std::string& value,
                 envoy::core::HeaderValueOption_HeaderAppendAction action) {
    option.header([&](envoy::core::HeaderValue header) {
      header.key(key);
      header.value(value);
    });
    option.append_action(action);
  };
  if (headers.request) {
    for_each_header_operation(
        *headers.request,
        [&](const auto& key, const auto& value, auto action) {
          out.request_headers_to_add([&](Option option) { fill(option, key, value, action); });
        },
        [&](const std::string& key) { out.request_headers_to_remove(key); });
  }
  if (headers.response) {
    for_each_header_operation(
        *headers.response,
        [&](const auto& key, const auto& value, auto action) {
          out.response_headers_to_add([&](Option option) { fill(option, key, value, action); });
        },
        [&](const std::string& key) { out.response_headers_to_remove(key); });
  }
}

}  // namespace mesh::xds
