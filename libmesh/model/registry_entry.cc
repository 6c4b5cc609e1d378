// ServiceEntries: pilot/pkg/serviceregistry/serviceentry/conversion.go.
#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <utility>

#include "libmesh/base/net.h"
#include "libmesh/model/network/address_sequence.h"
#include "libmesh/model/registry.h"
#include "libmesh/schema/istio.h"

namespace mesh::model {
namespace {

using networking::ServiceEntry;

Resolution resolution_of(networking::ServiceEntry_Resolution resolution) {
  switch (resolution) {
    case networking::ServiceEntry_Resolution::NONE:
      return Resolution::kPassthrough;
    case networking::ServiceEntry_Resolution::STATIC:
      return Resolution::kClientSideLb;
    case networking::ServiceEntry_Resolution::DNS:
      return Resolution::kDnsLb;
    case networking::ServiceEntry_Resolution::DNS_ROUND_ROBIN:
      return Resolution::kDnsRoundRobinLb;
    case networking::ServiceEntry_Resolution::DYNAMIC_DNS:
      return Resolution::kDynamicDns;
  }
  return Resolution::kPassthrough;
}

bool is_dns(const Service& service) {
  return service.resolution == Resolution::kDnsLb ||
         service.resolution == Resolution::kDnsRoundRobinLb;
}

bool equal_fold(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

// An address of a ServiceEntry as a listener may have it, or empty: an IP, a CIDR, a CIDR of one
// address as that address.
std::string usable_address(const std::string& address) {
  if (is_ip_address(address)) return address;
  std::optional<Cidr> cidr = parse_cidr(address);
  if (!cidr) return {};
  return cidr->is_single() ? canonical_address(cidr->address) : address;
}

Port port_of(const networking::ServicePort& port) {
  return {port.name, port.number, parse_protocol(port.protocol)};
}

constexpr std::string_view kUnixPrefix = "unix://";

// The endpoints that one workload has in a ServiceEntry: one per port.
void add_endpoints(const ServiceEntry& entry, const Workload& workload, const kube::Object& object,
                   std::vector<EndpointPtr>& out) {
  for (const auto& port : entry.ports) {
    Endpoint endpoint = workload.endpoint;
    endpoint.service_port_name = port.name;
    endpoint.service_port = port.number;
    auto named = workload.ports.find(port.name);
    if (endpoint.addresses.size() == 1 && endpoint.addresses.front().starts_with(kUnixPrefix)) {
      endpoint.port = 0;
    } else if (named != workload.ports.end() && named->second > 0) {
      endpoint.port = named->second;
    } else {
      endpoint.port = port.target_port > 0 ? port.target_port : port.number;
    }
    endpoint.synthesized = endpoint.synthesized || object.synthesized;
    out.push_back(share(std::move(endpoint)));
  }
}

// A DNS service without endpoints resolves its own name.
void add_own_name(const kube::Object& object, const ServiceEntry& entry, const Service& service,
                  const RegistryOptions& options, std::vector<EndpointPtr>& out) {
  for (const auto& port : entry.ports) {
    Endpoint endpoint;
    endpoint.health = Health::kUnknown;
    endpoint.addresses = {service.hostname};
    endpoint.port = port.target_port > 0 ? port.target_port : port.number;
    endpoint.service_port_name = port.name;
    endpoint.service_port = port.number;
    endpoint.cluster_id = options.cluster_id;
    endpoint.ns = object.key.ns;
    endpoint.workload_name = object.key.name;
    out.push_back(share(std::move(endpoint)));
  }
}

}  // namespace

Service::TrafficDistribution traffic_distribution_of(std::string_view said, const Labels& own,
                                                     const Labels& of_namespace) {
  using Distribution = Service::TrafficDistribution;
  auto parse = [](std::string_view text) {
    if (equal_fold(text, "PreferClose") || equal_fold(text, "PreferSameZone")) {
      return Distribution::kPreferSameZone;
    }
    return equal_fold(text, "PreferSameNode") ? Distribution::kPreferSameNode : Distribution::kAny;
  };
  // The field is an enum; unknown values fall through to the annotations, whose case does not
  // count.
  if (said == "PreferClose" || said == "PreferSameZone" || said == "PreferSameNode") {
    return parse(said);
  }
  for (const Labels* annotations : {&own, &of_namespace}) {
    auto found = annotations->find("networking.istio.io/traffic-distribution");
    if (found != annotations->end() && !found->second.empty()) return parse(found->second);
  }
  return Distribution::kAny;
}

ExportTo parse_export_to(const std::vector<std::string>& targets) {
  ExportTo out;
  if (targets.empty()) return out;
  out.defaulted = false;
  for (const std::string& target : targets) {
    if (target == "*") {
      out.all = true;
    } else if (target == ".") {
      out.own = true;
    } else if (target == "~") {
      out.none = true;
    } else {
      out.others.push_back(target);
    }
  }
  std::sort(out.others.begin(), out.others.end());
  out.others.erase(std::unique(out.others.begin(), out.others.end()), out.others.end());
  return out;
}

std::vector<ServicePtr> services_of(const kube::Object& object, const Labels& namespace_annotations,
                                    std::span<const HostAddresses> allocated) {
  const auto& entry = object.as<ServiceEntry>();
  Service base;
  base.object_name = object.key.name;
  base.ns = object.key.ns;
  base.registry = Registry::kExternal;
  base.resolution = resolution_of(entry.resolution);
  base.mesh_external = entry.location == networking::ServiceEntry_Location::MESH_EXTERNAL;
  base.traffic_distribution =
      traffic_distribution_of("", object.annotations, namespace_annotations);
  base.creation_time = object.creation_time;
  base.labels = object.labels;
  base.annotations = object.annotations;
  base.export_to = parse_export_to(entry.export_to);
  base.service_accounts = entry.subject_alt_names;
  if (entry.workload_selector) base.selector = entry.workload_selector->labels;
  for (const auto& port : entry.ports) {
    base.ports.push_back(port_of(port));
    if (base.resolution == Resolution::kPassthrough && port.target_port != 0) {
      base.passthrough_target_ports[port.number] = port.target_port;
    }
  }

  std::vector<ServicePtr> out;
  // Istio's collection of services has one of each host and address (Service.ResourceName).
  std::set<std::pair<std::string_view, std::string>> known;
  const bool may_repeat = entry.hosts.size() > 1 || entry.addresses.size() > 1;
  for (const std::string& host : entry.hosts) {
    auto add = [&](std::string address) {
      if (may_repeat && !known.emplace(host, address).second) return;
      auto service = std::make_shared<Service>(base);
      service->hostname = host;
      service->name = host;
      service->default_address = std::move(address);
      const HostAddresses& given = addresses_of(host, allocated);
      service->auto_allocated_v4 = given.ipv4;
      service->auto_allocated_v6 = given.ipv6;
      out.push_back(std::move(service));
    };
    if (entry.addresses.empty()) add("0.0.0.0");
    for (const std::string& address : entry.addresses) {
      std::string usable = usable_address(address);
      if (!usable.empty()) add(std::move(usable));
    }
  }
  return out;
}

void set_addresses(ServicePtr& service, std::string_view ipv4, std::string_view ipv6) {
  if (service.use_count() != 1) service = std::make_shared<Service>(*service);
  // Services are made as no constants: one that nobody else has may still be written.
  auto& own = const_cast<Service&>(*service);
  own.auto_allocated_v4 = ipv4;
  own.auto_allocated_v6 = ipv6;
}

bool selects_workloads(const kube::Object& service_entry) {
  return static_cast<bool>(service_entry.as<ServiceEntry>().workload_selector);
}

std::vector<EndpointPtr> endpoints_of_entry(const kube::Object& object, const Service& service,
                                            const std::vector<WorkloadPtr>& selected,
                                            const RegistryOptions& options) {
  const auto& entry = object.as<ServiceEntry>();
  std::vector<EndpointPtr> out;
  if (entry.workload_selector) {
    for (const WorkloadPtr& workload : selected) {
      if (workload->dns_only && !is_dns(service)) continue;
      add_endpoints(entry, *workload, object, out);
    }
    return out;
  }
  if (entry.endpoints.empty() && is_dns(service)) {
    add_own_name(object, entry, service, options, out);
    return out;
  }
  for (size_t i = 0; i < entry.endpoints.size(); ++i) {
    const auto& endpoint = entry.endpoints[i];
    std::string name = object.key.name + "-" + std::to_string(i);
    Workload workload =
        workload_of_entry_spec(endpoint, endpoint.labels, object.key.ns, name, options);
    add_endpoints(entry, workload, object, out);
  }
  return out;
}

}  // namespace mesh::model
