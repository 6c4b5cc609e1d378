// The status of one ServiceMeshControlPlane: Maistra's reconcile as one step from the status that
// it has to the one that it comes to.
#include <algorithm>
#include <set>
#include <utility>

#include "libmesh/smcp/path.h"
#include "libmesh/tenancy/release/judge.h"
#include "libmesh/tenancy/roll/readiness.h"
#include "libmesh/tenancy/roll/status.h"

namespace mesh::tenancy {

using document::Value;
using kube::Kind;

namespace {

constexpr std::string_view kOperatorVersion = "operatorVersion";

// Where a chart's objects go: a gateway's own namespace stands in its values.
std::string namespace_of(const smcp::Release& release) {
  for (const char* path :
       {"gateways.istio-ingressgateway.namespace", "gateways.istio-egressgateway.namespace"}) {
    std::string_view ns = smcp::text_at(release.values, path);
    if (!release.gateway.empty() && !ns.empty()) return std::string(ns);
  }
  return release.name_space;
}

class Reconciler {
 public:
  Reconciler(const index::Snapshot& snapshot, const kube::Object& object,
             const StatusOptions& options, std::vector<Event>& events)
      : snapshot_(snapshot), object_(object), options_(options), events_(events) {
    out_.key = object.key;
    const Value* status = status_of(object);
    out_.conditions = before_ = read_conditions(status);
    generation_ = number_at(object.document, "metadata", "generation");
    out_.observed_generation = number_at(object.document, "status", "observedGeneration");
    if (status != nullptr) {
      out_.operator_version = status->string_at(kOperatorVersion);
      out_.chart_version = status->string_at("chartVersion");
    }
    current_ = options.plan.operator_version + "-" + std::to_string(generation_);
    last_ = out_.reconciled_version();
    updating_ = !last_.empty();
    const index::Tenant* owner = snapshot.tenants().of_namespace(object.key.ns);
    if (owner != nullptr && owner->ns == object.key.ns) tenant_ = owner;
  }

  ControlPlaneStatus run() {
    if (tenant_ != nullptr) out_.tenant = tenant_->id;
    if (is_deleting(object_)) {
      remove();
    } else if (tenant_ == nullptr || tenant_->control_plane->key != object_.key) {
      failed("ErrMultipleSMCPs", "reconciliation skipped",
             "multiple ServiceMeshControlPlane resources exist in the namespace");
      mirror();
    } else {
      reconcile();
    }
    return std::move(out_);
  }

 private:
  bool fully_reconciled() const {
    return last_ == current_ && condition_of(before_, "Reconciled").is_true() &&
           condition_of(before_, "Reconciled").reason != "Deleted";
  }

  void set(std::string type, std::string status, std::string reason, std::string message) {
    set_condition(out_.conditions,
                  {std::move(type), std::move(status), std::move(reason), std::move(message), ""},
                  options_.now);
  }
  void say(const char* type, std::string reason, std::string message) {
    events_.push_back({object_.key, type, std::move(reason), std::move(message)});
  }
  // Only what the status did not say already, so that asking again says nothing new.
  bool is_news(const Condition& condition) const {
    const Condition before = condition_of(before_, condition.type);
    return before.status != condition.status || before.reason != condition.reason ||
           before.message != condition.message;
  }

  void failed(std::string reason, const std::string& step, const std::string& cause) {
    std::string message = step + ": error: " + cause;
    set("Reconciled", "False", std::move(reason), message);
    if (is_news(condition_of(out_.conditions, "Reconciled"))) {
      say("Warning", updating_ ? "Updating" : "Installing", std::move(message));
    }
  }

  // While it is not reconciled, Ready says what Reconciled says.
  void mirror() {
    const Condition reconciled = condition_of(out_.conditions, "Reconciled");
    set("Ready", reconciled.status, reconciled.reason, reconciled.message);
  }

  void remove() {
    // Maistra overwrites the error of a failed pruning and lets the object go, with orphans.
    for (const auto& [key, error] : options_.failures) {
      if (!is_owned(key)) continue;
      set("Reconciled", "False", "DeletionError", "Error deleting service mesh: " + error);
      mirror();
      say("Warning", "FailedDeletingResources", "Error deleting service mesh resources: " + error);
      return;
    }
    set("Reconciled", "False", "Deleting", "Deleting service mesh");
    mirror();
    if (is_news(condition_of(out_.conditions, "Reconciled"))) {
      say("Normal", "Deleting", "Deleting service mesh");
    }
  }

  // An object that was made for this control plane.
  bool is_owned(const kube::ObjectKey& key) const {
    const kube::ObjectPtr object = snapshot_.find(key);
    if (object == nullptr) return key.ns == object_.key.ns;
    auto owner = object->labels.find("maistra.io/owner");
    auto name = object->labels.find("maistra.io/owner-name");
    return owner != object->labels.end() && owner->second == object_.key.ns &&
           (name == object->labels.end() || name->second == object_.key.name);
  }

  void begin() {
    if (fully_reconciled() || condition_of(before_, "Reconciled").is_false()) return;
    if (!updating_) {
      std::string message = "Installing mesh generation " + std::to_string(generation_);
      set("Installed", "False", "ResourceCreated", message);
      set("Reconciled", "False", "ResourceCreated", message);
      say("Normal", "Installing", std::move(message));
      return;
    }
    const bool same = out_.observed_generation == generation_;
    std::string message =
        same ? "Updating mesh due to operator version change (" + out_.operator_version + " to " +
                   options_.plan.operator_version + ")"
             : "Updating mesh from generation " + std::to_string(out_.observed_generation) +
                   " to generation " + std::to_string(generation_);
    set("Reconciled", "False", same ? "OperatorUpdated" : "SpecUpdated", message);
    say("Normal", "Updating", std::move(message));
  }

  void reconcile() {
    begin();
    std::optional<smcp::Rendering> rendering = render();
    if (rendering) {
      out_.applied_spec = rendering->effective.spec;
      out_.applied_values = rendering->effective.values;
      readiness_ = component_readiness(snapshot_, *tenant_, rendering->effective.spec);
      if (in_mesh(*rendering)) install(*rendering);
    }
    report_readiness();
  }

  // The charts, or a reason why there are none.
  std::optional<smcp::Rendering> render() {
    Judgement judged = judge(snapshot_, *tenant_, options_.release);
    if (!judged.rendering) return refused(judged.refusal);
    if (std::string missing = missing_dependency(*judged.rendering); !missing.empty()) {
      return refused({"DependencyMissingError", "Dependency \"" + missing + "\" is missing",
                      "the cluster has no such resource definition", true});
    }
    return std::move(judged.rendering);
  }

  std::optional<smcp::Rendering> refused(const Refusal& why) {
    failed(why.reason, why.step, why.cause);
    if (why.tried && !updating_ && !condition_of(before_, "Installed").is_true()) {
      set("Installed", "False", "InstallError", why.step + ": " + why.cause);
    }
    return std::nullopt;
  }

  // Of a directory without resource definitions nobody can say what the cluster lacks.
  std::string missing_dependency(const smcp::Rendering& rendering) const {
    const index::ObjectMap& known = snapshot_.objects(Kind::kCustomResourceDefinition);
    if (known.empty()) return {};
    for (const smcp::Release& release : rendering.releases) {
      const bool jaeger = release.chart == "tracing";
      if (!jaeger && release.chart != "kiali") continue;
      const char* name = jaeger ? "jaegers.jaegertracing.io" : "kialis.kiali.io";
      if (known.get({Kind::kCustomResourceDefinition, "", name}) == nullptr) {
        return jaeger ? "Jaeger CRD" : "Kiali CRD";
      }
    }
    return {};
  }

  // Gateways of a namespace outside the mesh are refused before anything is applied.
  bool in_mesh(const smcp::Rendering& rendering) {
    smcp::Messages wrong;
    for (const smcp::Release& release : rendering.releases) {
      const std::string ns = namespace_of(release);
      const index::Member* member = tenant_->members.get(ns);
      if (ns.empty() || ns == tenant_->ns) continue;
      if (member != nullptr && member->state == index::MemberState::kConfigured) continue;
      wrong.push_back(release.chart + ": namespace of manifest " + ns + "/" +
                      (release.gateway.empty() ? release.name : release.gateway) + " not in mesh");
    }
    if (wrong.empty()) return true;
    failed("ReconcileError", "Error validating generated manifests", smcp::join(wrong));
    return false;
  }

  // Group after group, each when the one before runs.
  void install(const smcp::Rendering& rendering) {
    const bool was_done = fully_reconciled();
    std::set<std::string> waiting;
    std::string always;
    size_t group = 0;
    for (const smcp::Release& release : rendering.releases) {
      if (release.group != group && !waiting.empty()) break;
      group = release.group;
      if (std::string error = error_of(release); !error.empty()) {
        failed("ReconcileError", "Error processing component " + release.chart, error);
        add_components(rendering, release.chart);
        return;
      }
      if (!has_workloads(release.chart)) {
        if (readiness_.emplace(release.chart, true).second) {
          always += (always.empty() ? "" : ",") + release.chart;
        }
      } else if (auto at = readiness_.find(release.chart); at == readiness_.end() || !at->second) {
        if (!was_done) waiting.insert(release.chart);
      }
    }
    out_.annotations["alwaysReadyComponents"] = always;
    if (waiting.empty()) {
      if (!was_done) done();
      add_components(rendering, "");
    } else {
      pause({waiting.begin(), waiting.end()});
      add_components(rendering, *waiting.begin());
    }
  }

  std::string error_of(const smcp::Release& release) const {
    for (const auto& [key, error] : options_.failures) {
      if (key.kind == Kind::kHelmRelease && key.ns == tenant_->ns && key.name == release.name) {
        return error;
      }
    }
    return {};
  }

  void pause(const std::vector<std::string>& waiting) {
    std::string message = "Paused until the following components become ready: " + go_list(waiting);
    set("Reconciled", "False", updating_ ? "PausingUpdate" : "PausingInstall", message);
    if (is_news(condition_of(out_.conditions, "Reconciled"))) {
      say("Normal", updating_ ? "PausingUpdate" : "PausingInstall", std::move(message));
    }
  }

  void done() {
    say("Normal", "Pruning", "Pruning obsolete resources");
    if (!condition_of(before_, "Installed").is_true()) {
      set("Installed", "True", "InstallSuccessful", "Successfully installed all mesh components");
    }
    std::string message =
        updating_ ? "Successfully updated from version " + last_ + " to version " + current_
                  : "Successfully installed version " + current_;
    set("Reconciled", "True", updating_ ? "UpdateSuccessful" : "InstallSuccessful", message);
    say("Normal", updating_ ? "Updated" : "Installed", std::move(message));
    out_.observed_generation = generation_;
    out_.operator_version = options_.plan.operator_version;
    std::string problem;
    if (auto facts = read_facts(snapshot_, *tenant_, options_.plan, problem)) {
      out_.chart_version = facts->chart_version;
    }
  }

  // Every chart in its order; those up to `until` are installed.
  void add_components(const smcp::Rendering& rendering, std::string_view until) {
    bool installed = true;
    for (const smcp::Release& release : rendering.releases) {
      if (release.chart == until) installed = false;
      if (std::any_of(out_.components.begin(), out_.components.end(),
                      [&](const ComponentStatus& c) { return c.name == release.chart; })) {
        continue;
      }
      ComponentStatus component{release.chart, conditions_before(release.chart)};
      for (const char* type : {"Installed", "Reconciled"}) {
        if (installed) {
          set_condition(component.conditions,
                        {type, "True", "InstallSuccessful", "Component installed successfully", ""},
                        options_.now);
        } else if (type == std::string_view("Reconciled")) {
          set_condition(component.conditions, {type, "False", "", "", ""}, options_.now);
        }
      }
      out_.components.push_back(std::move(component));
    }
  }

  Conditions conditions_before(const std::string& component) const {
    const Value* status = status_of(object_);
    const Value* list = status == nullptr ? nullptr : status->find("components");
    if (list == nullptr || !list->is_list()) return {};
    for (const Value& each : *list->if_list()) {
      if (each.string_at("resource") == component) return read_conditions(&each);
    }
    return {};
  }

  void report_readiness() {
    std::set<std::string> all;
    for (const ComponentStatus& component : out_.components) all.insert(component.name);
    for (const auto& [name, ready] : readiness_) {
      (ready ? out_.ready_components : out_.unready_components).push_back(name);
      all.erase(name);
    }
    out_.pending_components.assign(all.begin(), all.end());
    out_.annotations["readyComponentCount"] =
        std::to_string(out_.ready_components.size()) + "/" + std::to_string(out_.components.size());
    if (!condition_of(out_.conditions, "Reconciled").is_true()) return mirror();
    const bool ready = out_.unready_components.empty();
    std::string message = ready ? "All component deployments are Available"
                                : "The following components are not fully available: " +
                                      go_list(out_.unready_components);
    set("Ready", ready ? "True" : "False", ready ? "ComponentsReady" : "ComponentsNotReady",
        message);
    if (is_news(condition_of(out_.conditions, "Ready"))) {
      say(ready ? "Normal" : "Warning", ready ? "Ready" : "NotReady", std::move(message));
    }
  }

  const index::Snapshot& snapshot_;
  const kube::Object& object_;
  const StatusOptions& options_;
  std::vector<Event>& events_;
  const index::Tenant* tenant_ = nullptr;
  ControlPlaneStatus out_;
  Conditions before_;
  int64_t generation_ = 0;
  std::string current_;  // what it is to be reconciled to, "2.5.1-3"
  std::string last_;     // what it was reconciled to
  bool updating_ = false;
  std::map<std::string, bool> readiness_;
};

}  // namespace

std::string ControlPlaneStatus::reconciled_version() const {
  if (operator_version.empty()) return {};
  return operator_version + "-" + std::to_string(observed_generation);
}

ControlPlaneStatus control_plane_status(const index::Snapshot& snapshot,
                                        const kube::Object& control_plane,
                                        const StatusOptions& options, std::vector<Event>& events) {
  return Reconciler(snapshot, control_plane, options, events).run();
}

}  // namespace mesh::tenancy
