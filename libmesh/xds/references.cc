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

}  // namespace

bool RouteNames::is_known(std::string_view name) {
  constexpr size_t kShort = 16;
  if (list_.size() < kShort) return std::find(list_.begin(), list_.end(), name) != list_.end();
  if (!index_) {
    index_.emplace(list_.size() * 2);
    for (uint32_t i = 0; i < list_.size(); ++i) index_->insert(list_[i], i);
  }
  const uint32_t at = index_->insert(name, static_cast<uint32_t>(list_.size()));
  if (at == TextIndex::kNone) return false;
  // The index does not tell capital letters from small ones.
  return list_[at] == name || std::find(list_.begin(), list_.end(), name) != list_.end();
}

void RouteNames::visit_chain(std::string_view chain) {
  for_each(chain, kFilterChainFilters, [&](std::string_view filter) {
    std::string_view config = field(filter, kFilterTypedConfig);
    if (field(config, kAnyTypeUrl) != kHcmUrl) return;
    std::string_view rds = field(field(config, kAnyValue), kHcmRds);
    std::string_view name = field(rds, kRdsName);
    if (!name.empty() && !is_known(name)) list_.push_back(name);
  });
}

void RouteNames::add(std::string_view listener) {
  std::string_view by_default;
  wire::Reader reader(listener);
  while (const wire::Field* f = reader.next()) {
    if (f->type != wire::Type::kBytes) continue;
    if (f->number == kListenerFilterChains) visit_chain(f->bytes);
    if (f->number == kListenerDefaultFilterChain) by_default = f->bytes;
  }
  if (!by_default.empty()) visit_chain(by_default);
}

// Reads no further than it must: what is written here has each field once.
std::string endpoint_name(std::string_view cluster) {
  std::string_view name;
  std::string_view service_name;
  wire::Reader reader(cluster);
  bool eds = false;
  bool configured = false;
  while (const wire::Field* f = reader.next()) {
    if (f->number == kClusterName) name = f->bytes;
    if (f->number == kClusterType) {
      if (f->number_value != kTypeEds) return "";
      eds = true;
    }
    if (f->number == kClusterEdsConfig) {
      service_name = field(f->bytes, kEdsServiceName);
      configured = true;
    }
    if (eds && configured && !name.empty()) break;
  }
  if (!eds) return "";
  return std::string(service_name.empty() ? name : service_name);
}

}  // namespace mesh::xds
