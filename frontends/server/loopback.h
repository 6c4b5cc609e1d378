// The server listens on loopback only, until callers are authenticated.
#pragma once

#include <string>

namespace mesh::server {

struct Address {
  std::string host;
  int port = 0;  // 0: any free one
};

// "127.0.0.1:15010", "[::1]:15010", "localhost:15010". False when the text is no such address; `why` then says how to
// write one.
bool parse_address(const std::string& text, Address& out, std::string& why);
// "127.0.0.1:15010", "[::1]:15010".
std::string with_brackets(const Address& address);
// True for 127.0.0.0/8, ::1 and localhost.
bool is_loopback(const std::string& host);

}  // namespace mesh::server
