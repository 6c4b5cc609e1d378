#include "libmesh/traffic/ciphers.h"

#include <algorithm>
#include <iterator>

namespace mesh::traffic {

bool is_cipher(std::string_view name) {
  static constexpr std::string_view kKnown[] = {"ECDHE-ECDSA-AES128-GCM-SHA256",
                                                "ECDHE-RSA-AES128-GCM-SHA256",
                                                "ECDHE-ECDSA-AES256-GCM-SHA384",
                                                "ECDHE-RSA-AES256-GCM-SHA384",
                                                "ECDHE-ECDSA-CHACHA20-POLY1305",
                                                "ECDHE-RSA-CHACHA20-POLY1305",
                                                "ECDHE-ECDSA-AES128-SHA",
                                                "ECDHE-RSA-AES128-SHA",
                                                "ECDHE-ECDSA-AES256-SHA",
                                                "ECDHE-RSA-AES256-SHA",
                                                "AES128-GCM-SHA256",
                                                "AES256-GCM-SHA384",
                                                "AES128-SHA",
                                                "AES256-SHA",
                                                "DES-CBC3-SHA"};
  if (name.empty() || name == "ALL") return true;
  if (std::find(std::begin(kKnown), std::end(kKnown), name) != std::end(kKnown)) return true;
  const char c = name.front();
  return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
}

}  // namespace mesh::traffic
