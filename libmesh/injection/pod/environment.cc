#include "libmesh/injection/pod/environment.h"

#include <algorithm>
#include <iterator>

#include "libmesh/document/json.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/probes.h"
#include "libmesh/injection/pod/prometheus.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

void set(Variables& variables, std::string_view name, std::string_view value) {
  const auto place = std::lower_bound(
      variables.begin(), variables.end(), name,
      [](const auto& variable, std::string_view key) { return variable.first < key; });
  if (place != variables.end() && place->first == name) {
    place->second = value;
  } else {
    variables.insert(place, {std::string(name), std::string(value)});
  }
}

std::string_view get(const Variables& variables, std::string_view name) {
  for (const auto& [key, value] : variables) {
    if (key == name) return value;
  }
  return {};
}

// What injection appends after these variables.
List::iterator first_of_ours(List& list) {
  return std::find_if(list.begin(), list.end(), [](const Value& entry) {
    const std::string_view name = entry.string_at("name");
    return name == kAppProbersVariable || name == kPrometheusVariable;
  });
}

}  // namespace

Variables proxy_variables(const Value& pod, const Settings& settings, const Variables& of_url) {
  Variables out;
  for (const auto& [name, value] : of_url) set(out, name, value);
  if (get(out, kClusterVariable).empty() && !settings.cluster.empty()) {
    set(out, kClusterVariable, settings.cluster);
  }
  const std::string* own = label(pod, "topology.istio.io/network");
  if (own != nullptr) {
    if (!own->empty()) set(out, kNetworkVariable, *own);
  } else if (get(out, kNetworkVariable).empty() && !settings.network.empty()) {
    set(out, kNetworkVariable, settings.network);
  }
  return out;
}

void replace_variables(Value& pod, const Variables& variables, bool injected_before) {
  Value* sidecar = variables.empty() ? nullptr : find_container(pod, kProxyContainer);
  if (sidecar == nullptr) return;
  Value* env = sidecar->find("env");
  if (env == nullptr || !env->is_list()) env = &sidecar->set("env", Value(List{}));
  List& list = *env->if_list();
  std::erase_if(list, [&](const Value& entry) {
    const std::string_view name = entry.string_at("name");
    return std::any_of(variables.begin(), variables.end(),
                       [&](const auto& variable) { return variable.first == name; });
  });
  List added;
  for (const auto& [name, value] : variables) {
    Map entry;
    entry.reserve(2);
    entry.push_back({"name", Value(name), {}});
    if (!value.empty()) entry.push_back({"value", Value(value), {}});
    added.emplace_back(std::move(entry));
  }
  const auto place = injected_before ? first_of_ours(list) : list.end();
  list.insert(place, std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
}

Result<Variables> parse_proxy_env(std::string_view annotation) {
  Diagnostics ignored;
  const auto map = document::read_json(annotation, "", ignored);
  const std::string where = "annotation " + std::string(kProxyEnvAnnotation) + ": ";
  if (!map) return Error{ErrorCode::kInvalidArgument, where + map.error().message};
  if (!map->is_map()) {
    return Error{ErrorCode::kInvalidArgument, where + "is no mapping of names to texts"};
  }
  Variables out;
  for (const Member& member : *map->if_map()) {
    const std::string* text = member.value.if_string();
    if (text == nullptr) {
      return Error{ErrorCode::kInvalidArgument,
                   where + member.key + " is a " +
                       std::string(document::type_name(member.value.type())) +
                       ", must be a text in quotes"};
    }
    set(out, member.key, *text);
  }
  return out;
}

}  // namespace mesh::injection
