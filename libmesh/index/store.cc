#include "libmesh/index/store.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/read.h"
#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/index/registry/cluster_objects.h"
#include "libmesh/index/registry/clusters.h"
#include "libmesh/index/snapshot_impl.h"
#include "libmesh/index/tenants/tenant_builder.h"
#include "libmesh/kube/reader.h"
#include "libmesh/model/rule_names.h"

namespace mesh::index {

using kube::Kind;
using kube::ObjectKey;
using kube::ObjectPtr;

namespace {

// Of a store without an object that speaks of injection: the same for all of them.
InjectionRulesPtr common_injection_rules() {
  static const InjectionRulesPtr rules = make_injection_rules({}, {});
  return rules;
}

}  // namespace

struct Store::State {
  explicit State(StoreOptions given)
      : options(std::make_shared<const StoreOptions>(std::move(given))),
        builders(std::make_shared<MeshBuilders>(MeshBuilderOptions{
            options->cluster_id, options->cluster_domain, options->mesh_config})) {}

  // The empty id is the config cluster's as well.
  bool is_remote(std::string_view cluster) const {
    return !cluster.empty() && cluster != options->cluster_id;
  }
  const ObjectPtr* find(const ObjectKey& key, std::string_view cluster) const;
  void put(ObjectPtr object, Diagnostics found);
  void put_remote(const std::string& cluster, const ObjectPtr& object, Diagnostics found);
  bool remove(const ObjectKey& key);
  bool remove_remote(const std::string& cluster, const ObjectKey& key);
  void say_of_file(const std::string& file, Diagnostics said);
  void take_ahead(const ObjectKey& key, const ObjectPtr& now, bool first) const;
  std::set<std::string> update_tenants(const Objects& before);
  bool update_injection(const Objects& before);
  void update_remotes(const Objects& before, const std::set<std::string>& concerned);

  const std::shared_ptr<const StoreOptions> options;
  const std::shared_ptr<MeshBuilders> builders;
  ClusterObjects own;  // the config cluster's
  struct Remote : ClusterObjects {
    InjectionRulesPtr injection_rules = common_injection_rules();
  };
  std::map<std::string, Remote, std::less<>> remotes;
  Shared<DiagnosticsByObject> object_diagnostics;
  Shared<DiagnosticsByFile> file_diagnostics;
  std::set<std::string> existing;  // the namespaces of which tenants were told

  TenantBuilder tenants;
  InjectionRulesPtr injection_rules = common_injection_rules();
  std::shared_ptr<const SnapshotImpl> last;
  bool touched = true;
};

// ---- the user's objects ---------------------------------------------------------------------

// Services and endpoints are made of an object when it comes, not when somebody asks for the mesh,
// by the tenant that has the namespace as far as is known now. Only a matter of when: a mesh takes
// the difference to what is there in the end.
void Store::State::take_ahead(const ObjectKey& key, const ObjectPtr& now, bool first) const {
  const std::string& ns = key.kind == Kind::kNamespace ? key.name : key.ns;
  if (ns.empty()) return;
  model::TenantId owner;  // the implicit mesh
  if (tenants.tenants() != nullptr) {
    const Tenant* tenant = tenants.tenants()->of_namespace(ns);
    if (tenant == nullptr) return;
    owner = tenant->id;
  } else if (!own.objects.of(Kind::kServiceMeshControlPlane).empty()) {
    return;
  }
  builders->of(owner)->take(own.objects, key, now, first);
}

const ObjectPtr* Store::State::find(const ObjectKey& key, std::string_view cluster) const {
  if (!is_remote(cluster)) return own.objects.get(key);
  auto known = remotes.find(cluster);
  return known == remotes.end() ? nullptr : known->second.objects.get(key);
}

void Store::State::put(ObjectPtr object, Diagnostics found) {
  const ObjectKey key = object->key;
  auto said = object_diagnostics.find(key);
  bool spoken = said != object_diagnostics->end();
  if (spoken ? said->second != found : !found.empty()) {
    if (found.empty()) {
      object_diagnostics.edit().erase(key);
    } else {
      object_diagnostics.edit()[key] = std::move(found);
    }
    touched = true;
  }
  // The same content keeps the object: nothing that hangs on it is made anew.
  const ClusterObjects::Put put = own.put(object);
  if (!put.differs) return;
  touched = true;
  take_ahead(key, object, put.first);
  model::prepare_names(object, options->cluster_domain);
}

bool Store::State::remove(const ObjectKey& key) {
  if (!own.remove(key)) return false;
  if (object_diagnostics.count(key) != 0) object_diagnostics.edit().erase(key);
  touched = true;
  take_ahead(key, nullptr, false);
  return true;
}

// ---- those of remote clusters ---------------------------------------------------------------

namespace {

// Where the mistakes of an object of a remote cluster are kept.
std::string place_of(const std::string& cluster, const ObjectKey& key) {
  return cluster + "\n" + to_string(key);
}

Diagnostic ignored(const std::string& cluster, const kube::Object& object) {
  const document::Position& position = object.document.position;
  return {Severity::kInfo,
          Code::kNoEffect,
          to_string(object.key),
          "",
          "stands in cluster \"" + cluster + "\", and the mesh is configured in its config cluster",
          "give it with the objects of the config cluster if it is to count",
          object.file,
          position.line,
          position.column};
}

}  // namespace

void Store::State::put_remote(const std::string& cluster, const ObjectPtr& object,
                              Diagnostics found) {
  if (!counts_in_remote(object->key.kind)) found.push_back(ignored(cluster, *object));
  say_of_file(place_of(cluster, object->key), std::move(found));
  touched = remotes[cluster].put(object).differs || touched;
}

bool Store::State::remove_remote(const std::string& cluster, const ObjectKey& key) {
  auto known = remotes.find(cluster);
  if (known == remotes.end() || !known->second.remove(key)) return false;
  say_of_file(place_of(cluster, key), {});
  touched = true;
  return true;
}

bool is_cluster_id(std::string_view text) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && is_letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

Store::Store(StoreOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Store::~Store() = default;

const StoreOptions& Store::options() const { return *state_->options; }

Diagnostics Store::apply(std::string_view text, std::string_view file, std::string_view cluster) {
  Diagnostics rest;
  std::vector<kube::ReadObject> read;
  for (document::Document& document : document::read_any(text, file, rest)) {
    std::vector<kube::ReadObject> objects = kube::read_documents_objects(std::move(document), rest);
    read.insert(read.end(), std::make_move_iterator(objects.begin()),
                std::make_move_iterator(objects.end()));
  }
  Diagnostics out = rest;
  std::set<ObjectKey> seen;
  for (kube::ReadObject& one : read) {
    const ObjectKey& key = one.object->key;
    const ObjectPtr* old = state_->find(key, cluster);
    bool elsewhere = old != nullptr && !(*old)->synthesized && !file.empty() &&
                     !(*old)->file.empty() && (*old)->file != file;
    bool twice = !seen.insert(key).second;
    if (elsewhere || twice) {
      const document::Position& position = one.object->document.position;
      one.diagnostics.push_back(
          {Severity::kWarning, Code::kDuplicateObject, to_string(key), "metadata.name",
           elsewhere ? "the object is in " + (*old)->file + " as well"
                     : "the object is in the text twice",
           "the last one counts; keep one", std::string(file), position.line, position.column});
    }
    out.insert(out.end(), one.diagnostics.begin(), one.diagnostics.end());
    apply(std::move(one.object), std::move(one.diagnostics), cluster);
  }
  say_of_file(file, std::move(rest));
  sort_and_dedupe(out);
  return out;
}

void Store::apply(ObjectPtr object, Diagnostics diagnostics, std::string_view cluster) {
  if (object == nullptr) return;
  if (state_->is_remote(cluster)) {
    state_->put_remote(std::string(cluster), object, std::move(diagnostics));
  } else {
    state_->put(std::move(object), std::move(diagnostics));
  }
}

void Store::give_text(std::string_view url, std::string_view text) {
  const std::string key(url);
  const auto known = state_->own.objects.fetched_texts.find(key);
  const bool there = known != state_->own.objects.fetched_texts.end();
  if (there ? known->second == text : text.empty()) return;
  if (text.empty()) {
    state_->own.objects.fetched_texts.edit().erase(key);
  } else {
    state_->own.objects.fetched_texts.edit()[key] = text;
  }
  state_->touched = true;
}

bool Store::erase(const ObjectKey& key, std::string_view cluster) {
  return state_->is_remote(cluster) ? state_->remove_remote(std::string(cluster), key)
                                    : state_->remove(key);
}

void Store::say_of_file(std::string_view file, Diagnostics said) {
  state_->say_of_file(std::string(file), std::move(said));
}

void Store::State::say_of_file(const std::string& file, Diagnostics said) {
  auto known = file_diagnostics.find(file);
  bool spoken = known != file_diagnostics->end();
  if (spoken ? known->second == said : said.empty()) return;
  if (said.empty()) {
    file_diagnostics.edit().erase(file);
  } else {
    file_diagnostics.edit()[file] = std::move(said);
  }
  touched = true;
}

// ---- snapshots ------------------------------------------------------------------------------

// Namespaces of which injection may be decided differently now.
std::set<std::string> Store::State::update_tenants(const Objects& before) {
  static constexpr Kind kTenancy[] = {Kind::kNamespace, Kind::kServiceMeshControlPlane,
                                      Kind::kServiceMeshMemberRoll, Kind::kServiceMeshMember,
                                      Kind::kMeshOptions};
  const bool implicit = own.objects.of(Kind::kServiceMeshControlPlane).empty();
  std::set<std::string> moved = own.take_moved();
  // One mesh has everything, so what only a remote cluster has too; control planes have the namespaces of their own cluster.
  const std::set<std::string>* known = &own.namespaces();
  if (!remotes.empty() || !existing.empty()) {
    std::set<std::string> now = own.namespaces();
    for (const auto& [id, remote] : remotes) {
      if (implicit) now.insert(remote.namespaces().begin(), remote.namespaces().end());
    }
    std::set_symmetric_difference(now.begin(), now.end(), existing.begin(), existing.end(),
                                  std::inserter(moved, moved.end()));
    existing = std::move(now);
    known = &existing;
  }
  bool changed = !moved.empty() || tenants.tenants() == nullptr;
  for (Kind kind : kTenancy) changed = changed || !before.same(kind, own.objects);
  if (!changed) return {};
  std::set<std::string> differing = tenants.update(own.objects, *known, moved);
  if (!before.same(Kind::kServiceMeshControlPlane, own.objects)) {
    builders->keep_only(*tenants.tenants());
  }
  // What was made up in a namespace goes with it.
  differing.merge(moved);
  return differing;
}

// True when other injectors are there now.
bool Store::State::update_injection(const Objects& before) {
  bool changed = false;
  for (Kind kind : {Kind::kMutatingWebhookConfiguration, Kind::kConfigMap}) {
    if (changed || before.same(kind, own.objects)) continue;
    ObjectMap::difference(before.of(kind), own.objects.of(kind),
                          [&](const ObjectPtr& old, const ObjectPtr& now) {
                            changed = changed || matters_for_injection(old, now);
                          });
  }
  if (!changed) return false;
  injection_rules = make_injection_rules(own.objects.of(Kind::kMutatingWebhookConfiguration),
                                         own.objects.of(Kind::kConfigMap));
  return true;
}

// What is made up in a remote cluster, by its own injectors; then what is there goes into the store's objects.
void Store::State::update_remotes(const Objects& before, const std::set<std::string>& concerned) {
  static const Objects kNone;
  for (auto at = remotes.begin(); at != remotes.end();) {
    Remote& remote = at->second;
    auto known = before.remotes().find(at->first);
    const Objects& last = known == before.remotes().end() ? kNone : known->second;
    std::set<std::string> all = remote.take_moved();
    all.insert(concerned.begin(), concerned.end());
    for (Kind kind : {Kind::kMutatingWebhookConfiguration, Kind::kConfigMap}) {
      if (last.same(kind, remote.objects)) continue;
      remote.injection_rules =
          make_injection_rules(remote.objects.of(Kind::kMutatingWebhookConfiguration),
                               remote.objects.of(Kind::kConfigMap));
      all.insert(remote.namespaces().begin(), remote.namespaces().end());
    }
    if (options->synthesize) {
      remote.update_synthesis(last, std::move(all), *tenants.tenants(), *remote.injection_rules);
    }
    if (last.differs(remote.objects)) own.objects.set_remote(at->first, remote.objects);
    at = remote.objects.has_any() ? std::next(at) : remotes.erase(at);
  }
}

SnapshotPtr Store::snapshot() {
  State& state = *state_;
  if (!state.touched && state.last != nullptr) return state.last;
  Objects before = state.last == nullptr ? Objects() : state.last->all_objects();
  std::set<std::string> concerned = state.update_tenants(before);
  if (!state.remotes.empty()) state.update_remotes(before, concerned);
  if (state.update_injection(before)) concerned = state.own.namespaces();
  if (state.options->synthesize) {
    state.own.update_synthesis(before, std::move(concerned), *state.tenants.tenants(),
                               *state.injection_rules);
  }

  bool changed = before.differs(state.own.objects);
  state.touched = false;
  bool diagnosed = state.last != nullptr &&
                   !state.last->says_the_same(state.object_diagnostics, state.file_diagnostics);
  if (state.last != nullptr && !changed && !diagnosed) return state.last;
  bool empty = state.last == nullptr && !changed && state.file_diagnostics.empty();
  uint64_t revision = empty ? 0 : (state.last == nullptr ? 0 : state.last->revision()) + 1;
  state.last = std::make_shared<SnapshotImpl>(
      revision, state.options, std::move(before), state.own.objects, state.tenants.tenants(),
      state.injection_rules, state.builders, state.object_diagnostics, state.file_diagnostics);
  return state.last;
}

void copy_remotes(const Snapshot& from, Store& to) {
  for (const auto& [cluster, objects] : from.remotes()) {
    for (int i = 0; i < kube::kKindCount; ++i) {
      for (const auto& [key, object] : objects.of(static_cast<Kind>(i))) {
        if (!object->synthesized) to.apply(object, {}, cluster);
      }
    }
  }
}

}  // namespace mesh::index
