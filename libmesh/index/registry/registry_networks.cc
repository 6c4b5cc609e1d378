// The gateways between networks that Services are: by their label, or because the mesh's networks
// name them. Follows getGatewayDetails and extractGatewaysInner
// (pilot/pkg/serviceregistry/kube/controller/network.go).
#include "libmesh/document/json.h"
#include "libmesh/index/registry/registry.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using kube::Kind;
using kube::ObjectPtr;
using model::NetworkGateway;

const std::string kNodeSelector = "traffic.istio.io/nodeSelector";

// A NodePort service with the annotation is reached at its node ports.
bool is_at_nodes(const kube::Object& service) {
  return service.as<k8s::Service>().spec.type == "NodePort" &&
         service.annotations.contains(kNodeSelector);
}

Labels node_selector(const kube::Object& service) {
  Labels out;
  Diagnostics ignored;  // Istio takes what it cannot read for an empty selector
  auto read = document::read_json(service.annotations.at(kNodeSelector), "", ignored);
  const document::Map* map = read ? read->if_map() : nullptr;
  if (map == nullptr) return out;
  for (const document::Member& member : *map) {
    if (const std::string* text = member.value.if_string()) out[member.key] = *text;
  }
  return out;
}

// The external addresses of the nodes that are selected; a node without one does not count.
std::vector<std::string> node_addresses(const Labels& selector, const Objects& objects) {
  std::vector<std::string> out;
  for (const auto& [key, node] : objects.of(Kind::kNode)) {
    if (!labels_match(selector, node->labels)) continue;
    for (const auto& address : node->as<k8s::Node>().status.addresses) {
      if (address.type != "ExternalIP" || address.address.empty()) continue;
      out.push_back(address.address);
      break;
    }
  }
  return out;
}

uint32_t node_port(const kube::Object& service, uint32_t port) {
  for (const auto& candidate : service.as<k8s::Service>().spec.ports) {
    if (static_cast<uint32_t>(candidate.port) == port) {
      return static_cast<uint32_t>(candidate.node_port);
    }
  }
  return port;
}

}  // namespace

// Called for each service that comes, changes or goes (null).
void Registry::note_gateway(const Name& name, const model::Service* service) {
  bool is = false;
  if (service != nullptr) {
    NetworkGateway ignored;
    is = model::gateway_of_labels(*service, ignored);
    if (!is && options_.networks != nullptr) {
      for (const auto& named : options_.networks->services) {
        is = is || named.hostname == service->hostname;
      }
    }
  }
  if (is) gateway_services_.insert(name);
  if (is || gateway_services_.erase(name) != 0) work_.networks = true;
}

void Registry::add_gateways(const ServiceState& service, const Objects& objects,
                            std::vector<NetworkGateway>& out) const {
  const model::Service& base = *service.base;
  std::vector<NetworkGateway> found(1);
  if (!model::gateway_of_labels(base, found.front())) {
    found.clear();
    // A label that leads to no port is a mistake, not a service without a label.
    if (auto label = base.labels.find("topology.istio.io/network");
        label != base.labels.end() && !label->second.empty()) {
      return;
    }
    if (options_.networks == nullptr) return;
    for (const auto& named : options_.networks->services) {
      if (named.hostname != base.hostname || named.cluster != options_.cluster_id) continue;
      NetworkGateway gateway;
      gateway.network = named.network;
      gateway.port = named.port;
      found.push_back(std::move(gateway));
    }
  }
  const bool node_ports = is_at_nodes(*service.object);
  // The nodes' own addresses count only where the service has none (addOrUpdateService).
  const bool nodes = node_ports && base.external_addresses.empty();
  const std::vector<std::string> addresses =
      nodes ? node_addresses(node_selector(*service.object), objects) : base.external_addresses;
  for (const std::string& address : addresses) {
    for (NetworkGateway gateway : found) {
      gateway.cluster = options_.cluster_id;
      gateway.address = address;
      if (node_ports) gateway.port = node_port(*service.object, gateway.port);
      out.push_back(std::move(gateway));
    }
  }
}

void Registry::finish_networks(const Objects& objects) {
  gateways_.clear();
  for (const Name& name : gateway_services_) {
    auto state = namespaces_.find(name.first);
    if (state == namespaces_.end()) continue;
    auto service = state->second.services.find(name.second);
    if (service != state->second.services.end() && service->second.base != nullptr) {
      add_gateways(service->second, objects, gateways_);
    }
  }
  std::vector<NetworkGateway> found;
  if (options_.networks != nullptr) found = options_.networks->gateways;
  found.insert(found.end(), gateways_.begin(), gateways_.end());
  model::NetworksPtr made = model::make_networks(std::move(found));
  if (made == nullptr ? networks_ == nullptr : networks_ != nullptr && *made == *networks_) return;
  networks_ = std::move(made);
}

}  // namespace mesh::index
