// Names of ciphers as servers take them (pkg/config/security in Istio): those of BoringSSL but for pre-shared keys.
#pragma once

#include <string_view>

namespace mesh::traffic {

// Also of "", "ALL" and what begins with a sign: an expression of OpenSSL's, which is left to Envoy.
bool is_cipher(std::string_view name);

}  // namespace mesh::traffic
