// Resource: one Envoy resource, serialized once and shared by every response that carries it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::xds {

enum class Type : uint8_t {
  kCluster,
  kEndpoint,
  kListener,
  kRoute,
  kSecret,
  kExtension,
  kNameTable
};

// "type.googleapis.com/envoy.config.cluster.v3.Cluster" …
std::string_view type_url(Type type);
// "clusters", "endpoints", "listeners", "routes", "secrets", "extensions", "nametable".
std::string_view type_name(Type type);

// Made by make_resource only: one block of memory holds the count of its owners, this and what the
// two texts point to, because a push makes hundreds of them.
struct Resource {
  std::string_view name;
  std::string_view any;       // a serialized google.protobuf.Any: type_url and value
  uint32_t value_offset = 0;  // where the message's own bytes start in `any`

  Resource() = default;
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;

  std::string_view value() const { return any.substr(value_offset); }
  // Of the message's bytes: the resource's version, made when somebody asks for one. Any thread may.
  uint64_t hash() const;

 private:
  mutable std::atomic<uint64_t> hash_{0};  // 0: not made yet
};
// Both are there and say the same, or neither is.
bool same_message(const std::shared_ptr<const Resource>& a,
                  const std::shared_ptr<const Resource>& b);
using ResourcePtr = std::shared_ptr<const Resource>;
using Resources = std::vector<ResourcePtr>;

// A message that is put together of small bytes written here and large ones that stand elsewhere: those are
// copied once, into the resource.
class MessageParts {
 public:
  // Writers append here what comes next.
  std::string& own() { return own_; }
  // What comes next stands there, and stays until the resource is made.
  void append(std::string_view bytes);
  void clear();

  size_t size() const { return own_.size() + borrowed_size_; }
  // Gives where it ended.
  char* copy_to(char* out) const;

 private:
  struct Piece {
    size_t own_end = 0;  // the own bytes up to here come first
    std::string_view borrowed;
  };
  std::string own_;
  std::vector<Piece> pieces_;
  size_t borrowed_size_ = 0;
};

// Resources that live together: while one stands, what its thread makes is put into shared blocks of memory, which go
// when the last resource in them goes. For what is made at once and mostly goes at once; a resource that outlives its
// neighbours would keep their memory. Of several that stand the first counts.
class ResourceBatch {
 public:
  // `together` false: each has its own block, whatever those within say.
  explicit ResourceBatch(bool together = true);
  ~ResourceBatch();
  ResourceBatch(const ResourceBatch&) = delete;
  ResourceBatch& operator=(const ResourceBatch&) = delete;

  struct Block;

 private:
  friend struct BatchMemory;
  char* take(size_t size, Block*& from);

  bool first_ = false;
  bool together_ = true;
  Block* block_ = nullptr;  // has room for more
  size_t used_ = 0;
  size_t size_ = 0;
  size_t total_ = 0;  // of what was made
};

// Makes a resource from the message's bytes.
ResourcePtr make_resource(Type type, std::string_view name, std::string_view message);
ResourcePtr make_resource(Type type, std::string_view name, const MessageParts& message);

}  // namespace mesh::xds
