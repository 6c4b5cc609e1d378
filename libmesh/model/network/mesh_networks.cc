#include "libmesh/model/network/mesh_networks.h"

#include <algorithm>

#include "libmesh/base/codes.h"

namespace mesh::model {
namespace {

using document::Value;

class Reader {
 public:
  Reader(const std::string& object, Diagnostics& diagnostics, MeshNetworks& out)
      : object_(object), diagnostics_(diagnostics), out_(out) {}

  void read(const Value& value) {
    const Value* networks = value.find("networks");
    const document::Map* map = networks == nullptr ? nullptr : networks->if_map();
    if (map == nullptr) {
      if (networks != nullptr && !networks->is_null()) {
        tell(Code::kWrongType, "networks", "is no mapping of networks by their names",
             "write networks: {NAME: {endpoints: [...], gateways: [...]}}");
      }
      return;
    }
    for (const document::Member& network : *map) read_network(network.key, network.value);
    std::stable_sort(out_.ranges.begin(), out_.ranges.end(),
                     [](const auto& a, const auto& b) { return a.cidr.bits < b.cidr.bits; });
  }

 private:
  void tell(Code code, std::string field, std::string message, std::string mend) {
    tell(Severity::kWarning, code, std::move(field), std::move(message), std::move(mend));
  }
  // What Istio refuses (validateNetwork in pkg/config/validation/agent/validation.go), and all networks with it.
  void refuse(Code code, std::string field, std::string message, std::string mend) {
    tell(Severity::kError, code, std::move(field),
         std::move(message) + "; istiod refuses all networks for it, here the others count",
         std::move(mend));
  }
  void tell(Severity severity, Code code, std::string field, std::string message,
            std::string mend) {
    Diagnostic found;
    found.code = code;
    found.severity = severity;
    found.object = object_;
    found.field = "data.meshNetworks: " + field;
    found.message = std::move(message);
    found.mend = std::move(mend);
    diagnostics_.push_back(std::move(found));
  }

  template <typename Read>
  void each(const Value& network, const char* key, const std::string& field, Read read) {
    const Value* value = network.find(key);
    if (value == nullptr || value->is_null()) return;
    const document::List* list = value->if_list();
    if (list == nullptr)
      return tell(Code::kWrongType, field + "." + key, "is no list", "write a list");
    for (size_t i = 0; i < list->size(); ++i) {
      read((*list)[i], field + "." + key + "[" + std::to_string(i) + "]");
    }
  }

  void read_network(const std::string& name, const Value& network) {
    const std::string field = "networks." + name;
    std::vector<std::string> clusters;
    each(network, "endpoints", field, [&](const Value& endpoint, const std::string& at) {
      read_endpoints(name, endpoint, at, clusters);
    });
    each(network, "gateways", field, [&](const Value& gateway, const std::string& at) {
      read_gateway(name, gateway, at, clusters);
    });
  }

  void read_endpoints(const std::string& network, const Value& value, const std::string& field,
                      std::vector<std::string>& clusters) {
    std::string_view cidr = either(value, "fromCidr", "from_cidr");
    std::string_view registry = either(value, "fromRegistry", "from_registry");
    if (!cidr.empty()) {
      if (auto parsed = parse_cidr(cidr)) {
        out_.ranges.push_back({*parsed, network});
      } else {
        // An address alone is refused by nobody, and counts for nothing.
        const bool address = is_ip_address(cidr);
        const std::string message = "\"" + std::string(cidr) + "\" is no range of addresses";
        const std::string mend = "write it like 10.0.0.0/8";
        if (address) tell(Code::kBadFormat, field + ".fromCidr", message, mend);
        if (!address) refuse(Code::kBadFormat, field + ".fromCidr", message, mend);
      }
    }
    if (registry.empty()) return;
    clusters.emplace_back(registry);
    auto [known, fresh] = out_.by_cluster.emplace(registry, network);
    if (!fresh && known->second != network) {
      tell(Code::kNetworkConflict, field + ".fromRegistry",
           "endpoints of \"" + std::string(registry) + "\" are of network \"" + known->second +
               "\" already, and stay so",
           "name the cluster under one network");
    }
  }

  void read_gateway(const std::string& network, const Value& value, const std::string& field,
                    const std::vector<std::string>& clusters) {
    const Value* number = value.find("port");
    const int64_t* port = number == nullptr ? nullptr : number->if_int();
    if (port == nullptr || *port < 1 || *port > 65535) {
      return refuse(Code::kOutOfRange, field + ".port", "must be a number from 1 to 65535",
                    "write the port that the gateway listens on");
    }
    std::string_view address = value.string_at("address");
    std::string_view service = either(value, "registryServiceName", "registry_service_name");
    if (!address.empty()) {
      NetworkGateway gateway;
      gateway.network = network;
      gateway.address = address;
      gateway.port = static_cast<uint32_t>(*port);
      out_.gateways.push_back(std::move(gateway));
    } else if (!service.empty()) {
      for (const std::string& cluster : clusters) {
        out_.services.push_back(
            {std::string(service), cluster, network, static_cast<uint32_t>(*port)});
      }
    } else {
      tell(Code::kMissingField, field, "needs an address or a registryServiceName",
           "write one of them");
    }
  }

  static std::string_view either(const Value& value, const char* key, const char* other) {
    std::string_view found = value.string_at(key);
    return found.empty() ? value.string_at(other) : found;
  }

  const std::string& object_;
  Diagnostics& diagnostics_;
  MeshNetworks& out_;
};

}  // namespace

std::string_view MeshNetworks::network_of(std::string_view address,
                                          const std::string& cluster) const {
  if (auto found = by_cluster.find(cluster); found != by_cluster.end()) return found->second;
  if (ranges.empty()) return {};
  Cidr one;
  one.address = address;
  one.family = address_family(address);
  if (one.family == AddressFamily::kNone) return {};
  for (const Range& range : ranges) {
    if (range.cidr.family != one.family) continue;
    one.bits = range.cidr.bits;
    if (masked(one) == masked(range.cidr)) return range.network;
  }
  return {};
}

MeshNetworks read_mesh_networks(const Value& value, const std::string& object,
                                Diagnostics& diagnostics) {
  MeshNetworks out;
  Reader(object, diagnostics, out).read(value);
  return out;
}

}  // namespace mesh::model
