#include "tests/tenancy/reach/naive.h"

#include <cstdint>
#include <sstream>

namespace mesh::testing::naive {
namespace {

const Value kNothing;

const Value& get(const Value& value, const char* key) {
  const Value* found = value.find(key);
  return found == nullptr ? kNothing : *found;
}

std::string text(const Value& value) {
  return value.if_string() == nullptr ? "" : *value.if_string();
}

size_t length(const Value& list) { return list.if_list() == nullptr ? 0 : list.if_list()->size(); }

std::string namespace_of(const Value& object) {
  return text(get(get(object, "metadata"), "namespace"));
}
std::string name_of(const Value& object) { return text(get(get(object, "metadata"), "name")); }
const Value& labels_of(const Value& object) { return get(get(object, "metadata"), "labels"); }

bool selected(const Value& selector, const Value& labels) {
  if (const document::Map* pairs = get(selector, "matchLabels").if_map()) {
    for (const document::Member& pair : *pairs) {
      const Value* label = labels.find(pair.key);
      if (label == nullptr || !(*label == pair.value)) return false;
    }
  }
  const Value& expressions = get(selector, "matchExpressions");
  for (size_t i = 0; i < length(expressions); ++i) {
    const Value& expression = (*expressions.if_list())[i];
    const Value* label = labels.find(text(get(expression, "key")));
    bool among = false;
    const Value& values = get(expression, "values");
    for (size_t j = 0; j < length(values); ++j) {
      if (label != nullptr && *label == (*values.if_list())[j]) among = true;
    }
    std::string operation = text(get(expression, "operator"));
    if (operation == "In" && !among) return false;
    if (operation == "NotIn" && among) return false;
    if (operation == "Exists" && label == nullptr) return false;
    if (operation == "DoesNotExist" && label != nullptr) return false;
  }
  return true;
}

uint32_t number_of(const std::string& address) {
  std::istringstream in(address);
  uint32_t out = 0;
  for (int i = 0; i < 4; ++i) {
    uint32_t part = 0;
    in >> part;
    in.get();
    out = out * 256 + part;
  }
  return out;
}

bool in_range(const std::string& address, const std::string& cidr) {
  size_t slash = cidr.find('/');
  int bits = std::stoi(cidr.substr(slash + 1));
  uint64_t size = uint64_t{1} << (32 - bits);
  uint64_t first = number_of(cidr.substr(0, slash)) / size * size;
  uint64_t own = number_of(address);
  return own >= first && own < first + size;
}

bool peer_is(const Cluster& cluster, const Value& peer, const std::string& policy_namespace,
             const Value& pod) {
  const Value& block = get(peer, "ipBlock");
  if (!block.is_null()) {
    std::string address = text(get(get(pod, "status"), "podIP"));
    if (!in_range(address, text(get(block, "cidr")))) return false;
    const Value& except = get(block, "except");
    for (size_t i = 0; i < length(except); ++i) {
      if (in_range(address, text((*except.if_list())[i]))) return false;
    }
    return true;
  }
  const Value& pods = get(peer, "podSelector");
  const Value& namespaces = get(peer, "namespaceSelector");
  if (!pods.is_null() && !selected(pods, labels_of(pod))) return false;
  if (namespaces.is_null()) return namespace_of(pod) == policy_namespace;
  for (const Value& ns : cluster.namespaces) {
    if (name_of(ns) == namespace_of(pod)) return selected(namespaces, labels_of(ns));
  }
  return false;
}

bool port_is(const Value& wanted, int64_t port, const std::string& protocol, const Value& target) {
  std::string of = text(get(wanted, "protocol"));
  if ((of.empty() ? "TCP" : of) != protocol) return false;
  const Value& number = get(wanted, "port");
  if (number.is_null()) return true;
  if (number.if_int() != nullptr) {
    const int64_t* end = get(wanted, "endPort").if_int();
    if (end == nullptr) return *number.if_int() == port;
    return *number.if_int() <= port && port <= *end;
  }
  const Value& containers = get(get(target, "spec"), "containers");
  for (size_t i = 0; i < length(containers); ++i) {
    const Value& ports = get((*containers.if_list())[i], "ports");
    for (size_t j = 0; j < length(ports); ++j) {
      const Value& declared = (*ports.if_list())[j];
      std::string its = text(get(declared, "protocol"));
      if (text(get(declared, "name")) == text(number) && (its.empty() ? "TCP" : its) == protocol &&
          *get(declared, "containerPort").if_int() == port) {
        return true;
      }
    }
  }
  return false;
}

bool concerns(const Value& spec, const std::string& type) {
  const Value& types = get(spec, "policyTypes");
  if (length(types) == 0) return type == "Ingress" || length(get(spec, "egress")) > 0;
  for (const Value& each : *types.if_list()) {
    if (text(each) == type) return true;
  }
  return false;
}

// One direction: `subject` is the pod whose policies count, `other` the other end.
bool allowed(const Cluster& cluster, const Value& subject, const Value& other, const Value& target,
             int64_t port, const std::string& protocol, bool ingress) {
  bool isolated = false;
  for (const Value& policy : cluster.policies) {
    if (namespace_of(policy) != namespace_of(subject)) continue;
    const Value& spec = get(policy, "spec");
    if (!concerns(spec, ingress ? "Ingress" : "Egress")) continue;
    if (!selected(get(spec, "podSelector"), labels_of(subject))) continue;
    isolated = true;
    const Value& rules = get(spec, ingress ? "ingress" : "egress");
    for (size_t i = 0; i < length(rules); ++i) {
      const Value& rule = (*rules.if_list())[i];
      const Value& ports = get(rule, "ports");
      bool port_matches = length(ports) == 0;
      for (size_t j = 0; j < length(ports); ++j) {
        if (port_is((*ports.if_list())[j], port, protocol, target)) port_matches = true;
      }
      const Value& peers = get(rule, ingress ? "from" : "to");
      bool peer_matches = length(peers) == 0;
      for (size_t j = 0; j < length(peers); ++j) {
        if (peer_is(cluster, (*peers.if_list())[j], namespace_of(policy), other)) {
          peer_matches = true;
        }
      }
      if (port_matches && peer_matches) return true;
    }
  }
  return !isolated;
}

}  // namespace

bool reaches(const Cluster& cluster, const Value& from, const Value& to, int64_t port,
             const std::string& protocol) {
  if (namespace_of(from) == namespace_of(to) && name_of(from) == name_of(to)) return true;
  return allowed(cluster, from, to, to, port, protocol, false) &&
         allowed(cluster, to, from, to, port, protocol, true);
}

}  // namespace mesh::testing::naive
