#include "libmesh/xds/cds/cluster_metadata.h"

#include <algorithm>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/common.h"

namespace mesh::xds {
namespace {

namespace cluster = envoy::cluster;
namespace core = envoy::core;

template <typename List>
void write_service(const ServiceTexts& service, List& out) {
  out.structure([&](auto& s) {
    s.string("host", service.host);
    s.string("name", service.name);
    s.string("namespace", service.ns);
  });
}

template <typename Struct>
void write_rule(const traffic::DestinationRule& rule, Struct& out) {
  out.string("config", config_path("destination-rule", rule.ns(), rule.name()));
}

// Plain TLS to the outside: the ALPN of the mesh must not be put over the user's.
bool keeps_alpn(const networking::ClientTLSSettings* tls) {
  using Mode = networking::ClientTLSSettings_TLSmode;
  return tls != nullptr && (tls->mode == Mode::SIMPLE || tls->mode == Mode::MUTUAL);
}

void write_istio(const ServiceTexts& service, const MetadataParts& parts, core::Metadata& out) {
  out.filter_metadata(kIstioMetadata, [&](auto& istio) {
    if (parts.services) istio.list("services", [&](auto& l) { write_service(service, l); });
    if (parts.external) istio.boolean("external", true);
    if (parts.rule == nullptr) return;
    write_rule(*parts.rule, istio);
    if (!parts.subset.empty()) istio.string("subset", parts.subset);
    if (keeps_alpn(parts.tls)) istio.string("alpn_override", "false");
  });
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

void write_service_metadata(const ServiceTexts& service, const MetadataParts& parts,
                            std::string& kept, cluster::Cluster& out) {
  if (parts.rule != nullptr) {
    out.metadata([&](auto& metadata) { write_istio(service, parts, metadata); });
    return;
  }
  if (kept.empty()) {
    core::Metadata metadata(kept);
    write_istio(service, parts, metadata);
  }
  out.metadata(wire::Raw{kept});
}

void write_target_metadata(PortTargets targets, const traffic::DestinationRule* rule,
                           cluster::Cluster& out) {
  if (targets.empty() || targets[0]->service->mesh_external) return;
  const uint32_t port = targets[0]->port.number;
  out.metadata([&](auto& metadata) {
    metadata.filter_metadata(kIstioMetadata, [&](auto& istio) {
      istio.list("services", [&](auto& list) {
        for (auto target = targets.begin(); target != targets.end(); ++target) {
          const model::Service& service = *(*target)->service;
          const auto is_same = [&](const model::ServiceTarget* other) {
            return other->port.number == port && other->service->hostname == service.hostname;
          };
          if ((*target)->port.number != port) continue;
          if (std::any_of(targets.begin(), target, is_same)) continue;
          write_service({service.hostname, service.name, service.ns}, list);
        }
      });
      if (rule != nullptr) write_rule(*rule, istio);
    });
  });
}

std::string stat_name(std::string_view pattern, const model::Service& service,
                      const model::Port& port, std::string_view subset, uint32_t target_port) {
  const bool kubernetes = service.registry == model::Registry::kKubernetes;
  std::string out(pattern);
  replace_all(out, "%SERVICE%", kubernetes ? service.name + "." + service.ns : service.hostname);
  replace_all(out, "%SERVICE_NAME%", kubernetes ? service.name : service.hostname);
  replace_all(out, "%SERVICE_FQDN%", service.hostname);
  replace_all(out, "%SUBSET_NAME%", subset);
  replace_all(out, "%TARGET_PORT%", std::to_string(target_port));
  replace_all(out, "%SERVICE_PORT%", std::to_string(port.number));
  replace_all(out, "%SERVICE_PORT_NAME%", port.name);
  return out;
}

void write_stat_name(const ClusterContext& context, const model::Service& service,
                     const model::Port& port, std::string_view subset,
                     std::string_view name_and_delimiter, cluster::Cluster& out) {
  const std::string& pattern = context.config.outbound_cluster_stat_name;
  if (pattern.empty()) {
    out.alt_stat_name(name_and_delimiter);
  } else {
    out.alt_stat_name(stat_name(pattern, service, port, subset, 0) + ";");
  }
}

}  // namespace mesh::xds
