#include "libmesh/xds/session/protocol_messages.h"

#include <bit>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/discovery.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/rpc.h"
#include "libmesh/schema/varint.h"
#include "libmesh/schema/wire.h"
#include "libmesh/xds/session/wire_struct.h"

namespace mesh::xds {
namespace {

using wire::Field;
using wire::Reader;

// Field numbers of service.discovery.v3; tests/xds/protocol_messages_test.cc checks them against the
// descriptors by reading what the dynamic messages write.
namespace sotw {
constexpr uint32_t kVersion = 1, kNode = 2, kNames = 3, kTypeUrl = 4, kNonce = 5, kError = 6;
}
namespace delta {
constexpr uint32_t kNode = 1, kTypeUrl = 2, kSubscribe = 3, kUnsubscribe = 4, kInitial = 5,
                   kNonce = 6, kError = 7;
}
constexpr uint32_t kNodeId = 1, kNodeCluster = 2, kNodeMetadata = 3;
constexpr uint32_t kStatusMessage = 2;
constexpr uint32_t kResourcesField = 2;
constexpr uint32_t kResourceAny = 2;

bool read_node(std::string_view bytes, Request& out) {
  Reader reader(bytes);
  out.node_metadata = document::Value(document::Map{});
  while (const Field* f = reader.next()) {
    if (f->number == kNodeId) out.node_id = f->bytes;
    if (f->number == kNodeCluster) out.node_cluster = f->bytes;
    if (f->number == kNodeMetadata && !read_struct(f->bytes, out.node_metadata)) return false;
  }
  return reader.ok();
}

bool read_error(std::string_view bytes, Request& out) {
  Reader reader(bytes);
  out.error = "";
  while (const Field* f = reader.next()) {
    if (f->number == kStatusMessage) out.error = std::string(f->bytes);
  }
  return reader.ok();
}

bool read_version_entry(std::string_view bytes, Request& out) {
  Reader reader(bytes);
  std::string key;
  std::string value;
  while (const Field* f = reader.next()) {
    if (f->number == 1) key = f->bytes;
    if (f->number == 2) value = f->bytes;
  }
  out.initial_versions[std::move(key)] = std::move(value);
  return reader.ok();
}

bool read_sotw(const Field& f, Request& out) {
  switch (f.number) {
    case sotw::kVersion:
      out.version = f.bytes;
      return true;
    case sotw::kNode:
      return read_node(f.bytes, out);
    case sotw::kNames:
      out.names.emplace_back(f.bytes);
      return true;
    case sotw::kTypeUrl:
      out.type_url = f.bytes;
      return true;
    case sotw::kNonce:
      out.nonce = f.bytes;
      return true;
    case sotw::kError:
      return read_error(f.bytes, out);
    default:
      return true;
  }
}

bool read_delta(const Field& f, Request& out) {
  switch (f.number) {
    case delta::kNode:
      return read_node(f.bytes, out);
    case delta::kTypeUrl:
      out.type_url = f.bytes;
      return true;
    case delta::kSubscribe:
      out.subscribe.emplace_back(f.bytes);
      return true;
    case delta::kUnsubscribe:
      out.unsubscribe.emplace_back(f.bytes);
      return true;
    case delta::kInitial:
      return read_version_entry(f.bytes, out);
    case delta::kNonce:
      out.nonce = f.bytes;
      return true;
    case delta::kError:
      return read_error(f.bytes, out);
    default:
      return true;
  }
}

}  // namespace

Result<Request> read_request(std::string_view bytes, bool is_delta) {
  Request out;
  Reader reader(bytes);
  while (const Field* f = reader.next()) {
    if (f->type != wire::Type::kBytes) continue;
    if (!(is_delta ? read_delta(*f, out) : read_sotw(*f, out))) {
      return Error{ErrorCode::kParse,
                   "discovery request: malformed field " + std::to_string(f->number)};
    }
  }
  if (!reader.ok()) return Error{ErrorCode::kParse, "discovery request: truncated or malformed"};
  return out;
}

std::string version_text(uint64_t hash) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(16, '0');
  for (size_t i = 16; i-- > 0; hash >>= 4) out[i] = kDigits[hash & 15];
  return out;
}

void Message::close_frame() {
  uint32_t end = static_cast<uint32_t>(frames_.size());
  pieces_.push_back({open_, end - open_, nullptr});
  size_ += end - open_;
  open_ = end;
}

void Message::add(const ResourcePtr& resource) {
  const auto end = static_cast<uint32_t>(frames_.size());
  pieces_.push_back({open_, end - open_, resource});
  size_ += end - open_ + resource->any.size();
  open_ = end;
  ++resource_count;
}

Message Message::state_of_the_world(const Header& header, const Resources& resources) {
  Message out;
  out.type_url = header.type_url;
  out.nonce = header.nonce;
  out.pieces_.reserve(resources.size() + 1);
  // Each resource has a tag and a length before it; the response's own fields stand around them.
  out.frames_.reserve(resources.size() * 5 + header.type_url.size() + 64);
  envoy::discovery::DiscoveryResponse response(out.frames_);
  response.version_info(header.version);
  for (const ResourcePtr& resource : resources) {
    constexpr uint32_t kTag = wire::tag_of(kResourcesField, wire::Type::kBytes);
    static_assert(kTag < 0x80);
    const size_t any = resource->any.size();
    char* to = wire::extend(out.frames_, 1 + wire::varint_size(any));
    *to++ = static_cast<char>(kTag);
    wire::write_varint(to, any);
    out.add(resource);
  }
  response.type_url(header.type_url);
  response.nonce(header.nonce);
  out.close_frame();
  return out;
}

Message Message::delta(const Header& header, const Resources& resources,
                       const std::vector<std::string>& removed) {
  Message out;
  out.type_url = header.type_url;
  out.nonce = header.nonce;
  out.pieces_.reserve(resources.size() + 1);
  envoy::discovery::DeltaDiscoveryResponse response(out.frames_);
  response.system_version_info(header.version);
  std::string head;
  for (const ResourcePtr& resource : resources) {
    head.clear();
    envoy::discovery::Resource fields(head);
    fields.version(version_text(resource->hash()));
    fields.name(resource->name);
    const size_t any = resource->any.size();
    wire::put_tag<wire::tag_of(kResourcesField, wire::Type::kBytes)>(out.frames_);
    wire::put_varint(out.frames_, head.size() + 1 + wire::varint_size(any) + any);
    out.frames_ += head;
    wire::put_tag<wire::tag_of(kResourceAny, wire::Type::kBytes)>(out.frames_);
    wire::put_varint(out.frames_, any);
    out.add(resource);
  }
  for (const std::string& name : removed) response.removed_resources(name);
  out.removed_count = removed.size();
  response.type_url(header.type_url);
  response.nonce(header.nonce);
  out.close_frame();
  return out;
}

std::vector<std::string_view> Message::slices() const {
  std::vector<std::string_view> out;
  out.reserve(pieces_.size() * 2);
  for (const Piece& piece : pieces_) {
    out.push_back(std::string_view(frames_).substr(piece.own_offset, piece.own_size));
    if (piece.resource != nullptr) out.emplace_back(piece.resource->any);
  }
  return out;
}

std::string Message::to_string() const {
  std::string out;
  out.reserve(size_);
  for (std::string_view slice : slices()) out += slice;
  return out;
}

}  // namespace mesh::xds
