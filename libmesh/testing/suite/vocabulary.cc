#include "libmesh/testing/suite/vocabulary.h"

#include <algorithm>
#include <array>

namespace mesh::testing {
namespace {

using T = ValueType;
using Words = std::string_view;

// Answers are written as their members' names: "name{...}" has members of its own, "name*" any.
constexpr Words kBecause = "because{object field text}";

Shape read_members(Words& text) {
  Shape out;
  while (!text.empty() && text.front() != '}') {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    const size_t end = std::min(text.find_first_of(" {}*"), text.size());
    out.names.push_back(text.substr(0, end));
    text.remove_prefix(end);
    Shape& member = out.members.emplace_back();
    const char next = text.empty() ? ' ' : text.front();
    if (next == '*') member.open = true;
    if (next == '{' || next == '*') text.remove_prefix(1);
    if (next != '{') continue;
    member = read_members(text);
    if (!text.empty()) text.remove_prefix(1);
  }
  return out;
}

// Every answer has its reasons.
Shape shape_of(Words text) {
  Shape out = read_members(text);
  Words because = kBecause;
  Shape more = read_members(because);
  out.names.push_back(more.names.front());
  out.members.push_back(std::move(more.members.front()));
  return out;
}

constexpr QuestionKey kInject[] = {{"pod", T::kText}, {"object", T::kMap}, {"namespace", T::kText}};
constexpr Words kInjectOneOf[] = {"pod", "object"};
constexpr Words kInjectAnswer =
    "injected reason tenant namespace revision tag webhook presumed configuration "
    "pod*";

constexpr QuestionKey kMembers[] = {{"namespace", T::kText}, {"tenant", T::kText}};
constexpr Words kMembersOneOf[] = {"namespace", "tenant"};
constexpr Words kMembersAnswer =
    "mesh exists terminating label conclusion claims{tenant state via reason message "
    "holder} version clusterWide members{namespace state reason message via} "
    "namespaces";

constexpr QuestionKey kPlan[] = {{"object", T::kText, true}, {"tenant", T::kText}};
constexpr Words kPlanAnswer = "exists action phase tenant differences{path is* shouldBe*} object*";

constexpr QuestionKey kReach[] = {
    {"from", T::kText, true}, {"to", T::kText, true}, {"planned", T::kFlag}};
constexpr Words kReachAnswer =
    "reached from to ports{port protocol reached} strategy missing holes{hole object "
    "field message}";

constexpr QuestionKey kXds[] = {{"pod", T::kText},
                                {"proxy", T::kMap},
                                {"type", T::kText, true},
                                {"name", T::kText},
                                {"path", T::kText}};
constexpr Words kXdsOneOf[] = {"pod", "proxy"};
constexpr Words kXdsAnswer = "names count value* values* paths";

// Of one request: read_request (walk/request_json.h) has the words.
constexpr QuestionKey kRoute[] = {
    {"from", T::kText},   {"gateway", T::kText}, {"side", T::kText},   {"protocol", T::kText},
    {"tls", T::kText},    {"method", T::kText},  {"host", T::kText},   {"path", T::kText},
    {"headers", T::kAny}, {"address", T::kText}, {"port", T::kNumber}, {"sni", T::kText},
    {"alpn", T::kAny},    {"source", T::kMap},   {"tokens", T::kList}, {"time", T::kAny}};
constexpr Words kRouteOneOf[] = {"from", "gateway"};
// As write() of an Outcome (walk/outcome_json.cc) has it.
constexpr Words kRouteAnswer =
    "verdict detail listener filterChain routeConfiguration virtualHost route "
    "destinations{cluster host subset port weight missing tls{mode match sni alpn "
    "subjectAltNames tunnel} endpoints{address weight priority locality healthy "
    "tls{mode match sni alpn subjectAltNames tunnel}} requestHeaders{change name "
    "value} responseHeaders{change name value} hostRewrite} totalWeight host path "
    "method requestHeaders{change name value} responseHeaders{change name value} "
    "redirect{code location} directResponse{code body} fault{delayPercent delayMs "
    "abortPercent abortCode abortGrpcCode} retry{attempts on perTryTimeoutMs} "
    "timeoutMs mirrors{percent destination{cluster host subset port weight missing "
    "tls{mode match sni alpn subjectAltNames tunnel} endpoints{address weight "
    "priority locality healthy tls{mode match sni alpn subjectAltNames tunnel}} "
    "requestHeaders{change name value} responseHeaders{change name value} "
    "hostRewrite}} cors{allowOrigins allowMethods allowHeaders exposeHeaders maxAge "
    "allowCredentials} hashPolicy deniedBy{filter action policy} allowedBy "
    "asked{filter service policy} principal tls unknown certain";

constexpr QuestionKey kAuthz[] = {
    {"from", T::kText},    {"to", T::kText, true}, {"protocol", T::kText}, {"tls", T::kText},
    {"method", T::kText},  {"host", T::kText},     {"path", T::kText},     {"headers", T::kAny},
    {"address", T::kText}, {"port", T::kNumber},   {"sni", T::kText},      {"alpn", T::kAny},
    {"source", T::kMap},   {"tokens", T::kList},   {"time", T::kAny}};
constexpr Words kAuthzAnswer =
    "allowed verdict detail policy rule action filter asked{filter service policy} "
    "principal allowedBy unknown";

constexpr QuestionKey kMtls[] = {{"from", T::kText, true}, {"to", T::kText, true},
                                 {"host", T::kText},       {"address", T::kText},
                                 {"port", T::kNumber},     {"protocol", T::kText}};
constexpr Words kMtlsAnswer = "mode accepted server verdict detail sni alpn principal";

}  // namespace

const Shape* Shape::find(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? nullptr : &members[static_cast<size_t>(found - names.begin())];
}

const Vocabulary& vocabulary(CaseKind kind) {
  static const std::array<Vocabulary, kCaseKindCount> kAll = {{
      {kInject, shape_of(kInjectAnswer), kInjectOneOf},
      {kMembers, shape_of(kMembersAnswer), kMembersOneOf},
      {kPlan, shape_of(kPlanAnswer), {}},
      {kReach, shape_of(kReachAnswer), {}},
      {kRoute, shape_of(kRouteAnswer), kRouteOneOf},
      {kAuthz, shape_of(kAuthzAnswer), {}},
      {kMtls, shape_of(kMtlsAnswer), {}},
      {kXds, shape_of(kXdsAnswer), kXdsOneOf},
  }};
  return kAll[static_cast<size_t>(kind)];
}

}  // namespace mesh::testing
