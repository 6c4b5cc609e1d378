#include "libmesh/xds/security/claim_route.h"

#include <algorithm>

namespace mesh::xds {
namespace {

constexpr std::string_view kPrefix = "@request.auth.claims";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> out;
  for (size_t at; (at = text.find(separator)) != text.npos;) {
    out.push_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  out.push_back(text);
  return out;
}

}  // namespace

std::vector<std::string_view> routing_claim(std::string_view header_name) {
  // Every other name goes by its first letter.
  if (!header_name.starts_with('@') || header_name.size() <= kPrefix.size()) return {};
  const std::string_view begin = header_name.substr(0, kPrefix.size());
  if (!std::equal(begin.begin(), begin.end(), kPrefix.begin(),
                  [](char a, char b) { return lower(a) == b; })) {
    return {};
  }
  const std::string_view path = header_name.substr(kPrefix.size());
  if (path.starts_with('.') && path.size() > 1) return split(path.substr(1), ".");
  if (path.starts_with('[') && path.ends_with(']') && path.size() > 2) {
    return split(path.substr(1, path.size() - 2), "][");
  }
  return {};
}

}  // namespace mesh::xds
