#include "frontends/server/serve_webhook.h"

#include <openssl/evp.h>
#include <rapidjson/document.h>

#include <cstdio>
#include <ctime>
#include <fstream>

#include "frontends/server/printable.h"

namespace mesh::server {
namespace {

constexpr int64_t kYear = int64_t{365} * 24 * 60 * 60;

// Host names and addresses that a caller on this machine may use, as options of the authority.
std::string hosts_of(const Address& address) {
  std::string out = R"({"hosts":["localhost","127.0.0.1","::1")";
  const bool is_known =
      address.host == "localhost" || address.host == "127.0.0.1" || address.host == "::1";
  if (!is_known) out += ",\"" + address.host + "\"";  // an address: parse_address let it pass
  return out + "]}";
}

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

}  // namespace

ServedWebhook::ServedWebhook(const WebhookOptions& options, bool quiet)
    : options_(options),
      quiet_(quiet),
      webhook_(options.injector),
      server_(webhook_, certificate_) {}

std::unique_ptr<ServedWebhook> ServedWebhook::make(const WebhookOptions& options, bool quiet,
                                                   std::string& why) {
  std::unique_ptr<ServedWebhook> out(new ServedWebhook(options, quiet));
  if (!parse_address(options.address, out->address_, why)) return nullptr;
  // Else a wrong option would only show with the first snapshot.
  if (out->webhook_.update(nullptr, why) == nullptr) return nullptr;
  return out->take_certificate(why) ? std::move(out) : nullptr;
}

bool ServedWebhook::take_certificate(std::string& why) {
  if (options_.certificate.empty() != options_.key.empty()) {
    why = "--webhook-cert and --webhook-key are given together, or neither";
    return false;
  }
  if (options_.certificate.empty()) return make_certificate(why);
  if (!options_.ca_file.empty()) {
    why = "--webhook-ca is where the development CA is written: not with --webhook-cert";
    return false;
  }
  return certificate_.load(options_.certificate, options_.key, why);
}

bool ServedWebhook::make_certificate(std::string& why) {
  const std::string options = "{\"now\":" + std::to_string(std::time(nullptr)) +
                              ",\"lifetimeSeconds\":" + std::to_string(kYear) + "}";
  const std::string hosts = hosts_of(address_);
  Handle<mesh_authority> authority;
  Handle<mesh_buffer> issued;
  auto error =
      into(authority, [&](mesh_authority** out) { return mesh_authority_new(view(options), out); });
  if (error == nullptr) {
    error = into(issued, [&](mesh_buffer** out) {
      return mesh_authority_issue_server(authority.get(), view(hosts), out);
    });
  }
  if (error != nullptr) {
    why = message_of(error);
    return false;
  }
  rapidjson::Document pems;
  pems.Parse(text(issued).data(), text(issued).size());
  root_ = pems["root"].GetString();
  if (!options_.ca_file.empty()) {
    std::ofstream out(options_.ca_file, std::ios::binary | std::ios::trunc);
    out << root_ << std::flush;
    if (!out) {
      why = options_.ca_file + ": cannot be written";
      return false;
    }
  }
  return certificate_.use(pems["certificateChain"].GetString(), pems["privateKey"].GetString(),
                          why);
}

void ServedWebhook::follow(const Hub& hub) {
  const Handle<mesh_snapshot> snapshot = hub.snapshot();
  std::string why;
  const Handle<mesh_buffer> diagnostics = webhook_.update(snapshot.get(), why);
  if (diagnostics == nullptr) {
    std::fprintf(stderr, "serve: webhook: %s\n", printable(why).c_str());
    return;
  }
  if (text(diagnostics) == diagnostics_) return;
  diagnostics_ = text(diagnostics);
  if (!quiet_ && diagnostics_ != "[]") {
    std::fprintf(stderr, "serve: webhook: %s\n", printable(diagnostics_).c_str());
  }
}

void ServedWebhook::follow_certificate() {
  bool news = false;
  std::string why;
  certificate_.follow(news, why);
  if (!news) return;
  std::fprintf(stderr, "serve: webhook certificate: %s\n",
               why.empty() ? "read again" : (why + "; the one before stays").c_str());
}

bool ServedWebhook::start(std::string& why) {
  int port = 0;
  if (!server_.start(address_, port)) {
    why = "cannot listen on " + options_.address + ": in use?";
    return false;
  }
  address_.port = port;
  std::fprintf(stderr, "serve: webhook on https://%s/inject\n", with_brackets(address_).c_str());
  if (!root_.empty() && options_.ca_file.empty()) {
    std::fprintf(stderr, "serve: webhook caBundle: %s\n", base64(root_).c_str());
  } else if (!root_.empty()) {
    std::fprintf(stderr, "serve: webhook CA written to %s\n", options_.ca_file.c_str());
  }
  return true;
}

}  // namespace mesh::server
