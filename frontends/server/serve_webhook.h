// The injection webhook of `mesh serve`: its certificate, its server, and what it follows.
#pragma once

#include <memory>
#include <string>

#include "frontends/server/hub.h"
#include "frontends/server/serve.h"
#include "frontends/server/webhook_server.h"

namespace mesh::server {

class ServedWebhook {
 public:
  // Null when an option is wrong; `why` says which.
  static std::unique_ptr<ServedWebhook> make(const WebhookOptions& options, bool quiet,
                                             std::string& why);

  // The hub's newest snapshot is what is injected from; diagnostics that are new go to stderr.
  void follow(const Hub& hub);
  // Reads the certificate again when its files changed.
  void follow_certificate();
  // False when the address is taken.
  bool start(std::string& why);
  void stop() { server_.stop(); }

  const Webhook& logic() const { return webhook_; }

 private:
  ServedWebhook(const WebhookOptions& options, bool quiet);
  bool take_certificate(std::string& why);
  bool make_certificate(std::string& why);

  const WebhookOptions options_;
  const bool quiet_;
  Address address_;
  std::string root_;         // PEM of the development CA
  std::string diagnostics_;  // shown last
  WebhookCertificate certificate_;
  Webhook webhook_;
  WebhookServer server_;
};

}  // namespace mesh::server
