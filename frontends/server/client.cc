#include "frontends/server/client.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace mesh::server {
namespace {

constexpr std::string_view kHealth = "type.googleapis.com/istio.v1.HealthInformation";

// istiod's further fields, where the node says them (pkg/xds/debug.go, SyncStatus).
void add_node(const std::string& node_id, const std::string& metadata, rapidjson::Document& row) {
  auto& allocator = row.GetAllocator();
  const std::string type = node_id.substr(0, node_id.find('~'));
  row.AddMember("proxy_type", rapidjson::Value(type.c_str(), allocator), allocator);
  rapidjson::Document said(&allocator);
  said.Parse(metadata.data(), metadata.size());
  if (said.HasParseError() || !said.IsObject()) return;
  auto version = said.FindMember("ISTIO_VERSION");
  if (version == said.MemberEnd() || !version->value.IsString()) return;
  row.AddMember("istio_version", rapidjson::Value(version->value, allocator), allocator);
}

std::string print(const rapidjson::Document& document) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  document.Accept(writer);
  return {out.GetString(), out.GetSize()};
}

}  // namespace

Client::Client(const mesh_xds* xds, const mesh_authority* authority, bool delta,
               Transport transport)
    : delta_(delta), transport_(std::move(transport)) {
  // Only this machine's own processes can connect (loopback.h).
  const std::string options =
      delta ? R"({"delta":true,"believeNode":true})" : R"({"believeNode":true})";
  auto error = into(session_, [&](mesh_session** out) {
    return mesh_session_new(xds, view(options), authority, out);
  });
  if (error != nullptr) open_ = false;
}

// False when the client is up to date.
bool Client::send_next() {
  Handle<mesh_message> message;
  auto error =
      into(message, [&](mesh_message** out) { return mesh_session_next(session_.get(), out); });
  if (error != nullptr || message == nullptr) return false;
  sending_ = true;
  transport_.send(std::move(message));
  return true;
}

void Client::pump() {
  if (!open_ || sending_ || send_next()) return;
  // Before the change, so that a client is heard however fast files change.
  if (std::exchange(may_read_, false) && transport_.read) transport_.read();
  if (!std::exchange(late_, false)) return;
  Handle<mesh_error> error(mesh_session_update(session_.get()));
  if (error == nullptr) send_next();
}

// Agents report their application's health on the same stream, and may do so before Envoy has said who it is: istiod leaves
// such a report out (pkg/xds/server.go, Receive).
bool Client::is_early_probe(const RequestView& request) const {
  return node_id_.empty() && request.node_id.empty() && request.type_url == kHealth;
}

void Client::received(std::string_view bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!open_) return;
  may_read_ = true;
  // Who the client is stands in its first request only.
  RequestView request = node_id_.empty() ? view_request(bytes, delta_) : RequestView{};
  if (is_early_probe(request)) {
    pump();
    return;
  }
  Handle<mesh_error> error(mesh_session_receive(session_.get(), view(bytes)));
  if (error != nullptr) {
    open_ = false;
    transport_.finish(mesh_error_code(error.get()), message_of(error));
    return;
  }
  if (node_id_.empty()) {
    node_id_ = std::move(request.node_id);
    node_metadata_ = std::move(request.node_metadata);
  }
  pump();
}

void Client::sent() {
  std::lock_guard<std::mutex> lock(mutex_);
  sending_ = false;
  pump();
}

void Client::changed() {
  std::lock_guard<std::mutex> lock(mutex_);
  late_ = true;
  pump();
}

void Client::close() {
  std::lock_guard<std::mutex> lock(mutex_);
  open_ = false;
}

std::optional<Client::Description> Client::describe() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (node_id_.empty()) return std::nullopt;
  Handle<mesh_buffer> out;
  auto error = into(out, [&](mesh_buffer** b) { return mesh_session_describe(session_.get(), b); });
  if (error != nullptr) return std::nullopt;
  rapidjson::Document row;
  row.Parse(text(out).data(), text(out).size());
  Description description{row["proxy"].GetString(), node_id_, node_metadata_,
                          row["rejects"].GetUint64(), ""};
  add_node(node_id_, node_metadata_, row);
  description.row = print(row);
  return description;
}

}  // namespace mesh::server
