#include "libmesh/model/mesh_config.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <utility>

namespace mesh::model {
namespace {

using document::List;
using document::Map;
using document::Value;

Value map_of(std::initializer_list<std::pair<const char*, Value>> members) {
  Map map;
  for (const auto& [key, value] : members) map.push_back({key, value, {}});
  return Value(std::move(map));
}

Value text(const char* value) { return Value(value); }
Value number(int64_t value) { return Value(value); }
Value everywhere() { return Value(List{text("*")}); }

// DefaultProxyConfig.
Value default_proxy_config() {
  return map_of({{"configPath", text("./etc/istio/proxy")},
                 {"serviceCluster", text("istio-proxy")},
                 {"drainDuration", text("45s")},
                 {"terminationDrainDuration", text("5s")},
                 {"proxyAdminPort", number(15000)},
                 {"controlPlaneAuthPolicy", text("MUTUAL_TLS")},
                 {"discoveryAddress", text("istiod.istio-system.svc:15012")},
                 {"binaryPath", text("/usr/local/bin/envoy")},
                 {"statNameLength", number(189)},
                 {"statusPort", number(15020)}});
}

Value default_extension_providers() {
  return Value(List{
      map_of({{"name", text("prometheus")}, {"prometheus", Value(Map{})}}),
      map_of({{"name", text("stackdriver")}, {"stackdriver", Value(Map{})}}),
      map_of({{"name", text("envoy")},
              {"envoyFileAccessLog", map_of({{"path", text("/dev/stdout")}})}}),
  });
}

// The same mapping with each of its own keys in JSON spelling; nothing when it is no mapping.
Map normalized(const Value& value) {
  Map out;
  const Map* map = value.if_map();
  if (map == nullptr) return out;
  for (const document::Member& member : *map) {
    if (member.value.is_null()) continue;  // null is the same as absent
    out.push_back({json_name(member.key), member.value, member.position});
  }
  return out;
}

Value& child(Value& parent, std::string_view key) {
  Value* found = parent.find(key);
  if (found != nullptr && found->is_map()) return *found;
  return parent.set(key, Value(Map{}));
}

void override_fields(Value& base, const Value& layer) {
  for (document::Member& member : normalized(layer)) base.set(member.key, std::move(member.value));
}

void apply_proxy_config(Value& base, const Value& layer) {
  for (document::Member& member : normalized(layer)) {
    if (member.key == "proxyMetadata") {
      // The keys are environment variables, not field names.
      Value& metadata = child(base, member.key);
      if (const Map* map = member.value.if_map()) {
        for (const document::Member& entry : *map) metadata.set(entry.key, entry.value);
      }
    } else if (member.key == "proxyHeaders") {
      override_fields(child(base, member.key), member.value);
    } else {
      // The two alternatives of ProxyConfig.cluster_name.
      if (member.key == "serviceCluster") base.erase("tracingServiceName");
      if (member.key == "tracingServiceName") base.erase("serviceCluster");
      base.set(member.key, std::move(member.value));
    }
  }
}

void apply_extension_providers(Value& base, const Value& layer) {
  const List* providers = layer.if_list();
  if (providers == nullptr) return;
  Value* known = base.find("extensionProviders");
  if (known == nullptr || !known->is_list()) {
    known = &base.set("extensionProviders", Value(List{}));
  }
  List& list = *known->if_list();
  for (const Value& provider : *providers) {
    std::string_view name = provider.string_at("name");
    auto same = std::find_if(list.begin(), list.end(),
                             [&](const Value& v) { return v.string_at("name") == name; });
    if (same == list.end()) {
      list.push_back(provider);
    } else {
      *same = provider;
    }
  }
}

void apply_trust_domain_aliases(Value& base, const Value& layer) {
  std::set<std::string> aliases;
  const Value* known = base.find("trustDomainAliases");
  for (const Value* value : {known, &layer}) {
    const List* list = value == nullptr ? nullptr : value->if_list();
    if (list == nullptr) continue;
    for (const Value& alias : *list) {
      if (const std::string* domain = alias.if_string()) aliases.insert(*domain);
    }
  }
  List list;
  for (const std::string& alias : aliases) list.emplace_back(alias);
  base.set("trustDomainAliases", Value(std::move(list)));
}

}  // namespace

std::string json_name(const std::string& name) {
  std::string out;
  out.reserve(name.size());
  bool upper = false;
  for (char c : name) {
    if (c == '_') {
      upper = true;
    } else {
      out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return out;
}

Value default_mesh_config() {
  return map_of({
      {"enableTracing", Value(true)},
      {"accessLogEncoding", text("TEXT")},
      {"protocolDetectionTimeout", text("0s")},
      {"ingressService", text("istio-ingressgateway")},
      {"ingressControllerMode", text("STRICT")},
      {"ingressClass", text("istio")},
      {"trustDomain", text("cluster.local")},
      {"enableAutoMtls", Value(true)},
      {"outboundTrafficPolicy", map_of({{"mode", text("ALLOW_ANY")}})},
      {"inboundTrafficPolicy", map_of({{"mode", text("PASSTHROUGH")}})},
      {"localityLbSetting", map_of({{"enabled", Value(true)}})},
      {"defaultConfig", default_proxy_config()},
      {"rootNamespace", text("istio-system")},
      {"proxyListenPort", number(15001)},
      {"proxyInboundListenPort", number(15006)},
      {"connectTimeout", text("10s")},
      {"defaultServiceExportTo", everywhere()},
      {"defaultVirtualServiceExportTo", everywhere()},
      {"defaultDestinationRuleExportTo", everywhere()},
      {"dnsRefreshRate", text("60s")},
      {"enablePrometheusMerge", Value(true)},
      {"defaultProviders", Value(Map{})},
      {"extensionProviders", default_extension_providers()},
  });
}

void apply_mesh_config(Value& base, const Value& layer) {
  for (document::Member& member : normalized(layer)) {
    if (member.key == "defaultConfig") {
      apply_proxy_config(child(base, member.key), member.value);
    } else if (member.key == "defaultProviders") {
      override_fields(child(base, member.key), member.value);
    } else if (member.key == "extensionProviders") {
      apply_extension_providers(base, member.value);
    } else if (member.key == "trustDomainAliases") {
      apply_trust_domain_aliases(base, member.value);
    } else {
      base.set(member.key, std::move(member.value));
    }
  }
}

}  // namespace mesh::model
