#include "libmesh/traffic/services.h"

#include <algorithm>

#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {

ServiceIndex::ServiceIndex(const index::Mesh& mesh)
    : default_export_to_(mesh.config->default_service_export_to), entries_(mesh) {
  public_by_default_ =
      entries_.says_nothing() && visibility_or_default({}, default_export_to_, {}).all;
  uint32_t count = 0;
  const std::string* ns = nullptr;  // most services are of the same one as the one before
  std::vector<uint32_t>* places = nullptr;
  for (const model::ServicePtr& service : mesh.services) {
    if (!public_by_default_ || !service->export_to.defaulted) {
      const Visibility visibility = this->visibility(*service);
      if (!visibility.all) {
        if (visibility.none) continue;
        for (const std::string& to : visibility.namespaces) exported_[to].push_back(service);
        continue;
      }
    }
    if (ns == nullptr || *ns != service->ns) {
      ns = &service->ns;
      places = &public_of_[*ns];
    }
    places->push_back(count++);
  }
  if (count == mesh.services.size()) {
    public_ = mesh.services;
    return;
  }
  std::vector<model::ServicePtr> seen_by_all;
  seen_by_all.reserve(count);
  for (const model::ServicePtr& service : mesh.services) {
    if (visibility(*service).all) seen_by_all.push_back(service);
  }
  public_ = std::move(seen_by_all);
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
  std::vector<uint32_t> places;
  for (const std::string& owner : owners) {
    auto it = public_of_.find(owner);
    if (it != public_of_.end()) places.insert(places.end(), it->second.begin(), it->second.end());
  }
  if (owners.size() > 1) std::sort(places.begin(), places.end());
  for (uint32_t place : places) out.push_back(public_[place]);
  return out;
}

bool ServiceIndex::is_visible(const model::Service& service, const std::string& ns) const {
  return visibility(service).sees(ns);
}

Visibility ServiceIndex::visibility(const model::Service& service) const {
  return entries_.narrowed(service, visibility_of(service, default_export_to_));
}

}  // namespace mesh::traffic
