#include "libmesh/tenancy/reach/network.h"

#include <algorithm>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/kube/reader.h"
#include "libmesh/tenancy/plan/compare.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;
using kube::ObjectPtr;

// An object of a plan as the evaluator reads objects; null when the API server would not take it.
ObjectPtr read_planned(const document::Value& document) {
  Diagnostics ignored;  // the plan's objects are ours, and its own tests read them strictly
  std::vector<ObjectPtr> read = kube::read_objects({document, ""}, ignored);
  return read.empty() ? nullptr : read.front();
}

Labels with_name(Labels labels, const std::string& ns) {
  labels.emplace("kubernetes.io/metadata.name", ns);  // the API server puts it there
  return labels;
}

}  // namespace

Network::Network(index::SnapshotPtr snapshot, std::string cluster)
    : snapshot_(std::move(snapshot)),
      cluster_(std::move(cluster)),
      strategy_(network_strategy(*snapshot_, cluster_)) {
  for (const auto& [key, object] : objects(Kind::kNetworkPolicy)) {
    policies_[key.ns].push_back({object, false});
  }
}

Network::Network(index::SnapshotPtr snapshot, const std::vector<PlannedObject>& planned)
    : Network(std::move(snapshot)) {
  planned_ = true;
  for (const PlannedObject& object : planned) overlay(object);
}

const index::ObjectMap& Network::objects(Kind kind) const {
  const auto remote = snapshot_->remotes().find(cluster_);
  return remote == snapshot_->remotes().end() ? snapshot_->objects(kind) : remote->second.of(kind);
}

ObjectPtr Network::find(const kube::ObjectKey& key) const {
  return index::find_in(*snapshot_, cluster_, key);
}

ObjectPtr Network::merged(const PlannedObject& object) const {
  ObjectPtr is = snapshot_->find(object.key);
  if (is == nullptr) return read_planned(object.document());
  if (object.ownership == Ownership::kExistence) return is;
  return read_planned(mesh::tenancy::merged(is->document, object));
}

void Network::overlay_policy(const PlannedObject& object) {
  std::vector<Policy>& policies = policies_[object.key.ns];
  auto at = std::lower_bound(
      policies.begin(), policies.end(), object.key.name,
      [](const Policy& policy, const std::string& name) { return policy.object->key.name < name; });
  bool there = at != policies.end() && at->object->key.name == object.key.name;
  if (object.ownership == Ownership::kAbsent) {
    if (there) policies.erase(at);
    return;
  }
  ObjectPtr made = merged(object);
  if (made == nullptr) return;
  if (there) {
    *at = {std::move(made), true};
  } else {
    policies.insert(at, {std::move(made), true});
  }
}

void Network::overlay(const PlannedObject& object) {
  if (object.key.kind == Kind::kNetworkPolicy) return overlay_policy(object);
  if (object.key.kind != Kind::kNamespace && object.key.kind != Kind::kNetNamespace) return;
  if (object.ownership == Ownership::kAbsent) return;  // no plan removes either of them
  ObjectPtr made = merged(object);
  if (made == nullptr) return;
  bool is_namespace = object.key.kind == Kind::kNamespace;
  (is_namespace ? namespaces_ : net_namespaces_)[object.key.name] = std::move(made);
}

const std::vector<Policy>& Network::policies(const std::string& ns) const {
  static const std::vector<Policy> kNone;
  auto found = policies_.find(ns);
  return found == policies_.end() ? kNone : found->second;
}

std::optional<Labels> Network::namespace_labels(const std::string& ns) const {
  if (auto planned = namespaces_.find(ns); planned != namespaces_.end()) {
    return with_name(planned->second->labels, ns);
  }
  ObjectPtr object = find({Kind::kNamespace, "", ns});
  if (object == nullptr) return std::nullopt;
  return with_name(object->labels, ns);
}

std::vector<std::string> Network::namespaces_with(const std::string& label,
                                                  const std::string& value) const {
  std::vector<std::string> out;
  for (const auto& [key, object] : objects(Kind::kNamespace)) {
    auto planned = namespaces_.find(key.name);
    const Labels& labels = planned == namespaces_.end() ? object->labels : planned->second->labels;
    auto found = labels.find(label);
    if (found != labels.end() && found->second == value) out.push_back(key.name);
  }
  return out;
}

std::optional<NetId> Network::net_id(const std::string& ns) const {
  ObjectPtr is = find({Kind::kNetNamespace, "", ns});
  auto planned = net_namespaces_.find(ns);
  ObjectPtr object = planned == net_namespaces_.end() ? is : planned->second;
  if (object == nullptr) return std::nullopt;
  NetId out{object, 0};
  const document::Value* id = object->document.find("netid");
  if (id == nullptr || id->if_int() == nullptr) return std::nullopt;
  out.id = *id->if_int();
  auto wish = object->annotations.find(kChangeNetwork);
  if (!planned_ || wish == object->annotations.end()) return out;
  // What a plan asks the network for counts as done.
  NetworkChange change = requested_change(wish->second);
  if (change.kind == NetworkChange::kGlobal) out.id = 0;
  if (change.kind == NetworkChange::kIsolate) out.id = -1 - out.id;  // one that nobody else has
  if (change.kind == NetworkChange::kJoin) {
    ObjectPtr target = find({Kind::kNetNamespace, "", change.ns});
    const document::Value* joined = target == nullptr ? nullptr : target->document.find("netid");
    if (joined == nullptr || joined->if_int() == nullptr) return std::nullopt;
    out.id = *joined->if_int();
  }
  return out;
}

}  // namespace mesh::tenancy
