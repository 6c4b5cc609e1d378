// Makes the clusters of services: one for each port, and one for each subset of the
// DestinationRule.
//
// One builder serves one generation of one view and keeps what neighbours share: the bytes of equal
// settings, the metadata and the TLS context of a service. Nothing is kept beyond it. Follows
// buildCluster and applyDestinationRule (core/cluster_builder.go) in Istio.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/cds/cluster_settings.h"
#include "libmesh/xds/cds/cluster_templates.h"
#include "libmesh/xds/cds/cluster_tls.h"
#include "libmesh/xds/eds/endpoint_writer.h"
#include "libmesh/xds/eds/loadbalancer.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

class ClusterBuilder {
 public:
  explicit ClusterBuilder(const traffic::ProxyView& view);
  ~ClusterBuilder();
  ClusterBuilder(const ClusterBuilder&) = delete;
  ClusterBuilder& operator=(const ClusterBuilder&) = delete;

  // kOutbound: "outbound|80||host". kSniDnat: "outbound_.80_._.host", what a gateway with
  // AUTO_PASSTHROUGH sends unread TLS to.
  enum class Mode : uint8_t { kOutbound, kSniDnat };
  void add_service(const model::Service& service, Mode mode, Resources& out);

  void add_black_hole(Resources& out);
  void add_passthrough(Resources& out);          // PassthroughCluster
  void add_inbound_passthrough(Resources& out);  // InboundPassthroughCluster
  void add_allow_any_dynamic_dns(Resources& out);
  void add_credential_socket(Resources& out);  // sds-external

  // "inbound|<port>||": the targets of one workload port, the first being the one that decides.
  // An empty bind sends to the address the connection was made to.
  void add_inbound(uint32_t port, std::string_view bind, uint32_t bind_port, PortTargets targets,
                   Resources& out);

  const ClusterContext& context() const { return context_; }

 private:
  struct Service;  // what the ports of one service share
  struct Part;     // one cluster: the default one or a subset's
  struct Made;     // what its policy comes to
  void add_port(const Service& service, const model::Port& port, Resources& out);
  // Gives the type that the policy made of the cluster.
  DiscoveryType add_part(const Service& service, const model::Port& port, const Part& part,
                         Resources& out);
  ClusterSettings settings_of(const Service& service, const model::Port& port,
                              const Part& part) const;
  TlsRequest tls_request(const Service& service, const model::Port& port, const Part& part,
                         std::string_view sni);
  bool load_assignment(const Service& service, const model::Port& port, const Part& part,
                       std::string_view name, const ClusterSettings& settings,
                       envoy::cluster::Cluster& out);
  void secure(const Service& service, const model::Port& port, const Part& part, Made& made);
  // The names of a cluster, in name_ and sni_.
  ClusterTexts name_cluster(const Service& service, const model::Port& port, const Part& part);
  // False when the cluster would have no endpoints to resolve.
  bool write_cluster(const Service& service, const model::Port& port, const Part& part,
                     const Made& made, const ClusterTexts& texts, std::string& metadata,
                     envoy::cluster::Cluster& out);
  const std::string& settings_bytes(const ClusterSettings& settings);
  std::string_view own_source();
  void finish(std::string_view name, Resources& out);

  struct Prefix {
    uint32_t port = 0;
    bool outbound = true;
    std::string subset;
    std::string name;
    std::string sni;
  };
  const Prefix& prefix(uint32_t port, bool outbound, const std::string& subset);
  struct KeptSettings {
    ClusterSettings settings;
    std::string bytes;
  };
  // What it writes in; a later builder of the thread takes it over, for the memory only.
  struct Memory {
    std::string bytes;
    std::string metadata;
    std::string name;
    std::string sni;
    std::vector<Prefix> prefixes;
    std::vector<KeptSettings> settings;
    ClusterTemplates templates;
    TlsWriter::Memory tls;
  };
  static std::unique_ptr<Memory>& kept_memory();

  ClusterContext context_;
  std::unique_ptr<Memory> memory_;
  TlsWriter tls_;
  std::string& bytes_ = memory_->bytes;  // the cluster being written
  std::string& metadata_ =
      memory_->metadata;               // its istio metadata, kept for the ports of a service
  std::string& name_ = memory_->name;  // and ";": its prefix of statistics
  std::string& sni_ = memory_->sni;
  size_t prefix_count_ = 0;  // of the last names
  size_t next_prefix_ = 0;
  EndpointWriter endpoints_;
  size_t settings_count_ = 0;
  size_t next_settings_ = 0;
  std::string_view own_source_;  // of inbound clusters; empty: not asked for yet
  // The mutual TLS mode of the last namespace (null: none yet).
  const std::string* mode_ns_ = nullptr;
  bool mode_external_ = false;
  traffic::MutualTls mode_ = traffic::MutualTls::kUnknown;
};

}  // namespace mesh::xds
