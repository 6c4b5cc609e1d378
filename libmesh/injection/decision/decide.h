// decide: whether a pod gets a proxy, from which control plane, and why, in three answers.
//
// Two questions, one after the other. First the API server's: which webhook entries are called for
// this pod (webhooks of the input, else those that Istio's chart and Maistra's operator install).
// Then the injector's own of each control plane that is called (injectRequired in
// pkg/kube/inject/inject.go): host network, ignored namespaces, the pod's label before its
// annotation, never and always selectors, policy. The rule itself is index/proxies/injection_rule.h, which
// finding proxies uses as well; here it is asked for its reasons.
//
// Property: the answer, the matrix (matrix.h) and index::is_to_be_injected are the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/model/ids.h"

namespace mesh::injection {

using index::Answer;
using index::Because;
using index::InjectionReason;

struct Decision {
  Answer answer = Answer::kNo;
  InjectionReason reason = InjectionReason::kNoWebhook;
  // Of kUnknown: what it would be if the namespace had no labels and every condition held.
  bool presumed = false;
  model::TenantId tenant;        // of the control plane that decided; empty: none, or Istio's
  std::string plane_ns;          // its namespace; empty when not known
  std::string revision;          // "default", "canary"
  std::string tag;               // the revision tag by which it was called, or empty
  std::string configuration;     // "istio-sidecar-injector"
  std::string webhook;           // "namespace.sidecar-injector.istio.io"
  bool stated = false;           // the webhook is in the input, not what a chart would install
  std::vector<Because> because;  // in the order of deciding; the last one decided
  Diagnostics diagnostics;       // conflicts, values that say nothing

  bool injects() const { return answer == Answer::kYes; }
  // One line: "the pod's label says so: metadata.labels[sidecar.istio.io/inject] is \"false\"".
  std::string text() const;
};

// A pod, or a template of pods, in a namespace.
using Subject = index::InjectionSubject;
// Of a document with `metadata` and `spec`; views into it.
Subject subject_of(const document::Value& pod, std::string_view ns, std::string_view object);

Decision decide(const index::Snapshot& snapshot, const Subject& subject);

// What a snapshot knows of a namespace, for index::decide_injection; views into the snapshot.
index::InjectionPlace place_of(const index::Snapshot& snapshot, std::string_view ns);

}  // namespace mesh::injection
