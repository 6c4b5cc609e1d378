// Additional gateways: each namespace and name once, and not the names of the two built-in ones.
#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kReserved[] = {"istio-ingressgateway", "istio-egressgateway"};

Messages check_gateway(const Member& gateway, std::string_view list, std::string_view mesh_ns,
                       std::set<std::string>& seen) {
  Messages out;
  if (gateway.value.is_null()) {
    out.push_back("spec.gateways." + std::string(list) + "." + gateway.key + " must not be null");
    return out;
  }
  std::string ns(gateway.value.string_at("namespace"));
  if (ns.empty()) ns = mesh_ns;
  const std::string key = ns + "/" + gateway.key;
  if (!seen.insert(key).second) out.push_back("multiple gateways defined for " + quoted(key));
  for (std::string_view reserved : kReserved) {
    if (gateway.key == reserved) {
      out.push_back("cannot define additional gateway named " + quoted(gateway.key));
    }
  }
  return out;
}

}  // namespace

void check_gateways(const Checked& checked, Messages& out) {
  const Value* gateways = at(checked.spec, "gateways");
  if (gateways == nullptr) return;
  std::set<std::string> seen;
  for (std::string_view list : {"additionalIngress", "additionalEgress"}) {
    const Value* value = gateways->find(list);
    const Map* map = value == nullptr ? nullptr : value->if_map();
    if (map == nullptr) continue;
    std::vector<Messages> groups;
    for (const Member& gateway : *map) {
      groups.push_back(check_gateway(gateway, list, checked.ns, seen));
    }
    add_groups(std::move(groups), out);
  }
}

}  // namespace mesh::smcp
