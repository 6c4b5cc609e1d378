#include "libmesh/injection/pod/invariant.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/probes.h"
#include "libmesh/injection/pod/status.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

constexpr std::string_view kEphemeralContainers = "ephemeralContainers";

bool is_true(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value != nullptr && value->if_bool() != nullptr && *value->if_bool();
}

void add(std::vector<Privilege>& out, std::string_view container, std::string what) {
  out.push_back({std::string(container), std::move(what)});
}

void add_of_context(const Value& context, std::string_view container, std::vector<Privilege>& out) {
  for (std::string_view flag : {"privileged", "allowPrivilegeEscalation"}) {
    if (is_true(context, flag)) add(out, container, std::string(flag));
  }
  if (integer_at(context, "runAsUser") == 0) add(out, container, "user root");
  if (integer_at(context, "runAsGroup") == 0) add(out, container, "group root");
  const std::string_view proc = context.string_at("procMount");
  if (!proc.empty() && proc != "Default") add(out, container, "procMount");
  for (std::string_view profile : {"seccompProfile", "appArmorProfile"}) {
    const Value* value = context.find(profile);
    if (value != nullptr && value->string_at("type") == "Unconfined") {
      add(out, container, std::string(profile) + " Unconfined");
    }
  }
  const Value* capabilities = context.find("capabilities");
  const Value* added = capabilities == nullptr ? nullptr : capabilities->find("add");
  if (added == nullptr || !added->is_list()) return;
  for (const Value& capability : *added->if_list()) {
    if (const std::string* name = capability.if_string()) {
      add(out, container, "capability " + *name);
    }
  }
}

void add_of_container(const Value& container, std::vector<Privilege>& out) {
  const std::string_view name = container.string_at("name");
  if (const Value* context = container.find("securityContext")) add_of_context(*context, name, out);
  const Value* ports = container.find("ports");
  if (ports == nullptr || !ports->is_list()) return;
  for (const Value& port : *ports->if_list()) {
    const auto host = integer_at(port, "hostPort");
    if (host && *host != 0) add(out, name, "hostPort " + std::to_string(*host));
  }
}

// ---- what the user wrote is still there --------------------------------------------------------

// Where a change was found: built from the inside out, so that the usual case costs nothing.
using Change = std::optional<std::string>;

Change within(std::string_view key, Change change) {
  if (!change) return change;
  std::string path(key);
  if (!change->empty() && change->front() != '[') path += '.';
  return path + *change;
}

// What Go's types do not tell from nothing.
bool says_nothing(const Value& value) {
  if (value.is_null()) return true;
  if (const bool* flag = value.if_bool()) return !*flag;
  if (const int64_t* number = value.if_int()) return *number == 0;
  if (const std::string* text = value.if_string()) return text->empty();
  if (const List* list = value.if_list()) return list->empty();
  if (const Map* map = value.if_map()) {
    return std::all_of(map->begin(), map->end(),
                       [](const Member& member) { return says_nothing(member.value); });
  }
  return false;
}

std::string_view merge_key(std::string_view field) {
  if (field == "env") return "name";
  if (field == "volumeMounts") return "mountPath";
  if (field == "volumeDevices") return "devicePath";
  if (field == "ports") return "containerPort";
  return {};
}

Change change_of(const Value& before, const Value& after);

Change change_of_map(const Map& before, const Value& after) {
  const Map* map = after.if_map();
  if (map == nullptr) return "";
  size_t place = 0;
  for (const Member& member : before) {
    const bool in_step = place < map->size() && (*map)[place].key == member.key;
    const Value* now = in_step ? &(*map)[place].value : after.find(member.key);
    ++place;
    if (now == nullptr) {
      if (!says_nothing(member.value)) return member.key;
    } else if (Change change = change_of(member.value, *now)) {
      return within(member.key, std::move(change));
    }
  }
  return std::nullopt;
}

Change change_of(const Value& before, const Value& after) {
  if (const Map* map = before.if_map()) return change_of_map(*map, after);
  if (before == after || says_nothing(before)) return std::nullopt;
  return "";
}

// A list with a merge key: every element is still there, in its order, whatever else is.
Change change_of_list(const List& before, const Value& after, std::string_view key) {
  const List* list = after.if_list();
  if (list == nullptr) return before.empty() ? Change() : Change("");
  size_t place = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    const Value* name = before[i].find(key);
    const auto is_same = [&](const Value& element) {
      const Value* own = element.find(key);
      return name == nullptr ? own == nullptr : own != nullptr && *own == *name;
    };
    const auto from = list->begin() + static_cast<ptrdiff_t>(std::min(place, list->size()));
    auto found = std::find_if(from, list->end(), is_same);
    if (found == list->end()) found = std::find_if(list->begin(), list->end(), is_same);
    if (found == list->end()) return "[" + std::to_string(i) + "]";
    place = static_cast<size_t>(found - list->begin()) + 1;
    if (Change change = change_of(before[i], *found)) {
      return within("[" + std::to_string(i) + "]", std::move(change));
    }
  }
  return std::nullopt;
}

bool asks_agent(const Value& probe, const ProbeKind& kind, std::string_view container) {
  const Value* action = probe.find("httpGet");
  return action != nullptr && action->string_at("path") == probe_path(kind, container);
}

// A probe may have been turned to the agent; what does not say whom it asks stays.
Change change_of_probe(const Value& before, const Value& after, const ProbeKind& kind,
                       std::string_view container) {
  if (before == after) return std::nullopt;
  if (!asks_agent(after, kind, container) || !before.is_map()) return kind.field.data();
  for (const Member& member : *before.if_map()) {
    if (member.key == "httpGet" || member.key == "tcpSocket" || member.key == "grpc") continue;
    const Value* now = after.find(member.key);
    if (now == nullptr ? !says_nothing(member.value) : change_of(member.value, *now).has_value()) {
      return within(kind.field, member.key);
    }
  }
  return std::nullopt;
}

const ProbeKind* probe_kind(std::string_view group, std::string_view field) {
  for (const ProbeKind& kind : kProbeKinds) {
    if (kind.group == group && kind.field == field) return &kind;
  }
  return nullptr;
}

Change change_of_members(const Value& before, const Value& after, std::string_view group,
                         std::string_view container) {
  const Map& members = *before.if_map();
  for (const Member& member : members) {
    const Value* now = after.find(member.key);
    if (now == nullptr) {
      if (!says_nothing(member.value)) return member.key;
      continue;
    }
    Change change;
    if (const ProbeKind* kind = probe_kind(group, member.key)) {
      change = change_of_probe(member.value, *now, *kind, container);
      if (change) return change;
    } else if (group.empty() && member.key == "lifecycle" && member.value.is_map()) {
      change = change_of_members(member.value, *now, member.key, container);
    } else if (const std::string_view key = merge_key(member.key);
               !key.empty() && member.value.is_list()) {
      change = change_of_list(*member.value.if_list(), *now, key);
    } else if (member.key != "image" || member.value.if_string() == nullptr ||
               *member.value.if_string() != "auto") {
      change = change_of(member.value, *now);
    }
    if (change) return within(member.key, std::move(change));
  }
  return std::nullopt;
}

using Names = std::unordered_set<std::string_view>;

bool is_meshs(std::string_view name, const Names& brought) {
  return name == kProxyContainer || name == kInitContainer || name == kValidationContainer ||
         brought.contains(name);
}

Error forbidden(std::string_view container, std::string_view fact) {
  return Error{ErrorCode::kConflict,
               "container " + std::string(container) + " " + std::string(fact)};
}

Result<void> check_containers(const Value& before, const Value& after, std::string_view list,
                              const Names& brought) {
  const List* containers = spec_list(before, list);
  if (containers == nullptr) return {};
  const NameIndex own(containers);
  const NameIndex now(spec_list(after, list));
  for (const Value& container : *containers) {
    const std::string_view name = container.string_at("name");
    const bool meshs = is_meshs(name, brought);
    const Value* found = now.find(name);
    if (found == nullptr && meshs) found = find_container(after, name);
    if (found == nullptr) {
      if (name.empty()) continue;  // not a container yet: the API server refuses it
      return forbidden(name, "would be dropped");
    }
    if (meshs || !container.is_map() || own.find(name) != &container) continue;
    if (const Change change = change_of_members(container, *found, "", name)) {
      return forbidden(name, "would be changed: " + *change);
    }
  }
  return {};
}

}  // namespace

void add_privileges(const Value& pod, std::vector<Privilege>& out) {
  const Value* spec = pod.find("spec");
  if (spec == nullptr) return;
  for (std::string_view flag : {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"}) {
    if (is_true(*spec, flag)) add(out, "", std::string(flag));
  }
  if (const Value* context = spec->find("securityContext")) add_of_context(*context, "", out);
  for (std::string_view list : {kContainers, kInitContainers, kEphemeralContainers}) {
    const List* containers = spec_list(pod, list);
    if (containers == nullptr) continue;
    for (const Value& container : *containers) add_of_container(container, out);
  }
  const List* volumes = spec_list(pod, "volumes");
  if (volumes == nullptr) return;
  for (const Value& volume : *volumes) {
    const Value* path = volume.find("hostPath");
    if (path == nullptr) continue;
    add(out, volume.string_at("name"), "hostPath " + std::string(path->string_at("path")));
  }
}

Result<void> check_injection(const Value& before, const Value& after,
                             const std::vector<Privilege>& named) {
  const auto status = read_status(before);
  Names brought;
  if (status) {
    brought.insert(status->containers.begin(), status->containers.end());
    brought.insert(status->init_containers.begin(), status->init_containers.end());
  }
  for (std::string_view list : {kContainers, kInitContainers, kEphemeralContainers}) {
    if (auto kept = check_containers(before, after, list, brought); !kept) return kept;
  }
  std::vector<Privilege> now;
  add_privileges(after, now);
  if (now.empty()) return {};
  std::vector<Privilege> allowed = named;
  add_privileges(before, allowed);
  std::sort(allowed.begin(), allowed.end());
  for (const Privilege& privilege : now) {
    if (std::binary_search(allowed.begin(), allowed.end(), privilege)) continue;
    const std::string who =
        privilege.container.empty() ? "the pod" : "container " + privilege.container;
    return Error{ErrorCode::kConflict, who + " would get the privilege " + privilege.what +
                                           ", which neither its spec nor a template names"};
  }
  return {};
}

}  // namespace mesh::injection
