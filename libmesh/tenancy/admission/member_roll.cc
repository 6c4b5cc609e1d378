// Whether a ServiceMeshMemberRoll may be created or changed so
// (webhooks/{mutation,validation}/memberroll.go).
#include <algorithm>

#include "libmesh/base/codes.h"
#include "libmesh/index/selector.h"
#include "libmesh/index/tenants/membership.h"
#include "libmesh/kube/reader.h"
#include "libmesh/smcp/path.h"
#include "libmesh/tenancy/admission/claims.h"
#include "libmesh/tenancy/admission/hooks.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;
using Spec = maistra::MemberRollSpec;

constexpr size_t kMostNames = 10;  // of other meshes' namespaces in one message

// The roll's spec, typed; or the first thing that makes it unreadable.
Result<Spec> read_spec(const Value& object) {
  Diagnostics problems;
  document::Document document;
  // Only the spec is read here; name and namespace have rules of their own.
  document.root.set("apiVersion", Value("maistra.io/v1"));
  document.root.set("kind", Value("ServiceMeshMemberRoll"));
  smcp::put(document.root, "metadata.name", Value("default"));
  if (const Value* spec = object.find("spec")) document.root.set("spec", *spec);
  const auto read = kube::read_documents_objects(std::move(document), problems);
  if (read.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 problems.empty() ? "no object" : problems.front().message};
  }
  for (const Diagnostic& problem : read.front().diagnostics) {
    if (problem.severity != Severity::kError || problem.code != Code::kWrongType) continue;
    return Error{ErrorCode::kInvalidArgument, problem.field + ": " + problem.message};
  }
  const kube::ObjectPtr& roll = read.front().object;
  return roll->typed == nullptr ? Spec{} : roll->as<Spec>();
}

// What the roll's own text tells: the names and how they go together.
std::optional<Verdict> check_spec(const Spec& spec) {
  if (!spec.members.empty() && !spec.member_selectors.empty()) {
    return bad_request("combining .spec.members and .spec.memberSelectors is not allowed");
  }
  std::set<std::string_view> seen;
  for (const std::string& member : spec.members) {
    if (member != "*" && !index::is_namespace_name(member)) {
      return bad_request(".spec.members contains invalid value '" + member +
                         "'. Must be a valid namespace name.");
    }
    if (!seen.insert(member).second) {
      return bad_request("duplicate namespace in .spec.members: " + member);
    }
  }
  if (seen.contains("*") && spec.members.size() > 1) {
    return bad_request(
        "when .spec.members contains an asterisk ('*'), it must contain no other entries");
  }
  return std::nullopt;
}

struct Conflicts {
  std::map<std::string, std::string> taken;  // namespace → who has it
  bool own_namespace = false;                // the roll's own is listed, before any that is taken
};

// Maistra's rule: what two rolls list, and "*" beside any list. It looks at the members in order.
Conflicts conflicts_of_lists(const std::string& ns, const Spec& spec, const OtherClaims& others) {
  Conflicts out;
  const auto everything = others.listed.find("*");
  for (const std::string& member : spec.members) {
    if (member == "*" && !others.listed.empty()) {
      out.taken = others.listed;
    } else if (auto at = others.listed.find(member); at != others.listed.end()) {
      out.taken.insert(*at);
    } else if (everything != others.listed.end()) {
      out.taken.emplace(member, everything->second);
    } else if (member == ns) {
      out.own_namespace = out.taken.empty();
    }
    if (out.own_namespace) return out;
  }
  return out;
}

// Ours: also what other meshes have by selector or ServiceMeshMember, as far as this request is
// what claims it. What was claimed before stays as it is: first come decided it.
void add_effective_conflicts(const HookCall& call, const RollClaims& now, const OtherClaims& others,
                             Conflicts& out) {
  std::set<std::string> claimed(now.selected);
  claimed.insert(now.listed.begin(), now.listed.end());
  if (call.request.operation == Operation::kUpdate) {
    if (const auto old = read_spec(call.request.old_object)) {
      const RollClaims before = claims_of(call.snapshot, namespace_of(call), *old);
      for (const std::string& ns : before.selected) claimed.erase(ns);
      for (const std::string& ns : before.listed) claimed.erase(ns);
    }
  }
  for (const std::string& ns : claimed) {
    auto holder = others.effective.find(ns);
    if (holder != others.effective.end()) out.taken.insert(*holder);
  }
}

std::string holders_text(const std::map<std::string, std::string>& taken) {
  std::string out;
  size_t count = 0;
  for (const auto& [ns, holder] : taken) {
    if (++count > kMostNames) break;
    out += (out.empty() ? "" : ", ") + ns + " (" + holder + ")";
  }
  if (taken.size() > kMostNames) {
    out += " and " + std::to_string(taken.size() - kMostNames) + " more";
  }
  return out;
}

// That something is taken is for everybody to know, by whom for administrators.
std::optional<Verdict> refuse_taken(const HookCall& call, const Conflicts& conflicts) {
  const auto administrator = call.access.may(update_pods(""));
  if (!administrator) return std::nullopt;
  std::string message = "one or more members are already defined in another ServiceMeshMemberRoll";
  if (*administrator) message += ": " + holders_text(conflicts.taken);
  return bad_request(std::move(message));
}

Result<std::set<std::string>> added_namespaces(const HookCall& call, const Spec& spec) {
  std::set<std::string> out(spec.members.begin(), spec.members.end());
  if (call.request.operation != Operation::kUpdate) return out;
  const Result<Spec> old = read_spec(call.request.old_object);
  if (!old) return old.error().at("oldObject");
  for (const std::string& ns : old->members) out.erase(ns);
  return out;
}

std::string list_text(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : " ") + name;
  return "[" + out + "]";
}

// Who may update pods everywhere may use any roll; others must be so trusted in each namespace that
// they add. All questions are asked at once, the one that may settle all of them first.
std::optional<Verdict> check_rights(const HookCall& call, const RollClaims& claims,
                                    const std::set<std::string>& added) {
  const std::string& user = call.request.user.name;
  if (!claims.dynamic() && added.empty()) return allowed();
  const auto everywhere = call.access.may(update_pods(""));
  if (everywhere && *everywhere) return allowed();
  if (claims.dynamic()) {
    if (!everywhere) return std::nullopt;
    return forbidden(
        "only users that are allowed to update pods at the cluster scope are allowed to use "
        "wildcards or member selectors; user " +
        user + " does not have that permission");
  }
  std::vector<std::string> rejected;
  bool open = false;
  for (const std::string& ns : added) {
    const auto may = call.access.may(update_pods(ns));
    open = open || !may;
    if (may && !*may) rejected.push_back(ns);
  }
  if (open || (!everywhere && !rejected.empty())) return std::nullopt;
  if (rejected.empty()) return allowed();
  return forbidden("user '" + user +
                   "' does not have permission to access namespace(s): " + list_text(rejected));
}

void add_warnings(const HookCall& call, const Spec& spec, Verdict& verdict) {
  for (const std::string& ns : spec.members) {
    if (!is_never_member(call.snapshot, namespace_of(call), ns)) continue;
    verdict.warnings.push_back("namespace \"" + ns + "\" " +
                               (index::is_reserved_namespace(ns)
                                    ? "is of the cluster itself and does not become a member"
                                    : "is excluded by MeshOptions and does not become a member"));
  }
  for (size_t i = 0; i < spec.member_selectors.size(); ++i) {
    for (const auto& requirement : spec.member_selectors[i].match_expressions) {
      if (index::is_selector_operator(requirement.operator_)) continue;
      verdict.warnings.push_back("spec.memberSelectors[" + std::to_string(i) + "]: \"" +
                                 requirement.operator_ +
                                 "\" is no operator; the selector selects nothing");
    }
  }
}

std::optional<Verdict> judge(const HookCall& call, const Spec& spec) {
  const std::string ns = namespace_of(call);
  const OtherClaims others = claims_of_others(call.snapshot, ns);
  Conflicts conflicts = conflicts_of_lists(ns, spec, others);
  if (conflicts.own_namespace) {
    return bad_request("mesh project/namespace cannot be listed as a member");
  }
  const Result<std::set<std::string>> added = added_namespaces(call, spec);
  if (!added) return errored(400, added.error().message);
  const RollClaims claims = claims_of(call.snapshot, ns, spec);
  if (conflicts.taken.empty()) {
    // What selectors would show of other meshes is for those who may use selectors.
    std::optional<Verdict> rights = check_rights(call, claims, *added);
    if (!rights || !rights->allowed) return rights;
    add_effective_conflicts(call, claims, others, conflicts);
    if (conflicts.taken.empty()) return rights;
  }
  return refuse_taken(call, conflicts);
}

}  // namespace

Verdict mutate_member_roll(const HookCall& call) {
  const std::string ns = namespace_of(call);
  if (!is_watched(call.options, ns)) return allowed();
  const Value* members = smcp::at(call.object, "spec.members");
  const List* list = members == nullptr ? nullptr : members->if_list();
  if (list == nullptr) return allowed();
  List kept;
  for (const Value& member : *list) {
    if (const std::string* name = member.if_string(); name == nullptr || *name != ns) {
      kept.push_back(member);
    }
  }
  if (kept.size() == list->size()) return allowed();
  Value operation;
  operation.set("op", Value(kept.empty() ? "remove" : "replace"));
  operation.set("path", Value("/spec/members"));
  if (!kept.empty()) operation.set("value", Value(std::move(kept)));
  Verdict out;
  out.patch.push_back(std::move(operation));
  return out;
}

std::optional<Verdict> validate_member_roll(const HookCall& call) {
  const std::string ns = namespace_of(call);
  if (!is_watched(call.options, ns)) return allowed();
  const Result<Spec> spec = read_spec(call.object);
  if (!spec) return errored(400, spec.error().message);
  if (name_of(call) != "default") {
    return bad_request("ServiceMeshMemberRoll must be named 'default'");
  }
  if (!call.options.operator_namespace.empty() && ns == call.options.operator_namespace) {
    return bad_request(
        "ServiceMeshMemberRoll may not be created in the same project/namespace as the operator");
  }
  if (auto verdict = check_spec(*spec)) return verdict;
  std::optional<Verdict> out = judge(call, *spec);
  if (out && out->allowed) add_warnings(call, *spec, *out);
  return out;
}

}  // namespace mesh::tenancy
