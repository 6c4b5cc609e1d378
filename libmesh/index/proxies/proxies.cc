#include "libmesh/index/proxies/proxies.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "libmesh/base/net.h"
#include "libmesh/document/read.h"
#include "libmesh/index/proxies/injection.h"
#include "libmesh/index/proxies/proxy_metadata.h"
#include "libmesh/model/workload.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using document::Value;
using kube::Kind;
using kube::ObjectPtr;
using model::Proxy;
using model::ProxyType;

Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message)}; }
Error invalid(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

bool lists(const std::string& text, std::string_view word) {
  std::string_view rest = text;
  while (true) {
    size_t comma = rest.find(',');
    std::string_view item = rest.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (item == word) return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
}

const k8s::Container* proxy_container(const k8s::Pod& pod) {
  for (const auto* containers : {&pod.spec.containers, &pod.spec.init_containers}) {
    for (const auto& container : *containers) {
      if (container.name == "istio-proxy") return &container;
    }
  }
  return nullptr;
}

bool has_argument(const k8s::Container& container, const char* argument) {
  return std::find(container.args.begin(), container.args.end(), argument) != container.args.end();
}

ProxyType type_of(const kube::Object& pod, const k8s::Container* container) {
  if (container != nullptr && has_argument(*container, "proxy")) {
    if (has_argument(*container, "router")) return ProxyType::kGateway;
    if (has_argument(*container, "waypoint")) return ProxyType::kWaypoint;
  }
  auto templates = pod.annotations.find("inject.istio.io/templates");
  if (templates != pod.annotations.end() && lists(templates->second, "gateway")) {
    return ProxyType::kGateway;
  }
  for (const char* label : {"gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name"}) {
    if (pod.labels.contains(label)) return ProxyType::kGateway;
  }
  return ProxyType::kSidecar;
}

std::string_view type_text(ProxyType type) {
  switch (type) {
    case ProxyType::kSidecar:
      return "sidecar";
    case ProxyType::kGateway:
      return "router";
    case ProxyType::kWaypoint:
      return "waypoint";
  }
  return "sidecar";
}

std::optional<ProxyType> parse_type(std::string_view text) {
  if (text == "sidecar") return ProxyType::kSidecar;
  if (text == "gateway" || text == "router") return ProxyType::kGateway;
  if (text == "waypoint") return ProxyType::kWaypoint;
  return std::nullopt;
}

Value text_map(const Labels& labels) {
  Value out{document::Map{}};
  for (const auto& [key, value] : labels) out.set(key, Value(value));
  return out;
}

// The names that metadata has for what the proxy itself knows.
void set_known_metadata(Proxy& proxy, const Labels& labels) {
  auto set = [&](const char* key, const std::string& text) {
    if (!text.empty()) proxy.metadata.set(key, Value(text));
  };
  set("NAMESPACE", proxy.ns);
  set("CLUSTER_ID", proxy.cluster_id);
  set("NETWORK", proxy.network);
  set("SERVICE_ACCOUNT", proxy.service_account);
  set("NODE_NAME", proxy.node_name);
  if (!labels.empty()) proxy.metadata.set("LABELS", text_map(labels));
}

model::RegistryOptions registry_options(const Snapshot& snapshot, const Mesh& mesh,
                                        std::string_view cluster) {
  model::RegistryOptions options;
  const bool remote = snapshot.remotes().contains(std::string(cluster));
  options.cluster_id = remote ? std::string(cluster) : mesh.cluster_id;
  options.cluster_domain = mesh.cluster_domain;
  options.trust_domain = mesh.trust_domain;
  options.networks = mesh.mesh_networks;
  ObjectPtr root = root_namespace_of(snapshot, mesh.tenant, cluster);
  if (root != nullptr) {
    auto label = root->labels.find("topology.istio.io/network");
    if (label != root->labels.end()) options.network = label->second;
  }
  return options;
}

const Labels& namespace_labels(const Snapshot& snapshot, const std::string& ns,
                               std::string_view cluster) {
  static const Labels kNone;
  const ObjectPtr object = find_in(snapshot, cluster, {Kind::kNamespace, "", ns});
  return object == nullptr ? kNone : object->labels;  // the snapshot keeps it
}

// Why this pod has no proxy, or nothing.
std::optional<std::string> obstacle(const Snapshot& snapshot, const Tenant& tenant,
                                    const kube::Object& object, std::string_view cluster) {
  const auto& pod = object.as<k8s::Pod>();
  if (pod.status.phase == "Failed" || pod.status.phase == "Succeeded") return "has ended";
  if (proxy_container(pod) == nullptr &&
      !is_to_be_injected(
          snapshot.injection_rules(), snapshot.tenants(), tenant,
          namespace_labels(snapshot, object.key.ns, cluster),
          {object.key.ns, object.labels, object.annotations, pod.spec.host_network, {}})) {
    return "has no sidecar and is not to have one";
  }
  if (pod.status.pod_ip.empty() && pod.status.pod_ips.empty()) return "has no address yet";
  return std::nullopt;
}

Proxy make_proxy(const Snapshot& snapshot, const Tenant& tenant, const Mesh& mesh,
                 const kube::Object& object, std::string_view cluster) {
  const auto& pod = object.as<k8s::Pod>();
  const k8s::Container* container = proxy_container(pod);
  ObjectPtr node = pod.spec.node_name.empty()
                       ? nullptr
                       : find_in(snapshot, cluster, {Kind::kNode, "", pod.spec.node_name});
  const model::RegistryOptions options = registry_options(snapshot, mesh, cluster);
  model::WorkloadPtr workload = model::workload_of_pod(object, node.get(), options);
  Proxy proxy;
  proxy.tenant = tenant.id;
  proxy.type = type_of(object, container);
  proxy.id = object.key.name + "." + object.key.ns;
  proxy.ns = object.key.ns;
  proxy.ip_addresses = model::addresses_of_pod(object);
  proxy.labels = workload->endpoint.labels;
  proxy.service_account =
      pod.spec.service_account_name.empty() ? "default" : pod.spec.service_account_name;
  proxy.cluster_id = options.cluster_id;
  proxy.network = workload->endpoint.network;
  proxy.locality = workload->endpoint.locality;
  proxy.dns_domain = proxy.ns + ".svc." + mesh.cluster_domain;
  proxy.node_name = pod.spec.node_name;
  // As its agent names it: by the app label, else by the pod.
  const auto app = proxy.labels.find("app");
  proxy.service_cluster = app == proxy.labels.end() ? proxy.id : app->second + "." + proxy.ns;
  proxy.metadata = metadata_of_pod(object, mesh, proxy_configs_of(snapshot, mesh, object));
  proxy.sidecar_injected = container != nullptr;
  proxy.synthesized = object.synthesized;
  proxy.remote = snapshot.remotes().contains(std::string(cluster));
  set_known_metadata(proxy, object.labels);
  apply_metadata(proxy);
  return proxy;
}

// ---- descriptions ---------------------------------------------------------------------------

// The fields of a description, read strictly.
struct Description {
  std::string type, id, ns, service_account, cluster_id, network, locality, dns_domain;
  std::string istio_version, flavour;
  std::vector<std::string> ip;
  Labels labels;
  Value metadata{document::Map{}};
};

Result<void> read_text(const document::Member& member, std::string& out) {
  if (member.value.is_null()) return {};
  const std::string* text = member.value.if_string();
  if (text == nullptr) {
    return invalid(member.key + " is a " + std::string(type_name(member.value.type())) +
                   ", must be a string");
  }
  out = *text;
  return {};
}

Result<void> read_ip(const document::Member& member, std::vector<std::string>& out) {
  const document::List* list = member.value.if_list();
  if (list == nullptr) {
    if (member.value.is_null()) return {};
    return invalid("ip is a " + std::string(type_name(member.value.type())) + ", must be a list");
  }
  for (const Value& address : *list) {
    const std::string* text = address.if_string();
    if (text == nullptr || !is_ip_address(*text)) {
      return invalid("ip has an element that is no IP address");
    }
    out.push_back(*text);
  }
  return {};
}

Result<void> read_labels(const document::Member& member, Labels& out) {
  const document::Map* map = member.value.if_map();
  if (map == nullptr) {
    if (member.value.is_null()) return {};
    return invalid("labels is a " + std::string(type_name(member.value.type())) +
                   ", must be a mapping");
  }
  for (const document::Member& label : *map) {
    const std::string* text = label.value.if_string();
    if (text == nullptr) return invalid("labels." + label.key + " is not a string");
    out[label.key] = *text;
  }
  return {};
}

Result<void> read_field(const document::Member& member, Description& out) {
  const std::pair<std::string_view, std::string*> texts[] = {
      {"type", &out.type},
      {"id", &out.id},
      {"namespace", &out.ns},
      {"serviceAccount", &out.service_account},
      {"clusterID", &out.cluster_id},
      {"network", &out.network},
      {"locality", &out.locality},
      {"dnsDomain", &out.dns_domain},
      {"istioVersion", &out.istio_version},
      {"flavour", &out.flavour},
  };
  for (const auto& [name, text] : texts) {
    if (member.key == name) return read_text(member, *text);
  }
  if (member.key == "ip") return read_ip(member, out.ip);
  if (member.key == "labels") return read_labels(member, out.labels);
  if (member.key == "metadata") {
    if (member.value.is_map()) {
      out.metadata = member.value;
      return {};
    }
    if (member.value.is_null()) return {};
    return invalid("metadata is a " + std::string(type_name(member.value.type())) +
                   ", must be a mapping");
  }
  return invalid("unknown key \"" + member.key + "\"");
}

void set_defaults(Description& out) {
  auto otherwise = [](std::string& field, std::string value) {
    if (field.empty()) field = std::move(value);
  };
  otherwise(out.type, "sidecar");
  otherwise(out.ns, "default");
  otherwise(out.id, "v0." + out.ns);
  otherwise(out.cluster_id, "Kubernetes");
  otherwise(out.dns_domain, out.ns + ".svc.cluster.local");
  otherwise(out.istio_version, "1.32.0");
  if (out.ip.empty()) out.ip = {"1.1.1.1"};
}

Result<Description> read_description(std::string_view text, std::string_view file) {
  Diagnostics problems;
  std::vector<document::Document> documents = document::read_any(text, file, problems);
  if (!problems.empty()) return Error{ErrorCode::kParse, to_string(problems.front())};
  std::string where = file.empty() ? "proxy description" : std::string(file);
  if (documents.size() != 1 || !documents.front().root.is_map()) {
    return invalid(where + ": must be one mapping");
  }
  Description out;
  for (const document::Member& member : *documents.front().root.if_map()) {
    if (auto read = read_field(member, out); !read) return read.error().at(where);
  }
  set_defaults(out);
  if (!parse_type(out.type)) {
    return invalid(where + ": type \"" + out.type + "\" is not sidecar, gateway or waypoint");
  }
  if (!out.flavour.empty() && out.flavour != "istio" && out.flavour != "envoy") {
    return invalid(where + ": flavour \"" + out.flavour + "\" is not istio or envoy");
  }
  return out;
}

Proxy described(Description description, const model::TenantId& tenant) {
  Proxy proxy;
  proxy.tenant = tenant;
  proxy.type = *parse_type(description.type);
  proxy.flavour = description.flavour == "envoy" ? model::Flavour::kEnvoy : model::Flavour::kIstio;
  proxy.id = description.id;
  proxy.ns = description.ns;
  proxy.ip_addresses = description.ip;
  proxy.labels = description.labels;
  proxy.service_account = description.service_account;
  proxy.cluster_id = description.cluster_id;
  proxy.network = description.network;
  proxy.locality = model::parse_locality(description.locality);
  proxy.dns_domain = description.dns_domain;
  proxy.metadata = std::move(description.metadata);
  proxy.metadata.set("ISTIO_VERSION", Value(description.istio_version));
  if (!description.flavour.empty()) {
    proxy.metadata.set("MESH_FLAVOUR", Value(description.flavour));
  }
  proxy.node_name = proxy.metadata.string_at("NODE_NAME");
  set_known_metadata(proxy, proxy.labels);
  apply_metadata(proxy);
  return proxy;
}

// ---- nodes ----------------------------------------------------------------------------------

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    size_t at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string> instance_ips(const Value& metadata, std::string_view from_id) {
  std::vector<std::string> out;
  const Value* said = metadata.find("INSTANCE_IPS");
  if (said != nullptr && said->is_string()) {
    for (std::string_view ip : split(*said->if_string(), ',')) {
      if (is_ip_address(ip)) out.emplace_back(ip);
    }
  }
  if (out.empty() && is_ip_address(from_id)) out.emplace_back(from_id);
  return out;
}

Labels labels_of(const Value* value) {
  Labels out;
  const document::Map* map = value == nullptr ? nullptr : value->if_map();
  if (map == nullptr) return out;
  for (const document::Member& member : *map) {
    if (const std::string* text = member.value.if_string()) out[member.key] = *text;
  }
  return out;
}

}  // namespace

ObjectPtr find_in(const Snapshot& snapshot, std::string_view cluster, const kube::ObjectKey& key) {
  if (snapshot.remotes().empty()) return snapshot.find(key);
  auto remote = snapshot.remotes().find(std::string(cluster));
  if (remote == snapshot.remotes().end()) return snapshot.find(key);
  const ObjectPtr* found = remote->second.get(key);
  return found == nullptr ? nullptr : *found;
}

std::string_view cluster_of(const Snapshot& snapshot, const kube::Object& object) {
  for (const auto& [cluster, objects] : snapshot.remotes()) {
    const ObjectPtr* found = objects.get(object.key);
    if (found != nullptr && found->get() == &object) return cluster;
  }
  return {};
}

std::vector<Proxy> proxies(const Snapshot& snapshot) {
  std::vector<Proxy> out;
  for (const Tenant& tenant : snapshot.tenants().list) {
    const MeshPtr mesh = snapshot.mesh(tenant.id);
    for (const std::string& ns : tenant.namespaces) {
      const auto first = static_cast<std::ptrdiff_t>(out.size());
      const auto add = [&](const ObjectMap& pods, std::string_view cluster) {
        for (const auto& [key, pod] : pods.in_namespace(ns)) {
          if (obstacle(snapshot, tenant, *pod, cluster)) continue;
          out.push_back(make_proxy(snapshot, tenant, *mesh, *pod, cluster));
        }
      };
      add(snapshot.objects(Kind::kPod), {});
      for (const auto& [cluster, objects] : snapshot.remotes())
        add(objects.of(Kind::kPod), cluster);
      if (snapshot.remotes().empty()) continue;
      std::stable_sort(out.begin() + first, out.end(),
                       [](const Proxy& a, const Proxy& b) { return pod_name(a) < pod_name(b); });
    }
  }
  return out;
}

Result<Proxy> proxy_of_pod(const Snapshot& snapshot, std::string_view ns, std::string_view name,
                           std::string_view cluster) {
  ObjectPtr pod = find_in(snapshot, cluster, {Kind::kPod, std::string(ns), std::string(name)});
  std::string who = "Pod " + std::string(ns) + "/" + std::string(name);
  if (snapshot.remotes().contains(std::string(cluster))) {
    who += " in cluster \"" + std::string(cluster) + "\"";
  }
  if (pod == nullptr) return not_found("there is no " + who);
  const Tenant* tenant = snapshot.tenants().of_namespace(pod->key.ns);
  if (tenant == nullptr) return not_found(who + " is in no mesh");
  if (auto reason = obstacle(snapshot, *tenant, *pod, cluster))
    return not_found(who + " " + *reason);
  return make_proxy(snapshot, *tenant, *snapshot.mesh(tenant->id), *pod, cluster);
}

Result<Proxy> read_proxy(const Snapshot& snapshot, std::string_view text, std::string_view file) {
  auto description = read_description(text, file);
  if (!description) return description.error();
  const Tenant* tenant = snapshot.tenants().of_namespace(description->ns);
  if (tenant == nullptr) {
    return not_found("namespace \"" + description->ns + "\" of the proxy is in no mesh");
  }
  return described(std::move(*description), tenant->id);
}

Proxy assumed_proxy(const model::TenantId& tenant, model::ProxyType type, const std::string& ns,
                    const Labels& labels) {
  Description description;
  description.type = type == model::ProxyType::kGateway ? "gateway" : "sidecar";
  description.ns = ns;
  description.labels = labels;
  set_defaults(description);
  return described(std::move(description), tenant);
}

Result<Proxy> proxy_of_node(const Snapshot& snapshot, std::string_view node_id,
                            const Value& metadata) {
  std::vector<std::string_view> parts = split(node_id, '~');
  std::string who = "node \"" + std::string(node_id) + "\"";
  if (parts.size() != 4) return invalid(who + " is not \"type~ip~pod.namespace~domain\"");
  std::optional<ProxyType> type = parse_type(parts[0]);
  if (!type) return invalid(who + " has type \"" + std::string(parts[0]) + "\"");
  std::vector<std::string> ips = instance_ips(metadata, parts[1]);
  if (ips.empty()) return invalid(who + " has no IP address");
  std::string id(parts[2]);
  std::string ns(metadata.string_at("NAMESPACE"));
  size_t dot = id.rfind('.');  // names of pods may have dots, namespaces do not
  if (ns.empty() && dot != std::string::npos) ns = id.substr(dot + 1);
  if (ns.empty()) return invalid(who + " has no namespace");

  Proxy proxy;
  std::string pod_name = id.substr(0, dot);
  bool own_name = dot != std::string::npos && id.substr(dot + 1) == ns;
  if (auto known = own_name ? proxy_of_pod(snapshot, ns, pod_name, metadata.string_at("CLUSTER_ID"))
                            : Result<Proxy>(not_found("no pod name"))) {
    proxy = std::move(*known);
  } else {
    const Tenant* tenant = snapshot.tenants().of_namespace(ns);
    if (tenant == nullptr)
      return not_found("namespace \"" + ns + "\" of " + who + " is in no mesh");
    MeshPtr mesh = snapshot.mesh(tenant->id);
    proxy.tenant = tenant->id;
    proxy.ns = ns;
    proxy.labels = labels_of(metadata.find("LABELS"));
    proxy.service_account = metadata.string_at("SERVICE_ACCOUNT");
    proxy.cluster_id = mesh->cluster_id;
    proxy.metadata = Value{document::Map{}};
  }
  proxy.type = *type;
  proxy.id = std::move(id);
  proxy.ip_addresses = std::move(ips);
  proxy.dns_domain = std::string(parts[3]);
  if (const document::Map* map = metadata.if_map()) {
    for (const document::Member& member : *map) proxy.metadata.set(member.key, member.value);
  }
  for (auto [key, field] :
       {std::pair{"CLUSTER_ID", &proxy.cluster_id}, std::pair{"NETWORK", &proxy.network},
        std::pair{"NODE_NAME", &proxy.node_name}}) {
    std::string_view said = proxy.metadata.string_at(key);
    if (!said.empty()) *field = said;
  }
  apply_metadata(proxy);
  return proxy;
}

std::string_view pod_name(const model::Proxy& proxy) {
  const std::string_view id = proxy.id;
  const bool ends = id.size() > proxy.ns.size() && id.ends_with(proxy.ns) &&
                    id[id.size() - proxy.ns.size() - 1] == '.';
  return ends ? id.substr(0, id.size() - proxy.ns.size() - 1) : std::string_view();
}

NodeOrigin origin_of_node(const Snapshot& snapshot, const Proxy& proxy) {
  NodeOrigin out;
  out.revision = snapshot.revision();
  out.pod_key = {Kind::kPod, proxy.ns, std::string(pod_name(proxy))};
  out.cluster = proxy.cluster_id;
  out.pod = find_in(snapshot, out.cluster, out.pod_key);
  out.root_namespace = root_namespace_of(snapshot, proxy.tenant, out.cluster);
  out.to_be_injected = out.pod != nullptr && proxy_container(out.pod->as<k8s::Pod>()) == nullptr;
  return out;
}

kube::ObjectPtr root_namespace_of(const Snapshot& snapshot, const model::TenantId& tenant,
                                  std::string_view cluster) {
  if (snapshot.tenants().find(tenant) == nullptr) return nullptr;
  return find_in(snapshot, cluster, {Kind::kNamespace, "", snapshot.mesh(tenant)->root_namespace});
}

std::string node_id(const Proxy& proxy) {
  std::string out(type_text(proxy.type));
  out += "~" + (proxy.ip_addresses.empty() ? std::string() : proxy.ip_addresses.front());
  return out + "~" + proxy.id + "~" + proxy.dns_domain;
}

}  // namespace mesh::index
