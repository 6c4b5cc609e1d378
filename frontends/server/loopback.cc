#include "frontends/server/loopback.h"

#include <arpa/inet.h>

#include <charconv>

namespace mesh::server {

bool parse_address(const std::string& text, Address& out, std::string& why) {
  size_t colon = text.rfind(':');
  if (colon == std::string::npos) {
    why = "\"" + text + "\" is no address: write host:port, such as 127.0.0.1:15010";
    return false;
  }
  out.host = text.substr(0, colon);
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  const char* begin = text.data() + colon + 1;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(begin, end, out.port);
  if (error != std::errc() || stop != end || out.port < 0 || out.port > 65535) {
    why = "\"" + text + "\": the port must be a number from 0 to 65535";
    return false;
  }
  if (!is_loopback(out.host)) {
    why =
        "\"" + text +
        "\" is not a loopback address: callers are not authenticated yet, so the server listens on "
        "127.0.0.0/8, [::1] or localhost only";
    return false;
  }
  return true;
}

std::string with_brackets(const Address& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace mesh::server
