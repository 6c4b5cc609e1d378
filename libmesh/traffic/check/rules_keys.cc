#include "libmesh/traffic/check/rules_keys.h"

#include <algorithm>
#include <map>

#include "libmesh/base/strings.h"
#include "libmesh/document/json.h"
#include "libmesh/traffic/check/go_text.h"

namespace mesh::traffic {
namespace {

// ---- keys --------------------------------------------------------------------------------------

// Either alphabet, with the padding or without it, as jwx takes it; line ends do not count.
bool is_base64(std::string_view text) {
  const bool standard = text.find_first_of("+/") != std::string_view::npos;
  size_t characters = 0;
  size_t padding = 0;
  for (const char c : text) {
    if (c == '\r' || c == '\n') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool other = standard ? c == '+' || c == '/' : c == '-' || c == '_';
    if (padding > 0 || (!alphanumeric && !other)) return false;
    ++characters;
  }
  return characters % 4 != 1 && (padding == 0 || (padding <= 2 && (characters + padding) % 4 == 0));
}

// What a kind of keys has, in base64 but the curve.
const std::vector<std::string>* parts_of(const std::string& kind) {
  static const std::map<std::string, std::vector<std::string>> kParts = {
      {"RSA", {"n", "e"}}, {"EC", {"crv", "x", "y"}}, {"OKP", {"crv", "x"}}, {"oct", {"k"}}};
  const auto found = kParts.find(kind);
  return found == kParts.end() ? nullptr : &found->second;
}

std::string part_fault(const document::Value& key, const std::string& part) {
  const document::Value* value = key.find(part);
  if (value == nullptr) return "has no " + quoted(part);
  if (value->is_null()) return {};  // an empty text for Go
  const std::string* text = value->if_string();
  if (text == nullptr) return "has a " + quoted(part) + " that is no text";
  if (part == "crv" || is_base64(*text)) return {};
  return "has a " + quoted(part) + " that is not written in base64";
}

void check_key(const document::Value& key, const std::string& which, const std::string& path,
               Finder& finder) {
  if (key.if_map() == nullptr) {
    return finder.invalid(path, which + " is no object", "write the keys as JSON objects");
  }
  const std::string kind(key.string_at("kty"));
  const std::vector<std::string>* parts = parts_of(kind);
  if (parts == nullptr) {
    return finder.invalid(path, which + " is of kind " + quoted(kind) + ", which there is not",
                          "write \"kty\": \"RSA\", \"EC\", \"OKP\" or \"oct\"");
  }
  for (const std::string& part : *parts) {
    const std::string fault = part_fault(key, part);
    if (!fault.empty()) return finder.invalid(path, which + " " + fault, "copy the whole key");
  }
}

// ---- URLs --------------------------------------------------------------------------------------

// Of "host:port", "[::1]:port".
std::string authority_fault(std::string_view authority) {
  authority.remove_prefix(authority.rfind('@') + 1);  // nothing without one
  const size_t bracket = authority.rfind(']');
  if (authority.starts_with('[') && bracket == authority.npos) return "has a \"[\" without \"]\"";
  if (!authority.starts_with('[') && authority.find_first_of(" \\^`{|}") != authority.npos) {
    return "has a host with a character that hosts have not";
  }
  const std::string_view after =
      authority.starts_with('[') ? authority.substr(bracket + 1) : authority;
  const size_t colon = after.rfind(':');
  if (colon != after.npos && after.find_first_not_of("0123456789", colon + 1) != after.npos) {
    return "has a port that is no number";
  }
  return {};
}

// Why Go's url.Parse refuses what stands behind the scheme; empty where it does not.
std::string url_fault(std::string_view rest) {
  if (has_control(rest)) return "has a control character";
  const size_t fragment = std::min(rest.find('#'), rest.size());
  if (has_bad_escape(rest.substr(fragment))) return "has a \"%\" without two digits";
  rest = rest.substr(0, fragment);
  rest = rest.substr(0, rest.find('?'));
  if (!rest.starts_with('/')) return {};  // "http:name" is one, if of nothing
  if (rest.starts_with("//")) {
    const size_t end = std::min(rest.find('/', 2), rest.size());
    std::string fault = authority_fault(rest.substr(2, end - 2));
    if (!fault.empty()) return fault;
    rest.remove_prefix(end);
  }
  return has_bad_escape(rest) ? "has a \"%\" without two digits" : "";
}

}  // namespace

void check_keys(const std::string& jwks, const std::string& path, Finder& finder) {
  Diagnostics ignored;
  const auto read = document::read_json(jwks, "", ignored);
  if (!read || read->if_map() == nullptr) {
    return finder.invalid(path, "is no set of keys", "write JSON: {\"keys\": [...]}");
  }
  const document::Value* keys = read->find("keys");
  if (keys == nullptr) return check_key(*read, "the key", path, finder);
  if (keys->is_null()) return;
  const document::List* list = keys->if_list();
  if (list == nullptr) {
    return finder.invalid(path, "is no set of keys", "write JSON: {\"keys\": [...]}");
  }
  for (size_t i = 0; i < list->size(); ++i) {
    check_key((*list)[i], at("keys", i), path, finder);
  }
}

void check_keys_url(const std::string& url, const std::string& path, Finder& finder) {
  constexpr size_t kMost = 2048;
  const size_t colon = std::min(url.find(':'), url.size());
  const std::string scheme = lower_ascii(url.substr(0, colon));
  if (scheme != "https" && scheme != "http") {
    return finder.invalid(path, quoted(url) + " is no URL of HTTP",
                          "write one that begins with https://");
  }
  if (url.size() > kMost) {
    return finder.invalid(path, "is longer than 2048 characters", "shorten it");
  }
  const std::string_view rest = std::string_view(url).substr(std::min(colon + 1, url.size()));
  if (const std::string fault = url_fault(rest); !fault.empty()) {
    finder.invalid(path, quoted(url) + " " + fault, "write it like https://example.com/keys");
  } else if (!rest.starts_with("//") || rest.size() == 2) {
    finder.warn(Code::kNoEffect, path, quoted(url) + " names no host, so no keys are fetched",
                "write it like https://example.com/keys");
  }
}

}  // namespace mesh::traffic
