#include "libmesh/testing/suite/world.h"

#include "libmesh/document/json.h"
#include "libmesh/index/proxies.h"
#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/testing/suite/tagged.h"

namespace mesh::testing {

Result<WorkloadName> workload_name(std::string_view text) {
  const size_t slash = text.find('/');
  const bool good = slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
                    text.find('/', slash + 1) == std::string_view::npos;
  if (good)
    return WorkloadName{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
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

const tenancy::Network& World::network(bool planned) {
  auto& out = networks_[planned ? 1 : 0];
  if (out == nullptr) {
    out = planned ? std::make_unique<tenancy::Network>(snapshot_, plan("").objects)
                  : std::make_unique<tenancy::Network>(snapshot_);
  }
  return *out;
}

// A workload's pods have its name with a suffix ("cart-v1-7d9f-x2x"), and a synthesized pod one of its own.
Result<model::Proxy> World::proxy(std::string_view workload) {
  if (const auto known = found_.find(workload); known != found_.end()) return known->second;
  auto name = workload_name(workload);
  if (!name) return name.error();
  auto found = index::proxy_of_pod(*snapshot_, name->ns, name->name);
  if (!found) {
    const std::string start = name->name + "-";
    for (const model::Proxy& each : proxies()) {
      if (each.ns != name->ns || !each.id.starts_with(start)) continue;
      found = each;
      break;
    }
  }
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
