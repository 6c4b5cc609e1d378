#include "libmesh/injection/doors/places.h"

#include <string>
#include <utility>

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Value;

struct KindOfPods {
  std::string_view group;
  std::string_view kind;
};
constexpr KindOfPods kKinds[] = {{"", "Pod"},
                                 {"", "ReplicationController"},
                                 {"apps", "Deployment"},
                                 {"apps", "DaemonSet"},
                                 {"apps", "ReplicaSet"},
                                 {"apps", "StatefulSet"},
                                 {"extensions", "Deployment"},
                                 {"extensions", "DaemonSet"},
                                 {"extensions", "ReplicaSet"},
                                 {"batch", "Job"},
                                 {"batch", "CronJob"},
                                 {"apps.openshift.io", "DeploymentConfig"},
                                 {"", "DeploymentConfig"}};

std::string_view group_of(const Value& object) {
  const std::string_view version = object.string_at("apiVersion");
  const size_t slash = version.find('/');
  return slash == std::string_view::npos ? std::string_view() : version.substr(0, slash);
}

Value* map_at(Value* parent, std::string_view key) {
  Value* child = parent == nullptr ? nullptr : parent->find(key);
  return child != nullptr && child->is_map() ? child : nullptr;
}

// A member at the front, where metadata is looked for.
void put_first(Value& parent, std::string_view key, Value value) {
  if (Value* found = parent.find(key)) {
    *found = std::move(value);
    return;
  }
  Map& map = *parent.if_map();
  map.insert(map.begin(), {std::string(key), std::move(value), {}});
}

}  // namespace

bool holds_pod(const Value& object) {
  const std::string_view kind = object.string_at("kind");
  const std::string_view group = group_of(object);
  for (const KindOfPods& known : kKinds) {
    if (known.kind == kind && known.group == group) return true;
  }
  return false;
}

PodPlace place_of_pod(Value& object) {
  if (!holds_pod(object)) return {};
  const std::string_view kind = object.string_at("kind");
  if (kind == "Pod") {
    return map_at(&object, "spec") == nullptr ? PodPlace() : PodPlace{&object, &object};
  }
  Value* spec = map_at(&object, "spec");
  if (kind != "CronJob") {
    Value* pod = map_at(spec, "template");
    return map_at(pod, "spec") == nullptr ? PodPlace() : PodPlace{pod, pod};
  }
  Value* job = map_at(spec, "jobTemplate");
  Value* pod = map_at(map_at(job, "spec"), "template");
  return map_at(pod, "spec") == nullptr ? PodPlace() : PodPlace{job, pod};
}

bool is_list_of_objects(const Value& object) {
  const Value* items = object.find("items");
  return object.string_at("kind") == "List" && object.string_at("apiVersion") == "v1" &&
         items != nullptr && items->is_list();
}

Value take_pod(const PodPlace& place) {
  Map pod;
  Value* metadata = place.metadata_of->find("metadata");
  pod.push_back({"metadata", metadata == nullptr ? Value(Map{}) : std::move(*metadata), {}});
  if (!pod.back().value.is_map()) pod.back().value = Value(Map{});
  pod.push_back({"spec", std::move(*place.spec_of->find("spec")), {}});
  return Value(std::move(pod));
}

void put_pod(const PodPlace& place, Value pod) {
  Value* metadata = pod.find("metadata");
  const bool empty = metadata == nullptr || (metadata->is_map() && metadata->if_map()->empty());
  if (empty) {
    place.metadata_of->erase("metadata");
  } else {
    put_first(*place.metadata_of, "metadata", std::move(*metadata));
  }
  place.spec_of->set("spec", std::move(*pod.find("spec")));
}

std::string object_text(const Value& object) {
  std::string out(object.string_at("kind"));
  const Value* metadata = object.find("metadata");
  if (metadata == nullptr) return out;
  out += ' ';
  const std::string_view ns = metadata->string_at("namespace");
  if (!ns.empty()) out.append(ns).append("/");
  const std::string_view name = metadata->string_at("name");
  return out.append(name.empty() ? metadata->string_at("generateName") : name);
}

}  // namespace mesh::injection
