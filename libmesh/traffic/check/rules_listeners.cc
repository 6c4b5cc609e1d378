// What Istio refuses in Gateways and Sidecars.
#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/model/protocol.h"
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/rules_tls.h"
#include "libmesh/traffic/check/targets.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

using networking::ServerTLSSettings_TLSmode;

constexpr std::string_view kUnix = "unix://";

// "NAMESPACE/HOST" of a Gateway (where the namespace may be left out) and of a Sidecar
// (ValidateNamespaceSlashWildcardHostname).
void check_scoped_host(const std::string& text, bool gateway, const std::string& field,
                       Finder& finder) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos && !gateway) return;  // told with what the hosts name
  const std::string host = text.substr(slash + 1);     // all of it without a slash
  std::string_view ns = slash == std::string::npos ? "*" : std::string_view(text).substr(0, slash);
  const bool whole = !ns.empty();
  if (!gateway && ns.starts_with('~')) ns.remove_prefix(1);
  const bool any = ns == "*" || ns == "." || (ns.empty() && whole);
  if (!any && !is_dns_label(ns)) {
    finder.invalid(field, quoted(text) + " has no namespace before the \"/\"",
                   "write \"*\", \".\" or the name of a namespace before it");
  }
  if (host == "*") return;
  if (gateway && is_ip_address(host) && host.find('.') != std::string::npos) return;
  if (!is_wildcard_domain(host)) {
    finder.invalid(field, quoted(host) + " is no name of a host",
                   "write a name alone, without scheme, port and path; \"*.\" may stand in front");
  } else if (host.find('.') == std::string::npos) {
    finder.invalid(field, quoted(host) + " is a short name",
                   "write the whole name, like " + host + "." + finder.ns() + ".svc.cluster.local");
  } else if (host.starts_with('*') && !host.starts_with("*.")) {
    finder.invalid(field, quoted(host) + " has a \"*\" that is only a part of a label",
                   "write \"*.\" and what follows the first dot");
  }
}

// ---- Gateways ----------------------------------------------------------------------------------

void check_server_tls(const networking::Server& server, const std::string& path, Finder& finder) {
  const auto protocol = model::parse_protocol(server.port ? server.port->protocol : "");
  const bool secure = model::is_tls(protocol);
  if (!server.tls) {
    if (secure) {
      finder.invalid(path + ".tls",
                     "is not set, and protocol " + server.port->protocol + " needs it",
                     "write mode and credentialName, or mode PASSTHROUGH");
    }
    return;
  }
  const auto& tls = *server.tls;
  if (tls.https_redirect && !model::is_http(protocol)) {
    finder.warn(Code::kNoEffect, path + ".tls.httpsRedirect", "stands on a port that is not HTTP",
                "it is for the HTTP port");
  }
  const bool passes = tls.mode == ServerTLSSettings_TLSmode::PASSTHROUGH ||
                      tls.mode == ServerTLSSettings_TLSmode::AUTO_PASSTHROUGH;
  const bool files =
      !tls.ca_certificates.empty() || !tls.private_key.empty() || !tls.server_certificate.empty();
  const bool known = !model::is_unsupported(protocol);
  if (known && !secure && (!model::is_http(protocol) || !passes || files)) {
    finder.invalid(path + ".tls", "stands on a port of protocol " + server.port->protocol,
                   model::is_http(protocol)
                       ? "write protocol HTTPS; a port of HTTP takes httpsRedirect only"
                       : "write protocol TLS, or take it away");
    return;
  }
  check_tls_settings(tls, path + ".tls", finder);
}

void check_server_port(const networking::Server& server, const std::string& path, Finder& finder) {
  const bool unix = server.bind.starts_with(kUnix);
  if (unix) {
    check_unix_path(std::string_view(server.bind).substr(kUnix.size()), path + ".bind", finder);
  } else if (!server.bind.empty() && !is_address(server.bind)) {
    finder.invalid(path + ".bind", quoted(server.bind) + " is no IP address",
                   "write an address of the proxy, or unix:///PATH");
  }
  if (!server.port) {
    return finder.invalid(path + ".port", "is not set", "write number, name and protocol");
  }
  if (unix && server.port->number != 0) {
    finder.invalid(path + ".port.number", "stands beside a Unix socket", "write 0");
  } else if (!unix) {
    check_port_number(server.port->number, path + ".port.number", finder);
  }
  check_protocol(server.port->protocol, path + ".port.protocol", finder);
  check_no_target_port(server.port->target_port, path + ".port", finder);
}

// ---- Sidecars ----------------------------------------------------------------------------------

// "127.0.0.1:8080", "0.0.0.0:8080", "[::1]:8080", "[::]:8080", ":8080", "unix:///path".
bool is_default_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view port = text.substr(colon + 1);
  const std::string_view address = text.substr(0, colon);
  static const std::set<std::string_view> kAddresses = {"", "127.0.0.1", "0.0.0.0", "[::1]",
                                                        "[::]"};
  if (!kAddresses.contains(address) || port.empty() || port.size() > 5) return false;
  if (port.find_first_not_of("0123456789") != std::string_view::npos) return false;
  const int number = std::stoi(std::string(port));
  return number >= 1 && number <= 65535;
}

void check_sidecar_port(const networking::SidecarPort& port, const std::string& path,
                        Finder& finder) {
  if (!port.name.empty()) check_port_label(port.name, path + ".name", finder);
  // Without one it is told from what is sent.
  if (!port.protocol.empty()) check_protocol(port.protocol, path + ".protocol", finder);
  check_no_target_port(port.target_port, path, finder);
}

void check_address(const std::string& bind, const std::string& path, Finder& finder) {
  if (bind.empty() || is_address(bind)) return;
  finder.invalid(path + ".bind", quoted(bind) + " is no IP address",
                 "write an address of the workload, or take it away");
}

void check_ingress_tls(const networking::IstioIngressListener& listener, const std::string& path,
                       Finder& finder) {
  const auto& tls = *listener.tls;
  auto unsupported = [&](bool set, const char* name) {
    if (set) finder.invalid(path + name, "is not supported on Sidecars", "take it away");
  };
  unsupported(!tls.subject_alt_names.empty(), ".subjectAltNames");
  unsupported(tls.https_redirect, ".httpsRedirect");
  unsupported(!tls.credential_name.empty(), ".credentialName");
  unsupported(!tls.credential_names.empty(), ".credentialNames");
  unsupported(!tls.tls_certificates.empty(), ".tlsCertificates");
  if (tls.mode == ServerTLSSettings_TLSmode::ISTIO_MUTUAL ||
      tls.mode == ServerTLSSettings_TLSmode::AUTO_PASSTHROUGH) {
    finder.invalid(path + ".mode", std::string(enum_name(tls.mode)) + " is not for Sidecars",
                   "write SIMPLE, MUTUAL or PASSTHROUGH");
  }
  if (!model::is_tls(model::parse_protocol(listener.port->protocol))) {
    finder.invalid(path, "stands on a port of protocol " + quoted(listener.port->protocol),
                   "write protocol HTTPS or TLS, or take it away");
  }
  check_tls_settings(tls, path, finder);
  // ENABLE_TLS_ON_SIDECAR_INGRESS is false by default, and the mesh has no such setting.
  finder.warn(Code::kNoEffect, path, "does nothing: sidecars end TLS as PeerAuthentications say",
              "take it away, or let the application end TLS: protocol TLS without tls");
}

void check_ingress(const networking::IstioIngressListener& listener, const std::string& path,
                   Finder& finder) {
  if (!listener.port) {
    return finder.invalid(path + ".port", "is not set", "write number, name and protocol");
  }
  check_port_number(listener.port->number, path + ".port.number", finder);
  check_sidecar_port(*listener.port, path + ".port", finder);
  check_address(listener.bind, path, finder);
  const std::string& to = listener.default_endpoint;
  if (to.starts_with(kUnix)) {
    check_unix_path(std::string_view(to).substr(kUnix.size()), path + ".defaultEndpoint", finder);
  } else if (!to.empty() && !is_default_endpoint(to)) {
    finder.invalid(path + ".defaultEndpoint", quoted(to) + " is not ADDRESS:PORT of the workload",
                   "write \"127.0.0.1:PORT\", \"0.0.0.0:PORT\" or \"unix:///PATH\"");
  }
  if (listener.tls) check_ingress_tls(listener, path + ".tls", finder);
  check_connection_pool(listener.connection_pool, path + ".connectionPool", finder);
}

void check_egress(const networking::IstioEgressListener& listener, const std::string& path,
                  Finder& finder) {
  const auto& port = listener.port;
  if (port) {
    check_sidecar_port(*port, path + ".port", finder);
    if (port->number != 0) {
      check_port_number(port->number, path + ".port.number", finder);
      check_address(listener.bind, path, finder);
    } else if (!listener.bind.starts_with(kUnix)) {
      finder.invalid(path + ".port.number", "is 0, which is for Unix sockets",
                     "write the port, or unix:///PATH in bind");
    } else {
      check_unix_path(std::string_view(listener.bind).substr(kUnix.size()), path + ".bind", finder);
      if (listener.capture_mode == networking::CaptureMode::IPTABLES) {
        finder.invalid(path + ".captureMode", "is IPTABLES, and bind is a Unix socket",
                       "write DEFAULT or NONE");
      }
    }
  }
  if (listener.hosts.empty()) {
    finder.invalid(path + ".hosts", "names no host", "\"*/*\" is every host");
  }
  for (size_t j = 0; j < listener.hosts.size(); ++j) {
    check_scoped_host(listener.hosts[j], false, at(path + ".hosts", j), finder);
  }
}

// One listener may have no port, the last one; ports and sockets are there once.
void check_egress_list(const networking::Sidecar& sidecar, Finder& finder) {
  std::set<uint32_t> ports;
  std::set<std::string> sockets;
  for (size_t i = 0; i < sidecar.egress.size(); ++i) {
    const auto& listener = sidecar.egress[i];
    const std::string path = at("spec.egress", i);
    check_egress(listener, path, finder);
    if (!listener.port) {
      if (i + 1 == sidecar.egress.size()) continue;
      finder.invalid(path + ".port", "is not set, and other listeners follow",
                     "write the listener for all other ports last");
    } else if (listener.port->number == 0) {
      if (sockets.insert(listener.bind).second) continue;
      finder.invalid(path + ".bind", quoted(listener.bind) + " stands here twice",
                     "give each listener a socket of its own");
    } else if (!ports.insert(listener.port->number).second) {
      finder.invalid(path + ".port.number",
                     std::to_string(listener.port->number) + " stands here twice",
                     "give each listener a port of its own");
    }
  }
}

// Whether fields are written that a Sidecar does not have: these are told, and were meant to be one that it has.
bool has_other_fields(const Finder& finder) {
  static const std::set<std::string> kFields = {"workloadSelector", "egress", "ingress",
                                                "outboundTrafficPolicy", "inboundConnectionPool"};
  const document::Value* spec = find_field(finder.object(), "spec");
  const document::Map* fields = spec == nullptr ? nullptr : spec->if_map();
  return fields != nullptr && std::any_of(fields->begin(), fields->end(), [](const auto& field) {
           return !kFields.contains(field.key);
         });
}

void check_outbound(const networking::OutboundTrafficPolicy& policy, Finder& finder) {
  const std::string path = "spec.outboundTrafficPolicy";
  const auto* proxy = policy.egress_proxy.get();
  if (proxy == nullptr) return;
  if (policy.mode != networking::OutboundTrafficPolicy_Mode::ALLOW_ANY) {
    finder.invalid(path + ".egressProxy",
                   "stands beside mode " + std::string(enum_name(policy.mode)),
                   "write mode ALLOW_ANY, or take it away");
  }
  if (!is_fqdn(proxy->host)) {
    finder.invalid(path + ".egressProxy.host", quoted(proxy->host) + " is no name of a host",
                   "name the host of the proxy that connections leave by");
  }
  if (!proxy->port) {
    finder.invalid(path + ".egressProxy.port", "is not set", "write the port's number");
  } else {
    check_port_number(proxy->port->number, path + ".egressProxy.port.number", finder);
  }
  if (!proxy->subset.empty() && !is_dns_label(proxy->subset)) {
    finder.invalid(path + ".egressProxy.subset", quoted(proxy->subset) + " is no name of a subset",
                   "write letters, digits and \"-\" between them, at most 63");
  }
}

}  // namespace

void check_gateway_rule(const networking::Gateway& gateway, Finder& finder) {
  if (!is_dns_label(finder.object().key.name)) {
    finder.invalid("metadata.name", quoted(finder.object().key.name) + " is no name of a Gateway",
                   "write letters, digits and \"-\" between them, at most 63");
  }
  if (gateway.servers.empty()) {
    finder.invalid("spec.servers", "has no server", "write a port and its hosts");
  }
  std::set<std::string> names;
  for (size_t i = 0; i < gateway.servers.size(); ++i) {
    const networking::Server& server = gateway.servers[i];
    const std::string path = at("spec.servers", i);
    check_server_port(server, path, finder);
    if (server.port && server.port->name.empty()) {
      finder.invalid(path + ".port.name", "is not set",
                     "write one that begins with the protocol, like http-web");
    } else if (server.port && !names.insert(server.port->name).second) {
      finder.invalid(path + ".port.name", quoted(server.port->name) + " stands here twice",
                     "names of ports are told apart");
    }
    if (server.hosts.empty()) {
      finder.invalid(path + ".hosts", "names no host", "\"*\" is every host");
    }
    for (size_t j = 0; j < server.hosts.size(); ++j) {
      check_scoped_host(server.hosts[j], true, at(path + ".hosts", j), finder);
    }
    check_server_tls(server, path, finder);
  }
}

void check_sidecar_rule(const networking::Sidecar& sidecar, Finder& finder) {
  if (sidecar.workload_selector) {
    check_selector_words(sidecar.workload_selector->labels, "spec.workloadSelector.labels", finder);
  }
  if (sidecar.egress.empty() && sidecar.ingress.empty() && !sidecar.outbound_traffic_policy &&
      !sidecar.inbound_connection_pool && !has_other_fields(finder)) {
    finder.invalid("spec", "is empty",
                   "write egress, ingress, outboundTrafficPolicy or inboundConnectionPool");
  }
  std::set<uint32_t> ports;
  for (size_t i = 0; i < sidecar.ingress.size(); ++i) {
    const auto& listener = sidecar.ingress[i];
    const std::string path = at("spec.ingress", i);
    check_ingress(listener, path, finder);
    if (listener.port && listener.port->number != 0 &&
        !ports.insert(listener.port->number).second) {
      finder.invalid(path + ".port.number",
                     std::to_string(listener.port->number) + " stands here twice",
                     "give each listener a port of its own");
    }
  }
  check_connection_pool(sidecar.inbound_connection_pool, "spec.inboundConnectionPool", finder);
  check_egress_list(sidecar, finder);
  if (sidecar.outbound_traffic_policy) check_outbound(*sidecar.outbound_traffic_policy, finder);
}

}  // namespace mesh::traffic
