#include "libmesh/tenancy/roll/lists.h"

#include <utility>

#include "libmesh/document/json.h"
#include "libmesh/document/read.h"
#include "libmesh/smcp/path.h"
#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/roll/condition.h"

namespace mesh::tenancy {

using document::Value;
using kube::Kind;

namespace {

constexpr const char* kPrometheus = "prometheus";
constexpr const char* kFile = "prometheus.yml";

std::string prometheus_text(const index::Snapshot& snapshot, const index::Tenant& tenant) {
  const kube::ObjectPtr map = snapshot.find({Kind::kConfigMap, tenant.ns, kPrometheus});
  const Value* data = map == nullptr ? nullptr : map->document.find("data");
  return data == nullptr ? std::string() : std::string(data->string_at(kFile));
}

// Namespaces of one scrape configuration; false when they are so already.
bool set_namespaces(Value& scrape, const Value& names) {
  Value* configs = scrape.find("kubernetes_sd_configs");
  if (configs == nullptr || !configs->is_list()) return false;
  bool changed = false;
  for (Value& config : *configs->if_list()) {
    if (!config.is_map()) continue;
    Value* namespaces = config.find("namespaces");
    if (namespaces == nullptr) namespaces = &config.set("namespaces", Value(document::Map()));
    const Value* before = namespaces->find("names");
    if (before != nullptr && *before == names) continue;
    if (!namespaces->is_map()) *namespaces = Value(document::Map());
    namespaces->set("names", names);
    changed = true;
  }
  return changed;
}

}  // namespace

Result<std::string> with_scraped(const std::string& text, const std::vector<std::string>& scraped) {
  Diagnostics wrong;
  std::vector<document::Document> read = document::read_any(text, kFile, wrong);
  Value* scrapes = read.size() != 1 ? nullptr : read[0].root.find("scrape_configs");
  if (scrapes == nullptr || !scrapes->is_list()) {
    return Error{ErrorCode::kInvalidArgument, "error no scrape_configs found in prometheus.yml"};
  }
  const Value names = to_value(scraped);
  bool changed = false;
  for (Value& scrape : *scrapes->if_list()) {
    if (scrape.string_at("job_name") != "pilot") changed = set_namespaces(scrape, names) || changed;
  }
  return changed ? document::write_json(read[0].root, 2) + "\n" : text;
}

MeshLists mesh_lists(const index::Snapshot& snapshot, const index::Tenant& tenant,
                     const MeshFacts& facts, const PlanOptions& options) {
  MeshLists out;
  if (is_deleting(*tenant.control_plane)) return out;
  out.kiali = facts.kiali;
  out.kiali_name = smcp::text_at(tenant.control_plane->document, "spec.addons.kiali.name");
  if (out.kiali_name.empty()) out.kiali_name = "kiali";
  out.prometheus = facts.prometheus && smcp::at_least(facts.version, smcp::Version::kV2_4);
  for (const index::Member& member : tenant.members) {
    if (member.ns == tenant.ns) continue;
    if (!tenant.cluster_wide) out.accessible.push_back(member.ns);
    if (member.state == index::MemberState::kConfigured) out.scraped.push_back(member.ns);
  }
  out.scraped.push_back(tenant.ns);
  if (tenant.cluster_wide) {
    out.accessible = {"**"};
    out.excluded = {"^" + options.operator_namespace + "$",
                    "^ibm-.*",
                    "^kube$",
                    "^kube-.*",
                    "^openshift$",
                    "^openshift-.*"};
  }
  if (std::string text = prometheus_text(snapshot, tenant); out.prometheus && !text.empty()) {
    if (auto written = with_scraped(text, out.scraped); !written) {
      out.problem = written.error().message;
    }
  }
  return out;
}

void plan_lists(const index::Snapshot& snapshot, const index::Tenant& tenant,
                const MeshFacts& facts, const PlanOptions& options,
                std::vector<PlannedObject>& out) {
  const MeshLists lists = mesh_lists(snapshot, tenant, facts, options);
  const std::vector<BecausePtr> because_members = {
      because(tenant.control_plane->key, "spec.addons", "shows the namespaces of its members")};
  if (lists.kiali && snapshot.find({Kind::kKiali, tenant.ns, lists.kiali_name}) != nullptr) {
    Value spec = body::map(
        {{"deployment", body::map({{"accessible_namespaces", to_value(lists.accessible)}})},
         {"api", body::map({{"namespaces", body::map({{"exclude", to_value(lists.excluded)}})}})}});
    out.push_back(planned(Kind::kKiali, tenant.ns, lists.kiali_name,
                          body::map({{"spec", std::move(spec)}}), because_members, tenant.id,
                          Ownership::kFields));
  }
  const std::string text = prometheus_text(snapshot, tenant);
  if (!lists.prometheus || text.empty() || !lists.problem.empty()) return;
  auto written = with_scraped(text, lists.scraped);
  if (!written) return;
  out.push_back(planned(Kind::kConfigMap, tenant.ns, kPrometheus,
                        body::map({{"data", body::map({{kFile, body::text(*written)}})}}),
                        because_members, tenant.id, Ownership::kFields));
}

}  // namespace mesh::tenancy
