// What Istio refuses in WorkloadEntries (endpoints of ServiceEntries among them), WorkloadGroups and ProxyConfigs.
#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/targets.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

constexpr std::string_view kUnix = "unix://";

// Four numbers with dots that are no address: nobody names a host like that.
bool is_broken_address(std::string_view text) {
  return std::count(text.begin(), text.end(), '.') == 3 &&
         text.find_first_not_of("0123456789.") == std::string_view::npos && !is_ip_address(text);
}

void check_socket(const networking::WorkloadEntry& entry, EntryUse use, const std::string& path,
                  Finder& finder) {
  const std::string_view socket = std::string_view(entry.address).substr(kUnix.size());
  if (use == EntryUse::kNamed) {
    finder.invalid(path + ".address", quoted(entry.address) + " cannot be looked up",
                   "write resolution STATIC, or the name of a host");
    return;
  }
  check_unix_path(socket, path + ".address", finder);
  if (socket.starts_with('@') && socket.ends_with('/')) {
    finder.invalid(path + ".address", quoted(entry.address) + " ends with \"/\"",
                   "write unix://@NAME");
  }
  if (!entry.ports.empty()) {
    finder.invalid(path + ".ports", "stands beside a Unix socket, which has no ports",
                   "take the ports away");
  }
}

void check_address(const networking::WorkloadEntry& entry, EntryUse use, const std::string& path,
                   Finder& finder) {
  const std::string& address = entry.address;
  if (address.starts_with(kUnix)) return check_socket(entry, use, path, finder);
  if (is_address(address) || use == EntryUse::kTemplate) return;
  if (address.empty()) {
    if (!entry.network.empty() && use != EntryUse::kNamed) return;
    finder.invalid(path + ".address", "is not set",
                   "write the address, or the network whose gateway leads there");
  } else if (is_broken_address(address)) {
    finder.invalid(path + ".address", quoted(address) + " is no IP address",
                   "write four numbers from 0 to 255");
  } else if (use == EntryUse::kStatic) {
    finder.invalid(path + ".address",
                   quoted(address) + " is no IP address, and resolution STATIC needs one",
                   "resolution DNS takes names");
  } else if (!is_fqdn(address)) {
    finder.invalid(path + ".address", quoted(address) + " is no IP address and no name of a host",
                   "write 10.0.0.1 or vm.example.com");
  }
}

void check_probe(const networking::ReadinessProbe& probe, Finder& finder) {
  auto natural = [&](int32_t value, const char* key) {
    if (value < 0)
      finder.invalid(std::string("spec.probe") + key, "is negative", "write 0 or more");
  };
  natural(probe.period_seconds, ".periodSeconds");
  natural(probe.initial_delay_seconds, ".initialDelaySeconds");
  natural(probe.timeout_seconds, ".timeoutSeconds");
  natural(probe.success_threshold, ".successThreshold");
  natural(probe.failure_threshold, ".failureThreshold");
  if (const auto* http = probe.http_get.get()) {
    check_port_number(http->port, "spec.probe.httpGet.port", finder);
    if (!http->scheme.empty() && http->scheme != "HTTP" && http->scheme != "HTTPS") {
      finder.invalid("spec.probe.httpGet.scheme",
                     quoted(http->scheme) + " is neither HTTP nor HTTPS", "write HTTP or HTTPS");
    }
    for (size_t i = 0; i < http->http_headers.size(); ++i) {
      const std::string& name = http->http_headers[i].name;
      if (is_strict_header_name(name) && name.find('_') == std::string::npos) continue;
      finder.invalid(at("spec.probe.httpGet.httpHeaders", i) + ".name",
                     quoted(name) + " is no name of a header", "write letters, digits and \"-\"");
    }
  } else if (probe.tcp_socket) {
    check_port_number(probe.tcp_socket->port, "spec.probe.tcpSocket.port", finder);
  } else if (probe.exec) {
    if (probe.exec->command.empty()) {
      finder.invalid("spec.probe.exec.command", "is not set",
                     "write the command and its arguments");
    }
    check_not_empty(probe.exec->command, "spec.probe.exec.command", finder);
  } else {
    // Of grpc the webhook knows nothing, though the CRD has it (validateReadinessProbe).
    finder.invalid(
        probe.grpc ? "spec.probe.grpc" : "spec.probe",
        probe.grpc ? "is a probe that Istio's validation does not know" : "does not say how to ask",
        "write httpGet, tcpSocket or exec");
  }
}

}  // namespace

void check_workload_entry(const networking::WorkloadEntry& entry, EntryUse use,
                          const std::string& path, Finder& finder) {
  constexpr size_t kMostName = 62;
  check_address(entry, use, path, finder);
  for (const auto& [name, port] : entry.ports) {
    const std::string field = path + ".ports." + name;
    check_port_number(port, field, finder);
    if (is_dns_label(name) && name.size() <= kMostName) continue;
    finder.invalid(field, quoted(name) + " is no name of a port",
                   "write letters, digits and \"-\" between them, at most 62");
  }
  // A template's are not looked at before there is an entry.
  if (use != EntryUse::kTemplate) check_labels(entry.labels, path + ".labels", finder);
}

void check_workload_group(const networking::WorkloadGroup& group, Finder& finder) {
  if (!group.template_) {
    finder.invalid("spec.template", "is not set", "write what its WorkloadEntries have in common");
  } else {
    check_workload_entry(*group.template_, EntryUse::kTemplate, "spec.template", finder);
  }
  if (group.metadata) check_labels(group.metadata->labels, "spec.metadata.labels", finder);
  if (group.probe) check_probe(*group.probe, finder);
}

void check_proxy_config(const networking::ProxyConfig& config, Finder& finder) {
  constexpr size_t kMostValue = 2048;
  if (config.selector) {
    check_selector_words(config.selector->match_labels, "spec.selector.matchLabels", finder);
  }
  if (config.concurrency.value_or(0) < 0) {
    finder.invalid("spec.concurrency", "is negative",
                   "write 0, which is one for each core, or more");
  }
  for (const auto& [name, value] : config.environment_variables) {
    if (value.size() <= kMostValue) continue;
    finder.invalid("spec.environmentVariables." + name, "is longer than 2048 characters",
                   "shorten it");
  }
}

}  // namespace mesh::traffic
