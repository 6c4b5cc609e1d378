#include <algorithm>

#include "libmesh/testing/walk/way.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kBlackHole = "BlackHoleCluster";

bool passes_through(const Destination& destination) {
  return destination.cluster.starts_with("PassthroughCluster") ||
         destination.cluster.starts_with("InboundPassthroughCluster");
}

std::string text_of(const Destination& destination) {
  if (destination.host.empty()) return destination.cluster;
  std::string out = destination.host + ":" + std::to_string(destination.port);
  if (!destination.subset.empty()) out += " subset " + destination.subset;
  return out;
}

}  // namespace

Destination destination_of(Way& way, const std::string& name, uint32_t weight) {
  Destination out;
  put_cluster_name(name, out);
  out.weight = weight;
  const auto cluster = way.readings.cluster(way.config, name);
  out.missing = cluster == nullptr;
  if (cluster == nullptr) {
    way.step("cluster", name, "", "there is no such cluster");
    return out;
  }
  out.tls = cluster->tls_for({});
  const auto assignment = cluster->assignment_name().empty()
                              ? nullptr
                              : way.readings.assignment(way.config, cluster->assignment_name());
  const Assignment& members = assignment == nullptr ? cluster->own_assignment() : *assignment;
  for (const Assignment::Member& member : members.members()) {
    out.endpoints.push_back(member.endpoint);
    const bool tunnel = member.endpoint.tls.tunnel;
    out.endpoints.back().tls = cluster->tls_for(member.metadata);
    out.endpoints.back().tls.tunnel = out.endpoints.back().tls.tunnel || tunnel;
  }
  if (cluster->goes_to_original_destination() && way.request.address != Request::kNobody) {
    const bool v6 = way.request.address.find(':') != std::string::npos;
    Endpoint endpoint;
    endpoint.address = (v6 ? "[" + way.request.address + "]" : way.request.address) + ":" +
                       std::to_string(way.request.port);
    endpoint.tls = out.tls;
    out.endpoints.push_back(std::move(endpoint));
  }
  const std::string count = out.endpoints.size() == 1
                                ? "1 endpoint"
                                : std::to_string(out.endpoints.size()) + " endpoints";
  way.step("cluster", name, "clusters/" + name,
           cluster->goes_to_original_destination() ? "goes where the connection was going" : count,
           cluster->object());
  return out;
}

void add_destination(Way& way, const std::string& cluster, uint32_t weight) {
  way.out.destinations.push_back(destination_of(way, cluster, weight));
  way.out.total_weight += weight;
}

void end_at_destinations(Way& way) {
  const auto& list = way.out.destinations;
  if (list.empty()) return way.end(Verdict::kUnknown, "no cluster is named");
  const auto missing = [](const Destination& each) { return each.missing; };
  if (std::all_of(list.begin(), list.end(), missing)) {
    return way.end(Verdict::kNoCluster, "there is no cluster " + list.front().cluster);
  }
  if (list.size() == 1 && list.front().cluster == kBlackHole) {
    return way.end(Verdict::kBlackHole, "goes to no place: " + list.front().cluster);
  }
  if (list.size() == 1 && passes_through(list.front())) {
    return way.end(Verdict::kPassthrough, "goes where it was going: " + list.front().cluster);
  }
  std::string text = "goes to ";
  for (const Destination& each : list) {
    if (&each != &list.front()) text += ", ";
    text += text_of(each);
    if (list.size() > 1) text += " (" + std::to_string(each.weight) + ")";
  }
  way.end(Verdict::kRouted, text);
}

void take_tcp_proxy(Way& way, View proxy, bool by_server_name) {
  if (by_server_name) {
    add_destination(way, way.connection.detected_sni, kWhole);
  } else if (proxy.which("cluster_specifier") == "weighted_clusters") {
    proxy.at("weighted_clusters").each("clusters", [&](View each) {
      add_destination(way, each.text("name"), static_cast<uint32_t>(each.number("weight")));
    });
  } else {
    add_destination(way, proxy.text("cluster"), kWhole);
  }
  proxy.each("hash_policy", [&](View each) {
    if (each.which("policy_specifier") == "source_ip") way.out.hash_policy.push_back("source-ip");
  });
  end_at_destinations(way);
}

}  // namespace mesh::testing
