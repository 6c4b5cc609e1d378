#include "frontends/server/ads_service.h"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <cstdio>
#include <vector>

#include "frontends/server/printable.h"

namespace mesh::server {
namespace {

constexpr char kStateOfTheWorld[] =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
constexpr char kDelta[] =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

using MessagePtr = std::shared_ptr<mesh_message>;

// A gRPC slice over the message's own bytes, which it keeps alive.
grpc::Slice borrow(const MessagePtr& message, mesh_view bytes) {
  auto* owner = new MessagePtr(message);
  return grpc::Slice(
      const_cast<char*>(bytes.data), bytes.size,
      [](void* p) { delete static_cast<MessagePtr*>(p); }, owner);
}

grpc::ByteBuffer to_buffer(Handle<mesh_message> handle) {
  MessagePtr message(handle.release(), Delete());
  const size_t count = mesh_message_slice_count(message.get());
  std::vector<grpc::Slice> slices;
  slices.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    mesh_view bytes = mesh_message_slice(message.get(), i);
    if (bytes.size != 0) slices.push_back(borrow(message, bytes));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

std::string to_text(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return "";
  std::string out;
  for (const grpc::Slice& slice : slices) {
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return out;
}

grpc::StatusCode status_of(mesh_code code) {
  switch (code) {
    case MESH_NOT_FOUND:
      return grpc::StatusCode::NOT_FOUND;
    case MESH_PARSE:
    case MESH_INVALID_ARGUMENT:
      return grpc::StatusCode::INVALID_ARGUMENT;
    default:
      return grpc::StatusCode::INTERNAL;
  }
}

// One stream. Owned by gRPC, which calls OnDone last.
class Stream : public grpc::ServerGenericBidiReactor {
 public:
  Stream(Hub& hub, bool delta) : hub_(hub) {
    client_ = hub.add_client(delta, {[this](Handle<mesh_message> m) { send(std::move(m)); },
                                     [this] { StartRead(&request_); },
                                     [this](mesh_code c, const std::string& w) { fail(c, w); }});
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      client_->close();
      finish(grpc::Status::OK);
      return;
    }
    client_->received(to_text(request_));
  }
  void OnWriteDone(bool ok) override {
    if (ok) client_->sent();
  }
  void OnCancel() override {
    client_->close();
    finish(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    hub_.remove_client(client_);
    delete this;
  }

 private:
  void send(Handle<mesh_message> message) {
    response_ = to_buffer(std::move(message));
    StartWrite(&response_);
  }
  void fail(mesh_code code, const std::string& why) {
    std::fprintf(stderr, "serve: stream refused: %s\n", printable(why).c_str());
    finish(grpc::Status(status_of(code), why));
  }
  void finish(const grpc::Status& status) {
    if (!finished_.exchange(true)) Finish(status);
  }

  Hub& hub_;
  std::shared_ptr<Client> client_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::atomic<bool> finished_{false};
};

class Unknown : public grpc::ServerGenericBidiReactor {
 public:
  explicit Unknown(const std::string& method) {
    Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no method " + method));
  }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* AdsService::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  if (context->method() == kStateOfTheWorld) return new Stream(hub_, false);
  if (context->method() == kDelta) return new Stream(hub_, true);
  return new Unknown(context->method());
}

}  // namespace mesh::server
