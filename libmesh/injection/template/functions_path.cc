// sprig's paths and URLs: packages path and net/url.
#include <algorithm>
#include <array>

#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/go_text.h"

namespace mesh::injection {
namespace {

// path.Clean.
std::string cleaned(Arena& arena, std::string_view path) {
  if (path.empty()) return ".";
  const bool rooted = path[0] == '/';
  std::vector<std::string_view> kept;
  for (const std::string_view part : go_split(arena, path, "/")) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      kept.push_back(part);
    } else if (!kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (!rooted) {
      kept.push_back(part);
    }
  }
  std::string out = rooted ? "/" : "";
  for (size_t i = 0; i < kept.size(); ++i) {
    if (i > 0) out += '/';
    out += kept[i];
  }
  return out.empty() ? "." : out;
}

GoValue clean(const GoCall& call) { return call.string(cleaned(call.arena, call.text(0))); }

GoValue base(const GoCall& call) {
  std::string_view path = call.text(0);
  if (path.empty()) return go_string(".");
  while (path.ends_with('/')) path.remove_suffix(1);
  if (const size_t slash = path.rfind('/'); slash != std::string_view::npos) {
    path.remove_prefix(slash + 1);
  }
  return go_string(path.empty() ? std::string_view("/") : path);
}

GoValue dir(const GoCall& call) {
  const std::string_view path = call.text(0);
  const size_t slash = path.rfind('/');
  return call.string(
      cleaned(call.arena, path.substr(0, slash == std::string_view::npos ? 0 : slash + 1)));
}

GoValue ext(const GoCall& call) {
  const std::string_view path = call.text(0);
  const size_t dot = path.find_last_of("./");
  return go_string(dot == std::string_view::npos || path[dot] == '/' ? std::string_view()
                                                                     : path.substr(dot));
}

GoValue is_abs(const GoCall& call) { return go_bool(call.text(0).starts_with('/')); }

constexpr std::array<std::string_view, 8> kParts = {"scheme", "userinfo", "host",   "hostname",
                                                    "path",   "query",    "opaque", "fragment"};

bool is_scheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = parse_go_uint(text.substr(i + 1, 2), 16);
    if (!byte || i + 2 >= text.size()) {
      std::string quoted;
      append_go_quoted(quoted, text.substr(i, 3));
      go_fail("unable to parse url: invalid URL escape " + quoted);
    }
    out += static_cast<char>(*byte);
    i += 2;
  }
  return out;
}

std::string escaped(std::string_view text, std::string_view plain) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool keeps = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       plain.find(c) != std::string_view::npos;
    if (keeps) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// Removes and gives what follows the first `mark`; nothing when it does not occur.
std::string_view cut(std::string_view& text, char mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  const size_t colon = host.rfind(':');
  return host.substr(0, colon);
}

GoValue url_parse(const GoCall& call) {
  std::string_view rest = call.text(0);
  const GoValue made = go_map(call.arena, GoTypes::get().any_map);
  const auto put = [&](std::string_view key, std::string_view value) {
    go_map_set(call.arena, made, key, call.string(value));
  };
  for (const std::string_view part : kParts) put(part, "");
  if (std::any_of(rest.begin(), rest.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    go_fail("unable to parse url: net/url: invalid control character in URL");
  }
  put("fragment", unescaped(cut(rest, '#')));
  put("query", cut(rest, '?'));
  if (const size_t colon = rest.find_first_of(":/");
      colon != std::string_view::npos && rest[colon] == ':') {
    if (!is_scheme(rest.substr(0, colon))) {
      go_fail(colon == 0 ? "unable to parse url: missing protocol scheme"
                         : "unable to parse url: first path segment in URL cannot contain colon");
    }
    std::string scheme(rest.substr(0, colon));
    for (char& c : scheme) c = static_cast<char>(go_lower(static_cast<unsigned char>(c)));
    put("scheme", scheme);
    rest.remove_prefix(colon + 1);
    if (!rest.starts_with('/')) {
      put("opaque", rest);
      return made;
    }
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view authority = rest.substr(0, slash);
    rest.remove_prefix(slash);
    if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
      put("userinfo", authority.substr(0, at));
      authority.remove_prefix(at + 1);
    }
    put("host", unescaped(authority));
    put("hostname", host_name(unescaped(authority)));
  }
  put("path", unescaped(rest));
  return made;
}

// url.URL's String.
GoValue url_join(const GoCall& call) {
  const auto part = [&](std::string_view key) -> std::string_view {
    const GoValue value = go_lookup(call[0], key);
    if (!value.valid()) return {};
    if (value.kind() != GoKind::kString) {
      go_fail("unable to parse " + std::string(key) + " key, must be of type string, but " +
              std::string(go_kind_name(value)) + " found");
    }
    return value.string();
  };
  std::string out;
  if (!part("scheme").empty()) out += std::string(part("scheme")) + ":";
  if (!part("opaque").empty()) {
    out += part("opaque");
  } else {
    const std::string path = escaped(part("path"), "-_.~/$&+,:;=@!*'()");
    if (!part("scheme").empty() || !part("host").empty() || !part("userinfo").empty()) {
      if (!part("host").empty() || !path.empty() || !part("userinfo").empty()) out += "//";
      if (!part("userinfo").empty()) out += std::string(part("userinfo")) + "@";
      out += part("host");
    }
    if (!path.empty() && path[0] != '/' && !part("host").empty()) out += '/';
    out += path;
  }
  if (!part("query").empty()) out += "?" + std::string(part("query"));
  if (!part("fragment").empty()) {
    out += "#" + escaped(part("fragment"), "-_.~/$&+,:;=@!?*'()");
  }
  return call.string(out);
}

constexpr GoFunction kFunctions[] = {
    {"base", "s", base},          {"dir", "s", dir},
    {"clean", "s", clean},        {"ext", "s", ext},
    {"isAbs", "s", is_abs},       {"osBase", "s", base},
    {"osDir", "s", dir},          {"osClean", "s", clean},
    {"osExt", "s", ext},          {"osIsAbs", "s", is_abs},
    {"urlParse", "s", url_parse}, {"urlJoin", "d", url_join},
};

}  // namespace

std::span<const GoFunction> go_path_functions() { return kFunctions; }

}  // namespace mesh::injection
