#include "libmesh/tenancy/plan/network.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace mesh::tenancy {
namespace {

using kube::Kind;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

NetworkChoice chosen(MemberNetwork strategy, kube::ObjectKey by, std::string field,
                     std::string reason) {
  return {strategy, because(std::move(by), std::move(field), std::move(reason)), ""};
}

NetworkChoice of_openshift_sdn(const index::Snapshot& snapshot) {
  constexpr std::string_view kPrefix = "redhat/openshift-ovs-";
  kube::ObjectKey key{Kind::kClusterNetwork, "", "default"};
  kube::ObjectPtr network = snapshot.find(key);
  if (network == nullptr) {
    return chosen(MemberNetwork::kNothing, key, "", "is not there, so the network is left alone");
  }
  std::string_view plugin = network->document.string_at("pluginName");
  if (plugin.empty()) {
    return chosen(MemberNetwork::kPolicies, key, "pluginName", "names no plug-in");
  }
  std::string_view name = plugin.starts_with(kPrefix) ? plugin.substr(kPrefix.size()) : "";
  std::string reason = "is " + std::string(plugin);
  if (name == "subnet") return chosen(MemberNetwork::kNothing, key, "pluginName", reason);
  if (name == "networkpolicy") return chosen(MemberNetwork::kPolicies, key, "pluginName", reason);
  if (name == "multitenant") {
    return chosen(MemberNetwork::kMultitenant, key, "pluginName", reason);
  }
  NetworkChoice out = chosen(MemberNetwork::kUnsupported, key, "pluginName", reason);
  out.problem = "unsupported cluster network plugin: " + std::string(plugin);
  return out;
}

}  // namespace

std::string_view member_network_name(MemberNetwork strategy) {
  switch (strategy) {
    case MemberNetwork::kPolicies:
      return "NetworkPolicy";
    case MemberNetwork::kMultitenant:
      return "Multitenant";
    case MemberNetwork::kNothing:
      return "none";
    case MemberNetwork::kUnsupported:
      return "unsupported";
  }
  return "";
}

bool has_kind(const index::Snapshot& snapshot, Kind kind, const char* definition, bool otherwise) {
  if (!snapshot.objects(kind).empty()) return true;
  const index::ObjectMap& definitions = snapshot.objects(Kind::kCustomResourceDefinition);
  if (definitions.empty()) return otherwise;
  return definitions.get({Kind::kCustomResourceDefinition, "", definition}) != nullptr;
}

NetworkChoice choose_member_network(const index::Snapshot& snapshot) {
  kube::ObjectKey key{Kind::kNetwork, "", "cluster"};
  kube::ObjectPtr network = snapshot.find(key);
  if (network == nullptr) {
    if (!has_kind(snapshot, Kind::kNetwork, "networks.config.openshift.io", false)) {
      return chosen(MemberNetwork::kPolicies, key, "", "is unknown here: plain Kubernetes");
    }
    return chosen(MemberNetwork::kNothing, key, "", "is not there, so the network is left alone");
  }
  const document::Value* spec = network->document.find("spec");
  std::string type(spec == nullptr ? "" : spec->string_at("networkType"));
  if (lower(type) == "openshiftsdn") return of_openshift_sdn(snapshot);
  return chosen(MemberNetwork::kPolicies, key, "spec.networkType",
                type.empty() ? "is not set" : "is " + type);
}

}  // namespace mesh::tenancy
