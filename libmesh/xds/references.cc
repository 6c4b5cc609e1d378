#include "libmesh/xds/references.h"

#include <algorithm>

#include "libmesh/schema/wire.h"

namespace mesh::xds {
namespace {

// Field numbers of the messages that are walked: checked against the descriptors in
// tests/xds/references_test.cc.
constexpr uint32_t kListenerFilterChains = 3;
constexpr uint32_t kListenerDefaultFilterChain = 25;
constexpr uint32_t kFilterChainFilters = 3;
constexpr uint32_t kFilterTypedConfig = 4;
constexpr uint32_t kAnyTypeUrl = 1;
constexpr uint32_t kAnyValue = 2;
constexpr uint32_t kHcmRds = 3;
constexpr uint32_t kRdsName = 2;
constexpr uint32_t kClusterName = 1;
constexpr uint32_t kClusterType = 2;
constexpr uint32_t kClusterEdsConfig = 3;
constexpr uint32_t kEdsServiceName = 2;
constexpr uint64_t kTypeEds = 3;
constexpr std::string_view kHcmUrl =
    "type.googleapis.com/"
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

std::string_view field(std::string_view message, uint32_t number) {
  wire::Reader reader(message);
  while (const wire::Field* f = reader.next()) {
    if (f->number == number && f->type == wire::Type::kBytes) return f->bytes;
  }
  return {};
}

template <typename F>
void for_each(std::string_view message, uint32_t number, F&& visit) {
  wire::Reader reader(message);
  while (const wire::Field* f = reader.next()) {
    if (f->number == number && f->type == wire::Type::kBytes) visit(f->bytes);
  }
}

void visit_chain(std::string_view chain, std::vector<std::string>& out) {
  for_each(chain, kFilterChainFilters, [&](std::string_view filter) {
    std::string_view config = field(filter, kFilterTypedConfig);
    if (field(config, kAnyTypeUrl) != kHcmUrl) return;
    std::string_view rds = field(field(config, kAnyValue), kHcmRds);
    std::string name(field(rds, kRdsName));
    if (name.empty() || std::find(out.begin(), out.end(), name) != out.end()) return;
    out.push_back(std::move(name));
  });
}

}  // namespace

void append_route_names(std::string_view listener, std::vector<std::string>& out) {
  for_each(listener, kListenerFilterChains, [&](std::string_view c) { visit_chain(c, out); });
  for_each(listener, kListenerDefaultFilterChain, [&](std::string_view c) { visit_chain(c, out); });
}

std::string endpoint_name(std::string_view cluster) {
  std::string_view name;
  std::string_view service_name;
  bool eds = false;
  wire::Reader reader(cluster);
  while (const wire::Field* f = reader.next()) {
    if (f->number == kClusterName) name = f->bytes;
    if (f->number == kClusterType) eds = f->number_value == kTypeEds;
    if (f->number == kClusterEdsConfig) service_name = field(f->bytes, kEdsServiceName);
  }
  if (!eds) return "";
  return std::string(service_name.empty() ? name : service_name);
}

}  // namespace mesh::xds
