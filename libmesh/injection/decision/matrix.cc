#include "libmesh/injection/decision/matrix.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace mesh::injection {
namespace {

using document::Value;
using index::InjectionPlace;
using index::InjectionRules;
using index::Tenant;
using kube::Kind;
using kube::ObjectPtr;

constexpr Kind kMakersOfPods[] = {Kind::kPod,       Kind::kDeployment, Kind::kStatefulSet,
                                  Kind::kDaemonSet, Kind::kReplicaSet, Kind::kJob,
                                  Kind::kCronJob};

bool has_controller(const kube::Object& object) {
  const Value* metadata = object.document.find("metadata");
  const Value* owners = metadata == nullptr ? nullptr : metadata->find("ownerReferences");
  const document::List* list = owners == nullptr ? nullptr : owners->if_list();
  return list != nullptr && std::any_of(list->begin(), list->end(), [](const Value& owner) {
           const Value* flag = owner.find("controller");
           return flag != nullptr && flag->if_bool() != nullptr && *flag->if_bool();
         });
}

const Value* at(const Value& value, std::initializer_list<std::string_view> path) {
  const Value* out = &value;
  for (std::string_view key : path) {
    out = out == nullptr ? nullptr : out->find(key);
  }
  return out;
}

// Where the pod stands in the object, or null.
const Value* pod_in(const kube::Object& object) {
  if (object.key.kind == Kind::kPod) return &object.document;
  if (object.key.kind == Kind::kCronJob) {
    return at(object.document, {"spec", "jobTemplate", "spec", "template"});
  }
  return at(object.document, {"spec", "template"});
}

const Tenant* tenant_in(const index::Tenants& tenants, const std::string& ns) {
  const Tenant* owner = tenants.of_namespace(ns);
  return owner != nullptr && !owner->implicit && owner->ns == ns ? owner : nullptr;
}

// Every revision that a label names, where nothing says which there are.
std::set<std::string> named_revisions(const index::Snapshot& snapshot) {
  std::set<std::string> out{"default"};
  for (const auto& [key, ns] : snapshot.objects(Kind::kNamespace)) {
    if (auto found = ns->labels.find("istio.io/rev"); found != ns->labels.end()) {
      out.insert(found->second);
    }
  }
  for (Kind kind : kMakersOfPods) {
    for (const auto& [key, object] : snapshot.objects(kind)) {
      const Value* pod = pod_in(*object);
      const Value* revision =
          pod == nullptr ? nullptr : at(*pod, {"metadata", "labels", "istio.io/rev"});
      if (revision != nullptr && revision->is_string()) out.insert(*revision->if_string());
    }
  }
  return out;
}

std::vector<MatrixColumn> columns_of(const index::Snapshot& snapshot) {
  const InjectionRules& rules = snapshot.injection_rules();
  const index::Tenants& tenants = snapshot.tenants();
  const bool implicit = tenants.list.empty() || tenants.list.front().implicit;
  std::set<MatrixColumn> out;
  std::set<std::string> stated;  // namespaces of control planes that have webhooks in the input
  if (rules.any_revision) {
    if (implicit) {
      for (const std::string& revision : named_revisions(snapshot)) out.insert({{}, "", revision});
    }
  } else {
    for (const index::InjectionWebhook& webhook : rules.webhooks) {
      const index::InjectorPlane& plane = rules.planes[webhook.plane];
      const Tenant* tenant = tenant_in(tenants, plane.ns);
      if (tenant != nullptr && !webhook.stated) continue;
      if (webhook.stated) stated.insert(plane.ns);
      out.insert({tenant == nullptr ? model::TenantId() : tenant->id, plane.ns, plane.revision});
    }
  }
  for (const Tenant& tenant : tenants.list) {
    if (!tenant.implicit && !stated.contains(tenant.ns)) {
      out.insert({tenant.id, tenant.ns, tenant.name});
    }
  }
  return {out.begin(), out.end()};
}

class MatrixMaker {
 public:
  explicit MatrixMaker(const index::Snapshot& snapshot) : snapshot_(snapshot) {
    out_.columns = columns_of(snapshot);
  }

  Matrix run(std::string_view ns) {
    for (Kind kind : kMakersOfPods) {
      const index::ObjectMap& objects = snapshot_.objects(kind);
      if (ns.empty()) {
        for (const auto& [key, object] : objects) add(*object);
      } else {
        for (const auto& [key, object] : objects.in_namespace(ns)) add(*object);
      }
    }
    std::stable_sort(out_.rows.begin(), out_.rows.end(),
                     [](const MatrixRow& a, const MatrixRow& b) { return a.ns < b.ns; });
    sort_and_dedupe(out_.diagnostics);
    return std::move(out_);
  }

 private:
  void add(const kube::Object& object) {
    const Value* pod = pod_in(object);
    if (pod == nullptr || object.synthesized || has_controller(object)) return;
    const std::string name = to_string(object.key);
    const Subject subject = subject_of(*pod, object.key.ns, name);
    MatrixRow row{object.key.ns,
                  std::string(kind_name(object.key.kind)),
                  object.key.name,
                  {},
                  decide(snapshot_, subject)};
    for (const MatrixColumn& column : out_.columns) row.cells.push_back(cell(subject, column));
    for (Diagnostic found : row.decision.diagnostics) {
      found.file = object.file;
      found.line = object.document.position.line;
      found.column = object.document.position.column;
      out_.diagnostics.push_back(std::move(found));
    }
    out_.rows.push_back(std::move(row));
  }

  MatrixCell cell(const Subject& subject, const MatrixColumn& column) const {
    const index::PlaneName only{column.ns, column.revision};
    InjectionPlace place = place_of(snapshot_, subject.ns);
    place.only = &only;
    std::vector<Because> because;
    const index::InjectionVerdict verdict = decide_injection(place, subject, &because);
    MatrixCell out{verdict.answer, verdict.reason, {}};
    if (!because.empty()) out.because = std::move(because.back());
    // Istio's own policy, which nobody stated: what the webhook is called for tells more.
    if (out.because.object.empty()) out.because = verdict.decided.by;
    return out;
  }

  const index::Snapshot& snapshot_;
  Matrix out_;
};

}  // namespace

std::string column_title(const MatrixColumn& column) {
  return column.ns.empty() ? column.revision : column.revision + " (" + column.ns + ")";
}

Matrix matrix(const index::Snapshot& snapshot, std::string_view ns) {
  return MatrixMaker(snapshot).run(ns);
}

}  // namespace mesh::injection
