// Containers, volumes and probes as they were (uninject_parts.h).
#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "libmesh/injection/doors/uninject_parts.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/probes.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

using Names = std::unordered_set<std::string_view>;

std::string field_of(std::string_view list, std::string_view name, const ProbeKind& kind) {
  std::string out = "spec." + std::string(list) + "[" + std::string(name) + "].";
  if (!kind.group.empty()) out.append(kind.group).append(".");
  return out.append(kind.field);
}

// The names of the container's ports of this number.
std::vector<std::string> names_of_port(const Value& container, const Value* port) {
  std::vector<std::string> out;
  const Value* ports = container.find("ports");
  if (ports == nullptr || !ports->is_list() || port == nullptr) return out;
  for (const Value& own : *ports->if_list()) {
    const Value* number = own.find("containerPort");
    const std::string_view name = own.string_at("name");
    if (number != nullptr && *number == *port && !name.empty()) out.emplace_back(name);
  }
  return out;
}

// Which handler the agent was told of; null when none.
const Member* handler_of(const Value* prober) {
  const Map* members = prober == nullptr ? nullptr : prober->if_map();
  if (members == nullptr) return nullptr;
  for (const Member& member : *members) {
    if (member.value.is_map() &&
        (member.key == "httpGet" || member.key == "tcpSocket" || member.key == "grpc")) {
      return &member;
    }
  }
  return nullptr;
}

// The agent is told numbers. A number that one port has a name for was probably written by its name,
// which means the same.
void restore_port(Value& handler, const Value& container, const std::string& field,
                  std::vector<Unknown>& unknown) {
  const std::vector<std::string> names = names_of_port(container, handler.find("port"));
  if (names.empty()) return;
  const bool one = names.size() == 1;
  if (one) handler.set("port", Value(names[0]));
  unknown.push_back(
      {field + ".port", one ? "is the port's name; the user may have written its number"
                            : "is a number; the user may have written a port's name"});
}

void restore_probe(Value& container, const ProbeKind& kind, std::string_view list,
                   const Value& probers, std::vector<Unknown>& unknown) {
  const std::string name(container.string_at("name"));
  Value* probe = find_probe(container, kind);
  const Value* action = probe == nullptr ? nullptr : probe->find("httpGet");
  const std::string path = probe_path(kind, name);
  if (action == nullptr || action->string_at("path") != path) return;
  const Member* handler = handler_of(probers.find(path));
  if (handler == nullptr) {
    unknown.push_back({field_of(list, name, kind),
                       "asks the agent, which does not know what it was; write it anew"});
    return;
  }
  Value restored = handler->value;
  if (handler->key != "grpc") {
    restore_port(restored, container, field_of(list, name, kind) + "." + handler->key, unknown);
  }
  if (handler->key == "grpc") {
    const Value* service = restored.find("service");
    if (service != nullptr && service->is_null()) restored.erase("service");
  }
  for (Member& member : *probe->if_map()) {
    if (member.key == "httpGet") member = Member{handler->key, std::move(restored), {}};
  }
}

void remove_named(List& list, const Names& gone) {
  std::erase_if(list, [&](const Value& element) {
    const Value* name = element.find("name");
    return name != nullptr && name->is_string() && gone.contains(*name->if_string());
  });
}

// A list that is empty now was not there before.
void drop_if_empty(Value& map, std::string_view key) {
  const Value* list = map.find(key);
  if (list != nullptr && list->is_list() && list->if_list()->empty()) map.erase(key);
}

// The user's own container as the annotation has it; what Go added is taken out.
Value users_own(const Value& container) {
  Value out = container;
  const Value* resources = out.find("resources");
  if (resources != nullptr && resources->is_map() && resources->if_map()->empty()) {
    out.erase("resources");
  }
  if (out.find("image") == nullptr) out.set("image", Value("auto"));
  return out;
}

class Containers {
 public:
  Containers(Value& spec, const Traces& traces, std::vector<Unknown>& unknown)
      : spec_(spec), traces_(traces), unknown_(unknown) {}

  void restore() {
    list(kInitContainers, traces_.status.init_containers, traces_.init_containers);
    list(kContainers, traces_.status.containers, traces_.containers);
    drop_if_empty(spec_, kInitContainers);
  }

 private:
  void list(std::string_view key, const std::vector<std::string>& brought, const List& own) {
    Names gone(brought.begin(), brought.end());
    Value* value = spec_.find(key);
    List* containers = value == nullptr ? nullptr : value->if_list();
    for (const Value& container : own) {
      const std::string name(container.string_at("name"));
      // A native sidecar is an init container, which users write among the containers.
      const bool moved = key == kInitContainers && name == kProxyContainer;
      Value* found = moved ? nullptr : find_named(containers, name);
      if (found != nullptr) {
        *found = users_own(container);
        gone.erase(name);
      } else {
        append(moved ? kContainers : key, users_own(container));
        if (moved) kept_.push_back(name);
        if (!moved) gone.erase(name);
      }
      unknown_.push_back({"spec." + std::string(moved ? kContainers : key) + "[" + name + "]",
                          "is what the annotation keeps of it: its place in the list, empty "
                          "values and the spelling of quantities are not known"});
      value = spec_.find(key);
      containers = value == nullptr ? nullptr : value->if_list();
    }
    for (const std::string& name : kept_) {
      if (key == kContainers) gone.erase(name);
    }
    if (containers != nullptr) remove_named(*containers, gone);
  }

  void append(std::string_view key, Value container) {
    Value* value = spec_.find(key);
    if (value == nullptr || !value->is_list()) value = &spec_.set(key, Value(List{}));
    value->if_list()->push_back(std::move(container));
  }

  Value& spec_;
  const Traces& traces_;
  std::vector<Unknown>& unknown_;
  std::vector<std::string> kept_;  // proxies that are the user's own
};

void remove_volumes(Value& spec, const Traces& traces) {
  const Names gone(traces.status.volumes.begin(), traces.status.volumes.end());
  Value* volumes = spec.find("volumes");
  if (volumes != nullptr && volumes->is_list()) remove_named(*volumes->if_list(), gone);
  drop_if_empty(spec, "volumes");
  for (std::string_view key : {kContainers, kInitContainers}) {
    Value* list = spec.find(key);
    if (list == nullptr || !list->is_list()) continue;
    for (Value& container : *list->if_list()) {
      Value* mounts = container.find("volumeMounts");
      if (mounts == nullptr || !mounts->is_list() || mounts->if_list()->empty()) continue;
      remove_named(*mounts->if_list(), gone);
      drop_if_empty(container, "volumeMounts");
    }
  }
}

// The gateway's template lets the proxy, which is the user's own container, have low ports.
void remove_low_ports(Value& spec, const Traces& traces, std::vector<Unknown>& unknown) {
  if (find_named(&traces.containers, kProxyContainer) == nullptr) return;
  Value* context = spec.find("securityContext");
  Value* sysctls = context == nullptr ? nullptr : context->find("sysctls");
  if (sysctls == nullptr || !sysctls->is_list()) return;
  const size_t removed = std::erase_if(*sysctls->if_list(), [](const Value& sysctl) {
    return sysctl.string_at("name") == "net.ipv4.ip_unprivileged_port_start" &&
           sysctl.string_at("value") == "0";
  });
  if (removed == 0) return;
  unknown.push_back({"spec.securityContext.sysctls[net.ipv4.ip_unprivileged_port_start]",
                     "was removed; if the user had set it to the same, set it again"});
  drop_if_empty(*context, "sysctls");
  if (context->if_map() != nullptr && context->if_map()->empty()) spec.erase("securityContext");
}

void remove_pull_secrets(Value& spec, const Traces& traces, std::vector<Unknown>& unknown) {
  Value* secrets = spec.find("imagePullSecrets");
  if (secrets == nullptr || !secrets->is_list() || traces.status.image_pull_secrets.empty()) return;
  const Names gone(traces.status.image_pull_secrets.begin(),
                   traces.status.image_pull_secrets.end());
  remove_named(*secrets->if_list(), gone);
  drop_if_empty(spec, "imagePullSecrets");
  for (const std::string& name : traces.status.image_pull_secrets) {
    unknown.push_back({"spec.imagePullSecrets[" + name + "]",
                       "was removed; if the user had named it too, name it again"});
  }
}

}  // namespace

void restore_probes(Value& pod, const Traces& traces, std::vector<Unknown>& unknown) {
  for (std::string_view key : {kInitContainers, kContainers}) {
    List* containers = spec_list(pod, key);
    if (containers == nullptr) continue;
    for (Value& container : *containers) {
      if (container.string_at("name") == kProxyContainer) continue;
      for (const ProbeKind& kind : kProbeKinds) {
        restore_probe(container, kind, key, traces.probers, unknown);
      }
    }
  }
}

void restore_containers(Value& pod, const Traces& traces, std::vector<Unknown>& unknown) {
  Value* spec = pod.find("spec");
  if (spec == nullptr || !spec->is_map()) return;
  Containers(*spec, traces, unknown).restore();
  remove_volumes(*spec, traces);
  remove_pull_secrets(*spec, traces, unknown);
  remove_low_ports(*spec, traces, unknown);
}

}  // namespace mesh::injection
