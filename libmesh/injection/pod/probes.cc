#include "libmesh/injection/pod/probes.h"

#include <charconv>
#include <map>

#include "libmesh/base/parse_bool.h"
#include "libmesh/document/json.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/go_json.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

using Probers = std::map<std::string, std::string>;  // by path, as JSON

// Which handler of a probe the agent takes over; null when it takes none.
const Value* handler_of(const Value& probe, const ProbeKind& kind, std::string_view& name) {
  for (std::string_view candidate : {"httpGet", "tcpSocket", "grpc"}) {
    if (candidate == "grpc" && !kind.group.empty()) break;
    const Value* handler = probe.find(candidate);
    if (handler != nullptr && !handler->is_null()) {
      name = candidate;
      return handler;
    }
  }
  return nullptr;
}

const Value* find_probe(const Value& container, const ProbeKind& kind) {
  const Value* group = kind.group.empty() ? &container : container.find(kind.group);
  const Value* probe = group == nullptr ? nullptr : group->find(kind.field);
  return probe != nullptr && probe->is_map() ? probe : nullptr;
}

const Value* named_port(const Value& container, std::string_view name) {
  const Value* ports = container.find("ports");
  const Value* found = nullptr;
  if (ports == nullptr || !ports->is_list() || name.empty()) return nullptr;
  for (const Value& port : *ports->if_list()) {
    if (port.string_at("name") == name) found = port.find("containerPort");
  }
  return found;
}

// The probe as the agent reads it; empty when there is nothing for it to do: a port's name that no
// port has, or a probe that asks the agent already.
std::string prober(const Value& container, const Value& probe, const ProbeKind& kind,
                   int64_t agent_port) {
  std::string_view name;
  const Value* handler = handler_of(probe, kind, name);
  if (handler == nullptr) return {};
  std::string out = "{\"";
  out.append(name).append("\":");
  const Value* port = handler->find("port");
  if (name == "grpc") {
    append_go_struct(out, *handler, GoStruct::kGrpcAction);
  } else {
    Value resolved = *handler;
    if (port != nullptr && port->is_string()) {
      const Value* number = named_port(container, *port->if_string());
      if (number == nullptr) return {};
      resolved.set("port", *number);
    } else if (integer_at(*handler, "port").value_or(0) == agent_port) {
      return {};
    }
    append_go_struct(out, resolved,
                     name == "httpGet" ? GoStruct::kHttpGetAction : GoStruct::kTcpSocketAction);
  }
  const auto timeout = integer_at(probe, "timeoutSeconds");
  if (kind.group.empty() && timeout && *timeout != 0) {
    out += ",\"timeoutSeconds\":" + std::to_string(*timeout);
  }
  return out + "}";
}

void collect(const Value& pod, std::string_view list, int64_t agent_port, Probers& out) {
  const List* containers = spec_list(pod, list);
  if (containers == nullptr) return;
  for (const Value& container : *containers) {
    const std::string_view name = container.string_at("name");
    if (name == kProxyContainer) continue;
    for (const ProbeKind& kind : kProbeKinds) {
      const Value* probe = find_probe(container, kind);
      if (probe == nullptr) continue;
      std::string text = prober(container, *probe, kind, agent_port);
      if (!text.empty()) out[probe_path(kind, name)] = std::move(text);
    }
  }
}

std::string join(const Probers& probers) {
  std::string out = "{";
  for (const auto& [path, text] : probers) {
    if (out.size() > 1) out += ',';
    append_go_string(out, path);
    out += ':';
    out += text;
  }
  return out + "}";
}

// Probes that an earlier injection recorded win over what is found now: what is found now may ask
// the agent already.
void add_recorded(std::string_view recorded, Probers& probers) {
  Diagnostics ignored;
  const auto map = document::read_json(recorded, "", ignored);
  if (!map || !map->is_map()) return;
  for (const Member& member : *map->if_map()) {
    std::string text;
    append_go_struct(text, member.value, GoStruct::kProber);
    probers[member.key] = std::move(text);
  }
}

// A pod that has not been injected before gets the variable, whatever it has of its own; of one that
// has, what is there is added to.
void record(Value& sidecar, bool injected_before, Probers probers) {
  Value* env = sidecar.find("env");
  if (env == nullptr || !env->is_list()) env = &sidecar.set("env", Value(List{}));
  List& list = *env->if_list();
  Value* entry = injected_before ? find_named(&list, kAppProbersVariable) : nullptr;
  if (entry == nullptr) {
    Value made{Map{}};
    made.set("name", Value(kAppProbersVariable));
    list.push_back(std::move(made));
    entry = &list.back();
  } else {
    add_recorded(entry->string_at("value"), probers);
  }
  entry->set("value", Value(join(probers)));
}

void ask_agent(Value& probe, const ProbeKind& kind, std::string_view container, int64_t port) {
  std::string_view name;
  if (handler_of(probe, kind, name) == nullptr) return;
  if (name != "httpGet") {
    for (Member& member : *probe.if_map()) {
      if (member.key == name) member = Member{"httpGet", Value(Map{}), member.position};
    }
  }
  Value& action = *probe.find("httpGet");
  if (!action.is_map()) action = Value(Map{});
  action.set("port", Value(port));
  action.set("path", Value(probe_path(kind, container)));
  if (action.string_at("scheme") == "HTTPS") action.set("scheme", Value("HTTP"));
}

int64_t port_of(const Value& pod, int64_t otherwise) {
  const std::string* text = annotation(pod, kStatusPortAnnotation);
  if (text == nullptr) return otherwise;
  int64_t port = 0;
  std::from_chars(text->data(), text->data() + text->size(), port);
  return port;
}

}  // namespace

std::string probe_path(const ProbeKind& kind, std::string_view container) {
  std::string out(kind.prefix);
  return out.append(container).append(kind.suffix);
}

Value* find_probe(Value& container, const ProbeKind& kind) {
  const Value* group = kind.group.empty() ? &container : container.find(kind.group);
  const Value* probe = group == nullptr ? nullptr : group->find(kind.field);
  return probe != nullptr && probe->is_map() ? const_cast<Value*>(probe) : nullptr;
}

void rewrite_probes(Value& pod, bool rewrite_by_default, int64_t status_port) {
  Value* sidecar = find_container(pod, kProxyContainer);
  if (sidecar == nullptr) return;
  const std::string* asked = annotation(pod, kRewriteProbesAnnotation);
  const auto own = asked == nullptr ? std::nullopt : parse_bool(*asked);
  if (!own.value_or(rewrite_by_default)) return;

  Probers probers;
  collect(pod, kInitContainers, status_port, probers);
  collect(pod, kContainers, status_port, probers);
  if (!probers.empty()) {
    record(*sidecar, annotation(pod, kStatusAnnotation) != nullptr, std::move(probers));
  }
  const int64_t port = port_of(pod, status_port);
  for (std::string_view list : {kContainers, kInitContainers}) {
    List* containers = spec_list(pod, list);
    if (containers == nullptr) continue;
    for (Value& container : *containers) {
      const std::string name(container.string_at("name"));
      if (name == kProxyContainer) continue;
      for (const ProbeKind& kind : kProbeKinds) {
        if (Value* probe = find_probe(container, kind)) ask_agent(*probe, kind, name, port);
      }
    }
  }
}

}  // namespace mesh::injection
