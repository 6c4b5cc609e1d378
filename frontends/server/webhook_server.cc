#include "frontends/server/webhook_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <mutex>
#include <set>
#include <thread>

#include "frontends/server/http_port.h"

namespace mesh::server {
namespace {

// A connection that is kept alive holds a thread; an API server opens one for each call under way.
constexpr size_t kThreads = 64;
constexpr time_t kKeepAliveSeconds = 60;
constexpr size_t kCallsAConnection = 1'000'000;
constexpr size_t kLongestPath = 2048;

// The connections that are open, so that stop() need not wait for those that only stand there.
class Connections {
 public:
  void add(int descriptor) {
    std::lock_guard<std::mutex> lock(mutex_);
    open_.insert(descriptor);
  }
  void remove(int descriptor) {
    std::lock_guard<std::mutex> lock(mutex_);
    open_.erase(descriptor);
  }
  // What was received so far can still be answered.
  void stop_reading() {
    std::lock_guard<std::mutex> lock(mutex_);
    for (int descriptor : open_) ::shutdown(descriptor, SHUT_RD);
  }

 private:
  std::mutex mutex_;
  std::set<int> open_;
};

// Its value is the Connections; OpenSSL calls back when the SSL goes, before its socket is closed.
void forget(void* parent, void* connections, CRYPTO_EX_DATA*, int, long, void*) {
  if (connections == nullptr) return;
  static_cast<Connections*>(connections)->remove(SSL_get_fd(static_cast<SSL*>(parent)));
}
int connections_index() {
  static const int index =
      CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, nullptr, nullptr, forget);
  return index;
}

}  // namespace

struct WebhookServer::State {
  Webhook& webhook;
  const WebhookCertificate& certificate;
  Connections connections;
  std::unique_ptr<httplib::SSLServer> server;
  std::thread thread;

  // Called in each handshake.
  static int show(SSL* ssl, void* state) {
    auto* self = static_cast<State*>(state);
    if (SSL_get_ex_data(ssl, connections_index()) == nullptr) {
      SSL_set_ex_data(ssl, connections_index(), &self->connections);
      self->connections.add(SSL_get_fd(ssl));
    }
    return self->certificate.show(ssl) ? 1 : 0;
  }
  void route();
};

void WebhookServer::State::route() {
  auto give = [](WebhookReply reply, httplib::Response& response) {
    response.status = reply.status;
    response.set_content(std::move(reply.body), reply.type);
  };
  auto inject = [this, give](const httplib::Request& request, httplib::Response& response) {
    give(webhook.inject(request.path, request.get_header_value("Content-Type"), request.body),
         response);
  };
  server->Get("/ready", [this](const httplib::Request&, httplib::Response& response) {
    response.status = webhook.ready() ? 200 : 503;
    response.set_content(webhook.ready() ? "ready\n" : "no snapshot yet\n", "text/plain");
  });
  for (const char* path : {"/inject", "/inject/.*"}) {
    server->Post(path, inject).Put(path, inject).Get(path, inject);
  }
  server->set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
    if (request.path.size() <= kLongestPath) return httplib::Server::HandlerResponse::Unhandled;
    response.status = 414;
    return httplib::Server::HandlerResponse::Handled;
  });
  // A body above the limit never reaches the route.
  server->set_error_handler([give](const httplib::Request&, httplib::Response& response) {
    if (response.status == 413) give(Webhook::too_large(), response);
  });
}

WebhookServer::WebhookServer(Webhook& webhook, const WebhookCertificate& certificate)
    : state_(new State{webhook, certificate, {}, nullptr, {}}) {
  State& state = *state_;
  state.server = std::make_unique<httplib::SSLServer>([&state](SSL_CTX& context) {
    SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
    SSL_CTX_set_cert_cb(&context, &State::show, &state);
    return true;
  });
  state.server->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  state.server->set_keep_alive_timeout(kKeepAliveSeconds);
  state.server->set_keep_alive_max_count(kCallsAConnection);
  state.server->set_payload_max_length(Webhook::kLimit);
  state.server->set_tcp_nodelay(true);
  refuse_shared_port(*state.server);
  state.route();
}

WebhookServer::~WebhookServer() { stop(); }

bool WebhookServer::start(const Address& address, int& port) {
  if (!state_->server->is_valid()) return false;
  if (address.port == 0) {
    port = state_->server->bind_to_any_port(address.host.c_str());
    if (port < 0) return false;
  } else {
    if (!state_->server->bind_to_port(address.host.c_str(), address.port)) return false;
    port = address.port;
  }
  state_->thread = std::thread([this] { state_->server->listen_after_bind(); });
  return true;
}

void WebhookServer::stop() {
  if (!state_->thread.joinable()) return;
  while (!state_->server->is_running()) std::this_thread::yield();
  state_->server->stop();
  state_->connections.stop_reading();
  state_->thread.join();
}

}  // namespace mesh::server
