#include "libmesh/traffic/extensions/url.h"

#include <algorithm>

namespace mesh::traffic {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_unreserved(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~';
}
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// The scheme, in small letters, and what follows its colon; empty when there is none. Nothing for
// ":rest".
std::optional<std::string> take_scheme(std::string_view& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_letter(c)) continue;
    if (is_digit(c) || is_one_of(c, "+-.")) {
      if (i == 0) return "";
      continue;
    }
    if (c != ':') return "";
    if (i == 0) return std::nullopt;
    std::string scheme(text.substr(0, i));
    for (char& letter : scheme) letter = static_cast<char>(letter | 0x20);
    // Digits and marks keep their bits: 0x20 is set in all of them.
    text.remove_prefix(i + 1);
    return scheme;
  }
  return "";
}

bool escapes_are_whole(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    i += 2;
  }
  return true;
}

bool is_port(std::string_view text) {
  return text.empty() ||
         (text.front() == ':' && std::all_of(text.begin() + 1, text.end(), is_digit));
}

bool is_host(std::string_view host) {
  if (const size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (host.starts_with("[")) {
    const size_t end = host.rfind(']');
    return end != std::string_view::npos && is_port(host.substr(end + 1));
  }
  if (const size_t colon = host.rfind(':'); colon != std::string_view::npos) {
    if (!is_port(host.substr(colon))) return false;
  }
  return std::all_of(host.begin(), host.end(), [](char c) {
    return is_unreserved(c) || (c & 0x80) != 0 || is_one_of(c, "!$&'()*+,;=:[]<>\"%");
  });
}

// A path that is written as RFC 3986 wants it stays; another one is escaped anew.
std::string with_escapes(std::string_view path) {
  const bool valid = std::all_of(path.begin(), path.end(), [](char c) {
    return is_unreserved(c) || is_one_of(c, "!$&'()*+,;=:@/[]%");
  });
  if (valid) return std::string(path);
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (is_unreserved(c) || is_one_of(c, "$&+,/:;=@")) {
      out.push_back(c);
    } else if (c == '%') {
      out.append(path.substr(i, 3));
      i += 2;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  return out;
}

// "//host/path", "/path" or "path" behind a scheme; a path without one is an image.
std::optional<ModuleUrl> hierarchical(std::string scheme, std::string_view rest,
                                      const std::string& end) {
  const std::string_view first = rest.substr(0, rest.find('/'));
  if (scheme.empty() && first.find(':') != std::string_view::npos) return std::nullopt;
  std::string between =
      rest.starts_with("/") && !rest.starts_with("//") && !scheme.empty() ? ":" : "://";
  std::string_view host;
  if (rest.starts_with("//") && (!scheme.empty() || !rest.starts_with("///"))) {
    const size_t slash = std::min(rest.find('/', 2), rest.size());
    host = rest.substr(2, slash - 2);
    rest.remove_prefix(slash);
    if (!is_host(host)) return std::nullopt;
  }
  if (!escapes_are_whole(rest)) return std::nullopt;
  if (scheme.empty()) scheme = "oci";
  return ModuleUrl{false, scheme + between + std::string(host) + with_escapes(rest) + end};
}

}  // namespace

std::optional<ModuleUrl> parse_module_url(std::string_view text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (text.empty() || control) return std::nullopt;
  std::string_view rest = text;
  std::string end;  // query and fragment
  if (const size_t at = rest.find('#'); at != std::string_view::npos) {
    if (!escapes_are_whole(rest.substr(at))) return std::nullopt;
    end = "#" + with_escapes(rest.substr(at + 1));
    rest = rest.substr(0, at);
  }
  auto scheme = take_scheme(rest);
  if (!scheme) return std::nullopt;
  if (*scheme == "file") {
    constexpr std::string_view kFile = "file://";
    return ModuleUrl{true, std::string(text.starts_with(kFile) ? text.substr(kFile.size()) : text)};
  }
  if (const size_t at = rest.find('?'); at != std::string_view::npos) {
    end.insert(0, rest.substr(at));
    rest = rest.substr(0, at);
  }
  if (rest.starts_with("/") || scheme->empty()) return hierarchical(*scheme, rest, end);
  return ModuleUrl{false, *scheme + ":" + std::string(rest) + end};  // "localhost:5000/filter"
}

}  // namespace mesh::traffic
