#include "libmesh/xds/diff.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/xds/generator.h"

namespace mesh::xds {
namespace {

constexpr Type kTypes[] = {Type::kCluster, Type::kEndpoint, Type::kListener, Type::kRoute};

using ByName = std::map<std::string_view, ResourcePtr>;

// The configuration must outlive the answer: names are views into its resources.
ByName by_name(const ProxyConfigPtr& config, Type type) {
  ByName out;
  if (config == nullptr) return out;
  config->for_each(type, [&](const ResourcePtr& r) { out.emplace(r->name, r); });
  return out;
}

std::optional<TypeDiff> diff_type(const ProxyConfigPtr& before, const ProxyConfigPtr& after,
                                  Type type) {
  const ByName old = by_name(before, type);
  const ByName now = by_name(after, type);
  TypeDiff out;
  out.type = type;
  for (const auto& [name, resource] : now) {
    auto was = old.find(name);
    if (was != old.end() && same_message(was->second, resource)) continue;
    (was == old.end() ? out.added : out.changed).emplace_back(name);
    out.bytes += resource->value().size();
  }
  for (const auto& [name, resource] : old) {
    if (!now.contains(name)) out.removed.emplace_back(name);
  }
  if (out.added.empty() && out.changed.empty() && out.removed.empty()) return std::nullopt;
  return out;
}

void diff_proxies(const DiffSide& before, const DiffSide& after, SnapshotDiff& out) {
  std::set<DiffSide::Key> keys;
  for (const auto& [key, proxy] : before.proxies) keys.insert(key);
  for (const auto& [key, proxy] : after.proxies) keys.insert(key);
  for (const DiffSide::Key& key : keys) {
    ProxyDiff proxy;
    std::tie(proxy.tenant, proxy.ns, proxy.name, proxy.cluster) = key;
    proxy.state = !before.proxies.contains(key)  ? ProxyDiff::State::kJoins
                  : !after.proxies.contains(key) ? ProxyDiff::State::kLeaves
                                                 : ProxyDiff::State::kStays;
    const ProxyConfigPtr was = before.config(key);
    const ProxyConfigPtr is = after.config(key);
    for (Type type : kTypes) {
      if (auto change = diff_type(was, is, type)) proxy.changes.push_back(*std::move(change));
    }
    if (proxy.changes.empty() && proxy.state == ProxyDiff::State::kStays) {
      ++out.unchanged;
    } else {
      out.proxies.push_back(std::move(proxy));
    }
  }
}

// An implicit mesh has the empty id: it is shown as a mesh all the same.
std::string owner(const index::Tenants& tenants, const std::string& ns) {
  const index::Tenant* tenant = tenants.of_namespace(ns);
  if (tenant == nullptr) return "";
  return tenant->implicit ? "(implicit)" : tenant->id.value;
}

void diff_members(const index::Tenants& before, const index::Tenants& after, SnapshotDiff& out) {
  std::set<std::string> namespaces;
  for (const auto& [ns, tenant] : before.by_namespace) namespaces.insert(ns);
  for (const auto& [ns, tenant] : after.by_namespace) namespaces.insert(ns);
  for (const std::string& ns : namespaces) {
    MemberDiff member{ns, owner(before, ns), owner(after, ns)};
    if (member.before != member.after) out.members.push_back(std::move(member));
  }
}

// A finding is the same wherever in its file it has moved to.
struct SameFinding {
  static auto key(const Diagnostic& d) {
    return std::tie(d.severity, d.code, d.object, d.field, d.message);
  }
  bool operator()(const Diagnostic& a, const Diagnostic& b) const { return key(a) < key(b); }
};

void diff_diagnostics(const Diagnostics& before, const Diagnostics& after, SnapshotDiff& out) {
  const std::set<Diagnostic, SameFinding> old(before.begin(), before.end());
  const std::set<Diagnostic, SameFinding> now(after.begin(), after.end());
  std::set_difference(now.begin(), now.end(), old.begin(), old.end(),
                      std::back_inserter(out.appeared), SameFinding());
  std::set_difference(old.begin(), old.end(), now.begin(), now.end(), std::back_inserter(out.gone),
                      SameFinding());
  sort_and_dedupe(out.appeared);
  sort_and_dedupe(out.gone);
}

}  // namespace

DiffSide::DiffSide(index::SnapshotPtr given) : snapshot(std::move(given)) {
  generator.update(snapshot);
  for (model::Proxy& proxy : index::proxies(*snapshot)) {
    Key key{proxy.tenant.value, proxy.ns, std::string(index::pod_name(proxy)),
            proxy.remote ? proxy.cluster_id : ""};
    proxies.emplace(std::move(key), std::move(proxy));
  }
}

ProxyConfigPtr DiffSide::config(const Key& key) const {
  const auto found = proxies.find(key);
  return found == proxies.end() ? nullptr : generator.config(found->second);
}

SnapshotDiff diff(const DiffSide& before, const DiffSide& after) {
  SnapshotDiff out;
  diff_proxies(before, after, out);
  diff_members(before.snapshot->tenants(), after.snapshot->tenants(), out);
  diff_diagnostics(before.snapshot->diagnostics(), after.snapshot->diagnostics(), out);
  return out;
}

}  // namespace mesh::xds
