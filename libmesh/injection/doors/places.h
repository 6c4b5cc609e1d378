// Where the pod stands within an object of a kind that holds one.
//
// Each of the kinds that Istio's kube-inject knows (pkg/kube/inject/initializer.go): Pod,
// ReplicationController, Deployment, DaemonSet, ReplicaSet, StatefulSet, Job, CronJob and OpenShift's
// DeploymentConfig. A CronJob's labels and annotations are those of its Job template, as there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::injection {

struct PodPlace {
  document::Value* metadata_of = nullptr;  // the mapping whose `metadata` is the pod's
  document::Value* spec_of = nullptr;      // the mapping whose `spec` is the pod's
  bool found() const { return spec_of != nullptr; }
};

// Whether objects of the kind hold a pod, whatever is in this one.
bool holds_pod(const document::Value& object);
// Not found: no such kind, or one without its template.
PodPlace place_of_pod(document::Value& object);

// A v1 List, whose items are objects.
bool is_list_of_objects(const document::Value& object);

// The pod alone: takes `metadata` and `spec` out of their places, and puts them back.
document::Value take_pod(const PodPlace& place);
void put_pod(const PodPlace& place, document::Value pod);

// Why the object cannot be taken for a pod, "spec.containers is a string, must be a list"; or nothing.
std::optional<std::string> fault_of_pod(const document::Value& pod);

// "Deployment shop/cart", for diagnostics.
std::string object_text(const document::Value& object);

}  // namespace mesh::injection
