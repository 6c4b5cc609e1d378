// review: an AdmissionReview's bytes in, the answer's bytes out.
//
// Speaks admission.k8s.io/v1 and v1beta1 and answers in the version it was asked in, with the
// request's uid. Only the creation of a pod is ever changed; any other operation, kind or
// sub-resource is allowed as it is. A dry run gets the same answer: answering changes nothing.
// What istiod refuses is refused in its words (`allowed: false`, HTTP 200); what is no review at
// all gets a status of 400 and the reason.
//
// A patch never drops or changes what the user wrote of a container beyond what the settings name,
// and never adds a privilege that neither the pod nor the settings name (invariant.h): a patch that
// would is refused, whatever template made it.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/document/limits.h"
#include "libmesh/injection/doors/chooser.h"

namespace mesh::injection {

struct ReviewOptions {
  // The path of the URL, "/inject/cluster/c1/net/n1"; empty: that of the settings' options.
  std::string_view path;
  // How large and how deep a review may be. Istiod takes 6 MB (MaxRequestBodyBytes).
  document::Limits limits{.bytes = size_t{6} << 20};
};

enum class ReviewOutcome : uint8_t {
  kInjected,
  kLeftAlone,  // no pod, no creation, or decided so
  kRefused,    // allowed: false
  kMalformed,  // no review
};

struct ReviewAnswer {
  int http_status = 200;  // 400 for kMalformed
  std::string body;       // an AdmissionReview, always
  ReviewOutcome outcome = ReviewOutcome::kLeftAlone;
  std::string message;  // of the last two, and why a pod was left alone
};

ReviewAnswer review(std::string_view body, const Chooser& chooser,
                    const ReviewOptions& options = {});

}  // namespace mesh::injection
