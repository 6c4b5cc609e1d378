#include "libmesh/traffic/services.h"

#include <algorithm>
#include <iterator>

#include "libmesh/index/registry/registry.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {

ServiceIndex::ServiceIndex(const index::Mesh& mesh)
    : default_export_to_(mesh.config->default_service_export_to),
      entries_(mesh),
      of_namespace_(mesh.services_by_namespace) {
  public_by_default_ =
      entries_.says_nothing() && visibility_or_default({}, default_export_to_, {}).all;
  size_t count = 0;
  for (const model::ServicePtr& service : mesh.services) {
    if (is_public(*service)) {
      ++count;
      continue;
    }
    const Visibility visibility = this->visibility(*service);
    if (visibility.none) continue;
    for (const std::string& to : visibility.namespaces) exported_[to].push_back(service);
  }
  if (count == mesh.services.size()) {
    public_ = mesh.services;
    return;
  }
  std::vector<model::ServicePtr> seen_by_all;
  seen_by_all.reserve(count);
  for (const model::ServicePtr& service : mesh.services) {
    if (is_public(*service)) seen_by_all.push_back(service);
  }
  public_ = std::move(seen_by_all);
}

bool ServiceIndex::is_public(const model::Service& service) const {
  return (public_by_default_ && service.export_to.defaulted) || visibility(service).all;
}

std::vector<model::ServicePtr> ServiceIndex::visible_to(const std::string& ns) const {
  std::vector<model::ServicePtr> out;
  auto it = exported_.find(ns);
  if (it != exported_.end()) out = it->second;
  out.insert(out.end(), public_.begin(), public_.end());
  return out;
}

std::vector<model::ServicePtr> ServiceIndex::visible_to(
    const std::string& ns, const std::vector<std::string>& owners) const {
  std::vector<model::ServicePtr> out;
  if (auto it = exported_.find(ns); it != exported_.end()) {
    for (const model::ServicePtr& service : it->second) {
      if (std::find(owners.begin(), owners.end(), service->ns) != owners.end()) {
        out.push_back(service);
      }
    }
  }
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const std::string& owner : owners) {
    const auto it = of_namespace_.find(owner);
    if (it == of_namespace_.end()) continue;
    std::copy_if(it->second->list.begin(), it->second->list.end(), std::back_inserter(out),
                 [this](const model::ServicePtr& service) { return is_public(*service); });
  }
  if (owners.size() > 1) {
    std::stable_sort(out.begin() + first, out.end(),
                     [](const auto& a, const auto& b) { return index::comes_before(a, b); });
  }
  return out;
}

bool ServiceIndex::is_visible(const model::Service& service, const std::string& ns) const {
  return visibility(service).sees(ns);
}

Visibility ServiceIndex::visibility(const model::Service& service) const {
  return entries_.narrowed(service, visibility_of(service, default_export_to_));
}

}  // namespace mesh::traffic
