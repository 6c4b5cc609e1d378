#include "libmesh/index/registry/namespace_services.h"

#include <algorithm>
#include <functional>

namespace mesh::index {
namespace {

size_t hash_of(const Labels::value_type& label) {
  const std::hash<std::string> hash;
  return hash(label.first) * 31 + hash(label.second);
}

}  // namespace

std::vector<uint32_t> ServicesOfNamespace::candidates(const Labels& labels) const {
  std::call_once(once_, [this] {
    for (uint32_t i = 0; i < list.size(); ++i) {
      if (has_selector(*list[i])) by_label_[hash_of(*list[i]->selector.begin())].push_back(i);
    }
  });
  std::vector<uint32_t> out;
  for (const auto& label : labels) {
    const auto found = by_label_.find(hash_of(label));
    if (found != by_label_.end()) out.insert(out.end(), found->second.begin(), found->second.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());  // two labels of one hash
  return out;
}

ServicesOfNamespacePtr shared_with(const NamespaceServices& before, const std::string& ns,
                                   std::vector<model::ServicePtr>& list) {
  const auto known = before.find(ns);
  if (known != before.end() && known->second->list == list) return known->second;
  return std::make_shared<const ServicesOfNamespace>(std::move(list));
}

NamespaceServices by_namespace(const std::vector<model::ServicePtr>& services,
                               const NamespaceServices& before) {
  std::unordered_map<std::string, std::vector<model::ServicePtr>> lists;
  for (const model::ServicePtr& service : services) lists[service->ns].push_back(service);
  NamespaceServices out;
  for (auto& [ns, list] : lists) out.emplace(ns, shared_with(before, ns, list));
  return out;
}

}  // namespace mesh::index
