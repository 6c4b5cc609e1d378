#include "libmesh/injection/injector.h"

#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <tuple>
#include <utility>

#include "libmesh/injection/tenant_settings.h"

namespace mesh::injection {
namespace {

using document::Value;
using index::InjectionVerdict;
using index::Tenant;
using kube::Kind;
using kube::ObjectPtr;

// Tenant, namespace of the control plane, revision; looked up by views.
using Key = std::tuple<std::string, std::string, std::string>;
using KeyView = std::tuple<std::string_view, std::string_view, std::string_view>;
struct KeyOrder {
  using is_transparent = void;
  static KeyView view(const Key& key) {
    return {std::get<0>(key), std::get<1>(key), std::get<2>(key)};
  }
  static KeyView view(const KeyView& key) { return key; }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return view(a) < view(b);
  }
};

// What was read of one control plane. Immutable.
struct Read {
  SettingsInputs inputs;
  Result<SettingsPtr> settings;
  Diagnostics diagnostics;
};
using ReadPtr = std::shared_ptr<const Read>;

struct Facts {
  ObjectPtr object;
  std::shared_ptr<const NamespaceFacts> facts;
};

bool same_options(const Options& a, const Options& b) {
  return a.native_sidecars == b.native_sidecars && a.kubelet_versions == b.kubelet_versions &&
         a.compliance_policy == b.compliance_policy && a.openshift == b.openshift &&
         a.proxy_env == b.proxy_env;
}

// Istio's own control planes are no tenants of the index unless nothing else is there.
Tenant istio_tenant(std::string ns) {
  Tenant out;
  out.ns = std::move(ns);
  out.implicit = true;
  return out;
}

// Where the input has Istio's control plane of a revision; else the root namespace of the mesh.
std::string istio_namespace(const index::Snapshot& snapshot, std::string_view revision) {
  if (revision.empty()) revision = "default";
  for (const index::InjectorPlane& plane : snapshot.injection_rules().planes) {
    if (plane.revision == revision && !plane.ns.empty()) return plane.ns;
  }
  const Tenant* implicit = snapshot.tenants().find(model::TenantId());
  return implicit == nullptr ? "istio-system" : snapshot.mesh(implicit->id)->root_namespace;
}

std::string_view namespace_of(const Value& pod, std::string_view otherwise) {
  const Value* metadata = pod.find("metadata");
  const std::string_view own =
      metadata == nullptr ? std::string_view() : metadata->string_at("namespace");
  return own.empty() ? otherwise : own;
}

}  // namespace

// Filled while the Injector is asked, which no answer depends on.
struct Injector::Cache {
  mutable std::shared_mutex mutex;                       // guards all below
  std::map<Key, ReadPtr, KeyOrder> reads;                // of this snapshot
  std::map<Key, ReadPtr, KeyOrder> lent;                 // of the one before
  std::map<std::string, Facts, std::less<>> namespaces;  // of this snapshot
  std::map<std::string, Facts, std::less<>> lent_facts;  // of the one before

  ReadPtr find(const KeyView& key) const {
    std::shared_lock lock(mutex);
    auto found = reads.find(key);
    return found == reads.end() ? nullptr : found->second;
  }
  ReadPtr find_lent(const KeyView& key) const {
    std::shared_lock lock(mutex);
    auto found = lent.find(key);
    return found == lent.end() ? nullptr : found->second;
  }
};

Injector::Injector(index::SnapshotPtr snapshot, Options options, Caller caller,
                   std::shared_ptr<Cache> cache)
    : snapshot_(std::move(snapshot)),
      options_(with_nodes(std::move(options), *snapshot_)),
      caller_(caller),
      cache_(std::move(cache)) {}

Injector::~Injector() = default;

InjectorPtr Injector::make(index::SnapshotPtr snapshot, Options options,
                           const InjectorPtr& previous, Caller caller) {
  std::shared_ptr<Injector> out(
      new Injector(std::move(snapshot), std::move(options), caller, std::make_shared<Cache>()));
  if (previous != nullptr && same_options(out->options_, previous->options_)) {
    std::shared_lock lock(previous->cache_->mutex);
    out->cache_->lent = previous->cache_->lent;
    for (const auto& [key, read] : previous->cache_->reads) out->cache_->lent[key] = read;
    out->cache_->lent_facts = previous->cache_->namespaces;
  }
  return out;
}

InjectorPtr Injector::asked_by(Caller caller) const {
  return InjectorPtr(new Injector(snapshot_, options_, caller, cache_));
}

// ---- settings -------------------------------------------------------------------------------

Result<SettingsPtr> Injector::settings(const model::TenantId& tenant, std::string_view ns,
                                       std::string_view revision) const {
  const KeyView view{tenant.value, ns, revision};
  if (ReadPtr read = cache_->find(view)) return read->settings;

  const Tenant* known = tenant.value.empty() ? nullptr : snapshot_->tenants().find(tenant);
  if (!tenant.value.empty() && known == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no control plane " + tenant.value};
  }
  std::optional<Tenant> istio;
  if (known == nullptr) {
    istio = istio_tenant(ns.empty() ? istio_namespace(*snapshot_, revision) : std::string(ns));
    known = &*istio;
  }
  SettingsInputs inputs = settings_inputs(*snapshot_, *known, revision);
  ReadPtr read = cache_->find_lent(view);
  if (read == nullptr || !(read->inputs == inputs)) {
    Diagnostics found;
    Result<SettingsPtr> settings = read_settings(inputs, options_, found);
    read = std::make_shared<const Read>(
        Read{std::move(inputs), std::move(settings), std::move(found)});
  }
  std::unique_lock lock(cache_->mutex);
  Key key{tenant.value, std::string(ns), std::string(revision)};
  // Whoever was first: all get the same.
  return cache_->reads.emplace(std::move(key), std::move(read)).first->second->settings;
}

std::shared_ptr<const NamespaceFacts> Injector::namespace_facts(std::string_view ns) const {
  {
    std::shared_lock lock(cache_->mutex);
    if (auto found = cache_->namespaces.find(ns); found != cache_->namespaces.end()) {
      return found->second.facts;
    }
  }
  std::string name(ns);
  ObjectPtr object = snapshot_->find({Kind::kNamespace, "", name});
  if (object == nullptr) return nullptr;
  std::unique_lock lock(cache_->mutex);
  Facts facts{object, nullptr};
  auto lent = cache_->lent_facts.find(ns);
  if (lent != cache_->lent_facts.end() && lent->second.object == object) {
    facts = lent->second;
  } else {
    facts.facts =
        std::make_shared<const NamespaceFacts>(NamespaceFacts{object->labels, object->annotations});
  }
  return cache_->namespaces.emplace(std::move(name), std::move(facts)).first->second.facts;
}

void Injector::read_ahead() const {
  const auto read = [this](const Tenant& tenant, std::string_view ns, std::string_view revision) {
    const SettingsInputs inputs = settings_inputs(*snapshot_, tenant, revision);
    if (inputs.injector == nullptr && inputs.mesh == nullptr) return;
    (void)settings(tenant.id, ns, revision);
  };
  for (const index::InjectorPlane& plane : snapshot_->injection_rules().planes) {
    const std::string revision = plane.revision.empty() ? "default" : plane.revision;
    const std::string ns = plane.ns.empty() ? istio_namespace(*snapshot_, revision) : plane.ns;
    read(istio_tenant(ns), plane.ns, revision);
  }
  for (const Tenant& tenant : snapshot_->tenants().list) {
    if (tenant.control_plane != nullptr) read(tenant, tenant.ns, tenant.name);
  }
}

Diagnostics Injector::diagnostics() const {
  Diagnostics out;
  {
    std::shared_lock lock(cache_->mutex);
    for (const auto& [key, read] : cache_->reads) {
      out.insert(out.end(), read->diagnostics.begin(), read->diagnostics.end());
    }
  }
  sort_and_dedupe(out);
  return out;
}

// ---- the decision ---------------------------------------------------------------------------

bool Injector::is_to_inject(const InjectionVerdict& verdict) const {
  switch (verdict.answer) {
    case Answer::kYes:
      return true;
    case Answer::kUnknown:
      return caller_ == Caller::kApiServer || verdict.presumed;
    case Answer::kNo:
      return false;
  }
  return false;
}

Decision Injector::decide(const Value& pod, std::string_view ns, std::string_view object) const {
  return injection::decide(*snapshot_, subject_of(pod, namespace_of(pod, ns), object));
}

Choice Injector::choose(const Value& pod, std::string_view ns) const {
  const std::string_view where = namespace_of(pod, ns);
  const Subject subject = subject_of(pod, where, "the pod");
  const InjectionVerdict verdict =
      index::decide_injection(place_of(*snapshot_, where), subject, nullptr);
  Choice out;
  const bool injects = is_to_inject(verdict);
  if (!injects || verdict.said_nothing) {
    const Decision told = injection::decide(*snapshot_, subject);
    if (!injects) out.because = told.text();
    for (const Diagnostic& found : told.diagnostics) {
      out.warnings.push_back(found.field + ": " + found.message);
    }
  }
  if (!injects) return out;
  Result<SettingsPtr> found =
      settings(verdict.decided.tenant, verdict.decided.ns, verdict.decided.revision);
  if (!found) {
    out.fault = "the settings of the control plane cannot be read: " + found.error().message;
    return out;
  }
  out.settings = std::move(*found);
  out.ns_facts = namespace_facts(where);
  return out;
}

}  // namespace mesh::injection
