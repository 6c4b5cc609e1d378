// A listener in few words, for tests: one line per filter chain, the default chain last.
//
//   alpn=http/1.1,h2c transport=raw_buffer: http 80
//   sni=a.example cidr=10.0.0.0/8: tcp outbound|443||a.example
//   port=8080 transport=tls mtls: http inbound|8080||
//   default: tcp PassthroughCluster
#pragma once

#include <string>

#include "libmesh/document/value.h"

namespace mesh::xds::testing {

std::string chains_of(const document::Value& listener);
// The names of the listener filters, short: "original_dst tls_inspector".
std::string listener_filters_of(const document::Value& listener);
// The names of the HTTP filters of the first connection manager, one a word.
std::string http_filters_of(const document::Value& listener);

}  // namespace mesh::xds::testing
