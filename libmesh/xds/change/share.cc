#include "libmesh/xds/change/share.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "libmesh/base/common_ends.h"

namespace mesh::xds {

namespace {

// What stands at the end of both lists, such as the clusters that are for no service, whatever comes and goes before it.
void share_ends(const Resources& before, Resources& now) {
  auto old = before.rbegin();
  for (auto at = now.rbegin(); at != now.rend() && old != before.rend(); ++at, ++old) {
    if (*at == *old) continue;
    if ((*at)->name != (*old)->name || !same_message(*old, *at)) return;
    *at = *old;
  }
}

}  // namespace

std::vector<std::pair<std::string, ResourcePtr>> share(const Resources& before, Resources& now) {
  share_ends(before, now);
  const Apart apart = common_ends(before, now);
  std::unordered_set<const Resource*> kept;
  for (size_t i = apart.first; i < apart.after; ++i) kept.insert(now[i].get());
  std::unordered_map<std::string_view, ResourcePtr> gone;
  for (size_t i = apart.first; i < apart.before; ++i) {
    if (kept.erase(before[i].get()) == 0) gone.emplace(before[i]->name, before[i]);
  }
  std::vector<std::pair<std::string, ResourcePtr>> changes;
  for (size_t i = apart.first; i < apart.after; ++i) {
    if (kept.count(now[i].get()) == 0) continue;  // was there before
    auto old = gone.find(now[i]->name);
    if (old != gone.end() && same_message(old->second, now[i])) {
      now[i] = old->second;
    } else {
      changes.emplace_back(now[i]->name, now[i]);
    }
    if (old != gone.end()) gone.erase(old);
  }
  for (const auto& [name, resource] : gone) changes.emplace_back(name, nullptr);
  std::sort(changes.begin(), changes.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return changes;
}

std::string_view host_of_cluster(std::string_view name) {
  const bool by_sni = name.starts_with("outbound_.");
  std::string_view rest = name;
  for (int i = 0; i < 3; ++i) {
    const size_t at = by_sni ? rest.find("_.") : rest.find('|');
    if (at == std::string_view::npos) return name;
    rest.remove_prefix(at + (by_sni ? 2 : 1));
  }
  return rest;
}

}  // namespace mesh::xds
