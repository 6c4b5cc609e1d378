#include "libmesh/testing/walk/outcome.h"

namespace mesh::testing {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kRouted:
      return "routed";
    case Verdict::kPassthrough:
      return "passthrough";
    case Verdict::kBlackHole:
      return "black-hole";
    case Verdict::kRedirect:
      return "redirect";
    case Verdict::kDirectResponse:
      return "direct-response";
    case Verdict::kAborted:
      return "aborted";
    case Verdict::kDenied:
      return "denied";
    case Verdict::kUnauthenticated:
      return "unauthenticated";
    case Verdict::kNoListener:
      return "no-listener";
    case Verdict::kNoFilterChain:
      return "no-filter-chain";
    case Verdict::kTlsRefused:
      return "tls-refused";
    case Verdict::kNotHttp:
      return "not-http";
    case Verdict::kNoVirtualHost:
      return "no-virtual-host";
    case Verdict::kNoRoute:
      return "no-route";
    case Verdict::kNoCluster:
      return "no-cluster";
    case Verdict::kUnknown:
      return "unknown";
  }
  return "";
}

}  // namespace mesh::testing
