#include "libmesh/xds/resource.h"

#include <new>

#include "libmesh/base/hash.h"

namespace mesh::xds {
namespace {

size_t varint_size(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// Allocates what it is asked for and `extra` bytes behind, and says where those are.
template <typename T>
struct WithRoom {
  using value_type = T;
  size_t extra = 0;
  char** room = nullptr;

  WithRoom(size_t bytes, char** at) : extra(bytes), room(at) {}
  template <typename U>
  WithRoom(const WithRoom<U>& other) : extra(other.extra), room(other.room) {}

  T* allocate(size_t count) {
    char* const block = static_cast<char*>(::operator new(count * sizeof(T) + extra));
    *room = block + count * sizeof(T);
    return reinterpret_cast<T*>(block);
  }
  void deallocate(T* block, size_t) { ::operator delete(block); }
  bool operator==(const WithRoom&) const { return true; }
};

char* put(char* at, std::string_view bytes) { return at + bytes.copy(at, bytes.size()); }

// Everything but the message's bytes, for which `value` is the place: the name, then an Any's tag, length
// (below 128) and the type's name; tag, length and the message.
std::shared_ptr<Resource> begin_resource(Type type, std::string_view name, size_t size,
                                         char*& value) {
  constexpr char kUrl = 1 << 3 | 2;
  constexpr char kValue = 2 << 3 | 2;
  const std::string_view url = type_url(type);
  const size_t before = 2 + url.size() + (size == 0 ? 0 : 1 + varint_size(size));
  char* at = nullptr;
  auto resource =
      std::allocate_shared<Resource>(WithRoom<Resource>(name.size() + before + size, &at));
  resource->name = std::string_view(at, name.size());
  at = put(at, name);
  resource->any = std::string_view(at, before + size);
  resource->value_offset = static_cast<uint32_t>(before);
  *at++ = kUrl;
  *at++ = static_cast<char>(url.size());
  at = put(at, url);
  if (size != 0) {
    *at++ = kValue;
    size_t left = size;
    for (; left >= 0x80; left >>= 7) *at++ = static_cast<char>(left | 0x80);
    *at++ = static_cast<char>(left);
  }
  value = at;
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

char* MessageParts::copy_to(char* out) const {
  const std::string_view own = own_;
  size_t at = 0;
  for (const Piece& piece : pieces_) {
    out = put(put(out, own.substr(at, piece.own_end - at)), piece.borrowed);
    at = piece.own_end;
  }
  return put(out, own.substr(at));
}

ResourcePtr make_resource(Type type, std::string_view name, std::string_view message) {
  char* value = nullptr;
  auto resource = begin_resource(type, name, message.size(), value);
  put(value, message);
  resource->hash = hash_bytes(message);
  return resource;
}

ResourcePtr make_resource(Type type, std::string_view name, const MessageParts& message) {
  char* value = nullptr;
  auto resource = begin_resource(type, name, message.size(), value);
  message.copy_to(value);
  resource->hash = hash_bytes(resource->value());
  return resource;
}

}  // namespace mesh::xds
