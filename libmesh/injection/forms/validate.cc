#include "libmesh/injection/forms/validate.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/injection/forms/annotations.h"
#include "libmesh/injection/forms/go_errors.h"
#include "libmesh/injection/forms/prefix_fault.h"
#include "libmesh/injection/forms/validate_proxy_config.h"
#include "libmesh/schema/formats.h"

namespace mesh::injection {
namespace {

using forms::go_quoted;
using forms::Known;
using forms::unsigned_fault;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Calls for every part of a comma list until one gives a fault.
template <typename Check>
std::string first_fault(std::string_view list, Check check) {
  for (;;) {
    const size_t comma = list.find(',');
    std::string fault = check(list.substr(0, comma));
    if (!fault.empty() || comma == std::string_view::npos) return fault;
    list.remove_prefix(comma + 1);
  }
}

std::string port_fault(std::string_view port) {
  const std::string fault = unsigned_fault(trimmed(port), 16);
  if (fault.empty()) return {};
  return "failed parsing port '" + std::string(port) + "': " + fault;
}

std::string ports_fault(std::string_view parameter, std::string_view ports) {
  const std::string_view list = trimmed(ports);
  if (list.empty()) return {};
  const std::string fault = first_fault(list, [](std::string_view port) {
    const std::string inner = port_fault(port);
    return inner.empty() ? inner : "failed parsing port '" + std::string(port) + "': " + inner;
  });
  return fault.empty() ? fault : std::string(parameter) + " invalid: " + fault;
}

std::string ranges_fault(std::string_view parameter, std::string_view ranges) {
  if (ranges.empty()) return {};
  const std::string fault = first_fault(ranges, [](std::string_view range) {
    const std::string inner = forms::prefix_fault(range);
    return inner.empty() ? inner : "failed parsing cidr '" + std::string(range) + "': " + inner;
  });
  return fault.empty() ? fault : std::string(parameter) + " invalid: " + fault;
}

std::string interfaces_fault(std::string_view interfaces) {
  if (interfaces.empty()) return {};
  return first_fault(interfaces, [](std::string_view item) -> std::string {
    const std::string_view name = trimmed(item);
    if (name.empty()) return "empty interface name";
    if (name.size() > 15) {
      return "interface name " + go_quoted(name) + " too long (max 15 chars)";
    }
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const bool valid =
        letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
          return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        });
    return valid ? "" : "interface name " + go_quoted(name) + " contains invalid characters";
  });
}

std::string boolean_fault(std::string_view text) {
  constexpr std::array<std::string_view, 12> kTexts = {"1", "t", "T", "TRUE",  "true",  "True",
                                                       "0", "f", "F", "FALSE", "false", "False"};
  if (std::find(kTexts.begin(), kTexts.end(), text) != kTexts.end()) return {};
  return "strconv.ParseBool: parsing " + go_quoted(text) + ": invalid syntax";
}

// The regular expression of resource.ParseQuantity's message.
bool has_quantity_shape(std::string_view text) {
  size_t at = 0;
  const auto skip = [&](std::string_view set) {
    const size_t from = at;
    while (at < text.size() && set.find(text[at]) != std::string_view::npos) ++at;
    return at - from;
  };
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  if (skip("0123456789.") == 0) return false;
  skip("eEinumkKMGTP");
  while (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  skip("0123456789");
  return at == text.size();
}

std::string quantity_fault(std::string_view text) {
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return "value contains control characters";
  }
  if (schema::is_quantity(text)) return {};
  if (has_quantity_shape(text)) return "unable to parse quantity's suffix";
  return "quantities must match the regular expression "
         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
}

std::string mode_fault(std::string_view mode) {
  if (mode == "REDIRECT" || mode == "TPROXY" || mode == "NONE") return {};
  return "interceptionMode invalid, use REDIRECT,TPROXY,NONE: " + std::string(mode);
}

std::string status_port_fault(std::string_view port) {
  const std::string fault = port_fault(port);
  return fault.empty() ? fault : "excludeInboundPorts invalid: " + fault;
}

std::string fault_of(Known known, std::string_view value) {
  switch (known) {
    case Known::kInterceptionMode:
      return mode_fault(value);
    case Known::kStatusPort:
      return status_port_fault(value);
    case Known::kReadinessInitialDelay:
    case Known::kReadinessPeriod:
    case Known::kReadinessFailureThreshold:
      return unsigned_fault(value, 32);
    case Known::kIncludeOutboundRanges:
      return value == "*" ? std::string() : ranges_fault("includeIPRanges", value);
    case Known::kExcludeOutboundRanges:
      return ranges_fault("excludeIPRanges", value);
    case Known::kIncludeInboundPorts:
      return value == "*" ? std::string() : ports_fault("includeInboundPorts", value);
    case Known::kExcludeInboundPorts:
      return ports_fault("excludeInboundPorts", value);
    case Known::kExcludeOutboundPorts:
      return ports_fault("excludeOutboundPorts", value);
    case Known::kExcludeInterfaces:
    case Known::kKubevirtInterfaces:
    case Known::kReroute:
      return interfaces_fault(value);
    case Known::kPrometheusMerge:
      return boolean_fault(value);
    case Known::kProxyConfig:
      return forms::proxy_config_fault(value);
    case Known::kProxyCpu:
    case Known::kProxyMemory:
    case Known::kProxyCpuLimit:
    case Known::kProxyMemoryLimit:
      return quantity_fault(value);
    default:
      return {};
  }
}

}  // namespace

Result<void> validate_annotations(const document::Value* annotations) {
  const document::Map* map = annotations == nullptr ? nullptr : annotations->if_map();
  if (map == nullptr) return {};
  std::vector<std::string> errors;
  for (const document::Member& member : *map) {
    const std::string* value = member.value.if_string();
    const std::optional<Known> known = forms::known_of(member.key);
    if (value == nullptr || !known) continue;
    const std::string fault = fault_of(*known, *value);
    if (fault.empty()) continue;
    errors.push_back("invalid value '" + *value + "' for annotation '" + member.key +
                     "': " + fault);
  }
  if (errors.empty()) return {};
  return Error{ErrorCode::kInvalidArgument, forms::error_list(errors)};
}

}  // namespace mesh::injection
