#include "libmesh/injection/template/digest.h"

#include <openssl/evp.h>

namespace mesh::injection {

std::string hex_digest(Digest digest, std::string_view bytes) {
  const EVP_MD* method = digest == Digest::kSha1     ? EVP_sha1()
                         : digest == Digest::kSha256 ? EVP_sha256()
                                                     : EVP_sha512();
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), sum, &size, method, nullptr) != 1) return {};
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[sum[i] >> 4];
    text += kHex[sum[i] & 15];
  }
  return text;
}

}  // namespace mesh::injection
