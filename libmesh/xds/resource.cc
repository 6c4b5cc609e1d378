#include "libmesh/xds/resource.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "libmesh/base/copy_bytes.h"
#include "libmesh/base/hash.h"
#include "libmesh/schema/varint.h"

namespace mesh::xds {

// Memory of several resources, freed with the last of them.
struct ResourceBatch::Block {
  std::atomic<size_t> owners{1};  // the batch, while it has room, and the resources

  void leave() {
    if (owners.fetch_sub(1, std::memory_order_acq_rel) == 1) ::operator delete(this);
  }
};

struct BatchMemory {
  using Block = ResourceBatch::Block;
  static constexpr size_t kAlign = alignof(std::max_align_t);
  static constexpr size_t kFront = kAlign;  // where the block is named

  static thread_local ResourceBatch* current;

  static char* allocate(size_t size) {
    Block* block = nullptr;
    char* at = nullptr;
    if (current != nullptr) at = current->take(size + kFront, block);
    if (at == nullptr) at = static_cast<char*>(::operator new(size + kFront));
    std::memcpy(at, &block, sizeof(block));
    return at + kFront;
  }
  static void free(char* memory) {
    char* const at = memory - kFront;
    Block* block = nullptr;
    std::memcpy(&block, at, sizeof(block));
    if (block == nullptr) {
      ::operator delete(at);
    } else {
      block->leave();
    }
  }
};

thread_local ResourceBatch* BatchMemory::current = nullptr;

ResourceBatch::ResourceBatch(bool together) : together_(together) {
  if (BatchMemory::current != nullptr) return;
  first_ = true;
  BatchMemory::current = this;
}

ResourceBatch::~ResourceBatch() {
  if (!first_) return;
  BatchMemory::current = nullptr;
  if (block_ != nullptr) block_->leave();
}

// Null for what gets a block of its own: what comes first, and what is large.
char* ResourceBatch::take(size_t size, Block*& from) {
  constexpr size_t kAlign = BatchMemory::kAlign;
  constexpr size_t kHead = (sizeof(Block) + kAlign - 1) / kAlign * kAlign;
  constexpr size_t kMost = 16384;
  constexpr size_t kShare = 6;
  if (!together_) return nullptr;
  size = (size + kAlign - 1) / kAlign * kAlign;
  if (size_ - used_ < size) {
    // Blocks grow with what there is, so that little of them stays empty.
    const size_t next = std::min(total_ / kShare, kMost);
    total_ += std::max(next, size);
    if (next < 2 * size + kHead) return nullptr;
    if (block_ != nullptr) block_->leave();
    size_ = next;
    used_ = kHead;
    block_ = new (::operator new(size_)) Block;
  }
  from = block_;
  block_->owners.fetch_add(1, std::memory_order_relaxed);
  char* const out = reinterpret_cast<char*>(block_) + used_;
  used_ += size;
  return out;
}

namespace {

// What a resource's allocator says of the memory that it got.
struct Room {
  size_t extra = 0;
  char* at = nullptr;  // of the extra bytes
};

// Allocates what it is asked for and `extra` bytes behind, and says where those are. In front stands
// the block that it is part of, null when it is one of its own.
template <typename T>
struct WithRoom {
  using value_type = T;
  Room* room = nullptr;  // of the call that allocates, not later

  explicit WithRoom(Room* r) : room(r) {}
  template <typename U>
  WithRoom(const WithRoom<U>& other) : room(other.room) {}

  T* allocate(size_t count) {
    char* const out = BatchMemory::allocate(count * sizeof(T) + room->extra);
    room->at = out + count * sizeof(T);
    return reinterpret_cast<T*>(out);
  }
  void deallocate(T* at, size_t) { BatchMemory::free(reinterpret_cast<char*>(at)); }
  bool operator==(const WithRoom&) const { return true; }
};

// Everything but the message's bytes, for which `value` is the place: the name, then an Any's tag, length
// (below 128) and the type's name; tag, length and the message.
std::shared_ptr<Resource> begin_resource(Type type, std::string_view name, size_t size,
                                         char*& value) {
  constexpr char kUrl = 1 << 3 | 2;
  constexpr char kValue = 2 << 3 | 2;
  const std::string_view url = type_url(type);
  const size_t before = 2 + url.size() + (size == 0 ? 0 : 1 + wire::varint_size(size));
  Room room{name.size() + before + size};
  auto resource = std::allocate_shared<Resource>(WithRoom<Resource>(&room));
  char* at = room.at;
  resource->name = std::string_view(at, name.size());
  at = copy_bytes(at, name);
  resource->any = std::string_view(at, before + size);
  resource->value_offset = static_cast<uint32_t>(before);
  *at++ = kUrl;
  *at++ = static_cast<char>(url.size());
  at = copy_bytes(at, url);
  if (size != 0) {
    *at++ = kValue;
    at = wire::write_varint(at, size);
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

uint64_t Resource::hash() const {
  uint64_t known = hash_.load(std::memory_order_relaxed);
  if (known == 0) {
    known = hash_bytes(value());
    hash_.store(known, std::memory_order_relaxed);
  }
  return known;
}

bool same_message(const ResourcePtr& a, const ResourcePtr& b) {
  if (a == nullptr || b == nullptr || a == b) return a == b;
  return a->value() == b->value();
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
    out = copy_bytes(copy_bytes(out, own.substr(at, piece.own_end - at)), piece.borrowed);
    at = piece.own_end;
  }
  return copy_bytes(out, own.substr(at));
}

ResourcePtr make_resource(Type type, std::string_view name, std::string_view message) {
  char* value = nullptr;
  auto resource = begin_resource(type, name, message.size(), value);
  copy_bytes(value, message);
  return resource;
}

ResourcePtr make_resource(Type type, std::string_view name, const MessageParts& message) {
  char* value = nullptr;
  auto resource = begin_resource(type, name, message.size(), value);
  message.copy_to(value);
  return resource;
}

}  // namespace mesh::xds
