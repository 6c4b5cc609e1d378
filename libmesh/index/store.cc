#include "libmesh/index/store.h"

#include <optional>
#include <set>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/read.h"
#include "libmesh/index/injection_rule.h"
#include "libmesh/index/snapshot_impl.h"
#include "libmesh/index/synthesis.h"
#include "libmesh/index/tenant_builder.h"
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

  void put(ObjectPtr object, Diagnostics found);
  bool remove(const ObjectKey& key);
  bool count_namespace(const ObjectKey& key, bool more);
  void take_ahead(const ObjectKey& key, const ObjectPtr& now, bool first) const;
  std::set<std::string> update_tenants(const Objects& before);
  bool update_injection(const Objects& before);
  void update_synthesis(const Objects& before, std::set<std::string> concerned);
  void synthesize_namespace(const std::string& ns);

  const std::shared_ptr<const StoreOptions> options;
  const std::shared_ptr<MeshBuilders> builders;
  Objects objects;  // the user's and, after update_synthesis, the made-up ones
  Shared<DiagnosticsByObject> object_diagnostics;
  Shared<DiagnosticsByFile> file_diagnostics;
  std::map<std::string, size_t> namespace_objects;  // how many of the user's speak of the namespace
  std::set<std::string> namespaces;                 // the keys of that
  std::set<std::string> moved;                      // came into it or went since the last snapshot
  std::map<std::string, std::vector<ObjectKey>> synthesized;  // by namespace

  TenantBuilder tenants;
  InjectionRulesPtr injection_rules = common_injection_rules();
  std::shared_ptr<const SnapshotImpl> last;
  bool touched = true;
};

// ---- the user's objects ---------------------------------------------------------------------

// True when the namespace came with this object.
bool Store::State::count_namespace(const ObjectKey& key, bool more) {
  std::string ns = key.kind == Kind::kNamespace ? key.name : key.ns;
  if (ns.empty()) return false;
  size_t& count = namespace_objects[ns];
  count += more ? 1 : static_cast<size_t>(-1);
  const bool first = more && count == 1;
  if (!first && count != 0) return false;
  moved.insert(ns);
  if (first) {
    namespaces.insert(ns);
  } else {
    namespace_objects.erase(ns);
    namespaces.erase(ns);
  }
  return first;
}

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
  } else if (!objects.of(Kind::kServiceMeshControlPlane).empty()) {
    return;
  }
  builders->of(owner)->take(objects, key, now, first);
}

void Store::State::put(ObjectPtr object, Diagnostics found) {
  const ObjectKey key = object->key;
  const ObjectPtr* old = objects.get(key);
  bool known = old != nullptr && !(*old)->synthesized;
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
  if (known && (*old)->document == object->document && (*old)->file == object->file) return;
  objects.edit(key.kind).set(object);
  touched = true;
  bool first = !known && count_namespace(key, true);
  take_ahead(key, object, first);
  model::prepare_names(object, options->cluster_domain);
}

bool Store::State::remove(const ObjectKey& key) {
  const ObjectPtr* old = objects.get(key);
  if (old == nullptr || (*old)->synthesized) return false;
  objects.edit(key.kind).erase(key);
  if (object_diagnostics.count(key) != 0) object_diagnostics.edit().erase(key);
  count_namespace(key, false);
  touched = true;
  take_ahead(key, nullptr, false);
  return true;
}

Store::Store(StoreOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Store::~Store() = default;

Diagnostics Store::apply(std::string_view text, std::string_view file) {
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
    const ObjectPtr* old = state_->objects.get(key);
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
    state_->put(std::move(one.object), std::move(one.diagnostics));
  }
  say_of_file(file, std::move(rest));
  sort_and_dedupe(out);
  return out;
}

void Store::apply(ObjectPtr object, Diagnostics diagnostics) {
  if (object != nullptr) state_->put(std::move(object), std::move(diagnostics));
}

void Store::give_text(std::string_view url, std::string_view text) {
  const std::string key(url);
  const auto known = state_->objects.fetched_texts.find(key);
  const bool there = known != state_->objects.fetched_texts.end();
  if (there ? known->second == text : text.empty()) return;
  if (text.empty()) {
    state_->objects.fetched_texts.edit().erase(key);
  } else {
    state_->objects.fetched_texts.edit()[key] = text;
  }
  state_->touched = true;
}

bool Store::erase(const ObjectKey& key) { return state_->remove(key); }

void Store::say_of_file(std::string_view file, Diagnostics said) {
  auto known = state_->file_diagnostics.find(std::string(file));
  bool spoken = known != state_->file_diagnostics->end();
  if (spoken ? known->second == said : said.empty()) return;
  if (said.empty()) {
    state_->file_diagnostics.edit().erase(std::string(file));
  } else {
    state_->file_diagnostics.edit()[std::string(file)] = std::move(said);
  }
  state_->touched = true;
}

// ---- snapshots ------------------------------------------------------------------------------

// Namespaces of which injection may be decided differently now.
std::set<std::string> Store::State::update_tenants(const Objects& before) {
  static constexpr Kind kTenancy[] = {Kind::kNamespace, Kind::kServiceMeshControlPlane,
                                      Kind::kServiceMeshMemberRoll, Kind::kServiceMeshMember,
                                      Kind::kMeshOptions};
  bool changed = !moved.empty() || tenants.tenants() == nullptr;
  for (Kind kind : kTenancy) changed = changed || !before.same(kind, objects);
  if (!changed) return {};
  std::set<std::string> differing = tenants.update(objects, namespaces, moved);
  if (!before.same(Kind::kServiceMeshControlPlane, objects)) {
    builders->keep_only(*tenants.tenants());
  }
  // What was made up in a namespace goes with it.
  differing.merge(moved);
  moved.clear();
  return differing;
}

// True when other injectors are there now.
bool Store::State::update_injection(const Objects& before) {
  bool changed = false;
  for (Kind kind : {Kind::kMutatingWebhookConfiguration, Kind::kConfigMap}) {
    if (changed || before.same(kind, objects)) continue;
    ObjectMap::difference(before.of(kind), objects.of(kind),
                          [&](const ObjectPtr& old, const ObjectPtr& now) {
                            changed = changed || matters_for_injection(old, now);
                          });
  }
  if (!changed) return false;
  injection_rules = make_injection_rules(objects.of(Kind::kMutatingWebhookConfiguration),
                                         objects.of(Kind::kConfigMap));
  return true;
}

void Store::State::synthesize_namespace(const std::string& ns) {
  std::vector<ObjectPtr> made = synthesize(ns, objects, *tenants.tenants(), *injection_rules);
  std::vector<ObjectKey>& keys = synthesized[ns];
  std::set<ObjectKey> wanted;
  for (const ObjectPtr& object : made) wanted.insert(object->key);
  for (const ObjectKey& key : keys) {
    const ObjectPtr* old = objects.get(key);
    if (old != nullptr && (*old)->synthesized && !wanted.contains(key)) {
      objects.edit(key.kind).erase(key);
    }
  }
  keys.assign(wanted.begin(), wanted.end());
  for (ObjectPtr& object : made) {
    const ObjectPtr* old = objects.get(object->key);
    if (old != nullptr && (*old)->document == object->document) continue;
    Kind kind = object->key.kind;
    objects.edit(kind).set(std::move(object));
  }
  if (keys.empty()) synthesized.erase(ns);
}

void Store::State::update_synthesis(const Objects& before, std::set<std::string> concerned) {
  if (!options->synthesize) return;
  const std::string* last = nullptr;  // most are of the same one as the one before
  for (int i = 0; i < kube::kKindCount; ++i) {
    auto kind = static_cast<Kind>(i);
    if (!matters_for_synthesis(kind) || before.same(kind, objects)) continue;
    ObjectMap::difference(before.of(kind), objects.of(kind),
                          [&](const ObjectPtr& old, const ObjectPtr& now) {
                            if (!matters_for_synthesis(old, now)) return;
                            const ObjectKey& key = old == nullptr ? now->key : old->key;
                            const std::string& ns = kind == Kind::kNamespace ? key.name : key.ns;
                            if (last == nullptr || *last != ns) last = &*concerned.insert(ns).first;
                          });
  }
  for (const std::string& ns : concerned) synthesize_namespace(ns);
}

SnapshotPtr Store::snapshot() {
  State& state = *state_;
  if (!state.touched && state.last != nullptr) return state.last;
  Objects before = state.last == nullptr ? Objects() : state.last->all_objects();
  std::set<std::string> concerned = state.update_tenants(before);
  if (state.update_injection(before)) concerned = state.namespaces;
  state.update_synthesis(before, std::move(concerned));

  bool changed = before.differs(state.objects);
  state.touched = false;
  bool diagnosed = state.last != nullptr &&
                   !state.last->says_the_same(state.object_diagnostics, state.file_diagnostics);
  if (state.last != nullptr && !changed && !diagnosed) return state.last;
  bool empty = state.last == nullptr && !changed && state.file_diagnostics.empty();
  uint64_t revision = empty ? 0 : (state.last == nullptr ? 0 : state.last->revision()) + 1;
  state.last = std::make_shared<SnapshotImpl>(
      revision, state.options, std::move(before), state.objects, state.tenants.tenants(),
      state.injection_rules, state.builders, state.object_diagnostics, state.file_diagnostics);
  return state.last;
}

}  // namespace mesh::index
