// The HTTP server for people and probes: /ready, /metrics, /debug/syncz, /debug/config_dump.
#pragma once

#include <memory>
#include <string>

#include "frontends/server/hub.h"
#include "frontends/server/loopback.h"
#include "frontends/server/webhook.h"

namespace mesh::server {

class DebugServer {
 public:
  // `webhook` may be null: /metrics is then without it.
  explicit DebugServer(const Hub& hub, const Webhook* webhook = nullptr);
  ~DebugServer();

  // Binds and starts to answer; false when the address is taken. Gives the port that was bound.
  bool start(const Address& address, int& port);
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mesh::server
