#include "libmesh/index/ingress.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "libmesh/schema/gen/k8s/networking.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using kube::Kind;
using kube::ObjectPtr;

std::vector<ObjectPtr> served(const Objects& objects, const IngressState::Sources& sources) {
  std::vector<ObjectPtr> out;
  for (const std::string& ns : sources.namespaces) {
    for (const auto& [key, ingress] : objects.of(Kind::kIngress).in_namespace(ns)) {
      const auto& name = ingress->as<k8s::Ingress>().spec.ingress_class_name;
      const ObjectPtr* named = name ? objects.get({Kind::kIngressClass, "", *name}) : nullptr;
      if (model::serves_ingress(sources.config, *ingress, named ? named->get() : nullptr)) {
        out.push_back(ingress);
      }
    }
  }
  return out;
}

// What diagnostics tell of its routes.
bool same_paths(const ObjectPtr& a, const ObjectPtr& b) {
  return a->key.kind != Kind::kVirtualService ||
         model::ingress_paths(*a) == model::ingress_paths(*b);
}

// Puts the old object in the place of each new one that says the same. True when something differs.
template <typename T>
bool keep_same(const std::vector<ObjectPtr>& before, std::vector<ObjectPtr>& now) {
  std::map<kube::ObjectKey, ObjectPtr> known;
  for (const ObjectPtr& object : before) known.emplace(object->key, object);
  for (ObjectPtr& object : now) {
    const auto old = known.find(object->key);
    if (old == known.end() || !(old->second->as<T>() == object->as<T>())) continue;
    if (old->second->document == object->document && same_paths(old->second, object)) {
      object = old->second;
    }
  }
  return now != before;
}

bool equal(const Diagnostics& a, const Diagnostics& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return std::tie(one.object, one.field, one.message, one.file, one.line) ==
           std::tie(other.object, other.field, other.message, other.file, other.line);
  });
}

}  // namespace

IngressState::Changes IngressState::update(const Objects& objects, const Objects& before,
                                           bool moved, const Sources& sources) {
  const bool any = !objects.of(Kind::kIngress).empty();
  if (!any && configs_.gateways.empty()) return {};
  const bool same = !moved && before.same(Kind::kIngress, objects) &&
                    before.same(Kind::kIngressClass, objects) &&
                    before.same(Kind::kService, objects);
  if (same) return {};
  const auto service = [&](const std::string& ns, const std::string& name) {
    const ObjectPtr* found = objects.get({Kind::kService, ns, name});
    return found == nullptr ? nullptr : found->get();
  };
  model::IngressConfigs made = model::ingress_configs(
      served(objects, sources), {sources.config, sources.cluster_domain, service});
  Changes changes;
  changes.gateways = keep_same<networking::Gateway>(configs_.gateways, made.gateways);
  changes.virtual_services =
      keep_same<networking::VirtualService>(configs_.virtual_services, made.virtual_services);
  changes.diagnostics = !equal(made.diagnostics, configs_.diagnostics);
  configs_ = std::move(made);
  return changes;
}

}  // namespace mesh::index
