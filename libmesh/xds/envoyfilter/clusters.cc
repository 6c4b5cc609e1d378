// Clusters: MERGE and REMOVE on each, ADD behind all (cluster_patch.go).
#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "libmesh/xds/common.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/envoyfilter/edit.h"
#include "libmesh/xds/envoyfilter/match.h"

namespace mesh::xds::envoyfilter {
namespace {

constexpr std::string_view kType = "envoy.config.cluster.v3.Cluster";
using Hosts = std::vector<std::string>;
using PatchList = std::vector<const Patch*>;

// The socket of the cluster that the patch's socket is for: one of transport_socket_matches, or the only one. Null
// when there is none; `dropped` when a cluster with matches has none of that name.
Message* socket_of(Message& cluster, const std::string& name, bool& dropped) {
  dropped = false;
  if (has(cluster, "transport_socket_matches")) {
    Message* found = nullptr;
    Elements matches(cluster, "transport_socket_matches");
    for (const MessagePtr& match : matches.list) {
      if (found == nullptr && has(*match, "transport_socket") &&
          text_at(message_at(*match, "transport_socket"), "name") == name) {
        found = &mutable_at(*match, "transport_socket");
      }
    }
    dropped = found == nullptr;
    return found;  // the message outlives its being put back
  }
  if (!has(cluster, "transport_socket")) return nullptr;
  Message& own = mutable_at(cluster, "transport_socket");
  return text_at(own, "name") == name ? &own : nullptr;
}

// A patch with a transport socket is about that alone (mergeTransportSocketCluster).
void merge_socket(const Patch& patch, Message& cluster, Editor& editor) {
  const Message& socket = message_at(*patch.value, "transport_socket");
  bool dropped = false;
  Message* own = socket_of(cluster, text_at(socket, "name"), dropped);
  if (own == nullptr) {
    if (!dropped) mutable_at(cluster, "transport_socket").CopyFrom(socket);
  } else if (editor.merge_socket(patch, socket, *own) == Editor::Socket::kUnreadable) {
    return;
  }
  if (!editor.failed()) editor.applied(patch);
}

// False when the cluster is removed.
bool patch_cluster(const PatchList& patches, std::string_view name, const Hosts& hosts,
                   MessagePtr& cluster, Editor& editor) {
  std::string now(name);
  for (const Patch* patch : patches) {
    const bool removes = patch->operation == Operation::REMOVE;
    if ((!removes && !patch->merges()) || !matches_cluster(now, hosts, *patch)) continue;
    if (removes) {
      editor.applied(*patch);
      return false;
    }
    if (patch->value == nullptr) continue;  // nothing to merge
    if (has(*patch->value, "transport_socket")) {
      merge_socket(*patch, *cluster, editor);
    } else {
      editor.merge(*patch, *cluster);
    }
    if (editor.failed()) return true;
    now = text_at(*cluster, "name");
  }
  return true;
}

// Whether any is about the cluster.
bool touches(const PatchList& patches, std::string_view name, const Hosts& hosts) {
  return std::any_of(patches.begin(), patches.end(), [&](const Patch* patch) {
    return (patch->merges() || patch->operation == Operation::REMOVE) &&
           matches_cluster(name, hosts, *patch);
  });
}

void patch_all(const PatchList& patches, size_t from, const auto& hosts_of, Resources& list,
               Outcome* outcome) {
  size_t kept = from;
  for (size_t i = from; i < list.size(); ++i) {
    ResourcePtr resource = list[i];
    const Hosts hosts = hosts_of(resource->name);
    if (touches(patches, resource->name, hosts)) {
      MessagePtr cluster = schema::parse_message(kType, resource->value());
      Editor editor(outcome);
      if (cluster != nullptr) {
        if (!patch_cluster(patches, resource->name, hosts, cluster, editor)) continue;
        resource =
            make_resource(Type::kCluster, text_at(*cluster, "name"), schema::to_bytes(*cluster));
      }
    }
    list[kept++] = std::move(resource);
  }
  list.resize(kept);
}

// A cluster for any context is added once: with what goes out.
bool is_added(const Patch& patch, bool inbound) {
  return patch.operation == Operation::ADD && !(inbound && patch.context == Context::ANY);
}

// The first of a name counts (normalizeClusters).
void add_all(const PatchList& patches, bool inbound, std::unordered_set<std::string> known,
             Resources& list, Outcome* outcome) {
  for (const Patch* patch : patches) {
    if (!is_added(*patch, inbound)) continue;
    Editor editor(outcome);
    const MessagePtr cluster = editor.copy(*patch);
    if (cluster == nullptr) return;
    editor.applied(*patch);
    std::string name = text_at(*cluster, "name");
    if (!known.insert(name).second) continue;
    list.push_back(make_resource(Type::kCluster, name, schema::to_bytes(*cluster)));
  }
}

std::unordered_set<std::string> names_of(const Resources& list) {
  std::unordered_set<std::string> names;
  for (const ResourcePtr& resource : list) names.emplace(resource->name);
  return names;
}

// The services that lead to an inbound cluster ("inbound|8080||").
Hosts hosts_of_inbound(const traffic::ProxyView& view, std::string_view name) {
  Hosts hosts;
  constexpr std::string_view kPrefix = "inbound|";
  if (!name.starts_with(kPrefix)) return hosts;
  uint32_t port = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), port);
  const bool ingress = view.scope->has_ingress();
  for (const model::ServiceTarget& target : view.targets) {
    if (target.target_port != port) continue;
    hosts.push_back(target.service->hostname);
    if (ingress) break;
  }
  if (ingress && hosts.empty()) hosts.push_back(view.scope->name + "." + view.scope->ns);
  return hosts;
}

}  // namespace

void patch_outbound_clusters(const traffic::ProxyView& view, size_t from, Resources& list,
                             Outcome* outcome) {
  if (view.envoy_filters == nullptr || view.envoy_filters->outbound == nullptr) return;
  const auto set = patch_set(*view.envoy_filters->outbound);
  if (!set->has(ApplyTo::CLUSTER)) return;
  const PatchList& patches = (*set)[ApplyTo::CLUSTER];
  patch_all(patches, from, [](std::string_view) { return Hosts(); }, list, outcome);
  add_all(patches, false, names_of(list), list, outcome);
}

void patch_inbound_clusters(const traffic::ProxyView& view, size_t from, Resources& list,
                            Outcome* outcome) {
  if (view.envoy_filters == nullptr || view.envoy_filters->inbound == nullptr) return;
  const auto set = patch_set(*view.envoy_filters->inbound);
  if (!set->has(ApplyTo::CLUSTER)) return;
  const PatchList& patches = (*set)[ApplyTo::CLUSTER];
  patch_all(
      patches, from, [&](std::string_view name) { return hosts_of_inbound(view, name); }, list,
      outcome);
  // Outbound ones come first, and the first of a name counts.
  std::unordered_set<std::string> known = names_of(list);
  known.insert({std::string(kBlackHoleCluster), std::string(kPassthroughCluster)});
  if (view.envoy_filters->outbound != nullptr) {
    for (const Patch* patch : (*patch_set(*view.envoy_filters->outbound))[ApplyTo::CLUSTER]) {
      if (is_added(*patch, false) && patch->value) known.insert(text_at(*patch->value, "name"));
    }
  }
  add_all(patches, true, std::move(known), list, outcome);
}

}  // namespace mesh::xds::envoyfilter
