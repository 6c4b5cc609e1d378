// Which extension provider a name means, and whether it can be used.
#include <algorithm>

#include "libmesh/traffic/extension_providers.h"
#include "libmesh/traffic/meshconfig/provider_words.h"
#include "libmesh/xds/security/ext_authz.h"

namespace mesh::xds {
namespace {

using Provider = meshconfig::MeshConfig_ExtensionProvider;

bool is_authorizer(const Provider& provider) {
  return provider.envoy_ext_authz_http || provider.envoy_ext_authz_grpc;
}

// It becomes part of the names of policies and of metadata.
std::string_view name_problem(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 63) return "is longer than 63 characters";
  const bool good = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!good) return "has a character that is no lower-case letter, digit or hyphen";
  if (name.front() == '-' || name.back() == '-') return "begins or ends with a hyphen";
  return {};
}

void refuse(Authorizer& out, std::string_view field, std::string problem) {
  if (!out.problem.empty()) return;
  out.field = field;
  out.problem = std::move(problem);
}

template <typename Settings>
void check_common(const index::Mesh& mesh, const Settings& settings, Authorizer& out) {
  if (settings.port == 0 || settings.port > 65535) {
    refuse(out, "port", "is " + std::to_string(settings.port) + ", must be 1 to 65535");
  }
  if (!settings.status_on_error.empty() && !traffic::is_provider_status(settings.status_on_error)) {
    refuse(out, "statusOnError", "\"" + settings.status_on_error + "\" is no HTTP status");
  }
  const bool wildcard = settings.service.find('*') != std::string::npos &&
                        settings.service.find('/') == std::string::npos;
  const auto at =
      wildcard ? std::nullopt : traffic::provider_cluster(mesh, settings.service, settings.port);
  if (!at) {
    refuse(out, "service",
           "the mesh has no service \"" + settings.service + "\", or has it in several namespaces");
    return;
  }
  out.host = at->host;
  out.cluster = at->cluster;
}

void check_http(
    const meshconfig::MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationHttpProvider& settings,
    Authorizer& out) {
  if (!settings.path_prefix.empty() && !traffic::is_provider_path(settings.path_prefix)) {
    refuse(out, "pathPrefix", "\"" + settings.path_prefix + "\" is no path that begins with /");
  }
  const auto refuse_star = [&](std::string_view field, const std::vector<std::string>& headers) {
    if (std::find(headers.begin(), headers.end(), "*") != headers.end()) {
      refuse(out, field, "\"*\" alone is not supported, only a prefix or a suffix with it");
    }
  };
  refuse_star("includeRequestHeadersInCheck", settings.include_request_headers_in_check);
  refuse_star("includeHeadersInCheck", settings.include_headers_in_check);
  refuse_star("headersToDownstreamOnDeny", settings.headers_to_downstream_on_deny);
  refuse_star("headersToDownstreamOnAllow", settings.headers_to_downstream_on_allow);
  refuse_star("headersToUpstreamOnAllow", settings.headers_to_upstream_on_allow);
}

}  // namespace

Authorizer find_authorizer(const index::Mesh& mesh, std::string_view name) {
  Authorizer out;
  for (const Provider& provider : mesh.config->extension_providers) {
    if (provider.name != name || !is_authorizer(provider)) continue;
    if (out.provider != nullptr) refuse(out, "name", "two extension providers have it");
    out.provider = &provider;
  }
  if (out.provider == nullptr) {
    out.problem = "the mesh has no external authorizer \"" + std::string(name) + "\"";
    return out;
  }
  if (const auto problem = name_problem(name); !problem.empty()) {
    refuse(out, "name", std::string(problem));
  }
  if (out.provider->envoy_ext_authz_http) {
    check_common(mesh, *out.provider->envoy_ext_authz_http, out);
    check_http(*out.provider->envoy_ext_authz_http, out);
  } else {
    check_common(mesh, *out.provider->envoy_ext_authz_grpc, out);
  }
  return out;
}

}  // namespace mesh::xds
