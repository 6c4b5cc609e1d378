// owner_of (inject.h): GetDeployMetaFromPod of pkg/kube/util.go.
#include <string>
#include <string_view>

#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/inject.h"

namespace mesh::injection {
namespace {

using document::Value;

const Value* controller_of(const Value& metadata) {
  const Value* references = metadata.find("ownerReferences");
  if (references == nullptr || !references->is_list()) return nullptr;
  for (const Value& reference : *references->if_list()) {
    const Value* controller = reference.find("controller");
    if (controller != nullptr && controller->if_bool() != nullptr && *controller->if_bool()) {
      return &reference;
    }
  }
  return nullptr;
}

std::string_view label_of(const Value& pod, std::string_view key) {
  const std::string* text = label(pod, key);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

// The name without "-" and the hash; as it is where something else stands before the hash.
std::string without_hash(std::string_view name, std::string_view hash) {
  const size_t length = name.size() - hash.size();
  return std::string(length > 0 && name[length - 1] == '-' ? name.substr(0, length - 1) : name);
}

// "backup" of "backup-1735689600": a CronJob's Job ends with 8 to 10 digits; empty for others.
std::string_view cron_job_of(std::string_view job) {
  const size_t last = job.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last == 0 || job[last] != '-') return {};
  const size_t digits = job.size() - last - 1;
  return digits >= 8 && digits <= 10 ? job.substr(0, last) : std::string_view();
}

}  // namespace

Owner owner_of(const Value& pod, std::string_view ns) {
  const Value* metadata = pod.find("metadata");
  if (metadata == nullptr) return {"", std::string(ns), "v1", "Pod"};
  const std::string_view own_ns = metadata->string_at("namespace");
  Owner out{std::string(metadata->string_at("name")), std::string(own_ns.empty() ? ns : own_ns),
            "v1", "Pod"};
  if (metadata->string_at("generateName").empty()) return out;
  const Value* controller = controller_of(*metadata);
  if (controller == nullptr) return out;
  out.api_version = controller->string_at("apiVersion");
  out.kind = controller->string_at("kind");
  const std::string name(controller->string_at("name"));
  out.name = name.empty() ? out.name : name;
  const std::string_view hash = label_of(pod, "pod-template-hash");
  const std::string_view rollout_hash = label_of(pod, "rollouts-pod-template-hash");
  if (out.kind == "ReplicaSet" && !hash.empty() && name.ends_with(hash)) {
    out.name = without_hash(name, hash);
    out.kind = "Deployment";
  } else if (out.kind == "ReplicaSet" && !rollout_hash.empty() && name.ends_with(rollout_hash)) {
    out.name = without_hash(name, rollout_hash);
    out.kind = "Rollout";
    out.api_version = "v1alpha1";
  } else if (out.kind == "ReplicationController" && !label_of(pod, "deploymentconfig").empty()) {
    out.name = label_of(pod, "deploymentconfig");
    out.kind = "DeploymentConfig";
  } else if (const std::string_view cron_job = cron_job_of(name);
             out.kind == "Job" && !cron_job.empty()) {
    out.name = cron_job;
    out.kind = "CronJob";
    out.api_version = "batch/v1";
  }
  return out;
}

}  // namespace mesh::injection
