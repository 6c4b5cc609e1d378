#include "libmesh/traffic/extension_providers.h"

#include <algorithm>

namespace mesh::traffic {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<uint32_t> find_extension_provider(const meshconfig::MeshConfig& config,
                                                std::string_view name) {
  const auto& all = config.extension_providers;
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (same_name(all[i].name, name)) return i;
  }
  return std::nullopt;
}

std::optional<ProviderCluster> provider_cluster(const index::Mesh& mesh, std::string_view service,
                                                uint32_t port) {
  const size_t slash = service.find('/');
  // More than one slash is part of a host, which no service has.
  const bool names_ns =
      slash != std::string_view::npos && service.find('/', slash + 1) == service.npos;
  const std::string_view ns = names_ns ? service.substr(0, slash) : std::string_view();
  const std::string_view host = names_ns ? service.substr(slash + 1) : service;
  if (host.empty()) return std::nullopt;
  const model::Service* match = nullptr;
  bool ambiguous = false;
  mesh.each_of_host(host, [&](const model::ServicePtr& candidate) {
    if (names_ns && candidate->ns != ns) return;
    if (match == nullptr) match = candidate.get();
    ambiguous = ambiguous || match->ns != candidate->ns;
  });
  if (match == nullptr || ambiguous) return std::nullopt;
  return ProviderCluster{match->hostname, model::outbound_cluster_name(port, "", match->hostname)};
}

}  // namespace mesh::traffic
