#include "libmesh/injection/cni/networks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/json.h"
#include "libmesh/document/json_writer.h"

namespace mesh::injection {
namespace {

using document::Type;
using document::Value;

Error unreadable(std::string message) { return {ErrorCode::kParse, std::move(message)}; }

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_lower_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// What the API server takes as the name of an object. Multus takes labels alone; a dot does no
// harm here, nor an underscore, which one of Istio's own cases has (hello-existing-cncf-networks).
bool is_name(std::string_view text) {
  return !text.empty() && is_lower_alphanumeric(text.front()) &&
         is_lower_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_lower_alphanumeric(c) || c == '-' || c == '.' || c == '_';
         });
}

// ---- the text form --------------------------------------------------------------------------

std::string quoted(std::string_view text) {
  std::string out;
  document::append_json_string(out, text);
  return out;
}

// parsePodNetworkObjectName of Multus.
Result<Network> parse_item(std::string_view item) {
  Network out;
  std::string_view rest = item;
  if (size_t slash = rest.find('/'); slash != rest.npos) {
    out.ns = trimmed(rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
    if (rest.find('/') != rest.npos) return unreadable(quoted(item) + " has more than one '/'");
  }
  if (size_t at = rest.find('@'); at != rest.npos) {
    out.interface = trimmed(rest.substr(at + 1));
    rest = rest.substr(0, at);
    if (out.interface.find('@') != std::string::npos) {
      return unreadable(quoted(item) + " has more than one '@'");
    }
  }
  out.name = trimmed(rest);
  if (out.name.empty()) return unreadable("names no network in " + quoted(item));
  if (!is_name(out.name) || (!out.ns.empty() && !is_name(out.ns))) {
    return unreadable(quoted(item) + " is not [namespace/]name[@interface]");
  }
  return out;
}

Result<Networks> parse_text(std::string_view annotation) {
  Networks out;
  out.form = NetworksForm::kText;
  for (size_t number = 1;; ++number) {
    size_t comma = annotation.find(',');
    auto item = parse_item(trimmed(annotation.substr(0, comma)));
    if (!item) return item.error().at("network " + std::to_string(number));
    out.list.push_back(std::move(*item));
    if (comma == annotation.npos) return out;
    annotation.remove_prefix(comma + 1);
  }
}

// ---- the JSON form --------------------------------------------------------------------------

struct FieldType {
  std::string_view name;
  Type type;
};
// NetworkSelectionElement of Multus; a field of another type is an error there.
constexpr std::array kFieldTypes = {
    FieldType{"name", Type::kString},
    FieldType{"namespace", Type::kString},
    FieldType{"interface", Type::kString},
    FieldType{"interfaceRequest", Type::kString},
    FieldType{"mac", Type::kString},
    FieldType{"infiniband-guid", Type::kString},
    FieldType{"ipam-claim-reference", Type::kString},
    FieldType{"ips", Type::kList},
    FieldType{"portMappings", Type::kList},
    FieldType{"default-route", Type::kList},
    FieldType{"bandwidth", Type::kMap},
    FieldType{"cni-args", Type::kMap},
};

bool same_letters(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return lower(x) == lower(y); });
}

const FieldType* field_type(std::string_view key) {
  // Multus' reader (encoding/json) does not mind capitals.
  for (const FieldType& field : kFieldTypes) {
    if (same_letters(field.name, key)) return &field;
  }
  return nullptr;
}

Result<Network> parse_element(Value& element) {
  const document::Map* map = element.if_map();
  if (map == nullptr) {
    return unreadable("is a " + std::string(type_name(element.type())) + ", must be a mapping");
  }
  Network out;
  std::string deprecated_interface;
  for (const document::Member& member : *map) {
    const FieldType* field = field_type(member.key);
    if (field == nullptr || member.value.is_null()) continue;
    if (member.value.type() != field->type) {
      return unreadable(member.key + " is a " + std::string(type_name(member.value.type())) +
                        ", must be a " + std::string(type_name(field->type)));
    }
    const std::string* text = member.value.if_string();
    if (field->name == "name") out.name = *text;
    if (field->name == "namespace") out.ns = *text;
    if (field->name == "interface") out.interface = *text;
    if (field->name == "interfaceRequest") deprecated_interface = *text;
  }
  if (out.interface.empty()) out.interface = std::move(deprecated_interface);
  if (out.name.empty()) return unreadable("has no name");
  out.element = std::move(element);
  return out;
}

Result<Networks> parse_json(std::string_view annotation) {
  Diagnostics found;
  auto value = document::read_json(annotation, "", found);
  if (!value) return unreadable("is not JSON: " + value.error().message);
  document::List* list = value->if_list();
  if (list == nullptr) {
    return unreadable("is a " + std::string(type_name(value->type())) + ", must be a list");
  }
  Networks out;
  out.form = NetworksForm::kJson;
  out.list.reserve(list->size());
  for (size_t i = 0; i < list->size(); ++i) {
    auto element = parse_element((*list)[i]);
    if (!element) return element.error().at("element " + std::to_string(i));
    out.list.push_back(std::move(*element));
  }
  return out;
}

// ---- merging --------------------------------------------------------------------------------

Network network_of(std::string_view text) {
  Network out;
  size_t slash = text.find('/');
  if (slash != text.npos) out.ns = text.substr(0, slash);
  out.name = slash == text.npos ? text : text.substr(slash + 1);
  return out;
}

std::string as_json(const Network& network) {
  std::string out = "{\"name\": " + quoted(network.name);
  if (!network.ns.empty()) out += ", \"namespace\": " + quoted(network.ns);
  return out + "}";
}

NetworkChange left_alone(std::string_view annotation, std::string_view network,
                         const Error& error) {
  return {NetworkOutcome::kLeftAlone,
          std::string(annotation),
          "annotation " + std::string(kNetworksAnnotation) +
              " is left alone, and the pod gets no "
              "mesh network \"" +
              std::string(network) + "\": " + error.message,
          {}};
}

bool contains(const Networks& networks, const Network& network, std::string_view pod_namespace) {
  return std::any_of(networks.list.begin(), networks.list.end(), [&](const Network& listed) {
    return same_network(listed, network, pod_namespace);
  });
}

}  // namespace

Result<Networks> parse_networks(std::string_view annotation) {
  if (trimmed(annotation).empty()) return Networks{};
  // As Multus tells the forms apart.
  const bool json = annotation.find_first_of("[{\"") != annotation.npos;
  return json ? parse_json(annotation) : parse_text(annotation);
}

std::string print_networks(const Networks& networks) {
  std::string out;
  if (networks.form == NetworksForm::kJson) {
    document::List list;
    for (const Network& network : networks.list) list.push_back(network.element);
    return document::write_json(Value(std::move(list)));
  }
  for (const Network& network : networks.list) {
    if (!out.empty()) out += ", ";
    out += network_text(network);
  }
  return out;
}

std::string network_text(const Network& network) {
  std::string out = network.ns.empty() ? "" : network.ns + "/";
  out += network.name;
  if (!network.interface.empty()) out += "@" + network.interface;
  return out;
}

bool same_network(const Network& a, const Network& b, std::string_view pod_namespace) {
  auto ns = [&](const Network& network) {
    return network.ns.empty() ? pod_namespace : std::string_view(network.ns);
  };
  return a.name == b.name && ns(a) == ns(b);
}

std::string_view outcome_text(NetworkOutcome outcome) {
  switch (outcome) {
    case NetworkOutcome::kAdded:
      return "added";
    case NetworkOutcome::kPresent:
      return "present";
    case NetworkOutcome::kLeftAlone:
      return "left-alone";
    case NetworkOutcome::kOverwritten:
      return "overwritten";
  }
  return "added";
}

NetworkChange append_network(std::string_view annotation, std::string_view network,
                             std::string_view pod_namespace) {
  if (network.empty()) return {NetworkOutcome::kPresent, std::string(annotation), "", {}};
  if (trimmed(annotation).empty()) return {NetworkOutcome::kAdded, std::string(network), "", {}};
  auto networks = parse_networks(annotation);
  if (!networks) return left_alone(annotation, network, networks.error());
  const Network ours = network_of(network);
  if (contains(*networks, ours, pod_namespace)) {
    return {NetworkOutcome::kPresent, std::string(annotation), "", {}};
  }
  NetworkChange out{NetworkOutcome::kAdded, std::string(annotation), "", {}};
  if (networks->form == NetworksForm::kText) {
    out.text.append(", ").append(network);
    return out;
  }
  const std::string separator = networks->list.empty() ? "" : ", ";
  out.text.insert(out.text.rfind(']'), separator + as_json(ours));
  return out;
}

NetworkChange overwrite_network(std::string_view annotation, std::string_view network,
                                std::string_view pod_namespace) {
  if (network.empty()) return {NetworkOutcome::kPresent, std::string(annotation), "", {}};
  if (trimmed(annotation).empty()) return {NetworkOutcome::kAdded, std::string(network), "", {}};
  NetworkChange out{NetworkOutcome::kOverwritten, std::string(network), "", {}};
  auto networks = parse_networks(annotation);
  if (!networks) {
    out.lost.emplace_back(annotation);
  } else {
    const Network ours = network_of(network);
    for (const Network& listed : networks->list) {
      if (!same_network(listed, ours, pod_namespace)) out.lost.push_back(network_text(listed));
    }
    if (out.lost.empty() && contains(*networks, ours, pod_namespace)) {
      return {NetworkOutcome::kPresent, std::string(annotation), "", {}};
    }
  }
  if (out.lost.empty()) return out;
  out.warning = "annotation " + std::string(kNetworksAnnotation) + " is overwritten with \"" +
                std::string(network) + "\"; the pod loses ";
  for (size_t i = 0; i < out.lost.size(); ++i) {
    out.warning += (i == 0 ? "" : ", ") + quoted(out.lost[i]);
  }
  return out;
}

std::optional<Diagnostic> diagnostic_of(const NetworkChange& change, std::string_view object) {
  if (change.warning.empty()) return std::nullopt;
  const bool lost = change.outcome == NetworkOutcome::kOverwritten;
  Diagnostic out;
  out.severity = Severity::kWarning;
  out.code = lost ? Code::kNetworksLost : Code::kNetworksUnreadable;
  out.object = object;
  out.field = "metadata.annotations[" + std::string(kNetworksAnnotation) + "]";
  out.message = change.warning;
  out.mend = lost ? "set sidecarInjectorWebhook.injectPodRedirectAnnot to true, which appends"
                  : "write a comma list of [namespace/]name[@interface], or a JSON list of objects "
                    "with a name";
  return out;
}

}  // namespace mesh::injection
