// Protocol detection: off before v2.2, with a timeout that is a duration since.
#include "libmesh/smcp/go_duration.h"
#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {
namespace {
constexpr std::string_view kAutoDetect = "proxy.networking.protocol.autoDetect";
}

void check_no_protocol_detection(const Checked& checked, Messages& out) {
  const Value* detect = at(checked.spec, kAutoDetect);
  if (detect == nullptr) return;
  for (const std::string direction : {"inbound", "outbound"}) {
    if (!is_true(*detect, direction)) continue;
    out.push_back("automatic protocol detection is not supported in " +
                  std::string(version_text(checked.version)) +
                  "; if specified, spec.proxy.networking.protocol.autoDetect." + direction +
                  " must be set to false");
  }
}

void check_protocol_detection_timeout(const Checked& checked, Messages& out) {
  const Value* detect = at(checked.spec, kAutoDetect);
  const std::string_view timeout =
      detect == nullptr ? std::string_view() : text_at(*detect, "timeout");
  if (timeout.empty()) return;
  if (auto fault = go_duration_fault(timeout)) {
    out.push_back(
        "failed parsing spec.proxy.networking.protocol.autoDetect.timeout, not a valid duration: " +
        *fault);
  }
}

}  // namespace mesh::smcp
