// The messages of the discovery protocol: requests read from bytes, responses written as slices.
//
// Both forms, state of the world and delta, become one Request. A response is a list of slices:
// short framing bytes of its own between the shared bytes of resources, which are never copied.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

struct Request {
  std::string node_id;
  std::string node_cluster;
  document::Value node_metadata;  // null when the request carries no node
  std::string type_url;
  std::string nonce;
  std::optional<std::string> error;  // set: the client refused the response of that nonce

  std::vector<std::string> names;  // state of the world: all names asked for
  std::string version;             // state of the world

  std::vector<std::string> subscribe;  // delta
  std::vector<std::string> unsubscribe;
  std::map<std::string, std::string> initial_versions;
};

// kParse when the bytes are no such message.
Result<Request> read_request(std::string_view bytes, bool delta);

// One response. Slices stay valid as long as the message.
class Message {
 public:
  struct Header {
    std::string_view type_url;
    std::string version;
    std::string nonce;
  };
  static Message state_of_the_world(const Header& header, const Resources& resources);
  static Message delta(const Header& header, const Resources& resources,
                       const std::vector<std::string>& removed);

  // In order; together they are the serialized response.
  std::vector<std::string_view> slices() const;
  size_t size() const { return size_; }
  std::string to_string() const;

  std::string type_url;
  std::string nonce;
  size_t resource_count = 0;
  size_t removed_count = 0;

 private:
  void close_frame();
  void add(const ResourcePtr& resource);

  struct Piece {
    uint32_t own_offset = 0;  // into frames_
    uint32_t own_size = 0;
    ResourcePtr resource;  // its `any` follows the frame; null at the end
  };
  std::string frames_;
  uint32_t open_ = 0;  // start of the frame at work
  std::vector<Piece> pieces_;
  size_t size_ = 0;
};

// "d41d8cd98f00b204": a resource's hash as its version.
std::string version_text(uint64_t hash);

}  // namespace mesh::xds
