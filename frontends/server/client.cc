#include "frontends/server/client.h"

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
  if (error == nullptr) send_next();
}

void Client::received(std::string_view request) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!open_) return;
  Handle<mesh_error> error(mesh_session_receive(session_.get(), view(request)));
  if (error != nullptr) {
    open_ = false;
    transport_.finish(mesh_error_code(error.get()), message_of(error));
    return;
  }
  may_read_ = true;
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

std::string Client::describe() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) return "";
  Handle<mesh_buffer> out;
  auto error = into(out, [&](mesh_buffer** b) { return mesh_session_describe(session_.get(), b); });
  return error == nullptr ? std::string(text(out)) : std::string();
}

}  // namespace mesh::server
