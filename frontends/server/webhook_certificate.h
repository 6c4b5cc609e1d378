// The certificate that the injection server shows, read again when its files change.
//
// A cluster rotates a webhook's certificate by writing two files anew. Handshakes take whichever pair
// was read last (SSL_CTX_set_cert_cb), connections under way keep theirs, and a pair that cannot be
// used (half written, a key of another certificate) changes nothing until it can.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

namespace mesh::server {

class WebhookCertificate {
 public:
  // PEM texts: the server's certificate, then those of its chain; and its key. False with `why`.
  bool use(const std::string& chain, const std::string& key, std::string& why);
  // Reads the two files and remembers them.
  bool load(const std::string& chain_file, const std::string& key_file, std::string& why);
  // Reads them again if they changed. `news` is true when a new pair is in use or was refused (`why`).
  void follow(bool& news, std::string& why);

  // Gives a handshake its certificate. Any thread.
  bool show(SSL* ssl) const;

 private:
  struct Pair;
  struct Stamp;
  static std::string stamp(const std::string& file);

  std::string chain_file_;
  std::string key_file_;
  std::string seen_;          // of both files, when they were last read
  mutable std::mutex mutex_;  // guards pair_
  std::shared_ptr<const Pair> pair_;
};

}  // namespace mesh::server
