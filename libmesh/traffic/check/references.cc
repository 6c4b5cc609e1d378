// What DestinationRules, Gateways, Sidecars and ServiceEntries name.
#include "libmesh/traffic/check/references.h"

#include <algorithm>

#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

namespace {

// ---- DestinationRules --------------------------------------------------------------------------

// Pods of the service are known, and none has the labels.
void check_subset(const networking::Subset& subset, const model::Service& service,
                  const std::string& field, const Surroundings& around, Finder& finder) {
  if (service.selector.empty() || subset.labels.empty()) return;
  const auto pods = around.pods_of(service);
  if (pods.empty()) return;
  const bool any = std::any_of(pods.begin(), pods.end(), [&](const kube::ObjectPtr& pod) {
    return labels_match(subset.labels, pod->labels);
  });
  if (any || around.selects_outside(service.ns, subset.labels)) return;
  finder.warn(Code::kSelectsNothing, field,
              "no pod of " + quoted(service.hostname) +
                  " has these labels: " + around.missing_label(service.ns, subset.labels),
              around.mend_labels(service.ns, subset.labels));
}

// "80, 443", or "none".
std::string ports_text(const std::vector<model::ServicePtr>& services) {
  std::set<uint32_t> known;
  for (const auto& service : services) {
    for (const model::Port& port : service->ports) known.insert(port.number);
  }
  return numbers_text(known);
}

void check_port_settings(const networking::TrafficPolicy& policy, const std::string& path,
                         const std::vector<model::ServicePtr>& services, Finder& finder) {
  for (size_t i = 0; i < policy.port_level_settings.size(); ++i) {
    const auto& port = policy.port_level_settings[i].port;
    if (!port) continue;
    const bool known = std::any_of(services.begin(), services.end(), [&](const auto& service) {
      return service->port_by_number(port->number) != nullptr;
    });
    if (known) continue;
    finder.warn(Code::kUnknownPort, at(path + ".portLevelSettings", i) + ".port.number",
                "the host has no port " + std::to_string(port->number),
                "its ports are " + ports_text(services));
  }
}

// It may stand in any namespace that a proxy of the rule is in.
void check_client_credential(const std::string& credential, const Surroundings& around,
                             Finder& finder) {
  if (credential.empty() || credential.find("://") != std::string::npos) return;
  std::set<std::string> known;
  around.mesh().each_secrets([&](const index::Secrets& secrets) {
    for (const auto& [key, secret] : secrets) known.insert(key.name);
  });
  if (known.contains(credential)) return;
  finder.warn(
      Code::kUnknownReference, "spec.trafficPolicy.tls.credentialName",
      "there is no Secret " + quoted(credential) + " in the mesh",
      Surroundings::mend_name(credential, known, "create the Secret where the proxies are"));
}

void check_rule(const index::DestinationRule& config, const Surroundings& around,
                Diagnostics& out) {
  const auto spec =
      model::with_full_names(config.object, *config.spec, around.mesh().cluster_domain);
  Finder finder(*config.object, out);
  check_export_to(config.spec->export_to, around, finder);
  if (spec->workload_selector) {
    check_selector(spec->workload_selector->match_labels, "spec.workloadSelector", around, finder);
  }
  const auto services = around.services(spec->host);
  if (services.empty()) {
    if (model::is_wildcard(spec->host)) return;
    finder.warn(Code::kUnknownHost, "spec.host",
                "no service of the mesh has host " + quoted(spec->host),
                around.mend_host(spec->host));
    return;
  }
  if (spec->traffic_policy) {
    check_port_settings(*spec->traffic_policy, "spec.trafficPolicy", services, finder);
  }
  if (spec->traffic_policy && spec->traffic_policy->tls) {
    check_client_credential(spec->traffic_policy->tls->credential_name, around, finder);
  }
  for (size_t i = 0; i < spec->subsets.size(); ++i) {
    const std::string path = at("spec.subsets", i);
    check_subset(spec->subsets[i], *services.front(), path + ".labels", around, finder);
    if (!spec->subsets[i].traffic_policy) continue;
    check_port_settings(*spec->subsets[i].traffic_policy, path + ".trafficPolicy", services,
                        finder);
  }
}

// ---- Gateways ----------------------------------------------------------------------------------

// A Secret with half of a certificate (pilot/pkg/credentials/kube/secrets.go: tls.crt and tls.key, or cert and key).
void check_certificate(const kube::Object& secret, const std::string& field, Finder& finder) {
  auto has = [&](std::string_view key) {
    for (const char* part : {"data", "stringData"}) {
      const document::Value* data = secret.document.find(part);
      if (data != nullptr && data->find(key) != nullptr) return true;
    }
    return false;
  };
  const bool certificate = has("tls.crt") || has("cert");
  const bool key = has("tls.key") || has("key");
  if (certificate == key) return;  // none: what it holds was left out, or is of another kind
  finder.warn(Code::kUnknownReference, field,
              to_string(secret.key) + (key ? " has no tls.crt" : " has no tls.key"),
              "give the Secret tls.crt and tls.key");
}

void check_credential(const std::string& credential, const std::string& field,
                      const std::set<std::string>& spaces, const Surroundings& around,
                      Finder& finder) {
  if (credential.empty() || credential.find("://") != std::string::npos) return;
  const std::string name = credential.substr(credential.rfind('/') + 1);
  std::set<std::string> known;
  bool found = false;
  around.mesh().each_secrets([&](const index::Secrets& secrets) {
    for (const auto& [key, secret] : secrets) {
      if (!spaces.contains(key.ns)) continue;
      known.insert(key.name);
      if (key.name != name || std::exchange(found, true)) continue;
      check_certificate(*secret, field, finder);
    }
  });
  if (found) return;
  std::string names;
  for (const std::string& ns : spaces) names += (names.empty() ? "" : " or ") + quoted(ns);
  finder.warn(Code::kUnknownReference, field,
              "there is no Secret " + quoted(name) + " in namespace " + names +
                  ", where the gateway's proxies look for it",
              Surroundings::mend_name(name, known, "create the Secret there"));
}

// Services of the gateway's pods publish the port that the server stands for.
void check_server_port(const networking::Server& server, const std::string& field,
                       const std::vector<kube::ObjectPtr>& pods, const Surroundings& around,
                       Finder& finder) {
  if (!server.port || server.port->number == 0) return;
  std::set<uint32_t> known;
  for (const kube::ObjectPtr& pod : pods) {
    for (const model::ServicePtr& service : around.services_of(*pod)) {
      for (const model::Port& port : service->ports) known.insert(port.number);
      for (const auto& [number, target] : service->target_ports) {
        if (target.number == server.port->number) return;
      }
    }
  }
  if (known.empty() || known.contains(server.port->number)) return;
  finder.warn(Code::kUnknownPort, field,
              "no Service of the gateway has port " + std::to_string(server.port->number),
              "its ports are " + numbers_text(known));
}

void check_gateway(const index::Gateway& config, const Surroundings& around, Diagnostics& out) {
  Finder finder(*config.object, out);
  const auto pods = around.selected("", config.spec->selector);
  if (!config.spec->selector.empty() && around.has_pods("") &&
      !around.selects_workload("", config.spec->selector)) {
    finder.warn(Code::kSelectsNothing, "spec.selector",
                "selects no pod: " + around.missing_label("", config.spec->selector),
                around.mend_labels("", config.spec->selector));
  }
  std::set<std::string> spaces;
  for (const kube::ObjectPtr& pod : pods) spaces.insert(pod->key.ns);
  if (spaces.empty()) spaces.insert(config.ns());
  for (size_t i = 0; i < config.spec->servers.size(); ++i) {
    const networking::Server& server = config.spec->servers[i];
    const std::string path = at("spec.servers", i);
    check_server_port(server, path + ".port.number", pods, around, finder);
    if (server.tls) {
      check_credential(server.tls->credential_name, path + ".tls.credentialName", spaces, around,
                       finder);
    }
    for (size_t j = 0; j < server.hosts.size(); ++j) {
      const size_t slash = server.hosts[j].find('/');
      if (slash == std::string::npos) continue;
      const std::string ns = server.hosts[j].substr(0, slash);
      if (ns != "*" && ns != ".") check_namespace(ns, at(path + ".hosts", j), around, finder);
    }
  }
}

// ---- Sidecars, ServiceEntries ------------------------------------------------------------------

bool has_host(const Surroundings& around, const std::string& ns, const std::string& host) {
  if (host == "*") return true;
  const auto& services = ns == "*" ? *around.mesh().services : around.services_in(ns);
  for (const model::ServicePtr& service : services) {
    if (model::host_matches(service->hostname, host)) return true;
  }
  for (const index::VirtualService& rule : *around.mesh().virtual_services) {
    if (ns != "*" && rule.ns() != ns) continue;
    for (const std::string& each : rule->hosts) {
      if (model::host_matches(each, host)) return true;
    }
  }
  return false;
}

void check_egress(const std::string& entry, const std::string& field, const Surroundings& around,
                  Finder& finder) {
  const size_t slash = entry.find('/');
  if (slash == std::string::npos) {
    finder.invalid(field, quoted(entry) + " is not NAMESPACE/HOST", "write \"./" + entry + "\"");
    return;
  }
  std::string ns = entry.substr(0, slash);
  const std::string host = entry.substr(slash + 1);
  if (ns == "~") return;
  if (ns == ".") ns = finder.ns();
  if (ns != "*" && !around.has_namespace(ns)) {
    check_namespace(ns, field, around, finder);
  } else if (!has_host(around, ns, host)) {
    finder.warn(Code::kUnknownHost, field,
                "no service of namespace " + quoted(ns) + " has host " + quoted(host),
                around.mend_host(host));
  }
}

// Ports that the selected workloads say they have; a workload that says none may have any.
void check_ingress(const index::Sidecar& config, const Surroundings& around, Finder& finder) {
  if (!config.spec->workload_selector || config.spec->ingress.empty()) return;
  if (around.selects_outside(config.ns(), config.spec->workload_selector->labels)) return;
  std::set<uint32_t> known;
  for (const auto& pod : around.selected(config.ns(), config.spec->workload_selector->labels)) {
    const std::set<uint32_t> ports = container_ports(*pod);
    if (ports.empty()) return;
    known.insert(ports.begin(), ports.end());
    for (const model::ServicePtr& service : around.services_of(*pod)) {
      for (const model::Port& port : service->ports) known.insert(port.number);
      for (const auto& [number, target] : service->target_ports) known.insert(target.number);
    }
  }
  for (size_t i = 0; i < config.spec->ingress.size(); ++i) {
    const auto& port = config.spec->ingress[i].port;
    if (known.empty() || !port || port->number == 0 || known.contains(port->number)) continue;
    finder.remark(Code::kUnknownPort, at("spec.ingress", i) + ".port.number",
                  "no selected workload has port " + std::to_string(port->number),
                  "their ports are " + numbers_text(known));
  }
}

void check_sidecar(const index::Sidecar& config, const Surroundings& around, Diagnostics& out) {
  Finder finder(*config.object, out);
  if (config.spec->workload_selector) {
    check_selector(config.spec->workload_selector->labels, "spec.workloadSelector", around, finder);
  }
  check_ingress(config, around, finder);
  for (size_t i = 0; i < config.spec->egress.size(); ++i) {
    const auto& hosts = config.spec->egress[i].hosts;
    for (size_t j = 0; j < hosts.size(); ++j) {
      check_egress(hosts[j], at(at("spec.egress", i) + ".hosts", j), around, finder);
    }
  }
}

}  // namespace

void check_references(const Surroundings& around, Diagnostics& out) {
  for (const auto& config : *around.mesh().destination_rules) check_rule(config, around, out);
  for (const auto& config : *around.mesh().gateways) check_gateway(config, around, out);
  for (const auto& config : *around.mesh().sidecars) check_sidecar(config, around, out);
}

}  // namespace mesh::traffic
