#include "libmesh/traffic/check/surroundings.h"

#include <algorithm>

#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/near.h"

namespace mesh::traffic {

Surroundings::Surroundings(const index::Mesh& mesh)
    : mesh_(mesh), namespaces_(mesh.namespaces.begin(), mesh.namespaces.end()) {
  const std::string end = ".svc." + mesh.cluster_domain;
  for (const model::ServicePtr& service : *mesh.services) {
    const std::string& host = service->hostname;
    hosts_.insert(host);
    if (host.ends_with(end)) starts_.insert(host.substr(0, host.size() - end.size()));
    if (model::is_wildcard(service->hostname)) wildcards_.push_back(service);
  }
  for (const index::Gateway& gateway : *mesh.gateways) {
    gateways_[gateway.ns() + "/" + gateway.name()] = &gateway;
  }
  for (const index::DestinationRule& config : *mesh.destination_rules) {
    const auto spec = model::with_full_names(config.object, *config.spec, mesh.cluster_domain);
    std::set<std::string>& names = subsets_[spec->host];
    if (model::is_wildcard(spec->host)) wildcard_rules_.insert(spec->host);
    for (const auto& subset : spec->subsets) names.insert(subset.name);
  }
  mesh.each_cluster([this](const std::string&, const index::ClusterServices& cluster) {
    for (const auto& [key, pod] : cluster.pods) {
      if (!mesh_.clusters.empty()) homes_.emplace(pod.get(), &cluster);
      const std::string& account = pod->as<k8s::Pod>().spec.service_account_name;
      accounts_.insert(key.ns + "/" + (account.empty() ? "default" : account));
      for (const auto& [label, value] : pod->labels) {
        const std::string pair = "\n" + label + "=" + value;
        by_label_[pair].push_back(&pod);
        by_label_[key.ns + pair].push_back(&pod);
        labels_[""][label].insert(value);
        labels_[key.ns][label].insert(value);
      }
    }
  });
}

Surroundings::Surroundings(const index::Snapshot& snapshot, const index::Mesh& mesh)
    : Surroundings(mesh) {
  for (const std::string& ns : mesh.namespaces) {
    for (const auto& [key, object] :
         snapshot.objects(kube::Kind::kWorkloadEntry).in_namespace(ns)) {
      const auto& entry = object->as<networking::WorkloadEntry>();
      Labels labels = object->labels;  // before those of the spec, as in Istio
      labels.insert(entry.labels.begin(), entry.labels.end());
      add_outside(ns, std::move(labels), entry.service_account);
    }
    for (const auto& [key, object] :
         snapshot.objects(kube::Kind::kWorkloadGroup).in_namespace(ns)) {
      const auto& group = object->as<networking::WorkloadGroup>();
      Labels labels;
      if (group.metadata)
        labels.insert(group.metadata->labels.begin(), group.metadata->labels.end());
      if (!group.template_) continue;
      labels.insert(group.template_->labels.begin(), group.template_->labels.end());
      add_outside(ns, std::move(labels), group.template_->service_account);
    }
  }
}

void Surroundings::add_outside(const std::string& ns, Labels labels, const std::string& account) {
  if (!account.empty()) accounts_.insert(ns + "/" + account);
  outside_[""].push_back(labels);
  outside_[ns].push_back(std::move(labels));
}

bool Surroundings::selects_outside(const std::string& ns, const Labels& labels) const {
  const auto found = outside_.find(ns);
  return found != outside_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const Labels& each) { return labels_match(labels, each); });
}

bool Surroundings::has_label(const std::string& ns, const std::string& key) const {
  return labels_of(ns).contains(key);
}

const Surroundings::Values& Surroundings::labels_of(const std::string& ns) const {
  static const Values kNone;
  const auto found = labels_.find(ns);
  return found == labels_.end() ? kNone : found->second;
}

std::vector<model::ServicePtr> Surroundings::services(std::string_view host) const {
  std::vector<model::ServicePtr> out;
  mesh_.each_of_host(host, [&](const model::ServicePtr& service) { out.push_back(service); });
  if (!out.empty()) return out;
  for (const model::ServicePtr& service : wildcards_) {
    if (model::host_subset_of(host, service->hostname)) out.push_back(service);
  }
  return out;
}

std::string Surroundings::near_text(std::string_view written, const std::set<std::string>& known) {
  std::string_view nearest;
  size_t limit = schema::farthest(written);
  for (const std::string& each : known) {
    const size_t distance = schema::edit_distance(written, each, limit);
    if (distance > limit || !schema::is_near(distance, written)) continue;
    nearest = each;
    if (distance == 0) break;
    limit = distance - 1;  // the first of the nearest
  }
  return nearest.empty() ? std::string() : "did you mean \"" + std::string(nearest) + "\"?";
}

namespace {

// "a, b, c and 4 more".
std::string some_of(const std::set<std::string>& known) {
  constexpr size_t kShown = 5;
  std::string out;
  size_t shown = 0;
  for (const std::string& each : known) {
    if (shown == kShown) break;
    out += (shown == 0 ? "" : ", ") + each;
    ++shown;
  }
  return known.size() > shown ? out + " and " + std::to_string(known.size() - shown) + " more"
                              : out;
}

}  // namespace

std::string Surroundings::mend_name(std::string_view written, const std::set<std::string>& known,
                                    std::string_view none) {
  std::string near = near_text(written, known);
  if (!near.empty()) return near;
  return known.empty() ? std::string(none) : "there are: " + some_of(known);
}

std::string Surroundings::mend_host(std::string_view host) const {
  std::string near = near_host(host);
  return near.empty() ? "name the host of a Service, or write a ServiceEntry for it" : near;
}

// Long common ends count for nothing: the labels in front are compared.
std::string Surroundings::near_host(std::string_view host) const {
  const std::string end = ".svc." + mesh_.cluster_domain;
  if (!host.ends_with(end)) return near_text(host, hosts_);
  std::string out = near_text(host.substr(0, host.size() - end.size()), starts_);
  if (!out.empty()) return out.insert(out.rfind('"'), end);
  const std::string name(host.substr(0, host.find('.') + 1));
  const auto same = hosts_.lower_bound(name);
  const bool found = same != hosts_.end() && same->starts_with(name);
  return found ? "did you mean \"" + *same + "\"?" : std::string();
}

const std::vector<model::ServicePtr>& Surroundings::services_in(const std::string& ns) const {
  static const std::vector<model::ServicePtr> kNone;
  const auto found = mesh_.services_by_namespace->find(ns);
  return found == mesh_.services_by_namespace->end() ? kNone : found->second->list;
}

std::set<std::string> Surroundings::subsets(std::string_view host) const {
  std::set<std::string> out;
  if (const auto exact = subsets_.find(host); exact != subsets_.end()) out = exact->second;
  for (const std::string& rule : wildcard_rules_) {
    if (!model::host_subset_of(host, rule)) continue;
    const std::set<std::string>& names = subsets_.at(rule);
    out.insert(names.begin(), names.end());
  }
  return out;
}

std::set<std::string> Surroundings::gateway_names() const {
  std::set<std::string> out;
  for (const auto& [name, gateway] : gateways_) out.insert(name);
  return out;
}

std::vector<kube::ObjectPtr> Surroundings::selected(const std::string& ns,
                                                    const Labels& labels) const {
  std::vector<kube::ObjectPtr> out;
  auto visit = [&](const kube::ObjectPtr& pod) {
    if (labels_match(labels, pod->labels)) out.push_back(pod);
  };
  if (!labels.empty()) {  // of the label that the fewest have
    const std::vector<const kube::ObjectPtr*>* fewest = nullptr;
    for (const auto& [key, value] : labels) {
      const auto found = by_label_.find(ns + "\n" + key + "=" + value);
      if (found == by_label_.end()) return out;
      if (fewest == nullptr || found->second.size() < fewest->size()) fewest = &found->second;
    }
    for (const kube::ObjectPtr* pod : *fewest) visit(*pod);
    return out;
  }
  mesh_.each_cluster([&](const std::string&, const index::ClusterServices& cluster) {
    if (ns.empty()) {
      for (const auto& [key, pod] : cluster.pods) visit(pod);
    } else {
      for (const auto& [key, pod] : cluster.pods.in_namespace(ns)) visit(pod);
    }
  });
  return out;
}

std::vector<kube::ObjectPtr> Surroundings::selected_in(const index::ClusterServices& cluster,
                                                       const std::string& ns,
                                                       const Labels& labels) const {
  std::vector<kube::ObjectPtr> out = selected(ns, labels);
  if (homes_.empty()) return out;
  std::erase_if(out, [&](const kube::ObjectPtr& pod) { return homes_.at(pod.get()) != &cluster; });
  return out;
}

std::vector<kube::ObjectPtr> Surroundings::pods_of(const model::Service& service) const {
  if (homes_.empty() || service.registry != model::Registry::kKubernetes) {
    return selected(service.ns, service.selector);
  }
  std::vector<kube::ObjectPtr> out;
  mesh_.each_cluster([&](const std::string&, const index::ClusterServices& cluster) {
    const model::ServicePtr* own = cluster.find_service(service.hostname, service.ns);
    if (own == nullptr || (*own)->selector.empty()) return;
    for (kube::ObjectPtr& pod : selected_in(cluster, service.ns, (*own)->selector)) {
      out.push_back(std::move(pod));
    }
  });
  return out;
}

std::vector<model::ServicePtr> Surroundings::services_of(const kube::Object& pod) const {
  std::vector<model::ServicePtr> out;
  const auto home = homes_.find(&pod);
  for (const model::ServicePtr& each : services_in(pod.key.ns)) {
    model::ServicePtr service = each;
    if (home != homes_.end() && each->registry == model::Registry::kKubernetes) {
      const model::ServicePtr* own = home->second->find_service(each->hostname, each->ns);
      if (own == nullptr) continue;
      service = *own;
    }
    if (!service->selector.empty() && labels_match(service->selector, pod.labels)) {
      out.push_back(std::move(service));
    }
  }
  return out;
}

bool Surroundings::has_pods(const std::string& ns) const {
  bool any = false;
  mesh_.each_cluster([&](const std::string&, const index::ClusterServices& cluster) {
    const index::ObjectMap::Range range = cluster.pods.in_namespace(ns);
    any = any || (ns.empty() ? !cluster.pods.empty() : range.begin() != range.end());
  });
  return any;
}

bool Surroundings::selects_pod(const std::string& ns, const Labels& labels) const {
  return !selected(ns, labels).empty();
}

std::string Surroundings::missing_label(const std::string& ns, const Labels& labels) const {
  for (const auto& [key, value] : labels) {
    const std::string pair = key + "=" + value;
    if (!by_label_.contains(ns + "\n" + pair)) return "no pod has " + pair;
  }
  return "no pod has all of these labels";
}

std::string Surroundings::mend_labels(const std::string& ns, const Labels& labels) const {
  const Values& known = labels_of(ns);
  for (const auto& [key, value] : labels) {
    const auto found = known.find(key);
    if (found == known.end()) {
      std::set<std::string> keys;
      for (const auto& [each, values] : known) keys.insert(each);
      return mend_name(key, keys, "give pods the label " + key + "=" + value);
    }
    if (found->second.contains(value)) continue;
    const std::string near = near_text(value, found->second);
    return near.empty() ? "values of " + key + " are: " + some_of(found->second) : near;
  }
  return "select by labels that stand on one pod together";
}

}  // namespace mesh::traffic
