#include "libmesh/testing/walk/path.h"

#include <algorithm>
#include <vector>

namespace mesh::testing {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The character that "%xx" at this place stands for, or -1.
int escaped(std::string_view text, size_t at) {
  if (text[at] != '%' || at + 2 >= text.size()) return -1;
  const int high = hex(text[at + 1]);
  const int low = hex(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool is_unreserved(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// What may not stand in a path as it is.
bool is_escaped_always(unsigned char c) {
  return c <= ' ' || c >= 0x7f ||
         std::string_view("\"<>^`{|}").find(static_cast<char>(c)) != std::string_view::npos;
}

std::string with_plain_escapes(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (size_t at = 0; at < path.size(); ++at) {
    const int stands_for = escaped(path, at);
    if (stands_for >= 0 && is_unreserved(stands_for)) {
      out += static_cast<char>(stands_for);
      at += 2;
    } else if (path[at] == '\\') {
      out += '/';
    } else if (is_escaped_always(static_cast<unsigned char>(path[at]))) {
      const auto c = static_cast<unsigned char>(path[at]);
      out += '%';
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
    } else {
      out += path[at];
    }
  }
  return out;
}

// What follows a semicolon in "." and ".." as they are written is left out; "%2e;x" stays.
std::string without_parameters_of_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    const bool dots = segment.starts_with("/.;") || segment.starts_with("/..;");
    out.append(dots ? segment.substr(0, segment.find(';')) : segment);
    path.remove_prefix(end);
  }
  return out;
}

template <typename F>
std::string in_path(std::string_view path, F&& change) {
  const size_t query = path.find_first_of("?#");
  std::string out = change(path.substr(0, query));
  if (query != path.npos) out.append(path.substr(query));
  return out;
}

}  // namespace

std::optional<std::string> normalized_path(std::string_view path) {
  if (!path.starts_with('/') && !path.starts_with('\\')) return {};
  return in_path(path, [](std::string_view bare) {
    const std::string plain = with_plain_escapes(without_parameters_of_dots(bare));
    std::vector<std::string_view> segments;
    std::string_view rest = plain;
    while (!rest.empty()) {
      rest.remove_prefix(1);  // its slash
      const size_t end = rest.find('/');
      const std::string_view segment = rest.substr(0, end);
      rest.remove_prefix(end == rest.npos ? rest.size() : end);
      const bool last = rest.empty();
      if (segment == "..") {
        if (!segments.empty()) segments.pop_back();
        if (last) segments.emplace_back();
      } else if (segment == ".") {
        if (last) segments.emplace_back();
      } else {
        segments.push_back(segment);
      }
    }
    std::string out;
    for (std::string_view segment : segments) out.append("/").append(segment);
    return out.empty() ? std::string("/") : out;
  });
}

std::string with_merged_slashes(std::string_view path) {
  return in_path(path, [](std::string_view bare) {
    std::string out;
    for (char c : bare) {
      if (c != '/' || !out.ends_with('/')) out += c;
    }
    return out;
  });
}

std::string with_unescaped_slashes(std::string_view path) {
  return in_path(path, [](std::string_view bare) {
    std::string out;
    for (size_t at = 0; at < bare.size(); ++at) {
      const int c = escaped(bare, at);
      out += c == '/' || c == '\\' ? static_cast<char>(c) : bare[at];
      if (c == '/' || c == '\\') at += 2;
    }
    return out;
  });
}

bool has_escaped_slashes(std::string_view path) { return with_unescaped_slashes(path) != path; }

}  // namespace mesh::testing
