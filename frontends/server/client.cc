#include "frontends/server/client.h"

#include <rapidjson/document.h>

#include <utility>

namespace mesh::server {
Client::Client(const mesh_xds* xds, const mesh_authority* authority, bool delta,
               Transport transport)
    : transport_(std::move(transport)) {
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
  if (error != nullptr) return end(error);  // its pod or its mesh is gone
  send_next();
}

void Client::end(const Handle<mesh_error>& error) {
  open_ = false;
  transport_.finish(mesh_error_code(error.get()), message_of(error));
}

void Client::received(std::string_view bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!open_) return;
  may_read_ = true;
  Handle<mesh_error> error(mesh_session_receive(session_.get(), view(bytes)));
  if (error != nullptr) return end(error);
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
  Handle<mesh_buffer> out;
  auto error = into(out, [&](mesh_buffer** b) { return mesh_session_describe(session_.get(), b); });
  if (error != nullptr) return std::nullopt;
  rapidjson::Document row;
  row.Parse(text(out).data(), text(out).size());
  if (row["node"].GetStringLength() == 0) return std::nullopt;
  return Description{row["proxy"].GetString(), row["rejects"].GetUint64(), std::string(text(out))};
}

Handle<mesh_proxy> Client::proxy() {
  std::lock_guard<std::mutex> lock(mutex_);
  Handle<mesh_proxy> out;
  auto error = into(out, [&](mesh_proxy** p) { return mesh_session_proxy(session_.get(), p); });
  return error == nullptr ? std::move(out) : nullptr;
}

}  // namespace mesh::server
