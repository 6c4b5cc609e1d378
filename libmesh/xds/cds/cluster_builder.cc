#include "libmesh/xds/cds/cluster_builder.h"

#include <algorithm>
#include <utility>

#include "libmesh/model/host.h"
#include "libmesh/model/persistent_session.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/endpoint.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/cds/cluster_metadata.h"
#include "libmesh/xds/cds/cluster_special.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/eds/endpoint_groups.h"

namespace mesh::xds {
namespace {

namespace cluster = envoy::cluster;
using model::Resolution;

// The cluster type of a resolution (convertResolution in Istio).
DiscoveryType discovery_type(const ClusterContext& context, const model::Service& service) {
  switch (service.resolution) {
    case Resolution::kDnsLb:
      return races_dns(service) ? DiscoveryType::LOGICAL_DNS : DiscoveryType::STRICT_DNS;
    case Resolution::kDnsRoundRobinLb:
      return DiscoveryType::LOGICAL_DNS;
    case Resolution::kPassthrough:
      // Traffic through a gateway has no original destination worth going to.
      return context.view.proxy.type == model::ProxyType::kGateway ? DiscoveryType::EDS
                                                                   : DiscoveryType::ORIGINAL_DST;
    case Resolution::kClientSideLb:
    case Resolution::kDynamicDns:
    case Resolution::kAlias:
      break;
  }
  return DiscoveryType::EDS;
}

bool is_dns(DiscoveryType type) {
  return type == DiscoveryType::STRICT_DNS || type == DiscoveryType::LOGICAL_DNS;
}

const std::string& eds_over_ads() {
  static const std::string bytes = [] {
    std::string out;
    cluster::Cluster_EdsClusterConfig eds(out);
    eds.eds_config(wire::Raw{ads_without_timeout()});
    return out;
  }();
  return bytes;
}

}  // namespace

struct ClusterBuilder::Service {
  const model::Service& service;
  Mode mode;
  traffic::DestinationRulePtr rule;
  DiscoveryType type;
  bool dynamic_forward_proxy = false;

  const networking::DestinationRule* spec() const { return rule ? rule->spec.get() : nullptr; }
  const networking::TrafficPolicy* policy() const {
    return rule ? rule->spec->traffic_policy.get() : nullptr;
  }
};

struct ClusterBuilder::Part {
  PolicyParts policy;
  const networking::Subset* subset = nullptr;
  const std::string& subset_name;
  DiscoveryType type;
};

struct ClusterBuilder::Made {
  ClusterSettings settings;
  bool original_dst = false;  // before PASSTHROUGH of the whole policy
  TlsRequest request;
  std::optional<ClientTls> tls;
};

std::unique_ptr<ClusterBuilder::Memory>& ClusterBuilder::kept_memory() {
  thread_local std::unique_ptr<Memory> kept;
  return kept;
}

ClusterBuilder::ClusterBuilder(const traffic::ProxyView& view)
    : context_(view),
      memory_(kept_memory() ? std::move(kept_memory()) : std::make_unique<Memory>()),
      tls_(context_, memory_->tls),
      endpoints_(view.proxy) {
  metadata_.clear();
  memory_->templates.clear();
}

ClusterBuilder::~ClusterBuilder() {
  constexpr size_t kMost = 1 << 18;
  if (bytes_.capacity() <= kMost) kept_memory() = std::move(memory_);
}

const std::string& ClusterBuilder::settings_bytes(const ClusterSettings& settings) {
  auto& kept = memory_->settings;
  for (size_t i = 0; i < settings_count_; ++i) {
    if (kept[i].settings == settings) return kept[i].bytes;
  }
  // A few are enough: services with a policy of their own come one after the other.
  constexpr size_t kMost = 8;
  if (kept.empty()) kept.resize(kMost);
  settings_count_ = std::min(settings_count_ + 1, kMost);
  KeptSettings& slot = kept[next_settings_++ % kMost];
  slot.settings = settings;
  slot.bytes.clear();
  slot.bytes.reserve(512);
  cluster::Cluster out(slot.bytes);
  write_settings(context_, settings, out);
  return slot.bytes;
}

void ClusterBuilder::finish(std::string_view name, Resources& out) {
  out.push_back(make_resource(Type::kCluster, name, bytes_));
}

bool ClusterBuilder::load_assignment(const Service& service, const model::Port& port,
                                     const Part& part, std::string_view name,
                                     const ClusterSettings& settings, cluster::Cluster& out) {
  EndpointQuery query{context_.view, service.service, port, service.spec(), part.subset_name};
  query.mutual_tls_only = service.mode == Mode::kSniDnat;
  EndpointGroups groups = endpoint_groups(query);
  if (groups.empty()) return false;
  if (settings.type == DiscoveryType::ORIGINAL_DST) return true;  // PASSTHROUGH wipes it out
  const LocalitySettings locality = locality_settings(context_.config, settings.load_balancer,
                                                      service.service.traffic_distribution);
  // Istio knows the labels of endpoints only for the whole service's cluster.
  const bool by_label = part.subset == nullptr && service.mode == Mode::kOutbound;
  apply_locality(locality, context_.view.proxy, settings.outlier_detection != nullptr, by_label,
                 groups);
  out.load_assignment(
      [&](auto& assignment) { endpoints_.write_assignment(name, groups, assignment); });
  return true;
}

ClusterSettings ClusterBuilder::settings_of(const Service& service, const model::Port& port,
                                            const Part& part) const {
  const model::Service& s = service.service;
  const PolicyParts& policy = part.policy;
  ClusterSettings settings;
  settings.type = part.type;
  if (part.subset != nullptr && part.subset->traffic_policy &&
      is_passthrough(part.subset->traffic_policy->load_balancer.get())) {
    settings.type = DiscoveryType::ORIGINAL_DST;
  }
  settings.dns = is_dns(settings.type);
  settings.race_dns = settings.dns && races_dns(s);
  settings.dynamic_forward_proxy = service.dynamic_forward_proxy;
  settings.connection_pool = policy.connection_pool;
  settings.retry_budget = policy.retry_budget;
  settings.outlier_detection = policy.outlier_detection;
  settings.load_balancer = policy.load_balancer;
  settings.distribution = s.traffic_distribution;
  settings.draining =
      service.mode == Mode::kOutbound && part.subset == nullptr && model::persistent_session(s);
  settings.http =
      upgraded(context_, http_of(context_, port.protocol), port.protocol, policy.connection_pool);
  return settings;
}

TlsRequest ClusterBuilder::tls_request(const Service& service, const model::Port& port,
                                       const Part& part, std::string_view sni) {
  TlsRequest request;
  request.rule = part.policy.tls;
  request.service = &service.service;
  request.sni = sni;
  request.rule_selects_workloads = service.rule && service.rule->spec->workload_selector;
  request.dynamic_forward_proxy = service.dynamic_forward_proxy;
  if (request.rule != nullptr) return request;
  const networking::TrafficPolicy* policy =
      part.subset != nullptr ? part.subset->traffic_policy.get() : service.policy();
  const model::Service& s = service.service;
  // Without a policy and with known endpoints the mode is that of the namespace.
  const bool of_namespace = policy == nullptr && s.resolution != Resolution::kPassthrough;
  if (of_namespace && mode_ns_ != nullptr && *mode_ns_ == s.ns &&
      mode_external_ == s.mesh_external) {
    request.service_mode = mode_;
    return request;
  }
  request.service_mode = context_.view.traffic->service_mutual_tls(s, port, policy);
  if (of_namespace) {
    mode_ns_ = &s.ns;
    mode_external_ = s.mesh_external;
    mode_ = request.service_mode;
  }
  return request;
}

// What comes before the host: neighbours mostly have the same ports.
const ClusterBuilder::Prefix& ClusterBuilder::prefix(uint32_t port, bool outbound,
                                                     const std::string& subset) {
  auto& kept = memory_->prefixes;
  for (size_t i = 0; i < prefix_count_; ++i) {
    const Prefix& known = kept[i];
    if (known.port == port && known.outbound == outbound && known.subset == subset) return known;
  }
  constexpr size_t kMost = 8;
  if (kept.empty()) kept.resize(kMost);
  prefix_count_ = std::min(prefix_count_ + 1, kMost);
  Prefix& made = kept[next_prefix_++ % kMost];
  const Digits digits(port);
  auto write = [&](const auto& separator, std::string& out) {
    out.clear();
    append_texts(out, "outbound", separator, digits.text(), separator, subset, separator);
  };
  made.port = port;
  made.outbound = outbound;
  made.subset = subset;
  write("_.", made.sni);
  if (outbound) {
    write("|", made.name);
  } else {
    made.name = made.sni;
  }
  return made;
}

// "outbound|80|v1|host;" and "outbound_.80_.v1_.host", as model::outbound_cluster_name and sni_name.
ClusterTexts ClusterBuilder::name_cluster(const Service& service, const model::Port& port,
                                          const Part& part) {
  const bool outbound = service.mode == Mode::kOutbound;
  const std::string& host = service.service.hostname;
  const Prefix& before = prefix(port.number, outbound, part.subset_name);
  name_.clear();
  append_texts(name_, before.name, host, ";");
  sni_.clear();
  if (outbound && !service.dynamic_forward_proxy) append_texts(sni_, before.sni, host);
  return {name_, sni_, host, service.service.name, service.service.ns};
}

// The TLS of an outbound cluster, and what it asks of the settings.
void ClusterBuilder::secure(const Service& service, const model::Port& port, const Part& part,
                            Made& made) {
  if (service.mode != Mode::kOutbound) return;
  made.request = tls_request(service, port, part, sni_);
  made.tls = client_tls(context_, made.request);
  if (made.tls) apply_tls_to_settings(context_, *made.tls, made.request, made.settings);
}

bool ClusterBuilder::write_cluster(const Service& service, const model::Port& port,
                                   const Part& part, const Made& made, const ClusterTexts& texts,
                                   std::string& metadata, cluster::Cluster& c) {
  const model::Service& s = service.service;
  const ClusterSettings& settings = made.settings;
  // Clusters that resolve names themselves are not sent without endpoints: Envoy refuses them.
  if (settings.dns && !load_assignment(service, port, part, texts.name(), settings, c)) {
    return false;
  }
  c.name(texts.name());
  if (service.dynamic_forward_proxy) {
    c.alt_stat_name(texts.stat);
  } else {
    write_stat_name(context_, s, port, part.subset_name, texts.stat, c);
  }
  if (made.original_dst) write_port_override(s, port.number, c);
  if (service.dynamic_forward_proxy) {
    write_forward_proxy_type(context_, s, settings.insecure_options, c);
  } else if (settings.type == DiscoveryType::EDS) {
    c.eds_cluster_config([&](auto& eds) {
      eds.append_raw(eds_over_ads());
      eds.service_name(texts.name());
    });
  }
  const auto* proxy_protocol =
      service.mode == Mode::kOutbound ? part.policy.proxy_protocol : nullptr;
  tls_.write(made.tls, made.request, settings, proxy_protocol, texts.name(), c);
  c.append_raw(settings_bytes(settings));
  MetadataParts parts;
  parts.services = !service.dynamic_forward_proxy;
  parts.external = s.mesh_external && part.subset == nullptr;
  parts.rule = service.rule.get();
  parts.subset = part.subset_name;
  parts.tls = part.policy.tls;
  if (parts.services || parts.external || parts.rule != nullptr) {
    write_service_metadata({texts.host, texts.service, texts.ns}, parts, metadata, c);
  }
  return true;
}

DiscoveryType ClusterBuilder::add_part(const Service& service, const model::Port& port,
                                       const Part& part, Resources& out) {
  const ClusterTexts texts = name_cluster(service, port, part);
  Made made{settings_of(service, port, part), false, {}, {}};
  // PASSTHROUGH of the whole policy changes the type only now: what Istio made for the first type
  // (DNS options) stays.
  made.original_dst = made.settings.type == DiscoveryType::ORIGINAL_DST;
  if (is_passthrough(part.policy.load_balancer) && !service.dynamic_forward_proxy) {
    made.settings.type = DiscoveryType::ORIGINAL_DST;
  }
  secure(service, port, part, made);
  // Nothing but the texts and what is in the shape makes a cluster without a rule that EDS resolves.
  const bool automatic = made.tls && made.tls->automatic &&
                         made.tls->mode == ClientTls::Mode::ISTIO_MUTUAL && made.tls->sans;
  if (service.mode == Mode::kOutbound && service.rule == nullptr && !made.settings.dns &&
      made.settings.type == DiscoveryType::EDS && !service.dynamic_forward_proxy &&
      (automatic || !made.tls) && context_.config.outbound_cluster_stat_name.empty()) {
    const ClusterShape shape{made.settings, automatic ? made.tls->sans : nullptr,
                             service.service.mesh_external};
    const std::string* bytes =
        memory_->templates.find(shape, texts, [&](const ClusterTexts& others, std::string& to) {
          cluster::Cluster c(to);
          Made other = made;
          other.request.sni = others.sni;
          if (other.tls) other.tls->sni = others.sni;
          std::string metadata;
          write_cluster(service, port, part, other, others, metadata, c);
        });
    if (bytes != nullptr) {
      out.push_back(make_resource(Type::kCluster, texts.name(), *bytes));
      return made.settings.type;
    }
  }
  bytes_.clear();
  cluster::Cluster c(bytes_);
  if (write_cluster(service, port, part, made, texts, metadata_, c)) finish(texts.name(), out);
  return made.settings.type;
}

void ClusterBuilder::add_port(const Service& service, const model::Port& port, Resources& out) {
  static const std::string kNoSubset;
  Part part{port_policy(service.policy(), port.number), nullptr, kNoSubset, service.type};
  add_mesh_defaults(part.policy, context_.config);
  const size_t before = out.size();
  // What the whole service's policy made of the type holds for its subsets, whatever they say.
  const DiscoveryType type = add_part(service, port, part, out);
  // A service without its own cluster has none for its subsets either.
  if (out.size() == before || !service.rule || service.dynamic_forward_proxy) return;
  for (const auto& subset : service.rule->spec->subsets) {
    Part own{subset_policy(part.policy, subset.traffic_policy.get(), port.number), &subset,
             subset.name, type};
    add_part(service, port, own, out);
  }
}

void ClusterBuilder::add_service(const model::Service& service, Mode mode, Resources& out) {
  if (service.resolution == Resolution::kAlias) return;
  Service s{service, mode,
            context_.view.scope->destination_rule(context_.view.proxy.labels, service.hostname),
            discovery_type(context_, service)};
  // Not what another network's gateways come in by: buildOutboundSniDnatClusters asks for endpoints.
  s.dynamic_forward_proxy = mode == Mode::kOutbound &&
                            service.resolution == Resolution::kDynamicDns &&
                            model::is_wildcard(service.hostname);
  metadata_.clear();
  for (const auto& port : service.ports) {
    if (port.protocol == model::Protocol::kUdp) continue;
    if (s.dynamic_forward_proxy && !forwards(port.protocol)) continue;
    add_port(s, port, out);
  }
}

}  // namespace mesh::xds
