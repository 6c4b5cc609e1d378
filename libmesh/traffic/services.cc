#include "libmesh/traffic/services.h"

#include <algorithm>

#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {

ServiceIndex::ServiceIndex(const index::Mesh& mesh)
    : default_export_to_(mesh.config.default_service_export_to), entries_(mesh) {
  public_.reserve(mesh.services.size());
  for (const model::ServicePtr& service : mesh.services) {
    Visibility visibility = this->visibility(*service);
    if (visibility.all) {
      public_of_[service->ns].push_back(static_cast<uint32_t>(public_.size()));
      public_.push_back(service);
    } else if (!visibility.none) {
      for (const std::string& ns : visibility.namespaces) exported_[ns].push_back(service);
    }
  }
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
