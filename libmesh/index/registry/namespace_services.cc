#include "libmesh/index/registry/namespace_services.h"

#include <algorithm>
#include <functional>
#include <string_view>

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

NamespaceServices by_namespace(const std::vector<model::ServicePtr>& services,
                               const NamespaceServices& before) {
  std::unordered_map<std::string_view, std::vector<model::ServicePtr>> lists;
  std::string_view ns;  // most are of the same one as the one before
  std::vector<model::ServicePtr>* list = nullptr;
  for (const model::ServicePtr& service : services) {
    if (list == nullptr || ns != service->ns) {
      ns = service->ns;
      list = &lists[ns];
      const auto known = before.find(service->ns);
      if (list->empty() && known != before.end()) list->reserve(known->second->list.size());
    }
    list->push_back(service);
  }
  NamespaceServices out;
  out.reserve(lists.size());
  for (auto& [of, services_of] : lists) {
    std::string name(of);
    const auto known = before.find(name);
    const bool same = known != before.end() && known->second->list == services_of;
    out.emplace(std::move(name), same ? known->second
                                      : std::make_shared<const ServicesOfNamespace>(
                                            std::move(services_of)));
  }
  return out;
}

}  // namespace mesh::index
