#include "libmesh/xds/telemetry/tracing_tags.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/schema/gen/envoy/type_metadata.h"
#include "libmesh/schema/gen/envoy/type_tracing.h"

namespace mesh::xds {
namespace {

using envoy::type_tracing::CustomTag;
// A tag's name and the bytes of its message.
using Tag = std::pair<std::string, std::string>;
using Tags = std::vector<Tag>;

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

const Tags& dry_run_tags() {
  static const Tags tags = {
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

// Of either kind of custom tag: they differ in what else there may be. False when it is none of these.
template <typename Custom>
bool put_custom(CustomTag& tag, const Custom& custom) {
  if (custom.literal) {
    tag.literal([&](auto& literal) { literal.value(custom.literal->value); });
  } else if (custom.environment) {
    tag.environment([&](auto& environment) {
      environment.name(custom.environment->name);
      environment.default_value(custom.environment->default_value);
    });
  } else if (custom.header) {
    tag.request_header([&](auto& header) {
      header.name(custom.header->name);
      header.default_value(custom.header->default_value);
    });
  } else {
    return false;
  }
  return true;
}

void add_chosen_tags(const TraceTags& tags, Tags& out) {
  const bool formats = is_at_least(tags.proxy, 1, 29);
  for (const auto& [name, chosen] : *tags.chosen) {
    const telemetry::Tracing_CustomTag& custom = chosen;
    if (custom.formatter && !formats) continue;
    // One that says nothing is a name without a value.
    out.push_back(make_tag(name, [&](CustomTag& tag) {
      if (!put_custom(tag, custom) && custom.formatter) tag.value(custom.formatter->value);
    }));
  }
}

void add_own_tags(const TraceTags& tags, Tags& out) {
  for (const auto& [name, custom] : tags.own) {
    bool said = false;
    Tag made = make_tag(name, [&, &own = custom](CustomTag& tag) { said = put_custom(tag, own); });
    if (said) out.push_back(std::move(made));
  }
}

void put_istio_tags(envoy::hcm::HttpConnectionManager_Tracing& message, const model::Proxy& proxy) {
  message.append_raw(dry_run_fields());
  for_each_service_tag(proxy, [&](std::string_view name, std::string_view value) {
    message.custom_tags([&](CustomTag tag) {
      tag.tag(name);
      tag.literal([&](auto& literal) { literal.value(value); });
    });
  });
}

}  // namespace

void put_trace_tags(envoy::hcm::HttpConnectionManager_Tracing& message, const TraceTags& tags) {
  Tags custom;
  if (tags.chosen != nullptr && !tags.chosen->empty()) {
    add_chosen_tags(tags, custom);
  } else {
    add_own_tags(tags, custom);
  }
  // Most have none of their own: these are in order already.
  if (custom.empty()) {
    if (tags.istio_tags) put_istio_tags(message, tags.proxy);
    return;
  }
  Tags all;
  if (tags.istio_tags) {
    for_each_service_tag(tags.proxy, [&](std::string_view name, std::string_view value) {
      all.push_back(literal_tag(name, value));
    });
    all.insert(all.end(), dry_run_tags().begin(), dry_run_tags().end());
  }
  all.insert(all.end(), std::make_move_iterator(custom.begin()),
             std::make_move_iterator(custom.end()));
  std::stable_sort(all.begin(), all.end(),
                   [](const Tag& a, const Tag& b) { return a.first < b.first; });
  for (const Tag& tag : all) message.custom_tags(envoy::Raw{tag.second});
}

}  // namespace mesh::xds
