#include "libmesh/xds/telemetry/url_path.h"

#include <vector>

namespace mesh::xds {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         is_one_of(c, "-_.~");
}

// The parts between slashes without "." and "..", behind one leading slash (path.Clean).
std::string clean(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    text.remove_prefix(slash == std::string_view::npos ? text.size() : slash + 1);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  std::string out;
  for (std::string_view part : parts) out.append("/").append(part);
  return out.empty() ? "/" : out;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

bool is_valid(std::string_view text) {
  for (char c : text) {
    if (!is_unreserved(c) && !is_one_of(c, "!$&'()*+,;=:@[]%/")) return false;
  }
  return true;
}

std::string escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (is_unreserved(c) || is_one_of(c, "$&+,/:;=@")) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

}  // namespace

std::optional<std::string> join_url_path(std::string_view host, std::string_view path) {
  std::string joined(host);
  if (!path.empty()) joined.append("/").append(path);
  joined = clean(joined).substr(1);
  if (path.ends_with('/') && !joined.ends_with('/')) joined.push_back('/');
  const auto plain = unescape(joined);
  if (!plain) return std::nullopt;
  std::string out = is_valid(joined) ? joined : escape(*plain);
  // Else the first part would be taken for a scheme.
  if (out.substr(0, out.find('/')).find(':') != std::string::npos) out.insert(0, "./");
  return out;
}

}  // namespace mesh::xds
