#include "libmesh/injection/decision/asked.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/base/strings.h"

namespace mesh::injection {
namespace {

using index::InjectionPlace;

const std::string kInject = "sidecar.istio.io/inject";
const std::string kRevision = "istio.io/rev";

struct Request {
  std::string object;
  std::string field;
  std::string value;
  enum { kLabel, kAnnotation, kRevisionLabel, kNamespaceLabel } by = kLabel;
};

bool is_yes(const std::string* text) {
  if (text == nullptr) return false;
  const std::string word = lower_ascii(*text);
  return word == "true" || word == "y" || word == "yes" || word == "on";
}

const std::string* namespace_label(const InjectionPlace& place, const std::string& key) {
  if (place.labels == nullptr) return nullptr;
  auto found = place.labels->find(key);
  return found == place.labels->end() ? nullptr : &found->second;
}

// What asks first: the pod's own word, then its revision, then its namespace.
std::optional<Request> request_of(const InjectionPlace& place, const Subject& subject) {
  const std::string pod(subject.object);
  const std::string* label = subject.labels.get(kInject);
  const std::string* annotation = subject.annotations.get(kInject);
  const std::string* said = label != nullptr ? label : annotation;
  if (said != nullptr && !said->empty() && !is_yes(said)) return std::nullopt;  // it refuses
  if (is_yes(label)) {
    return Request{pod, "metadata.labels[" + kInject + "]", *label, Request::kLabel};
  }
  if (is_yes(said)) {
    return Request{pod, "metadata.annotations[" + kInject + "]", *said, Request::kAnnotation};
  }
  if (const std::string* revision = subject.labels.get(kRevision)) {
    return Request{pod, "metadata.labels[" + kRevision + "]", *revision, Request::kRevisionLabel};
  }
  const std::string ns = "Namespace " + std::string(subject.ns);
  if (const std::string* revision = namespace_label(place, kRevision)) {
    return Request{ns, "metadata.labels[" + kRevision + "]", *revision, Request::kRevisionLabel};
  }
  const std::string* injection = namespace_label(place, "istio-injection");
  if (injection != nullptr && *injection == "enabled") {
    return Request{ns, "metadata.labels[istio-injection]", *injection, Request::kNamespaceLabel};
  }
  return std::nullopt;
}

std::string known_revisions(const InjectionPlace& place) {
  std::set<std::string> names;
  for (const auto& webhook : place.rules.webhooks) {
    names.insert(webhook.tag.empty() ? place.rules.planes[webhook.plane].revision : webhook.tag);
  }
  std::string out;
  for (const std::string& name : names) {
    if (!name.empty()) out += (out.empty() ? "" : ", ") + name;
  }
  return out.empty() ? "none" : out;
}

std::string mend_of(const InjectionPlace& place, const Request& request) {
  const bool maistra = !place.tenants.list.empty() && !place.tenants.list.front().implicit;
  if (maistra) {
    return "make the namespace a member of a ServiceMeshControlPlane, and see that no label keeps "
           "it out";
  }
  switch (request.by) {
    case Request::kAnnotation:
      return "say it in a label of that name: no webhook looks at annotations";
    case Request::kRevisionLabel:
      return "name a revision or tag that there is: " + known_revisions(place);
    case Request::kLabel:
      return "label the namespace with istio-injection=enabled or istio.io/rev, or the pod with "
             "istio.io/rev";
    case Request::kNamespaceLabel:
      return "label the namespace with istio.io/rev and a revision or tag that there is: " +
             known_revisions(place);
  }
  return "";
}

}  // namespace

void tell_unanswered(const InjectionPlace& place, const Subject& subject, Decision& decision) {
  if (decision.answer != Answer::kNo || decision.reason != InjectionReason::kNoWebhook) return;
  if (subject.host_network) return;  // nobody would inject it
  auto request = request_of(place, subject);
  if (!request) return;
  const std::string how = request->object == subject.object
                              ? "the pod asks for a proxy"
                              : "pods of the namespace are to have a proxy";
  decision.diagnostics.push_back(
      {Severity::kWarning, Code::kInjectionUnanswered, std::string(subject.object), request->field,
       "is \"" + request->value + "\": " + how + ", and no control plane is asked to inject it",
       mend_of(place, *request), "", 0, 0});
}

}  // namespace mesh::injection
