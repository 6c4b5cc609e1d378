#include "libmesh/model/service.h"

#include <charconv>
#include <utility>

#include "libmesh/base/net.h"

namespace mesh::model {
namespace {

std::string subset_key(std::string_view direction, std::string_view separator, uint32_t port,
                       std::string_view subset, std::string_view hostname) {
  char digits[10];
  const std::string_view number(
      digits, static_cast<size_t>(std::to_chars(digits, std::end(digits), port).ptr - digits));
  std::string out;
  out.reserve(direction.size() + 3 * separator.size() + number.size() + subset.size() +
              hostname.size());
  out.append(direction).append(separator).append(number);
  out.append(separator).append(subset).append(separator).append(hostname);
  return out;
}

bool has_draining_label(const Endpoint& endpoint) {
  static const std::string label = "istio.io/draining";
  const auto at = endpoint.labels.find(label);
  return at != endpoint.labels.end() && !at->second.empty();
}

}  // namespace

EndpointPtr share(Endpoint endpoint) {
  const std::string_view first =
      endpoint.addresses.empty() ? std::string_view() : endpoint.addresses.front();
  endpoint.named = !first.empty() && !is_ip_address(first);
  endpoint.draining = endpoint.health == Health::kDraining || has_draining_label(endpoint);
  return std::make_shared<Endpoint>(std::move(endpoint));
}

std::string Locality::to_string() const {
  std::string out = region;
  if (!zone.empty() || !subzone.empty()) out.append("/").append(zone);
  if (!subzone.empty()) out.append("/").append(subzone);
  return out;
}

Locality parse_locality(std::string_view text) {
  Locality out;
  size_t first = text.find('/');
  out.region = text.substr(0, first);
  if (first == std::string_view::npos) return out;
  text.remove_prefix(first + 1);
  size_t second = text.find('/');
  out.zone = text.substr(0, second);
  if (second == std::string_view::npos) return out;
  text.remove_prefix(second + 1);
  out.subzone = text.substr(0, text.find('/'));
  return out;
}

const Port* Service::port_by_number(uint32_t number) const {
  for (const Port& port : ports) {
    // DNS has one number for both (PortList.GetByPort in Istio).
    if (port.number == number && port.protocol != Protocol::kUdp) return &port;
  }
  return nullptr;
}

const Port* Service::port_by_name(std::string_view name) const {
  for (const Port& port : ports) {
    if (port.name == name) return &port;
  }
  return nullptr;
}

std::string outbound_cluster_name(uint32_t port, std::string_view subset,
                                  std::string_view hostname) {
  return subset_key("outbound", "|", port, subset, hostname);
}

std::string inbound_cluster_name(uint32_t port) { return subset_key("inbound", "|", port, "", ""); }

std::string sni_name(uint32_t port, std::string_view subset, std::string_view hostname) {
  return subset_key("outbound", "_.", port, subset, hostname);
}

}  // namespace mesh::model
