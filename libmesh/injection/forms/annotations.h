// The annotations of a pod that injection reads, found in one pass.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::injection::forms {

enum class Known : uint8_t {
  kDatadogEnv,
  kReroute,
  kNetworks,
  kDefaultContainer,
  kDefaultLogsContainer,
  kPrometheusMerge,
  kProxyConfig,
  kReadinessFailureThreshold,
  kReadinessInitialDelay,
  kReadinessPeriod,
  kOtelInstance,
  kOtelNamespace,
  kOtelVersion,
  kAgentLogLevel,
  kBootstrapOverride,
  kCapNetBindService,
  kComponentLogLevel,
  kInterceptionMode,
  kLogLevel,
  kNativeSidecar,
  kProxyCpu,
  kProxyCpuLimit,
  kProxyImage,
  kProxyImageType,
  kProxyMemory,
  kProxyMemoryLimit,
  kProxyUid,
  kUserVolume,
  kUserVolumeMount,
  kStatusPort,
  kExcludeInboundPorts,
  kExcludeInterfaces,
  kExcludeOutboundRanges,
  kExcludeOutboundPorts,
  kIncludeInboundPorts,
  kIncludeOutboundRanges,
  kIncludeOutboundPorts,
  kKubevirtInterfaces,
};
inline constexpr size_t kKnownCount = static_cast<size_t>(Known::kKubevirtInterfaces) + 1;

std::string_view name_of(Known known);
std::optional<Known> known_of(std::string_view name);

class Annotations {
 public:
  // `annotations`: the mapping, or null. The texts stay its own.
  explicit Annotations(const document::Value* annotations);

  const std::string* get(Known known) const { return found_[static_cast<size_t>(known)]; }
  bool has(Known known) const { return get(known) != nullptr; }
  // Empty when it is not there.
  std::string_view text(Known known) const {
    const std::string* found = get(known);
    return found == nullptr ? std::string_view() : std::string_view(*found);
  }
  // `annotation .ObjectMeta name default` of the templates.
  std::string_view text_or(Known known, std::string_view otherwise) const {
    const std::string* found = get(known);
    return found == nullptr ? otherwise : std::string_view(*found);
  }

 private:
  std::array<const std::string*, kKnownCount> found_{};
};

}  // namespace mesh::injection::forms
