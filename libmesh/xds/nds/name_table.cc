#include "libmesh/xds/nds/name_table.h"

#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "libmesh/base/net.h"
#include "libmesh/base/text_index.h"
#include "libmesh/model/endpoint_port.h"
#include "libmesh/model/istiod_variables.h"
#include "libmesh/schema/gen/envoy/nds.h"
#include "libmesh/traffic/addresses.h"

namespace mesh::xds {
namespace {

using model::Registry;
using model::Service;

constexpr std::string_view kClusterSetDomain = ".clusterset.local";

struct Info {
  std::string_view host;
  Registry registry = Registry::kKubernetes;
  std::string_view short_name;
  std::string_view ns;
  std::vector<std::string_view> addresses;
};

std::string_view registry_name(Registry registry) {
  switch (registry) {
    case Registry::kKubernetes:
      return "Kubernetes";
    case Registry::kExternal:
      return "External";
  }
  return {};
}

bool same_or_empty(std::string_view a, std::string_view b) {
  return a.empty() || b.empty() || a == b;
}

bool all_are_addresses(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (!is_ip_address(address)) return false;
  }
  return !addresses.empty();
}

// Short names ("cart", "cart.shop") are the agent's own business; those of a multi-cluster service
// would hide the ordinary one's.
void name_shortly(const Service& service, Info& info) {
  if (service.registry != Registry::kKubernetes || service.hostname.ends_with(kClusterSetDomain)) {
    return;
  }
  info.ns = service.ns;
  info.short_name = service.name;
}

class Builder {
 public:
  explicit Builder(const traffic::ProxyView& view)
      : view_(view), proxy_(view.proxy), dual_stack_(model::uses_dual_stack(view.mesh().config)) {
    size_t services = 0;
    for (const auto& listener : view.scope->egress_listeners) services += listener.services.size();
    index_.reset(services);
    infos_.reserve(services);
  }

  void add(const Service& service) {
    addresses_.clear();
    if (read_addresses(service) && service.resolution == model::Resolution::kPassthrough &&
        !service.ports.empty()) {
      add_endpoints(service);
    }
    if (!addresses_.empty()) merge(service);
  }

  void write(std::string& out) const {
    envoy::nds::NameTable table(out);
    for (const Info& info : infos_) {
      table.table(info.host, [&](envoy::nds::NameTable_NameInfo entry) {
        for (std::string_view address : info.addresses) entry.ips(address);
        entry.registry(registry_name(info.registry));
        entry.shortname(info.short_name);
        entry.namespace_(info.ns);
      });
    }
  }

 private:
  struct Pod {
    std::string_view short_name;
    std::vector<std::string_view> addresses;
    bool local = false;
  };
  using Pods = std::map<std::string_view, Pod>;

  // True when the service has no address of its own. CIDRs are no answers.
  bool read_addresses(const Service& service) {
    const auto take = [&](const std::string& address) {
      if (address == traffic::kNoAddress) return true;
      if (is_ip_address(address)) addresses_.push_back(address);
      return false;
    };
    if (!traffic::has_cluster_addresses(service)) {
      if (dual_stack_ && traffic::has_both_allocated(service, proxy_)) {
        return take(service.auto_allocated_v4) || take(service.auto_allocated_v6);
      }
      return take(traffic::address_for(service, proxy_));
    }
    const std::span<const std::string> all = traffic::cluster_addresses(service, proxy_);
    for (const std::string& address : all) {
      if (is_for_families(all.front(), address) && take(address)) return true;
    }
    return false;
  }

  // "0.0.0.0" is of the first family as well: a proxy of IPv6 alone knows no headless services.
  bool is_for_families(const std::string& first, const std::string& address) const {
    if (address == traffic::kNoAddress) return proxy_.supports_ipv4();
    return traffic::is_address_for(first, address, proxy_, dual_stack_);
  }

  void add_endpoints(const Service& service) {
    const model::EndpointSet* set = view_.mesh().endpoints_of(service);
    if (set == nullptr) return;
    const model::Port& port = service.ports.front();
    const size_t dot = service.hostname.find('.');
    Pods pods;
    for (const model::EndpointPtr& endpoint : set->endpoints) {
      if (model::serves(*endpoint, service, port) && is_usable(service, *endpoint))
        add(*endpoint, service, dot, pods);
    }
    for (auto& [host, pod] : pods) {
      Info& info = infos_[place_of(host)];
      info = {host, service.registry, pod.short_name, service.ns, std::move(pod.addresses)};
    }
  }

  static bool is_usable(const Service& service, const model::Endpoint& endpoint) {
    return all_are_addresses(endpoint.addresses) &&
           (service.publish_not_ready || endpoint.health == model::Health::kHealthy);
  }

  // As Kubernetes' DNS does, the service stands for all of them and each pod has a name
  // ("mysql-0.mysql.default.svc.cluster.local"); pods of the own cluster go before others of that name.
  void add(const model::Endpoint& endpoint, const Service& service, size_t dot, Pods& pods) {
    if (!same_or_empty(endpoint.network, proxy_.network)) return;
    const bool local = same_or_empty(endpoint.cluster_id, proxy_.cluster_id);
    if (!endpoint.sub_domain.empty()) {
      if (dot == std::string::npos) return;
      std::string& host = texts_.emplace_back(endpoint.host_name + "." + endpoint.sub_domain);
      const size_t short_size = host.size();
      host.append(service.hostname, dot);
      Pod& pod = pods[host];
      if (pod.short_name.empty()) pod.short_name = std::string_view(host).substr(0, short_size);
      if (local && !pod.local) pod.addresses.clear();
      if (local || !pod.local) {
        pod.addresses.insert(pod.addresses.end(), endpoint.addresses.begin(),
                             endpoint.addresses.end());
      }
      pod.local = pod.local || local;
    }
    addresses_.insert(addresses_.end(), endpoint.addresses.begin(), endpoint.addresses.end());
  }

  void merge(const Service& service) {
    const size_t known = infos_.size();
    Info& info = infos_[place_of(service.hostname)];
    if (infos_.size() > known) {
      info.host = service.hostname;
      info.registry = service.registry;
      name_shortly(service, info);
      info.addresses.swap(addresses_);
    } else if (info.registry == Registry::kKubernetes) {
      return;
    } else if (service.registry == Registry::kKubernetes) {
      info.registry = Registry::kKubernetes;
      name_shortly(service, info);
      info.addresses.swap(addresses_);
    } else {
      info.addresses.insert(info.addresses.end(), addresses_.begin(), addresses_.end());
    }
  }

  // Of the host's entry, an empty one when it is new.
  size_t place_of(std::string_view host) {
    const auto next = static_cast<uint32_t>(infos_.size());
    const uint32_t at = index_.insert(host, next);
    if (at != TextIndex::kNone) return at;
    infos_.emplace_back().host = host;
    return next;
  }

  const traffic::ProxyView& view_;
  const model::Proxy& proxy_;
  const bool dual_stack_;
  std::vector<Info> infos_;
  TextIndex index_;                          // of infos_, by host
  std::vector<std::string_view> addresses_;  // of the service at hand
  std::deque<std::string> texts_;            // names of pods
};

}  // namespace

ResourcePtr name_table(const traffic::ProxyView& view) {
  Builder builder(view);
  for (const traffic::EgressListener& listener : view.scope->egress_listeners) {
    for (const model::ServicePtr& service : listener.services) builder.add(*service);
  }
  std::string bytes;
  builder.write(bytes);
  return make_resource(Type::kNameTable, "", bytes);
}

}  // namespace mesh::xds
