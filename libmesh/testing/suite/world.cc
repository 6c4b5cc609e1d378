#include "libmesh/testing/suite/world.h"

#include <map>

#include "libmesh/document/json.h"
#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/testing/suite/tagged.h"

namespace mesh::testing {

using document::Value;

Result<index::PodName> workload_name(std::string_view text) {
  if (auto name = index::pod_name_of(text)) return *std::move(name);
  return Error{ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is not NAMESPACE/NAME"};
}

World::World(index::SnapshotPtr snapshot, bool details)
    : snapshot_(std::move(snapshot)), details_(details) {}
World::~World() = default;

const injection::Injector& World::injector() {
  if (injector_ == nullptr) injector_ = injection::Injector::make(snapshot_, {});
  return *injector_;
}

const xds::Generator& World::generator() {
  if (generator_ == nullptr) {
    generator_ = std::make_unique<xds::Generator>();
    generator_->update(snapshot_);
  }
  return *generator_;
}

const std::vector<model::Proxy>& World::proxies() {
  if (!proxies_) proxies_ = index::proxies(*snapshot_);
  return *proxies_;
}

const Travel& World::travel() {
  if (travel_ == nullptr) travel_ = std::make_unique<Travel>(generator(), proxies(), walker_);
  return *travel_;
}

World& World::tagged_world() {
  if (tagged_ == nullptr) tagged_ = std::make_unique<World>(tagged(*snapshot_));
  return *tagged_;
}

std::vector<Reason> World::rules_of_host(const model::TenantId& tenant, const std::string& host,
                                         const std::string& subset) {
  std::vector<Reason> out;
  const auto mesh = snapshot_->mesh(tenant);
  if (mesh == nullptr || host.empty()) return out;
  for (const index::DestinationRule& config : *mesh->destination_rules) {
    const auto spec = model::with_full_names(config.object, *config.spec, mesh->cluster_domain);
    if (!model::host_subset_of(host, spec->host)) continue;
    const std::string object = kube::to_string(config.object->key);
    out.push_back({object, "", "is for host " + host});
    for (size_t i = 0; i < spec->subsets.size(); ++i) {
      if (subset.empty() || spec->subsets[i].name != subset) continue;
      out.push_back({object, "spec.subsets[" + std::to_string(i) + "]", "is the subset " + subset});
    }
  }
  return out;
}

const traffic::PeerAuthenticationIndex* World::peer_authentications(const model::TenantId& tenant) {
  const auto known = peer_authentications_.find(tenant);
  if (known != peer_authentications_.end()) return &known->second;
  const auto mesh = snapshot_->mesh(tenant);
  return mesh == nullptr ? nullptr
                         : &peer_authentications_.try_emplace(tenant, *mesh).first->second;
}

const tenancy::Network& World::network(bool planned) {
  auto& out = networks_[planned ? 1 : 0];
  if (out == nullptr) {
    out = planned ? std::make_unique<tenancy::Network>(snapshot_, plan("").objects)
                  : std::make_unique<tenancy::Network>(snapshot_);
  }
  return *out;
}

namespace {

// What the name has behind "workload-": what controllers append, and nothing else. Deployments append a template's hash
// and five characters, ReplicaSets and DaemonSets five characters, StatefulSets a number.
bool is_suffix_of_controllers(std::string_view rest) {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";  // rand.SafeEncodeString
  auto is_random = [&](std::string_view part) {
    return part.find_first_not_of(kLetters) == std::string_view::npos;
  };
  const bool ordinal =
      !rest.empty() && rest.find_first_not_of("0123456789") == std::string_view::npos;
  const size_t dash = rest.find('-');
  if (dash == std::string_view::npos) return ordinal || (rest.size() == 5 && is_random(rest));
  const std::string_view hash = rest.substr(0, dash);
  return !hash.empty() && hash.size() <= 10 && is_random(hash) && rest.size() - dash == 6 &&
         is_random(rest.substr(dash + 1));
}

const Value* controller_of(const kube::Object& object) {
  const Value* metadata = object.document.find("metadata");
  const Value* owners = metadata == nullptr ? nullptr : metadata->find("ownerReferences");
  if (owners == nullptr || !owners->is_list()) return nullptr;
  for (const Value& owner : *owners->if_list()) {
    const Value* controls = owner.find("controller");
    if (controls != nullptr && controls->if_bool() != nullptr && *controls->if_bool())
      return &owner;
  }
  return nullptr;
}

// "Deployment cart": of which workload the pod is, when it has that name. A ReplicaSet's is asked for its own owner; one
// that is not there is known by the hash in its name. Empty: of another.
std::string workload_of(const kube::Object& pod, std::string_view name) {
  const std::string start = std::string(name) + "-";
  const Value* owner = controller_of(pod);
  if (owner == nullptr) {
    const std::string_view id = pod.key.name;
    const bool fits = id.starts_with(start) && is_suffix_of_controllers(id.substr(start.size()));
    return fits ? "pods " + start + "*" : "";
  }
  const std::string_view kind = owner->string_at("kind");
  const std::string_view owner_name = owner->string_at("name");
  if (owner_name == name) return std::string(kind) + " " + std::string(name);
  const bool of_deployment = kind == "ReplicaSet" && owner_name.starts_with(start) &&
                             owner_name.find('-', start.size()) == std::string_view::npos;
  return of_deployment ? "Deployment " + std::string(name) : "";
}

}  // namespace

// kNotFound: the cluster has no such pod.
Result<kube::ObjectPtr> World::pod_of_cluster(const index::PodName& name,
                                              std::string_view cluster) {
  if (auto found = index::pod_in(*snapshot_, cluster, name)) return found;
  struct Candidate {
    kube::ObjectPtr pod;
    bool has_proxy = false;
  };
  std::map<std::string, Candidate> owners;
  const auto remote = snapshot_->remotes().find(std::string(cluster));
  const index::ObjectMap& pods = remote == snapshot_->remotes().end()
                                     ? snapshot_->objects(kube::Kind::kPod)
                                     : remote->second.of(kube::Kind::kPod);
  for (const auto& [key, pod] : pods.in_namespace(name.ns)) {
    const std::string owner = workload_of(*pod, name.name);
    if (owner.empty()) continue;
    Candidate& known_one = owners[owner];
    if (known_one.has_proxy) continue;
    const bool has_proxy = index::proxy_of_pod(*snapshot_, key.ns, key.name, cluster).ok();
    if (known_one.pod == nullptr || has_proxy) known_one = {pod, has_proxy};
  }
  if (owners.empty()) {
    return Error{ErrorCode::kNotFound, "there is no Pod " + to_string(name)};
  }
  if (owners.size() == 1) return owners.begin()->second.pod;
  std::string all;
  for (const auto& [owner, each] : owners) all += (all.empty() ? "" : ", ") + owner;
  return Error{ErrorCode::kInvalidArgument,
               "\"" + to_string(name) + "\" is each of " + all + ": name one of their pods"};
}

Result<kube::ObjectPtr> World::pod(std::string_view workload) {
  const auto name = workload_name(workload);
  if (!name) return name.error();
  const auto cluster = index::cluster_meant(*snapshot_, *name, [&](std::string_view each) {
    const auto found = pod_of_cluster(*name, each);
    return found.ok() || found.error().code != ErrorCode::kNotFound;
  });
  if (!cluster) return cluster.error();
  return pod_of_cluster(*name, *cluster);
}

Result<model::Proxy> World::proxy(std::string_view workload) {
  if (const auto known = found_.find(workload); known != found_.end()) return known->second;
  const auto pod_found = pod(workload);
  if (!pod_found) return pod_found.error();
  const kube::ObjectKey& key = (*pod_found)->key;
  auto found =
      index::proxy_of_pod(*snapshot_, key.ns, key.name, index::cluster_of(*snapshot_, **pod_found));
  if (found) found_.emplace(std::string(workload), *found);
  return found;
}

Result<xds::ProxyConfigPtr> World::config(const model::Proxy& proxy) {
  auto config = generator().config(proxy);
  if (config != nullptr) return config;
  return Error{ErrorCode::kNotFound,
               "proxy " + proxy.id + ": its mesh \"" + proxy.tenant.value + "\" is not there"};
}

Result<const document::Value*> World::document_of(const xds::ResourcePtr& resource,
                                                  xds::Type type) {
  Printed& printed = documents_[resource.get()];
  if (printed.resource != nullptr) return &printed.document;
  std::string_view message = xds::type_url(type);
  message.remove_prefix(message.find('/') + 1);
  const auto text = schema::to_json(message, resource->value());
  if (!text) return text.error().at(resource->name);
  Diagnostics none;
  document::Limits limits;
  auto read = document::read_json(*text, "", none, limits);
  if (!read) return read.error().at(resource->name);
  printed = {resource, *std::move(read)};
  return &printed.document;
}

const World::Planned& World::planned_for(const std::string& tenant) {
  const auto known = plans_.find(tenant);
  if (known != plans_.end()) return known->second;
  Planned& out = plans_[tenant];
  tenancy::PlanOptions options;
  options.tenant.value = tenant;
  out.plan = tenancy::plan(*snapshot_, options);
  for (size_t i = 0; i < out.plan.objects.size(); ++i) out.objects[out.plan.objects[i].key] = i;
  for (size_t i = 0; i < out.plan.steps.size(); ++i) {
    out.steps[out.plan.object_of(out.plan.steps[i]).key] = i;
  }
  return out;
}

const tenancy::Plan& World::plan(const std::string& tenant) { return planned_for(tenant).plan; }

const tenancy::PlannedObject* World::planned(const std::string& tenant,
                                             const kube::ObjectKey& key) {
  const Planned& all = planned_for(tenant);
  const auto found = all.objects.find(key);
  return found == all.objects.end() ? nullptr : &all.plan.objects[found->second];
}

const tenancy::Step* World::step(const std::string& tenant, const kube::ObjectKey& key) {
  const Planned& all = planned_for(tenant);
  const auto found = all.steps.find(key);
  return found == all.steps.end() ? nullptr : &all.plan.steps[found->second];
}

}  // namespace mesh::testing
