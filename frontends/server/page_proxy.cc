#include "frontends/server/page_proxy.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <optional>
#include <vector>

namespace mesh::server {
namespace {

namespace rj = rapidjson;

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out;
  size_t begin = 0;
  for (size_t at = 0; (at = text.find(by, begin)) != std::string::npos; begin = at + 1) {
    out.push_back(text.substr(begin, at - begin));
  }
  out.push_back(text.substr(begin));
  return out;
}

// What a node says of itself.
class Node {
 public:
  explicit Node(const Client::Description& client) : parts_(split(client.node, '~')) {
    metadata_.Parse(client.node_metadata.data(), client.node_metadata.size());
    if (metadata_.HasParseError() || !metadata_.IsObject()) metadata_.SetObject();
  }

  std::string said(const char* key) const {
    auto found = metadata_.FindMember(key);
    if (found == metadata_.MemberEnd() || !found->value.IsString()) return "";
    return {found->value.GetString(), found->value.GetStringLength()};
  }
  // As mesh_proxy_read takes it; empty when the node's id is none.
  std::string description() const;

 private:
  std::string ns() const {
    const std::string said_ns = said("NAMESPACE");
    return said_ns.empty() ? parts_[2].substr(parts_[2].rfind('.') + 1) : said_ns;
  }
  rj::Value addresses(rj::Document& of) const;
  rj::Value labels(rj::Document& of) const;

  const std::vector<std::string> parts_;  // type, address, <pod>.<namespace>, domain
  rj::Document metadata_;
};

rj::Value Node::addresses(rj::Document& of) const {
  rj::Value out(rj::kArrayType);
  const std::string given = said("INSTANCE_IPS");
  for (const std::string& address : split(given.empty() ? parts_[1] : given, ',')) {
    out.PushBack(rj::Value(address.c_str(), of.GetAllocator()), of.GetAllocator());
  }
  return out;
}

rj::Value Node::labels(rj::Document& of) const {
  rj::Value out(rj::kObjectType);
  auto found = metadata_.FindMember("LABELS");
  if (found == metadata_.MemberEnd() || !found->value.IsObject()) return out;
  for (const auto& label : found->value.GetObject()) {
    if (!label.value.IsString()) continue;
    out.AddMember(rj::Value(label.name, of.GetAllocator()),
                  rj::Value(label.value, of.GetAllocator()), of.GetAllocator());
  }
  return out;
}

std::string Node::description() const {
  if (parts_.size() != 4) return "";
  rj::Document out(rj::kObjectType);
  auto& allocator = out.GetAllocator();
  const std::pair<const char*, std::string> texts[] = {
      {"type", parts_[0]},
      {"id", parts_[2]},
      {"namespace", ns()},
      {"dnsDomain", parts_[3]},
      {"serviceAccount", said("SERVICE_ACCOUNT")},
      {"clusterID", said("CLUSTER_ID")},
      {"network", said("NETWORK")},
      {"istioVersion", said("ISTIO_VERSION")},
      {"flavour", said("MESH_FLAVOUR")},
  };
  for (const auto& [name, text] : texts) {
    if (!text.empty()) {
      out.AddMember(rj::StringRef(name), rj::Value(text.c_str(), allocator), allocator);
    }
  }
  out.AddMember("ip", addresses(out), allocator);
  out.AddMember("labels", labels(out), allocator);
  out.AddMember("metadata", rj::Value(metadata_, allocator), allocator);
  rj::StringBuffer text;
  rj::Writer<rj::StringBuffer> writer(text);
  out.Accept(writer);
  return {text.GetString(), text.GetSize()};
}

std::optional<Node> connected_node(const Hub& hub, const std::string& proxy_id) {
  for (const auto& client : hub.connected().clients) {
    if (auto seen = client->describe(); seen && seen->proxy == proxy_id) {
      return std::optional<Node>(std::in_place, *seen);
    }
  }
  return std::nullopt;
}

Handle<mesh_proxy> of_pod(const mesh_snapshot* snapshot, const std::string& ns,
                          const std::string& name, std::string& why) {
  Handle<mesh_proxy> out;
  auto error = into(out, [&](mesh_proxy** proxy) {
    return mesh_proxy_of_pod(snapshot, view(ns), view(name), proxy);
  });
  if (error != nullptr) why = message_of(error);
  return out;
}

Handle<mesh_proxy> of_node(const mesh_snapshot* snapshot, const Node& node, std::string& why) {
  Handle<mesh_proxy> out;
  const std::string description = node.description();
  auto error = into(out, [&](mesh_proxy** proxy) {
    return mesh_proxy_read(snapshot, view(description), view("node"), proxy);
  });
  if (error != nullptr) why = message_of(error);
  return out;
}

// The pod's proxy; of a remote cluster where the node says so.
Handle<mesh_proxy> pod_behind(const mesh_snapshot* snapshot, const std::optional<Node>& node,
                              const std::string& ns, const std::string& name, std::string& why) {
  const std::string cluster = node ? node->said("CLUSTER_ID") : "";
  if (!cluster.empty()) {
    if (auto remote = of_pod(snapshot, cluster + "=" + ns, name, why)) return remote;
  }
  return of_pod(snapshot, ns, name, why);
}

}  // namespace

Handle<mesh_proxy> page_proxy(const Hub& hub, const mesh_snapshot* snapshot,
                              const std::string& proxy_id, std::string& why) {
  const std::optional<Node> node = connected_node(hub, proxy_id);
  const size_t dot = proxy_id.rfind('.');  // names of pods may have dots, namespaces do not
  if (dot == std::string::npos && !node) {
    why = "proxyID must be <pod>.<namespace>";
    return nullptr;
  }
  Handle<mesh_proxy> out;
  if (dot != std::string::npos) {
    out = pod_behind(snapshot, node, proxy_id.substr(dot + 1), proxy_id.substr(0, dot), why);
  }
  if (!node) return out;
  if (out == nullptr) return of_node(snapshot, *node, why);
  Handle<mesh_proxy> flavoured;
  const std::string flavour = node->said("MESH_FLAVOUR");
  auto error = into(flavoured, [&](mesh_proxy** proxy) {
    return mesh_proxy_with_flavour(out.get(), view(flavour), proxy);
  });
  return error == nullptr ? std::move(flavoured) : std::move(out);  // a node need not name one
}

}  // namespace mesh::server
