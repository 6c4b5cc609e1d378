#include "libmesh/xds/resource.h"

#include "libmesh/base/hash.h"
#include "libmesh/schema/wire.h"

namespace mesh::xds {
namespace {

size_t varint_size(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

}  // namespace

std::string_view type_url(Type type) {
  switch (type) {
    case Type::kCluster:
      return "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    case Type::kEndpoint:
      return "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    case Type::kListener:
      return "type.googleapis.com/envoy.config.listener.v3.Listener";
    case Type::kRoute:
      return "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
    case Type::kSecret:
      return "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    case Type::kExtension:
      return "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig";
    case Type::kNameTable:
      return "type.googleapis.com/istio.networking.nds.v1.NameTable";
  }
  return {};
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kCluster:
      return "clusters";
    case Type::kEndpoint:
      return "endpoints";
    case Type::kListener:
      return "listeners";
    case Type::kRoute:
      return "routes";
    case Type::kSecret:
      return "secrets";
    case Type::kExtension:
      return "extensions";
    case Type::kNameTable:
      return "nametable";
  }
  return {};
}

ResourcePtr make_resource(Type type, std::string name, std::string_view message) {
  auto resource = std::make_shared<Resource>();
  const std::string_view url = type_url(type);
  resource->name = std::move(name);
  // Exactly one allocation for the bytes: tag, length (below 128) and the type's name; tag, length
  // and the message.
  resource->any.reserve(2 + url.size() + 1 + varint_size(message.size()) + message.size());
  wire::put_bytes_field<1>(resource->any, url);
  if (!message.empty()) wire::put_bytes_field<2>(resource->any, message);
  resource->value_offset = static_cast<uint32_t>(resource->any.size() - message.size());
  resource->hash = hash_bytes(message);
  return resource;
}

}  // namespace mesh::xds
