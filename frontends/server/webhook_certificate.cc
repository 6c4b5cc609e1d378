#include "frontends/server/webhook_certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace mesh::server {
namespace {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* p) const {
    kFree(p);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

void free_all(STACK_OF(X509) * certificates) { sk_X509_pop_free(certificates, X509_free); }
using ChainPtr = std::unique_ptr<STACK_OF(X509), Deleter<free_all>>;

BioPtr reader(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// An encrypted key is refused instead of asked for on the terminal.
int no_password(char*, int, int, void*) { return -1; }

bool read_file(const std::string& file, std::string& out, std::string& why) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || in.bad()) {
    why = file + ": cannot be read";
    return false;
  }
  out = text.str();
  return true;
}

}  // namespace

struct WebhookCertificate::Pair {
  CertPtr certificate;
  ChainPtr chain{sk_X509_new_null()};
  KeyPtr key;
};

bool WebhookCertificate::use(const std::string& chain, const std::string& key, std::string& why) {
  auto pair = std::make_shared<Pair>();
  const BioPtr certificates = reader(chain);
  pair->certificate.reset(PEM_read_bio_X509(certificates.get(), nullptr, no_password, nullptr));
  while (X509* next = PEM_read_bio_X509(certificates.get(), nullptr, no_password, nullptr)) {
    sk_X509_push(pair->chain.get(), next);
  }
  pair->key.reset(PEM_read_bio_PrivateKey(reader(key).get(), nullptr, no_password, nullptr));
  const bool fits = pair->certificate && pair->key &&
                    X509_check_private_key(pair->certificate.get(), pair->key.get()) == 1;
  ERR_clear_error();  // reading to the end of the chain leaves one
  if (!pair->certificate) why = "the certificate is no PEM certificate";
  if (pair->certificate && !pair->key) why = "the key is no PEM key without password";
  if (pair->certificate && pair->key && !fits) why = "the key is not that of the certificate";
  if (!fits) return false;
  std::lock_guard<std::mutex> lock(mutex_);
  pair_ = std::move(pair);
  return true;
}

// A mounted Secret is a link that is turned to another folder: inode and time of what it leads to.
std::string WebhookCertificate::stamp(const std::string& file) {
  struct stat s{};
  if (::stat(file.c_str(), &s) != 0) return "none";
  return std::to_string(s.st_ino) + "/" + std::to_string(s.st_size) + "/" +
         std::to_string(s.st_mtim.tv_sec) + "." + std::to_string(s.st_mtim.tv_nsec);
}

bool WebhookCertificate::load(const std::string& chain_file, const std::string& key_file,
                              std::string& why) {
  chain_file_ = chain_file;
  key_file_ = key_file;
  seen_ = stamp(chain_file) + " " + stamp(key_file);
  std::string chain;
  std::string key;
  if (!read_file(chain_file, chain, why) || !read_file(key_file, key, why)) return false;
  if (use(chain, key, why)) return true;
  why = chain_file + ", " + key_file + ": " + why;
  return false;
}

void WebhookCertificate::follow(bool& news, std::string& why) {
  news = false;
  if (chain_file_.empty() || stamp(chain_file_) + " " + stamp(key_file_) == seen_) return;
  news = true;
  load(std::string(chain_file_), std::string(key_file_), why);
}

bool WebhookCertificate::show(SSL* ssl) const {
  std::shared_ptr<const Pair> pair;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    pair = pair_;
  }
  return pair != nullptr && SSL_use_cert_and_key(ssl, pair->certificate.get(), pair->key.get(),
                                                 pair->chain.get(), 1) == 1;
}

}  // namespace mesh::server
