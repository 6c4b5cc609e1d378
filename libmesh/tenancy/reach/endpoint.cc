#include "libmesh/tenancy/reach/endpoint.h"

#include <algorithm>
#include <charconv>

#include "libmesh/base/net.h"
#include "libmesh/index/proxies/named_pod.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;
using kube::ObjectPtr;

constexpr const char* kRouterLabel = "network.openshift.io/policy-group";
constexpr const char* kRouterValue = "ingress";
constexpr const char* kRouterNamespace = "openshift-ingress";
constexpr const char* kRouterPodLabel =
    "ingresscontroller.operator.openshift.io/deployment-ingresscontroller";
constexpr int kHighestPort = 65535;

Error bad(std::string_view text, std::string_view why) {
  return {ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" " + std::string(why)};
}

Result<PortQuestion> parse_port(std::string_view whole, std::string_view text) {
  PortQuestion out;
  size_t slash = text.find('/');
  if (slash != text.npos) {
    out.protocol = std::string(text.substr(slash + 1));
    std::transform(out.protocol.begin(), out.protocol.end(), out.protocol.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    text = text.substr(0, slash);
    if (out.protocol != "TCP" && out.protocol != "UDP" && out.protocol != "SCTP") {
      return bad(whole, "has a protocol that is not TCP, UDP or SCTP");
    }
  }
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool digits = !text.empty() &&
                std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) {
    if (text.empty()) return bad(whole, "has no port after the colon");
    out.name = std::string(text);
    return out;
  }
  if (error != std::errc() || number < 1 || number > kHighestPort) {
    return bad(whole, "has a port that is not between 1 and 65535");
  }
  out.number = number;
  return out;
}

// Where the colon of the port is, or npos. Addresses of version 6 have colons of their own.
size_t port_colon(std::string_view text) {
  if (text.starts_with('[')) {
    size_t close = text.find(']');
    return close == text.npos || close + 1 >= text.size() || text[close + 1] != ':' ? text.npos
                                                                                    : close + 1;
  }
  if (is_ip_address(text)) return text.npos;
  return text.find(':');
}

Endpoint of_pod(const Network& network, const ObjectPtr& object) {
  const auto& pod = object->as<k8s::Pod>();
  Endpoint out;
  out.text = to_string(index::PodName{network.cluster(), object->key.ns, object->key.name});
  out.ns = object->key.ns;
  out.labels = object->labels;
  out.ns_labels = network.namespace_labels(out.ns);
  out.object = object;
  out.node = pod.spec.node_name;
  out.host_network = pod.spec.host_network;
  out.terminated = pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
  auto add = [&](const std::string& ip) {
    std::string address = canonical_address(ip);
    if (!ip.empty() && std::find(out.ips.begin(), out.ips.end(), address) == out.ips.end()) {
      out.ips.push_back(std::move(address));
    }
  };
  // A pod that GitOps describes and nobody runs has an address that we made up.
  if (object->synthesized) return out;
  add(pod.status.pod_ip);
  for (const auto& ip : pod.status.pod_ips) add(ip.ip);
  if (out.host_network) {
    add(pod.status.host_ip);
    for (const auto& ip : pod.status.host_ips) add(ip.ip);
  }
  return out;
}

// The name of the node that has the address, by Node objects and by pods that run on it.
std::string node_of_address(const Network& network, const std::string& address) {
  for (const auto& [key, object] : network.objects(Kind::kNode)) {
    for (const auto& own : object->as<k8s::Node>().status.addresses) {
      if (canonical_address(own.address) == address) return key.name;
    }
  }
  for (const auto& [key, object] : network.objects(Kind::kPod)) {
    const auto& pod = object->as<k8s::Pod>();
    if (!pod.spec.node_name.empty() && canonical_address(pod.status.host_ip) == address) {
      return pod.spec.node_name;
    }
  }
  return "";
}

Endpoint of_address(const Network& network, std::string_view text) {
  const std::string address = canonical_address(text);
  for (const auto& [key, object] : network.objects(Kind::kPod)) {
    if (object->synthesized || object->as<k8s::Pod>().spec.host_network) continue;
    Endpoint pod = of_pod(network, object);
    if (pod.terminated) continue;  // its address may be another pod's by now
    if (std::find(pod.ips.begin(), pod.ips.end(), address) != pod.ips.end()) return pod;
  }
  Endpoint out;
  out.node = node_of_address(network, address);
  out.kind = out.node.empty() ? Endpoint::Kind::kAddress : Endpoint::Kind::kNode;
  out.text = address;
  out.ips = {address};
  return out;
}

Endpoint assumed_router(const Network& network, const std::string& ns, bool there) {
  Endpoint out;
  out.text = ns + "/router";
  out.ns = ns;
  out.labels = {{kRouterPodLabel, "default"}};
  out.ns_labels = network.namespace_labels(ns);
  if (!there) {
    out.ns_labels = Labels{{kRouterLabel, kRouterValue}, {"kubernetes.io/metadata.name", ns}};
  }
  out.assumed = true;
  return out;
}

std::vector<Endpoint> routers(const Network& network) {
  std::vector<Endpoint> out;
  std::vector<std::string> namespaces = network.namespaces_with(kRouterLabel, kRouterValue);
  for (const std::string& ns : namespaces) {
    size_t before = out.size();
    for (const auto& [key, object] : network.objects(Kind::kPod).in_namespace(ns)) {
      if (!object->labels.contains(kRouterPodLabel)) continue;
      Endpoint router = of_pod(network, object);
      if (!router.terminated) out.push_back(std::move(router));
    }
    if (out.size() == before) out.push_back(assumed_router(network, ns, true));
  }
  if (out.empty()) out.push_back(assumed_router(network, kRouterNamespace, false));
  return out;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  Target out;
  size_t colon = port_colon(text);
  std::string_view endpoint = text.substr(0, colon);
  if (endpoint.starts_with('[') && endpoint.ends_with(']')) {
    endpoint = endpoint.substr(1, endpoint.size() - 2);
    if (address_family(endpoint) != AddressFamily::kIpv6) {
      return bad(text, "has no address of version 6 in the brackets");
    }
  }
  out.endpoint = std::string(endpoint);
  if (colon == text.npos) return out;
  Result<PortQuestion> port = parse_port(text, text.substr(colon + 1));
  if (!port) return port.error();
  out.port = *std::move(port);
  return out;
}

Result<std::vector<Endpoint>> resolve(const Network& network, std::string_view text) {
  if (text == "router") return routers(network);
  if (is_ip_address(text)) return std::vector<Endpoint>{of_address(network, text)};
  const auto name = index::pod_name_of(text);
  if (!name) return bad(text, "is not NAMESPACE/POD, an address, or the word router");
  const ObjectPtr object = index::pod_in(network.snapshot(), network.cluster(), *name);
  if (object == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no pod " + std::string(text)};
  }
  return std::vector<Endpoint>{of_pod(network, object)};
}

std::vector<NamedPort> declared_ports(const Endpoint& endpoint) {
  std::vector<NamedPort> out;
  if (endpoint.pod() == nullptr) return out;
  auto add = [&](const k8s::Container& container) {
    for (const k8s::ContainerPort& port : container.ports) {
      out.push_back(
          {port.name, port.protocol.empty() ? "TCP" : port.protocol, port.container_port});
    }
  };
  for (const auto& container : endpoint.pod()->spec.containers) add(container);
  for (const auto& container : endpoint.pod()->spec.init_containers) {
    if (container.restart_policy == "Always") add(container);
  }
  return out;
}

}  // namespace mesh::tenancy
