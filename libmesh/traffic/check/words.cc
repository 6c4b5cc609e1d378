#include "libmesh/traffic/check/words.h"

#include <algorithm>
#include <charconv>

#include "libmesh/base/net.h"

namespace mesh::traffic {
namespace {

constexpr size_t kMostLabel = 63;
constexpr size_t kMostName = 255;
constexpr size_t kMostPrefix = 253;
constexpr int32_t kMillisecond = 1'000'000;  // in nanoseconds

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Alphanumeric at both ends; between them also what `inner` has.
bool is_bounded(std::string_view text, std::string_view inner) {
  return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_alphanumeric(c) || inner.find(c) != std::string_view::npos;
         });
}

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Labels with dots between them; the last one may be empty.
bool is_labels(std::string_view domain) {
  if (is_number(domain.substr(domain.rfind('.') + 1))) return false;
  for (size_t begin = 0;;) {
    const size_t end = std::min(domain.find('.', begin), domain.size());
    const std::string_view label = domain.substr(begin, end - begin);
    if (end == domain.size()) return label.empty() || is_dns_label(label);
    if (!is_dns_label(label)) return false;
    begin = end + 1;
  }
}

bool is_label_key(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view prefix = key.substr(0, slash);
    if (prefix.size() > kMostPrefix) return false;
    for (size_t begin = 0; begin <= prefix.size();) {
      const size_t end = std::min(prefix.find('.', begin), prefix.size());
      if (!is_bounded(prefix.substr(begin, end - begin), "-")) return false;
      begin = end + 1;
    }
    key.remove_prefix(slash + 1);
  }
  return key.size() <= kMostLabel && is_bounded(key, "-_.");
}

}  // namespace

bool is_dns_label(std::string_view text) {
  return text.size() <= kMostLabel && is_bounded(text, "-");
}

bool is_fqdn(std::string_view text) {
  return !text.empty() && text.size() <= kMostName && is_labels(text);
}

bool is_wildcard_domain(std::string_view text) {
  if (text.empty() || text.size() > kMostName) return false;
  const size_t dot = text.find('.');
  std::string_view first = text.substr(0, dot);
  if (first.size() > kMostLabel) return false;
  if (first != "*") {
    if (first.starts_with("*-")) {
      first.remove_prefix(2);
    } else if (first.starts_with('*')) {
      first.remove_prefix(1);
    }
    if (!is_bounded(first, "-")) return false;
  }
  return dot == std::string_view::npos || is_labels(text.substr(dot + 1));
}

bool is_strict_header_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_';
  });
}

bool is_header_name(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+,-.^_`|~";  // in Istio's class "+-." is a range
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alphanumeric(c) || kOthers.find(c) != std::string_view::npos;
  });
}

bool is_address(std::string_view text) {
  const size_t zone = text.find('%');
  if (zone == std::string_view::npos) return is_ip_address(text);
  return zone + 1 < text.size() && address_family(text.substr(0, zone)) == AddressFamily::kIpv6;
}

const document::Value* find_field(const kube::Object& object, std::string_view path) {
  const document::Value* at = &object.document;
  while (at != nullptr && !path.empty()) {
    const size_t end = std::min(path.find_first_of(".["), path.size());
    if (end > 0) at = at->find(path.substr(0, end));
    path.remove_prefix(end);
    while (at != nullptr && path.starts_with('[')) {
      size_t place = 0;
      std::from_chars(path.data() + 1, path.data() + path.size(), place);
      const document::List* list = at->if_list();
      at = list != nullptr && place < list->size() ? &(*list)[place] : nullptr;
      path.remove_prefix(std::min(path.find(']'), path.size() - 1) + 1);
    }
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return at;
}

void check_port_number(uint64_t number, const std::string& field, Finder& finder) {
  if (number >= 1 && number <= 65535) return;
  finder.invalid(field, std::to_string(number) + " is no port", "write a number from 1 to 65535");
}

void check_port_label(const std::string& name, const std::string& field, Finder& finder) {
  if (is_dns_label(name)) return;
  finder.invalid(field, quoted(name) + " is no name of a port",
                 "write letters, digits and \"-\" between them, at most 63");
}

void check_least_duration(const std::optional<schema::Duration>& duration, const std::string& field,
                          Finder& finder) {
  if (!duration) return;
  if (duration->seconds < 0 || duration->nanos < 0) {
    finder.invalid(field, "is negative", "write 1ms or more");
  } else if (duration->seconds == 0 && duration->nanos < kMillisecond) {
    finder.invalid(field, "is less than a millisecond", "write 1ms or more");
  }
}

void check_duration(const std::optional<schema::Duration>& duration, const std::string& field,
                    Finder& finder) {
  check_least_duration(duration, field, finder);
  if (!duration || duration->nanos % kMillisecond == 0) return;
  if (duration->seconds == 0 && duration->nanos < kMillisecond) return;  // told as too short
  finder.invalid(field, "has parts of a millisecond", "write whole milliseconds");
}

void check_labels(const std::map<std::string, std::string>& labels, const std::string& field,
                  Finder& finder) {
  for (const auto& [key, value] : labels) {
    if (!is_label_key(key)) {
      finder.invalid(field, quoted(key) + " is no key of a label",
                     "write letters and digits, and \"-\", \"_\", \".\" between them, at most 63; "
                     "a DNS name and \"/\" may stand before");
    }
    if (!value.empty() && !is_bounded(value, "-_.")) {
      finder.invalid(field, quoted(value) + " is no value of a label",
                     "write letters and digits, and \"-\", \"_\", \".\" between them");
    }
  }
}

void check_unix_path(std::string_view path, const std::string& field, Finder& finder) {
  if (path.starts_with('@')) return;
  if (path.starts_with('/') && !path.ends_with('/')) return;
  finder.invalid(field, quoted(path) + " is no absolute path of a file",
                 "write unix:///PATH, or unix://@NAME for an abstract socket");
}

void check_not_empty(const std::vector<std::string>& texts, const std::string& field,
                     Finder& finder) {
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) finder.invalid(at(field, i), "is empty", "write a text, or leave it out");
  }
}

void check_subnet(const std::string& text, const std::string& field, Finder& finder) {
  if (is_address(text) || parse_cidr(text)) return;
  finder.invalid(field, quoted(text) + " is neither an IP address nor a range",
                 "write it like 10.0.0.1 or 10.0.0.0/8");
}

void check_no_target_port(uint32_t number, const std::string& path, Finder& finder) {
  if (number == 0) return;
  finder.invalid(path + ".targetPort", "does nothing here", "take it away");
}

void check_export_rules(const std::vector<std::string>& export_to, ExportRules rules,
                        Finder& finder) {
  std::set<std::string> seen;
  for (size_t i = 0; i < export_to.size(); ++i) {
    const std::string& written = export_to[i];
    const std::string field = at("spec.exportTo", i);
    const std::string& key = written == "." ? finder.ns() : written;
    if (seen.contains(key)) {
      finder.invalid(field, quoted(written) + " stands here twice",
                     "\".\" is the object's own namespace; write it once");
    } else if (written == "~" && !rules.with_none) {
      finder.invalid(field, "\"~\" is for ServiceEntries only",
                     "write \".\", or leave exportTo out");
    } else if (written != "*" && written != "~" && !is_dns_label(key)) {
      finder.invalid(field, quoted(written) + " is no name of a namespace",
                     "write \"*\", \".\" or names of namespaces");
    } else {
      seen.insert(key);
    }
    if ((written == "*" || written == "~") && export_to.size() > 1) {
      finder.invalid(field, quoted(written) + " stands beside others",
                     written == "*" ? "\"*\" is every namespace: write it alone, or take it away"
                                    : "\"~\" is no namespace: write it alone, or take it away");
    }
  }
  if (!rules.own_only || seen.empty()) return;
  if (!seen.contains(finder.ns()) || seen.size() > 1) {
    finder.invalid("spec.exportTo",
                   "is more than the own namespace, and the rule selects workloads",
                   "write exportTo: [\".\"], or leave it out");
  }
}

}  // namespace mesh::traffic
