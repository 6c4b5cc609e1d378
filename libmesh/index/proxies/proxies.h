// The proxies of a snapshot: which pods have, or will have, an Envoy beside them.
//
// A proxy is a pod with a container `istio-proxy`, a pod that its namespace or labels mark for
// injection, a description file, or the node that an Envoy presents over xDS. All rules, and where
// each piece of a proxy is read from, are in docs/proxies.md.
#pragma once

#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/model/proxy.h"

namespace mesh::index {

// The object of a cluster, as Store::apply takes it; of an id that no remote cluster has, that of the config cluster. Null when
// there is none.
kube::ObjectPtr find_in(const Snapshot& snapshot, std::string_view cluster,
                        const kube::ObjectKey& key);
// The cluster that has this very object, as Store::apply takes it; empty is the config cluster.
std::string_view cluster_of(const Snapshot& snapshot, const kube::Object& object);
// All proxies of pods of all clusters in namespaces that a tenant owns, by tenant, namespace, name and cluster, the config
// cluster first.
std::vector<model::Proxy> proxies(const Snapshot& snapshot);
// The proxy of one pod; kNotFound when there is no such pod, when it is in no mesh, when it has no
// sidecar, or no address yet (the message says which). `cluster`: the pod's, as Store::apply takes it.
Result<model::Proxy> proxy_of_pod(const Snapshot& snapshot, std::string_view ns,
                                  std::string_view name, std::string_view cluster = {});
// A proxy description (YAML or JSON): type, id, ip, namespace, labels, serviceAccount, clusterID,
// network, locality, dnsDomain, istioVersion, flavour, metadata. Unknown keys are refused by name.
// The tenant is the owner of its namespace (kNotFound when there is none).
Result<model::Proxy> read_proxy(const Snapshot& snapshot, std::string_view text,
                                std::string_view file);
// A proxy of which nothing is known but its type, namespace and labels: one that a selector is for where no pod has its
// labels.
model::Proxy assumed_proxy(const model::TenantId& tenant, model::ProxyType type,
                           const std::string& ns, const Labels& labels);
// What stands before ".<namespace>" in the proxy's id; empty when it does not end so. Names of pods may have dots.
std::string_view pod_name(const model::Proxy& proxy);
// A proxy from the node an Envoy presents over xDS: id "sidecar~IP~pod.ns~domain" and its metadata.
// What the pod of that name says goes before the metadata in labels, service account and locality: that of the cluster that
// the metadata name (CLUSTER_ID).
Result<model::Proxy> proxy_of_node(const Snapshot& snapshot, std::string_view node_id,
                                   const document::Value& metadata);

// What proxy_of_node read, beside Nodes and the settings of the mesh: the proxy is the same while all of this is.
struct NodeOrigin {
  uint64_t revision = 0;
  std::string cluster;
  kube::ObjectKey pod_key;
  kube::ObjectPtr pod;             // may be null
  kube::ObjectPtr root_namespace;  // of its mesh; may be null
  // The pod has no sidecar yet: whether it is to have one is told from its namespace, the tenants and the rules of injection.
  bool to_be_injected = false;
};
NodeOrigin origin_of_node(const Snapshot& snapshot, const model::Proxy& proxy);
// The Namespace whose labels say which network pods of this mesh are in by default; null when there is none.
kube::ObjectPtr root_namespace_of(const Snapshot& snapshot, const model::TenantId& tenant,
                                  std::string_view cluster = {});

// The id that the proxy's Envoy presents: "sidecar~10.0.0.1~web-0.shop~shop.svc.cluster.local".
std::string node_id(const model::Proxy& proxy);

}  // namespace mesh::index
