// What Istio refuses in the headers that routes match and change.
#include "libmesh/base/strings.h"
#include "libmesh/traffic/check/header_value.h"
#include "libmesh/traffic/check/rules_route_parts.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

using Operations = networking::Headers_HeaderOperations;

bool is_authority(const std::string& name) {
  const std::string lower = lower_ascii(name);
  return lower == ":authority" || lower == "host";
}

// Requests may be given another authority; nothing else that begins with a colon can be changed.
void check_name(const std::string& name, bool may_be_authority, const std::string& path,
                Finder& finder) {
  if (name.empty()) {
    return finder.invalid(path, "has an empty name", "name the header");
  }
  if (may_be_authority && is_authority(name)) return;
  if (name.front() == ':' || is_authority(name)) {
    return finder.invalid(path, quoted(name) + " cannot be changed here",
                          "write rewrite.authority, or another header");
  }
  if (name.find_first_of(" \t:") == std::string::npos) return;
  finder.warn(Code::kNoEffect, path, quoted(name) + " is no name of a header in HTTP",
              "names have no spaces and colons");
}

void check_values(const std::map<std::string, std::string>& headers, bool request,
                  const std::string& path, Finder& finder) {
  for (const auto& [name, value] : headers) {
    check_name(name, request, path, finder);
    const std::string_view fault = header_value_fault(value);
    if (fault.empty()) continue;
    finder.invalid(path + "." + name, quoted(value) + " " + std::string(fault),
                   "write text, %VARIABLE%, or %% for a percent sign");
  }
}

void check_operations(const Operations& operations, bool request, const std::string& path,
                      Finder& finder) {
  check_values(operations.set, request, path + ".set", finder);
  check_values(operations.add, request, path + ".add", finder);
  for (size_t i = 0; i < operations.remove.size(); ++i) {
    check_name(operations.remove[i], false, at(path + ".remove", i), finder);
  }
}

}  // namespace

void check_header_changes(const schema::Box<networking::Headers>& headers, const std::string& path,
                          Finder& finder) {
  if (!headers) return;
  if (headers->request) check_operations(*headers->request, true, path + ".request", finder);
  if (headers->response) check_operations(*headers->response, false, path + ".response", finder);
}

void check_authority(const networking::HTTPRoute& route, const std::string& path, Finder& finder) {
  bool written = route.rewrite && !route.rewrite->authority.empty();
  if (!route.headers || !route.headers->request) return;
  for (const auto& [headers, key] : {std::pair{&route.headers->request->set, ".set."},
                                     {&route.headers->request->add, ".add."}}) {
    for (const auto& [name, value] : *headers) {
      if (!is_authority(name)) continue;
      if (written) {
        finder.invalid(path + ".headers.request" + key + name, "writes the authority once more",
                       "write it in one place");
      }
      written = !value.empty();
    }
  }
}

bool is_claim(const std::string& name) {
  constexpr std::string_view kStart = "@request.auth.claims";
  if (!lower_ascii(name).starts_with(kStart)) return false;
  const std::string_view rest = std::string_view(name).substr(kStart.size());
  return (rest.starts_with('.') && rest.size() > 1) ||
         (rest.starts_with('[') && rest.ends_with(']') && rest.size() > 2);
}

void check_matched_header(const std::string& name, const std::string& path, Finder& finder) {
  static const std::set<std::string> kPseudo = {":method", ":scheme", ":authority", ":path",
                                                ":status"};
  if (is_claim(name) || kPseudo.contains(name) || is_header_name(name)) return;
  finder.invalid(path, quoted(name) + " is no name of a header",
                 "names have no spaces, and colons only in front, as in :authority");
}

}  // namespace mesh::traffic
