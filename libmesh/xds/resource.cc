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

// Everything but the message's bytes. Exactly one allocation for all bytes: tag, length (below 128)
// and the type's name; tag, length and the message.
std::shared_ptr<Resource> begin_resource(Type type, std::string name, size_t size) {
  constexpr uint32_t kValue = 2;
  auto resource = std::make_shared<Resource>();
  const std::string_view url = type_url(type);
  resource->name = std::move(name);
  resource->any.reserve(2 + url.size() + 1 + varint_size(size) + size);
  wire::put_bytes_field<1>(resource->any, url);
  if (size != 0) {
    wire::put_tag<wire::tag_of(kValue, wire::Type::kBytes)>(resource->any);
    wire::put_varint(resource->any, size);
  }
  resource->value_offset = static_cast<uint32_t>(resource->any.size());
  return resource;
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

void MessageParts::append(std::string_view bytes) {
  if (bytes.empty()) return;
  borrowed_size_ += bytes.size();
  if (!pieces_.empty() && pieces_.back().own_end == own_.size()) {
    std::string_view& last = pieces_.back().borrowed;
    if (last.data() + last.size() == bytes.data()) {
      last = std::string_view(last.data(), last.size() + bytes.size());
      return;
    }
  }
  pieces_.push_back({own_.size(), bytes});
}

void MessageParts::clear() {
  own_.clear();
  pieces_.clear();
  borrowed_size_ = 0;
}

void MessageParts::copy_to(std::string& out) const {
  const std::string_view own = own_;
  size_t at = 0;
  for (const Piece& piece : pieces_) {
    out.append(own.substr(at, piece.own_end - at)).append(piece.borrowed);
    at = piece.own_end;
  }
  out.append(own.substr(at));
}

ResourcePtr make_resource(Type type, std::string name, std::string_view message) {
  auto resource = begin_resource(type, std::move(name), message.size());
  resource->any.append(message);
  resource->hash = hash_bytes(message);
  return resource;
}

ResourcePtr make_resource(Type type, std::string name, const MessageParts& message) {
  auto resource = begin_resource(type, std::move(name), message.size());
  message.copy_to(resource->any);
  resource->hash = hash_bytes(resource->value());
  return resource;
}

}  // namespace mesh::xds
