#include "libmesh/testing/suite/answer.h"

#include <algorithm>

#include "libmesh/kube/kinds.h"

namespace mesh::testing {

using document::Value;

Value texts(const std::vector<std::string>& list) {
  document::List out;
  for (const std::string& each : list) out.emplace_back(each);
  return Value(std::move(out));
}

Result<kube::ObjectKey> object_key(std::string_view text) {
  const size_t end = text.find_first_of("/ ");
  const auto kind =
      end == std::string_view::npos ? std::nullopt : kube::kind_by_name(text.substr(0, end));
  if (!kind) {
    return Error{
        ErrorCode::kInvalidArgument,
        "\"" + std::string(text) + "\" is not KIND/NAMESPACE/NAME of a kind that is known"};
  }
  const std::string_view rest = text.substr(end + 1);
  if (kube::is_cluster_scoped(*kind)) return kube::ObjectKey{*kind, "", std::string(rest)};
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size()) {
    return Error{ErrorCode::kInvalidArgument,
                 "\"" + std::string(text) + "\" is not KIND/NAMESPACE/NAME"};
  }
  return kube::ObjectKey{*kind, std::string(rest.substr(0, slash)),
                         std::string(rest.substr(slash + 1))};
}

namespace {

Value because_value(const std::vector<Reason>& because) {
  document::List out;
  for (const Reason& reason : because) {
    Value entry;
    entry.set("object", Value(reason.object));
    entry.set("field", Value(reason.field));
    entry.set("text", Value(reason.text));
    out.push_back(std::move(entry));
  }
  return Value(std::move(out));
}

Result<Answer> answer_kind(World& world, const Case& question) {
  switch (question.kind) {
    case CaseKind::kInject:
      return answer_inject(world, question);
    case CaseKind::kMembers:
      return answer_members(world, question);
    case CaseKind::kPlan:
      return answer_plan(world, question);
    case CaseKind::kReach:
      return answer_reach(world, question);
    case CaseKind::kRoute:
      return answer_route(world, question);
    case CaseKind::kAuthz:
      return answer_authz(world, question);
    case CaseKind::kMtls:
      return answer_mtls(world, question);
    case CaseKind::kXds:
      return answer_xds(world, question);
  }
  return Error{ErrorCode::kInternal, "a case of no kind"};
}

}  // namespace

Result<Answer> answer(World& world, const Case& question) {
  auto out = answer_kind(world, question);
  if (out) out->set("because", because_value(out->because));
  return out;
}

}  // namespace mesh::testing
