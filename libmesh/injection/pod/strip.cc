#include "libmesh/injection/pod/strip.h"

#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/overrides.h"
#include "libmesh/injection/pod/prometheus.h"
#include "libmesh/injection/pod/status.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Value;

void remove_all(Value& pod, std::string_view list, const std::vector<std::string>& names) {
  List* containers = spec_list(pod, list);
  if (containers == nullptr || names.empty()) return;
  const std::unordered_set<std::string_view> gone(names.begin(), names.end());
  std::erase_if(*containers, [&](const Value& container) {
    const Value* name = container.find("name");
    return name != nullptr && name->is_string() && gone.contains(*name->if_string());
  });
}

void insert_missing(Value& pod, std::string_view list, const List& overrides) {
  if (overrides.empty()) return;
  Value* spec = pod.find("spec");
  if (spec == nullptr || !spec->is_map()) spec = &pod.set("spec", Value(Map{}));
  if (spec_list(pod, list) == nullptr) spec->set(list, Value(List{}));
  List& containers = *spec_list(pod, list);
  List missing;
  const NameIndex present(&containers);
  for (const Value& container : overrides) {
    if (present.find(container.string_at("name")) == nullptr) missing.push_back(container);
  }
  for (Value& container : missing) containers.push_back(std::move(container));
}

std::optional<int64_t> run_as_user(const Value& container) {
  const Value* context = container.find("securityContext");
  return context == nullptr ? std::nullopt : integer_at(*context, "runAsUser");
}

}  // namespace

Result<std::optional<Value>> strip_pod(const Value& pod, const std::string& agent_port) {
  auto overrides = read_overrides(pod);
  if (!overrides) return overrides.error();
  const auto status = read_status(pod);
  const bool overridden = !overrides->containers.empty() || !overrides->init_containers.empty();
  if (!status && !overridden) return std::optional<Value>();
  Value out = pod;
  if (status) {
    remove_all(out, kContainers, status->containers);
    remove_all(out, kInitContainers, status->init_containers);
    strip_prometheus(out, agent_port);
    make_metadata_map(out, "annotations").erase(kStatusAnnotation);
  }
  insert_missing(out, kContainers, overrides->containers);
  insert_missing(out, kInitContainers, overrides->init_containers);
  return std::optional<Value>(std::move(out));
}

std::optional<Value> reset_matching_user(const Value& pod) {
  const Value* sidecar = find_container(pod, kProxyContainer);
  const Value* context = sidecar == nullptr ? nullptr : sidecar->find("securityContext");
  if (context == nullptr || !context->is_map()) return std::nullopt;
  int64_t proxy = 0;
  int64_t application = 0;
  for (std::string_view list : {kContainers, kInitContainers}) {
    const List* containers = spec_list(pod, list);
    if (containers == nullptr) continue;
    for (const Value& container : *containers) {
      const std::string_view name = container.string_at("name");
      const auto user = run_as_user(container);
      if (!user || name == kValidationContainer || name == kInitContainer) continue;
      (name == kProxyContainer ? proxy : application) = *user;
    }
  }
  if (proxy != application) return std::nullopt;
  Value out = pod;
  Value* changed = find_container(out, kProxyContainer)->find("securityContext");
  changed->erase("runAsUser");
  changed->erase("runAsGroup");
  return out;
}

}  // namespace mesh::injection
