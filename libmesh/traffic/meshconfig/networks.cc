#include "libmesh/document/yaml.h"
#include "libmesh/index/mesh_layers.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/reader.h"
#include "libmesh/traffic/check/words.h"
#include "libmesh/traffic/meshconfig/check.h"

namespace mesh::traffic {
namespace {

class NetworkCheck {
 public:
  explicit NetworkCheck(Finder& finder) : finder_(finder) {}

  void network(const meshconfig::Network& network, const std::string& path) {
    for (size_t i = 0; i < network.endpoints.size(); ++i) {
      if (network.endpoints[i].from_cidr == "") {  // for the reader, nothing
        refuse(at(path + ".endpoints", i) + ".fromCidr", "is empty",
               "write it like 10.0.0.0/8, or fromRegistry");
      }
      const auto& registry = network.endpoints[i].from_registry;
      if (!registry || is_dns_label(*registry)) continue;
      refuse(at(path + ".endpoints", i) + ".fromRegistry",
             quoted(*registry) + " is no name of a cluster",
             "write letters, digits and \"-\" between them, at most 63");
    }
    for (size_t i = 0; i < network.gateways.size(); ++i) {
      gateway(network.gateways[i], at(path + ".gateways", i));
    }
  }

 private:
  void gateway(const meshconfig::Network_IstioNetworkGateway& gateway, const std::string& path) {
    const auto& service = gateway.registry_service_name;
    if (service && !is_fqdn(*service)) {
      refuse(path + ".registryServiceName", quoted(*service) + " is no name of a host",
             "write istio-eastwestgateway.istio-system.svc.cluster.local");
    }
    // Names count as long as istiod looks them up: RESOLVE_HOSTNAME_GATEWAYS.
    if (gateway.address && !is_address(*gateway.address) && !is_fqdn(*gateway.address)) {
      refuse(path + ".address",
             quoted(*gateway.address) + " is no IP address and no name of a host",
             "write it without scheme and port");
    }
  }
  void refuse(const std::string& field, const std::string& message, const std::string& mend) {
    finder_.invalid("data.meshNetworks: " + field,
                    message + "; istiod refuses all networks for it, here it counts as written",
                    mend);
  }

  Finder& finder_;
};

}  // namespace

Diagnostics check_mesh_networks(const index::Snapshot& snapshot, const index::Tenant& tenant) {
  const auto find = [&](const kube::ObjectKey& key) { return snapshot.find(key); };
  const kube::ObjectPtr object =
      index::mesh_sources(tenant, find, snapshot.options().mesh_config).config_map;
  Diagnostics out;
  if (object == nullptr) return out;
  const auto& data = object->as<k8s::ConfigMap>().data;
  const auto text = data.find("meshNetworks");
  if (text == data.end()) return out;
  kube::Object place;  // without the document: lines of the text are not the file's
  place.key = object->key;
  place.file = object->file;
  Finder finder(place, out);
  Diagnostics read;  // told where they are read
  for (const document::Document& document : document::read_yaml(text->second, "", read)) {
    meshconfig::MeshNetworks networks;
    schema::ReadContext context{read, "", "", "", {Severity::kError, true}};
    schema::read(document.root, context, networks);
    for (const auto& [name, network] : networks.networks) {
      NetworkCheck(finder).network(network, "networks." + name);
    }
  }
  for (Diagnostic& each : out) {
    each.line = object->document.position.line;
    each.column = object->document.position.column;
  }
  return out;
}

}  // namespace mesh::traffic
