#include "libmesh/injection/doors/places.h"

#include <utility>

#include "libmesh/injection/pod/access.h"

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

// "metadata.labels is a list, must be a mapping".
std::string wrong(const std::string& field, const Value& value, std::string_view wanted) {
  return field + " is a " + std::string(document::type_name(value.type())) + ", must be a " +
         std::string(wanted);
}

bool is_set(const Value* value) { return value != nullptr && !value->is_null(); }

// What is wrong with labels or annotations; null is Go's empty text.
std::optional<std::string> fault_of_texts(const Value& metadata, std::string_view which) {
  const Value* texts = metadata.find(which);
  if (!is_set(texts)) return std::nullopt;
  if (!texts->is_map()) return wrong("metadata." + std::string(which), *texts, "mapping");
  for (const document::Member& member : *texts->if_map()) {
    if (member.value.is_string() || member.value.is_null()) continue;
    return wrong("metadata." + std::string(which) + "[" + member.key + "]", member.value,
                 "string (write it in quotes)");
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_containers(const Value& spec, std::string_view list) {
  const Value* value = spec.find(list);
  if (!is_set(value)) return std::nullopt;
  const std::string field = "spec." + std::string(list);
  if (!value->is_list()) return wrong(field, *value, "list");
  for (size_t i = 0; i < value->if_list()->size(); ++i) {
    const Value& container = (*value->if_list())[i];
    if (!container.is_map()) {
      return wrong(field + "[" + std::to_string(i) + "]", container, "mapping");
    }
  }
  return std::nullopt;
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

std::optional<std::string> fault_of_pod(const Value& pod) {
  for (std::string_view field : {"metadata", "spec"}) {
    const Value* value = pod.find(field);
    if (is_set(value) && !value->is_map()) return wrong(std::string(field), *value, "mapping");
  }
  std::optional<std::string> fault;
  if (const Value* metadata = pod.find("metadata"); is_set(metadata)) {
    fault = fault_of_texts(*metadata, "labels");
    if (!fault) fault = fault_of_texts(*metadata, "annotations");
  }
  if (const Value* spec = pod.find("spec"); is_set(spec) && !fault) {
    fault = fault_of_containers(*spec, kContainers);
    if (!fault) fault = fault_of_containers(*spec, kInitContainers);
  }
  return fault;
}

}  // namespace mesh::injection
