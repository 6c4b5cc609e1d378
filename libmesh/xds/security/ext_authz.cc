#include "libmesh/xds/security/ext_authz.h"

#include <charconv>
#include <map>
#include <vector>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/http_ext_authz.h"
#include "libmesh/schema/gen/envoy/http_rbac.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/matcher.h"
#include "libmesh/schema/gen/envoy/network_ext_authz.h"
#include "libmesh/schema/gen/envoy/network_rbac.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/rbac.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/xds/security/rbac.h"

namespace mesh::xds {
namespace {

using HttpProvider =
    meshconfig::MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationHttpProvider;
using GrpcProvider =
    meshconfig::MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationGrpcProvider;
using RequestBody = meshconfig::MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationRequestBody;
using PolicyList = std::vector<RbacPolicy>;

constexpr std::string_view kHttpFilter = "envoy.filters.http.ext_authz";
constexpr std::string_view kTcpFilter = "envoy.filters.network.ext_authz";
constexpr std::string_view kMatch = "istio-ext-authz";
constexpr std::string_view kShadowPrefix = "istio_ext_authz_";
constexpr std::string_view kBadSuffix = "-deny-due-to-bad-CUSTOM-action";
constexpr schema::Duration kDefaultTimeout{600, 0};

std::string match_prefix(std::string_view provider) {
  return std::string(kMatch).append("-").append(provider);
}

std::string rule_prefix(std::string_view provider) {
  return provider.empty() ? std::string(kMatch).append("-") : match_prefix(provider).append("-");
}

// The RBAC filter before it found one of the provider's rules to match.
void put_enabled(envoy::matcher::MetadataMatcher& out, std::string_view rbac,
                 std::string_view provider) {
  out.filter(rbac);
  out.path([](auto& segment) { segment.key("istio_ext_authz_shadow_effective_policy_id"); });
  out.value([&](auto& value) {
    value.string_match([&](auto& match) { match.prefix(match_prefix(provider)); });
  });
}

void put_headers(envoy::matcher::ListStringMatcher& out, const std::vector<std::string>& headers) {
  for (std::string_view header : headers) {
    out.patterns([&](auto& pattern) {
      if (header.starts_with('*')) {
        pattern.suffix(header.substr(1));
      } else if (header.ends_with('*')) {
        pattern.prefix(header.substr(0, header.size() - 1));
      } else {
        pattern.exact(header);
      }
      pattern.ignore_case(true);
    });
  }
}

template <typename Settings>
void put_common(envoy::http_ext_authz::ExtAuthz& out, const Settings& settings) {
  out.transport_api_version(envoy::core::ApiVersion::V3);
  out.failure_mode_allow(settings.fail_open);
  if (!settings.status_on_error.empty()) {
    int code = 0;
    const std::string& text = settings.status_on_error;
    std::from_chars(text.data(), text.data() + text.size(), code);
    out.status_on_error(
        [&](auto& status) { status.code(static_cast<envoy::type::StatusCode>(code)); });
  }
  if (const RequestBody* body = settings.include_request_body_in_check.get()) {
    out.with_request_body([&](auto& buffer) {
      buffer.max_request_bytes(body->max_request_bytes);
      buffer.allow_partial_message(body->allow_partial_message);
      buffer.pack_as_bytes(body->pack_as_bytes);
    });
  }
}

void put_http_service(envoy::http_ext_authz::HttpService& out, const Authorizer& authorizer,
                      const HttpProvider& settings) {
  out.server_uri([&](envoy::core::HttpUri uri) {
    uri.uri("http://" + authorizer.host);  // must be there; Envoy goes by the cluster
    uri.cluster(authorizer.cluster);
    uri.timeout(settings.timeout.value_or(kDefaultTimeout));
  });
  out.path_prefix(settings.path_prefix);
  if (!settings.include_additional_headers_in_check.empty()) {
    out.authorization_request([&](auto& request) {
      for (const auto& [key, value] : settings.include_additional_headers_in_check) {
        request.headers_to_add([&, k = &key, v = &value](auto& header) {
          header.key(*k);
          header.value(*v);
        });
      }
    });
  }
  const auto& upstream = settings.headers_to_upstream_on_allow;
  const auto& denied = settings.headers_to_downstream_on_deny;
  const auto& allowed = settings.headers_to_downstream_on_allow;
  if (upstream.empty() && denied.empty() && allowed.empty()) return;
  out.authorization_response([&](auto& response) {
    if (!upstream.empty()) {
      response.allowed_upstream_headers([&](auto& list) { put_headers(list, upstream); });
    }
    if (!denied.empty()) {
      response.allowed_client_headers([&](auto& list) { put_headers(list, denied); });
    }
    if (!allowed.empty()) {
      response.allowed_client_headers_on_success([&](auto& list) { put_headers(list, allowed); });
    }
  });
}

void put_grpc_service(envoy::core::GrpcService& out, const Authorizer& authorizer,
                      const GrpcProvider& settings) {
  out.envoy_grpc([&](auto& grpc) {
    grpc.cluster_name(authorizer.cluster);
    grpc.authority(authorizer.host);
  });
  out.timeout(settings.timeout.value_or(kDefaultTimeout));
}

void put_ext_authz(envoy::http_ext_authz::ExtAuthz& out, const Authorizer& authorizer,
                   std::string_view provider) {
  if (const HttpProvider* http = authorizer.provider->envoy_ext_authz_http.get()) {
    out.http_service([&](auto& service) { put_http_service(service, authorizer, *http); });
    put_common(out, *http);
    // The older field counts only alone.
    const auto& headers = http->include_request_headers_in_check.empty()
                              ? http->include_headers_in_check
                              : http->include_request_headers_in_check;
    if (!headers.empty()) out.allowed_headers([&](auto& list) { put_headers(list, headers); });
  } else {
    const GrpcProvider& grpc = *authorizer.provider->envoy_ext_authz_grpc;
    out.grpc_service(
        [&](envoy::core::GrpcService service) { put_grpc_service(service, authorizer, grpc); });
    put_common(out, grpc);
  }
  out.filter_enabled_metadata([&](auto& match) { put_enabled(match, kHttpRbac, provider); });
}

struct Http {
  static constexpr bool kTcp = false;
  static bool can_ask(const Authorizer&) { return true; }
  template <typename F>
  static void append_rbac(std::string& out, F&& fill) {
    envoy::hcm::HttpConnectionManager(out).http_filters([&](auto& filter) {
      filter.name(kHttpRbac);
      filter.template typed_config<envoy::http_rbac::RBAC>(fill);
    });
  }
  static void append_ext_authz(const Authorizer& authorizer, std::string_view provider,
                               std::string& out) {
    envoy::hcm::HttpConnectionManager(out).http_filters([&](auto& filter) {
      filter.name(kHttpFilter);
      filter.template typed_config<envoy::http_ext_authz::ExtAuthz>(
          [&](envoy::http_ext_authz::ExtAuthz config) {
            put_ext_authz(config, authorizer, provider);
          });
    });
  }
};

struct Tcp {
  static constexpr bool kTcp = true;
  // Connections can be asked about over gRPC only.
  static bool can_ask(const Authorizer& authorizer) {
    return static_cast<bool>(authorizer.provider->envoy_ext_authz_grpc);
  }
  template <typename F>
  static void append_rbac(std::string& out, F&& fill) {
    envoy::listener::FilterChain(out).filters([&](auto& filter) {
      filter.name(kTcpRbac);
      filter.template typed_config<envoy::network_rbac::RBAC>([&](auto& rbac) {
        rbac.stat_prefix("tcp.");
        fill(rbac);
      });
    });
  }
  static void append_ext_authz(const Authorizer& authorizer, std::string_view provider,
                               std::string& out) {
    const GrpcProvider& settings = *authorizer.provider->envoy_ext_authz_grpc;
    envoy::listener::FilterChain(out).filters([&](auto& filter) {
      filter.name(kTcpFilter);
      filter.template typed_config<envoy::network_ext_authz::ExtAuthz>([&](auto& config) {
        config.stat_prefix("tcp.");
        config.grpc_service([&](envoy::core::GrpcService service) {
          put_grpc_service(service, authorizer, settings);
        });
        config.failure_mode_allow(settings.fail_open);
        config.transport_api_version(envoy::core::ApiVersion::V3);
        config.filter_enabled_metadata(
            [&](auto& match) { put_enabled(match, kTcpRbac, provider); });
      });
    });
  }
};

template <typename Kind>
void append_denial(const PolicyList& policies, RbacOptions options, std::string& out) {
  options.always = true;
  options.suffix = kBadSuffix;
  Kind::append_rbac(out, [&](auto& rbac) {
    rbac.rules([&](envoy::rbac::RBAC) { append_rules(policies, options, out); });
  });
}

template <typename Kind>
void append_pair(const Authorizer& authorizer, std::string_view provider,
                 const PolicyList& policies, RbacOptions options, std::string& out) {
  Kind::append_rbac(out, [&](auto& rbac) {
    // What is enforced is evaluated here only; a dry run asks the authorizer all the same.
    options.dry_run = true;
    const size_t start = out.size();
    size_t count = 0;
    rbac.rules(
        [&](envoy::rbac::RBAC) { count = append_rules(policies, options, out).value_or(0); });
    if (count == 0) out.resize(start);
    options.dry_run = false;
    options.always = true;
    rbac.shadow_rules([&](envoy::rbac::RBAC) { append_rules(policies, options, out); });
    rbac.shadow_rules_stat_prefix(kShadowPrefix);
  });
  Kind::append_ext_authz(authorizer, provider, out);
}

template <typename Kind>
void append_custom(const index::Mesh& mesh, const traffic::Authorization& policies,
                   const TrustDomains& trust_domains, std::string& out) {
  std::map<std::string_view, PolicyList> by_provider;
  for (const index::AuthorizationPolicy& policy : policies.custom) {
    const bool named = static_cast<bool>(policy->provider);
    by_provider[named ? std::string_view(policy->provider->name) : std::string_view()].emplace_back(
        policy);
  }
  RbacOptions options{trust_domains, security::AuthorizationPolicy_Action::CUSTOM, Kind::kTcp};
  for (const auto& [provider, list] : by_provider) {
    const std::string prefix = rule_prefix(provider);
    options.prefix = prefix;
    // Which of several to ask cannot be told (PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS is off).
    if (by_provider.size() > 1) {
      append_denial<Kind>(list, options, out);
      continue;
    }
    const Authorizer authorizer = find_authorizer(mesh, provider);
    if (!authorizer.problem.empty()) {
      append_denial<Kind>(list, options, out);
    } else if (Kind::can_ask(authorizer)) {
      append_pair<Kind>(authorizer, provider, list, options, out);
    }
  }
}

}  // namespace

void append_http_custom(const index::Mesh& mesh, const traffic::Authorization& policies,
                        const TrustDomains& trust_domains, std::string& out) {
  append_custom<Http>(mesh, policies, trust_domains, out);
}

void append_tcp_custom(const index::Mesh& mesh, const traffic::Authorization& policies,
                       const TrustDomains& trust_domains, std::string& out) {
  append_custom<Tcp>(mesh, policies, trust_domains, out);
}

}  // namespace mesh::xds
