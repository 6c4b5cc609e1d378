// What is wrong with ServiceEntries, and with Kubernetes' Services as a mesh reads them.
#include "libmesh/traffic/check/services.h"

#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/base/strings.h"
#include "libmesh/model/host.h"
#include "libmesh/model/network/allocation.h"
#include "libmesh/model/protocol.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/traffic/check/opened_ports.h"
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/targets.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {

namespace {

using networking::ServiceEntry_Resolution;

// ---- ServiceEntries ----------------------------------------------------------------------------

void check_endpoints(const networking::ServiceEntry& entry, Finder& finder) {
  const bool fixed = entry.resolution == ServiceEntry_Resolution::STATIC;
  const bool dns = entry.resolution == ServiceEntry_Resolution::DNS ||
                   entry.resolution == ServiceEntry_Resolution::DNS_ROUND_ROBIN;
  if (fixed && entry.endpoints.empty() && !entry.workload_selector) {
    finder.warn(Code::kNoEffect, "spec.endpoints", "is not set, so resolution STATIC leads nowhere",
                "write them, or select workloads: workloadSelector");
  }
  // The CRD asks whether the list is there, not what it holds.
  const document::Value* list = find_field(finder.object(), "spec.endpoints");
  const bool written = !entry.endpoints.empty() || (list != nullptr && list->is_list());
  if (written && entry.workload_selector) {
    finder.invalid("spec.workloadSelector", "stands beside endpoints", "write one of them");
  }
  if (entry.resolution == ServiceEntry_Resolution::DNS_ROUND_ROBIN && entry.endpoints.size() > 1) {
    finder.invalid("spec.endpoints", "has several, and resolution DNS_ROUND_ROBIN takes one",
                   "write resolution DNS, or one endpoint");
  }
  if (entry.resolution == ServiceEntry_Resolution::NONE && entry.workload_selector) {
    finder.warn(Code::kNoEffect, "spec.workloadSelector",
                "does nothing with resolution NONE: connections go to where they were bound for",
                "write resolution STATIC");
  }
  if (entry.resolution == ServiceEntry_Resolution::NONE && written) {
    finder.invalid("spec.endpoints", "stands beside resolution NONE, which takes none",
                   "write resolution STATIC or DNS, or take the endpoints away");
  }
  const bool direct = entry.resolution == ServiceEntry_Resolution::NONE;
  const EntryUse use = direct ? EntryUse::kObject : (dns ? EntryUse::kNamed : EntryUse::kStatic);
  std::set<std::string> names;
  for (const auto& each : entry.ports) names.insert(each.name);
  for (size_t i = 0; i < entry.endpoints.size(); ++i) {
    const auto& endpoint = entry.endpoints[i];
    const std::string path = at("spec.endpoints", i);
    check_workload_entry(endpoint, use, path, finder);
    if (use == EntryUse::kStatic && endpoint.address.starts_with("unix://") &&
        entry.ports.size() != 1) {
      finder.invalid(path + ".address", "is a Unix socket, and the entry has not one port alone",
                     "write one port in spec.ports");
    }
    for (const auto& [name, number] : endpoint.ports) {
      if (names.contains(name)) continue;
      finder.invalid(path + ".ports." + name, "is no port of the entry",
                     Surroundings::mend_name(name, names, "give the entry the port"));
    }
  }
  if (!dns || !entry.endpoints.empty()) return;
  for (size_t i = 0; i < entry.hosts.size(); ++i) {
    const std::string& host = entry.hosts[i];
    // What is no name at all is told as such.
    if (is_fqdn(host) || (!model::is_wildcard(host) && !is_wildcard_domain(host))) continue;
    finder.invalid(at("spec.hosts", i),
                   quoted(host) + " cannot be looked up, and resolution is DNS",
                   "name the host, or write resolution NONE");
  }
}

// Hosts that Envoy looks up when it is asked for one of them.
void check_dynamic(const networking::ServiceEntry& entry, Finder& finder) {
  const auto waypoint = finder.object().labels.find("istio.io/use-waypoint");
  if (entry.location == networking::ServiceEntry_Location::MESH_INTERNAL &&
      waypoint != finder.object().labels.end() && !waypoint->second.empty() &&
      lower_ascii(waypoint->second) != "none") {
    finder.invalid("spec.location", "is MESH_INTERNAL, and the entry has a waypoint",
                   "write MESH_EXTERNAL, or take the label istio.io/use-waypoint away");
  }
  for (size_t i = 0; i < entry.hosts.size(); ++i) {
    if (model::is_wildcard(entry.hosts[i])) continue;
    finder.invalid(
        at("spec.hosts", i),
        quoted(entry.hosts[i]) + " is one host, and resolution " + "DYNAMIC_DNS is for wildcards",
        "write a wildcard like \"*.example.com\", or resolution DNS");
  }
  if (!entry.addresses.empty()) {
    finder.invalid("spec.addresses", "stands beside resolution DYNAMIC_DNS, which takes none",
                   "take the addresses away");
  }
  if (!entry.endpoints.empty()) {
    finder.invalid("spec.endpoints", "stands beside resolution DYNAMIC_DNS, which takes none",
                   "take the endpoints away");
  }
  for (size_t i = 0; i < entry.ports.size(); ++i) {
    const auto protocol = model::parse_protocol(entry.ports[i].protocol);
    if (protocol == model::Protocol::kHttp || protocol == model::Protocol::kTls ||
        protocol == model::Protocol::kGrpc || protocol == model::Protocol::kHttp2) {
      continue;
    }
    finder.invalid(at("spec.ports", i) + ".protocol",
                   quoted(entry.ports[i].protocol) + " does not go with resolution DYNAMIC_DNS",
                   "write HTTP, HTTP2, GRPC or TLS");
  }
}

void check_entry_ports(const networking::ServiceEntry& entry, Finder& finder) {
  std::set<std::string> names;
  std::set<uint32_t> numbers;
  if (entry.ports.empty()) {
    finder.warn(Code::kNoEffect, "spec.ports", "is not set, so no proxy knows a port of the hosts",
                "write the ports with number, name and protocol");
  }
  for (size_t i = 0; i < entry.ports.size(); ++i) {
    const auto& port = entry.ports[i];
    const std::string path = at("spec.ports", i);
    check_port_number(port.number, path + ".number", finder);
    if (port.target_port != 0) check_port_number(port.target_port, path + ".targetPort", finder);
    if (!numbers.insert(port.number).second) {
      finder.invalid(path + ".number", std::to_string(port.number) + " stands here twice",
                     "give each port a number of its own");
    }
    if (port.name.empty()) {
      finder.invalid(path + ".name", "is not set", "names tell the ports apart");
    } else if (!is_dns_label(port.name)) {
      check_port_label(port.name, path + ".name", finder);
    } else if (!names.insert(port.name).second) {
      finder.invalid(path + ".name", quoted(port.name) + " stands here twice",
                     "give each port a name of its own");
    }
    if (!port.protocol.empty()) check_protocol(port.protocol, path + ".protocol", finder);
  }
}

// Connections to several hosts are told apart by what HTTP or TLS says of them.
void check_several_hosts(const networking::ServiceEntry& entry, Finder& finder) {
  if (entry.resolution == ServiceEntry_Resolution::NONE || entry.hosts.size() < 2) return;
  for (size_t i = 0; i < entry.ports.size(); ++i) {
    const auto protocol = model::parse_protocol(entry.ports[i].protocol);
    if (model::is_http(protocol) || model::is_tls(protocol)) continue;
    finder.invalid(at("spec.ports", i) + ".protocol",
                   "is neither of HTTP nor of TLS, so the hosts cannot be told apart",
                   "write one ServiceEntry for each host, or resolution NONE");
    return;
  }
}

void check_entry(const networking::ServiceEntry& entry, Finder& finder) {
  if (entry.hosts.empty()) {
    finder.invalid("spec.hosts", "names no host", "write the names that the mesh knows it by");
  }
  for (size_t i = 0; i < entry.hosts.size(); ++i) {
    check_host_name(entry.hosts[i], at("spec.hosts", i), finder);
    if (entry.hosts[i].empty()) {
      finder.invalid(at("spec.hosts", i), "is empty", "name the host");
    } else if (is_ip_address(entry.hosts[i])) {
      finder.invalid(at("spec.hosts", i), quoted(entry.hosts[i]) + " is an IP address, and no name",
                     "name the host, and write the address in spec.addresses");
    }
    if (entry.hosts[i] == "*") {
      finder.invalid(at("spec.hosts", i), "\"*\" is no host of a ServiceEntry",
                     "name the host, or a wildcard like \"*.example.com\"");
    }
  }
  for (size_t i = 0; i < entry.addresses.size(); ++i) {
    const bool range = entry.addresses[i].find('/') != std::string::npos;
    if (range && entry.resolution != ServiceEntry_Resolution::NONE &&
        entry.resolution != ServiceEntry_Resolution::STATIC) {
      finder.invalid(
          at("spec.addresses", i),
          quoted(entry.addresses[i]) + " is a range, for resolution NONE and STATIC only",
          "write single addresses");
    }
    check_subnet(entry.addresses[i], at("spec.addresses", i), finder);
  }
  check_entry_ports(entry, finder);
  check_several_hosts(entry, finder);
  check_export_rules(entry.export_to, {.with_none = true}, finder);
  if (entry.workload_selector) {
    check_selector_words(entry.workload_selector->labels, "spec.workloadSelector.labels", finder);
  }
  if (entry.resolution == ServiceEntry_Resolution::DYNAMIC_DNS) {
    return check_dynamic(entry, finder);
  }
  check_endpoints(entry, finder);
}

// Of a Service and a ServiceEntry with one host in one namespace, the Service counts (initServiceRegistry in
// pilot/pkg/model/push_context.go).
void check_owner(const networking::ServiceEntry& entry, const Surroundings& around,
                 Finder& finder) {
  for (size_t i = 0; i < entry.hosts.size(); ++i) {
    for (const model::ServicePtr& service : around.services_in(finder.ns())) {
      if (service->registry != model::Registry::kKubernetes ||
          service->hostname != entry.hosts[i]) {
        continue;
      }
      finder.warn(Code::kRuleConflict, at("spec.hosts", i),
                  "is the host of Service " + finder.ns() + "/" + service->name +
                      ", which counts before this entry",
                  "name another host, or take the Service away");
    }
  }
}

// ---- Services ----------------------------------------------------------------------------------

// Nearly words of Istio's, and nobody's mistake.
bool is_other_protocol(std::string_view word) {
  return word == "mssql" || word == "mtls" || word == "dtls" || word == "rdp";
}

// Nearly a protocol, and none: other words are Kubernetes' own or the application's.
void check_app_protocol(const std::string& word, const std::string& field, Finder& finder) {
  static const std::set<std::string> kWords = {"http",
                                               "https",
                                               "http2",
                                               "grpc",
                                               "grpc-web",
                                               "mongo",
                                               "redis",
                                               "mysql",
                                               "tcp",
                                               "tls",
                                               "udp",
                                               "kubernetes.io/h2c",
                                               "kubernetes.io/ws",
                                               "kubernetes.io/wss"};
  std::string lower = word;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (word.size() < 3 || kWords.contains(lower) || is_other_protocol(lower)) return;
  std::string near = Surroundings::near_text(lower, kWords);
  if (near.empty()) return;
  finder.warn(Code::kPortName, field, quoted(word) + " is no protocol, so the port's is guessed",
              std::move(near));
}

// "htpp-web": the word before the dash is nearly a protocol, so the port is none.
void check_port_name(const std::string& name, const std::string& field, Finder& finder) {
  static const std::set<std::string> kWords = {
      "http", "https", "http2", "grpc", "grpc-web", "mongo", "redis", "mysql", "tcp", "tls", "udp"};
  const std::string word = name.substr(0, name.find('-'));
  if (word.size() < 3 || kWords.contains(word) || is_other_protocol(word)) return;
  const std::string near = Surroundings::near_text(word, kWords);
  if (near.empty() || word.find_first_of("0123456789") != std::string::npos) return;
  finder.warn(Code::kPortName, field,
              quoted(name) + " names no protocol, so the port's is guessed from what is sent",
              near);
}

// Small letters, digits and '-' between them (IsDNS1123Label of Kubernetes).
bool is_small_label(const std::string& text) {
  return is_dns_label(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// What the API server refuses.
void check_service_ports(const k8s::ServiceSpec& spec, Finder& finder) {
  std::set<std::string> names;
  std::set<std::pair<int64_t, std::string>> numbers;
  for (size_t i = 0; i < spec.ports.size(); ++i) {
    const k8s::ServicePort& port = spec.ports[i];
    const std::string path = at("spec.ports", i);
    const std::string transport = port.protocol.empty() ? "TCP" : port.protocol;
    if (!numbers.emplace(port.port, transport).second) {
      finder.invalid(path + ".port",
                     std::to_string(port.port) + " of " + transport + " stands here twice",
                     "give each port a number of its own");
    }
    if (!port.name.empty() && !is_small_label(port.name)) {
      finder.invalid(path + ".name", quoted(port.name) + " is no name of a Service's port",
                     "write small letters, digits and \"-\" between them, at most 63");
    }
    const bool other = !port.target_port.is_string && port.target_port.number != 0;
    if (other && (port.target_port.number < 1 || port.target_port.number > 65535)) {
      finder.invalid(path + ".targetPort", std::to_string(port.target_port.number) + " is no port",
                     "write a number from 1 to 65535");
    }
    if (port.port < 1 || port.port > 65535) {
      finder.invalid(path + ".port", std::to_string(port.port) + " is no port",
                     "write a number from 1 to 65535");
    }
    if (!port.name.empty() && !names.insert(port.name).second) {
      finder.invalid(path + ".name", quoted(port.name) + " stands here twice",
                     "give each port a name of its own");
    } else if (port.name.empty() && spec.ports.size() > 1) {
      finder.invalid(path + ".name", "is not set, and there are several ports",
                     "give each port a name of its own");
    }
    static const std::set<std::string> kProtocols = {"TCP", "UDP", "SCTP"};
    if (!port.protocol.empty() && !kProtocols.contains(port.protocol)) {
      finder.invalid(path + ".protocol", quoted(port.protocol) + " is no protocol of a Service",
                     Surroundings::mend_name(port.protocol, kProtocols, ""));
    }
    if (port.app_protocol) check_app_protocol(*port.app_protocol, path + ".appProtocol", finder);
  }
}

// Where all selected pods say their ports, as many as the Service has, and none says this one. That containers say their
// ports is a custom only: fewer of them mean nothing, and who listens on a port without saying so is reached there.
void check_target(const k8s::ServiceSpec& spec, const k8s::ServicePort& port,
                  const std::string& path, const std::vector<kube::ObjectPtr>& pods,
                  const Surroundings& around, Finder& finder) {
  if (port.target_port.is_string) return;
  const bool written = port.target_port.number != 0;
  const auto number = static_cast<uint32_t>(written ? port.target_port.number : port.port);
  std::set<uint32_t> known;
  for (const kube::ObjectPtr& pod : pods) {
    const std::set<uint32_t> ports = container_ports(*pod);
    if (ports.empty()) return;
    known.insert(ports.begin(), ports.end());
  }
  if (known.contains(number) || known.size() < spec.ports.size() ||
      is_opened(number, finder.ns(), around)) {
    return;
  }
  finder.remark(Code::kUnknownPort, path + (written ? ".targetPort" : ".port"),
                "no container of the selected pods says that it has port " + std::to_string(number),
                "those that they say are " + numbers_text(known));
}

std::set<std::string> port_names(const std::vector<kube::ObjectPtr>& pods) {
  std::set<std::string> out;
  const auto add = [&](const auto& container) {
    for (const auto& port : container.ports) {
      if (!port.name.empty()) out.insert(port.name);
    }
  };
  for (const kube::ObjectPtr& pod : pods) {
    const k8s::PodSpec& spec = pod->as<k8s::Pod>().spec;
    for (const auto& container : spec.containers) add(container);
    for (const auto& container : spec.init_containers) {
      if (is_native_sidecar(container)) add(container);
    }
  }
  return out;
}

void check_service(const kube::Object& object, const Surroundings& around, Diagnostics& out) {
  const auto& spec = object.as<k8s::Service>().spec;
  Finder finder(object, out);
  for (size_t i = 0; i < spec.ports.size(); ++i) {
    if (!spec.ports[i].app_protocol || spec.ports[i].app_protocol->empty()) {
      check_port_name(spec.ports[i].name, at("spec.ports", i) + ".name", finder);
    }
  }
  check_service_ports(spec, finder);
  if (spec.selector.empty() || !around.has_pods(finder.ns())) return;
  if (around.selects_outside(finder.ns(), spec.selector)) return;  // their ports are not known
  if (!around.selects_pod(finder.ns(), spec.selector)) {
    finder.warn(Code::kSelectsNothing, "spec.selector",
                "selects no pod: " + around.missing_label(finder.ns(), spec.selector),
                around.mend_labels(finder.ns(), spec.selector));
    return;
  }
  // Pods of other clusters are behind the Services of theirs.
  const index::Mesh& mesh = around.mesh();
  const auto pods = around.selected_in(*mesh.of_cluster(""), finder.ns(), spec.selector);
  if (pods.empty()) return;
  for (size_t i = 0; i < spec.ports.size(); ++i) {
    const std::string& name = spec.ports[i].target_port.text;
    if (name.empty()) {
      check_target(spec, spec.ports[i], at("spec.ports", i), pods, around, finder);
      continue;
    }
    const std::set<std::string> known = port_names(pods);
    if (known.contains(name)) continue;
    finder.warn(Code::kUnknownPort, at("spec.ports", i) + ".targetPort",
                "no container of the selected pods has a port " + quoted(name),
                Surroundings::mend_name(name, known, "name the port's number"));
  }
}

// What is wrong with the addresses that the entries are allocated (model/network/allocation.h).
void check_addresses(const index::Snapshot& snapshot, const Surroundings& around,
                     Diagnostics& out) {
  std::vector<model::AddressClaim> claims;
  for (const std::string& ns : around.mesh().namespaces) {
    for (const auto& [key, object] : snapshot.objects(kube::Kind::kServiceEntry).in_namespace(ns)) {
      claims.push_back(model::address_claim(object));
    }
  }
  if (claims.empty()) return;
  std::vector<const model::AddressClaim*> all;
  for (const model::AddressClaim& claim : claims) all.push_back(&claim);
  Diagnostics told;  // where the configuration is read
  const auto options = model::allocation_options(around.mesh().config, told);
  const model::Allocation made = model::allocate_addresses(all, options);
  for (const model::AddressConflict& each : made.conflicts) {
    Finder(*each.entry, out)
        .warn(Code::kRuleConflict, "status.addresses",
              each.address + " is an address of " + to_string(each.holder->key) +
                  " too, so that new ones are allocated here",
              "take the status away, or give the entry addresses of its own: spec.addresses");
  }
  for (const kube::ObjectPtr& entry : made.without) {
    Finder(*entry, out)
        .warn(Code::kNoEffect, "spec.hosts",
              "some host gets no address: those of " + options.ipv4 + " or " + options.ipv6 +
                  " are all given away",
              "give the entry addresses of its own: spec.addresses, or write a larger range: "
              "PILOT_IP_AUTOALLOCATE_IPV4_PREFIX, …_IPV6_PREFIX");
  }
}

}  // namespace

Diagnostics check_services(const index::Snapshot& snapshot, const index::Tenant& tenant,
                           const Surroundings& around) {
  Diagnostics out;
  for (const std::string& ns : tenant.namespaces) {
    for (const auto& [key, object] : snapshot.objects(kube::Kind::kService).in_namespace(ns)) {
      if (!object->synthesized) check_service(*object, around, out);
    }
    for (const auto& [key, object] : snapshot.objects(kube::Kind::kServiceEntry).in_namespace(ns)) {
      Finder finder(*object, out);
      const auto& entry = object->as<networking::ServiceEntry>();
      check_entry(entry, finder);
      check_owner(entry, around, finder);
      check_export_to(entry.export_to, around, finder);
      if (entry.workload_selector) {
        check_selector(entry.workload_selector->labels, "spec.workloadSelector", around, finder);
      }
    }
  }
  check_addresses(snapshot, around, out);
  return out;
}

}  // namespace mesh::traffic
