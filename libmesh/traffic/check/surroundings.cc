#include "libmesh/traffic/check/surroundings.h"

#include <algorithm>

#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/near.h"

namespace mesh::traffic {

Surroundings::Surroundings(const index::Mesh& mesh)
    : mesh_(mesh), namespaces_(mesh.namespaces.begin(), mesh.namespaces.end()) {
  for (const model::ServicePtr& service : *mesh.services) {
    hosts_.insert(service->hostname);
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
      }
    }
  });
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
  size_t best = SIZE_MAX;
  for (const std::string& each : known) {
    const size_t distance = schema::edit_distance(written, each);
    if (distance < best && schema::is_near(distance, written)) {
      best = distance;
      nearest = each;
    }
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
  std::set<std::string> starts;
  for (const std::string& known : hosts_) {
    if (known.ends_with(end)) starts.insert(known.substr(0, known.size() - end.size()));
  }
  std::string out = near_text(host.substr(0, host.size() - end.size()), starts);
  if (!out.empty()) return out.insert(out.rfind('"'), end);
  const std::string name(host.substr(0, host.find('.') + 1));
  for (const std::string& known : hosts_) {
    if (known.starts_with(name)) return "did you mean \"" + known + "\"?";
  }
  return {};
}

const std::vector<model::ServicePtr>& Surroundings::services_in(const std::string& ns) const {
  static const std::vector<model::ServicePtr> kNone;
  const auto found = mesh_.services_by_namespace->find(ns);
  return found == mesh_.services_by_namespace->end() ? kNone : found->second;
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
  std::set<std::string> pairs;
  for (const kube::ObjectPtr& pod : selected(ns, {})) {
    for (const auto& [key, value] : pod->labels) pairs.insert(key + "=" + value);
  }
  for (const auto& [key, value] : labels) {
    const std::string pair = key + "=" + value;
    if (pairs.contains(pair)) continue;
    return "no pod has " + pair;
  }
  return "no pod has all of these labels";
}

std::string Surroundings::mend_labels(const std::string& ns, const Labels& labels) const {
  std::set<std::string> keys;
  std::map<std::string, std::set<std::string>> values;
  for (const kube::ObjectPtr& pod : selected(ns, {})) {
    for (const auto& [key, value] : pod->labels) {
      keys.insert(key);
      if (labels.contains(key)) values[key].insert(value);
    }
  }
  for (const auto& [key, value] : labels) {
    const auto found = values.find(key);
    if (found == values.end()) {
      return mend_name(key, keys, "give pods the label " + key + "=" + value);
    }
    if (found->second.contains(value)) continue;
    const std::string near = near_text(value, found->second);
    return near.empty() ? "values of " + key + " are: " + some_of(found->second) : near;
  }
  return "select by labels that stand on one pod together";
}

}  // namespace mesh::traffic
