// Looking into a pod: containers by name, annotations, numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libmesh/document/value.h"

namespace mesh::injection {

inline constexpr std::string_view kProxyContainer = "istio-proxy";
inline constexpr std::string_view kInitContainer = "istio-init";
inline constexpr std::string_view kValidationContainer = "istio-validation";
inline constexpr std::string_view kCoreDumpContainer = "enable-core-dump";
inline constexpr std::string_view kContainers = "containers";
inline constexpr std::string_view kInitContainers = "initContainers";

inline constexpr std::string_view kStatusAnnotation = "sidecar.istio.io/status";
inline constexpr std::string_view kOverridesAnnotation = "proxy.istio.io/overrides";
inline constexpr std::string_view kProxyConfigAnnotation = "proxy.istio.io/config";
inline constexpr std::string_view kNativeSidecarAnnotation = "sidecar.istio.io/nativeSidecar";

// pod.metadata.annotations (or labels), or null; of a non-const pod the member is made when missing.
const document::Value* metadata_map(const document::Value& pod, std::string_view which);
document::Value& make_metadata_map(document::Value& pod, std::string_view which);
// spec.hostNetwork.
bool in_host_network(const document::Value& pod);
// The text of an annotation, or null.
const std::string* annotation(const document::Value& pod, std::string_view key);
const std::string* label(const document::Value& pod, std::string_view key);

// pod.spec.LIST, or null when it is no list.
const document::List* spec_list(const document::Value& pod, std::string_view list);
document::List* spec_list(document::Value& pod, std::string_view list);

// The first element with the name, or null.
const document::Value* find_named(const document::List* list, std::string_view name);
document::Value* find_named(document::List* list, std::string_view name);

// The same for asking often: a long list is looked through once. Names must not change meanwhile.
class NameIndex {
 public:
  explicit NameIndex(const document::List* list);
  // The first element with the name, or null.
  const document::Value* find(std::string_view name) const;

 private:
  const document::List* list_;
  std::unordered_map<std::string_view, const document::Value*> index_;
};

// The first container of the name, containers before initContainers.
const document::Value* find_container(const document::Value& pod, std::string_view name);
document::Value* find_container(document::Value& pod, std::string_view name);

// An integer at a member, whatever number it was written as.
std::optional<int64_t> integer_at(const document::Value& map, std::string_view key);

}  // namespace mesh::injection
