#include "libmesh/testing/suite/vocabulary.h"

#include <array>

namespace mesh::testing {
namespace {

using T = ValueType;
using Words = std::string_view;

constexpr QuestionKey kInject[] = {{"pod", T::kText}, {"object", T::kMap}, {"namespace", T::kText}};
constexpr Words kInjectOneOf[] = {"pod", "object"};
constexpr Words kInjectAnswer[] = {"injected", "reason",        "tenant",  "namespace",
                                   "revision", "tag",           "webhook", "presumed",
                                   "because",  "configuration", "pod"};

constexpr QuestionKey kMembers[] = {{"namespace", T::kText}, {"tenant", T::kText}};
constexpr Words kMembersOneOf[] = {"namespace", "tenant"};
constexpr Words kMembersAnswer[] = {"mesh",        "exists",  "terminating", "label",
                                    "conclusion",  "claims",  "because",     "version",
                                    "clusterWide", "members", "namespaces"};

constexpr QuestionKey kPlan[] = {{"object", T::kText, true}, {"tenant", T::kText}};
constexpr Words kPlanAnswer[] = {"exists", "action",      "phase",  "tenant",
                                 "state",  "differences", "object", "because"};

constexpr QuestionKey kReach[] = {
    {"from", T::kText, true}, {"to", T::kText, true}, {"planned", T::kFlag}};
constexpr Words kReachAnswer[] = {"reached",  "from",    "to",      "ports",
                                  "strategy", "missing", "because", "holes"};

constexpr QuestionKey kXds[] = {{"pod", T::kText},
                                {"proxy", T::kMap},
                                {"type", T::kText, true},
                                {"name", T::kText},
                                {"path", T::kText}};
constexpr Words kXdsOneOf[] = {"pod", "proxy"};
constexpr Words kXdsAnswer[] = {"names", "count", "value", "values", "paths"};

// Of one request: read_request (walk/request_json.h) has the words.
constexpr QuestionKey kRoute[] = {
    {"from", T::kText},   {"gateway", T::kText}, {"side", T::kText},   {"protocol", T::kText},
    {"tls", T::kText},    {"method", T::kText},  {"host", T::kText},   {"path", T::kText},
    {"headers", T::kAny}, {"address", T::kText}, {"port", T::kNumber}, {"sni", T::kText},
    {"alpn", T::kAny},    {"source", T::kMap},   {"tokens", T::kList}};
constexpr Words kRouteOneOf[] = {"from", "gateway"};
constexpr Words kRouteAnswer[] = {
    "verdict",        "detail",     "listener",       "filterChain",     "routeConfiguration",
    "virtualHost",    "route",      "destinations",   "totalWeight",     "host",
    "path",           "method",     "requestHeaders", "responseHeaders", "redirect",
    "directResponse", "fault",      "retry",          "timeoutMs",       "mirrors",
    "cors",           "hashPolicy", "deniedBy",       "allowedBy",       "asked",
    "principal",      "tls",        "unknown",        "because"};

constexpr QuestionKey kAuthz[] = {
    {"from", T::kText},    {"to", T::kText, true}, {"protocol", T::kText}, {"tls", T::kText},
    {"method", T::kText},  {"host", T::kText},     {"path", T::kText},     {"headers", T::kAny},
    {"address", T::kText}, {"port", T::kNumber},   {"sni", T::kText},      {"alpn", T::kAny},
    {"source", T::kMap},   {"tokens", T::kList}};
constexpr Words kAuthzAnswer[] = {"allowed",   "verdict", "detail",    "policy",
                                  "rule",      "action",  "filter",    "asked",
                                  "principal", "because", "allowedBy", "unknown"};

constexpr QuestionKey kMtls[] = {{"from", T::kText, true}, {"to", T::kText, true},
                                 {"host", T::kText},       {"address", T::kText},
                                 {"port", T::kNumber},     {"protocol", T::kText}};
constexpr Words kMtlsAnswer[] = {"mode", "accepted", "server",    "verdict", "detail",
                                 "sni",  "alpn",     "principal", "because"};

}  // namespace

const Vocabulary& vocabulary(CaseKind kind) {
  static const std::array<Vocabulary, kCaseKindCount> kAll = {{
      {kInject, kInjectAnswer, kInjectOneOf},
      {kMembers, kMembersAnswer, kMembersOneOf},
      {kPlan, kPlanAnswer, {}},
      {kReach, kReachAnswer, {}},
      {kRoute, kRouteAnswer, kRouteOneOf},
      {kAuthz, kAuthzAnswer, {}},
      {kMtls, kMtlsAnswer, {}},
      {kXds, kXdsAnswer, kXdsOneOf},
  }};
  return kAll[static_cast<size_t>(kind)];
}

}  // namespace mesh::testing
