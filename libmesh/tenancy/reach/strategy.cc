#include "libmesh/tenancy/reach/strategy.h"

#include <algorithm>

#include "libmesh/index/proxies/proxies.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;

bool same_word(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// What the cluster is configured to have; before the change has come through, status lags behind.
std::string_view network_type(const kube::Object& network) {
  const document::Value* spec = network.document.find("spec");
  std::string_view type = spec == nullptr ? "" : spec->string_at("networkType");
  if (!type.empty()) return type;
  const document::Value* status = network.document.find("status");
  return status == nullptr ? "" : status->string_at("networkType");
}

Strategy openshift_sdn(const kube::ObjectPtr& network, const kube::ObjectPtr& cluster) {
  if (cluster == nullptr) {
    return {NetworkStrategy::kUnknown, network, "spec.networkType",
            "OpenShiftSDN without a ClusterNetwork \"default\""};
  }
  std::string_view plugin = cluster->document.string_at("pluginName");
  NetworkStrategy kind = NetworkStrategy::kUnknown;
  if (plugin.empty() || same_word(plugin, "redhat/openshift-ovs-networkpolicy")) {
    kind = NetworkStrategy::kNetworkPolicy;
  } else if (same_word(plugin, "redhat/openshift-ovs-subnet")) {
    kind = NetworkStrategy::kSubnet;
  } else if (same_word(plugin, "redhat/openshift-ovs-multitenant")) {
    kind = NetworkStrategy::kMultitenant;
  }
  return {kind, cluster, "pluginName",
          plugin.empty() ? "no plug-in is named" : "the plug-in is " + std::string(plugin)};
}

}  // namespace

Strategy network_strategy(const index::Snapshot& snapshot, std::string_view cluster) {
  const auto find = [&](Kind kind, const char* name) {
    return index::find_in(snapshot, cluster, {kind, "", name});
  };
  kube::ObjectPtr network = find(Kind::kNetwork, "cluster");
  if (network == nullptr) {
    return {NetworkStrategy::kNetworkPolicy, nullptr, "", "NetworkPolicies hold"};
  }
  std::string_view type = network_type(*network);
  if (same_word(type, "OpenShiftSDN")) {
    return openshift_sdn(network, find(Kind::kClusterNetwork, "default"));
  }
  return {NetworkStrategy::kNetworkPolicy, network, "spec.networkType",
          "the network is " + std::string(type.empty() ? "not named" : type)};
}

NetworkChange requested_change(std::string_view annotation) {
  size_t colon = annotation.find(':');
  std::string_view word = annotation.substr(0, colon);
  std::string_view rest = colon == annotation.npos ? "" : annotation.substr(colon + 1);
  if (word == "join" && !rest.empty()) return {NetworkChange::kJoin, std::string(rest)};
  if (word == "isolate") return {NetworkChange::kIsolate, ""};
  if (word == "global") return {NetworkChange::kGlobal, ""};
  return {};
}

}  // namespace mesh::tenancy
