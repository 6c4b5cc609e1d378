// Tracing of a connection manager when no provider is named: the mesh's enableTracing, sampling and
// tags, for a tracer that the proxy's bootstrap has (configureTracingFromTelemetry in Istio's
// pilot/pkg/networking/core/tracing.go).
#include <algorithm>
#include <utility>

#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/schema/gen/envoy/type_metadata.h"
#include "libmesh/schema/gen/envoy/type_tracing.h"
#include "libmesh/xds/hcm.h"

namespace mesh::xds {
namespace {

using envoy::type_tracing::CustomTag;
// A tag's name and the bytes of its message.
using Tag = std::pair<std::string, std::string>;

// PILOT_TRACE_SAMPLING, in percent.
constexpr double kDefaultSampling = 1.0;

template <typename F>
Tag make_tag(std::string_view name, F&& fill) {
  Tag out{std::string(name), {}};
  CustomTag tag(out.second);
  tag.tag(name);
  fill(tag);
  return out;
}

Tag literal_tag(std::string_view name, std::string_view value) {
  return make_tag(
      name, [&](CustomTag& tag) { tag.literal([&](auto& literal) { literal.value(value); }); });
}

// What RBAC's shadow rules said about the request.
Tag dry_run_tag(std::string_view name, std::string_view key) {
  return make_tag(name, [&](CustomTag& tag) {
    tag.metadata([&](auto& metadata) {
      metadata.kind([](envoy::type_metadata::MetadataKind kind) { kind.request(); });
      metadata.metadata_key([&](envoy::type_metadata::MetadataKey metadata_key) {
        metadata_key.key("envoy.filters.http.rbac");
        metadata_key.path([&](auto& segment) { segment.key(key); });
      });
    });
  });
}

const std::vector<Tag>& dry_run_tags() {
  static const std::vector<Tag> tags = {
      dry_run_tag("istio.authorization.dry_run.allow_policy.name",
                  "istio_dry_run_allow_shadow_effective_policy_id"),
      dry_run_tag("istio.authorization.dry_run.allow_policy.result",
                  "istio_dry_run_allow_shadow_engine_result"),
      dry_run_tag("istio.authorization.dry_run.deny_policy.name",
                  "istio_dry_run_deny_shadow_effective_policy_id"),
      dry_run_tag("istio.authorization.dry_run.deny_policy.result",
                  "istio_dry_run_deny_shadow_engine_result"),
  };
  return tags;
}

// The same, as fields of the tracing message.
std::string_view dry_run_fields() {
  static const std::string fields = [] {
    std::string out;
    envoy::hcm::HttpConnectionManager_Tracing message(out);
    for (const Tag& tag : dry_run_tags()) message.custom_tags(envoy::Raw{tag.second});
    return out;
  }();
  return fields;
}

std::string_view or_default(std::string_view value, std::string_view otherwise) {
  return value.empty() ? otherwise : value;
}

std::string_view label(const model::Proxy& proxy, const std::string& key) {
  const auto found = proxy.labels.find(key);
  return found == proxy.labels.end() ? std::string_view() : found->second;
}

// Who the proxy is: calls `add` with name and value of each tag, in order of the names.
template <typename F>
void for_each_service_tag(const model::Proxy& proxy, F&& add) {
  static const std::string kRevision = "service.istio.io/canonical-revision";
  static const std::string kName = "service.istio.io/canonical-name";
  add("istio.canonical_revision", or_default(label(proxy, kRevision), "latest"));
  add("istio.canonical_service", or_default(label(proxy, kName), "unknown"));
  add("istio.cluster_id", or_default(proxy.cluster_id, "unknown"));
  add("istio.mesh_id", or_default(proxy.metadata.string_at("MESH_ID"), "unknown"));
  add("istio.namespace", or_default(proxy.ns, "default"));
}

void add_custom_tags(const meshconfig::Tracing& tracing, std::vector<Tag>& out) {
  for (const auto& [name, custom] : tracing.custom_tags) {
    if (custom.literal) {
      out.push_back(literal_tag(name, custom.literal->value));
    } else if (custom.environment) {
      out.push_back(make_tag(name, [&custom = custom](CustomTag& tag) {
        tag.environment([&](auto& environment) {
          environment.name(custom.environment->name);
          environment.default_value(custom.environment->default_value);
        });
      }));
    } else if (custom.header) {
      out.push_back(make_tag(name, [&custom = custom](CustomTag& tag) {
        tag.request_header([&](auto& header) {
          header.name(custom.header->name);
          header.default_value(custom.header->default_value);
        });
      }));
    }
  }
}

// More than all is no percentage: such a setting falls back, as Istio's does.
double sampling_of(const meshconfig::Tracing& tracing) {
  if (tracing.sampling == 0) return kDefaultSampling;
  return tracing.sampling > 100 ? kDefaultSampling : tracing.sampling;
}

}  // namespace

std::string hcm_tracing(const ListenerContext& context) {
  // A default provider replaces these settings; providers that name a tracer are not written yet.
  const auto& providers = context.config.default_providers;
  if (!context.config.enable_tracing || (providers && !providers->tracing.empty())) return {};
  const meshconfig::Tracing none;
  const auto& set = context.proxy_config().tracing;
  const meshconfig::Tracing& tracing = set ? *set : none;

  std::vector<Tag> tags;
  const bool istio_tags = tracing.enable_istio_tags.value_or(true);
  if (!tracing.custom_tags.empty()) {
    if (istio_tags) {
      tags = dry_run_tags();
      for_each_service_tag(context.proxy, [&](std::string_view name, std::string_view value) {
        tags.push_back(literal_tag(name, value));
      });
    }
    add_custom_tags(tracing, tags);
    std::sort(tags.begin(), tags.end());
  }

  std::string out;
  out.reserve(1024);
  envoy::hcm::HttpConnectionManager(out).tracing([&](auto& message) {
    message.client_sampling([](envoy::type::Percent percent) { percent.value(100); });
    message.random_sampling(
        [&](envoy::type::Percent percent) { percent.value(sampling_of(tracing)); });
    message.overall_sampling([](envoy::type::Percent percent) { percent.value(100); });
    if (tracing.max_path_tag_length != 0) message.max_path_tag_length(tracing.max_path_tag_length);
    if (istio_tags && tracing.custom_tags.empty()) {
      message.append_raw(dry_run_fields());
      for_each_service_tag(context.proxy, [&](std::string_view name, std::string_view value) {
        message.custom_tags([&](CustomTag tag) {
          tag.tag(name);
          tag.literal([&](auto& literal) { literal.value(value); });
        });
      });
    }
    for (const Tag& tag : tags) message.custom_tags(envoy::Raw{tag.second});
  });
  return out;
}

}  // namespace mesh::xds
