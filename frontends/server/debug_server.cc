#include "frontends/server/debug_server.h"

#include <httplib.h>

#include <thread>

#include "frontends/server/debug_pages.h"
#include "frontends/server/http_port.h"

namespace mesh::server {
namespace {

// A connection holds a thread until it is answered: none is kept for a second question, and those that ask nothing are closed
// soon, so that a probe of /ready never waits behind them for long.
constexpr size_t kThreads = 16;
constexpr time_t kPatienceSeconds = 1;

}  // namespace

struct DebugServer::State {
  httplib::Server server;
  std::thread thread;
};

DebugServer::DebugServer(const Hub& hub, const Webhook* webhook)
    : state_(std::make_unique<State>()) {
  httplib::Server& server = state_->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_keep_alive_max_count(1);
  server.set_keep_alive_timeout(kPatienceSeconds);
  server.set_read_timeout(kPatienceSeconds);
  refuse_shared_port(server);
  server.Get("/ready", [&hub](const httplib::Request&, httplib::Response& response) {
    response.status = hub.ready() ? 200 : 503;
    response.set_content(hub.ready() ? "ready\n" : "no snapshot yet\n", "text/plain");
  });
  server.Get("/metrics", [&hub, webhook](const httplib::Request&, httplib::Response& response) {
    const std::string more = webhook == nullptr ? "" : webhook->metrics();
    response.set_content(metrics(hub) + more, "text/plain; version=0.0.4");
  });
  server.Get("/debug/syncz", [&hub](const httplib::Request&, httplib::Response& response) {
    response.set_content(syncz(hub), "application/json");
  });
  server.Get(
      "/debug/config_dump", [&hub](const httplib::Request& request, httplib::Response& response) {
        const std::string proxy = request.get_param_value("proxyID");
        std::string why = "You must provide a proxyID in the query string";  // istiod's words
        std::string body = proxy.empty() ? "" : config_dump(hub, proxy, why);
        if (body.empty()) {
          response.status = proxy.empty() ? 400 : 404;
          response.set_content(why + "\n", "text/plain");
          return;
        }
        response.set_content(body, "application/json");
      });
}

DebugServer::~DebugServer() { stop(); }

bool DebugServer::start(const Address& address, int& port) {
  if (address.port == 0) {
    port = state_->server.bind_to_any_port(address.host.c_str());
    if (port < 0) return false;
  } else {
    if (!state_->server.bind_to_port(address.host.c_str(), address.port)) return false;
    port = address.port;
  }
  state_->thread = std::thread([this] { state_->server.listen_after_bind(); });
  return true;
}

void DebugServer::stop() {
  if (!state_->thread.joinable()) return;
  while (!state_->server.is_running()) std::this_thread::yield();
  state_->server.stop();
  state_->thread.join();
}

}  // namespace mesh::server
