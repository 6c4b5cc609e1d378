#include "libmesh/xds/extensions/filters.h"

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/lua.h"
#include "libmesh/xds/common.h"

namespace mesh::xds {
namespace {

using traffic::Extension;

// An extension may also be answered by a filter that refuses everything: what the agent puts there
// when it cannot fetch the module.
constexpr std::string_view kHttpTypes[] = {
    "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
    "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC"};
constexpr std::string_view kNetworkTypes[] = {
    "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm",
    "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC"};

template <typename Types>
auto discovery(const Types& types) {
  return [&types](envoy::core::ExtensionConfigSource source) {
    source.config_source(envoy::Raw{ads_without_timeout()});
    for (std::string_view type : types) source.type_urls(type);
  };
}

void append_http(const Extension& extension, std::string& out) {
  envoy::hcm::HttpConnectionManager(out).http_filters([&](envoy::hcm::HttpFilter filter) {
    filter.name(extension.resource_name);
    if (extension.is_lua()) {
      filter.typed_config<envoy::lua::Lua>([&](envoy::lua::Lua lua) {
        lua.default_source_code([&](envoy::core::DataSource source) {
          source.inline_string(extension.spec->lua->inline_code);
        });
      });
    } else {
      filter.config_discovery(discovery(kHttpTypes));
    }
  });
}

void append_network(const Extension& extension, std::string& out) {
  envoy::listener::FilterChain(out).filters([&](envoy::listener::Filter filter) {
    filter.name(extension.resource_name);
    filter.config_discovery(discovery(kNetworkTypes));
  });
}

std::string& part(PhaseFilters& filters, extensions::TrafficExtension_ExecutionPhase phase) {
  using Phase = extensions::TrafficExtension_ExecutionPhase;
  switch (phase) {
    case Phase::AUTHN:
      return filters.authn;
    case Phase::AUTHZ:
      return filters.authz;
    case Phase::STATS:
    case Phase::UNSPECIFIED:
      break;
  }
  return filters.rest;
}

constexpr size_t kOrder[] = {1, 2, 3, 0};  // AUTHN, AUTHZ, STATS, UNSPECIFIED

}  // namespace

ExtensionFilters::ExtensionFilters(traffic::ExtensionSetPtr set, traffic::TrafficSide side)
    : set_(std::move(set)), side_(side) {}

PortFilters ExtensionFilters::make(uint32_t port) const {
  PortFilters out;
  for (size_t phase : kOrder) {
    for (const traffic::ExtensionPtr& extension : set_->phases[phase]) {
      if (!traffic::matches(*extension, side_, port)) continue;
      if (extension->is_network()) {
        append_network(*extension, part(out.network, extension->spec->phase));
      } else {
        append_http(*extension, part(out.http, extension->spec->phase));
      }
    }
  }
  return out;
}

const PortFilters& ExtensionFilters::of_port(uint32_t port) const {
  static const PortFilters kNone;
  if (set_ == nullptr) return kNone;
  if (!set_->by_port) port = 0;
  for (const auto& [known, filters] : by_port_) {
    if (known == port) return *filters;
  }
  PortFilters made = make(port);
  const PortFilters* kept = nullptr;
  for (const auto& other : made_) {
    if (other->http == made.http && other->network == made.network) kept = other.get();
  }
  if (kept == nullptr) {
    made.number = static_cast<uint32_t>(made_.size());
    kept = made_.emplace_back(std::make_unique<PortFilters>(std::move(made))).get();
  }
  by_port_.emplace_back(port, kept);
  return *kept;
}

}  // namespace mesh::xds
