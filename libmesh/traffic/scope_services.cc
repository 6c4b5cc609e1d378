#include "libmesh/traffic/scope_services.h"

#include <algorithm>

namespace mesh::traffic {
namespace {

using model::Registry;
using model::Service;
using model::ServicePtr;

bool can_merge(const Service& a, const Service& b) {
  return a.ns == b.ns && a.resolution == b.resolution && a.registry == b.registry &&
         a.labels == b.labels && a.selector == b.selector && a.export_to == b.export_to;
}

// Of any protocol.
const model::Port* port_at(const Service& service, uint32_t number) {
  auto found = std::find_if(service.ports.begin(), service.ports.end(),
                            [&](const model::Port& port) { return port.number == number; });
  return found == service.ports.end() ? nullptr : &*found;
}

ServicePtr with_ports_of(const Service& into, const Service& other) {
  auto merged = std::make_shared<Service>(into);
  for (const model::Port& port : other.ports) {
    if (port_at(*merged, port.number) == nullptr) merged->ports.push_back(port);
  }
  return merged;
}

bool asked(const std::vector<uint32_t>& ports, uint32_t port) {
  return std::find(ports.begin(), ports.end(), port) != ports.end();
}

}  // namespace

void ScopeServices::add(const ServicePtr& service) {
  if (service == nullptr) return;
  uint32_t at = hosts->find(list, service->hostname);
  if (at == index::HostTable::kNone) {
    list.push_back(service);
    hosts.edit().add(list);
    return;
  }
  const ServicePtr existing = list[at];
  if (existing == service) return;
  bool existing_kubernetes = existing->registry == Registry::kKubernetes;
  bool new_kubernetes = service->registry == Registry::kKubernetes;
  if (existing_kubernetes && !new_kubernetes) return;
  if (!existing_kubernetes && new_kubernetes) {
    list.edit()[at] = service;
    return;
  }
  if (existing->ports == service->ports || !can_merge(*existing, *service)) return;
  list.edit()[at] = with_ports_of(*existing, *service);
}

ServicePtr with_port(const ServicePtr& service, uint32_t port) {
  const model::Port* found = port_at(*service, port);
  if (found == nullptr) return nullptr;
  if (service->ports.size() == 1) return service;
  auto trimmed = std::make_shared<Service>(*service);
  trimmed->ports = {*found};
  return trimmed;
}

ServicePtr with_ports(const ServicePtr& service, const std::vector<uint32_t>& ports) {
  if (ports.empty() || asked(ports, 0)) return service;
  std::vector<model::Port> found;
  for (const model::Port& port : service->ports) {
    if (asked(ports, port.number)) found.push_back(port);
  }
  if (found.empty()) return nullptr;
  if (found.size() == service->ports.size()) return service;
  auto trimmed = std::make_shared<Service>(*service);
  trimmed->ports = std::move(found);
  return trimmed;
}

}  // namespace mesh::traffic
