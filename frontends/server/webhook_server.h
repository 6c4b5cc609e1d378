// The HTTPS server that API servers call for pods: /inject, /inject/…, and /ready.
#pragma once

#include <memory>

#include "frontends/server/loopback.h"
#include "frontends/server/webhook.h"
#include "frontends/server/webhook_certificate.h"

namespace mesh::server {

class WebhookServer {
 public:
  // Both outlive it.
  WebhookServer(Webhook& webhook, const WebhookCertificate& certificate);
  ~WebhookServer();

  // Binds and starts to answer; false when the address is taken. Gives the port that was bound.
  bool start(const Address& address, int& port);
  // Requests under way are answered; connections that only wait are closed.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mesh::server
