#include "libmesh/xds/explain/explain.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "libmesh/schema/near.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/xds/check/check.h"
#include "libmesh/xds/explain/causes.h"
#include "libmesh/xds/explain/subject.h"

namespace mesh::xds {
namespace {

using document::Value;
using kube::Kind;
using kube::ObjectPtr;

constexpr size_t kBudget = 20000;     // configurations tried for one question
constexpr size_t kShownChanges = 20;  // of one resource
constexpr Type kTypes[] = {Type::kCluster, Type::kEndpoint,  Type::kListener, Type::kRoute,
                           Type::kSecret,  Type::kExtension, Type::kNameTable};

Effect effect_of(const std::optional<Value>& with, const std::optional<Value>& without) {
  Effect out;
  if (!with || !without) {
    out.kind = !without ? Effect::Kind::kMakes : Effect::Kind::kPrevents;
    return out;
  }
  out.changes = changes(*with, *without);
  if (out.changes.size() > kShownChanges) {
    out.more = out.changes.size() - kShownChanges;
    out.changes.resize(kShownChanges);
  }
  return out;
}

// A patch may write a message anew that says what it said: other bytes, and nothing to tell.
bool says_the_same(const Effect& effect) {
  return effect.kind == Effect::Kind::kShapes && effect.changes.empty();
}

// A resource, or a part of one, as it is and as it stands in a WhatIf.
class Subject {
 public:
  Subject(WhatIf& what_if, const ProxyConfig& config, Type type, const SubjectName& named)
      : what_if_(what_if), type_(type), named_(named), resource_(config.find(type, named.name)) {
    value_ = resource_value(resource_, type_);
    for_cluster_ = type == Type::kEndpoint && config.find(Type::kCluster, named.name) != nullptr;
  }

  bool is_same() {
    const ResourcePtr now = present();
    if (now == nullptr || same_message(now, resource_)) return now != nullptr;
    return says_the_same(effect_of(part(value_), part(resource_value(now, type_))));
  }

  // Of what is missing now.
  Effect effect() { return effect_of(part(value_), part(resource_value(present(), type_))); }

 private:
  ResourcePtr present() {
    const ProxyConfigPtr config = what_if_.config();
    if (config == nullptr) return nullptr;
    if (for_cluster_ && config->find(Type::kCluster, named_.name) == nullptr) return nullptr;
    return config->find(type_, named_.name);
  }

  std::optional<Value> part(const std::optional<Value>& of) const {
    return of ? part_of(*of, named_.part) : std::nullopt;
  }

  WhatIf& what_if_;
  const Type type_;
  const SubjectName named_;
  const ResourcePtr resource_;
  std::optional<Value> value_;
  bool for_cluster_ =
      false;  // endpoints that a proxy is sent while it has the cluster of their name
};

ObjectLink link_of(const Cause& cause, WhatIf& what_if, Search& search, Subject& subject) {
  ObjectLink out;
  out.object = cause.object;
  for (const ObjectPtr& other : cause.alternatives) out.alternatives.push_back(other->key);
  what_if.take_out(cause.alternatives);
  const ObjectPtr gone[] = {cause.object};
  what_if.take_out(gone);
  out.effect = subject.effect();
  what_if.put(gone);
  search.fields(*cause.object, [&](const FieldCause& field) {
    const uint32_t line = traffic::nearest(cause.object->document, field.path).position.line;
    out.fields.push_back({field.path, brief(field.value), line, subject.effect()});
  });
  what_if.put(gone);
  what_if.put(cause.alternatives);
  return out;
}

// True when the text names the object, and no other whose name only begins alike.
bool mentions(std::string_view text, std::string_view object) {
  const auto is_word = [&](size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
  };
  for (size_t at = text.find(object); at != text.npos; at = text.find(object, at + 1)) {
    const size_t end = at + object.size();
    const bool joins = end < text.size() && (text[end] == '-' || text[end] == '.');
    if (!is_word(end) && !(joins && is_word(end + 1))) return true;
  }
  return false;
}

// Findings about any of the objects.
Diagnostics about(const index::SnapshotPtr& snapshot, const model::Proxy& proxy,
                  const std::set<std::string>& objects) {
  const index::Tenant* tenant = snapshot->tenants().find(proxy.tenant);
  if (tenant == nullptr) return {};
  Diagnostics all = check(snapshot, *tenant);
  std::erase_if(all, [&](const Diagnostic& each) {
    return std::none_of(objects.begin(), objects.end(), [&](const std::string& object) {
      return each.object == object || mentions(each.message, object);
    });
  });
  return all;
}

ProxyConfigPtr present_config(const index::SnapshotPtr& snapshot, const model::Proxy& proxy) {
  Generator generator;
  generator.update(snapshot);
  return generator.config(proxy);
}

Error gone(const model::Proxy& proxy) {
  return {ErrorCode::kNotFound,
          "proxy " + proxy.id + ": its mesh \"" + proxy.tenant.value + "\" is gone"};
}

// ---- objects --------------------------------------------------------------------------------

// Kinds that are called policies when they are named without their kind.
constexpr Kind kPolicies[] = {
    Kind::kAuthorizationPolicy, Kind::kPeerAuthentication, Kind::kRequestAuthentication,
    Kind::kTelemetry,           Kind::kEnvoyFilter,        Kind::kWasmPlugin,
    Kind::kTrafficExtension,    Kind::kDestinationRule,    Kind::kSidecar,
    Kind::kProxyConfig,
};

struct ObjectName {
  std::string kind;  // empty: any policy
  std::string ns;    // empty: the proxy's or the root namespace
  std::string name;
};

ObjectName read_name(std::string_view given) {
  ObjectName out;
  const size_t first = given.find_first_of("/ ");
  const size_t last = given.find_last_of("/ ");
  if (first == std::string_view::npos) {
    out.name = given;
  } else if (first == last) {
    out.ns = given.substr(0, first);
    out.name = given.substr(last + 1);
  } else {
    out.kind = given.substr(0, first);
    out.ns = given.substr(first + 1, last - first - 1);
    out.name = given.substr(last + 1);
  }
  return out;
}

bool is_policy(Kind kind) {
  return std::find(std::begin(kPolicies), std::end(kPolicies), kind) != std::end(kPolicies);
}

// Case does not count: people type "peerauthentication".
bool is_same_kind(std::string_view a, std::string_view b) {
  return schema::edit_distance(a, b) == 0;
}

Result<ObjectPtr> find_object(const WhatIf& what_if, const index::Snapshot& snapshot,
                              std::string_view given) {
  const ObjectName wanted = read_name(given);
  const auto mesh = snapshot.mesh(what_if.proxy().tenant);
  std::vector<ObjectPtr> found;
  std::string known;
  for (const ObjectPtr& object : what_if.objects()) {
    const kube::ObjectKey& key = object->key;
    const bool kind = wanted.kind.empty() ? is_policy(key.kind)
                                          : is_same_kind(kube::kind_name(key.kind), wanted.kind);
    if (!kind) continue;
    const bool near = key.ns == what_if.proxy().ns || key.ns == mesh->root_namespace;
    const bool place =
        kube::is_cluster_scoped(key.kind) || (wanted.ns.empty() ? near : key.ns == wanted.ns);
    if (key.name == wanted.name && place) found.push_back(object);
    if (known.size() < 200) known += (known.empty() ? "" : ", ") + to_string(key);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Error{ErrorCode::kNotFound, "the mesh of proxy " + what_if.proxy().id +
                                           " has no policy \"" + std::string(given) + "\"" +
                                           (known.empty() ? "" : "; there are: " + known)};
  }
  std::string names;
  for (const ObjectPtr& object : found)
    names += (names.empty() ? "" : ", ") + to_string(object->key);
  return Error{ErrorCode::kNotFound, "\"" + std::string(given) + "\" may be: " + names};
}

void compare_type(const ProxyConfig& with, const ProxyConfig* without, Type type,
                  std::vector<ResourceEffect>& out) {
  std::map<std::string, std::pair<ResourcePtr, ResourcePtr>> pairs;
  with.for_each(type, [&](const ResourcePtr& r) { pairs[std::string(r->name)].first = r; });
  if (without != nullptr) {
    without->for_each(type, [&](const ResourcePtr& r) { pairs[std::string(r->name)].second = r; });
  }
  for (const auto& [name, pair] : pairs) {
    const auto& [a, b] = pair;
    if (a != nullptr && b != nullptr && same_message(a, b)) continue;
    Effect effect = effect_of(resource_value(a, type), resource_value(b, type));
    if (!says_the_same(effect)) out.push_back({type, name, std::move(effect)});
  }
}

}  // namespace

Result<Explanation> explain(const index::SnapshotPtr& snapshot, const model::Proxy& proxy,
                            Type type, std::string_view name) {
  const ProxyConfigPtr config = present_config(snapshot, proxy);
  if (config == nullptr) return gone(proxy);
  const Result<SubjectName> named = find_subject(*config, type, name);
  if (!named) return named.error();

  WhatIf what_if(*snapshot, proxy);
  Subject subject(what_if, *config, type, *named);
  Search search(what_if, [&] { return subject.is_same(); }, kBudget);
  Explanation out{type, named->name, named->part, {}, {}, true};
  std::set<std::string> objects;
  for (const Cause& cause : search.objects()) {
    out.because.push_back(link_of(cause, what_if, search, subject));
    objects.insert(to_string(cause.object->key));
  }
  std::stable_sort(out.because.begin(), out.because.end(), [](const auto& a, const auto& b) {
    return std::tie(a.effect.kind, a.object->key) < std::tie(b.effect.kind, b.object->key);
  });
  out.diagnostics = about(snapshot, proxy, objects);
  out.complete = search.is_complete();
  return out;
}

Result<ObjectExplanation> explain_object(const index::SnapshotPtr& snapshot,
                                         const model::Proxy& proxy, std::string_view name) {
  const ProxyConfigPtr config = present_config(snapshot, proxy);
  if (config == nullptr) return gone(proxy);
  WhatIf what_if(*snapshot, proxy);
  const Result<ObjectPtr> object = find_object(what_if, *snapshot, name);
  if (!object) return object.error();
  const ObjectPtr out_of[] = {*object};
  what_if.take_out(out_of);
  const ProxyConfigPtr without = what_if.config();
  ObjectExplanation out{*object, {}, about(snapshot, proxy, {to_string((*object)->key)})};
  for (Type type : kTypes) compare_type(*config, without.get(), type, out.effects);
  return out;
}

}  // namespace mesh::xds
